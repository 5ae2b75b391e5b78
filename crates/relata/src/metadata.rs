//! [`Metadata`]: a set of tables that are created and dropped together.

mod enums;

use crate::{
    engine::{EngineOf, Lease},
    mode::Mode,
};
use enums::Stored;
use relata_core::{
    Error, ErrorKind, Result,
    connection::{Batch, Begin, Failure, Reply, Row, Rows, Statement, Step},
    schema::{self, ModelDef, Models, create_tables, drop_tables},
    sql::{self, Dialect},
    value::Cell,
};
use std::future::Future;

/// The tables of some models: [`metadata`] has all of the program, [`Metadata::of`] those named.
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
/// let tables = Metadata::of((Team, Hero));
/// assert_eq!(tables.tables().collect::<Vec<_>>(), ["team", "hero"]);
/// ```
#[derive(Clone, Debug)]
pub struct Metadata(schema::Metadata);

/// The tables of every table model that is linked into the program.
///
/// ```standalone_crate
/// let engine = relata::blocking::Engine::connect("sqlite://")?;
/// relata::metadata().create_all(&engine)?;
/// # Ok::<(), relata::Error>(())
/// ```
pub fn metadata() -> Metadata {
    Metadata(schema::Metadata::all())
}

impl Metadata {
    /// The tables of these models, such as `Metadata::of((Hero, Team))`.
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
    /// let engine = Engine::connect("sqlite::memory:")?;
    /// Metadata::of((Hero, Team)).create_all(&engine)?; // `team` first, which `hero` refers to
    ///
    /// let error = Metadata::of(Hero).create_all(&engine).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "`Hero.team_id` refers to the table `team`, which is not among these tables; \
    ///      add `Team` to `Metadata::of(..)`"
    /// );
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn of<L: Models>(models: L) -> Self {
        Metadata(schema::Metadata::of(models))
    }

    /// The names of the tables, in the order of the models' definition in the program.
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
    /// let tables = Metadata::of((Hero, Team));
    /// assert_eq!(tables.tables().collect::<Vec<_>>(), ["team", "hero"]); // as defined
    /// ```
    pub fn tables(&self) -> impl Iterator<Item = &'static str> {
        self.0.tables().iter().map(|def| def.table)
    }

    /// Creates the tables that the database does not have yet, with their indexes, all or none; MySQL
    /// and MariaDB cannot undo it, so there those before one that fails stay. Tables that are there already are left as they are, even where they differ from the models.
    ///
    /// On PostgreSQL it also creates the types of their enums, and adds the variants that a type lacks,
    /// each at its place; those stay, even where a table cannot be created. Elsewhere the names are
    /// part of the table.
    ///
    /// # Errors
    /// `Metadata` where the models contradict each other or refer to a table that is not in the
    /// set, and what the database says.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// let tables = Metadata::of(Hero);
    /// tables.create_all(&engine)?; // CREATE TABLE hero (…)
    /// tables.create_all(&engine)?; // it is there: nothing is created
    /// assert!(engine.exec(select(Hero)).all()?.is_empty());
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn create_all<X: Mode>(
        &self,
        engine: &EngineOf<X>,
    ) -> X::Out<impl Future<Output = Result<()>> + Send> {
        X::run(self.create(engine))
    }

    async fn create<X: Mode>(&self, engine: &EngineOf<X>) -> Result<()> {
        let tables = self.0.sorted()?;
        let dialect = engine.capabilities().dialect;
        schema::enums(&tables, dialect)?;
        let mut lease = engine.acquire().await?;
        loop {
            let existing: Existing =
                begin_and_ask(&mut lease, sql::existing_tables(dialect)).await?;
            let stored = match sql::existing_enums(dialect) {
                Some(query) => ask(&mut lease, Vec::new(), query).await?,
                None => Stored::default(),
            };
            let extension = stored.extension(&tables, dialect)?;
            if extension.is_empty() {
                let missing = tables.iter().copied().filter(|def| !existing.have(def, dialect));
                let missing: Vec<&ModelDef> = missing.collect();
                let mut statements = stored.creation(&missing, dialect)?;
                statements.extend(create_tables(&missing, dialect));
                return commit(&mut lease, statements).await;
            }
            commit(&mut lease, extension).await?;
        }
    }

    /// Drops the tables that the database has, with all their rows, all or none; on MySQL and
    /// MariaDB those before one that fails are gone. On PostgreSQL the types of their enums go too,
    /// where nothing else uses them.
    ///
    /// # Errors
    /// `Metadata` as [`create_all`](Metadata::create_all), `ForeignKeyViolation` where rows of
    /// other tables refer to rows of these, and what the database says.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// let tables = Metadata::of(Hero);
    /// tables.create_all(&engine)?;
    /// tables.drop_all(&engine)?; // DROP TABLE hero
    /// let error = engine.exec(select(Hero)).all().unwrap_err();
    /// assert_eq!(error.kind(), relata::ErrorKind::MissingTable);
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn drop_all<X: Mode>(
        &self,
        engine: &EngineOf<X>,
    ) -> X::Out<impl Future<Output = Result<()>> + Send> {
        X::run(self.drop(engine))
    }

    async fn drop<X: Mode>(&self, engine: &EngineOf<X>) -> Result<()> {
        let tables = self.0.sorted()?;
        let dialect = engine.capabilities().dialect;
        schema::enums(&tables, dialect)?;
        let mut lease = engine.acquire().await?;
        let existing: Existing = begin_and_ask(&mut lease, sql::existing_tables(dialect)).await?;
        let there = tables.iter().copied().filter(|def| existing.have(def, dialect));
        let there: Vec<&ModelDef> = there.collect();
        let before = sql::before_drop(dialect).map(str::to_owned);
        let drops: Vec<_> = before.into_iter().chain(drop_tables(&there, dialect)).collect();
        let Some(query) = sql::unused_enums(dialect) else {
            return commit(&mut lease, drops).await;
        };
        let unused: Stored = ask(&mut lease, drops.into_iter().map(text).collect(), query).await?;
        commit(&mut lease, unused.removal(&tables, dialect)?).await
    }

    /// The statements that create all the tables in an empty database, in order.
    ///
    /// # Errors
    /// `Metadata` as [`create_all`](Metadata::create_all).
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String }
    /// use relata::Dialect;
    ///
    /// let statements = Metadata::of(Hero).create_sql(Dialect::Postgres)?;
    /// assert_eq!(
    ///     statements[0],
    ///     "CREATE TABLE hero (\n\
    ///      \tid BIGSERIAL NOT NULL, \n\
    ///      \tname VARCHAR NOT NULL, \n\
    ///      \tPRIMARY KEY (id)\n)"
    /// );
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn create_sql(&self, dialect: Dialect) -> Result<Vec<String>> {
        let tables = self.0.sorted()?;
        let mut statements = Stored::default().creation(&tables, dialect)?;
        statements.extend(create_tables(&tables, dialect));
        Ok(statements)
    }
}

fn text(sql: impl Into<std::sync::Arc<str>>) -> Step {
    Step::Run(Statement::text(sql))
}

/// Begins a transaction and asks. It holds the lock, so that nobody changes what the answer is in
/// between.
async fn begin_and_ask<R: Rows + Default>(lease: &mut Lease, query: &'static str) -> Result<R> {
    ask(lease, vec![Step::Begin(Begin::Write)], query).await
}

/// Sends some steps, and a query behind them, whose rows are given.
async fn ask<R: Rows + Default>(
    lease: &mut Lease,
    mut steps: Vec<Step>,
    query: &'static str,
) -> Result<R> {
    let rows: Box<dyn Rows> = Box::new(R::default());
    steps.push(Step::Run(Statement { rows: Some(rows), ..Statement::text(query) }));
    let mut reply = run(lease, steps).await?;
    let unanswered = || Error::new(ErrorKind::Database, "the driver did not answer every step");
    Ok(*reply.done.last_mut().ok_or_else(unanswered)?.take::<R>()?)
}

/// Runs statements as the last of the transaction.
async fn commit(lease: &mut Lease, statements: Vec<String>) -> Result<()> {
    let steps = statements.into_iter().map(text).chain([Step::Commit]).collect();
    run(lease, steps).await.map(drop)
}

/// Runs the steps; where one fails, the transaction is rolled back.
async fn run(lease: &mut Lease, steps: Vec<Step>) -> Result<Reply> {
    let Failure { error, in_transaction, .. } = match lease.run(Batch { steps }).await {
        Ok(reply) => return Ok(reply),
        Err(failure) => failure,
    };
    if in_transaction {
        // The first error tells why; a lease whose rollback fails too is not used again.
        let _ = lease.run(Batch { steps: vec![Step::Rollback] }).await;
    }
    Err(error)
}

/// The names of the tables that the database has.
#[derive(Default)]
struct Existing(Vec<String>);

impl Existing {
    fn have(&self, def: &ModelDef, dialect: Dialect) -> bool {
        self.0.iter().any(|name| sql::is_same_table(dialect, name, def.table))
    }
}

impl Rows for Existing {
    fn row(&mut self, row: &dyn Row) -> Result<()> {
        match row.cell(0)? {
            Cell::Text(name) => self.0.push(name.to_owned()),
            other => {
                let message = format!("the database gave {} for a table's name", other.kind());
                return Err(Error::new(ErrorKind::Decode, message));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
