//! [`EngineOf`]: one database, with a pool of connections to it. A session is lent one of them as a
//! [`Lease`]; what it sends is told to the [`echo`] and to `tracing`.

mod builder;
mod echo;
mod lease;
mod params;
mod pool;
mod report;

use crate::mode::{Async, Mode};
use pool::Pool;
use relata_core::{Result, connection::Capabilities};
use report::Reporter;
use std::{fmt, future::Future, marker::PhantomData, sync::Arc};

pub use builder::EngineBuilder;
pub(crate) use lease::Lease;

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
        EngineOf { shared: Arc::new(shared), mode: PhantomData }
    }

    /// Waits for a connection.
    ///
    /// # Errors
    /// `PoolTimeout` where none became free in time, and what the driver says where it cannot open
    /// one.
    pub(crate) async fn acquire(&self) -> Result<Lease> {
        let connection = self.shared.pool.get::<X>().await?;
        Ok(Lease::new(connection, Arc::clone(&self.shared.reporter)))
    }

    /// What the database can do.
    pub(crate) fn capabilities(&self) -> &Capabilities {
        self.shared.pool.capabilities()
    }
}

impl<X> Clone for EngineOf<X> {
    fn clone(&self) -> Self {
        EngineOf { shared: Arc::clone(&self.shared), mode: PhantomData }
    }
}

impl<X> fmt::Debug for EngineOf<X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Engine({})", self.shared.shown)
    }
}

#[cfg(test)]
mod tests;
