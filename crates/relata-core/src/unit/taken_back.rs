//! What was queued under rows that are deleted, or taken back before they were written: new rows go, or are let
//! go, as stored children would, and stored ones that were given to them stay where they are.

use super::{
    check::names_deleted,
    children::{Lists, left, of_children},
    delete::{Deletes, Way, owner_values},
    depend::Related,
    entries::{Entries, Tables},
    list_op::{Change, ListOp},
    queue::Unit,
};
use crate::{
    entity::{Memory, Node},
    error::Result,
    key::RowKey,
    schema::{Join, KeyPairs, ModelDef, links_to},
    value::Value,
};
use foldhash::{HashMap, HashMapExt as _};
use std::sync::Arc;

/// A row that was deleted or taken back.
#[derive(Clone)]
pub(super) struct Going {
    pub(super) def: &'static ModelDef,
    pub(super) key: RowKey,
    pub(super) values: Arc<[Value]>,
    /// The call that deleted it: what is said of its key since is of another row.
    pub(super) call: usize,
}

impl Unit {
    /// Takes back the new rows that left the lists which own them, and what was queued under them and under all
    /// that was deleted. Lists count as they were before a call.
    pub(super) fn take_back_left(&mut self, before: usize) {
        self.take_back_under(before);
        while self.lists.iter().any(|op| matches!(op.change, Change::Remove { new: true, .. })) {
            let lists = std::mem::take(&mut self.lists);
            let left = left(self, &lists);
            self.lists = lists;
            if left.is_empty() {
                return;
            }
            for (def, key, call) in left {
                self.take_back(def, key, call);
            }
            self.take_back_under(before);
        }
    }

    /// Rows that leave their lists for new ones with their keys go, with what was queued under them before that.
    pub(super) fn let_replaced_go(&mut self) {
        let lists = std::mem::take(&mut self.lists);
        let replaces = |op: &&ListOp| matches!(op.change, Change::Instead { known: true, .. });
        for (op, def, _) in of_children(lists.iter().filter(replaces)) {
            let Change::Instead { row, .. } = &op.change else { continue };
            if self.has_left(def, row) {
                continue;
            }
            let Some(entry) = self.entry(def, row).filter(|entry| entry.op.is_insert()) else {
                continue;
            };
            let call = entry.call.min(op.call);
            self.goes(Going { def, key: row.clone(), values: Arc::default(), call });
        }
        self.lists = lists;
    }

    /// Takes a new row back that left its list in a call.
    fn take_back(&mut self, def: &'static ModelDef, key: RowKey, call: usize) {
        if let Some(entry) = self.entry(def, &key) {
            let values = entry.op.take_back();
            (self.taken_back, self.deletes) = (true, true);
            self.going.push(Going { def, key, values, call });
        }
    }

    /// Takes back what was queued under rows before they went. What another list has stays for that. Gives all
    /// that goes, and what named one of them after that: a model and a column.
    fn take_back_under(&mut self, before: usize) -> (Vec<Going>, Option<NamedSince>) {
        let (mut gone, mut named_since) = (std::mem::take(&mut self.going), None);
        if gone.is_empty() {
            return (gone, None);
        }
        let lists = self.lists.iter().filter(|op| op.call < before);
        let lists = Lists::of(&of_children(lists));
        let mut queued = Queued::default();
        let mut seen = 0;
        while seen < gone.len() {
            let Going { def, key, values, call } = &gone[seen];
            let (def, key, values, call) = (*def, key.clone(), values.clone(), *call);
            seen += 1;
            for Dependents { def: target, key: pairs, way } in dependents(def) {
                let Some(own) = owner_values(def, &pairs, &key, &values) else { continue };
                let own = RowKey::of(own.into_iter()).settled();
                for at in queued.under(&self.entries, target, &pairs, &own) {
                    let entry = &mut self.entries[at];
                    let said = entry.op.foreign_key(&pairs).map(|said| said.settled());
                    if said.as_ref() != Some(&own) {
                        continue;
                    }
                    if entry.call_of(&pairs) >= call {
                        named_since.get_or_insert((target, pairs.from(0), def));
                        continue;
                    }
                    let is_of_key =
                        || pairs.iter().any(|(from, _)| target.columns[from].primary_key);
                    let moves = || lists.have_for_other(target, &pairs, &entry.key, &own, call);
                    let goes = matches!(way, Way::Cascade) && (is_of_key() || !moves());
                    if entry.op.is_new() && goes {
                        let (key, values) = (entry.key.clone(), entry.op.take_back());
                        self.taken_back = true;
                        gone.push(Going { def: target, key, values, call });
                    } else {
                        entry.op.leave_out(&pairs);
                    }
                }
            }
        }
        self.forget_lists(&gone);
        (gone, named_since)
    }

    /// Takes back what was queued under stored rows that go with others, once lists have become keys and links.
    ///
    /// # Errors
    /// `Deleted`: one was named by a later call.
    pub(super) fn take_back_under_found(
        &mut self,
        related: &mut Related,
        deletes: &mut Deletes,
    ) -> Result<()> {
        let (gone, named_since) = self.take_back_under(usize::MAX);
        deletes.not_replaced(&gone);
        match named_since.or(drop_links(&gone, related)) {
            Some((by, column, row)) => Err(names_deleted(by, column, row)),
            None => Ok(()),
        }
    }

    /// Nothing counts that was asked of the lists of rows before they went, or of such rows in other lists.
    fn forget_lists(&mut self, gone: &[Going]) {
        let (mut owners, mut rows) = (HashMap::new(), HashMap::new());
        for Going { def, key, values, call } in gone {
            rows.insert((def.identity, key.settled()), *call);
            for (at, relation) in def.relations.iter().enumerate() {
                let join = &(relation.resolved)().join;
                let (Join::Children { key: pairs } | Join::Link { own: pairs, .. }) = join else {
                    continue;
                };
                if let Some(own) = owner_values(def, pairs, key, values) {
                    let own = RowKey::of(own.into_iter()).settled();
                    owners.insert((def.identity, at, own), *call);
                }
            }
        }
        self.lists.retain(|op| {
            let of = owners.get(&(op.owner.identity, op.relation, op.own.settled()));
            let of = of.filter(|_| !op.spares());
            let target = (op.owner.relations[op.relation].resolved)().target.identity;
            let names = |row: &RowKey| rows.get(&(target, row.settled()));
            let counts = match &op.change {
                Change::Add(row) | Change::Confirm(row) => {
                    names(row).is_none_or(|call| op.call >= *call)
                }
                // The one by which it left has done its work.
                Change::Remove { row, new: true, .. } => {
                    names(row).is_none_or(|call| op.call > *call)
                }
                _ => true,
            };
            counts && of.is_none_or(|call| op.call >= *call)
        });
    }
}

/// A model and the column in which a row of it names a deleted one, and that one's model.
type NamedSince = (&'static ModelDef, usize, &'static ModelDef);

/// Drops the links to rows that go; gives what asked for one of these after that.
fn drop_links(gone: &[Going], related: &mut Related) -> Option<NamedSince> {
    let mut named_since = None;
    let mut links: Vec<(&ModelDef, KeyPairs)> = Vec::new();
    let mut rows = HashMap::new();
    for Going { def, key, values, call } in gone {
        for link in links_to(def) {
            let Some(own) = owner_values(def, &link.1, key, values) else { continue };
            let at = links.iter().position(|known| known == link).unwrap_or_else(|| {
                links.push(*link);
                links.len() - 1
            });
            rows.insert((at, RowKey::of(own.into_iter()).settled()), (*def, *call));
        }
    }
    if rows.is_empty() {
        return None;
    }
    related.linked.retain(|linked| {
        let of = links.iter().enumerate().filter(|(_, (def, _))| *def == linked.def);
        let mut gone = of.filter_map(|(at, (_, pairs))| {
            let own = pairs.iter().map(|(from, _)| linked.values[from].clone());
            let (row, call) = rows.get(&(at, RowKey::of(own).settled()))?;
            Some((*row, *call, pairs.from(0)))
        });
        let Some((row, call, column)) = gone.next() else { return true };
        if linked.call >= call {
            named_since.get_or_insert((linked.def, column, row));
        }
        false
    });
    named_since
}

/// What the rows of a model have under them.
struct Dependents {
    def: &'static ModelDef,
    key: KeyPairs,
    way: Way,
}

fn dependents(def: &ModelDef) -> Vec<Dependents> {
    let mut all = Vec::new();
    for relation in def.relations {
        let resolved = (relation.resolved)();
        if let Join::Children { key } = &resolved.join {
            let way = Way::of_new(relation, resolved.target, key);
            all.push(Dependents { def: resolved.target, key: *key, way });
        }
    }
    let links = links_to(def).iter();
    all.extend(links.map(|(link, key)| Dependents { def: link, key: *key, way: Way::Cascade }));
    all.retain(|dependents| !matches!(dependents.way, Way::Leave));
    all
}

/// The places of queued rows by their foreign keys; looked through once for each.
#[derive(Default)]
struct Queued {
    tables: Tables,
    keys: Vec<(usize, KeyPairs)>,
    places: Vec<HashMap<RowKey, Vec<usize>>>,
}

impl Queued {
    fn under(
        &mut self,
        entries: &Entries,
        def: &'static ModelDef,
        pairs: &KeyPairs,
        own: &RowKey,
    ) -> Vec<usize> {
        let key = (self.tables.number(def), *pairs);
        let at = self.keys.iter().position(|known| *known == key).unwrap_or_else(|| {
            let mut places: HashMap<RowKey, Vec<usize>> = HashMap::new();
            for (at, entry) in entries.iter().enumerate().filter(|(_, entry)| *entry.def == *def) {
                if let Some(own) = entry.op.foreign_key(pairs) {
                    places.entry(own.settled()).or_default().push(at);
                }
            }
            self.keys.push(key);
            self.places.push(places);
            self.keys.len() - 1
        });
        self.places[at].get(own).cloned().unwrap_or_default()
    }
}

/// The rows that went with one that was taken back are new again in its lists, so that it can be added once more.
pub(super) fn unsay_children(node: &mut dyn Node) {
    let mut waiting = vec![node];
    while let Some(node) = waiting.pop() {
        let mut relations = node.def().relations.iter();
        node.relations_mut(&mut |slot| {
            let Some(relation) = relations.next() else { return };
            let resolved = (relation.resolved)();
            let Join::Children { key } = &resolved.join else { return };
            if matches!(Way::of_new(relation, resolved.target, key), Way::Cascade) {
                slot.rows_that(Memory::is_queued, &mut |row| {
                    row.memory_mut().unsay();
                    waiting.push(row);
                });
            }
        });
    }
}
