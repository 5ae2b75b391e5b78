//! [`ListOp`]: a change of one relation field.

use super::delete::Way;
use crate::{
    key::RowKey,
    schema::{Join, KeyPairs, ModelDef},
    value::Value,
};

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

    /// The link model of the list, with the keys in it that name the owner and the other row.
    pub(super) fn through(&self) -> Option<(&'static ModelDef, KeyPairs, KeyPairs)> {
        let resolved = (self.owner.relations[self.relation].resolved)();
        match (&resolved.join, resolved.link) {
            (Join::Link { own, theirs }, Some(link)) => Some((link, *own, *theirs)),
            _ => None,
        }
    }

    /// The link to a row: its model, and the pair in the order of the columns.
    pub(super) fn link(&self, row: &RowKey) -> Option<(&'static str, RowKey)> {
        let (link, own, theirs) = self.through()?;
        let mut pair = self.pair(&own, &theirs, row);
        pair.sort_by_key(|(column, _)| *column);
        let pair = RowKey::of(pair.into_iter().map(|(_, value)| value));
        Some((link.identity, pair.settled()))
    }

    /// Whether a row gets another key by being put into the list, so that it is a stored one.
    pub(super) fn arrives(&self, row: &RowKey) -> bool {
        key_there(self.owner, self.relation, &self.own, row).is_some()
    }

    /// The key of a row once it is in the list.
    pub(super) fn key_there(&self, row: &RowKey) -> RowKey {
        key_there(self.owner, self.relation, &self.own, row).unwrap_or_else(|| row.clone())
    }

    /// The columns of the link to a row.
    pub(super) fn pair(
        &self,
        own: &KeyPairs,
        theirs: &KeyPairs,
        row: &RowKey,
    ) -> Vec<(usize, Value)> {
        own.referring(&self.own).chain(theirs.referring(row)).collect()
    }

    /// Whether it takes stored children out of a list whose rows are left to the database when the owner is deleted.
    pub(super) fn spares(&self) -> bool {
        let relation = &self.owner.relations[self.relation];
        let resolved = (relation.resolved)();
        match (&resolved.join, &self.change) {
            (Join::Children { key }, Change::Remove { new: false, .. } | Change::Replace(_)) => {
                key.iter().all(|(from, _)| resolved.target.columns[from].nullable)
                    && matches!(Way::of(relation, resolved.target, key), Way::Leave)
            }
            _ => false,
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

/// The key that a row gets by being put into a list, where the owner's is a part of it; `own`: the owner's values of the
/// columns that the join refers to.
pub(super) fn key_there(
    owner: &ModelDef,
    relation: usize,
    own: &RowKey,
    row: &RowKey,
) -> Option<RowKey> {
    let resolved = (owner.relations[relation].resolved)();
    let Join::Children { key } = &resolved.join else { return None };
    let mut there = None;
    for ((from, _), own) in key.iter().zip(own.values()) {
        let Some(part) = resolved.target.part_of_key(from) else { continue };
        let is = &row.values()[part];
        // The key of a new row may be filled by the list.
        if is.is_resolved() && is != own {
            there.get_or_insert_with(|| row.values().to_vec())[part] = own.clone();
        }
    }
    Some(RowKey::of(there?.into_iter()))
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
