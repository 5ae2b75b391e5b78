//! What else goes when rows are deleted: their links, and their children as each relation says.

use super::{depend::Match, op::Op, queue::Unit, taken_back::Going};
use crate::{
    key::RowKey,
    schema::{Join, KeyPairs, ModelDef, OnDelete, RelationDef, links_to},
    value::Value,
};
use foldhash::{HashMap, HashMapExt as _, HashSet, HashSetExt as _};
use std::sync::Arc;

/// Rows to be deleted, and what has to be done for it first.
#[derive(Default)]
pub(super) struct Deletes {
    /// The rows, parents before the children found through them.
    pub(super) rows: Vec<Doomed>,
    /// Which they are: rows that own each other in a circle are found again.
    known: HashSet<(&'static str, RowKey)>,
    /// How many of `rows` have been looked at.
    seen: usize,
    /// Links, to be deleted by foreign key.
    pub(super) links: Vec<Links>,
    /// Children whose foreign key becomes NULL.
    pub(super) freed: Vec<(Vec<usize>, Match)>,
    /// Children removed from lists that own them, to be looked at before they are deleted.
    orphans: Vec<Cascade>,
    /// Children of deleted rows that a foreign key gives to another row.
    spared: Vec<(Going, KeyPairs)>,
}

/// A row to be deleted.
pub(super) struct Doomed {
    pub(super) def: &'static ModelDef,
    pub(super) key: RowKey,
    /// Its values as far as they are known, to order deletes in a table that refers to itself.
    pub(super) values: Arc<[Value]>,
    /// The call by which it goes.
    call: usize,
    /// Whether it has to be there: a row found through its parent may go with it.
    pub(super) expected: bool,
    /// Whether a new row takes its key, so that it is written over and not deleted.
    pub(super) replaced: bool,
}

/// The links of a deleted row.
pub(super) struct Links {
    pub(super) owner: &'static ModelDef,
    pub(super) rows: Match,
    /// Whether a new row takes the key of their owner, and has links of its own.
    pub(super) replaced: bool,
}

/// Children of deleted rows, to be found by their foreign key and deleted too.
pub(super) struct Cascade {
    pub(super) def: &'static ModelDef,
    pub(super) key: KeyPairs,
    pub(super) owners: Vec<RowKey>,
    /// The calls by which the owners go.
    calls: HashMap<RowKey, usize>,
    /// Of each owner only this child, with the call by which it goes; `None`: all of its children.
    only: Option<HashMap<(RowKey, RowKey), usize>>,
    /// Whether new rows take the keys of the owners, and may have been given children of theirs.
    pub(super) replaced: bool,
}

impl Cascade {
    fn new(def: &'static ModelDef, key: &KeyPairs, replaced: bool) -> Self {
        let (owners, calls) = (Vec::new(), HashMap::new());
        Cascade { def, key: *key, owners, calls, only: None, replaced }
    }

    /// Whether it is of children that left lists, and not of all that an owner has.
    pub(super) fn is_of_lists(&self) -> bool {
        self.only.is_some()
    }

    /// Whether a child left the list of this owner.
    pub(super) fn lets_go(&self, own: &RowKey, child: &RowKey) -> bool {
        let pair = (own.settled(), child.settled());
        self.only.as_ref().is_some_and(|only| only.contains_key(&pair))
    }

    /// The call by which a row that was found goes; `None` where it stays.
    pub(super) fn takes(&self, child: &RowKey, values: &[Value]) -> Option<usize> {
        let own = RowKey::of(self.key.iter().map(|(from, _)| values[from].clone()));
        match &self.only {
            Some(only) => only.get(&(own, child.clone())).copied(),
            // Databases compare text in ways of their own.
            None => Some(self.calls.get(&own).copied().unwrap_or(usize::MAX)),
        }
    }
}

impl Deletes {
    /// A child removed from a list that owns its rows: it goes if it is that owner's.
    pub(super) fn orphan(
        &mut self,
        def: &'static ModelDef,
        key: &KeyPairs,
        (owner, child): (RowKey, RowKey),
        call: usize,
    ) {
        let same = self.orphans.iter().position(|c| c.def == def && c.key == *key);
        let at = same.unwrap_or_else(|| {
            let mut orphans = Cascade::new(def, key, false);
            orphans.only = Some(HashMap::new());
            self.orphans.push(orphans);
            self.orphans.len() - 1
        });
        let orphans = &mut self.orphans[at];
        let owner = owner.settled();
        if !orphans.owners.contains(&owner) {
            orphans.owners.push(owner.clone());
        }
        orphans.only.get_or_insert_default().insert((owner, child.settled()), call);
    }

    /// The children removed from lists that own them, if they are there: the models and keys.
    pub(super) fn orphans(&self) -> HashSet<(&'static str, RowKey)> {
        let each = |cascade: &Cascade| {
            let identity = cascade.def.identity;
            let keys = cascade.only.iter().flatten().map(|((_, child), _)| child.clone());
            keys.map(|key| (identity, key)).collect::<Vec<_>>()
        };
        self.orphans.iter().flat_map(each).collect()
    }

    /// Takes the deletes of the queue.
    pub(super) fn collect(&mut self, unit: &Unit) {
        for entry in unit.entries.iter() {
            let (values, replaced) = match &entry.op {
                Op::Delete { values } => (values.clone(), false),
                Op::Update { in_place_of_deleted: true, .. } => (Arc::default(), true),
                _ => continue,
            };
            let (def, key) = (entry.def, entry.key.clone());
            self.known.insert((def.identity, key.settled()));
            let call = entry.call;
            self.rows.push(Doomed { def, key, values, call, expected: true, replaced });
        }
    }

    /// Rows that were to be written over by new ones which go too are deleted after all.
    pub(super) fn not_replaced(&mut self, gone: &[Going]) {
        let mut replaced = self.rows.iter_mut().filter(|row| row.replaced).peekable();
        if replaced.peek().is_none() {
            return;
        }
        let gone = gone.iter().map(|row| (row.def.identity, row.key.settled()));
        let gone: HashSet<(&str, RowKey)> = gone.collect();
        for row in replaced {
            row.replaced = !gone.contains(&(row.def.identity, row.key.settled()));
        }
    }

    /// Takes a row found through its parent; one that is there already counts once. Tells whether it was not known.
    pub(super) fn push(&mut self, row: &Going, replaced: bool) -> bool {
        let is_other = self.known.insert((row.def.identity, row.key.settled()));
        if is_other {
            let Going { def, key, values, call } = row.clone();
            self.rows.push(Doomed { def, key, values, call, expected: false, replaced });
        }
        is_other
    }

    /// A child that was found is given to another row, and stays if that does.
    pub(super) fn spare(&mut self, row: Going, key: KeyPairs) {
        self.spared.push((row, key));
    }

    /// Takes the children whose new parents go too, so that they are where they were; tells whether there were any.
    pub(super) fn take_spared(&mut self, unit: &mut Unit) -> bool {
        let mut any = false;
        for (row, key) in std::mem::take(&mut self.spared) {
            let entry = unit.stored_entry(row.def, &row.key);
            if entry.is_some_and(|entry| entry.op.foreign_key(&key).is_some()) {
                self.spared.push((row, key));
            } else if self.push(&row, false) {
                unit.goes(row);
                any = true;
            }
        }
        any
    }

    /// Looks at the rows that came since the last look: what has to go or change with them, and
    /// which children have to be found first.
    pub(super) fn expand(&mut self) -> Vec<Cascade> {
        let mut cascades = std::mem::take(&mut self.orphans);
        while self.seen < self.rows.len() {
            let row = &self.rows[self.seen];
            let (def, key, values) = (row.def, row.key.clone(), row.values.clone());
            let (replaced, call) = (row.replaced, row.call);
            self.seen += 1;
            let links = links_to(def);
            for relation in def.relations {
                let resolved = (relation.resolved)();
                let Join::Children { key: pairs } = &resolved.join else { continue };
                let Some(own) = owner_values(def, pairs, &key, &values) else { continue };
                let target = resolved.target;
                // They go as links do; what refers to them in turn has to be found.
                let linked = links.contains(&(target, *pairs));
                // The database does nothing about a row that is written over.
                let way = if replaced { Way::of_new } else { Way::of };
                match way(relation, target, pairs) {
                    Way::Cascade if linked && (replaced || !takes_along(target)) => {}
                    Way::Cascade => find(&mut cascades, (target, pairs), own, replaced, call),
                    Way::Free if !linked => {
                        let set = pairs.iter().map(|(from, _)| from).collect();
                        self.freed.push((set, matching(target, pairs, own)));
                    }
                    Way::Free | Way::Leave => {}
                }
            }
            for (link, pairs) in links {
                if let Some(own) = owner_values(def, pairs, &key, &values) {
                    let rows = matching(link, pairs, own);
                    self.links.push(Links { owner: def, rows, replaced });
                }
            }
        }
        cascades
    }

    /// The rows in an order that respects foreign keys: those found later, or in tables that refer
    /// to others, first.
    pub(super) fn ordered(&self, rank: impl Fn(&'static ModelDef) -> usize) -> Vec<&Doomed> {
        let mut rows: Vec<_> = self.rows.iter().filter(|row| !row.replaced).collect();
        rows.sort_by_key(|row| std::cmp::Reverse(rank(row.def)));
        let mut seen = HashSet::new();
        // Within a table children were found after their parents.
        let mut ordered: Vec<&Doomed> = Vec::with_capacity(rows.len());
        for group in rows.chunk_by(|a, b| a.def == b.def) {
            ordered.extend(group.iter().rev());
        }
        ordered.retain(|row| seen.insert((row.def.identity, row.key.settled())));
        ordered
    }
}

/// What becomes of the children of a deleted row.
pub(super) enum Way {
    /// They are found and deleted too.
    Cascade,
    /// Their foreign key becomes NULL.
    Free,
    /// The database does it, or refuses.
    Leave,
}

impl Way {
    pub(super) fn of(relation: &RelationDef, target: &ModelDef, pairs: &KeyPairs) -> Way {
        let columns = || pairs.iter().map(|(from, _)| &target.columns[from]);
        if relation.passive_deletes {
            Way::Leave
        } else if relation.cascade_delete || columns().any(|column| column.primary_key) {
            Way::Cascade
        } else if columns().any(|c| c.references.is_some_and(|to| to.on_delete.is_some())) {
            Way::Leave
        } else if columns().all(|column| column.nullable) {
            Way::Free
        } else {
            Way::Leave
        }
    }

    /// The same of a child that is only queued, of which the database knows nothing yet.
    pub(super) fn of_new(relation: &RelationDef, target: &ModelDef, pairs: &KeyPairs) -> Way {
        let rule = |(from, _): (usize, usize)| target.columns[from].references?.on_delete;
        match Way::of(relation, target, pairs) {
            Way::Leave => match pairs.iter().find_map(rule) {
                Some(OnDelete::Cascade) => Way::Cascade,
                Some(OnDelete::SetNull) => Way::Free,
                Some(OnDelete::Restrict) | None => Way::Leave,
            },
            way => way,
        }
    }
}

/// Whether something may have to go with a row of this table.
fn takes_along(def: &ModelDef) -> bool {
    let children =
        |relation: &RelationDef| matches!((relation.resolved)().join, Join::Children { .. });
    !links_to(def).is_empty() || def.relations.iter().any(children)
}

/// All children of an owner are to be found.
fn find(
    cascades: &mut Vec<Cascade>,
    (def, key): (&'static ModelDef, &KeyPairs),
    own: Vec<Value>,
    replaced: bool,
    call: usize,
) {
    let owner = RowKey::of(own.into_iter());
    let all =
        |c: &Cascade| c.only.is_none() && c.def == def && c.key == *key && c.replaced == replaced;
    let at = cascades.iter().position(all).unwrap_or_else(|| {
        cascades.push(Cascade::new(def, key, replaced));
        cascades.len() - 1
    });
    cascades[at].calls.insert(owner.settled(), call);
    cascades[at].owners.push(owner);
}

fn matching(def: &'static ModelDef, pairs: &KeyPairs, values: Vec<Value>) -> Match {
    let columns = pairs.iter().map(|(from, _)| from).collect();
    Match { def, columns, key: RowKey::of(values.into_iter()) }
}

/// The owner's values of the columns that a foreign key refers to.
pub(super) fn owner_values(
    def: &ModelDef,
    pairs: &KeyPairs,
    key: &RowKey,
    values: &[Value],
) -> Option<Vec<Value>> {
    known_values(def, pairs.iter().map(|(_, to)| to), key, values)
}

/// The values of some columns of a row of which perhaps only the key is known.
pub(super) fn known_values(
    def: &ModelDef,
    columns: impl Iterator<Item = usize>,
    key: &RowKey,
    values: &[Value],
) -> Option<Vec<Value>> {
    let value = |at: usize| match values.get(at) {
        Some(value) => Some(value.clone()),
        None => key.values().get(def.part_of_key(at)?).cloned(),
    };
    columns.map(value).collect()
}
