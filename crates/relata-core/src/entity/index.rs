//! [`Index`] and [`Keys`]: where a row stands in a long list, and whether a key is among many,
//! without a look at each of them.

use super::Node;
use crate::{key::RowKey, value::Value};
use foldhash::{HashMap, HashMapExt as _, HashSet};
use std::sync::Arc;

/// Where the rows of a list stand. A late key is found by itself until it is known, then also by
/// value.
#[derive(Clone, Default)]
pub(super) struct Index {
    places: HashMap<RowKey, Place>,
    late: HashSet<RowKey>,
    /// A number of each row. They ascend, so that they lead to a row after others were taken out.
    numbers: Vec<u64>,
    next: u64,
    /// Whether a key was late, so that it may have another value after a rollback.
    doubtful: bool,
    /// Whether a key stands in the list more than once.
    repeats: bool,
}

/// Where a key stands.
#[derive(Clone, Copy)]
pub(super) enum Place {
    /// With the row of this number.
    Row(u64),
    /// Among the rows of which only the key is known.
    Key,
}

impl Index {
    pub(super) fn of(rows: &[Arc<dyn Node>], keys: &[RowKey]) -> Self {
        let mut index = Index::default();
        rows.iter().for_each(|row| index.add_row(&row.key()));
        keys.iter().for_each(|key| index.add_key(key));
        index
    }

    /// A row was added behind the others.
    pub(super) fn add_row(&mut self, key: &RowKey) {
        let number = self.next;
        self.next += 1;
        self.numbers.push(number);
        self.add(key, Place::Row(number));
    }

    /// A key was added.
    pub(super) fn add_key(&mut self, key: &RowKey) {
        self.add(key, Place::Key);
    }

    fn add(&mut self, key: &RowKey, place: Place) {
        self.doubtful |= has_late(key);
        if key.resolved().is_none() {
            self.late.insert(key.clone());
        }
        self.repeats |= self.places.insert(key.settled(), place).is_some();
    }

    /// Where a key stands, as far as that is known here.
    pub(super) fn place(&mut self, key: &RowKey) -> Option<Place> {
        // A flush makes the keys of all rows known, so looking at one tells of the rest.
        if self.late.iter().next().is_some_and(|key| key.resolved().is_some()) {
            let (known, late) = self.late.drain().partition(|key| key.resolved().is_some());
            self.late = late;
            let known: HashSet<RowKey> = known;
            for key in known {
                if let Some(place) = self.places.get(&key).copied() {
                    self.places.insert(key.settled(), place);
                }
            }
        }
        self.places.get(&key.settled()).or_else(|| self.places.get(key)).copied()
    }

    /// Which row has a number.
    pub(super) fn position(&self, number: u64) -> Option<usize> {
        self.numbers.binary_search(&number).ok()
    }

    /// The row at a position was taken out.
    pub(super) fn take_row(&mut self, position: usize, key: &RowKey) {
        self.numbers.remove(position);
        self.take_key(key);
    }

    /// A key was taken out.
    pub(super) fn take_key(&mut self, key: &RowKey) {
        self.late.remove(key);
        self.places.remove(key);
        self.places.remove(&key.settled());
    }

    /// Whether a key stands here more than once.
    pub(super) fn repeats(&self) -> bool {
        self.repeats
    }

    /// Whether a key may be in the list though it is not found.
    pub(super) fn is_doubtful(&self) -> bool {
        self.doubtful
    }
}

/// Whether a part of a key was made by a flush of this program, or is yet to be made.
pub(super) fn has_late(key: &RowKey) -> bool {
    key.values().iter().any(|value| matches!(value, Value::Late(_)))
}

/// Keys in the order in which they came, each once.
#[derive(Clone, Default)]
pub(super) struct Keys {
    list: Vec<RowKey>,
    known: HashSet<RowKey>,
    /// Whether one was late: it may have another value after a rollback, so all are looked at.
    late: bool,
}

impl Keys {
    pub(super) fn as_slice(&self) -> &[RowKey] {
        &self.list
    }

    pub(super) fn contains(&self, key: &RowKey) -> bool {
        if self.late {
            return self.list.contains(key);
        }
        key.resolved().is_some_and(|key| self.known.contains(&key))
    }

    pub(super) fn insert(&mut self, key: &RowKey) {
        if self.contains(key) {
            return;
        }
        self.late |= has_late(key);
        self.known.insert(key.settled());
        self.list.push(key.clone());
    }

    pub(super) fn remove(&mut self, key: &RowKey) {
        if self.contains(key) {
            self.list.retain(|other| other != key);
            self.known.remove(&key.settled());
        }
    }

    /// Calls those otherwise for which there is another name.
    pub(super) fn rename<'a>(&mut self, name: impl Fn(&RowKey) -> Option<&'a RowKey>) {
        if self.list.iter().any(|key| name(key).is_some()) {
            let renamed = self.list.iter().map(|key| name(key).unwrap_or(key).clone());
            *self = renamed.collect::<Vec<_>>().into();
        }
    }

    pub(super) fn clear(&mut self) {
        *self = Keys::default();
    }
}

impl From<Vec<RowKey>> for Keys {
    fn from(list: Vec<RowKey>) -> Self {
        let mut keys = Keys::default();
        list.iter().for_each(|key| keys.insert(key));
        keys
    }
}

/// Rows by their keys; of several with one key the first.
pub(super) fn by_key(rows: &[Arc<dyn Node>]) -> HashMap<RowKey, &Arc<dyn Node>> {
    let mut map = HashMap::with_capacity(rows.len());
    for row in rows {
        map.entry(row.key().settled()).or_insert(row);
    }
    map
}

/// Up to this length it is quicker to look at each key than to hash them all.
pub(super) const SHORT: usize = 16;

/// The keys that are not among the others.
pub(crate) fn without(keys: &[RowKey], others: &[RowKey]) -> Vec<RowKey> {
    if keys == others {
        return Vec::new();
    }
    if others.len() <= SHORT {
        return keys.iter().filter(|key| !others.contains(key)).cloned().collect();
    }
    let others: HashSet<RowKey> = others.iter().map(RowKey::settled).collect();
    keys.iter().filter(|key| !others.contains(&key.settled())).cloned().collect()
}
