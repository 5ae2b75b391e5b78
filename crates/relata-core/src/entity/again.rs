//! [`Again`]: what was asked of a list that it says already, as others may have changed it since.

use super::index::Keys;
use crate::{
    key::RowKey,
    scope::{Outcome, Scope},
};

/// What was asked of a list that it says already.
#[derive(Clone, Default)]
pub(crate) struct Again {
    /// What is not queued yet.
    due: Asked,
    /// What was queued, and where: with a rollback of that it is due again.
    queued: Vec<(Scope, Asked)>,
}

/// What was asked once more.
#[derive(Clone, Default)]
pub(crate) struct Asked {
    added: Keys,
    removed: Keys,
}

impl Asked {
    /// Keys of the rows that were added.
    pub(crate) fn added(&self) -> &[RowKey] {
        self.added.as_slice()
    }

    /// Keys of the rows that were removed, of a list that is not whole.
    pub(crate) fn removed(&self) -> &[RowKey] {
        self.removed.as_slice()
    }

    fn add(&mut self, key: &RowKey) {
        self.removed.remove(key);
        self.added.insert(key);
    }

    fn remove(&mut self, key: &RowKey) {
        self.added.remove(key);
        self.removed.insert(key);
    }

    fn is_empty(&self) -> bool {
        self.added().is_empty() && self.removed().is_empty()
    }
}

fn is_lost((scope, _): &(Scope, Asked)) -> bool {
    scope.outcome() == Outcome::RolledBack
}

impl Again {
    /// Whether something is to be queued.
    pub(crate) fn is_due(&self) -> bool {
        !self.due.is_empty() || self.queued.iter().any(is_lost)
    }

    /// What is to be queued.
    pub(crate) fn due(&self) -> Asked {
        let mut all = Asked::default();
        let lost = self.queued.iter().filter(|batch| is_lost(batch)).map(|(_, asked)| asked);
        for asked in lost.chain([&self.due]) {
            asked.added().iter().for_each(|key| all.add(key));
            asked.removed().iter().for_each(|key| all.remove(key));
        }
        all
    }

    /// It is queued in a scope.
    pub(crate) fn queue_in(&mut self, scope: &Scope) -> Asked {
        let asked = self.due();
        self.queued.retain(|(scope, _)| scope.outcome() == Outcome::Open);
        self.queued.push((scope.clone(), asked.clone()));
        self.due = Asked::default();
        asked
    }

    /// A row of the list is added once more.
    pub(super) fn add(&mut self, key: &RowKey) {
        self.due.add(key);
    }

    /// A row that was removed is removed once more.
    pub(super) fn remove(&mut self, key: &RowKey) {
        self.due.remove(key);
    }

    /// What is asked of a row now the list does not say yet.
    pub(super) fn forget(&mut self, key: &RowKey) {
        self.due.added.remove(key);
        self.due.removed.remove(key);
        for (_, asked) in &mut self.queued {
            asked.added.remove(key);
            asked.removed.remove(key);
        }
    }
}
