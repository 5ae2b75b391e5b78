//! [`Slot`]: what a relation field holds, without the type of its rows.

use super::{
    DecodeNode, Memory, Node, SaidList, Standing,
    again::{Again, Asked as AskedAgain},
    index::{Index, Keys, Place, SHORT, by_key, has_late},
    member::Target,
};
use crate::{key::RowKey, schema::RelationDef, scope::Scope};
use foldhash::{HashMap, HashMapExt as _, HashSet, HashSetExt as _};
use std::{fmt, sync::Arc};

/// The state of a relation field.
#[derive(Clone, Default)]
pub enum Slot {
    /// The field of a new value that nobody touched.
    #[default]
    Untouched,
    /// The field of a row that was read without this relation.
    Unloaded(&'static RelationDef),
    /// What is known of the related rows, and what was asked since.
    List(Arc<List>),
}

/// Related rows: known ones, and what was asked.
#[derive(Clone)]
pub struct List {
    /// Rows in the list.
    pub(super) rows: Vec<Arc<dyn Node>>,
    /// Rows in the list of which only the key is known.
    pub(super) keys: Vec<RowKey>,
    /// Rows removed from a list that is not whole.
    removed: Keys,
    /// What was asked once more: it may be long ago that it was so.
    again: Option<Box<Again>>,
    /// Where a part of the related rows was loaded, which of `rows` nobody asked for.
    part: Option<Box<Part>>,
    /// Keys of new rows that stood beside stored ones when the list was added last.
    beside: Option<Box<[RowKey]>>,
    /// Whether `rows` and `keys` are all there is.
    pub(super) whole: bool,
    /// Whether it can be read: it is whole, or it is the list of a new value.
    pub(super) readable: bool,
    /// How a row of it is read.
    decode: DecodeNode,
    /// Kept once scanning `rows` and `keys` would be slow.
    index: Option<Index>,
}

/// The keys of the new rows of a list.
#[derive(Default)]
pub(crate) struct NewKeys {
    /// Of those with which no other row of the list stands: one that is in the database was taken out.
    pub(crate) alone: Vec<RowKey>,
    /// Of those beside another row.
    pub(crate) beside: Vec<RowKey>,
}

/// The loaded part of a list.
#[derive(Clone)]
struct Part {
    /// Keys of rows that are in the list because they were loaded.
    loaded: HashSet<RowKey>,
    /// Keys of rows that were added before, and are not among those that were loaded.
    unseen: Keys,
}

/// Keys of rows that were added, and of such that were removed.
pub(crate) type Changed = (Vec<RowKey>, Vec<RowKey>);

/// What was asked of a list and not yet added.
pub enum Asked {
    /// Nothing.
    Nothing,
    /// The list as it is, instead of what there is.
    All,
    /// Some changes.
    Changes {
        /// Keys of rows to be in it.
        added: Vec<RowKey>,
        /// Keys of rows not to be in it.
        removed: Vec<RowKey>,
    },
}

/// Where a row stands in a list.
enum At {
    Row(usize),
    Key(usize),
}

/// Up to this length a list is searched, above it an index is kept.
const INDEX_FROM: usize = 32;

impl Slot {
    /// What it says about its rows. Where that is what it said before, the two are one.
    pub fn said(&self, before: &SaidList) -> SaidList {
        match self {
            Slot::Untouched | Slot::Unloaded(_) => SaidList::Silent,
            Slot::List(list) if list.whole => match before {
                SaidList::Whole(before) if list.has_keys(before) => SaidList::Whole(before.clone()),
                _ => SaidList::Whole(list.all_keys().into()),
            },
            Slot::List(list) => SaidList::Changes {
                added: list.added_keys(),
                removed: list.removed.as_slice().to_vec(),
            },
        }
    }

    /// Whether it says nothing about its rows.
    pub fn is_silent(&self) -> bool {
        matches!(self, Slot::Untouched | Slot::Unloaded(_))
    }

    /// Whether all related rows are there to be read, and none is known by its key only.
    pub(super) fn is_loaded(&self) -> bool {
        matches!(self, Slot::List(list) if list.whole && list.keys.is_empty())
    }

    /// Whether its rows are all known.
    pub fn is_whole(&self) -> bool {
        matches!(self, Slot::List(list) if list.whole)
    }

    /// Whether a part of the related rows was loaded, so that it is not known which there are.
    pub fn is_part(&self) -> bool {
        matches!(self, Slot::List(list) if list.part.is_some())
    }

    /// How a row of it is read, where that is known.
    pub fn decode(&self) -> Option<DecodeNode> {
        match self {
            Slot::List(list) => Some(list.decode),
            _ => None,
        }
    }

    /// The keys of its new rows.
    pub(crate) fn new_keys(&self) -> NewKeys {
        let is_new = |row: &&Arc<dyn Node>| matches!(row.memory().standing(), Standing::New);
        let new = self.rows().iter().filter(is_new).map(|row| row.key().settled());
        let new: Vec<RowKey> = new.collect();
        let mut counts: HashMap<RowKey, usize> = HashMap::new();
        if !new.is_empty() {
            self.rows().iter().for_each(|row| *counts.entry(row.key().settled()).or_default() += 1);
        }
        let (alone, beside) = new.into_iter().partition(|key| counts.get(key) == Some(&1));
        NewKeys { alone, beside }
    }

    /// The rows with a key: more than one where a new row stands beside another.
    pub(crate) fn rows_with<'a>(&'a self, key: &'a RowKey) -> impl Iterator<Item = &'a dyn Node> {
        self.rows().iter().map(|row| &**row).filter(move |row| row.has_key(key))
    }

    /// The keys of new rows that stood beside stored ones when the list was added last.
    pub(crate) fn beside(&self) -> &[RowKey] {
        match self {
            Slot::List(list) => list.beside.as_deref().unwrap_or_default(),
            Slot::Untouched | Slot::Unloaded(_) => &[],
        }
    }

    /// The list is added while new rows with these keys stand beside stored ones.
    pub(crate) fn stand_beside(&mut self, rows: Vec<RowKey>) {
        if let Slot::List(list) = self {
            Arc::make_mut(list).beside = (!rows.is_empty()).then(|| rows.into());
        }
    }

    /// What was asked of the list that it says already, and is to be done at the next flush.
    pub(crate) fn again(&self) -> Option<&Again> {
        match self {
            Slot::List(list) => list.again.as_deref().filter(|again| again.is_due()),
            _ => None,
        }
    }

    /// The same, which is queued in a scope now.
    pub(crate) fn queue_again(&mut self, scope: &Scope) -> Option<AskedAgain> {
        self.again()?;
        let Slot::List(list) = self else { return None };
        Arc::make_mut(list).again.as_deref_mut().map(|again| again.queue_in(scope))
    }

    /// Its rows.
    pub fn rows(&self) -> &[Arc<dyn Node>] {
        match self {
            Slot::List(list) => &list.rows,
            _ => &[],
        }
    }

    /// Whether an `add` of their owner adds some of its rows too.
    pub(crate) fn has_dirty_rows(&self) -> bool {
        self.rows().iter().any(|row| row.memory().is_dirty())
    }

    /// Shows the rows that an `add` of their owner adds too, in their order; rows shared with other
    /// lists are forked first, the others stay shared.
    pub fn dirty_rows<'a>(&'a mut self, visit: &mut dyn FnMut(&'a mut dyn Node)) {
        self.rows_that(Memory::is_dirty, visit);
    }

    /// Shows its rows with such a memory in the same way.
    pub(crate) fn rows_that<'a>(
        &'a mut self,
        are: fn(&Memory) -> bool,
        visit: &mut dyn FnMut(&'a mut dyn Node),
    ) {
        if !self.rows().iter().any(|row| are(row.memory())) {
            return;
        }
        let Slot::List(list) = self else { return };
        for row in &mut Arc::make_mut(list).rows {
            if are(row.memory()) {
                visit(exclusive(row));
            }
        }
    }

    /// Takes the rows that the database holds, and replays what was asked and not yet added.
    pub fn fill(&mut self, rows: Vec<Arc<dyn Node>>, decode: DecodeNode, asked: Asked) {
        let mut list = List::new(decode, true);
        list.whole = true;
        list.rows = rows;
        let old = std::mem::take(self);
        match asked {
            Asked::Nothing => {}
            Asked::All => {
                if let Slot::List(old) = &old {
                    list.rows.clone_from(&old.rows);
                    list.keys.clone_from(&old.keys);
                }
            }
            Asked::Changes { added, removed } => {
                list.replay(added, &removed, old.rows());
            }
        }
        list.replay_again(&old);
        *self = Slot::List(Arc::new(list));
    }

    /// Takes some of the rows that the database holds. What the field `said` before stays said, and
    /// what was `asked` and not yet added is replayed.
    pub(crate) fn fill_part(
        &mut self,
        rows: Vec<Arc<dyn Node>>,
        decode: DecodeNode,
        (said, removed): Changed,
        (added, taken): Changed,
    ) {
        let mut list = List::new(decode, true);
        let mut loaded: HashSet<RowKey> = rows.iter().map(|row| row.key().settled()).collect();
        let (seen, unseen) = said.into_iter().partition(|key| loaded.contains(&key.settled()));
        let seen: Vec<RowKey> = seen;
        for key in &seen {
            loaded.remove(&key.settled());
        }
        (list.rows, list.removed) = (rows, removed.into());
        let unseen: Vec<RowKey> = unseen;
        list.part = Some(Box::new(Part { loaded, unseen: unseen.into() }));
        list.replay(added, &taken, self.rows());
        list.replay_again(self);
        *self = Slot::List(Arc::new(list));
    }

    /// The list to be changed; a field that had none becomes one of changes.
    pub(super) fn list_mut(&mut self, decode: DecodeNode) -> &mut List {
        match self {
            Slot::List(list) => Arc::make_mut(list),
            other => {
                let readable = matches!(other, Slot::Untouched);
                *other = Slot::List(Arc::new(List::new(decode, readable)));
                other.list_mut(decode)
            }
        }
    }
}

/// The row for this list alone, forked where others share it.
pub(super) fn exclusive(row: &mut Arc<dyn Node>) -> &mut dyn Node {
    if Arc::get_mut(row).is_none() {
        *row = row.fork();
    }
    #[expect(clippy::expect_used, reason = "the fork made the line before has no other owner")]
    Arc::get_mut(row).expect("a row of its own")
}

impl List {
    fn new(decode: DecodeNode, readable: bool) -> Self {
        List {
            rows: Vec::new(),
            keys: Vec::new(),
            removed: Keys::default(),
            again: None,
            beside: None,
            part: None,
            whole: false,
            readable,
            decode,
            index: None,
        }
    }

    /// Whether these are the keys of its rows, in their order.
    fn has_keys(&self, keys: &[RowKey]) -> bool {
        keys.len() == self.rows.len() + self.keys.len()
            && self.rows.iter().zip(keys).all(|(row, key)| row.has_key(key))
            && self.keys == keys[self.rows.len()..]
    }

    /// The key of every row, each once.
    fn all_keys(&self) -> Vec<RowKey> {
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
    fn added_keys(&self) -> Vec<RowKey> {
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
        if !matches!(&target, Target::Row(row) if row.memory().is_unsaid()) {
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

    pub(super) fn remove(&mut self, key: &RowKey) {
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

    pub(super) fn set(&mut self, targets: impl Iterator<Item = Target>) {
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

/// All rows, printed; with `..` behind them where they are a part.
impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Slot::List(list) if list.readable && list.keys.is_empty() => {
                let mut rows = f.debug_list();
                rows.entries(&list.rows);
                if self.is_part() { rows.finish_non_exhaustive() } else { rows.finish() }
            }
            _ => f.write_str("<not loaded>"),
        }
    }
}
