//! Cursors: portions, what is left behind, and how they end.

use crate::{patience::Patience, support::*};
use relata_core::{
    Error, ErrorKind, Result,
    connection::{Begin, Params, Portion, Row, Rows, Statement, Step},
    value::Value,
};
use std::{
    any::Any,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

fn numbers(count: u32) -> String {
    format!(
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < {count}) SELECT x FROM n"
    )
}

async fn open(conn: &mut Conn, text: &str) {
    conn.open(Statement::text(text)).await.unwrap();
}

fn taken<R: Rows>(portion: &mut Portion) -> Box<R> {
    (portion.rows.take().unwrap() as Box<dyn Any>).downcast().unwrap()
}

/// The rows of a portion, and whether there may be more.
async fn fetch(conn: &mut Conn, limit: usize) -> (Vec<String>, bool) {
    let mut portion = conn.fetch(Box::new(Grid::default()), limit).await;
    (taken::<Grid>(&mut portion).0, portion.more.unwrap())
}

fn ints(range: std::ops::RangeInclusive<u32>) -> Vec<String> {
    range.map(|x| format!("Int({x})")).collect()
}

#[test]
fn portions_come_in_order_until_there_are_no_more() {
    on_server("portions_come_in_order", async |db: Db| {
        let mut conn = db.connect().await;
        open(&mut conn, &numbers(5)).await;
        assert_eq!(fetch(&mut conn, 2).await, (ints(1..=2), true));
        assert_eq!(fetch(&mut conn, 0).await, (vec![], true));
        assert_eq!(fetch(&mut conn, 3).await, (ints(3..=5), true), "the end is not known yet");
        assert_eq!(fetch(&mut conn, 3).await, (vec![], false));
        assert_eq!(rows(&mut conn, "SELECT 7").await, ["Int(7)"]);

        open(&mut conn, "SELECT 1 FROM DUAL WHERE 0").await;
        assert_eq!(fetch(&mut conn, 3).await, (vec![], false));
        let portion = conn.fetch(Box::new(Grid::default()), 1).await;
        assert_eq!(portion.more.unwrap_err().error.kind(), ErrorKind::Interrupted);
    });
}

#[test]
fn parameters_are_bound_and_bad_statements_are_refused() {
    on_server("parameters_are_bound", async |db: Db| {
        let mut conn = db.heroes().await;
        let params = Params::once(vec![Value::Int(7), text("seven")]);
        let statement = Statement { params, ..Statement::text("SELECT ?, ?") };
        conn.open(statement).await.unwrap();
        assert_eq!(fetch(&mut conn, 9).await, (vec!["Int(7) Text(\"seven\")".into()], false));

        let writing = "DELETE FROM hero";
        for (text, kind) in
            [(writing, ErrorKind::Database), ("SELECT power FROM hero", ErrorKind::MissingColumn)]
        {
            let failure = conn.open(Statement::text(text)).await.unwrap_err();
            assert_eq!((failure.step, failure.error.kind()), (0, kind));
            assert_eq!(failure.error.statement(), Some(text));
        }
        let params = Params { width: 1, sets: 2, values: vec![Value::Int(1), Value::Int(2)] };
        let twice = Statement { params, ..Statement::text("SELECT ?") };
        assert!(conn.open(twice).await.is_err());
        assert_eq!(rows(&mut conn, "SELECT 1").await, ["Int(1)"]);
    });
}

#[test]
fn rows_before_a_failure_are_given_and_the_transaction_stands() {
    on_server("rows_before_a_failure", async |db: Db| {
        let mut conn = db.heroes().await;
        run(&mut conn, [Step::Begin(Begin::Write), insert("a")]).await.unwrap();
        // Multiplied out of its range.
        let faulty = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 9) SELECT x * IF(x = 5, 9223372036854775807, 1) FROM n";
        open(&mut conn, faulty).await;
        let mut portion = conn.fetch(Box::new(Grid::default()), 9).await;
        assert_eq!(taken::<Grid>(&mut portion).0, ints(1..=4));
        let failure = portion.more.unwrap_err();
        assert_eq!(failure.error.kind(), ErrorKind::OutOfRange);
        assert_eq!(failure.error.statement(), Some(faulty));
        assert!(failure.in_transaction);
        assert_eq!(rows(&mut conn, NAMES).await, [r#"Text("a")"#]);
    });
}

struct Refusing(u32);

impl Rows for Refusing {
    fn row(&mut self, _: &dyn Row) -> Result<()> {
        self.0 += 1;
        match self.0 {
            3 => Err(Error::new(ErrorKind::Decode, "not what was expected")),
            _ => Ok(()),
        }
    }
}

#[test]
fn rows_that_refuse_a_row_end_the_cursor() {
    on_server("rows_that_refuse_end_the_cursor", async |db: Db| {
        let mut conn = db.heroes().await;
        run(&mut conn, [Step::Begin(Begin::Write), insert("a")]).await.unwrap();
        open(&mut conn, &numbers(9)).await;
        let mut portion = conn.fetch(Box::new(Refusing(0)), 9).await;
        assert_eq!(taken::<Refusing>(&mut portion).0, 3);
        let failure = portion.more.unwrap_err();
        assert_eq!(failure.error.to_string(), "not what was expected");
        assert!(failure.in_transaction);
        assert_eq!(rows(&mut conn, NAMES).await, [r#"Text("a")"#]);
    });
}

/// More rows than could be read in hours. Narrow ones come faster than they are read; wide ones fill
/// the buffers in between with less to read over.
fn many(width: usize) -> String {
    let digits = ["SELECT 1"; 10].join(" UNION ALL ");
    let from = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
    let from = from.map(|name| format!("({digits}) {name}"));
    // in the order of the text: to look for a better one would take longer than the rows; and without
    // hash joins, for which MySQL writes most of them to a file first
    format!("SELECT /*+ NO_BNL() */ STRAIGHT_JOIN REPEAT('x', {width}) FROM {}", from.join(", "))
}

#[test]
fn a_cursor_with_very_many_rows_is_closed_at_once() {
    on_server("a_cursor_with_very_many_rows", async |db: Db| {
        let mut conn = db.heroes().await;
        run(&mut conn, [Step::Begin(Begin::Write), insert("a")]).await.unwrap();
        for (way, width) in [1, 3000, 3000].into_iter().enumerate() {
            open(&mut conn, &many(width)).await;
            let portion = conn.fetch(UpTo::default().boxed(), 2).await;
            assert!(portion.more.unwrap());
            match way {
                0 => conn.close(),
                1 => open(&mut conn, "SELECT 1").await,
                _ => {}
            }
            let mut reply = run(&mut conn, [read(NAMES)]).await.unwrap();
            assert_eq!(grid(&mut reply, 0), [r#"Text("a")"#], "way {way}");
            assert!(reply.in_transaction);
        }
        open(&mut conn, &many(3000)).await;
        assert!(conn.reset());
        assert!(rows(&mut conn, NAMES).await.is_empty());
    });
}

/// Counts rows, and refuses the one with this number.
#[derive(Clone, Default)]
struct UpTo(u64, Arc<AtomicU64>);

impl UpTo {
    fn boxed(&self) -> Box<dyn Rows> {
        Box::new(self.clone())
    }

    /// Waits until rows come one behind the other.
    async fn flow<T>(&self, mut call: Pin<Box<dyn Future<Output = T> + Send + '_>>) {
        let patience = Patience::until("many rows have come");
        while self.1.load(Ordering::Relaxed) < 20_000 {
            patience.again();
            assert!(poll(&mut call, 1).await.is_none());
        }
    }
}

impl Rows for UpTo {
    fn row(&mut self, _: &dyn Row) -> Result<()> {
        match self.1.fetch_add(1, Ordering::Relaxed) + 1 == self.0 {
            true => Err(Error::new(ErrorKind::Decode, "enough")),
            false => Ok(()),
        }
    }
}

#[test]
fn a_dropped_call_that_reads_very_many_rows_ends_at_once() {
    on_server("a_dropped_call_that_reads_very_many_rows", async |db: Db| {
        let mut conn = db.heroes().await;
        run(&mut conn, [Step::Begin(Begin::Write), insert("a")]).await.unwrap();
        open(&mut conn, &many(1)).await;
        let rows = UpTo::default();
        rows.flow(conn.fetch(rows.boxed(), usize::MAX)).await;
        assert_eq!(grid(&mut run(&mut conn, [read(NAMES)]).await.unwrap(), 0), [r#"Text("a")"#]);

        let rows = UpTo::default();
        let reading = Statement { rows: Some(rows.boxed()), ..Statement::text(many(1)) };
        rows.flow(conn.run(batch([Step::Run(reading), insert("b")]))).await;
        let mut reply = run(&mut conn, [read(NAMES)]).await.unwrap();
        assert_eq!(grid(&mut reply, 0), [r#"Text("a")"#]);
        assert!(reply.in_transaction);
    });
}

#[test]
fn a_call_that_reads_very_many_rows_ends_at_once_when_one_is_refused() {
    on_server("a_call_that_reads_very_many_rows", async |db: Db| {
        let mut conn = db.heroes().await;
        run(&mut conn, [Step::Begin(Begin::Write), insert("a")]).await.unwrap();
        open(&mut conn, &many(3000)).await;
        let rows = UpTo(1000, Arc::default());
        let portion = conn.fetch(rows.boxed(), usize::MAX).await;
        let rows = UpTo(1000, Arc::default());
        let reading = Statement { rows: Some(rows.boxed()), ..Statement::text(many(3000)) };
        let outcome = run(&mut conn, [Step::Run(reading), insert("b")]).await;
        for failure in [portion.more.unwrap_err(), outcome.unwrap_err()] {
            assert_eq!(failure.error.to_string(), "enough");
            assert!(failure.in_transaction);
        }
        assert_eq!(grid(&mut run(&mut conn, [read(NAMES)]).await.unwrap(), 0), [r#"Text("a")"#]);
    });
}

#[test]
fn what_follows_a_transaction_that_ended_with_its_cursor_is_refused() {
    on_server("what_follows_a_transaction_that_ended", async |db: Db| {
        let mut one = db.heroes().await;
        let mut other = db.connect().await;
        let fill = "INSERT INTO hero (name) SELECT 'x' FROM information_schema.columns LIMIT 1000";
        run(&mut one, [sql(fill)]).await.unwrap();
        // Its rows fit into the buffers in between, so the server goes on to the last of them.
        let all = "SELECT REPEAT('x', 1000) FROM hero ORDER BY id FOR UPDATE";
        for dropped in [true, false] {
            // The heavier transaction is the one that survives.
            let touch = sql("UPDATE hero SET name = 'y' ORDER BY id DESC LIMIT 500");
            run(&mut other, [Step::Begin(Begin::Write), touch]).await.unwrap();
            run(&mut one, [Step::Begin(Begin::Write)]).await.unwrap();
            open(&mut one, all).await;
            assert!(one.fetch(UpTo::default().boxed(), 2).await.more.unwrap());
            // They wait for each other, and it goes on when the server has rolled `one` back.
            let first = sql("UPDATE hero SET name = 'z' ORDER BY id LIMIT 1");
            run(&mut other, [first]).await.unwrap();
            if dropped {
                let mut fetching = one.fetch(UpTo::default().boxed(), usize::MAX);
                assert!(poll(&mut fetching, 1).await.is_none());
            } else {
                one.close();
            }
            // It would be saved at once if it were run.
            let failure = failure(&mut one, insert("lost")).await;
            assert_eq!((failure.step, failure.error.code()), (0, Some("1213")));
            assert!(failure.error.is_retryable());
            assert!(!failure.in_transaction);
            run(&mut other, [Step::Rollback]).await.unwrap();
            run(&mut one, [Step::Rollback]).await.unwrap();
            assert_eq!(number(&mut one, "SELECT COUNT(*) FROM hero").await, 1000);
        }
    });
}
