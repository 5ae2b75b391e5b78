//! Sockets that are cut: what is known and what is not.

use crate::{
    patience::Patience,
    private::Private,
    proxy::{Cut, Proxy},
    support::*,
};
use relata_core::{
    ErrorKind, TransactionOptions,
    connection::{Begin, Driver, Statement, Step},
};
use relata_mysql::MySqlDriver;

/// A connection through a proxy, and one that goes straight.
async fn through_proxy(db: &Db) -> (Proxy, Conn, Conn) {
    let plain = db.heroes().await;
    let (user, address) = db.user_and_address();
    let proxy = Proxy::to(&address);
    // Words in it could not be seen if it were encrypted.
    let url = format!(
        "mysql://{user}@127.0.0.1:{}/{}?ssl-mode=disabled&connect_timeout=2",
        proxy.port, db.name
    );
    let conn = MySqlDriver::from_url(&url, db.placement).unwrap().connect().await.unwrap();
    (proxy, conn, plain)
}

#[test]
fn a_commit_whose_answer_is_lost_is_unknown() {
    on_server("a_commit_whose_answer_is_lost", async |db: Db| {
        for cut in [Cut::Before, Cut::After] {
            let (proxy, mut conn, mut plain) = through_proxy(&db).await;
            proxy.cut("COMMIT", cut);
            let steps = [Step::Begin(Begin::Write), insert("a"), Step::Commit, insert("b")];
            let failure = run(&mut conn, steps).await.unwrap_err();
            assert_eq!(failure.error.kind(), ErrorKind::CommitUnknown);
            assert_eq!(failure.error.statement(), Some("COMMIT"));
            assert_eq!((failure.step, failure.in_transaction), (2, false));
            assert!(!failure.error.is_retryable());
            assert!(!conn.reset());
            // DROP waits for what is still open.
            run(&mut plain, [sql("DROP TABLE hero")]).await.unwrap();
        }
    });
}

#[test]
fn any_other_answer_that_is_lost_is_a_lost_connection() {
    on_server("any_other_answer_that_is_lost", async |db: Db| {
        for word in ["INSERT INTO hero", "SAVEPOINT", "ROLLBACK"] {
            let (proxy, mut conn, mut plain) = through_proxy(&db).await;
            proxy.cut(word, Cut::After);
            let steps = [
                Step::Begin(Begin::Write),
                Step::Savepoint(1),
                insert("a"),
                Step::Rollback,
                Step::Begin(Begin::Write),
                Step::Commit,
            ];
            let failure = run(&mut conn, steps).await.unwrap_err();
            assert_eq!(failure.error.kind(), ErrorKind::ConnectionLost, "{word}");
            assert!(!failure.in_transaction);
            assert!(!conn.reset());
            assert!(rows(&mut plain, NAMES).await.is_empty());
            run(&mut plain, [sql("DROP TABLE hero")]).await.unwrap();
        }
    });
}

#[test]
fn a_statement_outside_of_a_transaction_whose_answer_is_lost_is_unknown() {
    on_server("a_statement_outside_of_a_transaction", async |db: Db| {
        let (proxy, mut conn, mut plain) = through_proxy(&db).await;
        run(&mut conn, [insert("a")]).await.unwrap();
        // Its statement is prepared already, so the word comes only where it is run.
        proxy.cut("bravo", Cut::After);
        let failure = run(&mut conn, [insert("bravo"), insert("c")]).await.unwrap_err();
        assert_eq!((failure.step, failure.in_transaction), (0, false));
        assert_eq!(failure.error.kind(), ErrorKind::CommitUnknown, "{:?}", failure.error);
        assert_eq!(failure.error.statement(), Some("INSERT INTO hero (name) VALUES (?)"));
        assert!(!failure.error.is_retryable());
        // The server comes to it when the client has gone.
        let patience = Patience::until("the server has come to it");
        while rows(&mut plain, NAMES).await != [r#"Text("a")"#, r#"Text("bravo")"#] {
            patience.again();
            tokio::task::yield_now().await;
        }
        run(&mut plain, [sql("DROP TABLE hero")]).await.unwrap();

        // What only reads has nothing to be unsure of.
        let (proxy, mut conn, mut plain) = through_proxy(&db).await;
        proxy.cut("SELECT name", Cut::After);
        let lost = super::support::failure(&mut conn, read(NAMES)).await;
        assert_eq!(lost.error.kind(), ErrorKind::ConnectionLost);
        run(&mut plain, [sql("DROP TABLE hero")]).await.unwrap();
    });
}

#[test]
fn begin_finds_another_connection() {
    on_server("begin_finds_another_connection", async |db: Db| {
        let (proxy, mut conn, mut plain) = through_proxy(&db).await;
        proxy.cut("INSERT INTO hero", Cut::Before);
        let steps = [Step::Begin(Begin::Write), insert("a")];
        run(&mut conn, steps).await.unwrap_err();
        proxy.heal();
        let steps = [Step::Begin(Begin::Write), insert("b"), Step::Commit];
        run(&mut conn, steps).await.unwrap();
        assert_eq!(rows(&mut plain, NAMES).await, [r#"Text("b")"#]);
    });
}

#[test]
fn what_comes_first_in_a_transaction_is_sent_again() {
    on_server("what_comes_first_in_a_transaction", async |db: Db| {
        for cut in [Cut::Before, Cut::After] {
            let (proxy, mut conn, mut plain) = through_proxy(&db).await;
            let mut expected = Vec::new();
            // Where it is prepared; where it is, and the words come only where it is run; what is no
            // prepared statement; what is not answered by the server but by the settings of `conn`.
            for (word, name) in [("INSERT INTO", "a"), ("bravo", "bravo"), ("TRANSACTION", "c")] {
                proxy.cut_once(word, cut);
                let mut steps = vec![Step::Begin(Begin::Write), insert(name), insert("more")];
                if word == "TRANSACTION" {
                    steps.insert(1, Step::Savepoint(1));
                }
                steps.push(Step::Commit);
                run(&mut conn, steps).await.unwrap();
                assert!(proxy.is_healed());
                expected.extend([format!("Text({name:?})"), r#"Text("more")"#.to_owned()]);
            }
            proxy.cut_once("SELECT name", cut);
            run(&mut conn, [Step::Begin(Begin::Read)]).await.unwrap();
            conn.open(Statement::text(NAMES)).await.unwrap();
            let portion = conn.fetch(Box::new(Grid::default()), 9).await;
            assert!(!portion.more.unwrap());
            assert!(proxy.is_healed());
            run(&mut conn, [Step::Rollback]).await.unwrap();
            assert_eq!(rows(&mut plain, NAMES).await, expected);
            run(&mut plain, [sql("DROP TABLE hero")]).await.unwrap();
        }
    });
}

#[test]
fn what_comes_second_in_a_transaction_is_not_sent_again() {
    on_server("what_comes_second_in_a_transaction", async |db: Db| {
        let (proxy, mut conn, mut plain) = through_proxy(&db).await;
        for first in [insert("a"), read("SELECT 1")] {
            proxy.cut_once("bravo", Cut::After);
            let steps = [Step::Begin(Begin::Write), first, insert("bravo"), Step::Commit];
            let failure = run(&mut conn, steps).await.unwrap_err();
            assert_eq!((failure.step, failure.error.kind()), (2, ErrorKind::ConnectionLost));
            assert!(!failure.in_transaction);
        }
        assert!(rows(&mut plain, NAMES).await.is_empty());
        run(&mut plain, [sql("DROP TABLE hero")]).await.unwrap();
    });
}

#[test]
fn begin_finds_another_connection_behind_one_that_was_read_only() {
    on_server("begin_finds_another_connection_behind", async |db: Db| {
        let mut conn = db.heroes().await;
        let mut plain = db.connect().await;
        let id = number(&mut conn, "SELECT CONNECTION_ID()").await;
        let limited = Step::BeginWith(Begin::Read, TransactionOptions::new().read_only());
        run(&mut conn, [limited, Step::Commit]).await.unwrap();
        run(&mut plain, [sql(&format!("KILL {id}"))]).await.unwrap();
        let steps = [Step::Begin(Begin::Write), insert("b"), Step::Commit];
        run(&mut conn, steps).await.unwrap();
        assert_eq!(rows(&mut plain, NAMES).await, [r#"Text("b")"#]);
    });
}

#[test]
fn no_stranger_is_stopped_where_a_proxy_leads_to_another_server() {
    in_this_thread("no_stranger_is_stopped", async |db: Db| {
        let Some(elsewhere) = Private::start("no_stranger_is_stopped", &[]) else { return };
        let (proxy, mut conn, mut plain) = through_proxy(&db).await;
        let id = number(&mut conn, "SELECT CONNECTION_ID()").await;
        let words = format!("SLEEP(607) + {id}");
        let mut running = conn.run(batch([sql(&format!("DO {words}"))]));
        assert!(poll(&mut running, 1).await.is_none());
        under_way(&mut plain, &words).await;
        proxy.lead_to(&format!("127.0.0.1:{}", elsewhere.port));
        drop(running);
        // It is not known how far it is, so nothing more is done on the connection.
        let lost = failure(&mut conn, read("SELECT 1")).await;
        assert_eq!(lost.error.kind(), ErrorKind::ConnectionLost);
        let other = MySqlDriver::from_url(&elsewhere.url(), db.placement).unwrap();
        let mut other = other.connect().await.unwrap();
        let killed = rows(&mut other, "SHOW GLOBAL STATUS LIKE 'Com_kill'").await;
        assert_eq!(killed, [r#"Text("Com_kill") Text("0")"#]);
        run(&mut plain, [sql(&format!("KILL {id}"))]).await.unwrap();
    });
}

#[test]
fn a_rollback_that_is_never_answered_keeps_nobody_waiting() {
    on_server("a_rollback_that_is_never_answered", async |db: Db| {
        let (proxy, mut conn, mut plain) = through_proxy(&db).await;
        run(&mut conn, [Step::Begin(Begin::Write), insert("a")]).await.unwrap();
        proxy.cut("ROLLBACK", Cut::Silently);
        assert!(conn.reset(), "nothing is known against it");
        let steps = [Step::Begin(Begin::Write), insert("b"), Step::Commit];
        run(&mut conn, steps).await.unwrap();
        assert_eq!(rows(&mut plain, NAMES).await, [r#"Text("b")"#]);
    });
}
