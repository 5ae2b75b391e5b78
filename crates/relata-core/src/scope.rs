//! [`Scope`]: one transaction or savepoint, and how it ended. Ids and memories are stamped with the
//! scope they were made in, so that a rollback undoes them all without finding any of them.

use std::sync::{
    Arc,
    atomic::{AtomicU8, AtomicU64, Ordering},
};

/// A transaction or savepoint of one session.
#[derive(Clone, Debug)]
pub struct Scope(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    session: u64,
    own: AtomicU8,
    flushes: AtomicU64,
    outer: Option<Scope>,
}

/// How a scope ended, with all the scopes around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Outcome {
    /// It is open, or it is a released savepoint of a transaction that is.
    Open,
    /// It is committed.
    Committed,
    /// It, or a scope around it, was rolled back.
    RolledBack,
    /// The answer to its COMMIT was lost.
    Unknown,
}

impl Scope {
    /// A new transaction of the session with this number.
    pub fn transaction(session: u64) -> Self {
        Scope::open(session, None)
    }

    /// A savepoint inside this scope.
    #[must_use]
    pub fn savepoint(&self) -> Self {
        Scope::open(self.0.session, Some(self.clone()))
    }

    fn open(session: u64, outer: Option<Scope>) -> Self {
        let own = AtomicU8::new(Outcome::Open as u8);
        Scope(Arc::new(Inner { session, own, flushes: AtomicU64::new(0), outer }))
    }

    /// How many flushes were done in it.
    pub fn flushes(&self) -> u64 {
        self.0.flushes.load(Ordering::Acquire)
    }

    /// A flush was done in it: what was queued before is in the transaction.
    pub fn flushed(&self) {
        self.0.flushes.fetch_add(1, Ordering::AcqRel);
    }

    /// A number for a new session, different from all others of the process.
    pub fn next_session() -> u64 {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        NEXT.fetch_add(1, Ordering::Relaxed)
    }

    /// The session it belongs to.
    pub fn session(&self) -> u64 {
        self.0.session
    }

    /// Says how it ended; what has ended stays as it is.
    pub fn end(&self, outcome: Outcome) {
        let (open, ended) = (Outcome::Open as u8, outcome as u8);
        let _ = self.0.own.compare_exchange(open, ended, Ordering::AcqRel, Ordering::Acquire);
    }

    /// How it ended: a scope inside one that was rolled back was rolled back too, and one that was
    /// released lives as long as the one around it.
    pub fn outcome(&self) -> Outcome {
        let mut scope = self;
        loop {
            let own = scope.0.own.load(Ordering::Acquire);
            if own == Outcome::RolledBack as u8 {
                return Outcome::RolledBack;
            }
            if own == Outcome::Unknown as u8 {
                return Outcome::Unknown;
            }
            match &scope.0.outer {
                Some(outer) => scope = outer,
                None if own == Outcome::Committed as u8 => return Outcome::Committed,
                None => return Outcome::Open,
            }
        }
    }

    /// Whether two stamps are the same scope.
    pub fn is(&self, other: &Scope) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_released_savepoint_ends_as_its_transaction_does() {
        let outer = Scope::transaction(1);
        let inner = outer.savepoint();
        inner.end(Outcome::Committed);
        assert_eq!(inner.outcome(), Outcome::Open);
        outer.end(Outcome::RolledBack);
        assert_eq!(inner.outcome(), Outcome::RolledBack);
    }

    #[test]
    fn a_savepoint_rolled_back_leaves_its_transaction_open() {
        let outer = Scope::transaction(1);
        let inner = outer.savepoint();
        inner.end(Outcome::RolledBack);
        assert_eq!((inner.outcome(), outer.outcome()), (Outcome::RolledBack, Outcome::Open));
        outer.end(Outcome::Committed);
        assert_eq!(outer.outcome(), Outcome::Committed);
    }
}
