//! Connections that are lost: killed, closed by the server for their rest, gone with the server.

use crate::{patience::Patience, private::Private, support::*};
use relata_core::{
    ErrorKind, TransactionOptions,
    connection::{Begin, Driver, Step},
    sql::Guard,
};

#[test]
fn a_connection_that_was_killed() {
    on_server("a_connection_that_was_killed", async |db: Db| {
        let mut conn = db.heroes().await;
        let mut admin = db.connect().await;
        let id = number(&mut conn, "SELECT CONNECTION_ID()").await;
        run(&mut conn, [Step::Begin(Begin::Write), insert("a")]).await.unwrap();
        run(&mut admin, [sql(&format!("KILL {id}"))]).await.unwrap();
        let killed = failure(&mut conn, insert("b")).await;
        assert_eq!(killed.error.kind(), ErrorKind::ConnectionLost);
        assert!(!killed.in_transaction);
        assert!(!conn.reset(), "it leaves the pool");
        let after = failure(&mut conn, insert("c")).await;
        assert_eq!(after.error.kind(), ErrorKind::ConnectionLost, "nothing slips in");
        assert!(rows(&mut admin, NAMES).await.is_empty());
    });
}

#[test]
fn a_connection_that_was_killed_at_rest_is_replaced_by_begin() {
    on_server("a_connection_that_was_killed_at_rest", async |db: Db| {
        let mut conn = db.heroes().await;
        let mut admin = db.connect().await;
        let id = number(&mut conn, "SELECT CONNECTION_ID()").await;
        run(&mut admin, [sql(&format!("KILL {id}"))]).await.unwrap();
        let steps = [Step::Begin(Begin::Write), insert("a"), Step::Commit];
        run(&mut conn, steps).await.unwrap();
        assert_eq!(rows(&mut admin, NAMES).await, [r#"Text("a")"#]);
        assert_ne!(number(&mut conn, "SELECT CONNECTION_ID()").await, id);
        let mode = rows(&mut conn, "SELECT @@sql_mode LIKE '%NO_AUTO_VALUE_ON_ZERO%'").await;
        assert_eq!(mode, ["Int(1)"], "it is set up too");
    });
}

#[test]
fn a_connection_that_was_killed_at_rest_is_replaced_outside_of_transactions_too() {
    on_server("a_connection_that_was_killed_at_rest_alone", async |db: Db| {
        let mut conn = db.heroes().await;
        let mut admin = db.connect().await;
        let kill = async |conn: &mut Conn, admin: &mut Conn| {
            let id = number(conn, "SELECT CONNECTION_ID()").await;
            run(admin, [sql(&format!("KILL {id}"))]).await.unwrap();
        };
        // What is not prepared on it is not run either.
        kill(&mut conn, &mut admin).await;
        run(&mut conn, [insert("a")]).await.unwrap();
        // Behind a transaction that was read only the session has to be freed first.
        let id = number(&mut conn, "SELECT CONNECTION_ID()").await;
        let limited = Step::BeginWith(Begin::Read, TransactionOptions::new().read_only());
        run(&mut conn, [limited, Step::Commit]).await.unwrap();
        run(&mut admin, [sql(&format!("KILL {id}"))]).await.unwrap();
        assert_eq!(rows(&mut conn, NAMES).await, [r#"Text("a")"#]);
        // Behind transactions the server is told first that the next statement is alone.
        let id = number(&mut conn, "SELECT CONNECTION_ID()").await;
        for steps in [vec![Step::Rollback], vec![insert("b"), Step::Commit]] {
            let begin = [Step::Begin(Begin::Write)];
            run(&mut conn, begin.into_iter().chain(steps)).await.unwrap();
        }
        run(&mut admin, [sql(&format!("KILL {id}"))]).await.unwrap();
        run(&mut conn, [insert("c")]).await.unwrap();
        // What is prepared may have been run.
        kill(&mut conn, &mut admin).await;
        let lost = failure(&mut conn, insert("d")).await;
        assert_eq!(lost.error.kind(), ErrorKind::CommitUnknown);
        let lost = failure(&mut conn, insert("e")).await;
        assert_eq!(lost.error.kind(), ErrorKind::ConnectionLost, "nothing slips in");
        let stored = [r#"Text("a")"#, r#"Text("b")"#, r#"Text("c")"#];
        assert_eq!(rows(&mut admin, NAMES).await, stored);
    });
}

#[test]
fn locks_that_went_with_a_connection_are_missed_behind_begin() {
    on_server("locks_that_went_with_a_connection", async |db: Db| {
        let mut conn = db.connect().await;
        let mut admin = db.connect().await;
        let guard = Guard::Connection(vec![db.name.clone()]);
        let begin = || [guard.begin()].into_iter().chain(guard.within().into_iter().map(Step::Run));
        run(&mut conn, guard.before().into_iter().map(Step::Run)).await.unwrap();
        run(&mut conn, begin().chain([Step::Rollback])).await.unwrap();
        let id = number(&mut conn, "SELECT CONNECTION_ID()").await;
        run(&mut admin, [sql(&format!("KILL {id}"))]).await.unwrap();
        let missed = run(&mut conn, begin()).await.unwrap_err();
        assert_eq!((missed.step, missed.error.kind()), (1, ErrorKind::Busy), "{}", missed.error);
        run(&mut conn, [Step::Rollback]).await.unwrap();
        let taken = guard.before().into_iter().chain(guard.after()).map(Step::Run);
        run(&mut conn, taken).await.unwrap();
    });
}

#[test]
fn a_connection_that_was_killed_in_a_statement() {
    on_server("a_connection_that_was_killed_in_a_statement", async |db: Db| {
        let mut conn = db.heroes().await;
        let mut admin = db.connect().await;
        let id = number(&mut conn, "SELECT CONNECTION_ID()").await;
        run(&mut conn, [Step::Begin(Begin::Write), insert("a")]).await.unwrap();
        let words = format!("SLEEP(603) + {id}");
        let text = format!("DO {words}");
        let mut running = conn.run(batch([sql(&text), insert("b")]));
        assert!(poll(&mut running, 1).await.is_none());
        under_way(&mut admin, &words).await;
        run(&mut admin, [sql(&format!("KILL {id}"))]).await.unwrap();
        let killed = running.await.unwrap_err();
        assert_eq!((killed.step, killed.error.kind()), (0, ErrorKind::ConnectionLost));
        assert_eq!(killed.error.statement(), Some(&*text));
        assert!(!killed.in_transaction);
        assert!(!conn.is_open());
        // DROP waits for what is still open.
        run(&mut admin, [sql("DROP TABLE hero")]).await.unwrap();
    });
}

#[test]
fn a_statement_that_was_killed_leaves_the_transaction() {
    on_server("a_statement_that_was_killed", async |db: Db| {
        let mut conn = db.heroes().await;
        let mut admin = db.connect().await;
        let id = number(&mut conn, "SELECT CONNECTION_ID()").await;
        run(&mut conn, [Step::Begin(Begin::Write), insert("a")]).await.unwrap();
        let words = format!("SLEEP(604) + {id}");
        let text = format!("INSERT INTO hero (name) SELECT 'b' FROM hero WHERE {words}");
        let mut running = conn.run(batch([sql(&text), insert("c")]));
        assert!(poll(&mut running, 1).await.is_none());
        under_way(&mut admin, &words).await;
        run(&mut admin, [sql(&format!("KILL QUERY {id}"))]).await.unwrap();
        let killed = running.await.unwrap_err();
        assert_eq!((killed.step, killed.error.kind()), (0, ErrorKind::Timeout));
        assert!(killed.in_transaction);
        run(&mut conn, [insert("d"), Step::Commit]).await.unwrap();
        assert_eq!(rows(&mut admin, NAMES).await, [r#"Text("a")"#, r#"Text("d")"#]);
    });
}

#[test]
fn a_connection_that_the_server_closed_for_its_rest() {
    on_server("a_connection_that_the_server_closed", async |db: Db| {
        let mut admin = db.heroes().await;
        for way in ["begin", "ping", "statement"] {
            let mut conn = db.connect().await;
            let id = number(&mut conn, "SELECT CONNECTION_ID()").await;
            run(&mut conn, [sql("SET SESSION wait_timeout = 1")]).await.unwrap();
            // where MySQL keeps its own in `utf8mb3`, texts of other connections may not fit
            let schema = if db.is_mariadb { "information_schema" } else { "performance_schema" };
            let count = format!("SELECT COUNT(*) FROM {schema}.processlist WHERE id = {id}");
            let patience = Patience::until("the server has closed the connection");
            while number(&mut admin, &count).await > 0 {
                patience.again();
                tokio::task::yield_now().await;
            }
            match way {
                "begin" => {
                    let steps = [Step::Begin(Begin::Write), insert("a"), Step::Commit];
                    run(&mut conn, steps).await.unwrap();
                    assert!(conn.is_open());
                }
                "ping" => {
                    let error = conn.ping().await.unwrap_err();
                    assert_eq!(error.kind(), ErrorKind::ConnectionLost);
                    assert!(!conn.is_open());
                }
                _ => {
                    run(&mut conn, [insert("b")]).await.unwrap();
                    assert!(conn.is_open());
                }
            }
        }
        assert_eq!(rows(&mut admin, NAMES).await, [r#"Text("a")"#, r#"Text("b")"#]);
    });
}

#[test]
fn a_server_that_crashes_and_comes_back() {
    let Some(server) = Private::start("a_server_that_crashes", &[]) else { return };
    let url = server.url();
    let server = std::cell::RefCell::new(server);
    on(&url, async |db: Db| {
        let mut idle = db.heroes().await;
        let mut within = db.connect().await;
        let mut busy = db.connect().await;
        run(&mut idle, [insert("saved")]).await.unwrap();
        run(&mut within, [Step::Begin(Begin::Write), insert("lost")]).await.unwrap();
        let mut running = busy.run(batch([read("SELECT SLEEP(605)")]));
        assert!(poll(&mut running, 1).await.is_none());
        under_way(&mut idle, "SLEEP(605)").await;
        server.borrow_mut().crash();
        let lost = running.await.unwrap_err();
        assert_eq!(lost.error.kind(), ErrorKind::ConnectionLost);
        let lost = failure(&mut within, Step::Commit).await;
        assert_eq!(lost.error.kind(), ErrorKind::CommitUnknown);
        let error = db.driver("").connect().await.err().unwrap();
        assert_eq!(error.kind(), ErrorKind::CannotOpen);
        let failed = failure(&mut busy, Step::Begin(Begin::Read)).await;
        assert_eq!(failed.error.kind(), ErrorKind::CannotOpen);

        server.borrow_mut().restart();
        for conn in [&mut idle, &mut within, &mut busy] {
            let mut reply = run(conn, [Step::Begin(Begin::Read), read(NAMES)]).await.unwrap();
            assert_eq!(grid(&mut reply, 1), [r#"Text("saved")"#]);
            run(conn, [Step::Rollback]).await.unwrap();
        }
    });
}
