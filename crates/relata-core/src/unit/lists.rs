//! What the lists of a value say now against what they said, as changes in the queue.

use super::{
    changes::{ListChange, changes, renewed},
    children::contradiction,
    list_op::{Change, ListOp, key_there},
    queue::Unit,
};
use crate::{
    entity::{NewKeys, Node, Picture, SaidList, Slot, without},
    key::RowKey,
    schema::{Join, KeyPairs, ModelDef, Resolved},
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
    (flushed, scope): (bool, &Scope),
) {
    let def = node.def();
    for (relation, list) in now.lists() {
        let Some((own, rows)) = list_of(node, relation) else { continue };
        let children = rows.map(|(target, _)| target);
        let said = before.map_or(&SaidList::Silent, |before| before.list(relation));
        let slot = node.slot(relation);
        let change = changes(list, said, before.is_none());
        let change = change.map(|row| queued(unit, rows, (&own, slot), row));
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
        if let (Some(rows), Some(slot)) = (rows, node.slot_mut(relation)) {
            slot.moves(moved(unit, (def, relation, &own), rows, &change), scope);
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

/// The key by which a row of a list is queued; new ones stand for themselves.
fn queued(
    unit: &mut Unit,
    rows: Option<Children<'_>>,
    (own, slot): (&RowKey, Option<&Slot>),
    row: RowKey,
) -> RowKey {
    let Some(was) = rows.and_then(|children| unit.queued_child(children, own, &row)) else {
        return row;
    };
    let is_new = |node: &dyn Node| node.memory().is_unsaid();
    match slot.is_some_and(|slot| slot.rows_with(&row).any(is_new)) {
        true => row,
        false => was,
    }
}

/// Queues the foreign keys of stored rows that get other keys by being put into a list, since others may be queued
/// for the keys that they leave. Gives these, and those that they get.
fn moved(
    unit: &mut Unit,
    (def, relation, own): (&'static ModelDef, usize, &RowKey),
    (target, key): Children<'_>,
    change: &ListChange,
) -> Vec<(RowKey, RowKey)> {
    let mut moved = Vec::new();
    for row in change.added.iter().chain(change.replaced_by.iter().flatten()) {
        let Some(there) = key_there(def, relation, own, row) else { continue };
        if unit.is_new(target, row) || unit.is_replacing(target, row) {
            unit.fail(contradiction((def, relation), target, key));
        }
        let columns = key.iter().map(|(from, _)| from).zip(own.values().iter().cloned());
        if let Err(error) = unit.update_stored(target, row.clone(), columns.collect()) {
            unit.fail(error);
        }
        moved.push((row.clone(), there));
    }
    moved
}

/// Calls the rows that got other keys by being put into lists as the database does by now.
pub(super) fn rename_moved(node: &mut dyn Node) {
    if !has_moved(node) {
        return;
    }
    for relation in 0..node.def().relations.len() {
        let Join::Children { key } = &(node.def().relations[relation].resolved)().join else {
            continue;
        };
        let own: Vec<_> = key.iter().map(|(from, to)| (from, node.value(to))).collect();
        if let Some(slot) = node.slot_mut(relation) {
            slot.rename_moved(&own);
        }
    }
}

/// What a value said before, with such rows called so; `None` where there are none.
pub(super) fn renamed(node: &dyn Node, before: &Picture) -> Option<Picture> {
    has_moved(node).then(|| {
        let mut lists = Vec::new();
        node.relations(&mut |slot| lists.push(slot.renamed(before.list(lists.len()))));
        Picture::new(before.values.clone(), lists)
    })
}

fn has_moved(node: &dyn Node) -> bool {
    let mut any = false;
    node.relations(&mut |slot| any |= slot.has_moved());
    any
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
        let (Some((own, rows)), Some(again), Some(before)) = (list, again, before) else {
            continue;
        };
        let added = changes(now.list(relation), before.list(relation), false).added;
        let removed = again.removed().iter().cloned();
        let removed = removed.map(|row| {
            let row = queued(unit, rows, (&own, None), row);
            let new = rows.is_some_and(|(target, _)| unit.is_new(target, &row));
            Change::Remove { row, known: false, new }
        });
        let removed: Vec<Change> = removed.collect();
        let confirmed = without(again.added(), &added).into_iter();
        let confirmed = confirmed.map(|row| queued(unit, rows, (&own, node.slot(relation)), row));
        let confirmed: Vec<RowKey> = confirmed.collect();
        confirmed.iter().for_each(|row| unit.names_row(owner, relation, row));
        let changes = removed.into_iter().chain(confirmed.into_iter().map(Change::Confirm));
        let call = unit.call;
        let ops = changes.map(|change| ListOp { owner, relation, own: own.clone(), change, call });
        unit.lists.extend(ops);
    }
}

/// The model of a list's rows, and their foreign key.
type Children<'a> = (&'static ModelDef, &'a KeyPairs);

/// The key by which the rows of a list name its owner, and what they are where they are children; of links nobody asks
/// whether they are new. `None` for a to-one relation.
fn list_of(node: &dyn Node, relation: usize) -> Option<(RowKey, Option<Children<'static>>)> {
    let resolved: &'static Resolved = (node.def().relations[relation].resolved)();
    let (key, children) = match &resolved.join {
        Join::Parent { .. } => return None,
        Join::Children { key } => (key, Some((resolved.target, key))),
        Join::Link { own: key, .. } => (key, None),
    };
    Some((node.key_of(key.iter().map(|(_, to)| to)), children))
}
