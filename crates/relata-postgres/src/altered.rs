//! [`Altered`]: what one connection learns of tables and types that another one of the same driver has
//! altered or dropped. What it has prepared for them is of no use any more.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// Counts, for all connections of a driver, how often one has altered something.
#[derive(Clone, Debug, Default)]
pub(crate) struct Altered {
    times: Arc<AtomicU64>,
    /// How many of these this connection knows.
    known: u64,
    /// It has altered something itself, in a transaction that may be open yet.
    untold: bool,
}

impl Altered {
    /// For another connection, which has prepared nothing.
    pub(crate) fn for_new(&self) -> Self {
        let known = self.times.load(Ordering::Acquire);
        Altered { times: Arc::clone(&self.times), known, untold: false }
    }

    /// This connection alters something.
    pub(crate) fn note(&mut self) {
        self.untold = true;
    }

    /// No transaction is open, so others see what was altered.
    pub(crate) fn tell(&mut self) {
        if std::mem::take(&mut self.untold) {
            self.times.fetch_add(1, Ordering::AcqRel);
        }
    }

    /// Whether something was altered since the last call.
    pub(crate) fn is_news(&mut self) -> bool {
        let known = std::mem::replace(&mut self.known, self.times.load(Ordering::Acquire));
        known != self.known
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_are_told_once_it_is_done() {
        let mut one = Altered::default();
        let mut two = one.for_new();
        one.tell();
        assert!(!two.is_news());
        one.note();
        assert!(!two.is_news(), "its transaction may be open");
        one.tell();
        assert!(!one.for_new().is_news(), "what is new has prepared nothing");
        assert!(two.is_news());
        assert!(!two.is_news());
    }
}
