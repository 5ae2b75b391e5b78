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

fn hosts(url: &str) -> Vec<String> {
    place(url).hosts.iter().map(ToString::to_string).collect()
}

#[test]
fn who_connects_and_where() {
    let place = place("postgres://ada:s%40crt%3A1@db.example:6543/heroes");
    assert_eq!(place.config.get_user(), Some("ada"));
    assert_eq!(place.config.get_password(), Some(&b"s@crt:1"[..]));
    assert_eq!(place.config.get_dbname(), Some("heroes"));
    assert_eq!(place.hosts, [Host::Tcp("db.example".into(), 6543)]);
}

#[test]
fn hosts_in_every_form() {
    for (url, expected) in [
        ("postgres://", &["localhost:5432"][..]),
        ("PostgreSQL:///heroes", &["localhost:5432"]),
        ("postgres://ada@db", &["db:5432"]),
        ("postgres://one:1,two,three:3/db", &["one:1", "two:5432", "three:3"]),
        ("postgres://[::1]:7/db", &["[::1]:7"]),
        ("postgres://%2Fvar%2Frun%2Fpostgresql:7/db", &["/var/run/postgresql/.s.PGSQL.7"]),
        ("postgres:///db?host=/var/run/postgresql", &["/var/run/postgresql/.s.PGSQL.5432"]),
        ("postgres:///db?host=one,two&port=1,2", &["one:1", "two:2"]),
        ("postgres:///db?host=one,two&port=9", &["one:9", "two:9"]),
        ("postgres://one:7/db?host=two", &["two:7"]),
    ] {
        assert_eq!(hosts(url), expected, "{url}");
    }
}

#[test]
fn defaults() {
    let place = place("postgres://localhost");
    assert_eq!((place.config.get_user(), place.config.get_dbname()), (None, None));
    assert_eq!((place.ssl_mode, place.roots), (SslMode::Prefer, None));
    assert_eq!(place.connect_timeout, Some(Duration::from_secs(30)));
    assert_eq!((place.session, place.keepalives, place.statement_cache), (Session::Any, true, 256));
}

#[test]
fn options() {
    let place = place(
        "postgres://x/y?user=ada&password=pw&dbname=heroes&sslmode=verify-ca&sslrootcert=/ca.pem&connect_timeout=0&application_name=my%20app&options=-c%20geqo%3Doff&statement_timeout=250&target_session_attrs=read-write&keepalives=0&statement_cache=0&channel_binding=require",
    );
    let config = &place.config;
    assert_eq!((config.get_user(), config.get_dbname()), (Some("ada"), Some("heroes")));
    assert_eq!(config.get_application_name(), Some("my app"));
    assert_eq!(config.get_options(), Some("-c geqo=off -c statement_timeout=250"));
    assert_eq!(config.get_channel_binding(), ChannelBinding::Require);
    assert_eq!(place.ssl_mode, SslMode::VerifyCa);
    assert_eq!(place.roots, Some(Roots::File("/ca.pem".into())));
    assert_eq!(place.connect_timeout, None);
    assert_eq!(place.session, Session::ReadWrite);
    assert_eq!((place.keepalives, place.statement_cache), (false, 0));
}

#[test]
fn the_statement_cache_as_other_libraries_spell_it() {
    for (option, count) in [
        ("statement_cache=7", 7),
        ("statement_cache_size=0", 0),
        ("statement-cache-capacity=9", 9),
        ("pgbouncer=true", 0),
        ("pgbouncer=false", 256),
    ] {
        assert_eq!(place(&format!("postgres://x?{option}")).statement_cache, count);
    }
    assert_eq!(
        refused("postgres://x?pgbouncer=1"),
        "`1` is no value of `pgbouncer`; known are `true`, `false`"
    );
}

#[test]
fn what_is_not_understood_is_named() {
    let scheme = "unknown scheme; this driver knows `postgres` and `postgresql`, as in `postgres://user:password@localhost/database`";
    assert_eq!(refused("mysql://localhost"), scheme);
    assert_eq!(refused("localhost"), scheme);
    assert_eq!(
        refused("postgres:localhost"),
        "write `//` behind the scheme, as in `postgres://localhost/database`"
    );
    assert_eq!(
        refused("postgres://x?sslmode=on"),
        "`on` is no value of `sslmode`; known are `disable`, `allow`, `prefer`, `require`, `verify-ca`, `verify-full`"
    );
    assert_eq!(
        refused("postgres://x?pool=5"),
        "unknown option `pool`; known are `user`, `password`, `host`, `port`, `dbname`, `sslmode`, `sslrootcert`, `sslcert`, `sslkey`, `channel_binding`, `connect_timeout`, `application_name`, `options`, `target_session_attrs`, `keepalives`, `statement_cache`, `statement_timeout`, `lock_timeout`, `idle_in_transaction_session_timeout`"
    );
    assert_eq!(
        refused("postgres://x?connect_timeout=5s"),
        "`5s` is no value of `connect_timeout`; write seconds, 0 for as long as it takes"
    );
    assert_eq!(
        refused("postgres://x?lock_timeout=-1"),
        "`-1` is no value of `lock_timeout`; write milliseconds, 0 for no limit"
    );
    assert_eq!(
        refused("postgres://one,two/db?port=1,2,3"),
        "the database URL has 2 hosts and 3 ports; write one port for all hosts, or one for each"
    );
    assert_eq!(refused("postgres://a%FF@x"), "the user in the database URL is not UTF-8");
    assert_eq!(
        refused("postgres://a:%00@x"),
        "the password in the database URL contains a NUL byte"
    );
    assert_eq!(
        refused("postgres://x?options=%00"),
        "the option in the database URL contains a NUL byte"
    );
}

#[test]
fn the_certificates_of_the_system_are_checked_in_full() {
    for url in ["postgres://x?sslrootcert=system", "postgres://x?sslmode=verify-full"] {
        assert_eq!(place(url).ssl_mode, SslMode::VerifyFull);
    }
    for mode in ["disable", "prefer", "require", "verify-ca"] {
        assert_eq!(
            refused(&format!("postgres://x?sslrootcert=system&sslmode={mode}")),
            "`sslrootcert=system` checks the server's name too; write `sslmode=verify-full`, or leave one of the two out"
        );
    }
}

#[test]
fn a_client_certificate_and_its_key() {
    let place = place("postgres://x?sslcert=/ada.pem&sslkey=/ada.key");
    let identity = Identity { certificate: "/ada.pem".into(), key: "/ada.key".into() };
    assert_eq!(place.identity, Some(identity));
    assert_eq!(
        refused("postgres://x?sslcert=/ada.pem"),
        "`sslcert` needs `sslkey`, the file of its private key"
    );
    assert_eq!(
        refused("postgres://x?sslkey=/ada.key"),
        "`sslkey` needs `sslcert`, the file of its certificate"
    );
}

#[test]
fn passwords_of_every_sign() {
    let encoded = place("postgres://ada:p%40ss%3Aw%2Frd%3F%23%25@db/heroes");
    assert_eq!(encoded.config.get_password(), Some(&b"p@ss:w/rd?#%"[..]));
    let option = place("postgres://ada@db/heroes?password=p%40ss:w/rd?%23");
    assert_eq!(option.config.get_password(), Some(&b"p@ss:w/rd?#"[..]));
    // These two signs do no harm as they are, nor do those that nothing can be read into.
    let plus = place("postgres://ada@db/heroes?password=p+ss&application_name=a+b%20c");
    assert_eq!(plus.config.get_password(), Some(&b"p+ss"[..]));
    assert_eq!(plus.config.get_application_name(), Some("a+b c"));
    let raw = place("postgres://ada:p@ss:w#r d&=;@db/heroes");
    assert_eq!(raw.config.get_password(), Some(&b"p@ss:w#r d&=;"[..]));
    assert_eq!((raw.config.get_user(), raw.config.get_dbname()), (Some("ada"), Some("heroes")));
    assert!(refused("postgres://ada:p@ss:w/rd?#@db/heroes").contains("are written `%40`"));
}

#[test]
fn no_password_is_shown() {
    for url in [
        "postgres://ada:s3cret/x@h:1/db",
        "postgres://ada:s3cret",
        "postgres://ada:s3cret/x",
        "postgres://ada:12?s3cret@h/db",
        "postgres://ada:12?s3cret&x@h/db",
        "postgres://ada:12?sslmode=s3cret@h/db",
        "postgres://ada:p@ss:w/rd?s3cret#@h/db",
        "postgres://ada:p@ss/s3cret@h/db",
        "postgres://h/db?password=s3cret%00",
        "postgres://h/db?password=s3cret&sslmode=on",
    ] {
        let shown = match Place::parse(url) {
            Ok(place) => format!("{place:?}"),
            Err(error) => format!("{error:?}"),
        };
        assert!(!shown.contains("s3cret"), "{shown}");
    }
}
