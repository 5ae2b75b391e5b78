//! Cursors: portions, how far the statement goes, dropping, and what is left behind.

use crate::support::*;
use relata_core::{
    Error, ErrorKind, Result,
    connection::{Begin, BoxFuture, Params, Portion, Row, Rows, Statement, Step},
    value::Value,
};
use relata_sqlite::Placement;
use std::{
    any::Any,
    sync::mpsc::{Receiver, Sender, channel},
    task::{Context, Waker},
    thread,
};

/// Rows 1 to n, of which the one numbered 5 cannot be computed.
const FAULTY: &str = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 9) \
     SELECT abs(CASE x WHEN 5 THEN -9223372036854775808 ELSE x END) FROM n";

const ENDLESS: &str =
    "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n";

fn numbers(count: u32) -> String {
    format!(
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < {count}) SELECT x FROM n"
    )
}

fn open(conn: &mut Conn, text: &str) {
    block_on(conn.open(Statement::text(text))).unwrap();
}

fn refused(conn: &mut Conn, statement: Statement) -> Error {
    let failure = block_on(conn.open(statement)).unwrap_err();
    assert_eq!(failure.step, 0);
    failure.error
}

fn fetch_into(conn: &mut Conn, rows: impl Rows, limit: usize) -> Portion {
    block_on(conn.fetch(Box::new(rows), limit))
}

fn taken<R: Rows>(portion: &mut Portion) -> Box<R> {
    (portion.rows.take().unwrap() as Box<dyn Any>).downcast().unwrap()
}

/// The rows of a portion, and whether there may be more.
fn fetch(conn: &mut Conn, limit: usize) -> (Vec<String>, bool) {
    let mut portion = fetch_into(conn, Grid::default(), limit);
    (taken::<Grid>(&mut portion).0, portion.more.unwrap())
}

/// The rows before a failure, and the failure's error.
fn fetch_failing(conn: &mut Conn, limit: usize) -> (Vec<String>, Error, bool) {
    let mut portion = fetch_into(conn, Grid::default(), limit);
    let rows = taken::<Grid>(&mut portion).0;
    let failure = portion.more.unwrap_err();
    (rows, failure.error, failure.in_transaction)
}

fn ints(range: std::ops::RangeInclusive<u32>) -> Vec<String> {
    range.map(|x| format!("Int({x})")).collect()
}

fn poll_once<T>(future: &mut BoxFuture<'_, T>) {
    assert!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
}

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

/// A connection to a database in which who reads keeps others from writing.
fn heroes(file: &File, placement: Placement) -> Conn {
    let mut conn = file.connect("&journal_mode=delete", placement);
    let fill = format!("INSERT INTO hero {}", numbers(40));
    run(&mut conn, [sql("CREATE TABLE hero (id INTEGER)"), sql(&fill)]).unwrap();
    conn
}

#[test]
fn portions_come_in_order_until_there_are_no_more() {
    for placement in PLACEMENTS {
        let mut conn = memory(placement);
        open(&mut conn, &numbers(5));
        assert_eq!(fetch(&mut conn, 2), (ints(1..=2), true));
        assert_eq!(fetch(&mut conn, 0), (vec![], true));
        assert_eq!(fetch(&mut conn, 3), (ints(3..=5), true), "the end is not known yet");
        assert_eq!(fetch(&mut conn, 3), (vec![], false));
        assert_eq!(rows(&mut conn, "SELECT 7"), ["Int(7)"]);

        open(&mut conn, "SELECT 1 WHERE 0");
        assert_eq!(fetch(&mut conn, 3), (vec![], false));
    }
}

#[test]
fn parameters_are_bound() {
    for placement in PLACEMENTS {
        let mut conn = memory(placement);
        let params = Params::once(vec![Value::Int(7), text("seven")]);
        let statement = Statement { params, ..Statement::text("SELECT ?, ?") };
        block_on(conn.open(statement)).unwrap();
        assert_eq!(fetch(&mut conn, 9), (vec!["Int(7) Text(\"seven\")".into()], false));
    }
}

#[test]
fn the_statement_goes_no_further_than_asked() {
    for placement in PLACEMENTS {
        let mut conn = memory(placement);
        open(&mut conn, FAULTY);
        // One step more would fail.
        assert_eq!(fetch(&mut conn, 4), (ints(1..=4), true));
        let (rows, error, _) = fetch_failing(&mut conn, 1);
        assert!(rows.is_empty());
        assert_eq!(
            error.to_string(),
            "an integer that was computed is below -9223372036854775808 or above 9223372036854775807; `cast` what it is made of to `f64`"
        );
    }
}

#[test]
fn rows_before_a_failure_are_given_and_the_transaction_stands() {
    for placement in PLACEMENTS {
        let file = File::new();
        let mut conn = heroes(&file, placement);
        run(&mut conn, [Step::Begin(Begin::Write), sql("DELETE FROM hero")]).unwrap();
        let statement = Statement { table: Some("hero"), ..Statement::text(FAULTY) };
        block_on(conn.open(statement)).unwrap();
        assert_eq!(fetch(&mut conn, 2).0, ints(1..=2));
        let (before, error, in_transaction) = fetch_failing(&mut conn, 9);
        assert_eq!(before, ints(3..=4));
        assert_eq!(error.kind(), ErrorKind::OutOfRange);
        assert_eq!((error.statement(), error.table()), (Some(FAULTY), Some("hero")));
        assert!(in_transaction);

        let (_, error, in_transaction) = fetch_failing(&mut conn, 9);
        assert_eq!(error.kind(), ErrorKind::Interrupted);
        assert!(in_transaction);
        run(&mut conn, [sql("INSERT INTO hero VALUES (99)"), Step::Commit]).unwrap();
        assert_eq!(rows(&mut conn, "SELECT id FROM hero"), ["Int(99)"]);
    }
}

#[test]
fn an_error_of_the_rows_ends_the_cursor() {
    struct Two(u32);
    impl Rows for Two {
        fn row(&mut self, _: &dyn Row) -> Result<()> {
            self.0 += 1;
            match self.0 {
                3 => Err(Error::new(ErrorKind::Decode, "no third row, please")),
                _ => Ok(()),
            }
        }
    }
    for placement in PLACEMENTS {
        let mut conn = memory(placement);
        open(&mut conn, &numbers(9));
        let mut portion = fetch_into(&mut conn, Two(0), 9);
        assert_eq!(taken::<Two>(&mut portion).0, 3);
        assert_eq!(portion.more.unwrap_err().error.kind(), ErrorKind::Decode);
        assert_eq!(fetch_failing(&mut conn, 1).1.kind(), ErrorKind::Interrupted);
        assert_eq!(rows(&mut conn, "SELECT 7"), ["Int(7)"]);
    }
}

#[test]
fn what_cannot_be_opened() {
    for placement in PLACEMENTS {
        let mut conn = memory(placement);
        run(&mut conn, [sql("CREATE TABLE hero (id INTEGER)")]).unwrap();
        let missing = refused(&mut conn, Statement::text("SELECT * FROM villain"));
        assert_eq!(missing.kind(), ErrorKind::MissingTable);
        assert_eq!(missing.statement(), Some("SELECT * FROM villain"));
        let twice = Params { width: 1, sets: 2, values: vec![Value::Int(1), Value::Int(2)] };
        for statement in [
            Statement::text("INSERT INTO hero VALUES (1) RETURNING id"),
            Statement { params: twice, ..Statement::text("SELECT ?") },
        ] {
            assert_eq!(
                refused(&mut conn, statement).to_string(),
                "a cursor takes one statement that only reads, with one set of parameters; run others in a batch"
            );
        }
        assert_eq!(fetch_failing(&mut conn, 1).1.kind(), ErrorKind::Interrupted);
        assert!(rows(&mut conn, "SELECT * FROM hero").is_empty());
    }
}

#[test]
fn without_a_cursor_there_are_no_rows_but_an_error() {
    for placement in PLACEMENTS {
        let mut conn = memory(placement);
        for _ in 0..2 {
            assert_eq!(
                fetch_failing(&mut conn, 1).1.to_string(),
                "no cursor is open: all its rows were read, it failed, or a call on it was dropped half-way; run the statement again"
            );
            conn.close();
        }
        assert_eq!(rows(&mut conn, "SELECT 7"), ["Int(7)"]);
    }
}

#[test]
fn a_closed_cursor_leaves_the_transaction_as_it_was() {
    for placement in PLACEMENTS {
        for read in [0, 3, 40, 41] {
            let file = File::new();
            let mut conn = heroes(&file, placement);
            run(&mut conn, [Step::Begin(Begin::Write), sql("INSERT INTO hero VALUES (41)")])
                .unwrap();
            open(&mut conn, "SELECT id FROM hero");
            assert_eq!(fetch(&mut conn, read).0.len(), read, "it sees what was written");
            conn.close();
            let reply = run(&mut conn, [sql("INSERT INTO hero VALUES (42)")]).unwrap();
            assert!(reply.in_transaction);
            run(&mut conn, [Step::Rollback]).unwrap();
            assert_eq!(rows(&mut conn, "SELECT count(*) FROM hero"), ["Int(40)"]);
        }
    }
}

#[test]
fn a_batch_another_cursor_or_a_reset_closes_the_cursor() {
    for placement in PLACEMENTS {
        let file = File::new();
        let mut conn = heroes(&file, placement);
        open(&mut conn, "SELECT id FROM hero");
        assert_eq!(fetch(&mut conn, 1), (ints(1..=1), true));
        assert_eq!(rows(&mut conn, "SELECT 7"), ["Int(7)"]);
        assert_eq!(fetch_failing(&mut conn, 1).1.kind(), ErrorKind::Interrupted);

        open(&mut conn, "SELECT id FROM hero");
        assert_eq!(fetch(&mut conn, 1), (ints(1..=1), true));
        open(&mut conn, "SELECT id + 1 FROM hero");
        assert_eq!(fetch(&mut conn, 2), (ints(2..=3), true));
        assert!(conn.reset());
        assert_eq!(fetch_failing(&mut conn, 1).1.kind(), ErrorKind::Interrupted);
        run(&mut conn, [sql("DROP TABLE hero")]).unwrap();
    }
}

#[test]
fn the_locks_of_a_cursor_go_with_it() {
    for placement in PLACEMENTS {
        for by_its_end in [true, false] {
            let file = File::new();
            let mut conn = heroes(&file, placement);
            open(&mut conn, "SELECT id FROM hero");
            assert_eq!(fetch(&mut conn, 1), (ints(1..=1), true));
            let mut other = file.connect("&journal_mode=delete", Placement::Inline);
            let locked = failure(&mut other, sql("DELETE FROM hero"));
            assert_eq!(locked.error.kind(), ErrorKind::Busy);
            if by_its_end {
                assert!(!fetch(&mut conn, 99).1);
            } else {
                conn.close();
                // Closing does not wait for the thread, but what comes next does.
                run(&mut conn, []).unwrap();
            }
            run(&mut other, [sql("DELETE FROM hero")]).unwrap();
        }
    }
}

#[test]
fn a_dropped_connection_ends_its_cursor() {
    for placement in PLACEMENTS {
        let file = File::new();
        let mut conn = heroes(&file, placement);
        open(&mut conn, "SELECT id FROM hero");
        assert_eq!(fetch(&mut conn, 1), (ints(1..=1), true));
        drop(conn);
        // This waits for the lock.
        let url = format!("sqlite://{}?journal_mode=delete", file.path());
        run(&mut connect(&url, placement).unwrap(), [sql("DELETE FROM hero")]).unwrap();
    }
}

#[test]
fn futures_that_were_never_polled_did_nothing() {
    for placement in PLACEMENTS {
        let mut conn = memory(placement);
        drop(conn.open(Statement::text("SELECT 7")));
        assert_eq!(fetch_failing(&mut conn, 1).1.kind(), ErrorKind::Interrupted);
        open(&mut conn, &numbers(3));
        drop(conn.fetch(Box::new(Grid::default()), 2));
        assert_eq!(fetch(&mut conn, 9), (ints(1..=3), false));
    }
}

#[test]
fn a_dropped_opening_leaves_no_cursor() {
    for placement in PLACEMENTS {
        let file = File::new();
        let mut conn = heroes(&file, placement);
        run(&mut conn, [Step::Begin(Begin::Write), sql("DELETE FROM hero")]).unwrap();
        let mut future = conn.open(Statement::text("SELECT 7"));
        // Ready at once only where the connection's thread was that quick.
        let pending = future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending();
        drop(future);
        if pending {
            assert_eq!(fetch_failing(&mut conn, 1).1.kind(), ErrorKind::Interrupted);
        }
        assert!(run(&mut conn, []).unwrap().in_transaction);
    }
}

#[test]
fn a_dropped_portion_stops_and_closes_the_cursor() {
    for placement in PLACEMENTS {
        for closed in [true, false] {
            let file = File::new();
            let mut conn = heroes(&file, placement);
            run(&mut conn, [Step::Begin(Begin::Write), sql("INSERT INTO hero VALUES (41)")])
                .unwrap();
            open(&mut conn, "SELECT id FROM hero");
            let (at_gate, reached) = channel();
            let (go_on, opened) = channel();
            let mut future = conn.fetch(Box::new(Gate(at_gate, opened)), 9);
            poll_once(&mut future);
            reached.recv().unwrap();
            drop(future);
            drop(go_on);
            if closed {
                conn.close();
            }
            assert_eq!(fetch_failing(&mut conn, 1).1.kind(), ErrorKind::Interrupted);
            assert_eq!(reached.try_iter().count(), 0, "no row is read for nobody");
            assert!(run(&mut conn, []).unwrap().in_transaction);
            run(&mut conn, [Step::Commit]).unwrap();
            assert_eq!(rows(&mut conn, "SELECT count(*) FROM hero"), ["Int(41)"]);
        }
    }
}

#[test]
fn a_long_step_is_stopped_by_a_drop_and_only_that() {
    for placement in PLACEMENTS {
        let mut conn = memory(placement);
        run(&mut conn, [Step::Begin(Begin::Write), sql("CREATE TABLE hero (id INTEGER)")]).unwrap();
        open(&mut conn, ENDLESS);
        let mut future = conn.fetch(Box::new(Grid::default()), 1);
        poll_once(&mut future);
        drop(future);
        conn.close();
        // Long enough for SQLite to ask many times whether to go on.
        let long = ENDLESS.replace("FROM n)", "FROM n WHERE x < 100000)");
        open(&mut conn, &long);
        assert_eq!(fetch(&mut conn, 9), (vec!["Int(100000)".into()], false));
        let mut reply = run(&mut conn, [read(&long)]).unwrap();
        assert_eq!(grid(&mut reply, 0), ["Int(100000)"]);
        assert!(reply.in_transaction);
    }
}

#[test]
fn rows_are_taken_in_a_thread_of_the_connection() {
    struct Name(Option<String>);
    impl Rows for Name {
        fn row(&mut self, _: &dyn Row) -> Result<()> {
            self.0 = thread::current().name().map(String::from);
            Ok(())
        }
    }
    for placement in PLACEMENTS {
        let mut conn = memory(placement);
        open(&mut conn, "SELECT 1");
        let mut portion = fetch_into(&mut conn, Name(None), 2);
        assert_eq!(taken::<Name>(&mut portion).0.as_deref(), Some("relata-sqlite"));
        assert!(!portion.more.unwrap());
    }
}

#[test]
fn a_panic_in_rows_is_an_error_and_the_end_of_the_connection() {
    struct Panicking;
    impl Rows for Panicking {
        fn row(&mut self, _: &dyn Row) -> Result<()> {
            panic!("rows may do anything")
        }
    }
    for placement in PLACEMENTS {
        let file = File::new();
        let mut conn = heroes(&file, placement);
        run(&mut conn, [Step::Begin(Begin::Write), sql("DELETE FROM hero")]).unwrap();
        open(&mut conn, "SELECT 1");
        let portion = fetch_into(&mut conn, Panicking, 1);
        assert!(portion.rows.is_none());
        let failure = portion.more.unwrap_err();
        assert!(!failure.in_transaction);
        assert_eq!(failure.error.kind(), ErrorKind::ConnectionLost);
        assert!(!conn.reset() && !conn.is_open());
        assert_eq!(block_on(conn.ping()).unwrap_err().kind(), ErrorKind::ConnectionLost);
        for again in [
            fetch_into(&mut conn, Grid::default(), 1).more.unwrap_err(),
            block_on(conn.open(Statement::text("SELECT 1"))).unwrap_err(),
            run(&mut conn, [read("SELECT 1")]).unwrap_err(),
        ] {
            assert_eq!(again.error.kind(), ErrorKind::ConnectionLost);
        }
        let mut other = file.connect("", Placement::Inline);
        assert_eq!(rows(&mut other, "SELECT count(*) FROM hero"), ["Int(40)"]);
        run(&mut other, [Step::Begin(Begin::Write)]).unwrap();
    }
}
