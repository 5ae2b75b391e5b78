//! The pool of an engine's connections: how long to wait for one, and which are still fit to lend.

use super::Clock;
use crate::mode::Mode;
use deadpool::managed::{
    self, Manager, Metrics, Object, PoolError, QueueMode, RecycleResult, Timeouts,
};
use relata_core::{
    Error, ErrorKind, Result,
    connection::{Capabilities, Connection, Driver},
};
use std::{
    future::poll_fn,
    sync::Arc,
    task::Poll,
    time::{Duration, Instant},
};

/// The pool makes room for all its connections when it is built.
const MOST: usize = 10_000;

/// A connection that was idle for so long is asked whether it still works.
const PING_AFTER: Duration = Duration::from_secs(5);

/// How long the answer is waited for.
const PING_LIMIT: Duration = Duration::from_secs(5);

/// A connection ends by up to this part of its lifetime sooner, so that not all end at once.
const JITTER: f64 = 0.1;

/// A connection that goes back to its pool when it is dropped.
pub(super) type Pooled = Object<Opener>;

/// What a pool keeps to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) size: usize,
    pub(super) timeout: Duration,
    pub(super) min: usize,
    pub(super) ping: bool,
    pub(super) max_idle: Option<Duration>,
    pub(super) max_lifetime: Option<Duration>,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            size: 5,
            timeout: Duration::from_secs(30),
            min: 1,
            ping: true,
            max_idle: None,
            max_lifetime: None,
        }
    }
}

/// How the pool of an engine is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolStatus {
    /// How many connections can be open; none once the engine is closed.
    pub size: usize,
    /// How many are open.
    pub open: usize,
    /// How many of those nobody uses.
    pub idle: usize,
    /// How many sessions wait for one.
    pub waiting: usize,
}

impl PoolStatus {
    /// How many connections sessions and streams hold.
    pub fn in_use(&self) -> usize {
        self.open.saturating_sub(self.idle)
    }
}

/// Opens connections for the pool.
pub(super) struct Opener {
    driver: Arc<dyn Driver>,
    lifetime: Option<Duration>,
    clock: Clock,
}

/// A connection, and how long it has been there.
pub(super) struct Kept {
    pub(super) connection: Box<dyn Connection>,
    /// When it is too old; never where there is no such moment.
    ends: Option<Instant>,
    /// When it was last used.
    used: Instant,
    clock: Clock,
}

impl Kept {
    /// It is used no more for now.
    pub(super) fn rest(&mut self) {
        self.used = self.clock.now();
    }

    fn is_old(&self, now: Instant) -> bool {
        self.ends.is_some_and(|ends| ends <= now)
    }

    fn idle(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.used)
    }

    /// Whether it can be lent.
    async fn is_fit<X: Mode>(&mut self, ping: bool) -> bool {
        let now = self.clock.now();
        if self.is_old(now) || !self.connection.is_open() {
            return false;
        }
        if !ping || self.idle(now) < PING_AFTER {
            return true;
        }
        let mut asked = self.connection.ping();
        // Without a timer at first, as for the pool.
        let at_once = poll_fn(|context| Poll::Ready(asked.as_mut().poll(context))).await;
        match at_once {
            Poll::Ready(answer) => answer.is_ok(),
            Poll::Pending => matches!(X::timeout(PING_LIMIT, asked).await, Some(Ok(()))),
        }
    }
}

impl Manager for Opener {
    type Type = Kept;
    type Error = Error;

    async fn create(&self) -> Result<Kept> {
        let connection = self.driver.connect().await?;
        let clock = self.clock.clone();
        let used = clock.now();
        let lifetime = self.lifetime.map(|whole| shortened(whole, clock.chance()));
        let ends = lifetime.and_then(|lifetime| used.checked_add(lifetime));
        Ok(Kept { connection, ends, used, clock })
    }

    async fn recycle(&self, _: &mut Kept, _: &Metrics) -> RecycleResult<Error> {
        // Only clean connections are given back; which of them are fit is seen by `Pool::get`.
        Ok(())
    }
}

fn shortened(whole: Duration, chance: f64) -> Duration {
    whole - (whole / 2).mul_f64(2.0 * JITTER * chance.clamp(0.0, 1.0))
}

pub(super) struct Pool {
    connections: managed::Pool<Opener>,
    limits: Limits,
}

impl Pool {
    /// A pool that opens at most so many connections, or fewer where no more make sense.
    pub(super) fn new(driver: Arc<dyn Driver>, mut limits: Limits, clock: Clock) -> Result<Self> {
        let most = driver.capabilities().connection_limit;
        if most.is_some() {
            // The database may go with them.
            (limits.max_idle, limits.max_lifetime) = (None, None);
        }
        limits.size = limits.size.clamp(1, most.unwrap_or(MOST).clamp(1, MOST));
        limits.min = limits.min.clamp(1, limits.size);
        let connections =
            managed::Pool::builder(Opener { driver, lifetime: limits.max_lifetime, clock })
                .max_size(limits.size)
                // The one used last has its statements prepared.
                .queue_mode(QueueMode::Lifo)
                .build()
                .map_err(unforeseen)?;
        Ok(Pool { connections, limits })
    }

    pub(super) fn capabilities(&self) -> &Capabilities {
        self.connections.manager().driver.capabilities()
    }

    pub(super) fn clock(&self) -> &Clock {
        &self.connections.manager().clock
    }

    /// Opens as many connections as there are to be at least.
    pub(super) async fn warm<X: Mode>(&self) -> Result<()> {
        let mut opened = Vec::with_capacity(self.limits.min);
        for _ in 0..self.limits.min {
            opened.push(self.get::<X>().await?);
        }
        Ok(())
    }

    pub(super) async fn get<X: Mode>(&self) -> Result<Pooled> {
        self.close_surplus();
        loop {
            let mut got = self.next::<X>().await?;
            let is_new = Object::metrics(&got).recycled.is_none();
            if is_new || got.is_fit::<X>(self.limits.ping).await {
                return Ok(got);
            }
            drop(Object::take(got));
        }
    }

    async fn next<X: Mode>(&self) -> Result<Pooled> {
        // Without a timer at first: it costs, and asks for a runtime that has one.
        let now = Timeouts::wait_millis(0);
        let got = match self.connections.timeout_get(&now).await {
            Err(PoolError::Timeout(_)) => {
                let waited = X::timeout(self.limits.timeout, self.connections.get()).await;
                waited.ok_or_else(|| self.timed_out())?
            }
            got => got,
        };
        got.map_err(|error| match error {
            PoolError::Backend(error) => error,
            PoolError::Closed => closed(),
            other => unforeseen(other),
        })
    }

    /// Closes idle connections that are too old or were idle for too long.
    fn close_surplus(&self) {
        let Limits { max_idle, max_lifetime, min, .. } = self.limits;
        if max_idle.is_none() && max_lifetime.is_none() {
            return;
        }
        let now = self.clock().now();
        let mut open = self.connections.status().size;
        // What was given back first stands first, so those used least are looked at first.
        let surplus = self.connections.retain(|kept, _| {
            let idle = open > min && max_idle.is_some_and(|limit| kept.idle(now) >= limit);
            let close = kept.is_old(now) || idle;
            open -= usize::from(close);
            !close
        });
        drop(surplus);
    }

    pub(super) fn status(&self) -> PoolStatus {
        let status = self.connections.status();
        PoolStatus {
            size: status.max_size,
            open: status.size,
            idle: status.available,
            waiting: status.waiting,
        }
    }

    pub(super) fn close(&self) {
        self.connections.close();
    }

    fn timed_out(&self) -> Error {
        let waited =
            format!("no connection became free within {} s", self.limits.timeout.as_secs_f64());
        let rest = match (self.capabilities().connection_limit, self.limits.size) {
            (Some(1), _) => "a database in memory has one connection and it is in use; commit, roll back or drop the session that holds it, also where it only reads, or use a file".to_owned(),
            (_, 1) => "the only one is in use; end the session that holds it first, or raise `pool_size`".to_owned(),
            (_, size) => format!("all {size} are in use; end sessions that are no longer needed, or raise `pool_size`"),
        };
        Error::new(ErrorKind::PoolTimeout, format!("{waited}; {rest}"))
    }
}

fn closed() -> Error {
    Error::new(ErrorKind::EngineClosed, "the engine was closed; open another one")
}

/// What the pool reports only of settings that it is not given.
fn unforeseen(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    let message = format!("the connection pool failed: {error}; please report this");
    Error::new(ErrorKind::ConnectionLost, message).with_source(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifetimes_are_shortened_by_up_to_a_tenth() {
        let whole = Duration::from_secs(1000);
        let shorter = [0.0, 0.5, 1.0].map(|chance| shortened(whole, chance).as_secs());
        assert_eq!(shorter, [1000, 950, 900]);
        for chance in [0.0, 1.0] {
            assert_eq!(shortened(Duration::ZERO, chance), Duration::ZERO);
            assert!(shortened(Duration::MAX, chance) > Duration::MAX / 2);
        }
    }
}
