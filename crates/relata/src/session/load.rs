//! Rows by key, and what is loaded into rows that are there: relations, and fresh values.

use super::{SessionOf, exec::Collect, transaction::Transaction};
use crate::{Entity, Error, ErrorKind, Id, KeyOf, Mode, Model, Result, Tracked};
use relata_core::{
    connection::{Begin, Done, Params, Statement, Step},
    entity::{Memory, Node, Slot, Standing},
    key::{IdState, OwnKey, RowKey},
    query::{Eager, IntoEager},
    schema::ModelDef,
    sql,
    unit::{Loads, TargetRows},
};
use std::{collections::HashMap, pin::Pin};

/// Rows that can be loaded into and refreshed: one tracked row, an `Option`, a slice or a `Vec`.
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
/// let mut teams: Vec<Tracked<Team>> = session.exec(select(Team)).all()?;
/// session.load(&mut teams, Team.heroes)?; // all of them
/// session.load(&mut teams[0], Team.heroes)?; // one
/// session.refresh(&mut teams.first_mut())?; // an `Option`
/// # Ok::<_, relata::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be loaded into",
    label = "expected a `Tracked` row, or an `Option`, slice or `Vec` of them"
)]
pub trait Loadable: Send {
    /// The rows' model.
    type Model: Model;
    #[doc(hidden)]
    fn rows_mut(&mut self) -> Vec<&mut Tracked<Self::Model>>;
}

impl<M: Model> Loadable for Tracked<M> {
    type Model = M;
    fn rows_mut(&mut self) -> Vec<&mut Tracked<M>> {
        vec![self]
    }
}
impl<R: Loadable> Loadable for Option<R> {
    type Model = R::Model;
    fn rows_mut(&mut self) -> Vec<&mut Tracked<R::Model>> {
        self.as_mut().map(R::rows_mut).unwrap_or_default()
    }
}
impl<R: Loadable> Loadable for [R] {
    type Model = R::Model;
    fn rows_mut(&mut self) -> Vec<&mut Tracked<R::Model>> {
        self.iter_mut().flat_map(R::rows_mut).collect()
    }
}
impl<R: Loadable, const N: usize> Loadable for [R; N] {
    type Model = R::Model;
    fn rows_mut(&mut self) -> Vec<&mut Tracked<R::Model>> {
        self.as_mut_slice().rows_mut()
    }
}
impl<R: Loadable> Loadable for Vec<R> {
    type Model = R::Model;
    fn rows_mut(&mut self) -> Vec<&mut Tracked<R::Model>> {
        self.as_mut_slice().rows_mut()
    }
}
impl<R: Loadable + ?Sized> Loadable for &mut R {
    type Model = R::Model;
    fn rows_mut(&mut self) -> Vec<&mut Tracked<R::Model>> {
        (**self).rows_mut()
    }
}

/// What [`SessionOf::load`] does. It does not name the type of the relation, because the compiler would
/// repeat at each `.await` what is wrong with that.
type Loading<'a> = Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>>;

/// Loads relations into rows: those of one level in one batch, a statement each. The joined ones were
/// read by the statement that gave the rows.
pub(super) async fn load_eager<X: Mode>(
    transaction: &mut Transaction<X>,
    mut nodes: Vec<&mut dyn Node>,
    relations: &[Eager],
    joined: Vec<TargetRows>,
) -> Result<()> {
    let mut loads = Loads::new(relations, joined)?;
    loop {
        let statements = loads.next(&nodes, transaction.capabilities())?;
        if statements.is_empty() {
            return loads.apply(&mut nodes);
        }
        let steps = statements.into_iter().map(Step::Run).collect();
        let mut done = transaction.send(Begin::Read, steps).await?;
        loads.take(&mut done)?;
    }
}

impl<X: Mode> SessionOf<X> {
    /// The row with a key, or `None`.
    ///
    /// # Errors
    /// `UnboundId` where the id has no key yet; otherwise those of a query.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of(Hero).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// session.add(Hero::new("Deadpond"));
    /// let hero = session.get(Hero, 1)?;
    /// assert_eq!(hero.unwrap().name, "Deadpond");
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn get<M: Model>(
        &mut self,
        model: Entity<M>,
        key: impl KeyOf<M>,
    ) -> X::Out<impl Future<Output = Result<Option<Tracked<M>>>> + Send> {
        let key = key.into_key();
        X::run(async move {
            let _ = model;
            self.autoflush().await?;
            let key = key.resolved().ok_or_else(unsaved_key::<M>)?;
            Ok(self.rows_by_key::<M>(&[key]).await?.pop())
        })
    }

    /// Loads a relation into rows that are there: one statement for all of them. Changes queued on
    /// an unloaded list are kept.
    ///
    /// It takes what `with` takes: a relation with a filter, an order, a limit for each row, and
    /// relations of its rows, each level one statement more. With a filter, limit or offset the list
    /// is a part: it can be read, but nothing is concluded from it. `push` and `remove` queue just
    /// these changes, `set` and `clear` are about the whole list and look at the database when they
    /// are flushed, and `is_loaded` says no.
    ///
    /// # Errors
    /// `UnboundId` where a row is not saved; `Conflict` where a part of a list is loaded that this
    /// transaction has set without knowing it; `InvalidStatement` for a `joined` relation; otherwise
    /// those of a query.
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
    /// #     #[field(foreign_key = Team.id)] team_id: Option<Id<Team>>,
    /// #     #[relationship(back_populates = heroes)] team: One<Option<Team>>,
    /// # }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of((Team, Hero)).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// session.add(Team::new("Preventers").with_heroes([Hero::new("Rusty-Man"), Hero::new("Spider-Boy")]));
    /// let mut teams = session.exec(select(Team)).all()?;
    /// assert!(teams[0].heroes.get().is_err(), "not loaded, so not an empty list");
    /// session.load(&mut teams, Team.heroes)?; // one SELECT for all teams
    /// assert_eq!(teams[0].heroes.get()?.len(), 2);
    ///
    /// // of each team the first by name, with its team: two SELECTs
    /// session.load(&mut teams, Team.heroes.order_by(Hero.name).limit(1).with(Hero.team))?;
    /// let first = &teams[0].heroes.get()?[0];
    /// assert_eq!(first.team.get()?.unwrap().name, "Preventers");
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn load<'a, R: Loadable + ?Sized>(
        &'a mut self,
        rows: &'a mut R,
        relation: impl IntoEager<R::Model>,
    ) -> X::Out<Loading<'a>> {
        let eager = relation.into_eager();
        X::run(Box::pin(async move {
            eager.check(false)?;
            self.autoflush().await?;
            let nodes = rows.rows_mut().into_iter().map(|row| row as &mut dyn Node).collect();
            load_eager(&mut self.transaction, nodes, &[eager], Vec::new()).await
        }))
    }

    /// Reads rows again: their columns, the relations that were loaded, set or changed, and what the rows
    /// in these have loaded in turn. What was changed and not added is lost. A list of which a part was loaded
    /// is not loaded afterwards, nor is a relation whose foreign key was changed.
    ///
    /// # Errors
    /// `NotFound` where a row has gone, `UnboundId` where it is not saved, `UnknownId` where the
    /// answer to its commit was lost before its key was known; otherwise those of a query.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of(Hero).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// let mut hero = session.add(Hero::new("Deadpond"));
    /// session.commit()?;
    /// hero.name = String::from("never added");
    /// session.refresh(&mut hero)?;
    /// assert_eq!(hero.name, "Deadpond");
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn refresh<R: Loadable + ?Sized>(
        &mut self,
        rows: &mut R,
    ) -> X::Out<impl Future<Output = Result<()>> + Send> {
        X::run(async move {
            self.autoflush().await?;
            let mut rows = rows.rows_mut();
            self.refresh_rows(&mut rows).await
        })
    }

    async fn refresh_rows<M: Model>(&mut self, rows: &mut [&mut Tracked<M>]) -> Result<()> {
        let keys = rows.iter().map(|row| stored_key(&**row)).collect::<Result<Vec<_>>>()?;
        let fresh = self.rows_by_key::<M>(&keys).await?;
        let mut fresh: HashMap<RowKey, Tracked<M>> =
            fresh.into_iter().map(|row| ((&row as &dyn Node).key(), row)).collect();
        let known = (0..M::DEF.relations.len()).filter_map(|relation| known(rows, relation));
        let known: Vec<(Eager, Vec<usize>)> = known.collect();
        let scope = self.transaction.scope();
        for (row, key) in rows.iter_mut().zip(&keys) {
            let found = fresh.get(key).cloned();
            decide(&mut **row, found.is_some());
            let Some(found) = found else { return Err(gone(M::DEF)) };
            row.reload(Tracked::into_inner(found), &scope);
        }
        fresh.clear();
        for (eager, owners) in known {
            let chosen =
                rows.iter_mut().enumerate().filter(|(at, _)| owners.binary_search(at).is_ok());
            let nodes = chosen.map(|(_, row)| &mut **row as &mut dyn Node).collect();
            load_eager(&mut self.transaction, nodes, &[eager], Vec::new()).await?;
        }
        Ok(())
    }

    /// Takes a plain value whose row may be saved: reads the row, and gives the value back tracked,
    /// with what differs queued as changes. Where there is no such row it is added as new.
    ///
    /// # Errors
    /// Those of a query.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of(Hero).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// let stored = session.add(Hero::new("Deadpond"));
    /// session.commit()?;
    /// let mut copy: Hero = (*stored).clone(); // plain, with a stored id
    /// copy.age = Some(30);
    /// let merged = session.merge(copy)?;
    /// session.commit()?; // UPDATE hero SET age=? WHERE hero.id = ?
    /// assert_eq!(merged.age, Some(30));
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn merge<M: Model>(
        &mut self,
        mut value: M,
    ) -> X::Out<impl Future<Output = Result<Tracked<M>>> + Send> {
        X::run(async move {
            self.autoflush().await?;
            let key = (&Tracked::fresh(value.duplicate()) as &dyn Node).key();
            let Some(key) = key.resolved() else { return Ok(self.add(value)) };
            if let Some(id) = value.own_id()
                && let Some(key) = id.get()
            {
                *id = Id::given(key);
            }
            match self.rows_by_key::<M>(&[key]).await?.pop() {
                None => Ok(self.add(value)),
                Some(stored) => {
                    let mut merged = stored.replacing(value);
                    self.add(&mut merged);
                    Ok(merged)
                }
            }
        })
    }

    async fn rows_by_key<M: Model>(&mut self, keys: &[RowKey]) -> Result<Vec<Tracked<M>>> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let dialect = self.transaction.capabilities().dialect;
        let all: Vec<usize> = (0..M::DEF.columns.len()).collect();
        let rendered = sql::select_by(dialect, M::DEF, &all, M::DEF.primary_key, keys)?;
        let statement = Statement {
            sql: rendered.sql.into(),
            params: Params::once(rendered.params),
            rows: Some(Box::new(Collect::<Entity<M>>::new(&[]))),
            table: Some(M::DEF.table),
            key: None,
        };
        let mut done = self.transaction.send(Begin::Read, vec![Step::Run(statement)]).await?;
        match done.first_mut() {
            Some(done) => Ok(Done::take::<Collect<Entity<M>>>(done)?.rows),
            None => Ok(Vec::new()),
        }
    }
}

fn unsaved_key<M: Model>() -> Error {
    let message = format!(
        "no `{}` can be found by the id of a row that is not saved; add that row to this session first, or flush the one that has it",
        M::NAME
    );
    Error::new(ErrorKind::UnboundId, message).with_table(M::DEF.table)
}

/// A relation that some of these rows know, or were asked to change, and which rows these are.
fn known<M: Model>(rows: &[&mut Tracked<M>], relation: usize) -> Option<(Eager, Vec<usize>)> {
    let slots = rows.iter().enumerate().filter_map(|(at, row)| {
        let slot = (&**row as &dyn Node).slot(relation)?;
        slot.decode().filter(|_| !slot.is_part()).map(|_| (at, slot))
    });
    let (owners, held): (Vec<usize>, Vec<&Slot>) = slots.unzip();
    Some((Eager::of_loaded(M::DEF, relation, &held)?, owners))
}

/// The key of a row that should be in the database.
fn stored_key(row: &dyn Node) -> Result<RowKey> {
    let def = row.def();
    let key = match row.memory().standing() {
        Standing::Deleted => return Err(gone(def)),
        // A key that was changed and not added is not in the database.
        Standing::Known(before) => {
            RowKey::of(def.primary_key.iter().map(|at| before.values[*at].clone()))
        }
        _ => row.key(),
    };
    key.resolved().ok_or_else(|| {
        if let Standing::Unknown = row.memory().standing() {
            let message = format!(
                "the answer to the commit that wrote this `{}` was lost before its key was known; look for it with a query, and add a new value where it is not there",
                def.name
            );
            return Error::new(ErrorKind::UnknownId, message).with_table(def.table);
        }
        let message = format!(
            "this `{}` is not saved, so it cannot be refreshed; add it and flush or commit first",
            def.name
        );
        Error::new(ErrorKind::UnboundId, message).with_table(def.table)
    })
}

/// After a lost answer to COMMIT: the row is there, or it is not.
fn decide(row: &mut dyn Node, found: bool) {
    if let OwnKey::Late(late) = row.own_key()
        && late.id_state() == IdState::Unknown
    {
        match found {
            true => late.confirm(),
            false => late.release(),
        }
    }
    if !found && matches!(row.memory().standing(), Standing::Unknown) {
        *row.memory_mut() = Memory::New;
    }
}

fn gone(def: &ModelDef) -> Error {
    let message = format!(
        "this `{}` is not in the database any more; it was deleted, or rolled back",
        def.name
    );
    Error::new(ErrorKind::NotFound, message).with_table(def.table)
}
