//! [`Memory`]: what a value said when it was read or last added, stamped with the scope it was said
//! in, so that after a rollback the memory before it counts again.

use super::index::without;
use crate::{
    key::RowKey,
    scope::{Outcome, Scope},
    value::Value,
};
use std::sync::{Arc, OnceLock};

/// A row as a value shows it: its columns, and what its relation fields say.
#[derive(Clone, Debug)]
pub struct Picture {
    /// The columns, in their order.
    pub values: Arc<[Value]>,
    /// The relation fields, in their order; empty where none of them says anything.
    lists: Box<[SaidList]>,
}

impl Picture {
    /// The picture of these columns and relation fields; without these where none says anything.
    pub fn new(values: Arc<[Value]>, lists: Vec<SaidList>) -> Self {
        Picture { values, lists: lists.into() }
    }

    /// The same lists beside other columns.
    pub(super) fn with_values(&self, values: Arc<[Value]>) -> Self {
        Picture { values, lists: self.lists.clone() }
    }

    /// What a relation field says.
    pub fn list(&self, relation: usize) -> &SaidList {
        self.lists.get(relation).unwrap_or(&SaidList::Silent)
    }

    /// Each relation field that says something.
    pub fn lists(&self) -> impl Iterator<Item = (usize, &SaidList)> {
        self.lists.iter().enumerate().filter(|(_, list)| !matches!(list, SaidList::Silent))
    }

    fn set_list(&mut self, relation: usize, said: SaidList) {
        let mut lists = std::mem::take(&mut self.lists).into_vec();
        if lists.len() <= relation {
            lists.resize_with(relation + 1, SaidList::default);
        }
        lists[relation] = said;
        self.lists = lists.into();
    }
}

/// What a relation field says about its rows.
#[derive(Clone, Debug, Default)]
pub enum SaidList {
    /// Nothing: it is untouched, or not loaded.
    #[default]
    Silent,
    /// These were added, these removed; what else there is is not known.
    Changes {
        /// Keys of the added rows.
        added: Vec<RowKey>,
        /// Keys of the removed rows.
        removed: Vec<RowKey>,
    },
    /// These are all.
    Whole(Arc<[RowKey]>),
}

impl SaidList {
    /// Whether a row is said to be in it.
    pub(crate) fn names(&self, row: &RowKey) -> bool {
        match self {
            SaidList::Silent => false,
            SaidList::Changes { added, .. } => added.contains(row),
            SaidList::Whole(rows) => rows.contains(row),
        }
    }
}

/// What a value remembers.
#[derive(Clone, Debug, Default)]
pub enum Memory {
    /// It was never added: it is a new row.
    #[default]
    New,
    /// It is a new row that waits in a relation, or a copy of one.
    Waiting {
        /// What its copies share.
        shared: Arc<Shared>,
        /// Whether this one was borrowed mutably since it was put there.
        touched: bool,
    },
    /// It is as it was read, never borrowed mutably since.
    AsRead,
    /// It said this.
    Said {
        /// The picture taken when it was read, added or deleted.
        said: Arc<Said>,
        /// Whether it was borrowed mutably since.
        touched: bool,
        /// Whether it is a copy that was given to a relation, and was not borrowed mutably there: what became
        /// of its lists only the row itself says.
        given: bool,
    },
}

/// What the copies of a new row share that was put into a relation.
#[derive(Debug, Default)]
pub struct Shared {
    /// What the first of them said that was added.
    said: OnceLock<Arc<Said>>,
    /// The row as it was put there, once one of them was borrowed mutably: what that one changed differs from it.
    born: OnceLock<Picture>,
}

/// One thing that a value said.
#[derive(Debug)]
pub struct Said {
    /// The row then; `None`: it was deleted.
    pub picture: Option<Picture>,
    /// The scope it was said in; `None` for a row that was read.
    pub scope: Option<Scope>,
    /// How many flushes that scope had seen when this row was first added in it.
    pub since: u64,
    /// How many flushes that scope had seen when this was said.
    pub at: u64,
    /// What it had said before; `None`: before that it was new.
    pub before: Option<Arc<Said>>,
    /// What it had said first since the last flush in this scope, or at that flush.
    base: Option<Arc<Said>>,
}

/// Where a value stands now, after every commit and rollback since it last said something.
#[derive(Clone, Copy, Debug)]
pub enum Standing<'a> {
    /// A new row.
    New,
    /// A row that is as it was read.
    AsRead,
    /// A row that last said this.
    Known(&'a Picture),
    /// A row that was deleted.
    Deleted,
    /// The answer to the COMMIT that wrote it was lost.
    Unknown,
}

impl Shared {
    /// One of the copies is about to change; `now` is how it was put into the relation.
    pub(super) fn is_as(&self, now: Picture) {
        let _ = self.born.set(now);
    }
}

impl Said {
    /// A row that was read, with nothing said before.
    fn as_read(picture: Option<Picture>) -> Said {
        Said { picture, scope: None, since: 0, at: 0, before: None, base: None }
    }

    /// The same, with another picture and another thing before it.
    fn with(said: &Said, picture: Option<Picture>, before: Option<Arc<Said>>) -> Said {
        let (scope, base) = (said.scope.clone(), said.base.clone());
        Said { picture, scope, since: said.since, at: said.at, before, base }
    }

    /// Whether it is written, and not just queued.
    pub(crate) fn is_flushed(&self) -> bool {
        let open = self.scope.as_ref().filter(|scope| scope.outcome() == Outcome::Open);
        open.is_none_or(|scope| self.at < scope.flushes())
    }

    fn outcome(&self) -> Outcome {
        self.scope.as_ref().map_or(Outcome::Committed, Scope::outcome)
    }
}

/// The latest thing said that was not rolled back.
fn standing(said: &Arc<Said>) -> Option<&Arc<Said>> {
    let mut at = Some(said);
    while let Some(said) = at {
        if said.outcome() != Outcome::RolledBack {
            return Some(said);
        }
        at = said.before.as_ref();
    }
    None
}

/// What was said first since the last flush, or at that flush.
fn base(said: &Arc<Said>) -> &Arc<Said> {
    if said.is_flushed() {
        return said;
    }
    let before = || said.before.as_ref().and_then(standing);
    said.base.as_ref().or_else(before).unwrap_or(said)
}

impl Memory {
    /// The memory of a row that was read and is about to change.
    pub fn read(picture: Picture) -> Self {
        let said = Arc::new(Said::as_read(Some(picture)));
        Memory::Said { said, touched: false, given: false }
    }

    /// The memory of a new row on its way into a relation. Its copies are the same row: the first of them that
    /// is added speaks for all.
    pub(super) fn waiting() -> Self {
        Memory::Waiting { shared: Arc::default(), touched: false }
    }

    /// The row is borrowed mutably.
    pub(super) fn touch(&mut self) {
        match self {
            Memory::Said { touched, given, .. } => (*touched, *given) = (true, false),
            Memory::Waiting { touched, .. } => *touched = true,
            Memory::New | Memory::AsRead => {}
        }
    }

    /// It is that of a copy that is given to a relation.
    pub(super) fn give(&mut self) {
        if let Memory::Said { given, .. } = self {
            *given = true;
        }
    }

    /// The program adds this very value, and not one that leads to it.
    pub(crate) fn own(&mut self) {
        if let Memory::Said { given, .. } = self {
            *given = false;
        }
    }

    /// Whether it is that of a copy that was given to a relation.
    pub(crate) fn is_given(&self) -> bool {
        matches!(self, Memory::Said { given: true, .. })
    }

    /// Whether it says nothing of its lists. A new row says all that it has.
    pub(crate) fn has_no_lists(&self) -> bool {
        self.is_given() && matches!(self.standing(), Standing::Known(_))
    }

    /// What a copy of a new row that was changed before it was added differs from, where another copy of it
    /// was added.
    pub(crate) fn born(&self) -> Option<&Picture> {
        match self {
            Memory::Waiting { shared, touched: true } if shared.said.get().is_some() => {
                shared.born.get()
            }
            _ => None,
        }
    }

    /// Whether it was borrowed mutably since it was put into a relation, copied, read or last added.
    pub(crate) fn is_touched(&self) -> bool {
        match self {
            Memory::Said { touched, .. } | Memory::Waiting { touched, .. } => *touched,
            Memory::New | Memory::AsRead => false,
        }
    }

    /// What it said last, or a copy of it that was added before it.
    fn said(&self) -> Option<&Arc<Said>> {
        match self {
            Memory::New | Memory::AsRead => None,
            Memory::Waiting { shared, .. } => shared.said.get(),
            Memory::Said { said, .. } => Some(said),
        }
    }

    /// Whether it was never added, nor a copy of it.
    pub(crate) fn is_unsaid(&self) -> bool {
        !matches!(self, Memory::AsRead) && self.said().is_none()
    }

    /// Whether its row may say another key than it is known by, or than it was before.
    pub(crate) fn may_be_renamed(&self) -> bool {
        let changed = |said: &Said| said.base.is_some() || said.before.is_some();
        self.said().is_some_and(|said| self.is_touched() || changed(said))
    }

    /// Whether it is that of a new row, and not of a copy of the one with the other.
    pub(crate) fn is_other_than(&self, other: &Memory) -> bool {
        let same = match (self, other) {
            (Memory::Waiting { shared, .. }, Memory::Waiting { shared: other, .. }) => {
                Arc::ptr_eq(shared, other)
            }
            _ => false,
        };
        self.is_unsaid() && !same
    }

    /// Where the value stands now.
    pub fn standing(&self) -> Standing<'_> {
        let Some(said) = self.said() else {
            return if let Memory::AsRead = self { Standing::AsRead } else { Standing::New };
        };
        match standing(said) {
            None => Standing::New,
            Some(said) if said.outcome() == Outcome::Unknown => Standing::Unknown,
            Some(said) => said.picture.as_ref().map_or(Standing::Deleted, Standing::Known),
        }
    }

    /// What counts of what it said; `None` for a new row, and for one that is as it was read.
    pub(crate) fn counting(&self) -> Option<Arc<Said>> {
        self.said().and_then(standing).cloned()
    }

    /// The columns by which the database and the queue know the row: as they were written, or queued first. `None`
    /// for a new row, and for one that is as it was read.
    pub(crate) fn known_as(&self) -> Option<&Arc<[Value]>> {
        let base = base(self.said().and_then(standing)?);
        base.picture.as_ref().map(|picture| &picture.values)
    }

    /// The columns by which they knew it before it said something last, as far as that is kept, and when it did: in
    /// which scope, and after how many flushes of that.
    pub(super) fn known_before(&self) -> Option<(&Arc<[Value]>, &Scope, u64)> {
        let said = self.said().and_then(standing)?;
        let before = said.before.as_ref().and_then(standing)?.picture.as_ref()?;
        Some((&before.values, said.scope.as_ref()?, said.at))
    }

    /// What it said last, where that was rolled back.
    pub(crate) fn rolled_back(&self) -> Option<Arc<Said>> {
        self.said().filter(|said| said.outcome() == Outcome::RolledBack).cloned()
    }

    /// The session in which it was last said, while that is neither committed nor rolled back.
    pub fn pending_in(&self) -> Option<u64> {
        let scope = self.said()?.scope.as_ref();
        scope.filter(|scope| scope.outcome() == Outcome::Open).map(Scope::session)
    }

    /// Whether the row is in the database, or in the transaction that wrote it, and not just queued.
    pub(crate) fn is_stored(&self) -> bool {
        let Some(said) = self.said() else { return matches!(self, Memory::AsRead) };
        let mut first = said;
        while let Some(before) = &first.before {
            first = before;
        }
        first.outcome() == Outcome::Committed
            || first.scope.as_ref().is_some_and(|scope| first.since < scope.flushes())
    }

    /// Whether the row is queued, and was never written.
    pub(crate) fn is_queued(&self) -> bool {
        self.is_open() && !self.is_stored()
    }

    /// It was taken back before it was written, and is a new row again.
    pub(crate) fn unsay(&mut self) {
        *self = Memory::waiting();
    }

    /// Whether an `add` may find something to write: the row is new, was borrowed mutably, or what
    /// it said was rolled back.
    pub fn is_dirty(&self) -> bool {
        match self {
            Memory::New => true,
            Memory::AsRead => false,
            Memory::Waiting { .. } | Memory::Said { .. } => {
                let counts =
                    |said: &Arc<Said>| matches!(said.outcome(), Outcome::Open | Outcome::Committed);
                self.is_touched() || !self.said().is_some_and(counts)
            }
        }
    }

    /// Whether what it said last can still be rolled back.
    pub(crate) fn is_open(&self) -> bool {
        self.said().is_some_and(|said| said.outcome() == Outcome::Open)
    }

    /// The row was read again in the transaction in which it said something last: it is as this shows, as long
    /// as that is not rolled back.
    pub(super) fn renew(&mut self, now: Picture) {
        if let Some(scope) = self.said().and_then(|said| said.scope.clone()) {
            self.say(Some(now), &scope);
        }
    }

    /// It has another key since a flush that followed so many others in a scope. What it is to say else is still to
    /// be said.
    pub(super) fn moved(&mut self, now: Picture, scope: &Scope, at: u64) {
        let was_touched = self.is_touched();
        self.say_at(Some(now), scope, at);
        if let Memory::Said { touched, .. } = self {
            *touched = was_touched;
        }
    }

    /// Remembers a picture, or a deletion, said in a scope.
    pub fn say(&mut self, picture: Option<Picture>, scope: &Scope) {
        self.say_at(picture, scope, scope.flushes());
    }

    fn say_at(&mut self, picture: Option<Picture>, scope: &Scope, at: u64) {
        let (mut since, mut base) = (at, None);
        let counting = self.counting();
        // What does not count any more is let go, so that what does may be nobody else's.
        let (shared, given) = match std::mem::take(self) {
            Memory::Waiting { shared, .. } => (Some(shared), false),
            Memory::Said { given, .. } => (None, given),
            Memory::New | Memory::AsRead => (None, false),
        };
        let before = counting.and_then(|said| match &said.scope {
            // Said again in one scope: the first of the two can never count again.
            Some(earlier) if earlier.is(scope) => {
                since = said.since;
                base = Some(self::base(&said).clone());
                said.before.clone()
            }
            // What is committed needs nothing before it.
            _ if said.outcome() == Outcome::Committed && said.before.is_some() => Some(alone(said)),
            _ => Some(said),
        });
        let scope = Some(scope.clone());
        let said = Arc::new(Said { picture, scope, since, at, before, base });
        if let Some(shared) = shared {
            // Of copies that are added after each other the first speaks.
            let _ = shared.said.set(said.clone());
        }
        *self = Memory::Said { said, touched: false, given };
    }
}

/// What was said, as if it had been read.
fn alone(mut said: Arc<Said>) -> Arc<Said> {
    match Arc::get_mut(&mut said) {
        Some(own) => *own = Said::as_read(own.picture.take()),
        None => said = Arc::new(Said::as_read(said.picture.clone())),
    }
    said
}

impl Memory {
    /// A relation was loaded: from now on changes of it are told from these rows.
    pub fn learn(&mut self, relation: usize, keys: Vec<RowKey>) {
        self.set_list(relation, SaidList::Whole(keys.into()));
    }

    /// A part of a relation was loaded: from now on it is not known which rows there are, only which
    /// were added and removed before. Gives these; `None` where that cannot be told, because the
    /// whole list was set in a transaction that can still be rolled back, to a state that is not
    /// known.
    pub fn unlearn(&mut self, relation: usize) -> Option<(Vec<RowKey>, Vec<RowKey>)> {
        let Standing::Known(now) = self.standing() else { return Some(Default::default()) };
        let (added, removed) = match now.list(relation) {
            SaidList::Changes { added, removed } => (added.clone(), removed.clone()),
            SaidList::Whole(keys) => self.since_commit(relation, keys)?,
            SaidList::Silent => return Some(Default::default()),
        };
        let said = (added.clone(), removed.clone());
        self.set_list(relation, SaidList::Changes { added, removed });
        Some(said)
    }

    /// What was added to and removed from a whole list since what counts after any rollback.
    fn since_commit(&self, relation: usize, now: &[RowKey]) -> Option<(Vec<RowKey>, Vec<RowKey>)> {
        let Some(said) = self.said() else { return Some(Default::default()) };
        let mut base = standing(said);
        while let Some(said) = base.filter(|said| said.outcome() != Outcome::Committed) {
            base = said.before.as_ref().and_then(standing);
        }
        // before that it was new, and had no rows
        let Some(base) = base else { return Some((now.to_vec(), Vec::new())) };
        match base.picture.as_ref()?.list(relation) {
            SaidList::Whole(before) => Some((without(now, before), without(before, now))),
            _ => None,
        }
    }

    fn set_list(&mut self, relation: usize, said_now: SaidList) {
        let Some(counts) = self.counting() else { return };
        let Some(mut picture) = counts.picture.clone() else { return };
        picture.set_list(relation, said_now);
        let mut said = Arc::new(Said::with(&counts, Some(picture), counts.before.clone()));
        if let Some(lost) = self.rolled_back() {
            // It is still to be said again.
            said = Arc::new(Said::with(&lost, lost.picture.clone(), Some(said)));
        }
        let given = matches!(self, Memory::Said { given: true, .. });
        *self = Memory::Said { said, touched: self.is_touched(), given };
    }
}
