//! [`Isolation`] and [`TransactionOptions`]: what a transaction is asked to be, as data.

use std::fmt;

/// How far a transaction is kept from what others do at the same time, from the least to the most.
///
/// A database gives the level asked for or a stricter one: PostgreSQL reads no uncommitted rows at
/// any level, and SQLite is serializable at all of them.
///
/// ```
/// use relata_core::Isolation;
///
/// assert!(Isolation::Serializable > Isolation::ReadCommitted);
/// assert_eq!(Isolation::RepeatableRead.to_string(), "REPEATABLE READ");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Isolation {
    /// It may see what others have not committed.
    ReadUncommitted,
    /// Each statement sees what was committed before it.
    ReadCommitted,
    /// What was read once reads the same again.
    RepeatableRead,
    /// As if the transactions ran one after the other.
    Serializable,
}

impl Isolation {
    /// All levels, from the least to the most.
    pub const ALL: [Isolation; 4] = [
        Isolation::ReadUncommitted,
        Isolation::ReadCommitted,
        Isolation::RepeatableRead,
        Isolation::Serializable,
    ];

    /// Options of a transaction at this level that only reads.
    ///
    /// ```
    /// use relata_core::Isolation;
    ///
    /// let report = Isolation::RepeatableRead.read_only();
    /// assert_eq!(report.to_string(), "ISOLATION LEVEL REPEATABLE READ, READ ONLY");
    /// ```
    #[must_use]
    pub fn read_only(self) -> TransactionOptions {
        TransactionOptions::from(self).read_only()
    }
}

/// As SQL writes it, such as `READ COMMITTED`.
impl fmt::Display for Isolation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Isolation::ReadUncommitted => "READ UNCOMMITTED",
            Isolation::ReadCommitted => "READ COMMITTED",
            Isolation::RepeatableRead => "REPEATABLE READ",
            Isolation::Serializable => "SERIALIZABLE",
        })
    }
}

/// What a transaction is asked to be. What is not set is as the database has it by itself.
///
/// An [`Isolation`] alone can stand wherever these can.
///
/// ```
/// use relata_core::{Isolation, TransactionOptions};
///
/// let options = TransactionOptions::new().isolation(Isolation::Serializable).read_only();
/// assert_eq!(options, Isolation::Serializable.read_only());
/// assert_eq!(TransactionOptions::new(), TransactionOptions::default());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TransactionOptions {
    /// The level.
    pub isolation: Option<Isolation>,
    /// Whether it may not write.
    pub read_only: Option<bool>,
    /// Whether it may wait at its beginning so as never to fail later.
    pub deferrable: Option<bool>,
}

impl TransactionOptions {
    /// Nothing is set.
    #[must_use]
    pub const fn new() -> Self {
        TransactionOptions { isolation: None, read_only: None, deferrable: None }
    }

    /// Sets the level.
    #[must_use]
    pub const fn isolation(mut self, level: Isolation) -> Self {
        self.isolation = Some(level);
        self
    }

    /// The transaction may not write.
    #[must_use]
    pub const fn read_only(mut self) -> Self {
        self.read_only = Some(true);
        self
    }

    /// The transaction may write, where the options of the engine or session say otherwise.
    #[must_use]
    pub const fn read_write(mut self) -> Self {
        self.read_only = Some(false);
        self
    }

    /// The transaction may wait at its beginning until it cannot fail for what others do. Only
    /// PostgreSQL knows this, of transactions that are serializable and read only; it means nothing
    /// elsewhere.
    #[must_use]
    pub const fn deferrable(mut self) -> Self {
        self.deferrable = Some(true);
        self
    }

    /// These, and what they leave open as others have it.
    ///
    /// ```
    /// use relata_core::{Isolation, TransactionOptions};
    ///
    /// let session = TransactionOptions::new().read_only();
    /// let both = session.over(Isolation::Serializable.into());
    /// assert_eq!(both, Isolation::Serializable.read_only());
    /// ```
    #[must_use]
    pub fn over(self, others: Self) -> Self {
        TransactionOptions {
            isolation: self.isolation.or(others.isolation),
            read_only: self.read_only.or(others.read_only),
            deferrable: self.deferrable.or(others.deferrable),
        }
    }
}

impl From<Isolation> for TransactionOptions {
    fn from(level: Isolation) -> Self {
        TransactionOptions::new().isolation(level)
    }
}

/// As SQL lists them, such as `ISOLATION LEVEL SERIALIZABLE, READ ONLY`; nothing where none is set.
impl fmt::Display for TransactionOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = self.isolation.map(|level| format!("ISOLATION LEVEL {level}"));
        let access = self.read_only.map(|only| if only { "READ ONLY" } else { "READ WRITE" });
        let wait = self.deferrable.map(|may| if may { "DEFERRABLE" } else { "NOT DEFERRABLE" });
        let words = [level.as_deref(), access, wait];
        f.write_str(&words.into_iter().flatten().collect::<Vec<_>>().join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_as_sql_lists_them() {
        let all = Isolation::Serializable.read_only().deferrable();
        assert_eq!(all.to_string(), "ISOLATION LEVEL SERIALIZABLE, READ ONLY, DEFERRABLE");
        assert_eq!(TransactionOptions::new().to_string(), "");
        assert_eq!(TransactionOptions::new().read_write().to_string(), "READ WRITE");
        let levels = [Isolation::ReadUncommitted, Isolation::ReadCommitted];
        assert_eq!(levels.map(|level| level.to_string()), ["READ UNCOMMITTED", "READ COMMITTED"]);
    }

    #[test]
    fn the_nearer_options_win() {
        let engine = Isolation::ReadCommitted.read_only();
        let session = TransactionOptions::new().read_write().deferrable();
        let both = session.over(engine);
        assert_eq!(both.to_string(), "ISOLATION LEVEL READ COMMITTED, READ WRITE, DEFERRABLE");
        assert_eq!(session.over(TransactionOptions::new()), session);
        assert_eq!(TransactionOptions::new().over(engine), engine);
    }
}
