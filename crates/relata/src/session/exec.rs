//! Running a statement: in a session, whose rows are tracked, or on an engine alone.

use super::{
    SessionOf,
    load::load_eager,
    one::{Most, at_most_one, exactly_one},
    run::write_once,
    stream::{Render, StreamOf},
};
use crate::{EngineOf, Error, ErrorKind, Mode, Result};
use relata_core::{
    connection::{Batch, Begin, Capabilities, Done, Params, Row, Rows, Statement, Step},
    entity::Node,
    query::{Eager, FromRow, IntoQuery, Layout, Query},
    unit::{Loads, TargetRows},
};

/// A statement about to run in a session.
#[must_use = "nothing is sent before `all`, `stream`, `first`, `one`, `count`, `run` or their like"]
pub struct Exec<'s, S, X: Mode> {
    pub(super) session: &'s mut SessionOf<X>,
    pub(super) query: Query<S>,
}

/// A statement about to run on an engine, with no session: its rows are plain values.
#[must_use = "nothing is sent before `all`, `stream`, `first`, `one`, `count`, `run` or their like"]
pub struct ExecOnce<'e, S, X> {
    pub(super) engine: &'e EngineOf<X>,
    pub(super) query: Query<S>,
}

/// Takes rows as what the statement selects, and the related rows that it reads along.
pub(super) struct Collect<S: FromRow> {
    pub(super) rows: Vec<S::Row>,
    layout: Option<Layout>,
    joined: Vec<TargetRows>,
}

impl<S: FromRow> Collect<S> {
    pub(super) fn new(relations: &[Eager]) -> Self {
        Collect { rows: Vec::new(), layout: None, joined: joined(relations) }
    }
}

/// Takes the related rows that a statement reads along.
pub(super) fn joined(relations: &[Eager]) -> Vec<TargetRows> {
    relations.iter().filter(|relation| relation.joined).map(TargetRows::joined).collect()
}

impl<S: FromRow> Rows for Collect<S> {
    fn row(&mut self, row: &dyn Row) -> Result<()> {
        let mut at = 0;
        self.rows.push(S::track(decode::<S>(row, &mut self.layout, &mut at)?));
        self.joined.iter_mut().try_for_each(|related| related.read_joined(row, &mut at))
    }
}

/// Reads a row; where its values stand is found out with the first.
fn decode<S: FromRow>(
    row: &dyn Row,
    layout: &mut Option<Layout>,
    at: &mut usize,
) -> Result<S::Plain> {
    let layout = match layout {
        Some(layout) => layout,
        None => layout.insert(S::layout(row)?),
    };
    S::decode_with(row, layout, at)
}

/// The statement as steps, mostly one, each with what takes its rows.
pub(super) fn steps<S>(
    query: &Query<S>,
    on: &Capabilities,
    rows: impl Fn() -> Option<Box<dyn Rows>>,
) -> Result<Vec<Step>> {
    let texts = query.texts(on)?.into_iter();
    let step = |text: relata_core::sql::Rendered| {
        let (sql, params) = (text.sql.into(), Params::once(text.params));
        Step::Run(Statement { sql, params, rows: rows(), table: query.table(), key: None })
    };
    Ok(texts.map(step).collect())
}

fn collect<S: FromRow>(query: &Query<S>) -> Option<Box<dyn Rows>> {
    Some(Box::new(Collect::<S>::new(query.eager())))
}

/// The statement for a stream, to be written when it is opened.
fn streamed<S: FromRow>(query: Query<S>) -> Result<Render> {
    if !query.eager().is_empty() {
        return Err(Error::new(
            ErrorKind::InvalidStatement,
            "a stream cannot load relations along, because they are read for all rows together; use `all` or `pages`",
        ));
    }
    if query.writes() {
        return Err(Error::new(
            ErrorKind::InvalidStatement,
            "a stream only reads; use `all` for a statement that writes, or locks what it reads",
        ));
    }
    Ok(Box::new(move |on| match steps(&query, on, || None)?.pop() {
        Some(Step::Run(statement)) => Ok(statement),
        _ => Err(Error::new(ErrorKind::InvalidStatement, "there is nothing to read")),
    }))
}

fn collected<S: FromRow>(done: &mut [Done]) -> Result<(Vec<S::Row>, Vec<TargetRows>)> {
    let mut all = (Vec::new(), Vec::new());
    for done in done {
        let Collect { mut rows, joined, .. } = *done.take::<Collect<S>>()?;
        if all.0.is_empty() {
            all = (rows, joined);
        } else {
            // a statement that was split loads nothing along
            all.0.append(&mut rows);
        }
    }
    Ok(all)
}

fn untracked<S: FromRow>(rows: Vec<S::Row>) -> Vec<S::Plain> {
    rows.into_iter().map(S::untrack).collect()
}

/// The rows of models in what was read.
pub(super) fn nodes<S: FromRow>(rows: &mut [S::Row]) -> Vec<&mut dyn Node> {
    let mut nodes = Vec::with_capacity(rows.len());
    rows.iter_mut().for_each(|row| S::nodes(row, &mut nodes));
    nodes
}

impl<'s, S: FromRow, X: Mode> Exec<'s, S, X> {
    pub(super) async fn fetch(self) -> Result<Vec<S::Row>> {
        let Exec { session, query } = self;
        session.autoflush().await?;
        let transaction = &mut session.transaction;
        let steps = steps(&query, transaction.capabilities(), || collect::<S>(&query))?;
        let mut done = transaction.send_whole(query.begin(), steps).await?;
        let (mut rows, joined) = collected::<S>(&mut done)?;
        if !query.eager().is_empty() {
            load_eager(transaction, nodes::<S>(&mut rows), query.eager(), joined).await?;
        }
        Ok(rows)
    }

    /// Every row.
    ///
    /// # Errors
    /// Those of the flush before it, and those of the database; `Decode` where a value does not fit
    /// its field.
    pub fn all(self) -> X::Out<impl Future<Output = Result<Vec<S::Row>>> + Send + use<'s, S, X>> {
        X::run(self.fetch())
    }

    /// The rows one after the other, with few of them in memory. The session is borrowed as long.
    ///
    /// Nothing is sent before the first [`next`](StreamOf::next), which also reports what is wrong
    /// with the statement; one that writes or locks, or has relations loaded along, is refused.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of(Hero).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// session.add(Hero::new("Deadpond"));
    /// let mut heroes = session.exec(select(Hero)).stream();
    /// while let Some(hero) = heroes.next()? {
    ///     assert_eq!(hero.name, "Deadpond");
    /// }
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn stream(self) -> StreamOf<'s, S::Row, X> {
        let Exec { session, query } = self;
        let decode = |row: &dyn Row, layout: &mut Option<Layout>| {
            decode::<S>(row, layout, &mut 0).map(S::track)
        };
        StreamOf::in_session(session, streamed(query), decode)
    }

    /// The first row, if there is one.
    ///
    /// # Errors
    /// As for [`all`](Exec::all).
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of(Hero).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// assert!(session.exec(select(Hero).order_by(Hero.name)).first()?.is_none());
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn first(
        mut self,
    ) -> X::Out<impl Future<Output = Result<Option<S::Row>>> + Send + use<'s, S, X>> {
        self.query = self.query.at_most(1);
        X::run(async move { Ok(self.fetch().await?.into_iter().next()) })
    }

    /// The only row.
    ///
    /// # Errors
    /// `NotFound` where there is none, `MultipleFound` where there are more; otherwise as for
    /// [`all`](Exec::all).
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of(Hero).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// let error = session.exec(select(Hero)).one().unwrap_err();
    /// assert!(error.is_not_found());
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn one(mut self) -> X::Out<impl Future<Output = Result<S::Row>> + Send + use<'s, S, X>> {
        self.query = self.query.at_most(2);
        let table = self.query.table();
        X::run(async move { exactly_one(self.fetch().await?, table) })
    }

    /// The only row, or none.
    ///
    /// # Errors
    /// `MultipleFound` where there are more; otherwise as for [`all`](Exec::all).
    pub fn one_or_none(
        mut self,
    ) -> X::Out<impl Future<Output = Result<Option<S::Row>>> + Send + use<'s, S, X>> {
        self.query = self.query.at_most(2);
        let table = self.query.table();
        X::run(async move { at_most_one(self.fetch().await?, table) })
    }
}

impl<X: Mode> EngineOf<X> {
    /// Runs a statement with no session: its rows are plain values.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of(Hero).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// session.add(Hero::new("Deadpond"));
    /// session.commit()?;
    /// let hero: Hero = engine.exec(select(Hero).filter(Hero.name.eq("Deadpond"))).one()?;
    /// assert_eq!(hero.id, 1);
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn exec<Q: IntoQuery>(&self, statement: Q) -> ExecOnce<'_, Q::Rows, X> {
        ExecOnce { engine: self, query: statement.into_query() }
    }
}

impl<'e, S: FromRow, X: Mode> ExecOnce<'e, S, X> {
    pub(super) async fn fetch(self, most: Most) -> Result<Vec<S::Plain>> {
        let ExecOnce { engine, query } = self;
        let on = engine.capabilities();
        let steps = steps(&query, on, || collect::<S>(&query))?;
        if query.writes() {
            let rows = |done: &mut [Done]| collected::<S>(done).map(|(rows, _)| rows);
            return Ok(untracked::<S>(
                write_once(engine, (query.begin(), steps), most, rows).await?,
            ));
        }
        let eager = query.eager();
        let mut lease = engine.acquire().await?;
        // Relations are read from the same state of the database as their owners.
        let opening = (!eager.is_empty()).then_some(Step::Begin(Begin::Read));
        let skip = usize::from(opening.is_some());
        let batch = Batch { steps: opening.into_iter().chain(steps).collect() };
        let mut reply = lease.run(batch).await.map_err(|failure| failure.error)?;
        let (mut rows, joined) = collected::<S>(&mut reply.done[skip..])?;
        if !eager.is_empty() {
            let mut nodes = nodes::<S>(&mut rows);
            let mut loads = Loads::new(eager, joined)?;
            loop {
                let steps = loads.next(&nodes, on)?.into_iter().map(Step::Run);
                let end = loads.is_last().then_some(Step::Commit);
                let batch = Batch { steps: steps.chain(end).collect() };
                let mut reply = lease.run(batch).await.map_err(|failure| failure.error)?;
                loads.take(&mut reply.done)?;
                if loads.is_last() {
                    break;
                }
            }
            loads.apply(&mut nodes)?;
        }
        Ok(untracked::<S>(rows))
    }

    /// Every row.
    ///
    /// # Errors
    /// Those of the database; `Decode` where a value does not fit its field.
    pub fn all(self) -> X::Out<impl Future<Output = Result<Vec<S::Plain>>> + Send + use<'e, S, X>> {
        X::run(self.fetch(Most::Any))
    }

    /// The rows one after the other, with few of them in memory, as [`Exec::stream`] gives them.
    /// A connection is held from the first to the last of them.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of(Hero).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// session.add(Hero::new("Deadpond"));
    /// session.commit()?;
    /// let heroes: Vec<Hero> = engine.exec(select(Hero)).stream().collect::<Result<_, _>>()?;
    /// assert_eq!(heroes[0].name, "Deadpond");
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn stream(self) -> StreamOf<'e, S::Plain, X> {
        let ExecOnce { engine, query } = self;
        StreamOf::on_engine(engine, streamed(query), |row, layout| decode::<S>(row, layout, &mut 0))
    }

    /// The first row, if there is one.
    ///
    /// # Errors
    /// As for [`all`](ExecOnce::all).
    pub fn first(
        mut self,
    ) -> X::Out<impl Future<Output = Result<Option<S::Plain>>> + Send + use<'e, S, X>> {
        self.query = self.query.at_most(1);
        X::run(async move { Ok(self.fetch(Most::Any).await?.into_iter().next()) })
    }

    /// The only row.
    ///
    /// # Errors
    /// `NotFound` where there is none, `MultipleFound` where there are more; otherwise as for
    /// [`all`](ExecOnce::all).
    pub fn one(mut self) -> X::Out<impl Future<Output = Result<S::Plain>> + Send + use<'e, S, X>> {
        self.query = self.query.at_most(2);
        let table = self.query.table();
        X::run(async move { exactly_one(self.fetch(Most::One(table)).await?, table) })
    }

    /// The only row, or none.
    ///
    /// # Errors
    /// `MultipleFound` where there are more; otherwise as for [`all`](ExecOnce::all).
    pub fn one_or_none(
        mut self,
    ) -> X::Out<impl Future<Output = Result<Option<S::Plain>>> + Send + use<'e, S, X>> {
        self.query = self.query.at_most(2);
        let table = self.query.table();
        X::run(async move { at_most_one(self.fetch(Most::One(table)).await?, table) })
    }
}
