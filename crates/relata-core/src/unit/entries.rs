//! [`Entries`]: what is to happen to rows, in the order of `add`, and where each row is among them.

use super::op::Op;
use crate::{
    key::RowKey,
    schema::{KeyPairs, ModelDef},
    value::Value,
};
use foldhash::HashMap;
use std::{
    collections::hash_map,
    ops::{Deref, DerefMut},
};

/// What is to happen to one row.
pub(super) struct Entry {
    pub(super) def: &'static ModelDef,
    pub(super) key: RowKey,
    pub(super) op: Op,
    /// The call that said it.
    pub(super) call: usize,
    /// The call that changed it last.
    pub(super) changed: usize,
    /// Columns of foreign keys that later calls said, with these.
    later: Vec<(usize, usize)>,
}

impl Entry {
    /// The call that said a foreign key last.
    pub(super) fn call_of(&self, key: &KeyPairs) -> usize {
        let later = self.later.iter().filter(|(at, _)| key.iter().any(|(from, _)| from == *at));
        later.map(|(_, call)| *call).fold(self.call, usize::max)
    }

    /// The call that said anything of it last, as far as foreign keys go.
    pub(super) fn last_call(&self) -> usize {
        self.later.iter().map(|(_, call)| *call).fold(self.call, usize::max)
    }

    /// Its key as it is to be; `columns` are those of the key.
    pub(super) fn key_once_written(&self, columns: &[usize]) -> RowKey {
        let parts = columns.iter().zip(self.key.values());
        RowKey::of(parts.map(|(at, now)| self.op.value(*at).unwrap_or(now).clone()))
    }

    /// Whether the row is to have another key.
    pub(super) fn moves(&self) -> bool {
        self.key_once_written(self.def.primary_key) != self.key
    }

    /// What a column will be, as far as that is known: of a stored row the key is.
    pub(super) fn value(&self, column: usize) -> Option<&Value> {
        match &self.op {
            Op::Update { .. } => self
                .op
                .value(column)
                .or_else(|| self.key.values().get(self.def.part_of_key(column)?)),
            Op::Insert { .. } | Op::Delete { .. } | Op::Gone => self.op.value(column),
        }
    }

    /// What a foreign key will be, said or not.
    pub(super) fn foreign_key_to_be(&self, key: &KeyPairs) -> Option<RowKey> {
        let values = key.iter().map(|(from, _)| self.value(from).cloned());
        Some(RowKey::of(values.collect::<Option<Vec<_>>>()?.into_iter()))
    }

    /// Says the row anew.
    pub(super) fn say(&mut self, call: usize) {
        (self.call, self.changed) = (call, call);
        self.later.clear();
    }

    /// Changes columns of the row too.
    pub(super) fn update(&mut self, changes: Vec<(usize, Value)>, call: usize) {
        let keys = changes.iter().map(|(at, _)| *at);
        for at in keys.filter(|at| self.def.columns[*at].references.is_some()) {
            match self.later.iter_mut().find(|(said, _)| *said == at) {
                Some((_, last)) => *last = call.max(*last),
                None => self.later.push((at, call)),
            }
        }
        self.changed = self.changed.max(call);
        self.op.update(changes);
    }
}

/// The entries, and their places by key. Most new rows are never looked for, so they get no place
/// before one is.
#[derive(Default)]
pub(super) struct Entries {
    all: Vec<Entry>,
    tables: Tables,
    places: HashMap<(usize, RowKey), usize>,
    /// So many of the entries have their place.
    placed: usize,
    /// Where stored rows get other keys.
    moving: Option<Box<Moving>>,
}

/// Stored rows that get other keys.
#[derive(Default)]
struct Moving {
    /// Where they are, by the keys that they had, where new rows are to have these.
    movers: HashMap<(usize, RowKey), usize>,
    /// The keys that they had, by those that they get.
    arrivals: HashMap<(usize, RowKey), RowKey>,
}

impl Entries {
    /// Adds an entry: from now on it is the one of its row.
    pub(super) fn push(&mut self, def: &'static ModelDef, key: RowKey, op: Op, call: usize) {
        self.all.push(Entry { def, key, op, call, changed: call, later: Vec::new() });
    }

    /// Adds a second entry of a row: the first one stays the one that is found.
    pub(super) fn push_behind(&mut self, def: &'static ModelDef, key: RowKey, op: Op, call: usize) {
        self.place_all();
        self.push(def, key, op, call);
        self.placed = self.all.len();
    }

    /// The entry of a row.
    pub(super) fn of(&mut self, def: &'static ModelDef, key: &RowKey) -> Option<&mut Entry> {
        self.place_all();
        let at = *self.places.get(&(self.tables.number(def), key.settled()))?;
        self.all.get_mut(at)
    }

    /// Adds the entry of a new row with the key that a stored one had: that one, which is at a place, is found as the
    /// stored row from now on.
    pub(super) fn push_in_place_of(&mut self, at: usize, key: RowKey, op: Op, call: usize) {
        let def = self.all[at].def;
        let place = (self.tables.number(def), key.settled());
        self.moving.get_or_insert_default().movers.insert(place, at);
        self.push(def, key, op, call);
    }

    /// The entry of the stored row with a key, which may be that of a new row by now.
    pub(super) fn of_stored(&mut self, def: &'static ModelDef, key: &RowKey) -> Option<&mut Entry> {
        match self.mover(def, key) {
            Some(at) => self.all.get_mut(at),
            None => self.of(def, key),
        }
    }

    /// Where the entry of a stored row is that has left its key to a new one.
    pub(super) fn mover(&self, def: &'static ModelDef, key: &RowKey) -> Option<usize> {
        let movers = &self.moving.as_ref()?.movers;
        movers.get(&(self.tables.find(def)?, key.settled())).copied()
    }

    /// The stored row that was to leave its key to a new one keeps it: the new one is written over it, or it is found
    /// by the key again where that was taken back.
    pub(super) fn stay(&mut self, def: &'static ModelDef, key: &RowKey) {
        let Some(at) = self.mover(def, key) else { return };
        let place = (self.tables.number(def), key.settled());
        if let Some(moving) = &mut self.moving {
            moving.movers.remove(&place);
        }
        if self.of(def, key).is_some_and(|new| new.op.is_insert()) {
            self.all[at].op = Op::Gone;
        } else {
            self.places.insert(place, at);
        }
    }

    /// A stored row gets another key.
    pub(super) fn note_arrival(&mut self, at: usize) {
        let Entry { def, key, .. } = &self.all[at];
        let is = self.all[at].key_once_written(def.primary_key).settled();
        let place = (self.tables.number(def), is);
        let key = key.clone();
        self.moving.get_or_insert_default().arrivals.insert(place, key);
    }

    /// Whether stored rows get other keys.
    pub(super) fn has_arrivals(&self) -> bool {
        self.moving.is_some()
    }

    /// The key that the row has in the database which is to have this one.
    pub(super) fn key_before(&mut self, def: &'static ModelDef, key: &RowKey) -> Option<RowKey> {
        let arrivals = &self.moving.as_ref()?.arrivals;
        let was = arrivals.get(&(self.tables.find(def)?, key.settled()))?.clone();
        let entry = self.of_stored(def, &was)?;
        let arrives = matches!(entry.op, Op::Update { .. })
            && entry.key_once_written(def.primary_key) == *key;
        arrives.then_some(was)
    }

    /// The model with an identity, if a row of it was asked for.
    pub(super) fn model(&mut self, identity: &str) -> Option<&'static ModelDef> {
        self.place_all();
        self.tables.0.iter().copied().find(|def| def.identity == identity)
    }

    /// Where a row is; one that is not there is the next that is pushed, which has to follow at once.
    pub(super) fn place_or_reserve(
        &mut self,
        def: &'static ModelDef,
        key: &RowKey,
    ) -> Option<usize> {
        self.place_all();
        match self.places.entry((self.tables.number(def), key.settled())) {
            hash_map::Entry::Occupied(known) => Some(*known.get()),
            hash_map::Entry::Vacant(free) => {
                free.insert(self.all.len());
                self.placed += 1;
                None
            }
        }
    }

    fn place_all(&mut self) {
        for (at, entry) in self.all.iter().enumerate().skip(self.placed) {
            self.places.insert((self.tables.number(entry.def), entry.key.settled()), at);
        }
        self.placed = self.all.len();
    }
}

impl Deref for Entries {
    type Target = [Entry];
    fn deref(&self) -> &[Entry] {
        &self.all
    }
}

impl DerefMut for Entries {
    fn deref_mut(&mut self) -> &mut [Entry] {
        &mut self.all
    }
}

impl IntoIterator for Entries {
    type Item = Entry;
    type IntoIter = std::vec::IntoIter<Entry>;
    fn into_iter(self) -> Self::IntoIter {
        self.all.into_iter()
    }
}

/// Numbers for tables, as keys of maps: a model is a constant, which may stand at several addresses.
#[derive(Default)]
pub(super) struct Tables(Vec<&'static ModelDef>);

impl Tables {
    /// The number of a table that has one.
    pub(super) fn find(&self, def: &'static ModelDef) -> Option<usize> {
        self.0.iter().position(|other| *other == def)
    }

    pub(super) fn number(&mut self, def: &'static ModelDef) -> usize {
        self.find(def).unwrap_or_else(|| {
            self.0.push(def);
            self.0.len() - 1
        })
    }
}
