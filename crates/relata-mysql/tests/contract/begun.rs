//! Transactions that the server begins by itself, and statements between them that are none.

use crate::support::*;
use relata_core::{
    ErrorKind, TransactionOptions,
    connection::{Begin, Driver, Statement, Step},
};
use relata_mysql::MySqlDriver;

const BEGIN: Step = Step::Begin(Begin::Write);

#[test]
fn a_transaction_is_open_before_the_server_has_begun_it() {
    on_server("a_transaction_is_open_before", async |db: Db| {
        let mut conn = db.heroes().await;
        assert!(run(&mut conn, [BEGIN]).await.unwrap().in_transaction);
        assert!(run(&mut conn, []).await.unwrap().in_transaction);
        // None of these touches a table.
        for step in [sql("nonsense"), read("SELECT nothing FROM hero"), read("SELECT 1, nothing")] {
            assert!(failure(&mut conn, step).await.in_transaction);
        }
        assert!(
            run(&mut conn, [read("SELECT 1"), sql("SET @a = 1")]).await.unwrap().in_transaction
        );
        run(&mut conn, [insert("a")]).await.unwrap();
        let again = failure(&mut conn, BEGIN).await;
        assert_eq!(again.error.statement(), Some("START TRANSACTION"));
        assert!(!run(&mut conn, [Step::Rollback]).await.unwrap().in_transaction);
        assert!(rows(&mut conn, NAMES).await.is_empty());

        for end in [Step::Commit, Step::Rollback] {
            let reply = run(&mut conn, [BEGIN, read("SELECT 1"), end]).await.unwrap();
            assert!(!reply.in_transaction);
            assert!(run(&mut conn, [Step::Commit]).await.is_err(), "none is open");
        }
        assert!(!run(&mut conn, [BEGIN, Step::Commit]).await.unwrap().in_transaction);
    });
}

#[test]
fn both_kinds_of_work_in_turns() {
    on_server("both_kinds_of_work_in_turns", async |db: Db| {
        let mut conn = db.heroes().await;
        let mut plain = db.connect().await;
        for _ in 0..2 {
            let steps = [BEGIN, insert("a"), Step::Rollback, BEGIN, insert("b"), Step::Rollback];
            run(&mut conn, steps).await.unwrap();
            run(&mut conn, [insert("c")]).await.unwrap();
            run(&mut conn, [BEGIN, insert("d"), Step::Rollback, insert("e")]).await.unwrap();
            conn.open(Statement::text(NAMES)).await.unwrap();
            conn.close();
            let limited = Step::BeginWith(Begin::Read, TransactionOptions::new().read_only());
            run(&mut conn, [limited, read(NAMES), Step::Commit]).await.unwrap();
        }
        let saved = [r#"Text("c")"#, r#"Text("e")"#, r#"Text("c")"#, r#"Text("e")"#];
        assert_eq!(rows(&mut plain, NAMES).await, saved);
    });
}

#[test]
fn what_commits_unseen_is_seen_wherever_it_stands() {
    on_server("what_commits_unseen", async |db: Db| {
        let mut conn = db.heroes().await;
        // it commits whether the table is there or not
        let create = || sql("CREATE TABLE IF NOT EXISTS team (id INT)");
        for first in [read("SELECT 1"), read(NAMES), Step::Savepoint(1), create()] {
            assert!(!run(&mut conn, [BEGIN, first, create()]).await.unwrap().in_transaction);
            run(&mut conn, [Step::Commit]).await.unwrap();
        }
        // What comes behind it is saved at once, as it is not part of a transaction.
        let steps = [BEGIN, insert("a"), create(), insert("b"), Step::Rollback];
        run(&mut conn, steps).await.unwrap();
        let steps = [BEGIN, create(), insert("c"), Step::Commit, BEGIN, insert("d")];
        run(&mut conn, steps).await.unwrap();
        assert!(conn.reset());
        let saved = ["a", "b", "c"].map(|name| format!("Text({name:?})"));
        assert_eq!(rows(&mut conn, NAMES).await, saved);

        // Nobody heard of it, as the call was dropped.
        run(&mut conn, [BEGIN, insert("e")]).await.unwrap();
        let mut plain = db.connect().await;
        let mut dropped = conn.run(batch([sql("CREATE TABLE crew (id INT)")]));
        assert!(poll(&mut dropped, 1).await.is_none());
        while rows(&mut plain, "SHOW TABLES LIKE 'crew'").await.is_empty() {
            tokio::task::yield_now().await;
        }
        drop(dropped);
        let refused = failure(&mut conn, insert("f")).await;
        assert_eq!((refused.error.kind(), refused.in_transaction), (ErrorKind::Interrupted, false));
    });
}

#[test]
fn a_savepoint_may_come_first() {
    on_server("a_savepoint_may_come_first", async |db: Db| {
        let mut conn = db.heroes().await;
        for before in [vec![BEGIN], vec![BEGIN, read("SELECT 1")]] {
            run(&mut conn, before).await.unwrap();
            let inner = [Step::Savepoint(1), insert("a"), Step::Savepoint(2), insert("b")];
            run(&mut conn, inner).await.unwrap();
            run(&mut conn, [Step::RollbackTo(2), Step::Release(1), Step::Commit]).await.unwrap();
            run(&mut conn, [BEGIN, Step::Savepoint(1), insert("c")]).await.unwrap();
            run(&mut conn, [Step::RollbackTo(1), Step::Commit]).await.unwrap();
        }
        assert_eq!(rows(&mut conn, NAMES).await, [r#"Text("a")"#, r#"Text("a")"#]);
    });
}

#[test]
fn nothing_is_held_between_transactions() {
    on_server("nothing_is_held_between", async |db: Db| {
        let mut conn = db.heroes().await;
        let mut plain = db.connect().await;
        let id = number(&mut conn, "SELECT CONNECTION_ID()").await;
        // Long enough for the server's own purge of what was rolled back, which holds tables as well.
        let tables = ["CREATE TABLE old (id INT) ENGINE = MyISAM", "SET lock_wait_timeout = 20"];
        run(&mut plain, tables.map(sql)).await.unwrap();
        run(&mut conn, [insert("a"), insert("a")]).await.unwrap();
        let twice = || sql("CREATE UNIQUE INDEX name ON hero (name)");
        let key = || sql("INSERT INTO hero (id) VALUES (1)");
        let schema = || read("SELECT COUNT(*) FROM information_schema.statistics");
        let works: [&dyn Fn() -> Vec<Step>; 9] = [
            &|| vec![BEGIN, read(NAMES), Step::Commit],
            &|| vec![BEGIN, read(NAMES), read("SELECT * FROM old"), Step::Rollback],
            &|| vec![BEGIN, read("SELECT * FROM old"), Step::Commit],
            &|| vec![BEGIN, schema(), Step::Rollback],
            &|| vec![BEGIN, key()],
            &|| vec![BEGIN, read(NAMES), twice()],
            &|| vec![BEGIN, read(NAMES)],
            &|| vec![BEGIN, Step::Commit, BEGIN, Step::Commit, key()],
            &|| vec![BEGIN, Step::Commit, BEGIN, Step::Commit, schema(), read(NAMES)],
        ];
        for (at, work) in works.iter().enumerate() {
            // What is still open is what a session was dropped with.
            let _ = run(&mut conn, work()).await;
            assert!(conn.reset());
            conn.ping().await.unwrap();
            let open = format!(
                "SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_mysql_thread_id = {id}"
            );
            assert_eq!(number(&mut plain, &open).await, 0, "{at}");
            for table in ["hero", "old"] {
                let alter = format!("ALTER TABLE {table} COMMENT '{at}'");
                run(&mut plain, [sql(&alter)]).await.unwrap();
            }
            run(&mut plain, [insert("b")]).await.unwrap();
            let seen = number(&mut conn, "SELECT COUNT(*) FROM hero").await;
            assert_eq!(seen, at as u64 + 3, "and no picture of the rows");
        }
    });
}

#[test]
fn who_sets_autocommit_by_hand_is_believed() {
    on_server("who_sets_autocommit_by_hand", async |db: Db| {
        let mut conn = db.heroes().await;
        let mut plain = db.connect().await;
        run(&mut conn, [sql("SET autocommit = 0"), insert("a")]).await.unwrap();
        assert_eq!(rows(&mut plain, NAMES).await, [r#"Text("a")"#], "nobody would commit it");
        let steps = [BEGIN, sql("SET autocommit = 0"), insert("b"), Step::Rollback, insert("c")];
        run(&mut conn, steps).await.unwrap();
        run(&mut conn, [BEGIN, Step::Commit, BEGIN, insert("d")]).await.unwrap();
        // It commits, as the server has it where it was off.
        let reply = run(&mut conn, [sql("SET autocommit = 1")]).await.unwrap();
        assert!(!reply.in_transaction);
        run(&mut conn, [Step::Commit, BEGIN, insert("e"), Step::Rollback]).await.unwrap();
        let saved = ["a", "c", "d"].map(|name| format!("Text({name:?})"));
        assert_eq!(rows(&mut plain, NAMES).await, saved);
    });
}

#[test]
fn who_begins_and_ends_by_hand_is_believed() {
    on_server("who_begins_and_ends_by_hand", async |db: Db| {
        let mut conn = db.heroes().await;
        let begin = ["START TRANSACTION", "BEGIN"].map(sql);
        for begin in begin {
            assert!(run(&mut conn, [begin, insert("a")]).await.unwrap().in_transaction);
            assert!(run(&mut conn, [insert("b"), Step::Rollback]).await.is_ok());
        }
        let steps = [BEGIN, insert("c"), sql("COMMIT"), insert("d"), Step::Rollback];
        assert!(!run(&mut conn, steps).await.unwrap().in_transaction);
        assert!(!run(&mut conn, [BEGIN, sql("ROLLBACK")]).await.unwrap().in_transaction);
        assert!(run(&mut conn, [BEGIN, sql("BEGIN"), insert("e")]).await.unwrap().in_transaction);
        run(&mut conn, [Step::Rollback]).await.unwrap();
        assert_eq!(rows(&mut conn, NAMES).await, [r#"Text("c")"#, r#"Text("d")"#]);
    });
}

#[test]
fn the_rows_that_are_seen_are_those_of_the_first_read() {
    on_server("the_rows_that_are_seen", async |db: Db| {
        let mut conn = db.heroes().await;
        let mut plain = db.connect().await;
        run(&mut conn, [BEGIN, read("SELECT 1")]).await.unwrap();
        run(&mut plain, [insert("a")]).await.unwrap();
        assert_eq!(rows(&mut conn, NAMES).await, [r#"Text("a")"#]);
        run(&mut plain, [insert("b")]).await.unwrap();
        assert_eq!(rows(&mut conn, NAMES).await, [r#"Text("a")"#]);
        let failed = failure(&mut conn, sql("nonsense")).await;
        assert!(failed.in_transaction);
        assert_eq!(rows(&mut conn, NAMES).await, [r#"Text("a")"#]);
        run(&mut conn, [Step::Rollback]).await.unwrap();
        assert_eq!(rows(&mut conn, NAMES).await.len(), 2);
    });
}

#[test]
fn a_new_connection_is_ready_for_a_transaction() {
    on_server("a_new_connection_is_ready", async |db: Db| {
        let driver: MySqlDriver = db.driver("");
        let mut conn = driver.connect().await.unwrap();
        let begun = "SHOW SESSION STATUS WHERE variable_name IN ('Com_begin', 'Com_set_option')";
        run(&mut conn, [BEGIN, read("SELECT 1"), Step::Commit]).await.unwrap();
        let steps = [BEGIN, read("SELECT 1"), read(begun), Step::Commit];
        let mut reply = run(&mut conn, steps).await.unwrap();
        // The settings of the connection, and BEGIN before what begins no transaction.
        let counts = [r#"Text("Com_begin") Text("1")"#, r#"Text("Com_set_option") Text("1")"#];
        assert_eq!(grid(&mut reply, 2), counts);
    });
}
