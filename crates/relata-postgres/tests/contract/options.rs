//! Transactions with options, which end with the transaction, and what the server refuses in them.

use crate::support::*;
use relata_core::{
    ErrorKind, Isolation, TransactionOptions,
    connection::{Begin, Statement, Step},
};

const SET: &str = "SELECT current_setting('transaction_isolation'), \
    current_setting('transaction_read_only'), current_setting('transaction_deferrable')";

fn begin(options: impl Into<TransactionOptions>) -> Step {
    Step::BeginWith(Begin::Read, options.into())
}

fn read_only() -> Step {
    begin(Isolation::Serializable.read_only())
}

#[test]
fn a_transaction_is_what_it_is_asked_to_be_and_the_next_is_not() {
    let Some(schema) = Schema::new() else { return };
    let plain = [r#"Text("read committed") Text("off") Text("off")"#];
    for way in WAYS {
        let mut conn = schema.connect(way);
        for (options, shown) in [
            (Isolation::ReadUncommitted.into(), ["read uncommitted", "off", "off"]),
            (Isolation::ReadCommitted.into(), ["read committed", "off", "off"]),
            (Isolation::RepeatableRead.read_only(), ["repeatable read", "on", "off"]),
            (TransactionOptions::new().read_only(), ["read committed", "on", "off"]),
            (TransactionOptions::new().read_write(), ["read committed", "off", "off"]),
            (Isolation::Serializable.read_only().deferrable(), ["serializable", "on", "on"]),
            (TransactionOptions::new(), ["read committed", "off", "off"]),
        ] {
            let shown = shown.map(|word| format!("Text({word:?})")).join(" ");
            for end in [Step::Commit, Step::Rollback] {
                let steps = [begin(options), read(SET), end, read(SET)];
                let mut reply = run(&mut conn, steps).unwrap();
                assert_eq!(grid(&mut reply, 1), [shown.as_str()], "{options}");
                assert_eq!(grid(&mut reply, 3), plain, "{options}");
                assert!(!reply.in_transaction);
            }
            run(&mut conn, [begin(options)]).unwrap();
            assert!(conn.reset());
            assert_eq!(rows(&mut conn, SET), plain);
        }
    }
}

#[test]
fn whatever_writes_is_refused_in_a_transaction_that_is_read_only() {
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        let mut conn = schema.heroes(way);
        run(&mut conn, [hero("Deadpond")]).unwrap();
        for (text, word) in [
            ("DELETE FROM hero", "DELETE"),
            ("INSERT INTO hero (name) VALUES ('x') RETURNING id", "INSERT"),
            ("CREATE TABLE villain (id INTEGER)", "CREATE TABLE"),
            ("DROP TABLE hero", "DROP TABLE"),
        ] {
            let failed = run(&mut conn, [read_only(), read(NAMES), sql(text)]).unwrap_err();
            assert_eq!((failed.step, failed.error.kind()), (2, ErrorKind::ReadOnly));
            assert_eq!(
                failed.error.to_string(),
                format!(
                    "cannot execute {word} in a read-only transaction; begin the transaction without `read_only`, or connect to a server that takes writes, such as with `target_session_attrs=read-write` in the URL"
                )
            );
            assert_eq!(
                (failed.error.code(), failed.error.statement()),
                (Some("25006"), Some(text))
            );
            assert!(failed.in_transaction);
            run(&mut conn, [Step::Rollback]).unwrap();
        }
        // A cursor of it, left open.
        run(&mut conn, [read_only()]).unwrap();
        block_on(conn.open(Statement::text(NAMES))).unwrap();
        run(&mut conn, [Step::Rollback, hero("x")]).unwrap();
        assert_eq!(rows(&mut conn, NAMES).len(), 2);
    }
}

#[test]
fn what_was_read_once_reads_the_same_again() {
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        let (mut one, mut two) = (schema.heroes(way), schema.connect(way));
        for (level, seen) in [(Isolation::ReadCommitted, 1), (Isolation::RepeatableRead, 0)] {
            let mut reply = run(&mut one, [begin(level), read(NAMES)]).unwrap();
            let before = grid(&mut reply, 1).len();
            run(&mut two, [hero("x")]).unwrap();
            assert_eq!(rows(&mut one, NAMES).len(), before + seen);
            run(&mut one, [Step::Commit]).unwrap();
            assert_eq!(rows(&mut one, NAMES).len(), before + 1);
        }
    }
}

#[test]
fn of_two_that_cannot_be_put_in_a_row_one_is_to_be_done_again() {
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        let (mut one, mut two) = (schema.heroes(way), schema.connect(way));
        let start = || [begin(Isolation::Serializable), read("SELECT count(*) FROM hero")];
        run(&mut one, start()).unwrap();
        run(&mut two, start()).unwrap();
        run(&mut one, [hero("a")]).unwrap();
        run(&mut two, [hero("b")]).unwrap();
        run(&mut one, [Step::Commit]).unwrap();
        let failed = failure(&mut two, Step::Commit);
        assert!(failed.error.is_retryable(), "{}", failed.error);
        assert_eq!((failed.error.code(), failed.in_transaction), (Some("40001"), false));
        run(&mut two, start()).unwrap();
        run(&mut two, [hero("b"), Step::Commit]).unwrap();
        assert_eq!(rows(&mut one, NAMES), [r#"Text("a")"#, r#"Text("b")"#]);
    }
}

#[test]
fn a_connection_that_works_says_so() {
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        let mut conn = schema.connect(way);
        assert!(conn.is_open());
        block_on(conn.ping()).unwrap();
        let end = "SELECT pg_terminate_backend(pg_backend_pid())";
        assert_eq!(failure(&mut conn, read(end)).error.kind(), ErrorKind::ConnectionLost);
        assert_eq!(block_on(conn.ping()).unwrap_err().kind(), ErrorKind::ConnectionLost);
        assert!(!conn.is_open());
    }
}
