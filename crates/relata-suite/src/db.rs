//! The database of a case, with the tables of its models, and a plain look at what is stored.

use crate::{
    Need, Value,
    backend::{self, Database, Plain, Used, has},
};
use relata::{Engine, Metadata, blocking};

/// A database that goes when it is dropped.
pub struct Db<E = Engine> {
    /// The engine that the case works with.
    pub engine: E,
    database: Option<Box<dyn Database>>,
    used: Used,
}

/// A new database with the tables of these models, as `engine(Metadata::of((Hero, Team)))`.
pub async fn engine(tables: Metadata) -> Db {
    open(tables, false, 5).await
}

/// As [`engine`], with connections that wait for no lock.
pub async fn engine_impatient(tables: Metadata) -> Db {
    open(tables, true, 5).await
}

/// As [`engine`], with one connection that waits for no lock: what is lost or left dirty is seen
/// by the next session.
pub async fn engine_single(tables: Metadata) -> Db {
    open(tables, true, 1).await
}

/// As [`engine`], for a program that is not async.
pub fn engine_blocking(tables: Metadata) -> Db<blocking::Engine> {
    let database = backend::current().create();
    let engine = blocking::Engine::connect(database.url(false)).expect("the engine opens");
    tables.create_all(&engine).expect("the tables can be created");
    Db { engine, database: Some(database), used: Used::here() }
}

/// An empty database for programs that open it themselves.
pub fn empty() -> Db<()> {
    Db { engine: (), database: Some(backend::current().create()), used: Used::here() }
}

async fn open(tables: Metadata, impatient: bool, connections: usize) -> Db {
    let database = backend::current().create();
    let url = database.url(impatient);
    let engine = Engine::builder(url).pool_size(connections).await.expect("the engine opens");
    // A server creates the tables of one case after those of another, which has to be waited for.
    let created = match impatient && has(Need::Server) {
        true => {
            let patient = Engine::builder(database.url(false)).pool_size(1).await;
            tables.create_all(&patient.expect("the engine opens")).await
        }
        false => tables.create_all(&engine).await,
    };
    created.expect("the tables can be created");
    Db { engine, database: Some(database), used: Used::here() }
}

impl<E> Db<E> {
    fn database(&self) -> &dyn Database {
        self.database.as_deref().expect("it is there until it is dropped")
    }

    /// The database's URL, for another engine.
    pub fn url(&self) -> String {
        self.database().url(false)
    }

    /// The URL for an engine whose statements wait for no lock.
    pub fn impatient_url(&self) -> String {
        self.database().url(true)
    }

    /// A connection that knows nothing of the library.
    pub fn plain(&self) -> Box<dyn Plain> {
        self.database().plain()
    }

    /// A connection from elsewhere that keeps everybody from writing to a table, until it is
    /// dropped.
    pub fn lock(&self, table: &str) -> Lock {
        let mut lock = self.plain();
        lock.execute(&self.database().lock(table)).expect("nobody else holds the lock");
        Lock(lock)
    }

    /// Runs plain statements, if there are any, beside the engine. Keys made by the database go on behind those that
    /// are inserted here.
    pub fn execute(&self, sql: &str) {
        if sql.is_empty() {
            return;
        }
        self.plain().execute(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
        if sql.contains("INSERT") {
            self.database().keys_go_on();
        }
    }

    /// The rows that are stored, each as its values.
    pub fn values(&self, sql: &str) -> Vec<Vec<Value>> {
        self.plain().rows(sql).unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// The rows that are stored, each as a line such as `1|Deadpond|NULL`.
    pub fn rows(&self, sql: &str) -> Vec<String> {
        let line = |row: Vec<Value>| row.iter().map(Value::shown).collect::<Vec<_>>().join("|");
        self.values(sql).into_iter().map(line).collect()
    }

    /// How many rows a table has.
    pub fn count(&self, table: &str) -> i64 {
        let rows = self.values(&format!("SELECT count(*) FROM \"{table}\""));
        match rows.first().and_then(|row| row.first()) {
            Some(Value::Integer(count)) => *count,
            other => panic!("{other:?} is no count"),
        }
    }
}

impl<E> Drop for Db<E> {
    fn drop(&mut self) {
        if let Some(database) = self.database.take() {
            self.used.add(database);
        }
    }
}

/// A lock that is held until this is dropped, and no longer.
pub struct Lock(Box<dyn Plain>);

impl Drop for Lock {
    fn drop(&mut self) {
        // A connection that is closed would let go of it in the server's own time.
        if let Err(error) = self.0.execute("ROLLBACK")
            && !std::thread::panicking()
        {
            panic!("the lock is not let go of: {error}");
        }
    }
}
