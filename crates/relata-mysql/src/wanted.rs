//! Whether anybody still waits for what is under way.

use relata_core::error::{Error, ErrorKind, Result};
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Notify;

/// Shared between the work and who watches over it.
pub(crate) struct Wanted {
    still: AtomicBool,
    changed: Notify,
}

impl Wanted {
    pub(crate) fn new() -> Self {
        Wanted { still: AtomicBool::new(true), changed: Notify::new() }
    }

    /// From now on what is under way is stopped.
    pub(crate) fn no_longer(&self) {
        self.still.store(false, Ordering::Relaxed);
        self.changed.notify_one();
    }

    /// Waits until it is no longer wanted.
    pub(crate) async fn ended(&self) {
        self.changed.notified().await;
    }

    /// An error where the caller has gone.
    pub(crate) fn check(&self) -> Result<()> {
        if self.still.load(Ordering::Relaxed) {
            return Ok(());
        }
        let message = "the call was dropped half-way";
        Err(Error::new(ErrorKind::Interrupted, message))
    }
}
