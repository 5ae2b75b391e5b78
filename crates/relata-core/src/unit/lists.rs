//! What the lists of a value say now against what they said, as changes in the queue.

use super::{
    changes::{ListChange, changes, renewed},
    children::contradiction,
    list_op::{Change, ListOp, key_there},
    queue::Unit,
};
use crate::{
    entity::{MovedKeys, NewKeys, Node, Picture, SaidList, Slot, without},
    key::RowKey,
    schema::{Join, KeyPairs, ModelDef, Resolved},
    scope::Scope,
};
use foldhash::{HashMap, HashSet};
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
        let mut change = changes(list, said, before.is_none());
        if unit.entries.has_arrivals() {
            let new = node.slot(relation).map(Slot::unsaid_keys).unwrap_or_default();
            change = change.map(|row| queued(unit, rows, (&own, &new), row));
        }
        let brings = !change.added.is_empty() || change.replaced_by.is_some();
        if brings && rows.is_none() {
            name_links(node.slot(relation), &mut change);
        }
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
        if let (true, Some(rows), Some(slot)) = (brings, rows, node.slot_mut(relation)) {
            let moved = moved(unit, (def, relation, &own), rows, (&change, &slot.keys_now()));
            if !moved.is_empty() {
                slot.remember_moved(moved, &rows.1.referring(&own).collect(), scope);
            }
        }
        for row in change.removed {
            // One with the key of another owner is stored.
            let new = key_there(def, relation, &own, &row).is_none()
                && children.is_some_and(|target| unit.is_new(target, &row))
                && !(flushed && said.names(&row));
            queue(unit, Change::Remove { row, known, new });
        }
        change.added.into_iter().map(Change::Add).for_each(|change| queue(unit, change));
        change.replaced_by.map(Change::Replace).into_iter().for_each(|change| queue(unit, change));
    }
}

/// Links name the rows by the keys that these are to have.
fn name_links(slot: Option<&Slot>, change: &mut ListChange) {
    let now = slot.map(Slot::keys_now).unwrap_or_default();
    if now.is_empty() {
        return;
    }
    for row in change.added.iter_mut().chain(change.replaced_by.iter_mut().flatten()) {
        if let Some(now) = now.get(&row.settled()) {
            row.clone_from(now);
        }
    }
}

/// The key by which a row of a list is queued; `new` ones stand for themselves.
fn queued(
    unit: &mut Unit,
    rows: Option<Children<'_>>,
    (own, new): (&RowKey, &HashSet<RowKey>),
    row: RowKey,
) -> RowKey {
    let was = rows.and_then(|children| unit.queued_child(children, own, &row));
    was.filter(|_| !new.contains(&row.settled())).unwrap_or(row)
}

/// Queues the foreign keys of stored rows that get other keys by being put into a list, since others may be queued
/// for the keys that they leave.
fn moved(
    unit: &mut Unit,
    (def, relation, own): (&'static ModelDef, usize, &RowKey),
    (target, key): Children<'_>,
    (change, now): (&ListChange, &HashMap<RowKey, RowKey>),
) -> Vec<MovedKeys> {
    let mut moved = Vec::new();
    if !key.iter().any(|(from, _)| target.columns[from].primary_key) {
        return moved;
    }
    for row in change.added.iter().chain(change.replaced_by.iter().flatten()) {
        let Some(there) = key_there(def, relation, own, row) else { continue };
        let is_given = unit.will_have(target, row, &there);
        if !is_given && (unit.is_new(target, row) || unit.is_replacing(target, row)) {
            unit.fail(contradiction((def, relation), target, key));
        }
        let columns = key.referring(own).collect();
        if let Err(error) = unit.update_stored(target, row.clone(), columns) {
            unit.fail(error);
        }
        let says = now.get(&row.settled()).unwrap_or(row).clone();
        let is = key_there(def, relation, own, &says).unwrap_or(there);
        moved.push(MovedKeys { was: row.clone(), is, says });
    }
    moved
}

/// Calls the rows of lists that got other keys as the database does by now; those that get others in a `scope` are
/// noted. Tells whether there are any.
pub(super) fn rename_moved(node: &mut dyn Node, scope: Option<&Scope>) -> bool {
    let mut any = false;
    node.relations_mut(&mut |slot| {
        slot.note_renamed(scope);
        if slot.has_moved() {
            any = true;
            slot.rename_moved();
        }
    });
    any
}

/// What a value said before, with such rows called so.
pub(super) fn renamed(node: &dyn Node, before: &Picture) -> Picture {
    let mut lists = Vec::new();
    node.relations(&mut |slot| lists.push(slot.renamed(before.list(lists.len()))));
    Picture::new(before.values.clone(), lists)
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
        let new = node.slot(relation).map(Slot::unsaid_keys).unwrap_or_default();
        let added = changes(now.list(relation), before.list(relation), false).added;
        let removed = again.removed().iter().cloned();
        let removed = removed.map(|row| {
            let row = queued(unit, rows, (&own, &new), row);
            let new = rows.is_some_and(|(target, _)| unit.is_new(target, &row));
            Change::Remove { row, known: false, new }
        });
        let removed: Vec<Change> = removed.collect();
        let confirmed = without(again.added(), &added).into_iter();
        let confirmed = confirmed.map(|row| queued(unit, rows, (&own, &new), row));
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
