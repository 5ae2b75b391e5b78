//! [`Slot`]: what a relation field holds, without the type of its rows.

use super::{
    DecodeNode, Memory, Node, SaidList, Standing,
    again::{Again, Asked as AskedAgain},
    list::List,
    moved::{Moved, MovedKeys, renamed},
};
use crate::{key::RowKey, schema::RelationDef, scope::Scope, value::Value};
use foldhash::{HashMap, HashMapExt as _, HashSet};
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

/// The keys of the new rows of a list.
#[derive(Default)]
pub(crate) struct NewKeys {
    /// Of those with which no other row of the list stands: one that is in the database was taken out.
    pub(crate) alone: Vec<RowKey>,
    /// Of those beside another row.
    pub(crate) beside: Vec<RowKey>,
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

    /// The keys of its rows that were never added.
    pub(crate) fn unsaid_keys(&self) -> HashSet<RowKey> {
        let new = self.rows().iter().filter(|row| row.memory().is_unsaid());
        new.map(|row| row.key().settled()).collect()
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

    /// Rows are queued to get other keys, which contain the owner's. `owner`: the columns of a row that name the owner,
    /// and how they do.
    pub(crate) fn remember_moved(
        &mut self,
        rows: Vec<MovedKeys>,
        owner: &Arc<[(usize, Value)]>,
        scope: &Scope,
    ) {
        if let Slot::List(list) = self {
            let new = rows.into_iter().map(|keys| Moved::given(keys, owner, scope));
            Arc::make_mut(list).remember(new);
        }
    }

    /// Rows that get other keys, or got them.
    pub(super) fn moved(&self) -> &[Moved] {
        match self {
            Slot::List(list) => &list.moved,
            Slot::Untouched | Slot::Unloaded(_) => &[],
        }
    }

    /// Whether there are such.
    pub(crate) fn has_moved(&self) -> bool {
        !self.moved().is_empty()
    }

    /// The keys that its rows say where they are known by others, by these.
    pub(crate) fn keys_now(&self) -> HashMap<RowKey, RowKey> {
        match self {
            Slot::List(list) => list.keys_now(),
            Slot::Untouched | Slot::Unloaded(_) => HashMap::new(),
        }
    }

    /// Remembers which of its rows say other keys than they had; in a scope in which all of them are added, also those
    /// that do so since.
    pub(crate) fn note_renamed(&mut self, scope: Option<&Scope>) {
        if let Slot::List(list) = self {
            let new = list.renamed(scope);
            if !new.is_empty() {
                Arc::make_mut(list).remember(new);
            }
        }
    }

    /// Calls its rows as the database does by now.
    pub(crate) fn rename_moved(&mut self) {
        if let Slot::List(list) = self
            && list.is_outdated()
        {
            Arc::make_mut(list).rename_moved();
        }
    }

    /// What it said before, with rows called as they are now.
    pub(crate) fn renamed(&self, said: &SaidList) -> SaidList {
        if !self.has_moved() {
            return said.clone();
        }
        let rename = |keys: &[RowKey]| renamed(self.moved(), keys);
        match said {
            SaidList::Silent => SaidList::Silent,
            SaidList::Whole(rows) => SaidList::Whole(rename(rows).into()),
            SaidList::Changes { added, removed } => {
                SaidList::Changes { added: rename(added), removed: rename(removed) }
            }
        }
    }

    /// The same of what was added and removed.
    pub(crate) fn renamed_changes(&self, (added, removed): Changed) -> Changed {
        match self.has_moved() {
            true => (renamed(self.moved(), &added), renamed(self.moved(), &removed)),
            false => (added, removed),
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
        *self = Slot::List(Arc::new(List::read(rows, decode, asked, self)));
    }

    /// Takes some of the rows that the database holds. What the field `said` before stays said, and
    /// what was `asked` and not yet added is replayed.
    pub(crate) fn fill_part(
        &mut self,
        rows: Vec<Arc<dyn Node>>,
        decode: DecodeNode,
        said: Changed,
        asked: Changed,
    ) {
        *self = Slot::List(Arc::new(List::read_part((rows, decode), said, asked, self)));
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
