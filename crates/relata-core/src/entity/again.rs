//! [`Again`]: what was asked of a list that it says already, as others may have changed it since.

use super::index::Keys;
use crate::key::RowKey;

/// What was asked of a list that it says already.
#[derive(Clone, Default)]
pub(crate) struct Again {
    added: Keys,
    removed: Keys,
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

    /// A row of the list is added once more.
    pub(super) fn add(&mut self, key: &RowKey) {
        self.removed.remove(key);
        self.added.insert(key);
    }

    /// A row that was removed is removed once more.
    pub(super) fn remove(&mut self, key: &RowKey) {
        self.added.remove(key);
        self.removed.insert(key);
    }

    /// What is asked of a row now the list does not say yet.
    pub(super) fn forget(&mut self, key: &RowKey) {
        self.added.remove(key);
        self.removed.remove(key);
    }
}
