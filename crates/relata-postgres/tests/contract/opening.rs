//! What is found when a connection is opened.

use crate::{skipped::skipped, support::*};
use relata_core::{ErrorKind, Result};
use relata_postgres::Placement;

fn refused(url: &str) -> String {
    let error = match connect(url, Placement::Own) {
        Ok(_) => panic!("{url} was opened"),
        Err(error) => error,
    };
    assert_eq!(error.kind(), ErrorKind::CannotOpen, "{error}");
    assert!(!format!("{error:?}").contains("s3cret"));
    error.to_string()
}

/// The host and port of the server.
fn place() -> Option<String> {
    let url = server()?;
    let rest = url.split_once("://").unwrap().1;
    let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest);
    Some(rest.split(['/', '?']).next().unwrap().to_owned())
}

#[test]
fn a_database_that_does_not_exist() {
    let Some(place) = place() else { return };
    let url = server().unwrap();
    let (start, _) = url.rsplit_once('/').unwrap();
    assert_eq!(
        refused(&format!("{start}/no_such_database")),
        format!(
            "the server at `{place}` has no database `no_such_database`; create it, or name another in the URL"
        )
    );
}

#[test]
fn a_user_that_does_not_exist() {
    let Some(place) = place() else { return };
    let said = refused(&format!("postgres://nobody:s3cret@{place}/test"));
    assert!(
        said.starts_with(&format!("the server at `{place}` refused the user `nobody`: ")),
        "{said}"
    );
    assert!(said.ends_with("; check the user and password in the URL"), "{said}");
}

#[test]
fn who_is_not_let_in_asks_no_other_host() {
    let Some(place) = place() else { return };
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    other.set_nonblocking(true).unwrap();
    let next = other.local_addr().unwrap();
    let said = refused(&format!("postgres://nobody:s3cret@{place},{next}/test?connect_timeout=1"));
    assert!(said.contains("refused the user `nobody`"), "{said}");
    assert_eq!(other.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
}

#[test]
fn a_server_that_does_not_run() {
    let Some(_) = server() else { return };
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let said = refused(&format!("postgres://ada:s3cret@127.0.0.1:{port}/test"));
    assert!(
        said.starts_with(&format!("cannot connect to the server at `127.0.0.1:{port}`: ")),
        "{said}"
    );
    let said = refused("postgres:///test?host=/no/such/directory");
    assert!(
        said.starts_with("cannot connect to the server at `/no/such/directory/.s.PGSQL.5432`"),
        "{said}"
    );
    let said = refused("postgres://no-such-host.invalid/test");
    assert!(
        said.starts_with("the host `no-such-host.invalid` in the database URL was not found"),
        "{said}"
    );
}

#[test]
fn a_server_that_does_not_answer() {
    let Some(_) = server() else { return };
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let place = silent.local_addr().unwrap();
    assert_eq!(
        refused(&format!("postgres://ada:s3cret@{place}/test?connect_timeout=1")),
        format!(
            "the server at `{place}` did not answer within 1 s; check the host and port in the URL, or raise `connect_timeout`"
        )
    );
}

#[test]
fn the_next_host_is_tried() {
    let Some(place) = place() else { return };
    let url = server().unwrap().replace(&place, &format!("127.0.0.1:1,{place}"));
    let mut conn = connect(&url, Placement::Own).unwrap();
    assert_eq!(rows(&mut conn, "SELECT 7"), ["Int(7)"]);
}

#[test]
fn a_server_of_another_kind_is_passed_over() {
    let Some(schema) = Schema::new() else { return };
    for fits in ["read-write", "primary"] {
        assert!(
            connect(&schema.url(&format!("&target_session_attrs={fits}")), Placement::Own).is_ok()
        );
    }
    let said = refused(&schema.url("&target_session_attrs=standby"));
    assert!(said.contains("is no standby; list other hosts"), "{said}");
    let said = refused(&schema.url("&target_session_attrs=read-only"));
    assert!(said.contains("takes writes; list other hosts"), "{said}");
}

#[test]
fn tls_is_used_where_it_is_asked_for() {
    let Some(schema) = Schema::new() else { return };
    let ssl = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    let mut plain = schema.connect_with(Way::Own, "&sslmode=disable");
    assert_eq!(rows(&mut plain, ssl), ["Bool(false)"]);
    if rows(&mut plain, "SELECT current_setting('ssl')") == ["Text(\"off\")"] {
        let said = refused(&schema.url("&sslmode=require"));
        assert!(said.contains("the server has no TLS, which `sslmode` requires"), "{said}");
        skipped(&test(), "the server has no TLS");
        return;
    }
    for mode in ["prefer", "require"] {
        let mut conn = schema.connect_with(Way::Own, &format!("&sslmode={mode}"));
        assert_eq!(rows(&mut conn, ssl), ["Bool(true)"]);
    }
    // Signed by nobody who is trusted here, whatever else is right with it.
    let another = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/contract/another.pem");
    for mode in ["require", "verify-ca", "verify-full"] {
        let said = refused(&schema.url(&format!("&sslmode={mode}&sslrootcert={another}")));
        assert!(said.contains("invalid peer certificate"), "{said}");
    }
    let said = refused(&schema.url("&sslmode=verify-full&sslrootcert=/no/such/file"));
    assert!(
        said.starts_with("the file `/no/such/file` of `sslrootcert` cannot be used: "),
        "{said}"
    );
}

#[test]
fn settings_of_the_session() {
    let Some(schema) = Schema::new() else { return };
    let mut conn =
        schema.connect_with(Way::Own, "&application_name=my%20app&statement_timeout=12345");
    let shown = "SELECT current_setting('application_name'), current_setting('statement_timeout')";
    assert_eq!(rows(&mut conn, shown), ["Text(\"my app\") Text(\"12345ms\")"]);
    let said = refused(&schema.url("%20-c%20no_such_setting%3D1"));
    assert!(
        said.contains("no_such_setting") && said.ends_with("check the options in the URL"),
        "{said}"
    );
}

#[test]
fn without_a_runtime_the_caller_is_told() {
    let Some(url) = server() else { return };
    let driver = relata_postgres::PostgresDriver::from_url(&url, Placement::Caller).unwrap();
    let opened: Result<Conn> = block_on(relata_core::connection::Driver::connect(&driver));
    assert_eq!(
        opened.err().unwrap().to_string(),
        "PostgreSQL needs a tokio runtime in async programs; open the engine inside of one, or use `relata::blocking`"
    );
}

#[test]
fn a_driver_of_its_own_runtime_can_be_dropped_anywhere() {
    let Some(url) = server() else { return };
    inside(async {
        let driver = relata_postgres::PostgresDriver::from_url(&url, Placement::Own).unwrap();
        let mut conn = relata_core::connection::Driver::connect(&driver).await.unwrap();
        drop(driver);
        let mut reply = conn.run(batch([read("SELECT 7")])).await.unwrap();
        assert_eq!(grid(&mut reply, 0), ["Int(7)"], "the runtime stays as long as a connection");
    });
}
