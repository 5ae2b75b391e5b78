//! Waits for what another thread or a server does, which end also where that never comes.

use std::{
    thread,
    time::{Duration, Instant},
};

/// Far more than anything takes on a machine that has much else to do.
const LIMIT: Duration = Duration::from_secs(120);

/// How long something is waited for.
pub(crate) struct Patience {
    what: &'static str,
    since: Instant,
}

impl Patience {
    pub(crate) fn until(what: &'static str) -> Self {
        Patience { what, since: Instant::now() }
    }

    /// A look was in vain: lets others work before the next one.
    pub(crate) fn again(&self) {
        assert!(self.since.elapsed() < LIMIT, "waited in vain until {}", self.what);
        thread::yield_now();
    }
}
