//! [`List`]: the rows of a relation field, and what was asked of them.

use super::{
    Asked, Changed, DecodeNode, Node, Slot,
    again::Again,
    index::{Index, Keys, Place, SHORT, by_key, has_late},
    member::Target,
    moved::{Moved, called},
    slot::exclusive,
};
use crate::{key::RowKey, scope::Scope};
use foldhash::{HashMap, HashSet, HashSetExt as _};
use std::sync::Arc;

/// Related rows: known ones, and what was asked.
#[derive(Clone)]
pub struct List {
    /// Rows in the list.
    pub(super) rows: Vec<Arc<dyn Node>>,
    /// Rows in the list of which only the key is known.
    pub(super) keys: Vec<RowKey>,
    /// Rows removed from a list that is not whole.
    pub(super) removed: Keys,
    /// What was asked once more: it may be long ago that it was so.
    pub(super) again: Option<Box<Again>>,
    /// Where a part of the related rows was loaded, which of `rows` nobody asked for.
    pub(super) part: Option<Box<Part>>,
    /// Keys of new rows that stood beside stored ones when the list was added last.
    pub(super) beside: Option<Box<[RowKey]>>,
    /// Rows that get other keys, or got them.
    pub(super) moved: Box<[Moved]>,
    /// Whether `rows` and `keys` are all there is.
    pub(super) whole: bool,
    /// Whether it can be read: it is whole, or it is the list of a new value.
    pub(super) readable: bool,
    /// How a row of it is read.
    pub(super) decode: DecodeNode,
    /// Kept once scanning `rows` and `keys` would be slow.
    index: Option<Index>,
}

/// The loaded part of a list.
#[derive(Clone)]
pub(super) struct Part {
    /// Keys of rows that are in the list because they were loaded.
    loaded: HashSet<RowKey>,
    /// Keys of rows that were added before, and are not among those that were loaded.
    unseen: Keys,
}

/// Where a row stands in a list.
enum At {
    Row(usize),
    Key(usize),
}

/// Up to this length a list is searched, above it an index is kept.
const INDEX_FROM: usize = 32;

impl List {
    pub(super) fn new(decode: DecodeNode, readable: bool) -> Self {
        List {
            rows: Vec::new(),
            keys: Vec::new(),
            removed: Keys::default(),
            again: None,
            beside: None,
            moved: Box::default(),
            part: None,
            whole: false,
            readable,
            decode,
            index: None,
        }
    }

    /// The rows that the database holds, and what was asked of the `old` list and not yet added.
    pub(super) fn read(
        rows: Vec<Arc<dyn Node>>,
        decode: DecodeNode,
        asked: Asked,
        old: &Slot,
    ) -> Self {
        let mut list = List::new(decode, true);
        list.whole = true;
        list.rows = rows;
        list.moved = old.moved().iter().filter(|moved| moved.is_open()).cloned().collect();
        match asked {
            Asked::Nothing => {}
            Asked::All => {
                if let Slot::List(old) = old {
                    list.rows.clone_from(&old.rows);
                    list.keys.clone_from(&old.keys);
                }
            }
            Asked::Changes { added, removed } => list.replay(added, &removed, old.rows()),
        }
        list.replay_again(old);
        list
    }

    /// Some of the rows that the database holds. What the `old` list `said` before stays said, and what was
    /// `asked` of it and not yet added is asked of this.
    pub(super) fn read_part(
        (rows, decode): (Vec<Arc<dyn Node>>, DecodeNode),
        (said, removed): Changed,
        (added, taken): Changed,
        old: &Slot,
    ) -> Self {
        let mut list = List::new(decode, true);
        let mut loaded: HashSet<RowKey> = rows.iter().map(|row| row.key().settled()).collect();
        let (seen, unseen) = said.into_iter().partition(|key| loaded.contains(&key.settled()));
        let seen: Vec<RowKey> = seen;
        for key in &seen {
            loaded.remove(&key.settled());
        }
        (list.rows, list.removed) = (rows, removed.into());
        list.moved = old.moved().into();
        let unseen: Vec<RowKey> = unseen;
        list.part = Some(Box::new(Part { loaded, unseen: unseen.into() }));
        list.replay(added, &taken, old.rows());
        list.replay_again(old);
        list
    }

    /// Whether these are the keys of its rows, in their order.
    pub(super) fn has_keys(&self, keys: &[RowKey]) -> bool {
        keys.len() == self.rows.len() + self.keys.len()
            && self.rows.iter().zip(keys).all(|(row, key)| row.has_key(key))
            && self.keys == keys[self.rows.len()..]
    }

    /// The key of every row, each once.
    pub(super) fn all_keys(&self) -> Vec<RowKey> {
        let keys = self.rows.iter().map(|row| row.key()).chain(self.keys.iter().cloned());
        let count = self.rows.len() + self.keys.len();
        if count <= SHORT {
            let mut each = Vec::with_capacity(count);
            keys.for_each(|key| {
                if !each.contains(&key) {
                    each.push(key);
                }
            });
            return each;
        }
        let mut seen = HashSet::new();
        keys.filter(|key| seen.insert(key.settled())).collect()
    }

    /// The keys of the rows that were asked for.
    pub(super) fn added_keys(&self) -> Vec<RowKey> {
        let Some(part) = &self.part else { return self.all_keys() };
        let asked = self.all_keys().into_iter().filter(|key| !part.loaded.contains(&key.settled()));
        part.unseen.as_slice().iter().cloned().chain(asked).collect()
    }

    /// Where a row stands; a long list is not searched.
    fn find(&mut self, key: &RowKey) -> Option<At> {
        if self.rows.len() + self.keys.len() < INDEX_FROM {
            return self.search(key);
        }
        let index = self.index.get_or_insert_with(|| Index::of(&self.rows, &self.keys));
        match index.place(key)? {
            Place::Key => self.search(key),
            Place::Row(number) => {
                let at = index.position(number)?;
                if self.rows.get(at).is_some_and(|row| row.has_key(key)) {
                    return Some(At::Row(at));
                }
                // The key of that row has changed.
                self.index = None;
                self.search(key)
            }
        }
    }

    fn search(&self, key: &RowKey) -> Option<At> {
        let known = || self.keys.iter().position(|other| other == key).map(At::Key);
        known().or_else(|| self.rows.iter().position(|row| row.has_key(key)).map(At::Row))
    }

    /// Adds a row; one that is in the list stays where it is.
    pub(super) fn push(&mut self, target: Target) {
        self.rename_moved();
        let key = target.key();
        let is_saved = !has_late(&key);
        if !self.insert(target) || self.whole && is_saved {
            // Whether it still is among the rows in the database is to be seen.
            self.again.get_or_insert_default().add(&key);
        } else if let Some(again) = &mut self.again {
            again.forget(&key);
        }
    }

    /// Adds a row, and tells whether none of its key was there.
    fn insert(&mut self, target: Target) -> bool {
        let key = target.key();
        // A new row does not bring the removed one back, it takes its place.
        if !target.is_new() {
            self.removed.remove(&key);
        }
        if let Some(at) = self.find(&key) {
            if let Target::Row(row) = target {
                self.put(&at, row);
            }
            return false;
        }
        if let Some(part) = &mut self.part {
            part.unseen.remove(&key);
        }
        match target {
            Target::Row(row) => self.push_row(row),
            Target::Key(key) => {
                if let Some(index) = &mut self.index {
                    index.add_key(&key);
                }
                self.keys.push(key);
            }
        }
        true
    }

    fn push_row(&mut self, row: Arc<dyn Node>) {
        if let Some(index) = &mut self.index {
            index.add_row(&row.key());
        }
        self.rows.push(row);
    }

    /// Puts a row in the place of the one with its key, where only the key was known or this one has
    /// changes to be written. A new row is another one, and stands beside it.
    fn put(&mut self, at: &At, row: Arc<dyn Node>) {
        match at {
            At::Key(_) => {
                self.take(at);
                self.push_row(row);
            }
            At::Row(at) if row.memory().is_other_than(self.rows[*at].memory()) => {
                self.push_row(row)
            }
            At::Row(at) if row.memory().is_dirty() => self.rows[*at] = row,
            At::Row(_) => {}
        }
    }

    fn take(&mut self, at: &At) {
        match *at {
            At::Row(at) => {
                let row = self.rows.remove(at);
                if let Some(index) = &mut self.index {
                    index.take_row(at, &row.key());
                }
            }
            At::Key(at) => {
                let key = self.keys.remove(at);
                if let Some(index) = &mut self.index {
                    index.take_key(&key);
                }
            }
        }
    }

    /// Takes a row out, also where it is named by the key that it had before it was put in.
    pub(super) fn remove(&mut self, key: &RowKey) {
        self.rename_moved();
        match self.find(key) {
            None => self.take_out(&called(&self.moved, key).unwrap_or_else(|| key.clone())),
            Some(_) => self.take_out(key),
        }
    }

    fn take_out(&mut self, key: &RowKey) {
        if self.index.as_ref().is_some_and(Index::repeats) {
            self.index = None;
            self.rows.retain(|row| !row.has_key(key));
            self.keys.retain(|other| other != key);
        }
        let doubtful = self.index.as_ref().is_some_and(Index::is_doubtful);
        let mut at = self.find(key).or_else(|| if doubtful { self.search(key) } else { None });
        while let Some(found) = at {
            self.take(&found);
            at = self.find(key);
        }
        if self.removed.contains(key) {
            self.again.get_or_insert_default().remove(key);
        } else if let Some(again) = &mut self.again {
            again.forget(key);
        }
        self.forget(key);
    }

    /// What is known of a row that was taken out.
    fn forget(&mut self, key: &RowKey) {
        if let Some(part) = &mut self.part {
            part.loaded.remove(&key.settled());
            part.unseen.remove(key);
        }
        if !self.whole {
            self.removed.insert(key);
        }
    }

    /// The keys that its rows say where they are known by others, by these.
    pub(super) fn keys_now(&self) -> HashMap<RowKey, RowKey> {
        if !self.rows.iter().any(|row| row.memory().may_be_renamed()) {
            return HashMap::default();
        }
        let renamed = self.rows.iter().filter(|row| row.memory().may_be_renamed());
        let keys = renamed.map(|row| (row.key(), row.key_now())).filter(|(key, now)| key != now);
        keys.map(|(key, now)| (key.settled(), now)).collect()
    }

    /// Which of its rows say other keys than they had, and are not known to; in a scope in which all of them are added,
    /// also those that do so since.
    pub(super) fn renamed(&self, scope: Option<&Scope>) -> Vec<Moved> {
        let mut new: Vec<Moved> = Vec::new();
        for row in self.rows.iter().filter(|row| row.memory().may_be_renamed()) {
            let (key, now) = (row.key(), row.key_now());
            if key != now {
                new.extend(scope.map(|scope| Moved::itself(key, now, scope, scope.flushes())));
            } else if let Some((before, scope, at)) = row.memory().known_before() {
                let was = row.def().primary_key.iter().map(|at| before[*at].clone());
                let was = RowKey::of(was);
                if was != key {
                    new.push(Moved::itself(was, key, scope, at));
                }
            }
        }
        if !new.is_empty() && !self.moved.is_empty() {
            let known: HashSet<(RowKey, RowKey)> =
                self.moved.iter().filter(|moved| !moved.is_lost()).map(Moved::keys).collect();
            new.retain(|new| !known.contains(&new.keys()));
        }
        new
    }

    /// Remembers rows that get other keys.
    pub(super) fn remember(&mut self, new: impl IntoIterator<Item = Moved>) {
        self.moved = std::mem::take(&mut self.moved).into_iter().chain(new).collect();
    }

    /// Whether it calls rows otherwise than the database, or may forget some that it called so.
    pub(super) fn is_outdated(&self) -> bool {
        self.moved.iter().any(|moved| moved.is_outdated() || moved.is_lost())
    }

    /// Calls its rows as the database does by now.
    pub(super) fn rename_moved(&mut self) {
        if !self.is_outdated() {
            return;
        }
        self.index = None;
        let (mut names, mut rows) = (HashMap::<RowKey, RowKey>::default(), HashMap::default());
        for moved in self.moved.iter_mut().filter(|moved| moved.is_outdated()) {
            let (from, to) = moved.rename();
            names.insert(from, to);
            rows.insert(moved.known_as(), &*moved);
        }
        for row in &mut self.rows {
            if let Some(moved) = rows.get(&row.key().settled()) {
                moved.take_key(exclusive(row));
            }
        }
        let rename = |key: &RowKey| names.get(&key.settled());
        for key in &mut self.keys {
            if let Some(to) = rename(key) {
                *key = to.clone();
            }
        }
        self.removed.rename(rename);
        if let Some(part) = &mut self.part {
            part.unseen.rename(rename);
            let loaded = std::mem::take(&mut part.loaded).into_iter();
            part.loaded = loaded.map(|key| rename(&key).unwrap_or(&key).settled()).collect();
        }
        let moved = std::mem::take(&mut self.moved).into_iter();
        self.moved = moved.filter(|moved| !moved.is_lost()).collect();
    }

    /// Does again what was asked of the list before it was loaded, when it had the `old` rows. What it has
    /// now is known.
    fn replay(&mut self, added: Vec<RowKey>, removed: &[RowKey], old: &[Arc<dyn Node>]) {
        if !removed.is_empty() {
            self.index = None;
            let gone: HashSet<RowKey> = removed.iter().map(RowKey::settled).collect();
            self.rows.retain(|row| !gone.contains(&row.key().settled()));
            removed.iter().for_each(|key| self.forget(key));
        }
        let old = by_key(if added.is_empty() { &[] } else { old });
        for key in added {
            let row = old.get(&key.settled()).map(|row| Arc::clone(row));
            self.insert(row.map_or(Target::Key(key), Target::Row));
        }
        self.again = None;
    }

    /// Does what was asked once more of the list as it was before.
    fn replay_again(&mut self, old: &Slot) {
        if let Some(again) = old.again() {
            let asked = again.due();
            self.replay(asked.added().to_vec(), asked.removed(), old.rows());
        }
    }

    /// Makes these all that is in the list.
    pub(super) fn set(&mut self, targets: impl Iterator<Item = Target>) {
        self.rename_moved();
        // The rows are dropped after the new ones are in, which may be the same.
        let old = std::mem::take(&mut self.rows);
        self.keys.clear();
        self.removed.clear();
        (self.again, self.part, self.index) = (None, None, None);
        (self.whole, self.readable) = (true, true);
        targets.for_each(|target| {
            self.insert(target);
        });
        drop(old);
    }
}
