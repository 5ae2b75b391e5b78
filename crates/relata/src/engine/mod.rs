//! [`EngineOf`]: one database, with a pool of connections to it. A session is lent one of them as a
//! [`Lease`]; what it sends is told to the [`echo`] and to `tracing`.

mod builder;
mod clock;
mod echo;
mod lease;
mod params;
mod pool;
mod report;
mod retry;

use crate::mode::{Async, Mode};
use pool::Pool;
use relata_core::{Result, TransactionOptions, connection::Capabilities, sql::Dialect};
use report::Reporter;
use std::{fmt, future::Future, marker::PhantomData, sync::Arc};

pub use builder::EngineBuilder;
pub(crate) use clock::Clock;
pub(crate) use lease::Lease;
pub use pool::PoolStatus;
pub use retry::Retry;

/// One database: opens connections to it and lends them to sessions. Cheap to clone; clones share
/// the connections.
///
/// ```
/// use relata::blocking::Engine;
///
/// let engine = Engine::builder("sqlite://").echo(true).build()?;
/// assert_eq!(format!("{engine:?}"), "Engine(sqlite://)");
/// # Ok::<(), relata::Error>(())
/// ```
pub struct EngineOf<X> {
    shared: Arc<Shared>,
    options: TransactionOptions,
    retry: Retry,
    mode: PhantomData<fn() -> X>,
}

/// The engine of async programs.
///
/// ```
/// # use relata::prelude::*;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> relata::Result<()> {
/// let engine: relata::Engine = Engine::builder("sqlite::memory:").await?;
/// # Ok(())
/// # }
/// ```
pub type Engine = EngineOf<Async>;

struct Shared {
    pool: Pool,
    reporter: Arc<Reporter>,
    /// The URL as it may be shown.
    shown: String,
}

impl<X: Mode> EngineOf<X> {
    /// Starts an engine for the database that a URL names, such as `sqlite://database.db`, or
    /// `sqlite://` for one in memory.
    ///
    /// | URL | database |
    /// | --- | --- |
    /// | `sqlite://heroes.db` | a file, relative to the current directory |
    /// | `sqlite:///var/heroes.db` | a file by its absolute path |
    /// | `sqlite::memory:`, `sqlite://` | in memory, with one connection |
    ///
    /// In a path `?` is written as `%3F` and `%` as `%25`. Options stand behind a `?`, with `&`
    /// between them:
    ///
    /// | option | value |
    /// | --- | --- |
    /// | `mode` | `rwc` (the default) makes a missing file, `rw` not; `ro` only reads; `memory` |
    /// | `busy_timeout` | milliseconds to wait for the lock of another connection (5000) |
    /// | `foreign_keys` | `on` (the default), or `off`: they are not checked |
    /// | `journal_mode` | `wal`, `delete`, `truncate`, `memory` or `off` |
    /// | `synchronous` | `off`, `normal`, `full` or `extra` |
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # let directory = tempfile::tempdir().unwrap();
    /// # let path = directory.path().join("heroes.db").display().to_string();
    /// let url = format!("sqlite://{path}?busy_timeout=500&synchronous=normal");
    /// let engine = Engine::builder(url).pool_size(10).build()?;
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn builder(url: impl Into<String>) -> EngineBuilder<X> {
        EngineBuilder::new(url.into())
    }

    /// Opens the database that a URL names, with the defaults of [`EngineBuilder`].
    ///
    /// # Errors
    /// Those of [`EngineBuilder::build`].
    ///
    /// ```
    /// # use relata::prelude::*;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> relata::Result<()> {
    /// let engine = Engine::connect("sqlite::memory:").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn connect(
        url: impl Into<String>,
    ) -> X::Out<impl Future<Output = Result<EngineOf<X>>> + Send> {
        Self::builder(url).build()
    }

    fn new(pool: Pool, reporter: Reporter, shown: String) -> Self {
        let shared = Shared { pool, reporter: Arc::new(reporter), shown };
        let (options, retry) = (TransactionOptions::new(), Retry::new());
        EngineOf { shared: Arc::new(shared), options, retry, mode: PhantomData }
    }

    /// The same engine, with the same connections, whose sessions begin transactions with these
    /// options. What they leave open stays as it was.
    ///
    /// They hold for sessions, not for statements that run on the engine alone.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of(Hero).create_all(&engine)?;
    /// use relata::{ErrorKind, Isolation};
    ///
    /// let reports = engine.with_options(Isolation::RepeatableRead.read_only());
    /// let mut session = Session::new(&reports);
    /// assert!(session.exec(select(Hero)).all()?.is_empty());
    ///
    /// session.add(Hero::new("Deadpond"));
    /// assert_eq!(session.commit().unwrap_err().kind(), ErrorKind::ReadOnly);
    /// # Ok::<_, relata::Error>(())
    /// ```
    #[must_use = "the engine itself stays as it is"]
    pub fn with_options(&self, options: impl Into<TransactionOptions>) -> Self {
        let options = options.into().over(self.options);
        EngineOf { options, ..self.clone() }
    }

    /// The same engine, with the same connections, which runs units of work again as this says.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// use relata::Retry;
    ///
    /// let patient = engine.with_retry(Retry::new().attempts(20));
    /// patient.transact(|session| session.flush())?;
    /// # Ok::<_, relata::Error>(())
    /// ```
    #[must_use = "the engine itself stays as it is"]
    pub fn with_retry(&self, retry: Retry) -> Self {
        EngineOf { retry, ..self.clone() }
    }

    /// Which database it is, for SQL of your own that is not the same everywhere. MariaDB is
    /// [`Dialect::MySql`](crate::Dialect::MySql).
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// use relata::Dialect;
    ///
    /// let engine = Engine::connect("sqlite::memory:")?;
    /// let days = match engine.dialect() {
    ///     Dialect::Sqlite => "SELECT CAST(julianday('2030-02-01') - julianday('2030-01-31') AS INTEGER)",
    ///     Dialect::Postgres => "SELECT (DATE '2030-02-01' - DATE '2030-01-31')::BIGINT",
    ///     Dialect::MySql => "SELECT datediff('2030-02-01', '2030-01-31')",
    /// };
    /// assert_eq!(engine.exec(raw(days).into_tuple::<i64>()).one()?, 1);
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn dialect(&self) -> Dialect {
        self.capabilities().dialect
    }

    /// How the pool is: how many connections are open, and how many of them are in use. With other
    /// threads at work it is only about right.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of(Hero).create_all(&engine)?;
    /// let mut session = Session::new(&engine);
    /// session.exec(select(Hero)).all()?; // the transaction holds a connection
    /// let status = engine.pool_status();
    /// assert_eq!((status.open, status.in_use(), status.idle), (1, 1, 0));
    ///
    /// session.commit()?;
    /// assert_eq!(engine.pool_status().idle, 1);
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn pool_status(&self) -> PoolStatus {
        self.shared.pool.status()
    }

    /// Closes the engine, with all clones of it: connections that are idle at once, others when the
    /// session or stream that holds them is done with its transaction. It waits for none of them.
    ///
    /// Whatever needs a connection from here on, or waits for one, is told `EngineClosed`. To close
    /// it again changes nothing. A database in memory goes with its connection.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of(Hero).create_all(&engine)?;
    /// use relata::ErrorKind;
    ///
    /// engine.close();
    /// let error = engine.exec(select(Hero)).all().unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::EngineClosed);
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn close(&self) {
        self.shared.pool.close();
    }

    /// What transactions of sessions begin with.
    pub(crate) fn options(&self) -> TransactionOptions {
        self.options
    }

    pub(crate) fn retry(&self) -> Retry {
        self.retry
    }

    pub(crate) fn clock(&self) -> &Clock {
        self.shared.pool.clock()
    }

    /// Waits for a connection.
    ///
    /// # Errors
    /// `PoolTimeout` where none became free in time, and what the driver says where it cannot open
    /// one.
    pub(crate) async fn acquire(&self) -> Result<Lease> {
        let connection = self.shared.pool.get::<X>().await?;
        Ok(Lease::new(connection, Arc::clone(&self.shared.reporter), self.capabilities().dialect))
    }

    /// What the database can do.
    pub(crate) fn capabilities(&self) -> &Capabilities {
        self.shared.pool.capabilities()
    }
}

impl<X> Clone for EngineOf<X> {
    fn clone(&self) -> Self {
        EngineOf { shared: Arc::clone(&self.shared), ..*self }
    }
}

impl<X> fmt::Debug for EngineOf<X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Engine({})", self.shared.shown)
    }
}

#[cfg(test)]
mod tests;
