//! What replaces what: of lists that were set although it was not known which rows they had, what was asked
//! before counts no more, and one of a row that is yet to be inserted had none in the database; new children
//! are written over those with their keys that leave.

use super::{
    children::owns_rows,
    entries::Tables,
    list_op::{Change, ListOp},
    queue::Unit,
};
use crate::{
    key::RowKey,
    schema::{Join, KeyPairs, ModelDef},
    value::Value,
};
use foldhash::{HashMap, HashMapExt as _, HashSet};

/// Settles what the queue's lists replace.
pub(super) fn settle_lists(unit: &mut Unit) {
    let lists = std::mem::take(&mut unit.lists);
    unit.lists = settle(without_queued(unit, lists));
    let leaves = |op: &ListOp| {
        matches!(op.change, Change::Remove { new: false, .. } | Change::Replace(_))
            && op.own.resolved().is_some()
    };
    if !unit.lists.iter().any(leaves) {
        return;
    }
    for op in std::mem::take(&mut unit.lists) {
        let resolved = (op.owner.relations[op.relation].resolved)();
        let owned = match &resolved.join {
            Join::Children { key } => leaves(&op) && owns_rows(&op, resolved.target, key),
            Join::Parent { .. } | Join::Link { .. } => false,
        };
        let target = resolved.target;
        let mut new: Vec<RowKey> = match &op.change {
            Change::Remove { row, .. } if owned => vec![row.clone()],
            Change::Replace(rows) if owned => rows.clone(),
            _ => Vec::new(),
        };
        // One that was taken back since was in the list all the same, in the place of the stored one.
        let is_set = matches!(op.change, Change::Replace(_));
        new.retain(|row| unit.is_new(target, row) || is_set && unit.is_taken_back(target, row));
        let new = new.into_iter().map(|row| Change::Instead { row, known: false });
        let new: Vec<Change> = new.collect();
        let new: Vec<ListOp> = new.into_iter().map(|change| op.with(change)).collect();
        let op = Some(op).filter(|_| is_set || new.is_empty());
        unit.lists.extend(op.into_iter().chain(new));
    }
}

/// The changes, and behind those that set a list unseen the removal of rows that an earlier call queued for it:
/// the database does not know of these yet.
fn without_queued(unit: &Unit, lists: Vec<ListOp>) -> Vec<ListOp> {
    let sets = Sets::of(&lists);
    if sets.ops.is_empty() {
        return lists;
    }
    let mut queued: HashMap<usize, Vec<ListOp>> = HashMap::new();
    let mut remove = |at: usize, row: RowKey, new| {
        let op: &ListOp = &lists[at];
        if matches!(&op.change, Change::Replace(wanted) if !wanted.contains(&row)) {
            let change = Change::Remove { row, known: false, new };
            queued.entry(at).or_default().push(op.with(change));
        }
    };
    for entry in unit.entries.iter() {
        for (key, at) in sets.of_row(entry.def, |column| entry.op.value(column).cloned()) {
            if entry.call >= lists[at].call {
                continue;
            }
            match key {
                None => remove(at, entry.key.clone(), entry.op.is_insert()),
                Some(theirs) => {
                    let row = theirs.iter().filter_map(|(from, _)| entry.op.value(from).cloned());
                    remove(at, RowKey::of(row.collect::<Vec<_>>().into_iter()), false);
                }
            }
        }
    }
    for op in &lists {
        let resolved = (op.owner.relations[op.relation].resolved)();
        let (Join::Link { own, theirs }, Some(link)) = (&resolved.join, resolved.link) else {
            continue;
        };
        let rows = match &op.change {
            Change::Add(row) => std::slice::from_ref(row),
            Change::Replace(rows) => rows,
            _ => continue,
        };
        for row in rows {
            let pair = own.iter().zip(op.own.values()).chain(theirs.iter().zip(row.values()));
            let pair: Vec<(usize, &Value)> = pair.map(|((from, _), value)| (from, value)).collect();
            let value =
                |column| pair.iter().find(|(at, _)| *at == column).map(|(_, v)| (*v).clone());
            for (_, at) in sets.of_row(link, value) {
                let other = (lists[at].owner, lists[at].relation) != (op.owner, op.relation);
                if other && op.call < lists[at].call {
                    remove(at, op.own.clone(), false);
                }
            }
        }
    }
    let ops = lists.into_iter().enumerate();
    ops.flat_map(|(at, op)| std::iter::once(op).chain(queued.remove(&at).unwrap_or_default()))
        .collect()
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
            let resolved = (op.owner.relations[op.relation].resolved)();
            let (table, own, theirs) = match (&resolved.join, resolved.link, &op.change) {
                (Join::Children { key }, _, Change::Replace(_)) => (resolved.target, *key, None),
                (Join::Link { own, theirs }, Some(link), Change::Replace(_)) => {
                    (link, *own, Some(*theirs))
                }
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

    /// The places of those that have a row, or link, with these values: the key of the other row of a link, and
    /// where the list is set.
    fn of_row(
        &self,
        def: &'static ModelDef,
        value: impl Fn(usize) -> Option<Value>,
    ) -> Vec<(Option<KeyPairs>, usize)> {
        let Some(table) = self.tables.find(def) else { return Vec::new() };
        let mut found = Vec::new();
        for (at, (_, own, theirs)) in self.keys.iter().enumerate().filter(|(_, key)| key.0 == table)
        {
            let own: Option<Vec<Value>> = own.iter().map(|(from, _)| value(from)).collect();
            let own = own.map(|own| RowKey::of(own.into_iter()).settled());
            let ops = own.and_then(|own| self.ops.get(&(at, own)));
            found.extend(ops.into_iter().flatten().map(|op| (*theirs, *op)));
        }
        found
    }
}

/// The changes with no more than one `Replace` for each list, nothing of which is asked before it, and
/// none for the lists of rows that are not saved.
fn settle(lists: Vec<ListOp>) -> Vec<ListOp> {
    if !lists.iter().any(|op| matches!(op.change, Change::Replace(_))) {
        return lists;
    }
    let mut owners = Tables::default();
    let keys: Vec<_> =
        lists.iter().map(|op| (owners.number(op.owner), op.relation, op.own.settled())).collect();
    let mut last = HashMap::new();
    for (at, op) in lists.iter().enumerate() {
        if let Change::Replace(wanted) = &op.change {
            let wanted: HashSet<RowKey> = wanted.iter().map(RowKey::settled).collect();
            last.insert(&keys[at], (at, op.call, wanted));
        }
    }
    let mut settled = Vec::with_capacity(lists.len());
    for (at, op) in lists.into_iter().enumerate() {
        match last.get(&keys[at]) {
            Some((replaced, call, wanted)) if at < *replaced => {
                settled.extend(let_go(op, wanted, *call));
            }
            _ if op.own.resolved().is_none() => settled.extend(added(op)),
            _ => settled.push(op),
        }
    }
    settled
}

/// What is left of a change when its list is to have only the `wanted` rows from a later call on: a child that
/// it brought in is another's, or nobody's.
fn let_go(op: ListOp, wanted: &HashSet<RowKey>, call: usize) -> Vec<ListOp> {
    let brought = match &op.change {
        Change::Add(row) => std::slice::from_ref(row),
        Change::Replace(rows) => rows,
        Change::Confirm(_) | Change::Instead { .. } | Change::Remove { .. } => return Vec::new(),
    };
    if !has_children(op.owner, op.relation) {
        return Vec::new();
    }
    let gone = brought.iter().filter(|row| !wanted.contains(&row.settled()));
    let remove = |row: &RowKey| {
        let change = Change::Remove { row: row.clone(), known: false, new: true };
        ListOp { call, ..op.with(change) }
    };
    gone.flat_map(|row| [op.with(Change::Add(row.clone())), remove(row)]).collect()
}

fn has_children(owner: &ModelDef, relation: usize) -> bool {
    matches!((owner.relations[relation].resolved)().join, Join::Children { .. })
}

/// The change of the list of a row that is not saved.
pub(super) fn added(op: ListOp) -> Vec<ListOp> {
    match &op.change {
        Change::Replace(wanted) => {
            wanted.iter().map(|row| op.with(Change::Add(row.clone()))).collect()
        }
        _ => vec![op],
    }
}
