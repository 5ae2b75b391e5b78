//! Futures that are dropped half-way: the connection is left such that nothing is mixed up.

use crate::{polled::polled, private::skipped, support::*};
use relata_core::{
    ErrorKind,
    connection::{Begin, Driver, Params, Statement, Step},
    value::Value,
};
use relata_mysql::{MySqlDriver, Placement};
use std::{
    pin::Pin,
    task::{Context, Poll, Waker},
};

#[test]
fn dropped_after_any_number_of_polls_nothing_is_mixed_up() {
    on_server("dropped_after_any_number_of_polls", async |db: Db| {
        let mut conn = db.heroes().await;
        let mut plain = db.connect().await;
        for times in 0.. {
            assert!(times < 1_000, "it does not end");
            let steps = [Step::Begin(Begin::Write), insert("a"), read(NAMES), Step::Commit];
            let done = polled(times, conn.run(batch(steps))).await.is_some();
            assert!(conn.reset());
            let seven = format!("SELECT {times} + 7");
            let mut reply = run(&mut conn, [read(&seven)]).await.unwrap();
            assert_eq!(grid(&mut reply, 0), [format!("Int({})", times + 7)]);
            assert!(!reply.in_transaction, "after {times} polls");
            // What it wrote is there or not, and no lock is left.
            run(&mut plain, [sql("DELETE FROM hero")]).await.unwrap();
            if done {
                break;
            }
        }
    });
}

#[test]
fn a_statement_that_nobody_waits_for_is_stopped_and_the_transaction_stands() {
    on_server("a_statement_that_nobody_waits_for", async |db: Db| {
        let mut conn = db.heroes().await;
        let mut plain = db.connect().await;
        run(&mut conn, [Step::Begin(Begin::Write), insert("a")]).await.unwrap();
        let id = number(&mut conn, "SELECT CONNECTION_ID()").await;
        let mut future = conn.run(batch([sql("SELECT SLEEP(600)"), insert("b")]));
        poll(&mut future, 1).await;
        under_way(&mut plain, "SLEEP(600)").await;
        drop(future);
        let mut reply = run(&mut conn, [read(NAMES)]).await.unwrap();
        assert_eq!(grid(&mut reply, 0), [r#"Text("a")"#], "and what came after it was not run");
        assert!(reply.in_transaction);
        assert_eq!(number(&mut conn, "SELECT CONNECTION_ID()").await, id);
        assert!(conn.reset());
        assert!(rows(&mut conn, NAMES).await.is_empty());
    });
}

#[test]
fn a_connection_that_is_dropped_stops_its_statement_and_rolls_back() {
    on_server("a_connection_that_is_dropped", async |db: Db| {
        let mut conn = db.heroes().await;
        let mut plain = db.connect().await;
        run(&mut conn, [Step::Begin(Begin::Write), insert("a")]).await.unwrap();
        let mut future = conn.run(batch([sql("SELECT SLEEP(601)")]));
        poll(&mut future, 1).await;
        under_way(&mut plain, "SLEEP(601)").await;
        drop(future);
        drop(conn);
        // Waits for the lock that the transaction holds.
        run(&mut plain, [sql("DROP TABLE hero")]).await.unwrap();
    });
}

#[test]
fn a_call_dropped_on_a_cursor_ends_it_and_not_the_transaction() {
    on_server("a_call_dropped_on_a_cursor", async |db: Db| {
        let mut conn = db.heroes().await;
        run(&mut conn, [Step::Begin(Begin::Write), insert("a")]).await.unwrap();
        // Rows are wide, because the server sends nothing before it has some kilobytes of them.
        let slow = "SELECT REPEAT('x', 8000), SLEEP(0.01) FROM information_schema.columns a";
        conn.open(Statement::text(slow)).await.unwrap();
        let mut future = conn.fetch(Box::new(Grid::default()), 1_000_000);
        assert!(poll(&mut future, 1).await.is_none());
        drop(future);
        let portion = conn.fetch(Box::new(Grid::default()), 1).await;
        assert_eq!(portion.more.unwrap_err().error.kind(), ErrorKind::Interrupted);
        let mut reply = run(&mut conn, [read(NAMES)]).await.unwrap();
        assert_eq!(grid(&mut reply, 0), [r#"Text("a")"#]);
        assert!(reply.in_transaction);
    });
}

#[test]
fn without_a_runtime_the_futures_are_polled_anywhere() {
    let Some(server) = server() else {
        skipped("without_a_runtime", "`RELATA_MYSQL_URL` names no server");
        return;
    };
    let error = {
        let driver = MySqlDriver::from_url(&server, Placement::Caller).unwrap();
        let mut opening = driver.connect();
        match opening.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(opened) => opened.err().unwrap(),
            Poll::Pending => panic!("there is no runtime"),
        }
    };
    assert_eq!(error.kind(), ErrorKind::CannotOpen);
    assert_eq!(
        error.to_string(),
        "there is no tokio runtime here; open the engine inside of one, or use `relata::blocking`"
    );

    let driver = MySqlDriver::from_url(&server, Placement::Thread).unwrap();
    let mut conn = wait(driver.connect()).unwrap();
    drop(driver);
    let step = read_with("SELECT ? + 1", Params::once(vec![Value::Int(6)]));
    let mut reply = wait(conn.run(batch([step]))).unwrap();
    assert_eq!(grid(&mut reply, 0), ["Int(7)"], "the thread lives as long as the connection");
}

/// Waits in this thread.
fn wait<T>(mut future: Pin<Box<dyn Future<Output = T> + Send + '_>>) -> T {
    struct Unpark(std::thread::Thread);
    impl std::task::Wake for Unpark {
        fn wake(self: std::sync::Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(std::sync::Arc::new(Unpark(std::thread::current())));
    loop {
        if let Poll::Ready(done) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return done;
        }
        std::thread::park();
    }
}
