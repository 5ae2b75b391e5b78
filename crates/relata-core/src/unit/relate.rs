//! A to-one relation against its foreign key: the side that changed wins, and is written to both.

use crate::{
    entity::{Node, Picture, SaidList, Slot, Standing},
    error::{Error, ErrorKind, Result},
    key::IdState,
    schema::{Join, KeyPairs, ModelDef, RelationDef},
    value::Value,
};
use std::sync::Arc;

/// Makes every to-one relation of a value and its foreign key say the same.
pub(super) fn settle(node: &mut dyn Node, before: Option<&Picture>, session: u64) -> Result<()> {
    let def = node.def();
    for (relation, described) in def.relations.iter().enumerate() {
        let resolved = (described.resolved)();
        let Join::Parent { key } = &resolved.join else { continue };
        let said = before.map(|before| before.list(relation));
        let Some(slot) = node.slot(relation) else { continue };
        if !relation_changed(slot, said) {
            if key_changed(node, key, before) && (slot.is_whole() || slot.is_part()) {
                // The key leads elsewhere now; what was loaded is no longer the related row.
                if let Some(slot) = node.slot_mut(relation) {
                    *slot = Slot::Unloaded(described);
                }
            }
            continue;
        }
        let wanted = related_values(slot, key, resolved.target)?;
        for value in &wanted {
            if let Value::Late(late) = value {
                late.check(session)?;
            }
        }
        if key_changed(node, key, before) && !already(node, key, &wanted) {
            return Err(contradiction(def, described.name, key));
        }
        for ((from, _), value) in key.iter().zip(&wanted) {
            node.assign(from, value.as_cell()).map_err(|misfit| {
                let message = format!("relation `{}.{}`: {}", def.name, described.name, misfit.0);
                Error::new(ErrorKind::Conflict, message).with_table(def.table)
            })?;
        }
    }
    Ok(())
}

fn relation_changed(slot: &Slot, before: Option<&SaidList>) -> bool {
    let before = before.unwrap_or(&SaidList::Silent);
    match (slot.said(before), before) {
        (SaidList::Whole(now), SaidList::Whole(before)) => now != *before,
        (SaidList::Whole(_), _) => true,
        _ => false,
    }
}

/// Whether the program changed the foreign key itself.
fn key_changed(node: &dyn Node, key: &KeyPairs, before: Option<&Picture>) -> bool {
    key.iter().any(|(from, _)| {
        let now = node.value(from);
        match (before, &now) {
            (Some(before), now) => before.values[from] != *now,
            (None, now) => is_set(now),
        }
    })
}

/// The foreign key that a value is inserted with where only columns are written, for a to-one
/// relation that says to which row it leads; `None` where it holds a row that would have to be
/// written too, or the key is not in this table.
pub(crate) fn foreign_key(
    (def, relation): (&'static ModelDef, usize),
    slot: &Slot,
    value: &dyn Fn(usize) -> Value,
) -> Result<Option<Vec<(usize, Value)>>> {
    let described = &def.relations[relation];
    let resolved = (described.resolved)();
    let Join::Parent { key } = &resolved.join else { return Ok(None) };
    let is_new = |row: &Arc<dyn Node>| matches!(row.memory().standing(), Standing::New);
    if !slot.is_whole() || slot.rows().iter().any(is_new) {
        return Ok(None);
    }
    let wanted = related_values(slot, key, resolved.target)?;
    let columns: Vec<_> = key.iter().map(|(from, _)| from).zip(wanted).collect();
    let set = columns.iter().any(|(from, _)| is_set(&value(*from)));
    if set && columns.iter().any(|(from, wanted)| value(*from) != *wanted) {
        return Err(contradiction(def, described.name, key));
    }
    Ok(Some(columns))
}

/// Whether the program gave a new value this key.
fn is_set(key: &Value) -> bool {
    match key {
        Value::Null => false,
        // The fresh id of a required key that only the relation fills.
        Value::Late(late) => late.id_state() != IdState::Free,
        _ => true,
    }
}

fn already(node: &dyn Node, key: &KeyPairs, wanted: &[Value]) -> bool {
    key.iter().zip(wanted).all(|((from, _), value)| node.value(from) == *value)
}

/// The values that the foreign key takes from the related row.
fn related_values(slot: &Slot, key: &KeyPairs, target: &ModelDef) -> Result<Vec<Value>> {
    if let Some(row) = slot.rows().first() {
        return Ok(key.iter().map(|(_, to)| row.value(to)).collect());
    }
    let SaidList::Whole(keys) = slot.said(&SaidList::Silent) else { return Ok(Vec::new()) };
    match keys.first() {
        None => Ok(vec![Value::Null; key.len()]),
        Some(row) if key.is_key_of(target) => Ok(row.values().to_vec()),
        Some(_) => Err(Error::new(
            ErrorKind::Conflict,
            format!(
                "the foreign key to `{}` does not refer to its primary key, so an id alone cannot set it; give the row",
                target.name
            ),
        )),
    }
}

fn contradiction(def: &ModelDef, relation: &str, key: &KeyPairs) -> Error {
    let columns: Vec<_> = key.iter().map(|(from, _)| def.columns[from].field).collect();
    Error::new(
        ErrorKind::Conflict,
        format!("`{0}.{relation}` and its key `{0}.{1}` were both changed, to different rows; change one of them; a new row of a list is made with the id of its owner", def.name, columns.join("`, `")),
    )
    .with_table(def.table)
    .with_columns(columns)
}

/// The foreign key of a child, with the values that its owner's key gives it.
pub(super) type ChildKey = Vec<(usize, Value)>;

/// For each relation of a row, what its children's foreign key has to be; `None` for relations that
/// have no children.
pub(super) fn child_keys(node: &dyn Node) -> Vec<Option<ChildKey>> {
    let of = |relation: &RelationDef| match &(relation.resolved)().join {
        Join::Children { key } => {
            Some(key.iter().map(|(from, to)| (from, node.value(to))).collect())
        }
        _ => None,
    };
    node.def().relations.iter().map(of).collect()
}

/// A child in the list of its owner whose foreign key says nothing yet says the owner's.
pub(super) fn adopt(child: &mut dyn Node, key: &ChildKey) {
    for (column, value) in key {
        if let Standing::Known(before) = child.memory().standing()
            && before.values[*column] != child.value(*column)
        {
            // The program changed the key itself, to NULL perhaps: that is the side that counts.
            continue;
        }
        let unset = match child.value(*column) {
            Value::Null => true,
            Value::Late(late) => late.key().is_none() && late.id_state() == IdState::Free,
            _ => false,
        };
        if unset {
            // A key that does not fit is reported by the flush, which compares the two.
            let _ = child.assign(*column, value.as_cell());
        }
    }
}
