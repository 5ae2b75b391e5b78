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
    pub fn builder(url: impl Into<String>) -> EngineBuilder<X> {
        EngineBuilder::new(url.into())
    }

    /// Opens the database that a URL names, with the defaults of [`EngineBuilder`].
    ///
    /// # Errors
    /// Those of [`EngineBuilder::build`].
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
