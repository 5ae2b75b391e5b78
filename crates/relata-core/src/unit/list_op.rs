//! [`ListOp`]: a change of one relation field.

use crate::{key::RowKey, schema::ModelDef};

/// A change of one relation field.
pub(super) struct ListOp {
    pub(super) owner: &'static ModelDef,
    pub(super) relation: usize,
    /// The owner's values of the columns that the join refers to.
    pub(super) own: RowKey,
    pub(super) change: Change,
    /// The call that asked for it.
    pub(super) call: usize,
}

impl ListOp {
    /// Another change of the same list.
    pub(super) fn with(&self, change: Change) -> ListOp {
        ListOp { change, own: self.own.clone(), ..*self }
    }

    /// The rows that are to be in the list.
    pub(super) fn brought(&self) -> &[RowKey] {
        match &self.change {
            Change::Add(row) => std::slice::from_ref(row),
            Change::Replace(rows) => rows,
            Change::Confirm(_) | Change::Instead { .. } | Change::Remove { .. } => &[],
        }
    }

    /// The child that is to be in the list or not.
    pub(super) fn child(&self) -> Option<&RowKey> {
        match &self.change {
            Change::Add(child) | Change::Remove { row: child, .. } => Some(child),
            Change::Confirm(_) | Change::Instead { .. } | Change::Replace(_) => None,
        }
    }
}

/// The change itself.
pub(super) enum Change {
    Add(RowKey),
    /// A row that the value took for one of the list already; whether it is, is to be seen.
    Confirm(RowKey),
    Remove {
        row: RowKey,
        /// Whether the list was known to have it.
        known: bool,
        /// Whether it was new, so that it is taken back: another new row with its key may come behind it.
        new: bool,
    },
    /// A new row with the key of a child that leaves its list, which would be deleted behind the insert: the
    /// new one is written over it instead, if it is there.
    Instead {
        row: RowKey,
        /// Whether it is there; where not, that is asked first.
        known: bool,
    },
    /// These are to be all; which there are is asked first.
    Replace(Vec<RowKey>),
}
