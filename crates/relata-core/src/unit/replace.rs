//! What replaces what: of lists that were set although it was not known which rows they had, what was asked
//! before counts no more, and one of a row that is yet to be inserted had none in the database; new children
//! are written over those with their keys that leave.

use super::{
    children::owns_rows,
    entries::Tables,
    list_op::{Change, ListOp},
    queue::Unit,
    unseen,
};
use crate::{
    key::RowKey,
    schema::{Join, ModelDef},
};
use foldhash::{HashMap, HashMapExt as _, HashSet};

/// Settles what the queue's lists replace.
pub(super) fn settle_lists(unit: &mut Unit) {
    let lists = std::mem::take(&mut unit.lists);
    unit.lists = settle(unseen::without_queued(unit, lists));
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
        new.retain(|row| {
            !op.arrives(row)
                && (unit.is_new(target, row) || is_set && unit.is_taken_back(target, row))
        });
        let new = new.into_iter().map(|row| op.with(Change::Instead { row, known: false }));
        let new: Vec<ListOp> = new.collect();
        let op = Some(op).filter(|_| is_set || new.is_empty());
        unit.lists.extend(op.into_iter().chain(new));
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
            last.insert(&keys[at], (at, op.call, wanted));
        }
    }
    let mut settled = Vec::with_capacity(lists.len());
    for (at, op) in lists.into_iter().enumerate() {
        match last.get(&keys[at]) {
            Some((replaced, call, wanted)) if at < *replaced => {
                settled.extend(let_go(op, wanted, *call));
            }
            _ if op.own.resolved().is_none() => settled.extend(added(op)),
            _ => settled.push(op),
        }
    }
    settled
}

/// What is left of a change when its list is to have only the `wanted` rows from a later call on: a child that
/// it brought in is another's, or nobody's.
fn let_go(op: ListOp, wanted: &HashSet<RowKey>, call: usize) -> Vec<ListOp> {
    if !has_children(op.owner, op.relation) {
        return Vec::new();
    }
    let asked = match &op.change {
        Change::Confirm(row) => std::slice::from_ref(row),
        _ => op.brought(),
    };
    let gone = asked.iter().filter(|row| !wanted.contains(&row.settled()));
    let remove = |row: &RowKey| {
        let change = Change::Remove { row: row.clone(), known: false, new: true };
        ListOp { call, ..op.with(change) }
    };
    gone.flat_map(|row| [op.with(Change::Add(row.clone())), remove(row)]).collect()
}

fn has_children(owner: &ModelDef, relation: usize) -> bool {
    matches!((owner.relations[relation].resolved)().join, Join::Children { .. })
}

/// The change of the list of a row that is not saved.
fn added(op: ListOp) -> Vec<ListOp> {
    match &op.change {
        Change::Replace(wanted) => {
            wanted.iter().map(|row| op.with(Change::Add(row.clone()))).collect()
        }
        _ => vec![op],
    }
}
