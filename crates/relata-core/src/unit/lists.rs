//! What the lists of a value say now against what they said, as changes in the queue.

use super::{
    changes::{changes, renewed},
    list_op::{Change, ListOp},
    queue::Unit,
};
use crate::{
    entity::{NewKeys, Node, Picture, SaidList, Slot, without},
    key::RowKey,
    schema::{Join, ModelDef, Resolved},
    scope::Scope,
};
use std::sync::Arc;

/// Queues the changes of the lists; to-one relations are columns by now.
/// `flushed`: what was said before is written by now.
pub(super) fn queue(
    unit: &mut Unit,
    node: &mut dyn Node,
    now: &Picture,
    before: Option<&Picture>,
    flushed: bool,
) {
    let def = node.def();
    for (relation, list) in now.lists() {
        let Some((own, children)) = list_of(node, relation) else { continue };
        let said = before.map_or(&SaidList::Silent, |before| before.list(relation));
        let change = changes(list, said, before.is_none());
        for row in change.added.iter().chain(change.replaced_by.iter().flatten()) {
            unit.names_row(def, relation, row);
        }
        let queue = |unit: &mut Unit, change| {
            if let Change::Remove { row, new: true, .. } = &change
                && let Some(target) = children
            {
                unit.leaving.insert((target.identity, row.settled()));
            }
            let call = unit.call;
            unit.lists.push(ListOp { owner: def, relation, own: own.clone(), change, call });
        };
        let known = matches!(said, SaidList::Whole(_));
        if let (Some(target), Some(slot)) = (children, node.slot_mut(relation)) {
            let NewKeys { alone, beside } = renewed(slot, said);
            for row in stored_that_left(unit, target, slot, beside) {
                queue(unit, Change::Remove { row, known, new: false });
            }
            for row in alone {
                if unit.is_new(target, &row) {
                    // Another new row, which has left the list before it was written.
                    unit.remove(target, row, Arc::default(), false);
                } else if known && slot.is_whole() && !unit.is_taken_back(target, &row) {
                    queue(unit, Change::Remove { row, known, new: false });
                }
            }
        }
        for row in change.removed {
            let new = children.is_some_and(|target| unit.is_new(target, &row))
                && !(flushed && said.names(&row));
            queue(unit, Change::Remove { row, known, new });
        }
        change.added.into_iter().map(Change::Add).for_each(|change| queue(unit, change));
        change.replaced_by.map(Change::Replace).into_iter().for_each(|change| queue(unit, change));
    }
}

/// The stored rows that left a list in which new ones with their keys stood beside them. Where it is the new one
/// that left, it is taken back. `beside`: which rows are new beside others now.
fn stored_that_left(
    unit: &mut Unit,
    target: &'static ModelDef,
    slot: &mut Slot,
    mut beside: Vec<RowKey>,
) -> Vec<RowKey> {
    let mut left = Vec::new();
    if slot.beside().is_empty() && beside.is_empty() {
        return left;
    }
    for row in slot.beside() {
        let mut rows = slot.rows_with(row).map(|row| row.memory().is_stored());
        let first = rows.next();
        if rows.next().is_some() {
            beside.push(row.clone());
        } else if !unit.is_new(target, row) {
            // It is written over the stored one, which was deleted.
        } else if first == Some(true) {
            unit.remove(target, row.clone(), Arc::default(), false);
        } else {
            left.push(row.clone());
        }
    }
    slot.stand_beside(beside);
    left
}

/// Queues what was asked of lists which say so already; those of a new row are all queued by now.
pub(super) fn confirm(
    unit: &mut Unit,
    node: &mut dyn Node,
    now: &Picture,
    before: Option<&Picture>,
    scope: &Scope,
) {
    let mut any = false;
    node.relations(&mut |slot| any |= slot.again().is_some());
    if !any {
        return;
    }
    let owner = node.def();
    for relation in 0..owner.relations.len() {
        let list = list_of(node, relation);
        let again = node.slot_mut(relation).and_then(|slot| slot.queue_again(scope));
        let (Some((own, children)), Some(again), Some(before)) = (list, again, before) else {
            continue;
        };
        let added = changes(now.list(relation), before.list(relation), false).added;
        let removed = again.removed().iter().cloned();
        let removed = removed.map(|row| {
            let new = children.is_some_and(|target| unit.is_new(target, &row));
            Change::Remove { row, known: false, new }
        });
        let removed: Vec<Change> = removed.collect();
        let confirmed = without(again.added(), &added);
        confirmed.iter().for_each(|row| unit.names_row(owner, relation, row));
        let changes = removed.into_iter().chain(confirmed.into_iter().map(Change::Confirm));
        let call = unit.call;
        let ops = changes.map(|change| ListOp { owner, relation, own: own.clone(), change, call });
        unit.lists.extend(ops);
    }
}

/// The key by which the rows of a list name its owner, and the model of the rows where they are children; of
/// links nobody asks whether they are new. `None` for a to-one relation.
fn list_of(node: &dyn Node, relation: usize) -> Option<(RowKey, Option<&'static ModelDef>)> {
    let resolved: &Resolved = (node.def().relations[relation].resolved)();
    let (key, children) = match &resolved.join {
        Join::Parent { .. } => return None,
        Join::Children { key } => (key, Some(resolved.target)),
        Join::Link { own: key, .. } => (key, None),
    };
    Some((node.key_of(key.iter().map(|(_, to)| to)), children))
}
