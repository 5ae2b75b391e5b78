//! What replaces what: of lists that were set although it was not known which rows they had, what was asked
//! before counts no more, and one of a row that is yet to be inserted had none in the database; new children
//! are written over those with their keys that leave.

use super::{
    children::owns_rows,
    entries::Tables,
    queue::{Change, ListOp, Unit},
};
use crate::{
    key::RowKey,
    schema::{Join, ModelDef},
};
use foldhash::{HashMap, HashMapExt as _, HashSet};

/// Settles what the queue's lists replace.
pub(super) fn settle_lists(unit: &mut Unit) {
    unit.lists = settle(std::mem::take(&mut unit.lists));
    let leaves = |op: &ListOp| {
        matches!(op.change, Change::Remove { new: false, .. } | Change::Replace(_))
            && op.own.resolved().is_some()
    };
    if !unit.lists.iter().any(leaves) {
        return;
    }
    for op in std::mem::take(&mut unit.lists) {
        let resolved = (op.owner.relations[op.relation].resolved)();
        let owned = match &resolved.join {
            Join::Children { key } => leaves(&op) && owns_rows(&op, resolved.target, key),
            Join::Parent { .. } | Join::Link { .. } => false,
        };
        let target = resolved.target;
        let mut new: Vec<RowKey> = match &op.change {
            Change::Remove { row, .. } if owned => vec![row.clone()],
            Change::Replace(rows) if owned => rows.clone(),
            _ => Vec::new(),
        };
        // One that was taken back since was in the list all the same, in the place of the stored one.
        let is_set = matches!(op.change, Change::Replace(_));
        new.retain(|row| unit.is_new(target, row) || is_set && unit.is_taken_back(target, row));
        let new = new.into_iter().map(|row| Change::Instead { row, known: false });
        let new: Vec<Change> = new.collect();
        let ListOp { owner, relation, own, change } = op;
        let change =
            Some(change).filter(|change| new.is_empty() || matches!(change, Change::Replace(_)));
        for change in change.into_iter().chain(new) {
            unit.lists.push(ListOp { owner, relation, own: own.clone(), change });
        }
    }
}

/// The changes with no more than one `Replace` for each list, nothing of which is asked before it, and
/// none for the lists of rows that are not saved.
fn settle(lists: Vec<ListOp>) -> Vec<ListOp> {
    if !lists.iter().any(|op| matches!(op.change, Change::Replace(_))) {
        return lists;
    }
    let mut owners = Tables::default();
    let keys: Vec<_> =
        lists.iter().map(|op| (owners.number(op.owner), op.relation, op.own.settled())).collect();
    let mut last = HashMap::new();
    for (at, op) in lists.iter().enumerate() {
        if let Change::Replace(wanted) = &op.change {
            let wanted: HashSet<RowKey> = wanted.iter().map(RowKey::settled).collect();
            last.insert(&keys[at], (at, wanted));
        }
    }
    let mut settled = Vec::with_capacity(lists.len());
    for (at, op) in lists.into_iter().enumerate() {
        match last.get(&keys[at]) {
            Some((replaced, wanted)) if at < *replaced => settled.extend(let_go(op, wanted)),
            _ if op.own.resolved().is_none() => settled.extend(added(op)),
            _ => settled.push(op),
        }
    }
    settled
}

/// What is left of a change when its list is to have only the `wanted` rows: a child that it brought in
/// is another's, or nobody's.
fn let_go(op: ListOp, wanted: &HashSet<RowKey>) -> Vec<ListOp> {
    let ListOp { owner, relation, own, change } = op;
    let brought = match change {
        Change::Add(row) => vec![row],
        Change::Replace(rows) => rows,
        Change::Confirm(_) | Change::Instead { .. } | Change::Remove { .. } => return Vec::new(),
    };
    if !has_children(owner, relation) {
        return Vec::new();
    }
    let gone = brought.into_iter().filter(|row| !wanted.contains(&row.settled()));
    let remove = |row| Change::Remove { row, known: false, new: true };
    gone.map(|row| ListOp { owner, relation, own: own.clone(), change: remove(row) }).collect()
}

fn has_children(owner: &ModelDef, relation: usize) -> bool {
    matches!((owner.relations[relation].resolved)().join, Join::Children { .. })
}

/// The change of the list of a row that is not saved.
fn added(op: ListOp) -> Vec<ListOp> {
    let ListOp { owner, relation, own, change } = op;
    let change = match change {
        Change::Replace(wanted) => wanted.into_iter().map(Change::Add).collect(),
        other => vec![other],
    };
    change.into_iter().map(|change| ListOp { owner, relation, own: own.clone(), change }).collect()
}
