//! Cursors: portions, how far the statement goes, dropping, and what is left behind.

use crate::support::*;
use relata_core::{
    Error, ErrorKind, Result,
    connection::{Begin, Params, Portion, Row, Rows, Statement, Step},
    value::Value,
};
use std::{
    any::Any,
    task::{Context, Waker},
};

/// Rows 1 to 9, of which the one numbered 5 cannot be computed.
const FAULTY: &str = "SELECT 10 / (5 - x) FROM generate_series(1, 9) AS x";

fn numbers(count: u32) -> String {
    format!("SELECT x FROM generate_series(1, {count}) AS x")
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

#[test]
fn portions_come_in_order_until_there_are_no_more() {
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        for begin in [true, false] {
            let mut conn = schema.connect(way);
            if begin {
                run(&mut conn, [Step::Begin(Begin::Read)]).unwrap();
            }
            open(&mut conn, &numbers(5));
            assert_eq!(fetch(&mut conn, 2), (ints(1..=2), true));
            assert_eq!(fetch(&mut conn, 0), (vec![], true));
            assert_eq!(fetch(&mut conn, 3), (ints(3..=5), true), "the end is not known yet");
            assert_eq!(fetch(&mut conn, 3), (vec![], false));
            assert_eq!(rows(&mut conn, "SELECT 7"), ["Int(7)"]);
            open(&mut conn, "SELECT 1 WHERE false");
            assert_eq!(fetch(&mut conn, 3), (vec![], false));
            assert_eq!(run(&mut conn, []).unwrap().in_transaction, begin);
        }
    }
}

#[test]
fn parameters_are_bound() {
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        let mut conn = schema.heroes(way);
        run(&mut conn, ["a", "b"].map(hero)).unwrap();
        let list = Value::List([text("b"), text("c")].into());
        let params = Params::once(vec![Value::Int(7), list]);
        let select = "SELECT $1::bigint, name FROM hero WHERE name = ANY($2)";
        block_on(conn.open(Statement { params, ..Statement::text(select) })).unwrap();
        assert_eq!(fetch(&mut conn, 9), (vec!["Int(7) Text(\"b\")".into()], false));
        let nul = Params::once(vec![text("\0")]);
        let select = "SELECT name FROM hero WHERE name = $1";
        let error = refused(&mut conn, Statement { params: nul, ..Statement::text(select) });
        assert!(error.to_string().starts_with("column `name`: the text has a NUL"), "{error}");
        assert!(!run(&mut conn, []).unwrap().in_transaction);
    }
}

#[test]
fn the_statement_goes_no_further_than_asked() {
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        let mut conn = schema.connect(way);
        open(&mut conn, FAULTY);
        assert_eq!(fetch(&mut conn, 4).0.len(), 4);
        let (rows, error, in_transaction) = fetch_failing(&mut conn, 1);
        assert!(rows.is_empty() && !in_transaction);
        assert_eq!(error.to_string(), "division by zero");
    }
}

#[test]
fn rows_before_a_failure_are_given_and_the_transaction_stands() {
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        let mut conn = schema.heroes(way);
        run(&mut conn, [Step::Begin(Begin::Write), hero("a")]).unwrap();
        let statement = Statement { table: Some("hero"), ..Statement::text(FAULTY) };
        block_on(conn.open(statement)).unwrap();
        assert_eq!(fetch(&mut conn, 2).0.len(), 2);
        let (before, error, in_transaction) = fetch_failing(&mut conn, 9);
        assert!(before.len() <= 2, "the server may send them with the error or not");
        assert_eq!((error.statement(), error.table()), (Some(FAULTY), Some("hero")));
        assert!(in_transaction);
        let (_, error, in_transaction) = fetch_failing(&mut conn, 9);
        assert_eq!(error.kind(), ErrorKind::Interrupted);
        assert!(in_transaction);
        run(&mut conn, [hero("b"), Step::Commit]).unwrap();
        assert_eq!(rows(&mut conn, NAMES).len(), 2);
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
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        let mut conn = schema.connect(way);
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
    const ONLY: &str = "a cursor takes one statement that only reads, with one set of parameters; run others in a batch";
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        for begin in [true, false] {
            let mut conn = schema.heroes(way);
            if begin {
                run(&mut conn, [Step::Begin(Begin::Write)]).unwrap();
            }
            let missing = refused(&mut conn, Statement::text("SELECT * FROM villain"));
            assert_eq!(missing.kind(), ErrorKind::MissingTable);
            assert_eq!(missing.statement(), Some("SELECT * FROM villain"));
            let twice = Params { width: 1, sets: 2, values: vec![Value::Int(1), Value::Int(2)] };
            let with =
                "WITH a AS (INSERT INTO hero (name) VALUES ('a') RETURNING id) SELECT * FROM a";
            for statement in [
                Statement::text("INSERT INTO hero (name) VALUES ('a') RETURNING id"),
                Statement::text(with),
                Statement { params: twice, ..Statement::text("SELECT $1") },
            ] {
                assert_eq!(refused(&mut conn, statement).to_string(), ONLY);
            }
            assert_eq!(fetch_failing(&mut conn, 1).1.kind(), ErrorKind::Interrupted);
            assert!(rows(&mut conn, NAMES).is_empty());
            assert_eq!(run(&mut conn, []).unwrap().in_transaction, begin);
        }
    }
}

#[test]
fn a_closed_cursor_leaves_the_transaction_as_it_was() {
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        for read in [0, 3, 40] {
            let mut conn = schema.heroes(way);
            run(&mut conn, [Step::Begin(Begin::Write), hero("a")]).unwrap();
            open(&mut conn, &numbers(40));
            assert_eq!(fetch(&mut conn, read).0.len(), read);
            conn.close();
            assert!(run(&mut conn, [hero("b")]).unwrap().in_transaction);
            run(&mut conn, [Step::Commit]).unwrap();
            assert_eq!(rows(&mut conn, NAMES).len(), 2);
        }
    }
}

#[test]
fn a_batch_another_cursor_or_a_reset_closes_the_cursor() {
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        let mut conn = schema.heroes(way);
        run(&mut conn, [hero("a")]).unwrap();
        open(&mut conn, &numbers(9));
        assert_eq!(fetch(&mut conn, 1), (ints(1..=1), true));
        assert_eq!(rows(&mut conn, "SELECT 7"), ["Int(7)"]);
        assert_eq!(fetch_failing(&mut conn, 1).1.kind(), ErrorKind::Interrupted);

        open(&mut conn, &numbers(9));
        open(&mut conn, "SELECT id FROM hero FOR UPDATE");
        assert_eq!(fetch(&mut conn, 1), (ints(1..=1), true));
        assert!(conn.reset());
        assert_eq!(fetch_failing(&mut conn, 1).1.kind(), ErrorKind::Interrupted);
        let mut other = schema.connect_with(way, "&lock_timeout=5000");
        run(&mut other, [sql("DROP TABLE hero")]).unwrap();
    }
}

#[test]
fn futures_that_were_never_polled_did_nothing() {
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        let mut conn = schema.connect(way);
        drop(conn.open(Statement::text("SELECT 7")));
        assert_eq!(fetch_failing(&mut conn, 1).1.kind(), ErrorKind::Interrupted);
        open(&mut conn, &numbers(3));
        drop(conn.fetch(Box::new(Grid::default()), 2));
        assert_eq!(fetch(&mut conn, 9), (ints(1..=3), false));
    }
}

#[test]
fn a_dropped_portion_stops_and_closes_the_cursor() {
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        for begin in [true, false] {
            for closed in [true, false] {
                let mut conn = schema.heroes(way);
                if begin {
                    run(&mut conn, [Step::Begin(Begin::Write), hero("a")]).unwrap();
                }
                open(&mut conn, "SELECT pg_sleep(60), x FROM generate_series(1, 9) AS x");
                let mut future = conn.fetch(Box::new(Grid::default()), 9);
                let waker = Waker::noop();
                assert!(future.as_mut().poll(&mut Context::from_waker(waker)).is_pending());
                drop(future);
                if closed {
                    conn.close();
                }
                assert_eq!(fetch_failing(&mut conn, 1).1.kind(), ErrorKind::Interrupted);
                assert_eq!(run(&mut conn, []).unwrap().in_transaction, begin);
                if begin {
                    run(&mut conn, [hero("b"), Step::Commit]).unwrap();
                    assert_eq!(rows(&mut conn, NAMES).len(), 2);
                }
            }
        }
    }
}

#[test]
fn memory_stays_small() {
    let Some(schema) = Schema::new() else { return };
    struct Count(usize);
    impl Rows for Count {
        fn row(&mut self, _: &dyn Row) -> Result<()> {
            self.0 += 1;
            Ok(())
        }
    }
    let mut conn = schema.connect(Way::Own);
    // Were they all computed, it would take years.
    open(
        &mut conn,
        "SELECT a FROM generate_series(1, 2000000000) AS a, generate_series(1, 1000) AS b",
    );
    conn.close();
    open(&mut conn, &numbers(100_000));
    let mut count = 0;
    loop {
        let mut portion = fetch_into(&mut conn, Count(0), 256);
        let found = taken::<Count>(&mut portion).0;
        assert!(found <= 256);
        count += found;
        if !portion.more.unwrap() {
            break;
        }
    }
    assert_eq!(count, 100_000);
}
