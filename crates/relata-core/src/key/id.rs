//! [`Id`]: a typed, late-bound primary key.

use super::{Key, KeyFrom, Late, OwnKey, RowKey, SingleKey};
use crate::{
    error::{Error, ErrorKind, Result},
    model::Model,
    value::{Cell, ColumnType, Misfit, NotNull, SqlType, Value},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{fmt, sync::Arc};

/// The primary key of a row of `M`, known or yet to be made.
///
/// A new id names an unsaved row. Its clones name the same row, and when the flush inserts that row
/// they all see the key, in foreign key fields too. A rollback makes it unknown again.
///
/// It has `Eq` but neither `Hash` nor `Ord`, which would change at the flush: use [`Id::key`].
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
/// let team = session.add(Team::new("Avengers"));
/// let hero = session.add(Hero::new("Hulk").with_home_id(&team.id)); // neither is saved yet
/// assert_eq!(team.id.get(), None);
/// assert_ne!(Id::<Team>::new(), Id::new());
/// session.commit()?;
/// assert_eq!(team.id, 1);
/// assert_eq!(hero.home_id, Some(team.id.clone()));
/// assert_eq!(team.id.key()?, 1);
///
/// let given = Id::<Team>::from(5);
/// assert_eq!(given.get(), Some(5));
/// # Ok::<_, relata::Error>(())
/// ```
pub struct Id<M: Model>(Repr<M::Key>);

#[derive(Clone)]
enum Repr<K> {
    Late(Arc<Late>),
    Given(K),
    Stored(K),
}

/// What is known of an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdState {
    /// It names a new row that no session knows.
    Free,
    /// Its row was added to a session and is not inserted yet.
    Pending,
    /// Its row is in the database, or in the transaction that inserted it.
    Bound,
    /// The program gave the key; the row may or may not exist.
    Given,
    /// The answer to the COMMIT that wrote its row was lost.
    Unknown,
}

impl<M: Model> Id<M> {
    /// The id of a new row: to be made by the database, or a UUID of version 7 made at once.
    ///
    /// ```
    /// # use relata::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// let id = Id::<Hero>::new();
    /// let first = Hero { id: id.clone(), name: String::from("Deadpond"), age: None };
    /// assert_eq!(first.id, id); // a clone names the same row
    /// assert_ne!(first.id, Id::new()); // another one
    /// ```
    pub fn new() -> Self {
        let late = M::Key::fresh().map_or_else(Late::unbound, Late::made);
        Id(Repr::Late(Arc::new(late)))
    }

    /// A key given by the program. Adding a plain value with it inserts that key.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of(Hero).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// session.add(Hero { id: Id::given(7), name: String::from("Deadpond"), age: None });
    /// session.commit()?; // INSERT INTO hero (id, name, age) VALUES (?, ?, ?)
    /// assert_eq!(session.get(Hero, 7)?.unwrap().name, "Deadpond");
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn given(key: M::Key) -> Self {
        Id(Repr::Given(key))
    }

    /// The key, where it is known.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of(Hero).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// let hero = session.add(Hero::new("Deadpond"));
    /// assert_eq!(hero.id.get(), None);
    /// session.commit()?;
    /// assert_eq!(hero.id.get(), Some(1));
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn get(&self) -> Option<M::Key> {
        match &self.0 {
            Repr::Late(late) => late.key().and_then(|key| M::Key::from_value(&key)),
            Repr::Given(key) | Repr::Stored(key) => Some(key.clone()),
        }
    }

    /// The key.
    ///
    /// # Errors
    /// `UnboundId` while the row is not saved.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of(Hero).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// let hero = session.add(Hero::new("Deadpond"));
    /// assert_eq!(hero.id.key().unwrap_err().kind(), relata::ErrorKind::UnboundId);
    /// session.commit()?;
    /// let key: i64 = hero.id.key()?;
    /// assert_eq!(key, 1);
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn key(&self) -> Result<M::Key> {
        self.get().ok_or_else(|| {
            Error::new(
                ErrorKind::UnboundId,
                format!("the id of this `{}` has no key yet; flush or commit first", M::NAME),
            )
        })
    }

    /// What is known of it.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of(Hero).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// use relata::IdState;
    ///
    /// let hero = Hero::new("Deadpond");
    /// assert_eq!(hero.id.state(), IdState::Free);
    /// let hero = session.add(hero);
    /// assert_eq!(hero.id.state(), IdState::Pending);
    /// session.flush()?;
    /// assert_eq!(hero.id.state(), IdState::Bound);
    /// assert_eq!(Id::<Hero>::from(5).state(), IdState::Given);
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn state(&self) -> IdState {
        match &self.0 {
            Repr::Late(late) => late.id_state(),
            Repr::Given(_) => IdState::Given,
            Repr::Stored(_) => IdState::Bound,
        }
    }

    /// A fresh id where this one names an unsaved row; otherwise the same.
    #[doc(hidden)]
    #[must_use]
    pub fn renewed(&self) -> Self {
        match (&self.0, self.state()) {
            (Repr::Late(_), IdState::Free | IdState::Pending) => Id::new(),
            _ => self.clone(),
        }
    }

    /// The key without its type.
    pub(crate) fn row_key(&self) -> RowKey {
        match &self.0 {
            Repr::Late(late) => RowKey::One(Value::Late(late.clone())),
            Repr::Given(key) | Repr::Stored(key) => key.row_key(),
        }
    }

    /// The cell that this id shares with its clones; a given key gets one, so that the session can
    /// tell a row that it inserted from one that it has yet to insert.
    pub(crate) fn own_key(&mut self) -> OwnKey {
        if let Repr::Given(key) = &self.0
            && let RowKey::One(value) = key.row_key()
        {
            self.0 = Repr::Late(Arc::new(Late::given(value)));
        }
        match &self.0 {
            Repr::Late(late) => OwnKey::Late(late.clone()),
            _ => OwnKey::Stored,
        }
    }

    /// The id of a row, from its key without types.
    pub(crate) fn from_row_key(key: &RowKey) -> Option<Self> {
        match key {
            RowKey::One(Value::Late(late)) => Some(Id(Repr::Late(late.clone()))),
            RowKey::One(value) => M::Key::from_value(value).map(Id::given),
            RowKey::Many(_) => None,
        }
    }
}

impl<M: Model> Default for Id<M> {
    fn default() -> Self {
        Id::new()
    }
}

/// A clone names the same row.
impl<M: Model> Clone for Id<M> {
    fn clone(&self) -> Self {
        Id(self.0.clone())
    }
}

/// Two ids are equal when they name the same row: by key where both are known, otherwise by being
/// clones of each other.
impl<M: Model> PartialEq for Id<M> {
    fn eq(&self, other: &Self) -> bool {
        self.row_key() == other.row_key()
    }
}
impl<M: Model> Eq for Id<M> {}

/// The key, or `None` while it is not known.
impl<M: Model> fmt::Debug for Id<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.get() {
            Some(key) => key.fmt(f),
            None => f.write_str("None"),
        }
    }
}

/// The key, or `None` while it is not known.
impl<M: Model<Key: fmt::Display>> fmt::Display for Id<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.get() {
            Some(key) => key.fmt(f),
            None => f.write_str("None"),
        }
    }
}

/// The key, or null while it is not known.
impl<M: Model> Serialize for Id<M> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.get().serialize(serializer)
    }
}

/// A given key.
impl<'de, M: Model<Key: Deserialize<'de>>> Deserialize<'de> for Id<M> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        M::Key::deserialize(deserializer).map(Id::given)
    }
}

impl<M: Model> From<&Id<M>> for Id<M> {
    fn from(id: &Id<M>) -> Self {
        id.clone()
    }
}

macro_rules! from_keys {
    ($($key:ty),*) => {$(
        /// A given key.
        impl<M: Model<Key: KeyFrom<$key>>> From<$key> for Id<M> {
            fn from(key: $key) -> Self {
                Id::given(M::Key::key_from(key))
            }
        }
        impl<M: Model<Key = $key>> PartialEq<$key> for Id<M> {
            fn eq(&self, key: &$key) -> bool {
                self.get().as_ref() == Some(key)
            }
        }
    )*};
}
key_types!(from_keys);

macro_rules! from_text {
    ($($text:ty),*) => {$(
        /// A given key.
        impl<'a, M: Model<Key: KeyFrom<&'a $text>>> From<&'a $text> for Id<M> {
            fn from(key: &'a $text) -> Self {
                Id::given(M::Key::key_from(key))
            }
        }
    )*};
}
from_text!(str, String);

macro_rules! from_tuples {
    ($($part:ident),*) => {
        /// A given composite key.
        impl<M: Model<Key: KeyFrom<($($part,)*)>>, $($part),*> From<($($part,)*)> for Id<M> {
            fn from(key: ($($part,)*)) -> Self {
                Id::given(M::Key::key_from(key))
            }
        }
    };
}
from_tuples!(A, B);
from_tuples!(A, B, C);
from_tuples!(A, B, C, D);

/// The column of the key behind it.
impl<M: Model<Key: SingleKey>> ColumnType for Id<M> {
    const TYPE: SqlType = <M::Key as ColumnType>::TYPE;

    fn read(cell: Cell<'_>) -> Result<Self, Misfit> {
        match cell {
            Cell::Late(late) => Ok(Id(Repr::Late(late.clone()))),
            stored => M::Key::read(stored).map(|key| Id(Repr::Stored(key))),
        }
    }

    fn write(&self) -> Value {
        match &self.0 {
            Repr::Late(late) => Value::Late(late.clone()),
            Repr::Given(key) | Repr::Stored(key) => key.write(),
        }
    }
}
impl<M: Model<Key: SingleKey>> NotNull for Id<M> {}

const _: () = {
    // `Id` keeps the key inline: an `Id` of an `i64` is no larger than 16 bytes.
    assert!(size_of::<Repr<i64>>() == 16);
};
