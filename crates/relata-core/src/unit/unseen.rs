//! Lists that were set unseen, against what earlier calls queued for them: the database does not know of that yet.

use super::{
    entries::Tables,
    list_op::{Change, ListOp},
    queue::Unit,
};
use crate::{
    key::RowKey,
    schema::{Join, KeyPairs, ModelDef},
    value::Value,
};
use foldhash::{HashMap, HashMapExt as _, HashSet, HashSetExt as _};
use std::{slice, sync::Arc};

/// Tells lists that were set unseen what earlier calls queued: links that a later list of link rows lacks are
/// dropped, and rows that came by their keys or from the other side are removed behind the change.
pub(super) fn without_queued(unit: &mut Unit, mut lists: Vec<ListOp>) -> Vec<ListOp> {
    let sets = Sets::of(&lists);
    if sets.ops.is_empty() {
        return lists;
    }
    let left_out = leave_out_links(unit, &mut lists, &sets);
    let mut removed: HashMap<usize, Vec<ListOp>> = HashMap::new();
    let (queued, replaced) = queued_rows(unit, &lists, &sets);
    for (def, key, call) in replaced {
        // The new row with its key is written over it, and not beside it.
        unit.remove_by(def, key, Arc::default(), (true, call));
    }
    let queued = queued.into_iter();
    for (at, row, new) in queued.chain(queued_links(&lists, &sets)) {
        let op = &lists[at];
        if matches!(&op.change, Change::Replace(wanted) if !wanted.contains(&row)) {
            let change = Change::Remove { row, known: false, new };
            removed.entry(at).or_default().push(op.with(change));
        }
    }
    let ops = lists.into_iter().enumerate().filter(|(at, _)| !left_out.contains(at));
    ops.flat_map(|(at, op)| std::iter::once(op).chain(removed.remove(&at).unwrap_or_default()))
        .collect()
}

/// Takes links out of changes where a later one sets the link rows without them; gives which changes have none
/// left.
fn leave_out_links(unit: &mut Unit, lists: &mut [ListOp], sets: &Sets) -> HashSet<usize> {
    let mut left_out = HashSet::new();
    for at in 0..lists.len() {
        let op = &lists[at];
        let Some((link, own, theirs)) = op.through() else { continue };
        let rows = match &op.change {
            Change::Add(row) | Change::Confirm(row) => slice::from_ref(row),
            Change::Replace(rows) => rows,
            Change::Instead { .. } | Change::Remove { .. } => continue,
        };
        let gone = |row: &&RowKey| {
            let pair = op.pair(&own, &theirs, row);
            let later = sets.of_row(link, |column| value_of(&pair, column)).into_iter();
            let later = later.filter(|(_, theirs, _)| theirs.is_none()).map(|of| &lists[of.2]);
            later.filter(|set| op.call < set.call).any(|set| {
                !set.brought().iter().any(|wanted| is_of_pair(unit, link, wanted, &pair))
            })
        };
        let gone: HashSet<RowKey> = rows.iter().filter(gone).cloned().collect();
        match &mut lists[at].change {
            Change::Replace(rows) => rows.retain(|row| !gone.contains(row)),
            _ if !gone.is_empty() => {
                left_out.insert(at);
            }
            _ => {}
        }
    }
    left_out
}

/// Whether a link row is that of a pair, as far as it is known: of a stored one it may be the key alone.
fn is_of_pair(
    unit: &mut Unit,
    link: &'static ModelDef,
    row: &RowKey,
    pair: &[(usize, Value)],
) -> bool {
    let known = link.primary_key.iter().copied().zip(row.values().iter().cloned());
    let known: Vec<_> = known.collect();
    let entry = unit.entry(link, row);
    let said = |column| entry.as_ref().and_then(|entry| entry.op.value(column).cloned());
    let value = |column| value_of(&known, column).or_else(|| said(column));
    let same = |(column, wanted): &(usize, Value)| {
        let found = value(*column).map(|value| RowKey::One(value).settled());
        found.is_none_or(|found| found == RowKey::One(wanted.clone()).settled())
    };
    pair.iter().all(same)
}

/// Which change set a list, a row of that list, and whether the row is new.
type Found = (usize, RowKey, bool);

/// Rows that earlier calls gave to lists by their keys. Then those that were to leave their keys to new rows of the
/// same owner, and go by a call.
fn queued_rows(
    unit: &Unit,
    lists: &[ListOp],
    sets: &Sets,
) -> (Vec<Found>, Vec<(&'static ModelDef, RowKey, usize)>) {
    let (mut found, mut replaced) = (Vec::new(), Vec::new());
    for (place, entry) in unit.entries.iter().enumerate() {
        let of = sets.of_row(entry.def, |column| entry.value(column).cloned());
        for (own, theirs, at) in of {
            let op @ ListOp { change, call, .. } = &lists[at];
            if entry.call_of(&own) >= *call {
                continue;
            }
            if let Some(theirs) = theirs {
                found.extend(entry.foreign_key_to_be(&theirs).map(|row| (at, row, false)));
                continue;
            }
            let is = entry.key_once_written(entry.def.primary_key);
            if matches!(change, Change::Replace(wanted) if is != entry.key && wanted.contains(&is))
            {
                continue;
            }
            let has_left = unit.entries.mover(entry.def, &entry.key) == Some(place);
            match has_left && !op.arrives(&entry.key) {
                true => replaced.push((entry.def, entry.key.clone(), *call)),
                false => found.push((at, entry.key.clone(), entry.op.is_insert())),
            }
        }
    }
    (found, replaced)
}

/// Links that earlier calls made from the other side, as `queued_rows` gives them.
fn queued_links(lists: &[ListOp], sets: &Sets) -> Vec<Found> {
    let mut found = Vec::new();
    for op in lists {
        let Some((link, own, theirs)) = op.through() else { continue };
        for row in op.brought() {
            let pair = op.pair(&own, &theirs, row);
            for (_, theirs, at) in sets.of_row(link, |column| value_of(&pair, column)) {
                let set = &lists[at];
                let other = (set.owner, set.relation) != (op.owner, op.relation);
                if theirs.is_some() && other && op.call < set.call {
                    found.push((at, op.own.clone(), false));
                }
            }
        }
    }
    found
}

fn value_of(pair: &[(usize, Value)], column: usize) -> Option<Value> {
    pair.iter().find(|(at, _)| *at == column).map(|(_, value)| value.clone())
}

/// The lists that were set unseen, by the tables of their rows or links.
struct Sets {
    tables: Tables,
    /// The table, the key in it that names the owner, and of links the one that names the other row.
    keys: Vec<(usize, KeyPairs, Option<KeyPairs>)>,
    /// Where they are set, by key and owner.
    ops: HashMap<(usize, RowKey), Vec<usize>>,
}

impl Sets {
    fn of(lists: &[ListOp]) -> Sets {
        let mut sets = Sets { tables: Tables::default(), keys: Vec::new(), ops: HashMap::new() };
        for (at, op) in lists.iter().enumerate() {
            if !matches!(op.change, Change::Replace(_)) {
                continue;
            }
            let resolved = (op.owner.relations[op.relation].resolved)();
            let (table, own, theirs) = match (&resolved.join, op.through()) {
                (Join::Children { key }, _) => (resolved.target, *key, None),
                (_, Some((link, own, theirs))) => (link, own, Some(theirs)),
                _ => continue,
            };
            let key = (sets.tables.number(table), own, theirs);
            let key = sets.keys.iter().position(|known| *known == key).unwrap_or_else(|| {
                sets.keys.push(key);
                sets.keys.len() - 1
            });
            sets.ops.entry((key, op.own.settled())).or_default().push(at);
        }
        sets
    }

    /// Those that have a row, or link, with these values: the key that names the owner, of a link also that of the
    /// other row, and where the list is set.
    fn of_row(
        &self,
        def: &'static ModelDef,
        value: impl Fn(usize) -> Option<Value>,
    ) -> Vec<(KeyPairs, Option<KeyPairs>, usize)> {
        let Some(table) = self.tables.find(def) else { return Vec::new() };
        let mut found = Vec::new();
        for (at, (_, key, theirs)) in self.keys.iter().enumerate().filter(|(_, key)| key.0 == table)
        {
            let own: Option<Vec<Value>> = key.iter().map(|(from, _)| value(from)).collect();
            let own = own.map(|own| RowKey::of(own.into_iter()).settled());
            let ops = own.and_then(|own| self.ops.get(&(at, own)));
            found.extend(ops.into_iter().flatten().map(|op| (*key, *theirs, *op)));
        }
        found
    }
}
