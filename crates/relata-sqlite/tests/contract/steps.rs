//! Batches: order, the first failure, transactions and savepoints, what each step brings.

use crate::support::*;
use relata_core::{
    Error, ErrorKind, Isolation, Result,
    connection::{Begin, Driver, Params, Row, Rows, Statement, Step},
    sql::Dialect,
    value::Value,
};
use relata_sqlite::{Placement, SqliteDriver};
use std::task::{Context, Poll, Waker};

fn heroes(placement: Placement) -> Conn {
    let mut conn = memory(placement);
    run(&mut conn, [sql("CREATE TABLE hero (id INTEGER PRIMARY KEY, name TEXT)")]).unwrap();
    conn
}

fn insert(name: &str) -> Step {
    write("INSERT INTO hero (name) VALUES (?)", "hero", vec![text(name)])
}

const NAMES: &str = "SELECT name FROM hero ORDER BY id";

#[test]
fn capabilities() {
    let memory = SqliteDriver::from_url("sqlite://", Placement::Inline).unwrap();
    assert_eq!(memory.capabilities().dialect, Dialect::Sqlite);
    assert_eq!(memory.capabilities().bind_limit, 32_766);
    assert_eq!(memory.capabilities().connection_limit, Some(1));
    assert!(memory.capabilities().write_begins_anew);
    assert_eq!(memory.capabilities().isolation, [Isolation::Serializable]);
    let file = SqliteDriver::from_url("sqlite://heroes.db", Placement::Inline).unwrap();
    assert_eq!(file.capabilities().connection_limit, None);
}

#[test]
fn inline_is_ready_at_the_first_poll() {
    let driver = SqliteDriver::from_url("sqlite://", Placement::Inline).unwrap();
    let mut context = Context::from_waker(Waker::noop());
    let Poll::Ready(Ok(mut conn)) = driver.connect().as_mut().poll(&mut context) else {
        panic!("connect waits");
    };
    let mut future = conn.run(batch([read("SELECT 7")]));
    let Poll::Ready(Ok(mut reply)) = future.as_mut().poll(&mut context) else {
        panic!("run waits");
    };
    assert_eq!(grid(&mut reply, 0), ["Int(7)"]);
}

#[test]
fn a_transaction_of_one_write_is_saved_or_leaves_nothing() {
    let whole = |step: Step| [Step::Begin(Begin::Write), step, Step::Commit];
    let key = |key: &str| format!("INSERT INTO hero VALUES ({key}, 'Deadpond')");
    for placement in PLACEMENTS {
        let file = File::new();
        let mut conn = file.connect("", placement);
        run(&mut conn, [sql("CREATE TABLE hero (id INTEGER PRIMARY KEY, name TEXT)")]).unwrap();
        let reply = run(&mut conn, whole(insert("Deadpond"))).unwrap();
        assert_eq!((reply.done.len(), reply.in_transaction), (3, false));
        assert_eq!((&*reply.done[1].affected, reply.done[1].wrote), (&[1][..], true));

        // the second row of the statement is there already
        let refused = run(&mut conn, whole(sql(&key("2, 'Rusty-Man'), (1"))));
        let refused = refused.unwrap_err();
        assert_eq!((refused.step, refused.in_transaction), (1, false));
        assert_eq!(refused.error.kind(), ErrorKind::UniqueViolation);
        let mut other = file.connect("", placement);
        assert_eq!(rows(&mut other, NAMES), [r#"Text("Deadpond")"#]);

        run(&mut other, [Step::Begin(Begin::Write)]).unwrap();
        let busy = run(&mut conn, whole(sql(&key("3")))).unwrap_err();
        assert_eq!((busy.error.kind(), busy.in_transaction), (ErrorKind::Busy, false));
        run(&mut other, [Step::Rollback]).unwrap();
        run(&mut conn, whole(sql(&key("3")))).unwrap();
        assert_eq!(rows(&mut other, NAMES).len(), 2);
    }
}

#[test]
fn steps_run_in_order_and_each_brings_something() {
    for placement in PLACEMENTS {
        let mut conn = heroes(placement);
        let steps =
            [Step::Begin(Begin::Write), insert("Deadpond"), read(NAMES), insert("Rusty-Man")];
        let mut reply = run(&mut conn, steps).unwrap();
        assert_eq!(reply.done.len(), 4);
        assert_eq!(reply.done[1].affected, [1]);
        assert!(reply.done[1].wrote && !reply.done[2].wrote);
        assert_eq!(grid(&mut reply, 2), [r#"Text("Deadpond")"#]);
        assert!(reply.done[2].affected.is_empty());
        assert!(reply.in_transaction);

        let mut reply = run(&mut conn, [Step::Commit, read(NAMES)]).unwrap();
        assert!(!reply.in_transaction);
        assert_eq!(grid(&mut reply, 1), [r#"Text("Deadpond")"#, r#"Text("Rusty-Man")"#]);
    }
}

#[test]
fn the_first_failure_stops_the_batch() {
    for placement in PLACEMENTS {
        let mut conn = heroes(placement);
        let steps = [
            Step::Begin(Begin::Write),
            insert("Deadpond"),
            sql("INSERT INTO team VALUES (1)"),
            insert("Rusty-Man"),
            Step::Commit,
        ];
        let failure = run(&mut conn, steps).unwrap_err();
        assert_eq!(failure.step, 2);
        assert_eq!(failure.error.kind(), ErrorKind::MissingTable);
        assert_eq!(failure.error.statement(), Some("INSERT INTO team VALUES (1)"));
        assert!(failure.in_transaction);
        assert_eq!(rows(&mut conn, NAMES), [r#"Text("Deadpond")"#]);

        run(&mut conn, [Step::Rollback]).unwrap();
        assert!(rows(&mut conn, NAMES).is_empty());
    }
}

#[test]
fn a_rollback_of_nothing_is_fine_and_a_commit_of_nothing_is_not() {
    for placement in PLACEMENTS {
        let mut conn = heroes(placement);
        assert!(!run(&mut conn, [Step::Rollback]).unwrap().in_transaction);
        let failure = failure(&mut conn, Step::Commit);
        assert_eq!(failure.error.kind(), ErrorKind::Database);
        assert_eq!(failure.error.to_string(), "cannot commit - no transaction is active");
        assert_eq!(failure.error.statement(), Some("COMMIT"));
    }
}

#[test]
fn savepoints_nest() {
    for placement in PLACEMENTS {
        let mut conn = heroes(placement);
        let steps = [
            Step::Begin(Begin::Write),
            insert("one"),
            Step::Savepoint(1),
            insert("two"),
            Step::Savepoint(2),
            insert("three"),
            Step::RollbackTo(2),
            Step::Savepoint(2),
            insert("four"),
            Step::Release(2),
            Step::Release(1),
            Step::Commit,
        ];
        run(&mut conn, steps).unwrap();
        assert_eq!(rows(&mut conn, NAMES), [r#"Text("one")"#, r#"Text("two")"#, r#"Text("four")"#]);
        let failure = failure(&mut conn, Step::RollbackTo(2));
        assert_eq!(failure.error.to_string(), "no such savepoint: relata_2");
    }
}

#[test]
fn every_set_of_parameters_runs_and_counts_by_itself() {
    for placement in PLACEMENTS {
        let mut conn = heroes(placement);
        let many = |sql: &str, width, values: Vec<Value>| {
            let params = Params { width, sets: values.len() / width, values };
            Step::Run(Statement { params, ..Statement::text(sql) })
        };
        let reply = run(
            &mut conn,
            [
                many(
                    "INSERT INTO hero (name) VALUES (?)",
                    1,
                    vec![text("a"), text("a"), text("b")],
                ),
                many(
                    "UPDATE hero SET name = ?2 WHERE name = ?1",
                    2,
                    vec![text("a"), text("c"), text("x"), text("y"), text("b"), text("d")],
                ),
            ],
        )
        .unwrap();
        assert_eq!(reply.done[0].affected, [1, 1, 1]);
        assert_eq!(reply.done[1].affected, [2, 0, 1]);

        let params = Params { width: 1, sets: 2, values: vec![text("d"), text("c")] };
        let both = read_with("SELECT id FROM hero WHERE name = ? ORDER BY id", params);
        assert_eq!(grid(&mut run(&mut conn, [both]).unwrap(), 0), ["Int(3)", "Int(1)", "Int(2)"]);
    }
}

#[test]
fn statements_that_write_nothing_count_nothing() {
    let mut conn = heroes(Placement::Inline);
    let steps = [
        insert("Deadpond"),
        sql("CREATE TABLE team (id INTEGER PRIMARY KEY)"),
        sql("SELECT name FROM hero"),
        sql("PRAGMA cache_size"),
        sql("INSERT INTO hero (name) VALUES ('Rusty-Man') RETURNING id"),
        sql("DELETE FROM hero"),
    ];
    let reply = run(&mut conn, steps).unwrap();
    let affected: Vec<_> = reply.done.iter().map(|done| done.affected.clone()).collect();
    assert_eq!(affected, [[1], [0], [0], [0], [1], [2]]);
}

struct Refusing;

impl Rows for Refusing {
    fn row(&mut self, row: &dyn Row) -> Result<()> {
        assert_eq!(
            row.cell(1).unwrap_err().to_string(),
            "the row has 1 columns, so none at position 1"
        );
        Err(Error::new(ErrorKind::Decode, "not what was expected"))
    }
}

#[test]
fn rows_that_refuse_a_row_end_the_batch() {
    for placement in PLACEMENTS {
        let mut conn = heroes(placement);
        let refused = || {
            let rows: Option<Box<dyn Rows>> = Some(Box::new(Refusing));
            Step::Run(Statement { rows, ..Statement::text("SELECT 1 UNION SELECT 2") })
        };
        let steps = [Step::Begin(Begin::Write), insert("a"), refused(), Step::Commit];
        let failure = run(&mut conn, steps).unwrap_err();
        assert_eq!((failure.step, failure.in_transaction), (2, true));
        assert_eq!(failure.error.kind(), ErrorKind::Decode);
        assert_eq!(failure.error.to_string(), "not what was expected");
        assert_eq!(failure.error.statement(), Some("SELECT 1 UNION SELECT 2"));
        // The statement was ended with it: one that still read would refuse this.
        run(&mut conn, [Step::Commit, sql("DROP TABLE hero")]).unwrap();
    }
}

#[test]
fn reset_ends_the_transaction() {
    for placement in PLACEMENTS {
        let mut conn = heroes(placement);
        assert!(conn.reset(), "nothing to do");
        run(&mut conn, [Step::Begin(Begin::Write), Step::Savepoint(1), insert("a")]).unwrap();
        assert!(conn.reset());
        let mut reply = run(&mut conn, [read(NAMES)]).unwrap();
        assert!(!reply.in_transaction);
        assert!(grid(&mut reply, 0).is_empty());
    }
}
