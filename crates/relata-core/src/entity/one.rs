//! [`One`]: one related row as a field.

use super::{
    IntoOne, Node, Slot, Tracked, decode_node,
    many::{Brief, readable},
    rows::typed,
    slot::exclusive,
};
use crate::{
    error::{Error, ErrorKind, Result},
    key::{Id, RowKey},
    model::{Identity, Model},
    schema::RelationDef,
};
use std::{any::Any, fmt, marker::PhantomData, sync::Arc};

/// A field that holds related rows: [`Many`](super::Many), or a [`One`] of a model or of an `Option` of one.
///
/// ```
/// # use relata::prelude::*;
/// # #[model(table)]
/// # struct Team {
/// #     #[field(primary_key)] id: Id<Team>,
/// #     name: String,
/// #     #[relationship(back_populates = team)] heroes: Many<Hero>,
/// # }
/// # #[model(table)]
/// # struct Hero {
/// #     #[field(primary_key)] id: Id<Hero>,
/// #     name: String,
/// #     #[field(foreign_key = Team.id)] team_id: Option<Id<Team>>,
/// #     #[relationship(back_populates = heroes)] team: One<Option<Team>>,
/// # }
/// use relata::{Model, Predicate, Relation, RelationField};
///
/// fn lonely<M: Model, F: RelationField>(relation: Relation<M, F>) -> Predicate {
///     relation.is_empty()
/// }
/// let _ = (select(Team).filter(lonely(Team.heroes)), select(Hero).filter(lonely(Hero.team)));
/// ```
pub trait RelationField {
    /// The related model.
    type Target: Model;
}

impl<O: ToOne> RelationField for One<O> {
    type Target = O::Model;
}

/// What a `One` leads to: a model, or an `Option` of one.
pub trait ToOne {
    /// The related model.
    type Model: Model;
    /// What reading it gives: `&Tracked<T>`, or an `Option` of it.
    type Read<'a>;
    #[doc(hidden)]
    fn read(row: Option<&Tracked<Self::Model>>) -> Result<Self::Read<'_>>;
}

impl<M: Model> ToOne for M {
    type Model = M;
    type Read<'a> = &'a Tracked<M>;
    fn read(row: Option<&Tracked<M>>) -> Result<&Tracked<M>> {
        row.ok_or_else(|| {
            Error::new(
                ErrorKind::NotFound,
                format!("this required relation has no `{}`; set it first", M::NAME),
            )
        })
    }
}

impl<M: Model> ToOne for Option<M> {
    type Model = M;
    type Read<'a> = Option<&'a Tracked<M>>;
    fn read(row: Option<&Tracked<M>>) -> Result<Option<&Tracked<M>>> {
        Ok(row)
    }
}

/// One related row: `One<Team>` where there always is one, `One<Option<Team>>` where there may be
/// none.
///
/// Like [`Many`](super::Many), it can be changed at any time, read only when it is loaded or set,
/// and never queries.
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
/// let mut hero = session.add(Hero::new("Hulk").with_home(Team::new("Avengers")));
/// session.commit()?;
/// assert_eq!(hero.home_id, Some(Id::from(1))); // filled by the relation
/// assert_eq!(hero.home.get()?.unwrap().name, "Avengers");
///
/// hero.home.set(Team::new("Defenders"));
/// session.add(&mut hero);
/// session.commit()?; // INSERT INTO team …, UPDATE hero SET home_id=? …
///
/// hero.home.clear();
/// session.add(&mut hero);
/// session.commit()?; // UPDATE hero SET home_id=? …, with NULL
/// assert_eq!(hero.home_id, None);
/// # Ok::<_, relata::Error>(())
/// ```
pub struct One<T> {
    slot: Slot,
    of: PhantomData<fn() -> T>,
}

impl<T> One<T> {
    /// The untouched relation of a new value.
    pub const fn new() -> Self {
        One { slot: Slot::Untouched, of: PhantomData }
    }

    /// The relation of a row that was read without it.
    #[doc(hidden)]
    pub const fn unloaded(relation: &'static RelationDef) -> Self {
        One { slot: Slot::Unloaded(relation), of: PhantomData }
    }

    #[doc(hidden)]
    pub const fn slot(&self) -> &Slot {
        &self.slot
    }

    #[doc(hidden)]
    pub const fn slot_mut(&mut self) -> &mut Slot {
        &mut self.slot
    }

    /// The key of the row, for printing its owner without walking along relations.
    #[doc(hidden)]
    pub fn brief(&self) -> impl fmt::Debug + '_ {
        Brief(&self.slot)
    }

    /// Whether it is known, because it was loaded or set.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Team {
    /// #     #[field(primary_key)] id: Id<Team>,
    /// #     name: String,
    /// #     #[relationship(back_populates = team)] heroes: Many<Hero>,
    /// # }
    /// # #[model(table)]
    /// # struct Hero {
    /// #     #[field(primary_key)] id: Id<Hero>,
    /// #     name: String,
    /// #     age: Option<i32>,
    /// #     #[field(foreign_key = Team.id)] team_id: Option<Id<Team>>,
    /// #     #[relationship(back_populates = heroes)] team: One<Option<Team>>,
    /// # }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of((Team, Hero)).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// # session.add(Hero::new("Deadpond"));
    /// let hero = session.exec(select(Hero)).one()?;
    /// assert!(!hero.team.is_loaded());
    /// let hero = session.exec(select(Hero).with(Hero.team)).one()?;
    /// assert!(hero.team.is_loaded());
    /// assert!(hero.team.get()?.is_none()); // loaded, and there is none
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn is_loaded(&self) -> bool {
        self.slot.is_loaded()
    }
}

impl<T: ToOne> One<T> {
    /// The relation of a new value, set.
    #[doc(hidden)]
    pub fn of(row: impl IntoOne<T>) -> Self {
        let mut one = One::new();
        one.set(row);
        one
    }

    /// The related row: `&Tracked<T>`, or an `Option` of it.
    ///
    /// # Errors
    /// `NotLoaded` where it is not known, or only its id; `NotFound` where a required one is not
    /// there.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Team {
    /// #     #[field(primary_key)] id: Id<Team>,
    /// #     name: String,
    /// #     #[relationship(back_populates = team)] heroes: Many<Hero>,
    /// # }
    /// # #[model(table)]
    /// # struct Hero {
    /// #     #[field(primary_key)] id: Id<Hero>,
    /// #     name: String,
    /// #     age: Option<i32>,
    /// #     #[field(foreign_key = Team.id)] team_id: Option<Id<Team>>,
    /// #     #[relationship(back_populates = heroes)] team: One<Option<Team>>,
    /// # }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of((Team, Hero)).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// # session.add(Hero::new("Deadpond").with_team(Team::new("Z-Force")));
    /// let hero = session.exec(select(Hero).with(Hero.team)).one()?;
    /// assert_eq!(hero.team.get()?.unwrap().name, "Z-Force");
    ///
    /// let hero = session.exec(select(Hero)).one()?;
    /// assert_eq!(hero.team.get().unwrap_err().kind(), relata::ErrorKind::NotLoaded);
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn get(&self) -> Result<T::Read<'_>> {
        readable(&self.slot, <T::Model as Identity>::NAME)?;
        T::read(self.slot.rows().first().and_then(typed))
    }

    /// The related row, to be changed; `None` where there is none. Adding the owner adds it too.
    ///
    /// # Errors
    /// `NotLoaded`, as for [`get`](One::get).
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Team {
    /// #     #[field(primary_key)] id: Id<Team>,
    /// #     name: String,
    /// #     #[relationship(back_populates = team)] heroes: Many<Hero>,
    /// # }
    /// # #[model(table)]
    /// # struct Hero {
    /// #     #[field(primary_key)] id: Id<Hero>,
    /// #     name: String,
    /// #     age: Option<i32>,
    /// #     #[field(foreign_key = Team.id)] team_id: Option<Id<Team>>,
    /// #     #[relationship(back_populates = heroes)] team: One<Option<Team>>,
    /// # }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of((Team, Hero)).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// # session.add(Hero::new("Deadpond").with_team(Team::new("Z-Force")));
    /// let mut hero = session.exec(select(Hero).with(Hero.team)).one()?;
    /// if let Some(team) = hero.team.get_mut()? {
    ///     team.name.push('!');
    /// }
    /// session.add(&mut hero);
    /// session.commit()?; // UPDATE team SET name=? WHERE team.id = ?
    /// # assert_eq!(session.get(Team, 1)?.unwrap().name, "Z-Force!");
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn get_mut(&mut self) -> Result<Option<&mut Tracked<T::Model>>> {
        readable(&self.slot, <T::Model as Identity>::NAME)?;
        let Slot::List(list) = &mut self.slot else { return Ok(None) };
        let row = Arc::make_mut(list).rows.first_mut().map(exclusive);
        Ok(row.and_then(|row| (row as &mut dyn Any).downcast_mut()))
    }

    /// Makes this the related row: a plain value, which is a new row, a `&Tracked` one, or an `Id`;
    /// for a `One<Option<T>>` also `None`, written `one.clear()`.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Team {
    /// #     #[field(primary_key)] id: Id<Team>,
    /// #     name: String,
    /// #     #[relationship(back_populates = team)] heroes: Many<Hero>,
    /// # }
    /// # #[model(table)]
    /// # struct Hero {
    /// #     #[field(primary_key)] id: Id<Hero>,
    /// #     name: String,
    /// #     age: Option<i32>,
    /// #     #[field(foreign_key = Team.id)] team_id: Option<Id<Team>>,
    /// #     #[relationship(back_populates = heroes)] team: One<Option<Team>>,
    /// # }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of((Team, Hero)).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// # session.add(Hero::new("Deadpond"));
    /// # let saved = session.add(Team::new("Z-Force"));
    /// # session.commit()?;
    /// let mut hero = session.get(Hero, 1)?.unwrap();
    /// hero.team.set(&saved);
    /// session.add(&mut hero);
    /// session.commit()?; // UPDATE hero SET team_id=? WHERE hero.id = ?
    /// assert_eq!(hero.team_id, Some(saved.id.clone()));
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn set(&mut self, row: impl IntoOne<T>) {
        self.slot.list_mut(decode_node::<T::Model>).set(row.into_target().into_iter());
    }

    /// The id of the related row, where it is known; a new id otherwise.
    #[doc(hidden)]
    pub fn id(&self) -> Id<T::Model> {
        let key = match &self.slot {
            Slot::List(list) => {
                list.rows.first().map(|row| row.key_now()).or_else(|| list.keys.first().cloned())
            }
            _ => None,
        };
        key.as_ref().and_then(from_key::<T>).unwrap_or_default()
    }
}

fn from_key<T: ToOne>(key: &RowKey) -> Option<Id<T::Model>> {
    Id::from_row_key(key)
}

impl<M: Model> One<Option<M>> {
    /// Makes the relation empty.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Team {
    /// #     #[field(primary_key)] id: Id<Team>,
    /// #     name: String,
    /// #     #[relationship(back_populates = team)] heroes: Many<Hero>,
    /// # }
    /// # #[model(table)]
    /// # struct Hero {
    /// #     #[field(primary_key)] id: Id<Hero>,
    /// #     name: String,
    /// #     age: Option<i32>,
    /// #     #[field(foreign_key = Team.id)] team_id: Option<Id<Team>>,
    /// #     #[relationship(back_populates = heroes)] team: One<Option<Team>>,
    /// # }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of((Team, Hero)).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// # session.add(Hero::new("Deadpond").with_team(Team::new("Z-Force")));
    /// # session.commit()?;
    /// let mut hero = session.get(Hero, 1)?.unwrap();
    /// hero.team.clear(); // not loaded, and still allowed
    /// session.add(&mut hero);
    /// session.commit()?; // UPDATE hero SET team_id=? WHERE hero.id = ?, with NULL
    /// assert_eq!(hero.team_id, None);
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn clear(&mut self) {
        self.slot.list_mut(decode_node::<M>).set(std::iter::empty());
    }
}

impl<T> Default for One<T> {
    fn default() -> Self {
        One::new()
    }
}

impl<T> Clone for One<T> {
    fn clone(&self) -> Self {
        One { slot: self.slot.clone(), of: PhantomData }
    }
}

/// `Some(row)`, `None`, or `<not loaded>`.
impl<T> fmt::Debug for One<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.slot {
            Slot::List(list) if list.readable && list.keys.is_empty() => {
                list.rows.first().map(|row| &**row as &dyn Node).fmt(f)
            }
            _ => f.write_str("<not loaded>"),
        }
    }
}
