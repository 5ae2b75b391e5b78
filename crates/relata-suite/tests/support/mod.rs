//! What every case stands on: a database of its own with the tables of its models, a second and
//! plain connection that says what is really stored, and the log of what was sent.

#![allow(dead_code, clippy::unwrap_used, reason = "each file of cases uses a part of it")]

use relata::{Engine, Metadata};
use rusqlite::{Connection, types::Value};
use std::{
    cell::RefCell,
    path::{Path, PathBuf},
    sync::Once,
};
use tempfile::TempDir;
use tracing::{
    Event, Metadata as Callsite, Subscriber,
    field::{Field, Visit},
    span,
};

/// A database in a file that goes with it.
pub(crate) struct Db {
    pub(crate) engine: Engine,
    path: PathBuf,
    _dir: TempDir,
}

/// A new database file with the tables of these models, as `engine(Metadata::of((Hero, Team)))`.
pub(crate) async fn engine(tables: Metadata) -> Db {
    engine_with(tables, "").await
}

/// As [`engine`], with options such as `?busy_timeout=0` at the end of the URL.
pub(crate) async fn engine_with(tables: Metadata, options: &str) -> Db {
    open(tables, options, 5).await
}

/// As [`engine`], with one connection that waits for no lock: what is lost or left dirty is seen
/// by the next session.
pub(crate) async fn engine_single(tables: Metadata) -> Db {
    open(tables, "?busy_timeout=0", 1).await
}

async fn open(tables: Metadata, options: &str, connections: usize) -> Db {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("suite.db");
    let url = format!("sqlite:///{}{options}", path.display());
    let engine = Engine::builder(url).pool_size(connections).await.unwrap();
    tables.create_all(&engine).await.unwrap();
    Db { engine, path, _dir: dir }
}

/// A database in memory with the tables of these models.
pub(crate) async fn engine_memory(tables: Metadata) -> Engine {
    let engine = Engine::connect("sqlite://").await.unwrap();
    tables.create_all(&engine).await.unwrap();
    engine
}

impl Db {
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// A connection that knows nothing of the library.
    pub(crate) fn plain(&self) -> Connection {
        Connection::open(&self.path).unwrap()
    }

    /// Runs plain statements beside the engine.
    pub(crate) fn execute(&self, sql: &str) {
        self.plain().execute_batch(sql).unwrap();
    }

    /// The rows that are stored, each as its values.
    pub(crate) fn values(&self, sql: &str) -> Vec<Vec<Value>> {
        let plain = self.plain();
        let mut statement = plain.prepare(sql).unwrap();
        let width = statement.column_count();
        let rows = statement.query_map([], |row| (0..width).map(|at| row.get(at)).collect());
        rows.unwrap().map(Result::unwrap).collect()
    }

    /// The rows that are stored, each as a line such as `1|Deadpond|NULL`.
    pub(crate) fn rows(&self, sql: &str) -> Vec<String> {
        let line = |row: Vec<Value>| row.iter().map(shown).collect::<Vec<_>>().join("|");
        self.values(sql).into_iter().map(line).collect()
    }

    /// How many rows a table has.
    pub(crate) fn count(&self, table: &str) -> i64 {
        let sql = format!("SELECT count(*) FROM \"{table}\"");
        self.plain().query_row(&sql, [], |row| row.get(0)).unwrap()
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "NULL".into(),
        Value::Integer(value) => value.to_string(),
        Value::Real(value) => format!("{value:?}"),
        Value::Text(value) => value.clone(),
        Value::Blob(value) => format!("{value:x?}"),
    }
}

/// One statement that was sent: its text and how many sets of parameters it ran with.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sent {
    pub(crate) sql: String,
    pub(crate) sets: u64,
}

thread_local! {
    static SENT: RefCell<Vec<Sent>> = const { RefCell::new(Vec::new()) };
}

/// What this thread's engines send from here on. A case runs in one thread, so it sees its own.
pub(crate) struct Log;

impl Log {
    pub(crate) fn start() -> Self {
        static LISTEN: Once = Once::new();
        LISTEN.call_once(|| tracing::subscriber::set_global_default(Listener).unwrap());
        SENT.take();
        Log
    }

    /// What was sent since the last look, `BEGIN` and its like (no sets) included.
    pub(crate) fn take(&self) -> Vec<Sent> {
        SENT.take()
    }

    /// The statements since the last look, each on one line, without `BEGIN` and its like.
    pub(crate) fn sql(&self) -> Vec<String> {
        let statements = self.take().into_iter().filter(|sent| sent.sets > 0);
        statements.map(|sent| folded(&sent.sql)).collect()
    }

    /// The statements since the last look in short: what is done to which table, and how often,
    /// such as `INSERT hero` or `DELETE link x2`.
    pub(crate) fn outline(&self) -> Vec<String> {
        self.take().iter().filter(|sent| sent.sets > 0).map(Sent::outline).collect()
    }
}

impl Sent {
    fn outline(&self) -> String {
        let mut words = self.sql.split_whitespace();
        let verb = words.next().unwrap();
        let table = match verb {
            "INSERT" | "DELETE" => words.nth(1),
            "UPDATE" => words.next(),
            _ => words.find(|word| *word == "FROM").and_then(|_| words.next()),
        };
        let times = if self.sets > 1 { format!(" x{}", self.sets) } else { String::new() };
        format!("{verb} {}{times}", table.unwrap_or_default())
    }
}

fn folded(sql: &str) -> String {
    sql.split_whitespace().collect::<Vec<_>>().join(" ")
}

struct Listener;

impl Subscriber for Listener {
    fn enabled(&self, callsite: &Callsite<'_>) -> bool {
        callsite.target() == "relata::engine"
    }
    fn event(&self, event: &Event<'_>) {
        let mut sent = Sent::default();
        event.record(&mut sent);
        if !sent.sql.is_empty() {
            SENT.with_borrow_mut(|log| log.push(sent));
        }
    }
    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

impl Visit for Sent {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "sql" {
            self.sql = value.into();
        }
    }
    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "sets" {
            self.sets = value;
        }
    }
    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}
