//! What the changes of lists mean for children: they get their foreign key or are let go, and new ones take the
//! place of those with their keys that leave.

use super::{
    delete::Deletes,
    depend::{Match, Related, names_doomed},
    entries::Tables,
    queue::{Change, ListOp, Op, Unit},
};
use crate::{
    error::{Error, ErrorKind, Result},
    key::{IdState, RowKey},
    schema::{Join, KeyPairs, ModelDef},
    value::Value,
};
use foldhash::HashMap;

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
            adopt(unit, op, target, key, child)?;
        } else if lists.have(target, key, child) {
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

/// The new rows that lists which own them were given, and that left them for no other.
pub(super) fn left(unit: &mut Unit, ops: &[ListOp]) -> Vec<(&'static ModelDef, RowKey)> {
    let mut all = Vec::new();
    for op in ops {
        let resolved = (op.owner.relations[op.relation].resolved)();
        let Join::Children { key } = &resolved.join else { continue };
        if owns_rows(op, resolved.target, key) && !names_doomed(unit, op, resolved) {
            all.push((op, resolved.target, key));
        }
    }
    let mut lists = Lists::of(&all);
    let mut left = Vec::new();
    for (op, target, key) in &all {
        let Some((child, asked)) = lists.next(op, target, key) else { continue };
        if asked.new && !lists.have(target, key, child) && is_own(unit, op, target, key, child) {
            left.push((*target, child.clone()));
        }
    }
    left
}

/// Whether a child is new, and no other owner's.
fn is_own(
    unit: &mut Unit,
    op: &ListOp,
    target: &'static ModelDef,
    key: &KeyPairs,
    child: &RowKey,
) -> bool {
    let Some(Op::Insert { values, .. }) = unit.entry(target, child).map(|entry| &entry.op) else {
        return false;
    };
    let names =
        |((from, _), own): ((usize, usize), &Value)| values[from].is_null() || values[from] == *own;
    key.iter().zip(op.own.values()).all(names)
}

/// What was asked of lists of children, put together.
#[derive(Default)]
struct Lists {
    tables: Tables,
    /// Which list a child was given to last, by its model and foreign key.
    owned: HashMap<(usize, usize, RowKey), RowKey>,
    /// What was asked of each child of each list.
    asked: HashMap<(usize, usize, RowKey, RowKey), Asked>,
}

impl Lists {
    fn of(ops: &[ChildOp<'_>]) -> Lists {
        let mut lists = Lists::default();
        for (op, target, key) in ops {
            let Some(child) = op.child() else { continue };
            let (table, from, child) = lists.place(target, key, child);
            let index = (table, from, op.own.settled(), child.clone());
            lists.asked.entry(index).or_default().take(&op.change);
            let place = (table, from, child);
            if let Change::Add(_) = op.change {
                lists.owned.insert(place, op.own.clone());
            } else if lists.owned.get(&place) == Some(&op.own) {
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
    fn have(&mut self, target: &'static ModelDef, key: &KeyPairs, child: &RowKey) -> bool {
        let place = self.place(target, key, child);
        self.owned.contains_key(&place)
    }
}

impl ListOp {
    /// The child that is to be in the list or not.
    fn child(&self) -> Option<&RowKey> {
        match &self.change {
            Change::Add(child) | Change::Remove { row: child, .. } => Some(child),
            Change::Confirm(_) | Change::Instead { .. } | Change::Replace(_) => None,
        }
    }
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
    let pending = unit.is_new(target, child);
    if pending && !is_own(unit, op, target, key, child) {
        // Another owner's child is not this one's to let go.
        return Ok(());
    }
    if orphan {
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
