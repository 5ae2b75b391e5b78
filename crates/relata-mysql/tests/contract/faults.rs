//! Faults as the server reports them: their kind, what they name, and what becomes of the
//! transaction.

use crate::{private::Private, support::*};
use relata_core::{
    ErrorKind,
    connection::{Begin, Driver, Step},
    value::Value,
};

const TABLES: [&str; 2] = [
    "CREATE TABLE team (id INT NOT NULL PRIMARY KEY)",
    "CREATE TABLE hero (id INT NOT NULL PRIMARY KEY, name VARCHAR(5) NOT NULL, age SMALLINT, team_id INT, CONSTRAINT grown CHECK (age > 17), FOREIGN KEY (team_id) REFERENCES team (id))",
];
const INDEX: &str = "CREATE UNIQUE INDEX ix_hero_name ON hero (name)";

#[test]
fn violations() {
    on_server("violations", async |db: Db| {
        let mut conn = db.connect().await;
        let fill = "INSERT INTO team VALUES (1)";
        run(&mut conn, [sql(TABLES[0]), sql(TABLES[1]), sql(INDEX), sql(fill)]).await.unwrap();
        let hero = "INSERT INTO hero VALUES (1, 'Hulk', 40, 1)";
        run(&mut conn, [Step::Begin(Begin::Write), sql(hero)]).await.unwrap();
        for (text, kind, columns, constraint) in [
            (
                "INSERT INTO hero VALUES (2, 'Hulk', 40, 1)",
                ErrorKind::UniqueViolation,
                "name",
                "ix_hero_name",
            ),
            (
                "INSERT INTO hero VALUES (1, 'Ada', 40, 1)",
                ErrorKind::UniqueViolation,
                "id",
                "PRIMARY",
            ),
            ("INSERT INTO hero VALUES (2, NULL, 40, 1)", ErrorKind::NotNullViolation, "name", ""),
            ("INSERT INTO hero (id) VALUES (2)", ErrorKind::NotNullViolation, "name", ""),
            ("INSERT INTO hero VALUES (2, 'Ada', 17, 1)", ErrorKind::CheckViolation, "", "grown"),
            (
                "INSERT INTO hero VALUES (2, 'Ada', 40, 9)",
                ErrorKind::ForeignKeyViolation,
                "team_id",
                "hero_ibfk_1",
            ),
            ("DELETE FROM team", ErrorKind::ForeignKeyViolation, "id", "hero_ibfk_1"),
            ("INSERT INTO hero VALUES (2, 'Deadpond', 40, 1)", ErrorKind::OutOfRange, "name", ""),
            ("INSERT INTO hero VALUES (2, 'Ada', 40000, 1)", ErrorKind::OutOfRange, "age", ""),
            ("INSERT INTO hero VALUES (2, 'Ada', 'old', 1)", ErrorKind::OutOfRange, "age", ""),
            ("INSERT INTO heroes VALUES (2)", ErrorKind::MissingTable, "", ""),
            ("INSERT INTO hero (power) VALUES (2)", ErrorKind::MissingColumn, "power", ""),
        ] {
            let table =
                if text.contains("team") && text.starts_with("DELETE") { "team" } else { "hero" };
            let failure = failure(&mut conn, write(text, table, Vec::new())).await;
            let error = failure.error;
            assert_eq!(error.kind(), kind, "{text}: {error}");
            assert_eq!(error.columns().collect::<Vec<_>>().join(","), columns, "{text}");
            assert_eq!(error.constraint().unwrap_or_default(), constraint, "{text}");
            assert_eq!(error.statement(), Some(text));
            let source = format!("{:?}", std::error::Error::source(&error));
            assert!(!source.contains("Hulk") && !source.contains("40000"), "no values: {source}");
            assert!(failure.in_transaction, "only the statement is undone: {text}");
            assert!(!error.is_retryable());
        }
        run(&mut conn, [Step::Commit]).await.unwrap();
        assert_eq!(rows(&mut conn, NAMES).await, [r#"Text("Hulk")"#]);
    });
}

#[test]
fn a_database_that_nobody_named() {
    on_server("a_database_that_nobody_named", async |db: Db| {
        let driver = relata_mysql::MySqlDriver::from_url(&db.server, db.placement).unwrap();
        let mut conn = driver.connect().await.unwrap();
        let error = failure(&mut conn, sql("CREATE TABLE hero (id INT)")).await.error;
        assert_eq!((error.kind(), error.code()), (ErrorKind::Database, Some("1046")));
        assert_eq!(
            error.to_string(),
            "no database is selected; name it in the URL, as in `mysql://user:password@localhost/heroes`"
        );
    });
}

#[test]
fn a_check_of_a_column() {
    on_server("a_check_of_a_column", async |db: Db| {
        let mut conn = db.connect().await;
        run(&mut conn, [sql("CREATE TABLE hero (age INT CHECK (age > 17))")]).await.unwrap();
        let error = failure(&mut conn, sql("INSERT INTO hero VALUES (3)")).await.error;
        assert_eq!(error.kind(), ErrorKind::CheckViolation);
        assert!(error.constraint().is_some(), "{error}");
    });
}

/// Two connections, and a row of each that the other one wants.
async fn rivals(db: &Db) -> (Conn, Conn) {
    let mut one = db.heroes().await;
    run(&mut one, [insert("one"), insert("two")]).await.unwrap();
    let mut other = db.connect_with("?lock_wait_timeout=1").await;
    run(&mut one, [Step::Begin(Begin::Write), rename(1, "a")]).await.unwrap();
    run(&mut other, [Step::Begin(Begin::Write), insert("three")]).await.unwrap();
    (one, other)
}

fn rename(id: i64, name: &str) -> Step {
    let values = vec![text(name), Value::Int(id)];
    write("UPDATE hero SET name = ? WHERE id = ?", "hero", values)
}

#[test]
fn who_waits_too_long_for_a_lock_keeps_the_transaction() {
    on_server("who_waits_too_long", async |db: Db| {
        let (mut one, mut other) = rivals(&db).await;
        let failure = failure(&mut other, rename(1, "b")).await;
        assert_eq!((failure.error.kind(), failure.error.code()), (ErrorKind::Busy, Some("1205")));
        assert!(failure.error.is_retryable());
        assert_eq!(failure.error.table(), Some("hero"));
        assert!(failure.in_transaction);
        run(&mut one, [Step::Rollback]).await.unwrap();
        run(&mut other, [rename(1, "b"), Step::Commit]).await.unwrap();
        assert_eq!(
            rows(&mut one, NAMES).await,
            ["Text(\"b\")", "Text(\"two\")", "Text(\"three\")"]
        );
    });
}

#[test]
fn who_waits_too_long_loses_the_transaction_where_the_server_says_so() {
    let options = ["--innodb-rollback-on-timeout=ON"];
    let Some(server) = Private::start("who_waits_too_long_loses", &options) else { return };
    on(&server.url(), async |db: Db| {
        let (mut one, mut other) = rivals(&db).await;
        let failed = failure(&mut other, rename(1, "b")).await;
        assert_eq!((failed.error.code(), failed.in_transaction), (Some("1205"), false));
        run(&mut other, [Step::Rollback]).await.unwrap();

        // Where it is the first thing that was to be done, nothing is lost.
        let steps = [Step::Begin(Begin::Write), rename(1, "b")];
        let failed = run(&mut other, steps).await.unwrap_err();
        assert_eq!((failed.error.code(), failed.in_transaction), (Some("1205"), true));
        run(&mut one, [Step::Rollback]).await.unwrap();
        run(&mut other, [rename(1, "b"), insert("four"), Step::Rollback]).await.unwrap();
        assert_eq!(rows(&mut one, NAMES).await, [r#"Text("one")"#, r#"Text("two")"#]);
    });
}

#[test]
fn a_deadlock_of_what_comes_first_loses_nothing() {
    on_server("a_deadlock_of_what_comes_first", async |db: Db| {
        let (mut one, _) = rivals(&db).await;
        let (mut other, mut third) = (db.connect().await, db.connect().await);
        run(&mut other, [Step::Begin(Begin::Write)]).await.unwrap();
        // What has done less is rolled back.
        run(&mut one, (0..9).map(|at| rename(1, &format!("a{at}")))).await.unwrap();
        let both = "UPDATE hero SET name = 'c' WHERE id < 3 ORDER BY id DESC";
        let mut waiting = other.run(batch([sql(both)]));
        assert!(poll(&mut waiting, 1).await.is_none());
        let free = "SELECT COUNT(*) FROM hero WHERE id = 2 FOR UPDATE SKIP LOCKED";
        while number(&mut third, free).await > 0 {
            tokio::task::yield_now().await;
        }
        let (failed, done) = tokio::join!(waiting, run(&mut one, [rename(2, "d")]));
        let failed = failed.unwrap_err();
        assert_eq!((failed.error.code(), failed.in_transaction), (Some("1213"), true));
        done.unwrap();
        run(&mut one, [Step::Rollback]).await.unwrap();
        run(&mut other, [insert("five"), Step::Rollback]).await.unwrap();
        assert_eq!(rows(&mut one, NAMES).await, [r#"Text("one")"#, r#"Text("two")"#]);
    });
}

#[test]
fn a_deadlock_ends_the_transaction_of_one() {
    on_server("a_deadlock", async |db: Db| {
        let (mut one, mut other) = rivals(&db).await;
        run(&mut other, [rename(2, "b")]).await.unwrap();
        let (first, second) =
            tokio::join!(run(&mut one, [rename(2, "c")]), run(&mut other, [rename(1, "c")]));
        let (failure, mut loser) = match (first, second) {
            (Err(failure), Ok(_)) => (failure, one),
            (Ok(_), Err(failure)) => (failure, other),
            both => panic!("not one of the two: {both:?}"),
        };
        assert_eq!((failure.error.kind(), failure.error.code()), (ErrorKind::Busy, Some("1213")));
        assert!(!failure.in_transaction, "the server has ended it");
        assert!(run(&mut loser, [Step::Commit]).await.is_err());
        run(&mut loser, [Step::Rollback, Step::Begin(Begin::Write), Step::Rollback]).await.unwrap();
    });
}

#[test]
fn a_statement_that_runs_too_long_is_stopped() {
    on_server("a_statement_that_runs_too_long", async |db: Db| {
        let mut conn = db.connect_with("?statement_timeout=50").await;
        let steps = [
            Step::Begin(Begin::Read),
            read(
                "SELECT COUNT(*) FROM information_schema.columns a, information_schema.columns b, information_schema.columns c",
            ),
        ];
        let failure = run(&mut conn, steps).await.unwrap_err();
        assert_eq!(failure.error.kind(), ErrorKind::Timeout);
        assert_eq!((failure.step, failure.in_transaction), (1, true));
        assert_eq!(rows(&mut conn, "SELECT 1").await, ["Int(1)"]);
    });
}

#[test]
fn a_transaction_that_may_not_write() {
    on_server("a_transaction_that_may_not_write", async |db: Db| {
        let mut conn = db.heroes().await;
        run(&mut conn, [sql("SET SESSION TRANSACTION READ ONLY")]).await.unwrap();
        let steps = [Step::Begin(Begin::Write), insert("a")];
        let failure = run(&mut conn, steps).await.unwrap_err();
        assert_eq!(failure.error.kind(), ErrorKind::ReadOnly);
    });
}
