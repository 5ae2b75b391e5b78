//! What the changes of lists mean for children: they get their foreign key or are let go, and new ones take the
//! place of those with their keys that leave.

use super::{
    delete::Deletes,
    depend::{Match, Related},
    entries::Tables,
    queue::{Change, ListOp, Op, Unit},
};
use crate::{
    error::{Error, ErrorKind, Result},
    key::{IdState, RowKey},
    schema::{KeyPairs, ModelDef},
    value::Value,
};
use foldhash::{HashMap, HashMapExt as _};
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
    let mut tables = Tables::default();
    let mut owned: HashMap<(usize, usize, RowKey), RowKey> = HashMap::new();
    let mut asked: HashMap<(usize, usize, RowKey, RowKey), Asked> = HashMap::new();
    for (op, target, key) in ops {
        let (child, add) = match &op.change {
            Change::Add(child) => (child.settled(), true),
            Change::Remove { row, .. } => (row.settled(), false),
            Change::Confirm(_) | Change::Instead { .. } | Change::Replace(_) => continue,
        };
        let place = (tables.number(target), key.from(0));
        asked
            .entry((place.0, place.1, op.own.settled(), child.clone()))
            .or_default()
            .take(&op.change);
        if add {
            owned.insert((place.0, place.1, child), op.own.clone());
        } else if owned.get(&(place.0, place.1, child.clone())) == Some(&op.own) {
            owned.remove(&(place.0, place.1, child));
        }
    }
    for (op, target, key) in ops {
        let (Change::Add(child) | Change::Remove { row: child, .. }) = &op.change else { continue };
        let place = (tables.number(target), key.from(0));
        let index = (place.0, place.1, op.own.settled(), child.settled());
        // Each child once a list.
        let Some(asked) = asked.remove(&index) else { continue };
        let owns = owns_rows(op, target, key);
        if asked.add {
            adopt(unit, op, target, key, child)?;
        } else if owned.contains_key(&(place.0, place.1, child.settled())) {
            // It moves to another list.
        } else if asked.new || !owns || !unit.is_new(target, child) {
            release(unit, deletes, related, op, target, key, child)?;
        }
        if asked.stored && owns {
            take_place(unit, deletes, op, target, key, child);
        }
    }
    for (op, target, key) in ops {
        if let Change::Instead { row, known: true } = &op.change {
            take_place(unit, deletes, op, target, key, row);
        }
    }
    Ok(())
}

/// What was asked of one child of a list.
#[derive(Default)]
struct Asked {
    /// Whether the last was to add it.
    add: bool,
    /// Whether it was removed since, as a new row.
    new: bool,
    /// Whether the row that is stored with its key was removed.
    stored: bool,
}

impl Asked {
    fn take(&mut self, change: &Change) {
        self.add = matches!(change, Change::Add(_));
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
    target: &'static ModelDef,
    key: &KeyPairs,
    child: &RowKey,
) {
    if !unit.take_place(target, child) && unit.is_taken_back(target, child) {
        deletes.orphan(target, key, op.own.clone(), child.clone());
    }
}

/// A child's foreign key becomes its owner's key.
fn adopt(
    unit: &mut Unit,
    op: &ListOp,
    target: &'static ModelDef,
    key: &KeyPairs,
    child: &RowKey,
) -> Result<()> {
    let wanted: Vec<_> =
        key.iter().map(|(from, _)| from).zip(op.own.values().iter().cloned()).collect();
    let said = match unit.entry(target, child).map(|entry| &entry.op) {
        Some(Op::Insert { values, .. }) => {
            wanted.iter().map(|(from, _)| Some(values[*from].clone())).collect()
        }
        Some(Op::Update { changes, .. }) => wanted
            .iter()
            .map(|(from, _)| changes.iter().find(|(at, _)| at == from).map(|(_, v)| v.clone()))
            .collect(),
        _ => Vec::new(),
    };
    for (value, (_, own)) in said.iter().zip(&wanted) {
        let unset = match value {
            None | Some(Value::Null) => true,
            Some(Value::Late(late)) => late.id_state() == IdState::Free,
            Some(_) => false,
        };
        if !unset && value.as_ref() != Some(own) {
            let (child, owner) = (target.name, op.owner.name);
            let field = op.owner.relations[op.relation].name;
            let columns: Vec<_> = wanted.iter().map(|(at, _)| target.columns[*at].field).collect();
            let message = format!(
                "a row of `{child}` is in the list `{owner}.{field}`, but its key `{child}.{}` or another list gives it to another `{owner}`; change one of them",
                columns.join("`, `")
            );
            return Err(Error::new(ErrorKind::Conflict, message).with_table(target.table));
        }
    }
    unit.update(target, child.clone(), wanted);
    Ok(())
}

/// A child that was removed from its owner's list.
fn release(
    unit: &mut Unit,
    deletes: &mut Deletes,
    related: &mut Related,
    op: &ListOp,
    target: &'static ModelDef,
    key: &KeyPairs,
    child: &RowKey,
) -> Result<()> {
    let described = &op.owner.relations[op.relation];
    let columns: Vec<usize> = key.iter().map(|(from, _)| from).collect();
    let orphan = owns_rows(op, target, key);
    let pending = match unit.entry(target, child).map(|entry| &entry.op) {
        // Another owner's child is not this one's to let go.
        Some(Op::Insert { values, .. })
            if columns
                .iter()
                .zip(op.own.values())
                .any(|(at, own)| !values[*at].is_null() && values[*at] != *own) =>
        {
            return Ok(());
        }
        Some(Op::Insert { .. }) => true,
        _ => false,
    };
    if orphan && pending {
        unit.remove(target, child.clone(), Arc::default(), false);
    } else if orphan {
        deletes.orphan(target, key, op.own.clone(), child.clone());
    } else if pending {
        let free = columns.into_iter().map(|at| (at, Value::Null)).collect();
        unit.update(target, child.clone(), free);
    } else if columns.iter().all(|at| target.columns[*at].nullable) {
        let by = target.primary_key.iter().copied().zip(child.values().iter().cloned());
        let own = columns.iter().copied().zip(op.own.values().iter().cloned());
        let (by, values): (Vec<usize>, Vec<Value>) = by.chain(own).unzip();
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
