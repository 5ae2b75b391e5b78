//! Transactions with options: they hold for one transaction, however it ends.

use crate::support::*;
use relata_core::{
    ErrorKind, Isolation, TransactionOptions,
    connection::{Begin, Statement, Step},
};

fn read_only() -> Step {
    Step::BeginWith(Begin::Read, Isolation::RepeatableRead.read_only())
}

/// Whether the server commits before a statement, so that the transaction which it would be refused in has
/// ended: MySQL does before what changes tables.
fn ends_before(db: &Db, text: &str) -> bool {
    let alters = !text.starts_with("DELETE") && !text.starts_with("INSERT");
    alters && !db.is_mariadb
}

#[test]
fn whatever_writes_is_refused_in_a_transaction_that_is_read_only() {
    on_server("whatever_writes_is_refused", async |db: Db| {
        let mut conn = db.heroes().await;
        run(&mut conn, [insert("Deadpond")]).await.unwrap();
        let mut reply = run(&mut conn, [read_only(), read(NAMES)]).await.unwrap();
        assert_eq!(grid(&mut reply, 1), [r#"Text("Deadpond")"#]);
        assert!(reply.in_transaction);
        for text in [
            "DELETE FROM hero",
            "INSERT INTO hero (name) VALUES ('x')",
            "CREATE TABLE team (id INTEGER)",
            "ALTER TABLE hero ADD power INTEGER",
            "TRUNCATE TABLE hero",
            "DROP TABLE hero",
        ] {
            if ends_before(&db, text) {
                continue;
            }
            let failure = failure(&mut conn, sql(text)).await;
            assert_eq!(failure.error.kind(), ErrorKind::ReadOnly);
            assert_eq!(
                failure.error.to_string(),
                "the transaction is read only; begin one without `read_only` to write"
            );
            assert_eq!(failure.error.statement(), Some(text));
            assert_eq!(failure.error.code(), Some("1792"));
            // MariaDB ends it before it refuses what no transaction can hold.
            run(&mut conn, [Step::Rollback, read_only()]).await.unwrap();
        }
        assert_eq!(rows(&mut conn, NAMES).await, [r#"Text("Deadpond")"#]);
    });
}

#[test]
fn writes_are_allowed_again_however_the_transaction_ends() {
    on_server("writes_are_allowed_again", async |db: Db| {
        let mut conn = db.heroes().await;
        for end in [Step::Commit, Step::Rollback] {
            // In one batch, and in the one after it.
            run(&mut conn, [read_only(), read(NAMES), end, insert("x")]).await.unwrap();
            run(&mut conn, [insert("x")]).await.unwrap();
        }
        run(&mut conn, [read_only()]).await.unwrap();
        assert!(conn.reset());
        run(&mut conn, [insert("x")]).await.unwrap();

        // What ends without a step of its own.
        let ended = [read_only(), sql("ROLLBACK"), sql("nonsense")];
        assert!(!run(&mut conn, ended).await.unwrap_err().in_transaction);
        run(&mut conn, [insert("x")]).await.unwrap();

        // What ends it and is refused.
        let create = "CREATE TABLE team (id INTEGER)";
        if !ends_before(&db, create) {
            let failure = run(&mut conn, [read_only(), sql(create)]).await.unwrap_err();
            run(&mut conn, [Step::Rollback, sql(create)]).await.unwrap();
            assert_eq!((failure.step, failure.error.kind()), (1, ErrorKind::ReadOnly));
        }

        // A cursor of it, left open.
        run(&mut conn, [read_only()]).await.unwrap();
        conn.open(Statement::text(NAMES)).await.unwrap();
        run(&mut conn, [Step::Rollback]).await.unwrap();
        run(&mut conn, [Step::Begin(Begin::Write), insert("x"), Step::Commit]).await.unwrap();
        assert_eq!(rows(&mut conn, NAMES).await.len(), 7);
    });
}

/// What a transaction at a level reads before and after another connection has inserted a row, and
/// before that one has committed it.
async fn counts(db: &Db, one: &mut Conn, begin: Step) -> [u64; 3] {
    const COUNT: &str = "SELECT COUNT(*) FROM hero";
    let mut two = db.connect().await;
    run(&mut two, [sql("DELETE FROM hero")]).await.unwrap();
    run(one, [begin]).await.unwrap();
    let before = number(one, COUNT).await;
    run(&mut two, [Step::Begin(Begin::Write), insert("x")]).await.unwrap();
    let meanwhile = number(one, COUNT).await;
    run(&mut two, [Step::Commit]).await.unwrap();
    let after = number(one, COUNT).await;
    run(one, [Step::Commit]).await.unwrap();
    [before, meanwhile, after]
}

#[test]
fn a_level_decides_what_is_seen_of_others() {
    on_server("a_level_decides", async |db: Db| {
        let mut conn = db.heroes().await;
        for (level, seen) in [
            (Isolation::ReadUncommitted, [0, 1, 1]),
            (Isolation::ReadCommitted, [0, 0, 1]),
            (Isolation::RepeatableRead, [0, 0, 0]),
        ] {
            let begin = Step::BeginWith(Begin::Read, level.into());
            assert_eq!(counts(&db, &mut conn, begin).await, seen, "{level}");
            // The server's own level is back.
            assert_eq!(counts(&db, &mut conn, Step::Begin(Begin::Read)).await, [0, 0, 0]);
        }
    });
}

#[test]
fn what_a_serializable_transaction_has_read_cannot_be_changed() {
    on_server("what_a_serializable_transaction", async |db: Db| {
        let mut conn = db.heroes().await;
        run(&mut conn, [insert("Deadpond")]).await.unwrap();
        let begin = Step::BeginWith(Begin::Read, Isolation::Serializable.into());
        run(&mut conn, [begin, read(NAMES)]).await.unwrap();
        let mut other = db.connect_with("?lock_wait_timeout=1").await;
        let failure = failure(&mut other, sql("UPDATE hero SET name = 'x'")).await;
        assert_eq!((failure.error.kind(), failure.error.code()), (ErrorKind::Busy, Some("1205")));
        assert!(failure.error.is_retryable());
    });
}

#[test]
fn read_write_wins_over_what_the_connection_is_set_to() {
    on_server("read_write_wins", async |db: Db| {
        let mut conn = db.heroes().await;
        run(&mut conn, [sql("SET SESSION TRANSACTION READ ONLY")]).await.unwrap();
        let write = TransactionOptions::new().read_write().deferrable();
        let steps = [Step::BeginWith(Begin::Write, write), insert("a"), Step::Commit];
        run(&mut conn, steps).await.unwrap();
        let unset = TransactionOptions::new().deferrable();
        let steps = [Step::BeginWith(Begin::Write, unset), insert("a")];
        let failure = run(&mut conn, steps).await.unwrap_err();
        assert_eq!((failure.step, failure.error.kind()), (1, ErrorKind::ReadOnly));

        // What the session was set to comes back.
        run(&mut conn, [Step::Rollback, read_only(), Step::Commit]).await.unwrap();
        assert_eq!(failure_kind(&mut conn, insert("a")).await, ErrorKind::ReadOnly);
    });
}

async fn failure_kind(conn: &mut Conn, step: Step) -> ErrorKind {
    failure(conn, step).await.error.kind()
}

#[test]
fn options_in_a_transaction_are_refused_and_do_not_stay() {
    on_server("options_in_a_transaction", async |db: Db| {
        let mut conn = db.heroes().await;
        let steps = [Step::Begin(Begin::Write), insert("a"), read_only()];
        let failure = run(&mut conn, steps).await.unwrap_err();
        assert_eq!((failure.step, failure.in_transaction), (2, true));
        assert_eq!(
            failure.error.statement(),
            Some("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; START TRANSACTION")
        );
        run(&mut conn, [insert("b"), Step::Commit, insert("c")]).await.unwrap();
        assert_eq!(rows(&mut conn, NAMES).await.len(), 3);
    });
}

#[test]
fn a_connection_says_whether_it_works() {
    on_server("a_connection_says_whether_it_works", async |db: Db| {
        let mut conn = db.heroes().await;
        let mut admin = db.connect().await;
        assert!(conn.is_open());
        conn.ping().await.unwrap();
        let id = number(&mut conn, "SELECT CONNECTION_ID()").await;
        run(&mut admin, [sql(&format!("KILL {id}"))]).await.unwrap();
        assert_eq!(conn.ping().await.unwrap_err().kind(), ErrorKind::ConnectionLost);
        assert!(!conn.is_open());
        assert_eq!(conn.ping().await.unwrap_err().kind(), ErrorKind::ConnectionLost);
    });
}
