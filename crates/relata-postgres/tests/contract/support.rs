//! What every test needs: a schema of its own, connections, steps, and rows as text.

use crate::{patience::Patience, skipped::skipped};
use relata_core::{
    Result,
    connection::{Batch, Connection, Driver, Failure, Params, Reply, Row, Rows, Statement, Step},
    value::Value,
};
use relata_postgres::{Placement, PostgresDriver};
use std::{
    env, process,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU32, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
};

pub(crate) type Conn = Box<dyn Connection>;

/// Where connections work and whether they keep statements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Caller,
    Own,
    /// As behind a proxy that shares connections.
    Unnamed,
}

pub(crate) const WAYS: [Way; 3] = [Way::Caller, Way::Own, Way::Unnamed];

impl Way {
    fn placement(self) -> Placement {
        if self == Way::Caller { Placement::Caller } else { Placement::Own }
    }
}

static RUNTIME: LazyLock<tokio::runtime::Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
});

/// Waits as an async program does.
pub(crate) fn inside<T>(future: impl Future<Output = T>) -> T {
    RUNTIME.block_on(future)
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits as a blocking program does: with no runtime.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        thread::park();
    }
}

/// The server's URL; without one the test is left out, which is said.
pub(crate) fn server() -> Option<String> {
    let url = env::var("RELATA_POSTGRES_URL").ok();
    if url.is_none() {
        skipped(&test(), "RELATA_POSTGRES_URL is not set");
    }
    url
}

/// The name of the test that this thread runs.
pub(crate) fn test() -> String {
    thread::current().name().unwrap_or_default().to_owned()
}

/// A schema that goes when this does.
pub(crate) struct Schema {
    url: String,
    pub(crate) name: String,
}

impl Schema {
    pub(crate) fn new() -> Option<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let url = server()?;
        let name = format!("contract_{}_{}", process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let schema = Schema { url, name };
        schema.outside(&format!("CREATE SCHEMA {}", schema.name));
        Some(schema)
    }

    fn outside(&self, text: &str) {
        let mut conn = connect(&self.url, Placement::Own).unwrap();
        run(&mut conn, [sql(text)]).unwrap();
    }

    /// The URL with options, such as `&lock_timeout=50`.
    pub(crate) fn url(&self, options: &str) -> String {
        let mark = if self.url.contains('?') { '&' } else { '?' };
        format!("{}{mark}options=-c%20search_path%3D{}{options}", self.url, self.name)
    }

    pub(crate) fn connect(&self, way: Way) -> Conn {
        self.connect_with(way, "")
    }

    pub(crate) fn connect_with(&self, way: Way, options: &str) -> Conn {
        let cache = if way == Way::Unnamed { "&statement_cache=0" } else { "" };
        connect(&self.url(&format!("{options}{cache}")), way.placement()).unwrap()
    }

    /// A connection to tables `team` and `hero`, both empty.
    pub(crate) fn heroes(&self, way: Way) -> Conn {
        let mut conn = self.connect(way);
        let tables = [
            sql("DROP TABLE IF EXISTS fan, hero, team"),
            sql("CREATE TABLE team (id SERIAL PRIMARY KEY, name VARCHAR NOT NULL UNIQUE)"),
            sql("CREATE TABLE hero (id SERIAL PRIMARY KEY, name VARCHAR NOT NULL, age INTEGER,
                 team_id INTEGER REFERENCES team (id),
                 CONSTRAINT ck_hero_age CHECK (age >= 0), UNIQUE (name, age))"),
        ];
        run(&mut conn, tables).unwrap();
        conn
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        if !thread::panicking() {
            self.outside(&format!("DROP SCHEMA {} CASCADE", self.name));
        }
    }
}

pub(crate) fn connect(url: &str, placement: Placement) -> Result<Conn> {
    let driver = PostgresDriver::from_url(url, placement)?;
    match placement {
        Placement::Caller => inside(driver.connect()),
        Placement::Own => block_on(driver.connect()),
    }
}

pub(crate) fn batch(steps: impl IntoIterator<Item = Step>) -> Batch {
    Batch { steps: steps.into_iter().collect() }
}

pub(crate) fn run(
    conn: &mut Conn,
    steps: impl IntoIterator<Item = Step>,
) -> Result<Reply, Failure> {
    block_on(conn.run(batch(steps)))
}

/// The failure of a batch of one step.
pub(crate) fn failure(conn: &mut Conn, step: Step) -> Failure {
    run(conn, [step]).unwrap_err()
}

pub(crate) fn sql(text: &str) -> Step {
    Step::Run(Statement::text(text))
}

/// A statement that writes to `table`, with parameters.
pub(crate) fn write(text: &str, table: &'static str, values: Vec<Value>) -> Step {
    let params = Params::once(values);
    Step::Run(Statement { params, table: Some(table), ..Statement::text(text) })
}

pub(crate) fn read(text: &str) -> Step {
    read_with(text, Params::default())
}

pub(crate) fn read_with(text: &str, params: Params) -> Step {
    let rows: Box<dyn Rows> = Box::new(Grid::default());
    Step::Run(Statement { params, rows: Some(rows), ..Statement::text(text) })
}

/// Rows as text, such as `Int(1) Text("Deadpond")`.
#[derive(Default)]
pub(crate) struct Grid(pub(crate) Vec<String>);

impl Rows for Grid {
    fn row(&mut self, row: &dyn Row) -> Result<()> {
        let mut cells = Vec::new();
        for at in 0.. {
            match row.cell(at) {
                Ok(cell) => cells.push(format!("{cell:?}")),
                Err(error) if error.to_string().contains("none at position") => break,
                Err(error) => return Err(error),
            }
        }
        self.0.push(cells.join(" "));
        Ok(())
    }
}

pub(crate) fn grid(reply: &mut Reply, step: usize) -> Vec<String> {
    reply.done[step].take::<Grid>().unwrap().0
}

/// The rows of one query.
pub(crate) fn rows(conn: &mut Conn, text: &str) -> Vec<String> {
    grid(&mut run(conn, [read(text)]).unwrap(), 0)
}

/// Waits until a connection that was ended knows it.
pub(crate) fn await_end(conn: &mut Conn) {
    let patience = Patience::until("the connection has ended");
    while conn.is_open() {
        patience.again();
    }
}

/// The server's process for a connection.
pub(crate) fn process(conn: &mut Conn) -> i64 {
    let row = rows(conn, "SELECT pg_backend_pid()").remove(0);
    row.trim_start_matches("Int(").trim_end_matches(')').parse().unwrap()
}

pub(crate) fn text(value: &str) -> Value {
    Value::Text(value.into())
}

/// Inserts a hero.
pub(crate) fn hero(name: &str) -> Step {
    write("INSERT INTO hero (name) VALUES ($1)", "hero", vec![text(name)])
}

pub(crate) const NAMES: &str = "SELECT name FROM hero ORDER BY id";
