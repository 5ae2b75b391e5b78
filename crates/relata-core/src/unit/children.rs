//! What the changes of lists mean for children: they get their foreign key or are let go, and new ones take the
//! place of those with their keys that leave.

use super::{
    delete::Deletes,
    depend::{Match, Related},
    entries::Tables,
    list_op::{Change, ListOp},
    op::Op,
    queue::Unit,
};
use crate::{
    error::{Error, ErrorKind, Result},
    key::{IdState, RowKey},
    schema::{Join, KeyPairs, ModelDef, RelationKind},
    value::Value,
};
use foldhash::HashMap;
use std::sync::Arc;

/// A change of a list of children, their model, and the foreign key that leads to the owner.
pub(super) type ChildOp<'a> = (&'a ListOp, &'static ModelDef, &'a KeyPairs);

/// Works the changes of lists of children into the queue.
pub(super) fn relate(
    unit: &mut Unit,
    deletes: &mut Deletes,
    related: &mut Related,
    ops: &[ChildOp<'_>],
) -> Result<()> {
    let mut lists = Lists::of(ops);
    for (op, target, key) in ops {
        // Each child once a list.
        let Some((child, asked)) = lists.next(op, target, key) else { continue };
        let owns = owns_rows(op, target, key);
        if asked.add {
            adopt(unit, op, (target, key, child), asked.call)?;
        } else if lists.have(target, key, child) {
            // It moves to another list.
        } else if asked.new || !owns || op.arrives(child) || !unit.is_new(target, child) {
            release(unit, deletes, related, op, (target, key, child), &asked)?;
        }
        if asked.stored && owns {
            take_place(unit, deletes, op, (target, key, child), asked.call);
        }
    }
    for (op, target, key) in ops {
        if let Change::Instead { row, known: true } = &op.change {
            take_place(unit, deletes, op, (target, key, row), op.call);
        }
    }
    Ok(())
}

/// The new rows that lists which own them were given, and that left them for no other.
/// The last is the call by which each did.
pub(super) fn left(unit: &mut Unit, ops: &[ListOp]) -> Vec<(&'static ModelDef, RowKey, usize)> {
    let mut all = of_children(ops);
    all.retain(|(op, target, key)| owns_rows(op, target, key));
    let mut lists = Lists::of(&all);
    let mut left = Vec::new();
    for (op, target, key) in &all {
        let Some((child, asked)) = lists.next(op, target, key) else { continue };
        if asked.new
            && lists.owner(target, key, child).is_none_or(|owned| owned.arrives)
            && is_own(unit, op, (target, key, child), &asked)
        {
            left.push((*target, child.clone(), asked.call));
        }
    }
    left
}

/// The changes of lists of children among those of all lists.
pub(super) fn of_children<'a>(ops: impl IntoIterator<Item = &'a ListOp>) -> Vec<ChildOp<'a>> {
    let mut all = Vec::new();
    for op in ops {
        let resolved = (op.owner.relations[op.relation].resolved)();
        if let Join::Children { key } = &resolved.join {
            all.push((op, resolved.target, key));
        }
    }
    all
}

/// Whether a child is new, and was given to this list before it was removed from it: it names its owner, or will
/// when it is written.
fn is_own(
    unit: &mut Unit,
    op: &ListOp,
    (target, key, child): (&'static ModelDef, &KeyPairs, &RowKey),
    asked: &Asked,
) -> bool {
    let Some(entry) = unit.entry(target, child) else { return false };
    let Op::Insert { values, .. } = &entry.op else { return false };
    let mut pairs = key.iter().map(|(from, _)| &values[from]).zip(op.own.values());
    let named = entry.call_of(key) < asked.call;
    pairs.all(|(value, own)| value == own && named || value.is_null() && asked.added.is_some())
}

/// What was asked of lists of children, put together.
#[derive(Default)]
pub(super) struct Lists {
    tables: Tables,
    /// Which list a child was given to last, by its model and foreign key.
    owned: HashMap<(usize, usize, RowKey), Owned>,
    /// What was asked of each child of each list.
    asked: HashMap<(usize, usize, RowKey, RowKey), Asked>,
}

impl Lists {
    pub(super) fn of(ops: &[ChildOp<'_>]) -> Lists {
        let mut lists = Lists::default();
        for (op, target, key) in ops {
            let Some(child) = op.child() else { continue };
            let (table, from, child) = lists.place(target, key, child);
            let index = (table, from, op.own.settled(), child.clone());
            lists.asked.entry(index).or_default().take(op);
            let place = (table, from, child);
            if let Change::Add(_) = op.change {
                let arrives = op.arrives(&place.2);
                lists.owned.insert(place, Owned { own: op.own.clone(), call: op.call, arrives });
            } else if lists.owned.get(&place).is_some_and(|owned| owned.own == op.own) {
                lists.owned.remove(&place);
            }
        }
        lists
    }

    fn place(
        &mut self,
        target: &'static ModelDef,
        key: &KeyPairs,
        child: &RowKey,
    ) -> (usize, usize, RowKey) {
        (self.tables.number(target), key.from(0), child.settled())
    }

    /// The child that a change is of, and all that was asked of it in that list; `None` where that was given.
    fn next<'a>(
        &mut self,
        op: &'a ListOp,
        target: &'static ModelDef,
        key: &KeyPairs,
    ) -> Option<(&'a RowKey, Asked)> {
        let child = op.child()?;
        let (table, from, settled) = self.place(target, key, child);
        let asked = self.asked.remove(&(table, from, op.own.settled(), settled))?;
        Some((child, asked))
    }

    /// Whether a list has the child in the end.
    fn have(&self, target: &'static ModelDef, key: &KeyPairs, child: &RowKey) -> bool {
        self.owner(target, key, child).is_some()
    }

    /// Whether a list has it in the end that is not the one of the owner with this key who went in a call.
    pub(super) fn have_for_other(
        &self,
        target: &'static ModelDef,
        key: &KeyPairs,
        child: &RowKey,
        own: &RowKey,
        call: usize,
    ) -> bool {
        let owner = self.owner(target, key, child);
        owner.is_some_and(|owned| owned.call >= call || owned.own.settled() != *own)
    }

    fn owner(&self, target: &'static ModelDef, key: &KeyPairs, child: &RowKey) -> Option<&Owned> {
        let table = self.tables.find(target)?;
        self.owned.get(&(table, key.from(0), child.settled()))
    }
}

/// The list that a child was given to last.
struct Owned {
    own: RowKey,
    call: usize,
    /// Whether it is a stored one that gets another key there.
    arrives: bool,
}

/// What was asked of one child of a list.
#[derive(Default)]
struct Asked {
    /// Whether the last was to add it.
    add: bool,
    /// The call that added it last.
    added: Option<usize>,
    /// The call that asked last.
    call: usize,
    /// Whether it was removed since, as a new row.
    new: bool,
    /// Whether the row that is stored with its key was removed.
    stored: bool,
}

impl Asked {
    fn take(&mut self, ListOp { change, call, .. }: &ListOp) {
        self.call = *call;
        self.add = matches!(change, Change::Add(_));
        if self.add {
            self.added = Some(*call);
        }
        self.new = !self.add && (self.new || matches!(change, Change::Remove { new: true, .. }));
        self.stored |= matches!(change, Change::Remove { known: true, new: false, .. });
    }
}

/// Whether a child that leaves its list is deleted.
pub(super) fn owns_rows(op: &ListOp, target: &ModelDef, key: &KeyPairs) -> bool {
    op.owner.relations[op.relation].cascade_delete
        || key.iter().any(|(from, _)| target.columns[from].primary_key)
}

/// A new child is written over the one with its key, which leaves the list; that one is deleted where the
/// new one was taken back.
fn take_place(
    unit: &mut Unit,
    deletes: &mut Deletes,
    op: &ListOp,
    (target, key, child): (&'static ModelDef, &KeyPairs, &RowKey),
    call: usize,
) {
    if !unit.take_place(target, child) && unit.is_taken_back(target, child) {
        deletes.orphan(target, key, (op.own.clone(), child.clone()), call);
    }
}

/// A child's foreign key becomes its owner's key.
fn adopt(
    unit: &mut Unit,
    op: &ListOp,
    (target, key, child): (&'static ModelDef, &KeyPairs, &RowKey),
    call: usize,
) -> Result<()> {
    let wanted: Vec<_> = key.referring(&op.own).collect();
    // Its key says that it is a stored one, which gets another.
    let arrives = op.arrives(child);
    let entry = if arrives { unit.stored_entry(target, child) } else { unit.entry(target, child) };
    let is_new = entry.as_ref().is_some_and(|entry| entry.op.is_new());
    // A stored row says only what changed: that its key is to be NULL after the list was given it.
    let cleared = entry.as_ref().is_some_and(|entry| {
        matches!(entry.op, Op::Update { in_place_of_deleted: false, .. })
            && entry.call_of(key) > call
    });
    let said = entry.map(|entry| &entry.op);
    if arrives && said.is_some_and(|said| said.foreign_key(key).as_ref() == Some(&op.own)) {
        return Ok(());
    }
    for (from, own) in &wanted {
        let value = said.and_then(|said| said.value(*from));
        let unset = match value {
            None => !(arrives && is_new),
            Some(Value::Null) => !cleared,
            Some(Value::Late(late)) => late.id_state() == IdState::Free,
            Some(_) => false,
        };
        if !unset && value != Some(own) {
            return Err(contradiction((op.owner, op.relation), target, key));
        }
    }
    unit.update_by(target, child.clone(), wanted, call);
    Ok(())
}

/// A row was given to a list, and something else says another owner.
pub(super) fn contradiction(
    (owner, relation): (&ModelDef, usize),
    target: &ModelDef,
    key: &KeyPairs,
) -> Error {
    let relation = &owner.relations[relation];
    let (child, owner, field) = (target.name, owner.name, relation.name);
    let columns: Vec<_> = key.iter().map(|(from, _)| target.columns[from].field).collect();
    let place = match relation.kind {
        RelationKind::Many => "in the list",
        RelationKind::One | RelationKind::Optional => "given to",
    };
    let message = format!(
        "a row of `{child}` is {place} `{owner}.{field}`, but its key `{child}.{}` or another list says something else; change one of them",
        columns.join("`, `")
    );
    Error::new(ErrorKind::Conflict, message).with_table(target.table)
}

/// When a stored child that leaves the list of an owner was given to that in the same flush.
enum Given {
    /// After that, by its foreign key.
    Since,
    /// Before, which is not written yet.
    Before,
    /// Not at all, or to another after that.
    No,
}

fn given(
    unit: &mut Unit,
    op: &ListOp,
    (target, key, child): (&'static ModelDef, &KeyPairs, &RowKey),
    asked: &Asked,
) -> Given {
    let entry = unit.stored_entry(target, child);
    let entry = entry.filter(|entry| matches!(entry.op, Op::Update { .. }));
    let said = entry.and_then(|entry| Some((entry.op.foreign_key(key)?, entry.call_of(key))));
    match (said, asked.added) {
        (Some((own, call)), _) if own == op.own && call >= asked.call => Given::Since,
        (Some((own, _)), _) if own == op.own => Given::Before,
        (Some((_, call)), Some(added)) if call <= added => Given::Before,
        (None, Some(_)) => Given::Before,
        _ => Given::No,
    }
}

/// A child that was removed from its owner's list.
fn release(
    unit: &mut Unit,
    deletes: &mut Deletes,
    related: &mut Related,
    op: &ListOp,
    (target, key, child): (&'static ModelDef, &KeyPairs, &RowKey),
    asked: &Asked,
) -> Result<()> {
    let described = &op.owner.relations[op.relation];
    let columns: Vec<usize> = key.iter().map(|(from, _)| from).collect();
    let nullable = columns.iter().all(|at| target.columns[*at].nullable);
    let orphan = owns_rows(op, target, key);
    let pending = !op.arrives(child) && unit.is_new(target, child);
    if pending && !is_own(unit, op, (target, key, child), asked) {
        // Another owner's child is not this one's to let go.
        return Ok(());
    }
    let moved = match given(unit, op, (target, key, child), asked) {
        Given::Since => return Ok(()),
        given => !pending && matches!(given, Given::Before),
    };
    if moved && orphan {
        unit.remove_by(target, child.clone(), Arc::default(), (true, asked.call));
    } else if orphan {
        deletes.orphan(target, key, (op.own.clone(), child.clone()), asked.call);
    } else if pending || moved && nullable {
        let free = columns.into_iter().map(|at| (at, Value::Null)).collect();
        unit.update_by(target, child.clone(), free, asked.call);
    } else if nullable {
        let by = target.primary_key.iter().copied().zip(child.values().iter().cloned());
        let (by, values): (Vec<usize>, Vec<Value>) = by.chain(key.referring(&op.own)).unzip();
        let key = RowKey::of(values.into_iter());
        let rows = Match { def: target, columns: by.into(), key };
        related.freed.push((columns, rows));
    } else {
        let message = format!(
            "a row of `{}` cannot be removed from `{}.{}`: its key may not be NULL; delete the row, or say `cascade_delete`",
            target.name, op.owner.name, described.name
        );
        return Err(Error::new(ErrorKind::Conflict, message).with_table(target.table));
    }
    Ok(())
}
