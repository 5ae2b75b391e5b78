//! Lists that were set although it was not known which rows they had: what was asked of them before
//! counts no more, and one of a row that is yet to be inserted had none in the database.

use super::{
    entries::Tables,
    queue::{Change, ListOp},
};
use crate::{
    key::RowKey,
    schema::{Join, ModelDef},
};
use foldhash::{HashMap, HashMapExt as _, HashSet};

/// The changes with no more than one `Replace` for each list, nothing of which is asked before it, and
/// none for the lists of rows that are not saved.
pub(super) fn settle(lists: Vec<ListOp>) -> Vec<ListOp> {
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
    let remove = |row| Change::Remove { row, known: false };
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
