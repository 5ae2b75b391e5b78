//! How a relation field takes the rows that were read: the whole list, or a part of it.

use super::{
    changes::{ListChange, changes, renewed},
    lists,
    rows::TargetRows,
};
use crate::{
    entity::{Asked, Memory, Node, Slot, Standing},
    error::{Error, ErrorKind, Result},
    key::RowKey,
    query::Eager,
    schema::{Join, RelationKind},
    value::Value,
};
use foldhash::HashMap;
use std::sync::Arc;

/// The owner's side of the join; `None` where it is NULL.
pub(super) fn owner_key(eager: &Eager, owner: &dyn Node) -> Result<Option<RowKey>> {
    let key = match &eager.resolved().join {
        Join::Parent { key } => owner.key_of(key.iter().map(|(from, _)| from)),
        Join::Children { key } | Join::Link { own: key, .. } => {
            owner.key_of(key.iter().map(|(_, to)| to))
        }
    };
    if key.values().iter().any(Value::is_null) {
        return Ok(None);
    }
    let saved = !matches!(owner.memory().standing(), Standing::New);
    key.resolved().filter(|_| saved).map(Some).ok_or_else(|| {
        let name = owner.def().name;
        let message = format!(
            "this `{name}` is not saved, so its relations cannot be loaded; flush or commit first"
        );
        Error::new(ErrorKind::UnboundId, message).with_table(owner.def().table)
    })
}

/// Gives an owner its related rows; a row of another model is passed over.
pub(super) fn fill(eager: &Eager, owner: &mut dyn Node, found: &TargetRows) -> Result<()> {
    if owner.def() != eager.owner {
        return Ok(());
    }
    let rows = owner_key(eager, owner)?.map(|key| found.of(&key)).unwrap_or_default();
    let (relation, decode) = (eager.relation, eager.decode);
    lists::rename_moved(owner, None);
    if eager.is_partial() {
        return fill_part(eager, owner, rows);
    }
    if matches!(owner.memory(), Memory::AsRead) {
        if let Some(slot) = owner.slot_mut(relation) {
            slot.fill(rows, decode, Asked::Nothing);
        }
        return Ok(());
    }
    let rows = keep_open(owner.slot(relation), rows);
    let keys = rows.iter().map(|row| row.key()).collect();
    let asked = asked(owner, relation);
    if let Some(slot) = owner.slot_mut(relation) {
        slot.fill(rows, decode, asked);
    }
    owner.memory_mut().learn(relation, keys);
    Ok(())
}

/// The rows that were read; those that were added in a transaction which is open stay themselves, in case it
/// is rolled back.
fn keep_open(slot: Option<&Slot>, read: Vec<Arc<dyn Node>>) -> Vec<Arc<dyn Node>> {
    let rows = slot.map(Slot::rows).unwrap_or_default();
    let open = rows.iter().filter(|row| row.memory().is_open());
    let open: HashMap<RowKey, &Arc<dyn Node>> =
        open.map(|row| (row.key().settled(), row)).collect();
    if open.is_empty() {
        return read;
    }
    let own = |row: Arc<dyn Node>| {
        let Some(own) = open.get(&row.key().settled()) else { return row };
        let mut own = own.fork();
        if let Some(own) = Arc::get_mut(&mut own) {
            own.renew(&*row);
        }
        own
    };
    read.into_iter().map(own).collect()
}

/// What a relation field says beyond what its owner remembers.
fn change(owner: &dyn Node, relation: usize) -> ListChange {
    match (owner.memory().standing(), owner.slot(relation)) {
        (Standing::Known(before), Some(slot)) => {
            let said = slot.renamed(before.list(relation));
            changes(&slot.said(&said), &said, false)
        }
        _ => ListChange::default(),
    }
}

fn asked(owner: &dyn Node, relation: usize) -> Asked {
    let ListChange { mut added, mut removed, replaced_by } = change(owner, relation);
    if replaced_by.is_some() {
        return Asked::All;
    }
    if let (Standing::Known(before), Some(slot)) = (owner.memory().standing(), owner.slot(relation))
        && slot.is_whole()
    {
        let made_room = renewed(slot, &slot.renamed(before.list(relation))).alone;
        removed.extend(made_room.iter().cloned());
        added.extend(made_room);
    }
    Asked::Changes { added, removed }
}

/// Gives an owner some of its related rows. What the field says stays what it was: nothing is known
/// of the rows that were not loaded.
fn fill_part(eager: &Eager, owner: &mut dyn Node, rows: Vec<Arc<dyn Node>>) -> Result<()> {
    let relation = eager.relation;
    let asked = change(owner, relation);
    // the program said which rows there are to be, so there is no other part of them
    let one = !matches!(eager.described().kind, RelationKind::Many);
    let says_one = one && !(asked.added.is_empty() && asked.removed.is_empty());
    if asked.replaced_by.is_some() || says_one {
        return Ok(());
    }
    let Some(said) = owner.memory_mut().unlearn(relation) else { return Err(set_before(eager)) };
    if let Some(slot) = owner.slot_mut(relation) {
        let said = slot.renamed_changes(said);
        slot.fill_part(rows, eager.decode, said, (asked.added, asked.removed));
    }
    Ok(())
}

fn set_before(eager: &Eager) -> Error {
    let (owner, relation) = (eager.owner.name, eager.described().name);
    let message = format!(
        "a part of `{owner}.{relation}` cannot be loaded, because this transaction has set the whole list; commit first, or load it without filter and limit"
    );
    Error::new(ErrorKind::Conflict, message).with_table(eager.owner.table)
}
