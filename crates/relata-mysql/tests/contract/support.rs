//! What every test needs: a database of its own, connections, steps, and rows as text.

use crate::{patience::Patience, private::skipped};
use relata_core::{
    Result,
    connection::{Batch, Connection, Driver, Failure, Params, Reply, Row, Rows, Statement, Step},
    value::Value,
};
use relata_mysql::{MySqlDriver, Placement};
use std::{
    env,
    pin::Pin,
    sync::atomic::{AtomicU32, Ordering},
    task::{Context, Poll, Waker},
};

pub(crate) type Conn = Box<dyn Connection>;

/// Runs a test in a runtime, on a database of its own; both placements where the test does not
/// tell them apart.
pub(crate) fn on_server<F: Future<Output = ()>>(name: &str, test: impl Fn(Db) -> F) {
    match server() {
        Some(server) => on(&server, test),
        None => skipped(name, "`RELATA_MYSQL_URL` names no server"),
    }
}

/// As [`on_server`], on the server with this URL.
pub(crate) fn on<F: Future<Output = ()>>(server: &str, test: impl Fn(Db) -> F) {
    for placement in [Placement::Caller, Placement::Thread] {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        runtime.unwrap().block_on(with_database(server, placement, &test));
    }
}

async fn with_database<F: Future<Output = ()>>(
    server: &str,
    placement: Placement,
    test: impl Fn(Db) -> F,
) {
    let db = Db::create(server, placement).await;
    let (admin, name) = (db.admin(), db.name.clone());
    test(db).await;
    let mut admin = admin.connect().await.unwrap();
    run(&mut admin, [sql(&format!("DROP DATABASE {name}"))]).await.unwrap();
}

/// As [`on_server`], with connections that work in the thread of the test.
pub(crate) fn in_this_thread<F: Future<Output = ()>>(name: &str, test: impl Fn(Db) -> F) {
    let Some(server) = server() else {
        return skipped(name, "`RELATA_MYSQL_URL` names no server");
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.unwrap().block_on(with_database(&server, Placement::Caller, test));
}

/// The URL of the server, without a database.
pub(crate) fn server() -> Option<String> {
    let url = env::var("RELATA_MYSQL_URL").ok()?;
    let (scheme, rest) = url.split_once("://").unwrap();
    Some(format!("{scheme}://{}", rest.split('/').next().unwrap()))
}

/// A database that only one test uses.
pub(crate) struct Db {
    pub(crate) server: String,
    pub(crate) name: String,
    pub(crate) placement: Placement,
    pub(crate) is_mariadb: bool,
}

impl Db {
    async fn create(server: &str, placement: Placement) -> Db {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let (process, next) = (std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let name = format!("relata_{process}_{next}");
        let driver = MySqlDriver::from_url(server, placement).unwrap();
        let mut admin = driver.connect().await.unwrap();
        let create = format!("CREATE DATABASE {name} CHARACTER SET latin1");
        run(&mut admin, [sql(&create)]).await.unwrap();
        let is_mariadb = rows(&mut admin, "SELECT VERSION()").await[0].contains("MariaDB");
        Db { server: server.to_owned(), name, placement, is_mariadb }
    }

    fn admin(&self) -> MySqlDriver {
        MySqlDriver::from_url(&self.server, self.placement).unwrap()
    }

    /// Who connects, with the password, and the host with the port.
    pub(crate) fn user_and_address(&self) -> (String, String) {
        let (_, rest) = self.server.split_once("://").unwrap();
        let (user, address) = rest.rsplit_once('@').unwrap_or(("", rest));
        let port = if address.contains(':') { "" } else { ":3306" };
        (user.to_owned(), format!("{address}{port}"))
    }

    /// Options begin with `?`.
    pub(crate) fn url(&self, options: &str) -> String {
        format!("{}/{}{options}", self.server, self.name)
    }

    pub(crate) fn driver(&self, options: &str) -> MySqlDriver {
        MySqlDriver::from_url(&self.url(options), self.placement).unwrap()
    }

    pub(crate) async fn connect(&self) -> Conn {
        self.connect_with("").await
    }

    pub(crate) async fn connect_with(&self, options: &str) -> Conn {
        self.driver(options).connect().await.unwrap()
    }

    /// A connection to a database with a table of heroes.
    pub(crate) async fn heroes(&self) -> Conn {
        let mut conn = self.connect().await;
        let table = "CREATE TABLE hero (id INT NOT NULL PRIMARY KEY AUTO_INCREMENT, name VARCHAR(20)) CHARACTER SET utf8mb4";
        run(&mut conn, [sql(table)]).await.unwrap();
        conn
    }
}

pub(crate) const NAMES: &str = "SELECT name FROM hero ORDER BY id";

pub(crate) fn insert(name: &str) -> Step {
    let params = Params::once(vec![text(name)]);
    let statement = Statement::text("INSERT INTO hero (name) VALUES (?)");
    Step::Run(Statement { params, table: Some("hero"), key: Some("id"), ..statement })
}

pub(crate) fn batch(steps: impl IntoIterator<Item = Step>) -> Batch {
    Batch { steps: steps.into_iter().collect() }
}

pub(crate) async fn run(
    conn: &mut Conn,
    steps: impl IntoIterator<Item = Step>,
) -> Result<Reply, Failure> {
    conn.run(batch(steps)).await
}

/// The failure of a batch of one step.
pub(crate) async fn failure(conn: &mut Conn, step: Step) -> Failure {
    run(conn, [step]).await.unwrap_err()
}

pub(crate) fn sql(text: &str) -> Step {
    Step::Run(Statement::text(text))
}

/// Makes a table anew; only MariaDB can replace one.
pub(crate) async fn anew(conn: &mut Conn, table: &str, columns: &str) {
    let drop = sql(&format!("DROP TABLE IF EXISTS {table}"));
    run(conn, [drop, sql(&format!("CREATE TABLE {table} {columns}"))]).await.unwrap();
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

/// Polls so many times, with time for others in between; gives what came of it, if it did.
pub(crate) async fn poll<T>(
    future: &mut Pin<Box<dyn Future<Output = T> + Send + '_>>,
    times: usize,
) -> Option<T> {
    for _ in 0..times {
        if let Poll::Ready(done) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return Some(done);
        }
        tokio::task::yield_now().await;
    }
    None
}

/// The rows of one query.
pub(crate) async fn rows(conn: &mut Conn, text: &str) -> Vec<String> {
    grid(&mut run(conn, [read(text)]).await.unwrap(), 0)
}

/// The number that a query gives.
pub(crate) async fn number(conn: &mut Conn, text: &str) -> u64 {
    let row = rows(conn, text).await.remove(0);
    row.trim_start_matches("Int(").trim_end_matches(')').parse().unwrap()
}

/// Asks until the server says that a statement with these words is under way.
pub(crate) async fn under_way(conn: &mut Conn, words: &str) {
    let count = format!(
        "SELECT COUNT(*) FROM information_schema.processlist WHERE id <> CONNECTION_ID() AND info LIKE '%{words}%'"
    );
    let patience = Patience::until("the statement is under way");
    while number(conn, &count).await == 0 {
        patience.again();
        tokio::task::yield_now().await;
    }
}

pub(crate) fn text(value: &str) -> Value {
    Value::Text(value.into())
}
