//! [`Again`]: what was asked of a list that it says already, as others may have changed it since.

use super::index::Keys;
use crate::{
    key::RowKey,
    scope::{Outcome, Scope},
};

/// What was asked of a list that it says already.
#[derive(Clone, Default)]
pub(crate) struct Again {
    added: Keys,
    removed: Keys,
    /// Where it was queued: with a rollback of that it is to be asked again.
    told: Option<Scope>,
}

impl Again {
    /// Keys of the rows that were added.
    pub(crate) fn added(&self) -> &[RowKey] {
        self.added.as_slice()
    }

    /// Keys of the rows that were removed, of a list that is not whole.
    pub(crate) fn removed(&self) -> &[RowKey] {
        self.removed.as_slice()
    }

    /// Whether it is still to be asked.
    pub(crate) fn is_due(&self) -> bool {
        self.told.as_ref().is_none_or(|scope| scope.outcome() == Outcome::RolledBack)
    }

    /// It is queued in a scope.
    pub(crate) fn tell(&mut self, scope: &Scope) {
        self.told = Some(scope.clone());
    }

    /// A row of the list is added once more.
    pub(super) fn add(&mut self, key: &RowKey) {
        self.renew();
        self.removed.remove(key);
        self.added.insert(key);
    }

    /// A row that was removed is removed once more.
    pub(super) fn remove(&mut self, key: &RowKey) {
        self.renew();
        self.added.remove(key);
        self.removed.insert(key);
    }

    /// What is asked of a row now the list does not say yet.
    pub(super) fn forget(&mut self, key: &RowKey) {
        self.added.remove(key);
        self.removed.remove(key);
    }

    /// What is done is asked no more; what may be undone is asked once more with the rest.
    fn renew(&mut self) {
        if let Some(scope) = self.told.take()
            && matches!(scope.outcome(), Outcome::Committed | Outcome::Unknown)
        {
            *self = Again::default();
        }
    }
}
