//! [`Tracked`]: a value that is a row, with its memory of what it last said.

use super::{Memory, Node};
use crate::{model::Model, scope::Scope};
use serde::{Serialize, Serializer};
use std::{
    fmt,
    ops::{Deref, DerefMut},
};

/// A row: the value itself, inline, and what it said when it was read or last added.
///
/// `session.add` gives a plain value back as one, and queries return them. It derefs to the model,
/// mutably as well; the first mutable borrow keeps a copy of the row as it was, so that
/// `session.add(&mut row)` writes just the columns that changed. A clone names the same row.
///
/// ```
/// # use relata::blocking::prelude::*;
/// # #[model(table)]
/// # struct Link {
/// #     #[field(primary_key, foreign_key = Team.id)] team_id: Id<Team>,
/// #     #[field(primary_key, foreign_key = Hero.id)] hero_id: Id<Hero>,
/// # }
/// # #[model(table)]
/// # struct Team {
/// #     #[field(primary_key)] id: Id<Team>,
/// #     name: String,
/// #     #[relationship(back_populates = teams, link_model = Link)] heroes: Many<Hero>,
/// #     #[relationship(back_populates = home)] residents: Many<Hero>,
/// # }
/// # #[model(table)]
/// # struct Hero {
/// #     #[field(primary_key)] id: Id<Hero>,
/// #     name: String,
/// #     #[field(foreign_key = Team.id)] home_id: Option<Id<Team>>,
/// #     #[relationship(back_populates = residents)] home: One<Option<Team>>,
/// #     #[relationship(back_populates = heroes, link_model = Link)] teams: Many<Team>,
/// # }
/// # let engine = Engine::connect("sqlite::memory:")?;
/// # Metadata::of((Link, Team, Hero)).create_all(&engine)?;
/// # let mut session = Session::new(&engine);
/// let mut hero: Tracked<Hero> = session.add(Hero::new("Hulk"));
/// session.commit()?;
/// hero.name.push('!'); // as a `Hero`
/// session.add(&mut hero);
/// session.commit()?; // UPDATE hero SET name=? WHERE hero.id = ?
///
/// let plain: Hero = Tracked::into_inner(hero);
/// assert_eq!(plain.name, "Hulk!");
/// # Ok::<_, relata::Error>(())
/// ```
pub struct Tracked<T> {
    pub(super) now: T,
    pub(super) memory: Memory,
}

impl<T: Model> Tracked<T> {
    /// A row as it was read.
    #[doc(hidden)]
    pub fn loaded(now: T) -> Self {
        Tracked { now, memory: Memory::AsRead }
    }

    /// A plain value on its way into a session.
    #[doc(hidden)]
    pub fn fresh(now: T) -> Self {
        Tracked { now, memory: Memory::New }
    }

    /// A plain value on its way into a relation.
    pub(super) fn waiting(now: T) -> Self {
        Tracked { now, memory: Memory::waiting() }
    }

    /// A value in place of a row that was read: the differences count as changes.
    #[doc(hidden)]
    pub fn replacing(self, now: T) -> Self {
        let mut row = self;
        row.touch();
        Tracked { now, memory: row.memory }
    }

    /// The row as it was read again in a scope. What it remembers of before an open transaction
    /// stays below, and its id stays the one that its clones share, in case that is rolled back.
    #[doc(hidden)]
    pub fn reload(&mut self, mut now: T, scope: &Scope) {
        if let (Some(fresh), Some(own)) = (now.own_id(), self.now.own_id()) {
            fresh.clone_from(own);
        }
        self.now = now;
        if self.memory.is_open() {
            let picture = (&*self as &dyn Node).picture(None);
            self.memory.say(Some(picture), scope);
        } else {
            self.memory = Memory::AsRead;
        }
    }

    /// The value on its own. It is a copy of a row, so a session takes it back by `merge`.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of(Hero).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// # session.add(Hero::new("Deadpond"));
    /// let mut hero = Tracked::into_inner(session.exec(select(Hero)).one()?);
    /// hero.age = Some(30);
    /// let merged = session.merge(hero)?; // reads the row, and queues what differs
    /// session.commit()?; // UPDATE hero SET age=? WHERE hero.id = ?
    /// assert_eq!(merged.age, Some(30));
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn into_inner(row: Self) -> T {
        row.now
    }

    /// Whether the row was never added, or what was added was rolled back.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of(Hero).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// let hero = session.add(Hero::new("Deadpond"));
    /// assert!(!Tracked::is_new(&hero));
    /// session.rollback()?;
    /// assert!(Tracked::is_new(&hero)); // it can be added again
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn is_new(row: &Self) -> bool {
        matches!(row.memory.standing(), super::Standing::New)
    }

    /// A copy for a relation.
    pub(super) fn given(&self) -> Self {
        let mut copy = self.clone();
        copy.memory.give();
        copy
    }

    pub(super) fn touch(&mut self) {
        let now = || (&*self as &dyn Node).picture(None);
        match &self.memory {
            Memory::AsRead => self.memory = Memory::read(now()),
            Memory::Waiting { shared, touched: false } => shared.is_as(now()),
            _ => {}
        }
        self.memory.touch();
    }
}

impl<T> Deref for Tracked<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.now
    }
}

impl<T: Model> DerefMut for Tracked<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.touch();
        &mut self.now
    }
}

/// A clone names the same row.
impl<T: Model> Clone for Tracked<T> {
    fn clone(&self) -> Self {
        Tracked { now: self.now.duplicate(), memory: self.memory.clone() }
    }
}

impl<T: fmt::Debug> fmt::Debug for Tracked<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.now.fmt(f)
    }
}

impl<T: fmt::Display> fmt::Display for Tracked<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.now.fmt(f)
    }
}

impl<T: Serialize> Serialize for Tracked<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.now.serialize(serializer)
    }
}

impl<T: PartialEq> PartialEq for Tracked<T> {
    fn eq(&self, other: &Self) -> bool {
        self.now == other.now
    }
}
