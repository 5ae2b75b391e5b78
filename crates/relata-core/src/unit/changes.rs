//! What changed in a relation field, between what it said before and what it says now.

use crate::{
    entity::{NewKeys, SaidList, Slot, without},
    key::RowKey,
};
use foldhash::HashSet;
use std::sync::Arc;

/// The difference.
#[derive(Debug, Default, PartialEq)]
pub(super) struct ListChange {
    /// Rows to be related.
    pub(super) added: Vec<RowKey>,
    /// Rows to be related no more.
    pub(super) removed: Vec<RowKey>,
    /// The rows that are to be all, where it is not known which there are.
    pub(super) replaced_by: Option<Vec<RowKey>>,
}

impl ListChange {
    /// The same with rows by other keys.
    pub(super) fn map(self, mut key: impl FnMut(RowKey) -> RowKey) -> Self {
        let mut all = |rows: Vec<RowKey>| rows.into_iter().map(&mut key).collect::<Vec<_>>();
        let (added, removed) = (all(self.added), all(self.removed));
        ListChange { added, removed, replaced_by: self.replaced_by.map(all) }
    }
}

/// Compares; `is_new` where the owner is not in the database, so that no related rows are there
/// either.
pub(super) fn changes(now: &SaidList, before: &SaidList, is_new: bool) -> ListChange {
    use SaidList::{Changes, Silent, Whole};
    let (added, removed) = match (now, before) {
        (Silent, _) => return ListChange::default(),
        (Whole(now), Whole(before)) if Arc::ptr_eq(now, before) => return ListChange::default(),
        (Whole(now), Whole(before)) => (without(now, before), without(before, now)),
        (Whole(now), _) if is_new => (now.to_vec(), Vec::new()),
        (Whole(now), _) => {
            return ListChange { replaced_by: Some(now.to_vec()), ..ListChange::default() };
        }
        (Changes { added, removed }, Changes { added: had, removed: had_not }) => {
            (without(added, had), without(removed, had_not))
        }
        // A part was loaded, and what was said since the whole list was known is rolled back.
        (Changes { added, removed }, Whole(before)) => {
            (without(added, before), without(removed, &without(removed, before)))
        }
        (Changes { added, removed }, Silent) => (added.clone(), removed.clone()),
    };
    ListChange { added, removed, replaced_by: None }
}

/// The keys of new rows that other rows of the list had before: those have made room, so that the keys alone show no
/// change, or stand beside them.
pub(super) fn renewed(slot: &Slot, before: &SaidList) -> NewKeys {
    let before = match before {
        SaidList::Silent => return NewKeys::default(),
        SaidList::Changes { added, .. } => added,
        SaidList::Whole(rows) => &rows[..],
    };
    let mut new = slot.new_keys();
    if !new.alone.is_empty() || !new.beside.is_empty() {
        let before: HashSet<RowKey> = before.iter().map(RowKey::settled).collect();
        new.alone.retain(|row| before.contains(row));
        new.beside.retain(|row| before.contains(row));
    }
    new
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Value;

    fn keys(keys: &[i64]) -> Vec<RowKey> {
        keys.iter().map(|key| RowKey::One(Value::Int(*key))).collect()
    }

    fn whole(all: &[i64]) -> SaidList {
        SaidList::Whole(keys(all).into())
    }

    fn asked(added: &[i64], removed: &[i64]) -> SaidList {
        SaidList::Changes { added: keys(added), removed: keys(removed) }
    }

    #[test]
    fn a_whole_list_is_compared_as_a_set() {
        let change = changes(&whole(&[3, 2]), &whole(&[1, 2]), false);
        assert_eq!((change.added, change.removed), (keys(&[3]), keys(&[1])));
    }

    #[test]
    fn an_unloaded_list_writes_what_was_asked_since() {
        let change = changes(&asked(&[1, 2], &[]), &asked(&[1], &[]), false);
        assert_eq!((change.added, change.removed), (keys(&[2]), keys(&[])));
        let taken_back = changes(&asked(&[], &[1]), &asked(&[1], &[]), false);
        assert_eq!((taken_back.added, taken_back.removed), (keys(&[]), keys(&[1])));
    }

    #[test]
    fn changes_of_a_list_that_is_known_are_told_from_it() {
        let change = changes(&asked(&[1, 2], &[3, 4]), &whole(&[1, 3]), false);
        assert_eq!((change.added, change.removed), (keys(&[2]), keys(&[3])));
    }

    #[test]
    fn setting_an_unloaded_list_needs_a_look_unless_its_owner_is_new() {
        let whole = whole(&[1]);
        assert_eq!(changes(&whole, &SaidList::Silent, false).replaced_by, Some(keys(&[1])));
        assert_eq!(changes(&whole, &SaidList::Silent, true).added, keys(&[1]));
    }
}
