//! The placement in a thread: dropped futures, interruption, panics.

use crate::support::*;
use relata_core::{
    ErrorKind, Result,
    connection::{Begin, Row, Rows, Statement, Step},
};
use relata_sqlite::Placement;
use std::{
    sync::mpsc::{Receiver, Sender, channel},
    task::{Context, Waker},
    thread,
};

const ENDLESS: &str =
    "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n";

/// Rows that say when the first has come, and wait there to be let go on.
struct Gate(Sender<()>, Receiver<()>);

impl Rows for Gate {
    fn row(&mut self, _: &dyn Row) -> Result<()> {
        self.0.send(()).unwrap();
        // An end that is gone lets go on too.
        let _ = self.1.recv();
        Ok(())
    }
}

struct Panicking;

impl Rows for Panicking {
    fn row(&mut self, _: &dyn Row) -> Result<()> {
        panic!("rows may do anything")
    }
}

fn with_rows(text: &str, rows: impl Rows) -> Step {
    let rows: Option<Box<dyn Rows>> = Some(Box::new(rows));
    Step::Run(Statement { rows, ..Statement::text(text) })
}

/// Starts a batch, waits until the gate in it is reached, and drops its future; `gate` is opened
/// after that.
fn start_and_drop(conn: &mut Conn, steps: impl FnOnce(Gate) -> Vec<Step>) {
    let (at_gate, reached) = channel();
    let (open, opened) = channel();
    let mut future = conn.run(batch(steps(Gate(at_gate, opened))));
    let pending = future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending();
    assert!(pending, "a thread answers later");
    reached.recv().unwrap();
    drop(future);
    drop(open);
}

fn heroes(file: &File) -> Conn {
    let mut conn = file.connect("", Placement::Thread);
    run(&mut conn, [sql("CREATE TABLE hero (id INTEGER)")]).unwrap();
    conn
}

#[test]
fn work_is_done_in_the_thread_of_the_connection() {
    struct Name(Option<String>);
    impl Rows for Name {
        fn row(&mut self, _: &dyn Row) -> Result<()> {
            self.0 = thread::current().name().map(String::from);
            Ok(())
        }
    }
    let mut conn = memory(Placement::Thread);
    let mut reply = run(&mut conn, [with_rows("SELECT 1", Name(None))]).unwrap();
    assert_eq!(reply.done[0].take::<Name>().unwrap().0.as_deref(), Some("relata-sqlite"));
}

#[test]
fn a_batch_whose_future_is_dropped_stops_and_reset_cleans_up() {
    let file = File::new();
    let mut conn = heroes(&file);
    start_and_drop(&mut conn, |gate| {
        vec![
            Step::Begin(Begin::Write),
            sql("INSERT INTO hero VALUES (1)"),
            with_rows("SELECT 1", gate),
            Step::Commit,
        ]
    });
    assert!(conn.reset());
    let mut reply = run(&mut conn, [read("SELECT * FROM hero")]).unwrap();
    assert!(!reply.in_transaction);
    assert!(grid(&mut reply, 0).is_empty(), "neither committed nor open");
}

#[test]
fn the_next_batch_comes_after_the_dropped_one() {
    let file = File::new();
    let mut conn = heroes(&file);
    start_and_drop(&mut conn, |gate| {
        vec![sql("INSERT INTO hero VALUES (1)"), with_rows("SELECT 1", gate)]
    });
    assert_eq!(rows(&mut conn, "SELECT * FROM hero"), ["Int(1)"]);
}

#[test]
fn an_endless_statement_is_interrupted_and_only_that() {
    let mut conn = memory(Placement::Thread);
    let (at_gate, reached) = channel();
    let (open, opened) = channel();
    let steps = [with_rows("SELECT 1", Gate(at_gate, opened)), read(ENDLESS)];
    let mut future = conn.run(batch(steps));
    assert!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    reached.recv().unwrap();
    drop(open);
    // Wherever this finds the thread, before the endless statement or in it, it stops.
    drop(future);

    // Long enough for SQLite to ask many times whether to go on.
    let long = ENDLESS.replace("FROM n)", "FROM n WHERE x < 100000)");
    assert_eq!(rows(&mut conn, &long), ["Int(100000)"]);
}

#[test]
fn an_endless_statement_is_interrupted_while_it_gives_rows() {
    let mut conn = memory(Placement::Thread);
    let endless = ENDLESS.replace("count(*)", "x");
    start_and_drop(&mut conn, |gate| vec![with_rows(&endless, Once(Some(gate)))]);
    assert_eq!(rows(&mut conn, "SELECT 1"), ["Int(1)"]);
}

/// Waits at the gate once.
struct Once(Option<Gate>);

impl Rows for Once {
    fn row(&mut self, row: &dyn Row) -> Result<()> {
        self.0.take().map_or(Ok(()), |mut gate| gate.row(row))
    }
}

#[test]
fn a_future_that_was_never_polled_did_nothing() {
    for placement in PLACEMENTS {
        let mut conn = memory(placement);
        drop(conn.run(batch([sql("CREATE TABLE hero (id INTEGER)")])));
        assert!(rows(&mut conn, "SELECT name FROM sqlite_schema").is_empty());
    }
}

#[test]
fn dropping_a_connection_ends_its_thread_and_its_transaction() {
    let file = File::new();
    let mut one = heroes(&file);
    run(&mut one, [Step::Begin(Begin::Write), sql("INSERT INTO hero VALUES (1)")]).unwrap();
    drop(one);
    // This waits for the lock, which only the end of the other thread gives free.
    let mut two = connect(&format!("sqlite://{}", file.path()), Placement::Thread).unwrap();
    let mut reply = run(&mut two, [Step::Begin(Begin::Write), read("SELECT * FROM hero")]).unwrap();
    assert!(grid(&mut reply, 1).is_empty());
}

#[test]
fn a_panic_in_rows_is_an_error_and_the_end_of_the_connection() {
    let file = File::new();
    let mut conn = heroes(&file);
    let steps = [
        Step::Begin(Begin::Write),
        sql("INSERT INTO hero VALUES (1)"),
        with_rows("SELECT 1", Panicking),
        Step::Commit,
    ];
    let failure = run(&mut conn, steps).unwrap_err();
    assert_eq!((failure.step, failure.in_transaction), (2, false));
    assert_eq!(failure.error.kind(), ErrorKind::ConnectionLost);
    assert_eq!(
        failure.error.to_string(),
        "the connection's thread stopped by a panic; look for its message on the standard error"
    );
    assert!(!conn.reset() && !conn.is_open());
    assert_eq!(block_on(conn.ping()).unwrap_err().kind(), ErrorKind::ConnectionLost);
    let again = run(&mut conn, [read("SELECT 1")]).unwrap_err();
    assert_eq!(again.error.kind(), ErrorKind::ConnectionLost);

    let mut other = file.connect("", Placement::Thread);
    run(&mut other, [Step::Begin(Begin::Write)]).unwrap();
    assert!(rows(&mut other, "SELECT * FROM hero").is_empty());
}

#[test]
fn a_panic_after_the_future_was_dropped_is_cleaned_up_as_reset_promised() {
    let file = File::new();
    let mut conn = heroes(&file);
    struct Late(Gate);
    impl Rows for Late {
        fn row(&mut self, row: &dyn Row) -> Result<()> {
            self.0.row(row)?;
            panic!("nobody is there any more")
        }
    }
    start_and_drop(&mut conn, |gate| {
        vec![
            Step::Begin(Begin::Write),
            sql("INSERT INTO hero VALUES (1)"),
            with_rows("SELECT 1", Late(gate)),
        ]
    });
    assert!(conn.reset());
    let mut reply = run(&mut conn, [read("SELECT * FROM hero")]).unwrap();
    assert!(!reply.in_transaction);
    assert!(grid(&mut reply, 0).is_empty());
}
