//! [`Metadata`]: a set of tables that are created and dropped together.

use crate::{
    engine::{EngineOf, Lease},
    mode::Mode,
};
use relata_core::{
    Error, ErrorKind, Result,
    connection::{Batch, Begin, Done, Failure, Reply, Row, Rows, Statement, Step},
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
        X::run(self.change(engine, |tables, existing, dialect| {
            let missing = tables.iter().copied().filter(|def| !existing.have(def, dialect));
            let missing: Vec<&ModelDef> = missing.collect();
            create_tables(&missing, dialect).into_iter().map(text).collect()
        }))
    }

    /// Drops the tables that the database has, with all their rows, all or none; on MySQL and
    /// MariaDB those before one that fails are gone.
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
        X::run(self.change(engine, |tables, existing, dialect| {
            let there = tables.iter().copied().filter(|def| existing.have(def, dialect));
            let there: Vec<&ModelDef> = there.collect();
            let drops = drop_tables(&there, dialect).into_iter().map(text);
            sql::before_drop(dialect).map(text).into_iter().chain(drops).collect()
        }))
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
        Ok(create_tables(&tables, dialect))
    }

    /// Sends what `plan` makes of the tables, in the order of creation, and of those that exist.
    async fn change<X: Mode>(&self, engine: &EngineOf<X>, plan: Plan) -> Result<()> {
        let tables = self.0.sorted()?;
        let dialect = engine.capabilities().dialect;
        let mut lease = engine.acquire().await?;
        let existing = existing(&mut lease, dialect).await?;
        let mut steps = plan(&tables, &existing, dialect);
        steps.push(Step::Commit);
        run(&mut lease, steps).await?;
        Ok(())
    }
}

type Plan = fn(&[&'static ModelDef], &Existing, Dialect) -> Vec<Step>;

fn text(sql: impl Into<std::sync::Arc<str>>) -> Step {
    Step::Run(Statement::text(sql))
}

/// Begins a transaction and asks for the tables. It holds the lock, so that nobody creates one of
/// them in between.
async fn existing(lease: &mut Lease, dialect: Dialect) -> Result<Existing> {
    let ask = Statement {
        rows: Some(Box::new(Existing::default())),
        ..Statement::text(sql::existing_tables(dialect))
    };
    let mut reply = run(lease, vec![Step::Begin(Begin::Write), Step::Run(ask)]).await?;
    let unanswered = || Error::new(ErrorKind::Database, "the driver did not answer every step");
    let done: &mut Done = reply.done.get_mut(1).ok_or_else(unanswered)?;
    Ok(*done.take::<Existing>()?)
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
