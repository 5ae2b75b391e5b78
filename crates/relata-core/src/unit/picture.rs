//! Taking the picture of a value: what it says now against what it remembers, as queue entries.

use super::{check::deleted, lists, op::Op, queue::Unit, relate};
use crate::{
    entity::{Node, Picture, Said, SaidList, Standing},
    error::{Error, ErrorKind, Result},
    key::{IdState, Late, OwnKey, RowKey},
    schema::{Join, ModelDef},
    scope::Scope,
    value::Value,
};
use std::sync::Arc;

/// Queues what a value says, and makes it its memory. `explicit` where the program added this very
/// value, not one that leads to it. Tells whether what is in its lists is to be added too.
pub(super) fn take(
    unit: &mut Unit,
    node: &mut dyn Node,
    scope: &Scope,
    explicit: bool,
) -> Result<bool> {
    check_session(node, scope)?;
    let has_lists = !node.memory().has_no_lists();
    let has_moved = has_lists && lists::rename_moved(node, Some(scope));
    let def = node.def();
    if !has_to_say(unit, node, explicit)? {
        return Ok(has_lists);
    }
    let (said, born) = (node.memory().counting(), node.memory().born().cloned());
    let before = said.as_deref().and_then(|said| said.picture.as_ref());
    let before = before.map(|said| born.as_ref().unwrap_or(said));
    let renamed = before.filter(|_| has_moved).map(|said| lists::renamed(node, said));
    let before = renamed.as_ref().or(before);
    if before.is_none() && !explicit && is_copy_of_another(unit, node) {
        return Ok(false);
    }
    let own = match before {
        None => claim(unit, node, scope)?,
        Some(_) => Claim::default(),
    };
    if before.is_none() && !explicit && !own.fresh && is_copy_of_queued(unit, node) {
        return Ok(has_lists);
    }
    // After a rollback too, what the program changed is what differs from the last `add`.
    let lost = node.memory().rolled_back();
    let last = lost.as_deref().and_then(|said| said.picture.as_ref()).or(before);
    relate::settle(node, last, scope.session())?;
    let picture = node.picture(before);
    check(def, &picture.values, before, scope.session())?;
    match before {
        None => {
            unit.names_rows(def, &picture.values, |_| true);
            unit.insert(def, key_in(def, &picture.values), picture.values.clone(), own)?;
        }
        Some(before) => update(unit, node, &picture, before, explicit)?,
    }
    if has_lists {
        let flushed = said.as_deref().is_some_and(Said::is_flushed);
        lists::queue(unit, node, &picture, before, (flushed, scope));
        lists::confirm(unit, node, &picture, before, scope);
    }
    drop((said, lost));
    node.memory_mut().say(Some(picture), scope);
    Ok(has_lists)
}

/// Whether a value is new or may differ from what it said last.
///
/// # Errors
/// `Deleted`, and `UnknownId` where the answer to the COMMIT that wrote it was lost.
fn has_to_say(unit: &mut Unit, node: &mut dyn Node, explicit: bool) -> Result<bool> {
    let def = node.def();
    if explicit && !node.memory().is_unsaid() {
        if is_deleted(unit, node) {
            return Err(deleted(def));
        }
        unit.names_itself(def, || node.key());
    }
    let dirty = node.memory().is_dirty();
    match node.memory().standing() {
        // One that only leads here may still hold it.
        Standing::Deleted if dirty || explicit => Err(deleted(def)),
        Standing::Unknown if dirty => Err(unknown(def)),
        Standing::AsRead | Standing::Deleted | Standing::Unknown => Ok(false),
        Standing::New | Standing::Known(_) => Ok(dirty),
    }
}

/// Queues the columns that changed.
fn update(
    unit: &mut Unit,
    node: &dyn Node,
    now: &Picture,
    before: &Picture,
    explicit: bool,
) -> Result<()> {
    let (def, memory) = (node.def(), node.memory());
    let mut changes = changed_columns(now, before);
    complete_keys(def, now, &mut changes);
    for same in keys_of_replaced(unit, def, now, before) {
        if !is_said(&changes, same.0) {
            changes.push(same);
        }
    }
    if changes.is_empty() {
        return Ok(());
    }
    let key = node.key();
    unit.names_rows(def, &now.values, |at| is_said(&changes, at));
    if !explicit && memory.is_touched() {
        if unit.has_deleted(def, &key) {
            return Err(deleted(def));
        }
        unit.agree(def, &key, &changes, &before.values)?;
    } else if !explicit {
        // It differs only for a rollback; the row itself may say something else by now.
        unit.leave_queued(def, &key, &mut changes);
    }
    match memory.is_stored() {
        true => unit.update_stored(def, key, changes)?,
        false => unit.update(def, key, changes),
    }
    Ok(())
}

/// A foreign key of several columns is said in whole, so that what it leads to is known from the changes alone.
fn complete_keys(def: &ModelDef, now: &Picture, changes: &mut Vec<(usize, Value)>) {
    if !changes.iter().any(|(at, _)| def.columns[*at].references.is_some()) {
        return;
    }
    let mut same = Vec::new();
    for relation in def.relations {
        let Join::Parent { key } = (relation.resolved)().join else { continue };
        let columns = || key.iter().map(|(from, _)| from);
        if columns().any(|from| is_said(changes, from)) {
            same.extend(columns().filter(|from| !is_said(changes, *from)));
        }
    }
    same.sort_unstable();
    same.dedup();
    changes.extend(same.into_iter().map(|at| (at, now.values[at].clone())));
}

fn is_said(changes: &[(usize, Value)], column: usize) -> bool {
    changes.iter().any(|(at, _)| *at == column)
}

/// The foreign keys that lead to a new row in the place of a deleted one, as they did to that: written once more,
/// so that the row does not go with the deleted one.
fn keys_of_replaced(
    unit: &mut Unit,
    def: &'static ModelDef,
    now: &Picture,
    before: &Picture,
) -> Vec<(usize, Value)> {
    let mut same = Vec::new();
    if !unit.deletes {
        return same;
    }
    for (relation, list) in now.lists() {
        let resolved = (def.relations[relation].resolved)();
        let (Join::Parent { key }, SaidList::Whole(rows)) = (&resolved.join, list) else {
            continue;
        };
        let was_set = !matches!(before.list(relation), SaidList::Whole(before) if before == rows);
        if was_set && rows.iter().any(|row| unit.is_replacing(resolved.target, row)) {
            let unchanged = key.iter().map(|(from, _)| from);
            let unchanged = unchanged.filter(|at| now.values[*at] == before.values[*at]);
            same.extend(unchanged.map(|at| (at, now.values[at].clone())));
        }
    }
    same
}

/// Whether a row was deleted by way of another value that names it: it waits for that, or it was deleted
/// before it was ever written, so that nothing will.
fn is_deleted(unit: &mut Unit, node: &mut dyn Node) -> bool {
    if !matches!(node.memory().standing(), Standing::AsRead | Standing::Known(_)) {
        return false;
    }
    let taken_back = match node.own_key() {
        OwnKey::Late(late) => late.id_state() == IdState::Free,
        OwnKey::Stored | OwnKey::Natural => false,
    };
    taken_back || unit.deletes && unit.has_deleted(node.def(), &node.key())
}

/// Queues the deletion of the row that a value names; tells whether the row was only queued, so
/// that it is new again.
pub(super) fn delete(unit: &mut Unit, node: &dyn Node) -> Result<bool> {
    let def = node.def();
    let values = match node.memory().standing() {
        Standing::AsRead => node.picture(None).values,
        Standing::Known(picture) => picture.values.clone(),
        Standing::Deleted => return Err(deleted(def)),
        Standing::Unknown => return Err(unknown(def)),
        Standing::New => {
            return Err(Error::new(
                ErrorKind::NotFound,
                format!(
                    "this `{}` is not saved, so it cannot be deleted; `add` it first",
                    def.name
                ),
            )
            .with_table(def.table));
        }
    };
    let (key, stored) = (node.key(), node.memory().is_stored());
    // What refers to the row, and what it refers to, is as it was before what is queued.
    let first = node.memory().known_as().filter(|_| stored);
    let values = first.cloned().unwrap_or(values);
    unit.forget_itself(def, &key);
    Ok(unit.remove(def, key, values, stored))
}

/// Refuses a row that waits in another session: what this one would write depends on its commit.
pub(super) fn check_session(node: &dyn Node, scope: &Scope) -> Result<()> {
    match node.memory().pending_in() {
        Some(session) if session != scope.session() => {
            let def = node.def();
            let message = format!(
                "this `{}` was added to or deleted from another session; commit that session first",
                def.name
            );
            Err(Error::new(ErrorKind::ForeignId, message).with_table(def.table))
        }
        _ => Ok(()),
    }
}

fn unknown(def: &ModelDef) -> Error {
    Error::new(
        ErrorKind::UnknownId,
        format!("the answer to the commit that wrote this `{}` was lost; `refresh` it to find out whether it is saved", def.name),
    )
    .with_table(def.table)
}

/// How a new row holds its key.
#[derive(Default)]
pub(super) struct Claim {
    /// The cell that it shares with the clones of its id.
    pub(super) late: Option<Arc<Late>>,
    /// Whether nobody can know it, so that nothing can be queued for it.
    pub(super) fresh: bool,
}

/// Makes the id of a new row pending.
fn claim(unit: &mut Unit, node: &mut dyn Node, scope: &Scope) -> Result<Claim> {
    let def = node.def();
    let plain = node.memory().is_unsaid();
    let stored = || {
        let message = match plain {
            true => format!(
                "this plain `{}` has the id of a row that is saved or added already; use `session.merge(value)`, or change the row through its `Tracked`",
                def.name
            ),
            false => format!(
                "this `{}` was rolled back, and a copy of it was added since; `refresh` this one, or go on with the copy",
                def.name
            ),
        };
        Error::new(ErrorKind::AlreadyStored, message).with_table(def.table)
    };
    match node.own_key() {
        OwnKey::Natural => Ok(Claim::default()),
        OwnKey::Stored => Err(stored()),
        OwnKey::Late(late) => {
            let state = late.id_state();
            let pending_here = state == IdState::Pending && late.check(scope.session()).is_ok();
            let never_added = node.memory().is_unsaid();
            if pending_here && never_added && unit.entry(def, &node.key()).is_some() {
                return Err(stored());
            }
            late.claim(scope).map_err(|error| match error.kind() {
                ErrorKind::AlreadyStored => stored(),
                _ => error.with_table(def.table),
            })?;
            let fresh = state == IdState::Free && !late.is_known();
            Ok(Claim { late: Some(late), fresh })
        }
    }
}

/// Whether a copy that was given to a relation, and is new for a rollback, names a row that was added since.
fn is_copy_of_another(unit: &mut Unit, node: &mut dyn Node) -> bool {
    if !node.memory().is_given() {
        return false;
    }
    if let OwnKey::Late(late) = node.own_key()
        && late.id_state() == IdState::Bound
    {
        return true;
    }
    let entry = unit.entry(node.def(), &node.key());
    entry.is_some_and(|entry| matches!(entry.op, Op::Insert { .. }))
}

/// Whether a copy in a list names a row that is queued already: the picture of the row itself
/// counts, not the copy's.
fn is_copy_of_queued(unit: &mut Unit, node: &dyn Node) -> bool {
    let memory = node.memory();
    !memory.is_unsaid()
        && !memory.is_touched()
        && unit.entry(node.def(), &node.key()).is_some_and(|entry| entry.op.is_new())
}

/// The key in a row's values.
pub(super) fn key_in(def: &ModelDef, values: &[Value]) -> RowKey {
    RowKey::of(def.primary_key.iter().map(|at| values[*at].clone()))
}

fn changed_columns(now: &Picture, before: &Picture) -> Vec<(usize, Value)> {
    let pairs = now.values.iter().zip(&*before.values).enumerate();
    pairs
        .filter(|(_, (now, before))| now != before)
        .map(|(at, (now, _))| (at, now.clone()))
        .collect()
}

/// Refuses values that no column can hold, before anything is sent; what is as it was read, and so
/// is not written, may be what it is.
fn check(def: &ModelDef, values: &[Value], before: Option<&Picture>, session: u64) -> Result<()> {
    for (at, (column, value)) in def.columns.iter().zip(values).enumerate() {
        if before.is_some_and(|before| before.values[at] == *value) {
            continue;
        }
        if let Value::Late(late) = value {
            late.check(session).map_err(|e| e.with_table(def.table).with_columns([column.name]))?;
        }
        def.check(at, value)?;
    }
    Ok(())
}
