//! The pool of an engine's connections, and how long to wait for one.

use crate::mode::Mode;
use deadpool::managed::{
    self, Manager, Metrics, Object, PoolError, QueueMode, RecycleResult, Timeouts,
};
use relata_core::{
    Error, ErrorKind, Result,
    connection::{Capabilities, Connection, Driver},
};
use std::{sync::Arc, time::Duration};

/// The pool makes room for all its connections when it is built.
const MOST: usize = 10_000;

/// A connection that goes back to its pool when it is dropped.
pub(super) type Pooled = Object<Opener>;

/// Opens connections for the pool.
pub(super) struct Opener(Arc<dyn Driver>);

impl Manager for Opener {
    type Type = Box<dyn Connection>;
    type Error = Error;

    async fn create(&self) -> Result<Box<dyn Connection>> {
        self.0.connect().await
    }

    async fn recycle(&self, _: &mut Box<dyn Connection>, _: &Metrics) -> RecycleResult<Error> {
        // Only clean connections are given back.
        Ok(())
    }
}

pub(super) struct Pool {
    connections: managed::Pool<Opener>,
    limit: Duration,
}

impl Pool {
    /// A pool that opens at most `size` connections, or fewer where no more make sense.
    pub(super) fn new(driver: Arc<dyn Driver>, size: usize, limit: Duration) -> Result<Self> {
        let most = driver.capabilities().connection_limit.unwrap_or(MOST).clamp(1, MOST);
        let connections = managed::Pool::builder(Opener(driver))
            .max_size(size.clamp(1, most))
            // The one used last has its statements prepared.
            .queue_mode(QueueMode::Lifo)
            .build()
            .map_err(unforeseen)?;
        Ok(Pool { connections, limit })
    }

    pub(super) fn capabilities(&self) -> &Capabilities {
        self.connections.manager().0.capabilities()
    }

    pub(super) async fn get<X: Mode>(&self) -> Result<Pooled> {
        // Without a timer at first: it costs, and asks for a runtime that has one.
        let now = Timeouts::wait_millis(0);
        let got = match self.connections.timeout_get(&now).await {
            Err(PoolError::Timeout(_)) => {
                let waited = X::timeout(self.limit, self.connections.get()).await;
                waited.ok_or_else(|| self.timed_out())?
            }
            got => got,
        };
        got.map_err(|error| match error {
            PoolError::Backend(error) => error,
            other => unforeseen(other),
        })
    }

    fn timed_out(&self) -> Error {
        let waited = format!("no connection became free within {} s", self.limit.as_secs_f64());
        let size = self.connections.status().max_size;
        let rest = match (self.capabilities().connection_limit, size) {
            (Some(1), _) => "a database in memory has one connection and it is in use; end the session that holds it before another begins, or use a file".to_owned(),
            (_, 1) => "the only one is in use; end the session that holds it first, or raise `pool_size`".to_owned(),
            _ => format!("all {size} are in use; end sessions that are no longer needed, or raise `pool_size`"),
        };
        Error::new(ErrorKind::PoolTimeout, format!("{waited}; {rest}"))
    }
}

/// What the pool reports only of settings that it is not given.
fn unforeseen(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    let message = format!("the connection pool failed: {error}; please report this");
    Error::new(ErrorKind::ConnectionLost, message).with_source(error)
}
