//! Batches: order, the first failure, transactions and savepoints, what each step brings.

use crate::support::*;
use relata_core::{
    Error, ErrorKind, Result,
    connection::{Begin, Driver as _, Params, Row, Rows, Statement, Step},
    value::Value,
};
use relata_postgres::{Placement, PostgresDriver};

#[test]
fn steps_run_in_order_and_each_brings_something() {
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        let mut conn = schema.heroes(way);
        let steps = [Step::Begin(Begin::Write), hero("Deadpond"), read(NAMES), hero("Rusty-Man")];
        let mut reply = run(&mut conn, steps).unwrap();
        assert_eq!(reply.done.len(), 4);
        assert_eq!(reply.done[1].affected, [1]);
        assert_eq!(grid(&mut reply, 2), [r#"Text("Deadpond")"#]);
        assert!(reply.done[2].affected.is_empty());
        assert!(reply.in_transaction);
        let reply = run(&mut conn, [sql("UPDATE hero SET age = 1"), Step::Commit]).unwrap();
        assert_eq!(reply.done[0].affected, [2]);
        assert!(!reply.in_transaction);
        assert_eq!(rows(&mut conn, NAMES).len(), 2);
    }
}

#[test]
fn comments_may_stand_in_front() {
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        let mut conn = schema.heroes(way);
        run(&mut conn, [hero("a"), hero("b")]).unwrap();
        let update = sql("/* nightly */ -- work\nUPDATE hero SET age = 1");
        assert_eq!(run(&mut conn, [update]).unwrap().done[0].affected, [2]);
        block_on(conn.open(Statement::text(format!("-- all\n{NAMES}")))).unwrap();
        let portion = block_on(conn.fetch(Box::new(Grid::default()), 9));
        assert!(!portion.more.unwrap());
    }
}

#[test]
fn a_statement_runs_once_for_each_set() {
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        for begin in [true, false] {
            let mut conn = schema.heroes(way);
            run(&mut conn, ["a", "b", "c"].map(hero)).unwrap();
            let values = [(9, "a"), (8, "nobody"), (7, "c")];
            let values = values.into_iter().flat_map(|(age, name)| [Value::Int(age), text(name)]);
            let params = Params { width: 2, sets: 3, values: values.collect() };
            let update = "UPDATE hero SET age=$1 WHERE hero.name = $2";
            let update = Step::Run(Statement { params, ..Statement::text(update) });
            let begins = begin.then_some(Step::Begin(Begin::Write)).into_iter();
            let reply = run(&mut conn, begins.chain([update])).unwrap();
            assert_eq!(reply.done.last().unwrap().affected, [1, 0, 1]);
            let params = Params { width: 1, sets: 2, values: vec![text("c"), text("a")] };
            let select = read_with("SELECT age FROM hero WHERE name = $1", params);
            assert_eq!(grid(&mut run(&mut conn, [select]).unwrap(), 0), ["Int(7)", "Int(9)"]);
        }
    }
}

#[test]
fn the_first_failure_stops_the_batch() {
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        let mut conn = schema.heroes(way);
        let bad = || write("INSERT INTO hero (name) VALUES ($1)", "hero", vec![Value::Null]);
        let steps = [Step::Begin(Begin::Write), hero("a"), bad(), hero("b"), Step::Commit];
        let failure = run(&mut conn, steps).unwrap_err();
        assert_eq!((failure.step, failure.error.kind()), (2, ErrorKind::NotNullViolation));
        assert!(!failure.in_transaction, "the COMMIT behind it has ended the transaction");
        assert!(rows(&mut conn, NAMES).is_empty());

        // However soon the server says so: here long before all is sent.
        let many = (0..9_999).map(|at| hero(&at.to_string()));
        let steps = [Step::Begin(Begin::Write), bad()].into_iter().chain(many);
        let failure = run(&mut conn, steps.chain([Step::Commit])).unwrap_err();
        assert_eq!((failure.step, failure.in_transaction), (1, false));

        // Outside of a transaction what was done before stays, and nothing follows.
        let failure = run(&mut conn, [hero("a"), bad(), hero("b")]).unwrap_err();
        assert_eq!((failure.step, failure.in_transaction), (1, false));
        assert_eq!(rows(&mut conn, NAMES), [r#"Text("a")"#]);

        // Behind the end of a failed transaction, too.
        let begin = || Step::Begin(Begin::Write);
        let steps = [begin(), bad(), Step::Commit, begin(), hero("c"), Step::Commit, hero("d")];
        let failure = run(&mut conn, steps).unwrap_err();
        assert_eq!((failure.step, failure.in_transaction), (1, false));
        assert_eq!(rows(&mut conn, NAMES), [r#"Text("a")"#]);
    }
}

#[test]
fn a_set_that_fails_outside_of_a_transaction_is_the_last() {
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        let mut conn = schema.heroes(way);
        let params = Params { width: 1, sets: 3, values: vec![text("a"), Value::Null, text("b")] };
        let insert = Statement { params, ..Statement::text("INSERT INTO hero (name) VALUES ($1)") };
        assert!(failure(&mut conn, Step::Run(insert)).error.is_not_null_violation());
        assert_eq!(rows(&mut conn, NAMES), [r#"Text("a")"#]);
    }
}

#[test]
fn a_failed_transaction_is_never_committed() {
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        let mut conn = schema.heroes(way);
        run(&mut conn, [Step::Begin(Begin::Write), hero("a")]).unwrap();
        assert!(failure(&mut conn, read("SELECT 1 / 0")).in_transaction);
        let refused = failure(&mut conn, Step::Commit);
        assert_eq!(refused.error.kind(), ErrorKind::RollbackRequired);
        assert_eq!(
            refused.error.to_string(),
            "an earlier statement of this transaction failed, so it cannot be committed; roll back and do the work again"
        );
        assert_eq!((refused.step, refused.in_transaction), (0, true));
        let refused = failure(&mut conn, read("SELECT 2"));
        assert_eq!(refused.error.kind(), ErrorKind::RollbackRequired);
        assert_eq!(refused.error.code(), Some("25P02"));
        run(&mut conn, [Step::Rollback]).unwrap();
        assert!(rows(&mut conn, NAMES).is_empty());
        let nothing = failure(&mut conn, Step::Commit);
        assert_eq!(
            nothing.error.to_string(),
            "no transaction is open that could be committed; begin one first"
        );
        run(&mut conn, [Step::Rollback]).unwrap();
    }
}

#[test]
fn what_the_server_says_of_the_transaction_holds_whoever_began_it() {
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        let mut conn = schema.heroes(way);
        assert!(run(&mut conn, [sql("START TRANSACTION")]).unwrap().in_transaction);
        assert!(!run(&mut conn, [sql("END")]).unwrap().in_transaction);
        run(&mut conn, [Step::Begin(Begin::Write)]).unwrap();
        let failure = run(&mut conn, [sql("ROLLBACK"), Step::Commit]).unwrap_err();
        assert_eq!(failure.step, 1, "nothing was open any more: {:?}", failure.error);
    }
}

#[test]
fn savepoints() {
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        let mut conn = schema.heroes(way);
        let steps = [
            Step::Begin(Begin::Write),
            hero("a"),
            Step::Savepoint(1),
            hero("b"),
            Step::Savepoint(2),
            hero("c"),
            Step::RollbackTo(2),
            hero("d"),
            Step::Release(1),
        ];
        run(&mut conn, steps).unwrap();
        run(&mut conn, [Step::Savepoint(1)]).unwrap();
        assert!(failure(&mut conn, read("SELECT 1 / 0")).in_transaction);
        // A text that is new is prepared after the way back.
        let back = [Step::RollbackTo(1), sql("DELETE FROM hero WHERE name = 'a'"), Step::Commit];
        assert!(!run(&mut conn, back).unwrap().in_transaction);
        assert_eq!(rows(&mut conn, NAMES), [r#"Text("b")"#, r#"Text("d")"#]);
    }
}

#[test]
fn what_a_batch_creates_it_can_use() {
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        for begin in [true, false] {
            let mut conn = schema.connect(way);
            let steps = [
                sql("CREATE TABLE t (id INTEGER)"),
                write("INSERT INTO t VALUES ($1)", "t", vec![Value::Int(7)]),
                sql("ALTER TABLE t ADD COLUMN name VARCHAR"),
                read("SELECT id, name FROM t"),
                sql("DROP TABLE t"),
            ];
            let begins = begin.then_some(Step::Begin(Begin::Write)).into_iter();
            let mut reply = run(&mut conn, begins.chain(steps)).unwrap();
            assert_eq!(grid(&mut reply, 3 + usize::from(begin)), ["Int(7) Null"]);
            run(&mut conn, [Step::Rollback]).unwrap();
        }
    }
}

#[test]
fn a_table_that_was_altered_is_read_anew() {
    let Some(schema) = Schema::new() else { return };
    let mut conn = schema.heroes(Way::Own);
    run(&mut conn, [hero("a")]).unwrap();
    assert_eq!(rows(&mut conn, "SELECT * FROM team"), [""; 0]);
    run(&mut schema.connect(Way::Own), [sql("ALTER TABLE team ADD COLUMN city VARCHAR")]).unwrap();
    let stale = failure(&mut conn, read("SELECT * FROM team")).error;
    assert!(stale.is_retryable(), "{stale:?}");
    assert_eq!(
        stale.to_string(),
        "a table of the statement was altered since the statement was prepared; do the work again"
    );
    assert_eq!(rows(&mut conn, "SELECT * FROM team"), [""; 0]);
    run(&mut conn, [sql("ALTER TABLE team DROP COLUMN city")]).unwrap();
    assert_eq!(rows(&mut conn, "SELECT * FROM team"), [""; 0], "what it alters itself it knows");
}

#[test]
fn connections_of_one_driver_tell_each_other_what_they_alter() {
    let Some(schema) = Schema::new() else { return };
    for placement in [Placement::Caller, Placement::Own] {
        let driver = PostgresDriver::from_url(&schema.url(""), placement).unwrap();
        let [mut one, mut two] = [0; 2].map(|_| match placement {
            Placement::Caller => inside(driver.connect()).unwrap(),
            Placement::Own => block_on(driver.connect()).unwrap(),
        });
        let create = "CREATE TABLE mood (id INTEGER, text VARCHAR)";
        run(&mut one, [sql("DROP TABLE IF EXISTS mood"), sql(create)]).unwrap();
        let all = "SELECT * FROM mood";
        assert_eq!(rows(&mut two, all), [""; 0]);
        // In two batches, of which the first ends nothing.
        run(&mut one, [Step::Begin(Begin::Write), sql("DROP TABLE mood")]).unwrap();
        let create = sql("CREATE TABLE mood (text VARCHAR, more INTEGER)");
        let insert = sql("INSERT INTO mood VALUES ('glad', 7)");
        run(&mut one, [create, insert, Step::Commit]).unwrap();
        assert_eq!(rows(&mut two, all), [r#"Text("glad") Int(7)"#]);

        // Another driver's connections find out by an error, once for all that is prepared.
        let text = "SELECT text FROM mood";
        assert_eq!(rows(&mut two, text), [r#"Text("glad")"#]);
        let alter = "ALTER TABLE mood ALTER COLUMN text TYPE INTEGER USING 1";
        run(&mut schema.connect(Way::Own), [sql(alter)]).unwrap();
        assert_eq!(failure(&mut two, read(all)).error.kind(), ErrorKind::Busy);
        assert_eq!(rows(&mut two, text), ["Int(1)"]);
        assert_eq!(rows(&mut two, all), ["Int(1) Int(7)"]);
    }
}

#[test]
fn more_texts_than_are_kept() {
    let Some(schema) = Schema::new() else { return };
    let mut conn = schema.connect_with(Way::Own, "&statement_cache=2");
    for _ in 0..2 {
        let steps = (0..7).map(|n| read(&format!("SELECT {n}")));
        let mut reply =
            run(&mut conn, [Step::Begin(Begin::Read)].into_iter().chain(steps)).unwrap();
        for n in 0..7 {
            assert_eq!(grid(&mut reply, n + 1), [format!("Int({n})")]);
        }
        run(&mut conn, [Step::Rollback]).unwrap();
    }
    assert_eq!(
        rows(&mut conn, "SELECT count(*) <= 3 FROM pg_prepared_statements"),
        ["Bool(true)"],
        "those that are not kept are closed"
    );
}

struct Refusing;

impl Rows for Refusing {
    fn row(&mut self, _: &dyn Row) -> Result<()> {
        Err(Error::new(ErrorKind::Decode, "no row, please"))
    }
}

fn refusing() -> Step {
    let rows: Box<dyn Rows> = Box::new(Refusing);
    Step::Run(Statement { rows: Some(rows), ..Statement::text(MANY) })
}

const MANY: &str = "SELECT generate_series(1, 10000)";

#[test]
fn rows_that_are_refused_end_the_batch() {
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        // The answers behind them are read over, be they small or large.
        for next in [hero("a"), read(MANY)] {
            let mut conn = schema.heroes(way);
            let failure = run(&mut conn, [Step::Begin(Begin::Write), refusing(), next]);
            let failure = failure.unwrap_err();
            assert_eq!((failure.step, failure.in_transaction), (1, true));
            assert_eq!(failure.error.kind(), ErrorKind::Decode);
            run(&mut conn, [Step::Rollback]).unwrap();
            assert_eq!(rows(&mut conn, "SELECT 7"), ["Int(7)"]);
        }
    }
}

#[test]
fn a_reset_leaves_nothing_open() {
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        let mut conn = schema.heroes(way);
        run(&mut conn, [Step::Begin(Begin::Write), hero("a")]).unwrap();
        assert!(conn.reset());
        assert!(!run(&mut conn, []).unwrap().in_transaction);
        assert!(rows(&mut conn, NAMES).is_empty());
        run(&mut conn, [Step::Begin(Begin::Write), hero("a")]).unwrap();
        assert!(conn.reset());
        // What follows at once is in a transaction of its own.
        run(&mut conn, [Step::Begin(Begin::Write), hero("b"), Step::Commit]).unwrap();
        assert_eq!(rows(&mut conn, NAMES), [r#"Text("b")"#]);
    }
}

#[test]
fn the_number_of_values_is_checked() {
    let Some(schema) = Schema::new() else { return };
    let mut conn = schema.heroes(Way::Own);
    let none = write("INSERT INTO hero (name) VALUES ($1)", "hero", vec![]);
    assert_eq!(
        failure(&mut conn, none).error.to_string(),
        "the statement has 1 parameters, but 0 values were given"
    );
    let params = Params { width: 2, sets: 2, values: vec![Value::Null] };
    let odd = Step::Run(Statement { params, ..Statement::text("SELECT 1") });
    assert_eq!(
        failure(&mut conn, odd).error.to_string(),
        "the values given are not a whole number of parameter sets"
    );
}

#[test]
fn many_statements_and_large_answers_pass_each_other() {
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        let mut conn = schema.heroes(way);
        let large = "x".repeat(200_000);
        let each =
            |_: i32| read_with("SELECT $1::text || $1::text", Params::once(vec![text(&large)]));
        let steps = [Step::Begin(Begin::Read)].into_iter().chain((0..100).map(each));
        let mut reply = run(&mut conn, steps).unwrap();
        assert_eq!(grid(&mut reply, 100)[0].len(), 400_008);
    }
}

/// The names of a row's columns, and what comes behind the last.
#[derive(Default)]
struct Names(Vec<Option<String>>);

impl Rows for Names {
    fn row(&mut self, row: &dyn Row) -> Result<()> {
        self.0 = (0..=row.width()).map(|at| row.name(at).map(str::to_owned)).collect();
        Ok(())
    }
}

#[test]
fn rows_know_the_names_of_their_columns() {
    let Some(schema) = Schema::new() else { return };
    let text = "SELECT 1 AS id, 'x' AS \"My Name\", 2 AS id, count(*), 3 + 4";
    let names = ["id", "My Name", "id", "count", "?column?"];
    let expected: Vec<_> =
        names.map(|name| Some(name.to_owned())).into_iter().chain([None]).collect();
    for way in WAYS {
        let mut conn = schema.connect(way);
        let rows = || Box::new(Names::default()) as Box<dyn Rows>;
        let step = Step::Run(Statement { rows: Some(rows()), ..Statement::text(text) });
        let mut reply = run(&mut conn, [step]).unwrap();
        assert_eq!(reply.done[0].take::<Names>().unwrap().0, expected);

        block_on(conn.open(Statement::text(text))).unwrap();
        let portion = block_on(conn.fetch(rows(), 1));
        let rows = portion.rows.unwrap() as Box<dyn std::any::Any>;
        assert_eq!(rows.downcast::<Names>().unwrap().0, expected);
    }
}
