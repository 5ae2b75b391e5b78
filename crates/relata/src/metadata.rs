//! [`Metadata`]: a set of tables that are created and dropped together.

mod change;
mod enums;

use crate::{engine::EngineOf, mode::Mode};
use enums::Stored;
use relata_core::{
    Result,
    schema::{self, Models, create_schemas, create_tables},
    sql::{Dialect, Site},
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

    /// The names of the tables, in the order of the models' definition in the program; a table of a
    /// schema as `archive.hero`.
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

    /// Creates the tables that the database does not have yet, with their indexes, and schemas that
    /// are missing: all or none. MySQL and MariaDB cannot undo it, so there those before one that
    /// fails stay. Tables that are there already are left as they are, even where they differ from the
    /// models.
    ///
    /// On PostgreSQL it also creates the types of their enums, and adds the variants that a type lacks,
    /// each at its place; those stay, even where a table cannot be created. Elsewhere the names are
    /// part of the table.
    ///
    /// Programs that do this at the same moment do it one after the other.
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
        X::run(async {
            let tables = self.0.sorted()?;
            change::create(engine, &tables).await
        })
    }

    /// Drops the tables that the database has, with all their rows, all or none; on MySQL and
    /// MariaDB those before one that fails are gone. On PostgreSQL the types of their enums go too,
    /// where nothing else uses them. Schemas stay.
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
        X::run(async {
            let tables = self.0.sorted()?;
            change::drop(engine, &tables).await
        })
    }

    /// The statements that create all the tables in an empty database, in order.
    ///
    /// # Errors
    /// `Metadata` as [`create_all`](Metadata::create_all), and for MySQL where a table of a schema
    /// refers to one that says none: its text would need the name of the database.
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
        let mut statements = create_schemas(&tables, dialect);
        statements.extend(Stored::default().creation(&tables, dialect)?);
        statements.extend(create_tables(&tables, &Site::new(dialect))?);
        Ok(statements)
    }
}

#[cfg(test)]
mod tests;
