//! [`Many`]: a list of related rows as a field.

use super::{Member, Members, Named, RelationField, Rows, RowsMut, Slot, decode_node};
use crate::{
    error::{Error, ErrorKind, Result},
    model::Model,
    schema::RelationDef,
};
use std::{fmt, marker::PhantomData, sync::Arc};

/// A list of related rows: one-to-many, or many-to-many through a link model.
///
/// It holds what is known (the rows, once loaded) and what was asked since. Changing it is allowed
/// whether it is loaded or not; reading a list that is not loaded is an error, never an empty list.
/// Nothing here queries or writes: `session.add(&mut owner)` queues the changes.
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
/// let avengers = session.add(Team::new("Avengers"));
/// let mut hero = session.add(Hero::new("Hulk").with_teams([Team::new("Defenders")]));
/// session.commit()?;
///
/// hero.teams.push(&avengers); // a saved row; `Team::new(…)` is a new one, `Id::from(5)` a key
/// session.add(&mut hero);
/// session.commit()?; // one row of `link`
/// assert_eq!(hero.teams.get()?.len(), 2);
///
/// let mut again = session.get(Hero, 1)?.unwrap();
/// assert!(again.teams.get().is_err()); // not loaded
/// again.teams.remove(&avengers); // may be changed all the same
/// session.add(&mut again);
/// session.load(&mut again, Hero.teams)?;
/// assert_eq!(again.teams.get()?[0].name, "Defenders");
///
/// for team in again.teams.iter_mut()? {
///     team.name.make_ascii_uppercase();
/// }
/// session.add(&mut again); // adds the changed teams too
/// session.commit()?;
///
/// again.teams.clear();
/// again.teams.set([&avengers]); // the whole list
/// session.add(&mut again);
/// session.commit()?; // the smallest difference: one link goes, one comes
/// # Ok::<_, relata::Error>(())
/// ```
pub struct Many<T> {
    slot: Slot,
    of: PhantomData<fn() -> T>,
}

impl<T> Many<T> {
    /// The untouched list of a new value.
    pub const fn new() -> Self {
        Many { slot: Slot::Untouched, of: PhantomData }
    }

    /// The list of a row that was read without it.
    #[doc(hidden)]
    pub const fn unloaded(relation: &'static RelationDef) -> Self {
        Many { slot: Slot::Unloaded(relation), of: PhantomData }
    }

    #[doc(hidden)]
    pub const fn slot(&self) -> &Slot {
        &self.slot
    }

    #[doc(hidden)]
    pub const fn slot_mut(&mut self) -> &mut Slot {
        &mut self.slot
    }

    /// The keys of the rows, for printing their owner without walking along relations.
    #[doc(hidden)]
    pub fn brief(&self) -> impl fmt::Debug + '_ {
        Brief(&self.slot)
    }

    /// Whether all related rows are known, because they were loaded or set. It is not where a filter
    /// or limit left some out, though what was loaded can be read.
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
    /// # session.add(Team::new("Z-Force"));
    /// let mut team = session.exec(select(Team)).one()?;
    /// assert!(!team.heroes.is_loaded());
    /// session.load(&mut team, Team.heroes)?;
    /// assert!(team.heroes.is_loaded());
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn is_loaded(&self) -> bool {
        self.slot.is_loaded()
    }
}

impl<T: Model> RelationField for Many<T> {
    type Target = T;
}

impl<T: Model> Many<T> {
    /// The rows; those that were loaded, where a filter or limit left some out.
    ///
    /// # Errors
    /// `NotLoaded` where they are not known, or one of them only by its id.
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
    /// # session.add(Team::new("Z-Force").with_heroes([Hero::new("Deadpond")]));
    /// let team = session.exec(select(Team).with(Team.heroes)).one()?;
    /// assert_eq!(team.heroes.get()?[0].name, "Deadpond");
    ///
    /// let team = session.exec(select(Team)).one()?;
    /// assert_eq!(
    ///     team.heroes.get().unwrap_err().to_string(),
    ///     "relation `Team.heroes` is not loaded; add `.with(Team.heroes)` to the query or call \
    ///      `session.load(&mut row, Team.heroes)`"
    /// );
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn get(&self) -> Result<Rows<'_, T>> {
        readable(&self.slot, T::NAME)?;
        Ok(Rows { rows: self.slot.rows(), of: PhantomData })
    }

    /// The rows, to be changed. A row shared with other lists is forked when it is reached; adding
    /// the owner adds the changed rows too.
    ///
    /// # Errors
    /// `NotLoaded`, as for [`get`](Many::get).
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
    /// # session.add(Team::new("Z-Force").with_heroes([Hero::new("Deadpond")]));
    /// let mut team = session.exec(select(Team).with(Team.heroes)).one()?;
    /// for hero in team.heroes.iter_mut()? {
    ///     hero.age = Some(30);
    /// }
    /// session.add(&mut team);
    /// session.commit()?; // UPDATE hero SET age=? WHERE hero.id = ?
    /// # assert_eq!(session.get(Hero, 1)?.unwrap().age, Some(30));
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn iter_mut(&mut self) -> Result<RowsMut<'_, T>> {
        readable(&self.slot, T::NAME)?;
        let rows = match &mut self.slot {
            Slot::List(list) => Arc::make_mut(list).rows.iter_mut(),
            _ => [].iter_mut(),
        };
        Ok(RowsMut { rows, of: PhantomData })
    }

    /// Adds a row: a plain value, which is a new row, a `&Tracked` one, or an `Id`. A row that is in
    /// the list already stays where it is.
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
    /// # let saved = session.add(Hero::new("Deadpond"));
    /// # session.commit()?;
    /// let mut team = Team::new("Z-Force");
    /// team.heroes.push(Hero::new("Rusty-Man")); // a new row
    /// team.heroes.push(&saved);
    /// let team = session.add(team);
    /// session.commit()?; // INSERT INTO team …, INSERT INTO hero …, UPDATE hero SET team_id=? …
    /// assert_eq!(team.heroes.get()?.len(), 2);
    /// # assert_eq!(engine.exec(select(Hero).filter(Hero.team_id.eq(1))).all()?.len(), 2);
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn push(&mut self, row: impl Member<T>) {
        self.slot.list_mut(decode_node::<T>).push(row.into_target());
    }

    /// Removes a row from the list; the row itself stays, unless the relation says
    /// `cascade_delete`.
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
    /// # session.add(Team::new("Z-Force").with_heroes([Hero::new("Deadpond")]));
    /// # session.commit()?;
    /// let hero = session.get(Hero, 1)?.unwrap();
    /// let mut team = session.get(Team, 1)?.unwrap();
    /// team.heroes.remove(&hero); // not loaded, and still allowed
    /// session.add(&mut team);
    /// session.commit()?; // UPDATE hero SET team_id=? …, with NULL
    /// # assert_eq!(session.get(Hero, 1)?.unwrap().team_id, None);
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn remove(&mut self, row: impl Named<T>) {
        self.slot.list_mut(decode_node::<T>).remove(&row.row_key());
    }

    /// Makes these rows the whole list.
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
    /// # session.add(Team::new("Z-Force").with_heroes([Hero::new("Deadpond"), Hero::new("Hulk")]));
    /// # session.commit()?;
    /// let mut team = session.exec(select(Team).with(Team.heroes)).one()?;
    /// team.heroes.set([Id::from(1)]); // of two heroes, the second leaves the team
    /// session.add(&mut team);
    /// session.commit()?; // UPDATE hero SET team_id=? …
    /// # let stayed = select(Hero.name).filter(Hero.team_id.eq(1));
    /// # assert_eq!(session.exec(stayed).all()?, ["Deadpond"]);
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn set(&mut self, rows: impl Members<T>) {
        self.slot.list_mut(decode_node::<T>).set(rows.into_targets());
    }

    /// Makes the list empty.
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
    /// # session.add(Team::new("Z-Force").with_heroes([Hero::new("Deadpond")]));
    /// # session.commit()?;
    /// let mut team = session.get(Team, 1)?.unwrap();
    /// team.heroes.clear();
    /// session.add(&mut team);
    /// session.commit()?; // asks for the heroes of the team, then UPDATE hero SET team_id=? …
    /// # assert_eq!(session.get(Hero, 1)?.unwrap().team_id, None);
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn clear(&mut self) {
        self.slot.list_mut(decode_node::<T>).set(std::iter::empty());
    }
}

pub(super) fn readable(slot: &Slot, target: &str) -> Result<()> {
    let not_loaded = |message: String| Err(Error::new(ErrorKind::NotLoaded, message));
    match slot {
        Slot::List(list) if list.readable && list.keys.is_empty() => Ok(()),
        Slot::List(list) if list.readable => not_loaded(format!(
            "this relation to `{target}` has a row that is known by its id only; `add` its owner and load it with `session.load` or `refresh`"
        )),
        Slot::Unloaded(relation) => not_loaded(format!(
            "relation `{owner}.{name}` is not loaded; add `.with({owner}.{name})` to the query or call `session.load(&mut row, {owner}.{name})`",
            owner = relation.owner,
            name = relation.name,
        )),
        Slot::Untouched | Slot::List(_) => not_loaded(format!(
            "this relation to `{target}` was neither set nor loaded; set it, or call `session.load` once its owner is saved"
        )),
    }
}

impl<T> Default for Many<T> {
    fn default() -> Self {
        Many::new()
    }
}

impl<T> Clone for Many<T> {
    fn clone(&self) -> Self {
        Many { slot: self.slot.clone(), of: PhantomData }
    }
}

/// All rows, or `<not loaded>`.
impl<T> fmt::Debug for Many<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.slot.fmt(f)
    }
}

impl<T: Model, X: Member<T>> Extend<X> for Many<T> {
    fn extend<I: IntoIterator<Item = X>>(&mut self, rows: I) {
        rows.into_iter().for_each(|row| self.push(row));
    }
}

/// Keys instead of rows.
pub(super) struct Brief<'a>(pub(super) &'a Slot);

impl fmt::Debug for Brief<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Slot::List(list) = self.0 else { return f.write_str("<not loaded>") };
        if !list.readable {
            return f.write_str("<not loaded>");
        }
        let mut keys = f.debug_list();
        for key in list.rows.iter().map(|row| row.key_now()).chain(list.keys.iter().cloned()) {
            keys.entry(&crate::value::Show(key.values()));
        }
        if self.0.is_part() { keys.finish_non_exhaustive() } else { keys.finish() }
    }
}
