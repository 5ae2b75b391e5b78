//! Opening: what the session is set to, what the server can do, and what keeps it from opening.

use crate::{private::skipped, support::*};
use relata_core::{
    Error, ErrorKind,
    connection::{Driver, Step},
    sql::Dialect,
};
use relata_mysql::{MySqlDriver, Placement};

#[test]
fn the_session_is_set_up() {
    on_server("the_session_is_set_up", async |db: Db| {
        let mut conn = db.connect_with("?lock_wait_timeout=3&application_name=heroes").await;
        let set = "SELECT @@character_set_client, @@character_set_connection, @@character_set_results, @@time_zone, @@autocommit, @@innodb_lock_wait_timeout, @@sql_mode LIKE '%STRICT_TRANS_TABLES%'";
        assert_eq!(
            rows(&mut conn, set).await,
            [
                r#"Text("utf8mb4") Text("utf8mb4") Text("utf8mb4") Text("+00:00") Int(1) Int(3) Int(1)"#
            ]
        );
        assert_eq!(
            number(&mut conn, "SELECT TIMESTAMPDIFF(SECOND, NOW(), UTC_TIMESTAMP())").await,
            0
        );
    });
}

#[test]
fn capabilities_are_known_from_the_first_connection_on() {
    on_server("capabilities", async |db: Db| {
        for (options, wanted) in [("", true), ("?returning=off", false)] {
            let driver = db.driver(options);
            assert!(!driver.capabilities().returning, "nothing is known yet");
            let mut conn = driver.connect().await.unwrap();
            let version = rows(&mut conn, "SELECT VERSION()").await.remove(0);
            let capabilities = driver.capabilities();
            assert_eq!(capabilities.returning, wanted && version.contains("MariaDB"));
            assert_eq!(capabilities.dialect, Dialect::MySql);
            assert_eq!((capabilities.bind_limit, capabilities.connection_limit), (65_535, None));
            assert!(!capabilities.write_begins_anew);
        }
    });
}

async fn refused(url: &str, placement: Placement) -> Error {
    let driver = MySqlDriver::from_url(url, placement).unwrap();
    driver.connect().await.err().unwrap()
}

#[test]
fn what_keeps_it_from_opening() {
    on_server("what_keeps_it_from_opening", async |db: Db| {
        let address = db.server.rsplit_once('@').map_or_else(
            || db.server.split_once("://").unwrap().1.to_owned(),
            |(_, address)| address.to_owned(),
        );
        let error = refused(&format!("{}/relata_no_such_one", db.server), db.placement).await;
        assert_eq!((error.kind(), error.code()), (ErrorKind::CannotOpen, Some("1049")));
        assert_eq!(
            error.to_string(),
            format!(
                "`{address}` has no database `relata_no_such_one`; create it with CREATE DATABASE, or correct the URL"
            )
        );
        let error = refused(&format!("mysql://nobody:hunter2@{address}/x"), db.placement).await;
        assert_eq!(error.kind(), ErrorKind::CannotOpen);
        assert!(!format!("{error:?} {error}").contains("hunter2"));
        let message = match error.code() {
            // The second where the server knows a user without a name.
            Some("1045" | "1698") => format!(
                "`{address}` does not let the user `nobody` in; check the user, the password and the database in the URL"
            ),
            // MySQL does not tell whether there is such a user.
            _ => format!(
                "`{address}` asks for a password by `sha256_password`, which is not supported; check the user in the URL, as MySQL may ask so where there is no such user, or let it log in by `caching_sha2_password`"
            ),
        };
        assert_eq!(error.to_string(), message);
        let error = refused("mysql://127.0.0.1:1/x", db.placement).await;
        assert_eq!(error.kind(), ErrorKind::CannotOpen);
        assert!(error.to_string().starts_with("`127.0.0.1:1` cannot be reached: "), "{error}");
        let error = refused("mysql:///x?socket=/no/such/socket", db.placement).await;
        assert!(error.to_string().starts_with("`/no/such/socket` cannot be reached: "), "{error}");
    });
}

#[test]
fn a_server_that_says_nothing() {
    on_server("a_server_that_says_nothing", async |db: Db| {
        let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = silent.local_addr().unwrap().port();
        let url = format!("mysql://127.0.0.1:{port}/x?connect_timeout=1");
        let error = refused(&url, db.placement).await;
        assert_eq!(error.kind(), ErrorKind::CannotOpen);
        assert!(
            error.to_string().starts_with(&format!("`127.0.0.1:{port}` did not answer within 1 s")),
            "{error}"
        );
    });
}

#[test]
fn too_many_connections() {
    on_server("too_many_connections", async |db: Db| {
        let mut admin = db.connect().await;
        let user = format!("{}_u", db.name);
        let create =
            format!("CREATE USER {user} IDENTIFIED BY 's3cret' WITH MAX_USER_CONNECTIONS 1");
        if run(&mut admin, [sql(&create)]).await.is_err() {
            skipped("too_many_connections", "the user may not create users");
            return;
        }
        let address = db.server.rsplit_once('@').map_or("127.0.0.1", |(_, address)| address);
        let url = format!("mysql://{user}:s3cret@{address}");
        let first = MySqlDriver::from_url(&url, db.placement).unwrap();
        let mut one = first.connect().await.unwrap();
        let error = first.connect().await.err().unwrap();
        assert_eq!((error.kind(), error.code()), (ErrorKind::CannotOpen, Some("1226")));
        assert!(error.to_string().contains("has too many connections"), "{error}");
        run(&mut one, [Step::Rollback]).await.unwrap();
        run(&mut admin, [sql(&format!("DROP USER {user}"))]).await.unwrap();
    });
}
