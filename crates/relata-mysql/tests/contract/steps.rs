//! Batches: order, the first failure, transactions and savepoints, what each step brings.

use crate::support::*;
use relata_core::{
    Error, ErrorKind, Result,
    connection::{Begin, Params, Row, Rows, Statement, Step},
    value::Value,
};

#[test]
fn steps_run_in_order_and_each_brings_something() {
    on_server("steps_run_in_order", async |db: Db| {
        let mut conn = db.heroes().await;
        let steps =
            [Step::Begin(Begin::Write), insert("Deadpond"), read(NAMES), insert("Rusty-Man")];
        let mut reply = run(&mut conn, steps).await.unwrap();
        assert_eq!(reply.done.len(), 4);
        assert_eq!(reply.done[1].affected, [1]);
        assert_eq!(
            (&*reply.done[1].inserted, &*reply.done[3].inserted),
            (&[Some(1)][..], &[Some(2)][..])
        );
        assert_eq!(grid(&mut reply, 2), [r#"Text("Deadpond")"#]);
        assert!(reply.done[2].affected.is_empty());
        assert!(reply.in_transaction);

        let mut reply = run(&mut conn, [Step::Commit, read(NAMES)]).await.unwrap();
        assert!(!reply.in_transaction);
        assert_eq!(grid(&mut reply, 1), [r#"Text("Deadpond")"#, r#"Text("Rusty-Man")"#]);
    });
}

#[test]
fn the_first_failure_stops_the_batch() {
    on_server("the_first_failure", async |db: Db| {
        let mut conn = db.heroes().await;
        let steps = [
            Step::Begin(Begin::Write),
            insert("Deadpond"),
            sql("INSERT INTO team VALUES (1)"),
            insert("Rusty-Man"),
            Step::Commit,
        ];
        let failure = run(&mut conn, steps).await.unwrap_err();
        assert_eq!(failure.step, 2);
        assert_eq!(failure.error.kind(), ErrorKind::MissingTable);
        assert_eq!(failure.error.table(), Some("team"));
        assert_eq!(failure.error.statement(), Some("INSERT INTO team VALUES (1)"));
        assert!(failure.in_transaction);
        assert_eq!(rows(&mut conn, NAMES).await, [r#"Text("Deadpond")"#]);

        run(&mut conn, [Step::Rollback]).await.unwrap();
        assert!(rows(&mut conn, NAMES).await.is_empty());
    });
}

#[test]
fn a_rollback_of_nothing_is_fine_and_a_commit_of_nothing_is_not() {
    on_server("a_rollback_of_nothing", async |db: Db| {
        let mut conn = db.heroes().await;
        assert!(!run(&mut conn, [Step::Rollback]).await.unwrap().in_transaction);
        let failure = failure(&mut conn, Step::Commit).await;
        assert_eq!(failure.error.kind(), ErrorKind::Database);
        assert_eq!(failure.error.to_string(), "cannot commit, because no transaction is open");
        assert_eq!(failure.error.statement(), Some("COMMIT"));
    });
}

#[test]
fn what_creates_a_table_commits() {
    on_server("what_creates_a_table_commits", async |db: Db| {
        let mut conn = db.heroes().await;
        let steps =
            [Step::Begin(Begin::Write), insert("Deadpond"), sql("CREATE TABLE team (id INT)")];
        assert!(!run(&mut conn, steps).await.unwrap().in_transaction);
        run(&mut conn, [Step::Commit]).await.unwrap();
        run(&mut conn, [Step::Rollback]).await.unwrap();
        assert_eq!(rows(&mut conn, NAMES).await, [r#"Text("Deadpond")"#]);
        assert!(run(&mut conn, [Step::Commit]).await.is_err());
    });
}

#[test]
fn savepoints_nest() {
    on_server("savepoints_nest", async |db: Db| {
        let mut conn = db.heroes().await;
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
        run(&mut conn, steps).await.unwrap();
        let names = [r#"Text("one")"#, r#"Text("two")"#, r#"Text("four")"#];
        assert_eq!(rows(&mut conn, NAMES).await, names);
        let failure = failure(&mut conn, Step::RollbackTo(2)).await;
        assert_eq!(failure.error.to_string(), "SAVEPOINT relata_2 does not exist");
        assert!(!failure.in_transaction);
    });
}

#[test]
fn every_set_of_parameters_runs_and_counts_by_itself() {
    on_server("every_set_of_parameters", async |db: Db| {
        let mut conn = db.heroes().await;
        let many = |sql: &str, width, values: Vec<Value>| {
            let params = Params { width, sets: values.len() / width, values };
            Step::Run(Statement { params, key: Some("id"), ..Statement::text(sql) })
        };
        let names = vec![text("a"), text("a"), text("b")];
        let renames = vec![text("c"), text("a"), text("y"), text("x"), text("b"), text("b")];
        let steps = [
            many("INSERT INTO hero (name) VALUES (?)", 1, names),
            many("UPDATE hero SET name = ? WHERE name = ?", 2, renames),
        ];
        let reply = run(&mut conn, steps).await.unwrap();
        assert_eq!(reply.done[0].affected, [1, 1, 1]);
        assert_eq!(reply.done[0].inserted, [1, 2, 3].map(Some));
        // The last one matches a row and leaves it as it is.
        assert_eq!(reply.done[1].affected, [2, 0, 1]);

        let params = Params { width: 1, sets: 2, values: vec![text("b"), text("c")] };
        let both = read_with("SELECT id FROM hero WHERE name = ? ORDER BY id", params);
        let mut reply = run(&mut conn, [both]).await.unwrap();
        assert_eq!(grid(&mut reply, 0), ["Int(3)", "Int(1)", "Int(2)"]);
    });
}

#[test]
fn keys_are_returned_or_told() {
    on_server("keys_are_returned_or_told", async |db: Db| {
        let mut conn = db.heroes().await;
        let told = [
            write(
                "INSERT INTO hero (id, name) VALUES (?, ?)",
                "hero",
                vec![Value::Int(0), text("zero")],
            ),
            write(
                "INSERT INTO hero (id, name) VALUES (?, ?)",
                "hero",
                vec![Value::Int(9), text("nine")],
            ),
            insert("ten"),
            sql("DELETE FROM hero WHERE id = 9"),
        ];
        let reply = run(&mut conn, told).await.unwrap();
        assert_eq!(rows(&mut conn, "SELECT id FROM hero ORDER BY id").await, ["Int(0)", "Int(10)"]);
        assert_eq!(
            (&*reply.done[2].inserted, &*reply.done[3].inserted),
            (&[Some(10)][..], &[][..])
        );
    });
}

#[test]
fn one_statement_at_a_time() {
    on_server("one_statement_at_a_time", async |db: Db| {
        let mut conn = db.heroes().await;
        let two = "DELETE FROM hero; DROP TABLE hero";
        let failure = failure(&mut conn, sql(two)).await;
        assert_eq!(failure.error.kind(), ErrorKind::Database);
        assert_eq!(failure.error.code(), Some("1064"));
        assert!(rows(&mut conn, NAMES).await.is_empty());
    });
}

#[test]
fn what_ends_otherwise_than_well_is_forgotten_too() {
    in_this_thread("what_ends_otherwise_than_well", async |db: Db| {
        let mut conn = db.heroes().await;
        let fill = "INSERT INTO hero (name) VALUES ('a'), ('b'), ('c')";
        run(&mut conn, [sql(fill)]).await.unwrap();
        let mut conn = db.connect_with("?statement_cache=0").await;
        let closed = "SHOW SESSION STATUS LIKE 'Com_stmt_close'";
        let prepared = "SHOW SESSION STATUS LIKE 'Com_stmt_prepare'";
        let open = async |conn: &mut Conn| {
            let mut counts = [0; 2];
            for (count, text) in counts.iter_mut().zip([prepared, closed]) {
                let row = rows(conn, text).await.remove(0);
                let digits: String = row.chars().filter(char::is_ascii_digit).collect();
                *count = digits.parse::<i64>().unwrap();
            }
            counts[0] - counts[1]
        };
        let before = open(&mut conn).await;
        for limit in [9, 1] {
            conn.open(Statement::text(NAMES)).await.unwrap();
            let portion = conn.fetch(Box::new(Grid::default()), limit).await;
            assert_eq!(portion.more.unwrap(), limit == 1);
            conn.close();
        }
        failure(&mut conn, sql("INSERT INTO hero (id, name) VALUES (1, 'd')")).await;
        failure(&mut conn, read_with("SELECT ?", Params::default())).await;
        conn.open(Statement::text("DO 1")).await.unwrap_err();
        assert_eq!(open(&mut conn).await, before);
    });
}

#[test]
fn rows_that_an_insert_leaves_out_are_not_counted() {
    in_this_thread("rows_that_an_insert_leaves_out", async |db: Db| {
        let mut conn = db.heroes().await;
        let insert = "INSERT IGNORE INTO hero (id, name) VALUES (1, 'a'), (1, 'b'), (2, 'c')";
        assert_eq!(run(&mut conn, [sql(insert)]).await.unwrap().done[0].affected, [2]);
    });
}

#[test]
fn statements_that_are_not_kept_are_forgotten() {
    on_server("statements_that_are_not_kept", async |db: Db| {
        for (options, kept) in [("?statement_cache=0", 1), ("?statement_cache=3", 3)] {
            let mut conn = db.connect_with(options).await;
            for at in 0..9 {
                let values = vec![Value::Int(at)];
                let step = read_with(&format!("SELECT ? + {at}"), Params::once(values));
                assert_eq!(grid(&mut run(&mut conn, [step]).await.unwrap(), 0).len(), 1);
            }
            let counts =
                "SHOW SESSION STATUS WHERE variable_name IN ('Com_stmt_prepare', 'Com_stmt_close')";
            let counts = rows(&mut conn, counts).await;
            let count = |row: &String| -> i64 {
                row.split('"').filter_map(|part| part.parse().ok()).next().unwrap()
            };
            // The question itself is prepared and not closed yet.
            assert_eq!(count(&counts[1]) - count(&counts[0]), kept, "{counts:?}");
        }
    });
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
    on_server("rows_that_refuse_a_row", async |db: Db| {
        let mut conn = db.heroes().await;
        let refused = || {
            let rows: Option<Box<dyn Rows>> = Some(Box::new(Refusing));
            Step::Run(Statement { rows, ..Statement::text("SELECT 1 UNION SELECT 2") })
        };
        let steps = [Step::Begin(Begin::Write), insert("a"), refused(), Step::Commit];
        let failure = run(&mut conn, steps).await.unwrap_err();
        assert_eq!((failure.step, failure.in_transaction), (2, true));
        assert_eq!(failure.error.to_string(), "not what was expected");
        assert_eq!(failure.error.statement(), Some("SELECT 1 UNION SELECT 2"));
        run(&mut conn, [Step::Commit]).await.unwrap();
        assert_eq!(rows(&mut conn, NAMES).await, [r#"Text("a")"#]);
    });
}

#[test]
fn reset_ends_the_transaction() {
    on_server("reset_ends_the_transaction", async |db: Db| {
        let mut conn = db.heroes().await;
        assert!(conn.reset(), "nothing to do");
        let steps = [Step::Begin(Begin::Write), Step::Savepoint(1), insert("a")];
        run(&mut conn, steps).await.unwrap();
        assert!(conn.reset());
        let mut reply = run(&mut conn, [read(NAMES)]).await.unwrap();
        assert!(!reply.in_transaction);
        assert!(grid(&mut reply, 0).is_empty());
    });
}

#[test]
fn begin_in_a_transaction_is_refused_and_does_not_commit_it() {
    on_server("begin_in_a_transaction", async |db: Db| {
        let mut conn = db.heroes().await;
        let steps = [Step::Begin(Begin::Read), insert("a"), Step::Begin(Begin::Write)];
        let failure = run(&mut conn, steps).await.unwrap_err();
        assert_eq!((failure.step, failure.in_transaction), (2, true));
        run(&mut conn, [Step::Rollback]).await.unwrap();
        assert!(rows(&mut conn, NAMES).await.is_empty());
    });
}

/// The names of the columns of each row, and of one more.
#[derive(Default)]
struct Names(Vec<Vec<Option<String>>>);

impl Rows for Names {
    fn row(&mut self, row: &dyn Row) -> Result<()> {
        let names = (0..=row.width()).map(|at| row.name(at).map(str::to_owned));
        self.0.push(names.collect());
        Ok(())
    }
}

#[test]
fn rows_tell_the_names_of_their_columns() {
    on_server("rows_tell_the_names", async |db: Db| {
        let mut conn = db.heroes().await;
        const SELECT: &str = "SELECT id, name AS `naïve name`, id FROM hero";
        let expected = [["id", "naïve name", "id"].map(|name| Some(name.to_owned())).to_vec()];
        let expected = expected.map(|names| [names, vec![None]].concat());
        let named = || Some(Box::new(Names::default()) as Box<dyn Rows>);
        let select = Step::Run(Statement { rows: named(), ..Statement::text(SELECT) });
        let mut reply = run(&mut conn, [insert("Deadpond"), select]).await.unwrap();
        assert_eq!(reply.done[1].take::<Names>().unwrap().0, expected);

        conn.open(Statement::text(SELECT)).await.unwrap();
        let portion = conn.fetch(Box::new(Names::default()), 2).await;
        let rows = portion.rows.unwrap() as Box<dyn std::any::Any>;
        assert_eq!(rows.downcast::<Names>().unwrap().0, expected);

        // Such a statement is not prepared.
        let plain = Step::Run(Statement { rows: named(), ..Statement::text("SHOW WARNINGS") });
        let steps = [sql("DROP TABLE IF EXISTS nothing"), plain];
        let mut reply = run(&mut conn, steps).await.unwrap();
        let names = ["Level", "Code", "Message"].map(|name| Some(name.to_owned()));
        let names = [names.to_vec(), vec![None]].concat();
        assert_eq!(reply.done[1].take::<Names>().unwrap().0, [names]);
    });
}
