//! URLs as people write them, and what is said of those that cannot be understood.

use super::*;

fn place(url: &str) -> Place {
    Place::parse(url).unwrap()
}

fn refused(url: &str) -> String {
    let error = Place::parse(url).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidUrl);
    error.to_string()
}

fn parts(url: &str) -> [String; 4] {
    let Place { user, password, database, .. } = place(url);
    let text = |part: Option<String>| part.unwrap_or_else(|| "-".into());
    [text(user), text(password), place(url).shown(), text(database)]
}

#[test]
fn parts_of_a_url() {
    for (url, expected) in [
        (
            "mysql://ada:secret@db.example:3307/heroes",
            ["ada", "secret", "db.example:3307", "heroes"],
        ),
        ("mariadb://ada@localhost/heroes", ["ada", "-", "localhost:3306", "heroes"]),
        ("MySQL://localhost", ["-", "-", "localhost:3306", "-"]),
        ("mysql:///heroes", ["-", "-", "localhost:3306", "heroes"]),
        ("mysql://ada:@[::1]:3308/heroes", ["ada", "", "[::1]:3308", "heroes"]),
        ("mysql://[::1]3307/heroes", ["-", "-", "[::1]:3307", "heroes"]),
        ("mysql://a%40b:p%3Aq%2F%3F@host/my%20heroes", ["a@b", "p:q/?", "host:3306", "my heroes"]),
        // not percent-encoded
        ("mysql://ada:p@ss/w:rd@host/heroes", ["ada", "p@ss/w:rd", "host:3306", "heroes"]),
        ("mysql://ada@/heroes?socket=/run/mysqld.sock", ["ada", "-", "/run/mysqld.sock", "heroes"]),
        ("mysql://ada@host/heroes?application_name=a@b", ["ada", "-", "host:3306", "heroes"]),
    ] {
        assert_eq!(parts(url), expected, "{url}");
    }
}

#[test]
fn defaults() {
    let place = place("mysql://host/heroes");
    assert_eq!(place.ssl.mode, SslMode::Preferred);
    assert_eq!(place.connect_timeout, Duration::from_secs(10));
    assert_eq!((place.lock_wait_timeout, place.statement_timeout), (None, None));
    assert_eq!(place.statement_cache, 256);
    assert!(place.returning);
}

#[test]
fn options() {
    let place = place(
        "mysql://host/heroes?ssl_mode=VERIFY-CA&ssl-ca=/ca.pem&connect_timeout=3&lock_wait_timeout=1&statement-timeout=500&statement_cache=0&application_name=my%20heroes+1&charset=utf8mb4&returning=off&database=other",
    );
    assert_eq!(place.ssl.mode, SslMode::VerifyCa);
    assert_eq!(place.ssl.ca.as_deref(), Some(std::path::Path::new("/ca.pem")));
    assert_eq!(place.connect_timeout, Duration::from_secs(3));
    assert_eq!((place.lock_wait_timeout, place.statement_timeout), (Some(1), Some(500)));
    assert_eq!(place.statement_cache, 0);
    assert_eq!(place.application_name.as_deref(), Some("my heroes+1"));
    assert_eq!(place.database.as_deref(), Some("other"));
    assert!(!place.returning);
}

#[test]
fn names_of_other_drivers() {
    let mode = |option: &str| place(&format!("mysql://host/heroes?{option}")).ssl.mode;
    for (options, expected) in [
        (["ssl_mode=disabled", "sslmode=disable", "tls=false"], SslMode::Disabled),
        (["ssl-mode=PREFERRED", "sslMode=prefer", "tls=preferred"], SslMode::Preferred),
        (["SSL-MODE=Required", "sslmode=require", "tls=skip-verify"], SslMode::Required),
        (["ssl_mode=VERIFY_CA", "sslmode=verify-ca", "tls=verifyCa"], SslMode::VerifyCa),
        (["sslmode=VERIFY_IDENTITY", "sslmode=verify-full", "tls=true"], SslMode::VerifyIdentity),
    ] {
        assert_eq!(options.map(mode), [expected; 3], "{options:?}");
    }
    let place = place(
        "mysql://host/x?charset=UTF8MB4&unix_socket=/x&connectTimeout=3&programName=heroes&db=y",
    );
    assert_eq!(place.socket.as_deref(), Some("/x"));
    assert_eq!(place.connect_timeout, Duration::from_secs(3));
    assert_eq!(place.application_name.as_deref(), Some("heroes"));
    assert_eq!(place.database.as_deref(), Some("y"));
}

#[test]
fn ports_that_are_none() {
    const PORT: &str = "the port in the database URL is no number from 1 to 65535; signs such as `@`, `/` and `:` in a user or password are written `%40`, `%2F` and `%3A`";
    for place in ["host:port", "host:0", "[::1]x"] {
        assert_eq!(refused(&format!("mysql://{place}/heroes")), PORT);
    }
}

#[test]
fn what_is_not_understood_is_named() {
    for (url, message) in [
        (
            "sqlite://heroes.db",
            "unknown scheme `sqlite`; this driver knows `mysql` and `mariadb`, as in `mysql://user:password@localhost:3306/heroes`",
        ),
        (
            "mysql:heroes",
            "the database URL has no `//` after its scheme; write it as in `mysql://user:password@localhost:3306/heroes`",
        ),
        (
            "mysql://host/heroes?keepalive=5",
            "unknown option `keepalive`; known are `ssl-mode`, `ssl-ca`, `ssl-cert`, `ssl-key`, `socket`, `connect_timeout`, `lock_wait_timeout`, `statement_timeout`, `statement_cache`, `application_name`, `charset`, `returning`, `database`",
        ),
        (
            "mysql://host/heroes?ssl-mode=on",
            "`on` is no value of `ssl-mode`; known are `disabled`, `preferred`, `required`, `verify_ca`, `verify_identity`",
        ),
        (
            "mysql://host/heroes?charset=latin1",
            "connections talk `utf8mb4`, because `latin1` cannot hold every text; remove `charset`",
        ),
        (
            "mysql://host/heroes?require_ssl=true",
            "unknown option `require_ssl`; write `ssl-mode`, such as `ssl-mode=required`",
        ),
        (
            "mysql://host/heroes?timeout=5",
            "unknown option `timeout`; write `connect_timeout`, in seconds",
        ),
        (
            "mysql://host/heroes?poolMax=5",
            "unknown option `poolMax`; set the pool up with `Engine::builder`, and remove it",
        ),
        (
            "mysql://host/heroes?serverTimezone=UTC",
            "unknown option `serverTimezone`; the time zone of connections is UTC, so remove it",
        ),
        (
            "mysql://host/heroes?connect_timeout=0",
            "`0` is no value of `connect_timeout`; write seconds, 1 to 86400",
        ),
        (
            "mysql://one,two/heroes",
            "the database URL names several servers; name one, and let a proxy choose among them",
        ),
        ("mysql://host/heroes?ssl-cert=a.pem", "`ssl-cert` and `ssl-key` go together; give both"),
        (
            "mysql://host/heroes?ssl-ca=ca.pem",
            "`ssl-ca` is used only to verify; add `ssl-mode=verify_identity`",
        ),
        (
            "mysql://host/heroes?socket=/x&ssl-mode=required",
            "a connection through a `socket` is not encrypted; remove `ssl-mode`, or `socket`",
        ),
        ("mysql://host/a%FF", "the database in the database URL is not UTF-8"),
    ] {
        assert_eq!(refused(url), message, "{url}");
    }
}

#[test]
fn the_password_is_never_shown() {
    assert_eq!(
        format!("{:?}", place("mysql://ada:hunter2@host/heroes")),
        "Place(host:3306/heroes)"
    );
    for url in [
        "mysql://ada:hunter2@host/heroes?x=1",
        "mysql://ada:hunter2@host:y/heroes",
        "mysql://ada:hunter2@host/heroes?returning=maybe",
        "mysql://ada:1?hunter2@host/heroes",
        "mysql://ada:p@ss?hunter2@host/heroes",
        "mysql://ada:p@ss?ssl-mode=hunter2@host/heroes",
        "mysql:ada:hunter2@host/heroes",
    ] {
        assert!(!refused(url).contains("hunter2"), "{url}");
    }
}
