//! New rows that were queued under rows which are deleted, or taken back before they were written: they go, or are
//! let go, as stored children would.

use super::{
    children,
    delete::{Way, owner_values},
    queue::{Change, Op, Unit},
};
use crate::{
    entity::{Memory, Node},
    key::RowKey,
    schema::{Join, KeyPairs, ModelDef, links_to},
    value::Value,
};
use foldhash::{HashSet, HashSetExt as _};
use std::sync::Arc;

/// A row that was deleted or taken back.
pub(super) struct Going {
    pub(super) def: &'static ModelDef,
    pub(super) key: RowKey,
    pub(super) values: Arc<[Value]>,
}

/// The rows that refer to some that go, and are no more than queued.
struct Under {
    def: &'static ModelDef,
    key: KeyPairs,
    owners: HashSet<RowKey>,
    /// Whether they stay, with NULL as their foreign key.
    stays: bool,
}

impl Under {
    fn has(&self, def: &ModelDef, values: &[Value]) -> bool {
        let key = || RowKey::of(self.key.iter().map(|(from, _)| values[from].clone())).settled();
        *self.def == *def && self.owners.contains(&key())
    }
}

impl Unit {
    /// Takes back the new rows that left the lists which own them, and what goes with these and with all that
    /// was deleted; of rows, those among so many of the first entries.
    pub(super) fn take_back_left(&mut self, among: usize) {
        self.take_back_under(among);
        while self.lists.iter().any(|op| matches!(op.change, Change::Remove { new: true, .. })) {
            let lists = std::mem::take(&mut self.lists);
            let left = children::left(self, &lists);
            self.lists = lists;
            if left.is_empty() {
                return;
            }
            for (def, key) in left {
                self.remove(def, key, Arc::default(), false);
            }
            self.take_back_under(among);
        }
    }

    /// Takes back what was queued under rows that go, among so many of the first entries, and what was asked of
    /// the lists of all these.
    pub(super) fn take_back_under(&mut self, among: usize) {
        let mut going = std::mem::take(&mut self.going);
        while !going.is_empty() {
            let lists = lists_of(&going);
            self.lists
                .retain(|op| !lists.contains(&(op.owner.identity, op.relation, op.own.settled())));
            let under = under(&going);
            going.clear();
            for entry in self.entries[..among].iter_mut() {
                let Op::Insert { values, .. } = &entry.op else { continue };
                let values = values.clone();
                let of = || under.iter().filter(|under| under.has(entry.def, &values));
                if of().any(|under| !under.stays) {
                    entry.op.take_back();
                    self.taken_back = true;
                    going.push(Going { def: entry.def, key: entry.key.clone(), values });
                    continue;
                }
                for under in of() {
                    let free = under.key.iter().map(|(from, _)| (from, Value::Null));
                    entry.op.update(free.collect());
                }
            }
        }
    }
}

/// The rows that went with one that was taken back are new again in its lists, so that it can be added once more.
pub(super) fn unsay_children(node: &mut dyn Node) {
    let mut relations = node.def().relations.iter();
    node.relations_mut(&mut |slot| {
        let Some(relation) = relations.next() else { return };
        let resolved = (relation.resolved)();
        let Join::Children { key } = &resolved.join else { return };
        if matches!(Way::of_new(relation, resolved.target, key), Way::Cascade) {
            slot.rows_that(Memory::is_queued, &mut |row| {
                unsay_children(row);
                row.memory_mut().unsay();
            });
        }
    });
}

/// The lists of some rows: model, relation, and the key by which their rows name the owner.
fn lists_of(rows: &[Going]) -> HashSet<(&'static str, usize, RowKey)> {
    let mut lists = HashSet::new();
    for Going { def, key, values } in rows {
        for (at, relation) in def.relations.iter().enumerate() {
            let join = &(relation.resolved)().join;
            let (Join::Children { key: pairs } | Join::Link { own: pairs, .. }) = join else {
                continue;
            };
            if let Some(own) = owner_values(def, pairs, key, values) {
                lists.insert((def.identity, at, RowKey::of(own.into_iter()).settled()));
            }
        }
    }
    lists
}

/// What refers to some rows.
fn under(rows: &[Going]) -> Vec<Under> {
    let mut all: Vec<Under> = Vec::new();
    for Going { def, key, values } in rows {
        let mut refer = |target: &'static ModelDef, pairs: &KeyPairs, stays| {
            let Some(own) = owner_values(def, pairs, key, values) else { return };
            let owner = RowKey::of(own.into_iter()).settled();
            match all.iter_mut().find(|u| *u.def == *target && u.key == *pairs && u.stays == stays)
            {
                Some(under) => drop(under.owners.insert(owner)),
                None => {
                    let owners = HashSet::from_iter([owner]);
                    all.push(Under { def: target, key: *pairs, owners, stays });
                }
            }
        };
        for relation in def.relations {
            let resolved = (relation.resolved)();
            let Join::Children { key: pairs } = &resolved.join else { continue };
            match Way::of_new(relation, resolved.target, pairs) {
                Way::Cascade => refer(resolved.target, pairs, false),
                Way::Free => refer(resolved.target, pairs, true),
                Way::Leave => {}
            }
        }
        for (link, pairs) in links_to(def) {
            refer(link, pairs, false);
        }
    }
    all
}
