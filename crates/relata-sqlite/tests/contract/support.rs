//! What every test needs: a connection, steps, and rows as text.

use relata_core::{
    Result,
    connection::{Batch, Connection, Driver, Failure, Params, Reply, Row, Rows, Statement, Step},
    value::Value,
};
use relata_sqlite::{Placement, SqliteDriver};
use tempfile::TempDir;

pub(crate) type Conn = Box<dyn Connection>;

pub(crate) const PLACEMENTS: [Placement; 2] = [Placement::Inline, Placement::Thread];

pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

pub(crate) fn connect(url: &str, placement: Placement) -> Result<Conn> {
    let driver = SqliteDriver::from_url(url, placement)?;
    block_on(driver.connect())
}

pub(crate) fn memory(placement: Placement) -> Conn {
    connect("sqlite://", placement).unwrap()
}

/// A database file in a directory of its own, which goes when this does.
pub(crate) struct File(TempDir);

impl File {
    pub(crate) fn new() -> Self {
        File(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> String {
        self.0.path().join("heroes.db").display().to_string()
    }

    /// A connection that does not wait for locks; `options` begin with `&`.
    pub(crate) fn connect(&self, options: &str, placement: Placement) -> Conn {
        let url = format!("sqlite://{}?busy_timeout=0{options}", self.path());
        connect(&url, placement).unwrap()
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
        let cells = (0..).map_while(|at| row.cell(at).ok());
        self.0.push(cells.map(|cell| format!("{cell:?}")).collect::<Vec<_>>().join(" "));
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

pub(crate) fn text(value: &str) -> Value {
    Value::Text(value.into())
}
