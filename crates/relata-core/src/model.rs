//! [`Model`]: what `#[model(table)]` implements, and [`Entity`], a model's name as a value.

mod stored;

pub use stored::{Stored, Unstored};

use crate::{
    connection::Row,
    entity::Slot,
    error::{Error, ErrorKind, Result},
    key::{Id, Key},
    schema::{ColumnDef, ModelDef, Reference},
    value::{Cell, ColumnType, Misfit, NotNull, Value},
};
use std::{fmt, marker::PhantomData};

/// The name of a model in const evaluation, where `TypeId` cannot be compared. Apart from
/// [`Model`], so that the tables of two models can name each other.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a table model",
    label = "expected a struct with `#[model(table)]`"
)]
pub trait Identity {
    /// Module path and name.
    const IDENTITY: &'static str;
    /// The struct's name.
    const NAME: &'static str;
    /// The table's name; with a schema that in front of it, as in `archive.hero`.
    const TABLE: &'static str;
    /// The table's schema, where one was said.
    const SCHEMA: Option<&'static str> = None;
}

/// The columns and relations of a model as fields of one value: what `Hero.name` reads.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a table model",
    label = "expected a struct with `#[model(table)]`"
)]
pub trait Columns: Sized + 'static {
    /// A generated struct with one field for each column and relation.
    type Columns: Send + Sync + 'static;
    /// Those of the table under its own name.
    const COLUMNS: &'static Self::Columns;
    /// Those of the table under another name.
    #[doc(hidden)]
    fn columns(alias: &'static str) -> Self::Columns;
}

/// A table model. Implemented by `#[model(table)]` only; everything here is data or a thin
/// accessor by position.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a table model",
    label = "expected a struct with `#[model(table)]`"
)]
pub trait Model:
    Identity + Columns + Clone + fmt::Debug + serde::Serialize + Send + Sync + 'static
{
    /// The type of the primary key: `i64` for an `Id` unless the field says `key = …`, the field's
    /// own type for a natural key, a tuple for a composite one.
    type Key: Key;
    /// The table, as data.
    const DEF: &'static ModelDef;

    /// Builds the value from the columns, in their order; relations are not loaded.
    #[doc(hidden)]
    fn decode(cells: &mut Cells<'_>) -> Result<Self>;
    /// The value of a column, by position.
    #[doc(hidden)]
    fn value(&self, column: usize) -> Value;
    /// Sets a column, by position.
    #[doc(hidden)]
    fn assign(&mut self, column: usize, cell: Cell<'_>) -> Result<(), Misfit>;
    /// A copy that names the same row, where `clone` of an unsaved value names another.
    #[doc(hidden)]
    fn duplicate(&self) -> Self;
    /// The model's own late-bound id, where it has one.
    #[doc(hidden)]
    fn own_id(&mut self) -> Option<&mut Id<Self>> {
        None
    }
    /// Shows each relation field, in order.
    #[doc(hidden)]
    fn relations<'a>(&'a self, visit: Visit<'_, 'a>) {
        let _ = visit;
    }
    /// Shows each relation field, in order, to be changed.
    #[doc(hidden)]
    fn relations_mut<'a>(&'a mut self, visit: VisitMut<'_, 'a>) {
        let _ = visit;
    }
}

/// What is shown the relation fields of a row.
#[doc(hidden)]
pub type Visit<'v, 'a> = &'v mut dyn FnMut(&'a Slot);
/// What may change them.
#[doc(hidden)]
pub type VisitMut<'v, 'a> = &'v mut dyn FnMut(&'a mut Slot);

/// The cells of one row, read one after the other.
pub struct Cells<'r> {
    row: &'r dyn Row,
    at: usize,
    table: &'static str,
    columns: &'static [ColumnDef],
}

impl<'r> Cells<'r> {
    /// The cells from a position on, read as the columns of a model.
    pub fn new(row: &'r dyn Row, at: usize, def: &'static ModelDef) -> Self {
        Cells { row, at, table: def.table, columns: def.columns }
    }

    /// Reads the next column.
    ///
    /// # Errors
    /// `Decode`, naming table and column, where the cell does not fit the type.
    #[inline]
    #[expect(clippy::should_implement_trait, reason = "each call has a type of its own")]
    pub fn next<V: ColumnType>(&mut self) -> Result<V> {
        let cell = self.row.cell(self.at)?;
        self.at += 1;
        let (column, rest) = match self.columns.split_first() {
            Some((column, rest)) => (column, rest),
            None => {
                return Err(Error::new(ErrorKind::Decode, "the row has more cells than columns"));
            }
        };
        self.columns = rest;
        match V::read(cell) {
            Ok(value) => Ok(value.fit(column)),
            Err(misfit) => Err(self.misfit(column, misfit)),
        }
    }

    #[cold]
    fn misfit(&self, column: &ColumnDef, misfit: Misfit) -> Error {
        Error::new(
            ErrorKind::Decode,
            format!("column `{}.{}`: {}", self.table, column.name, misfit.0),
        )
        .with_table(self.table)
        .with_columns([column.name])
    }
}

/// A model's name as a value: `select(Hero)`, `session.get(Hero, 1)`, `Hero.name`.
///
/// `#[model(table)]` declares a constant of this type beside the struct; it derefs to the model's
/// columns and relations.
///
/// ```
/// # use relata::prelude::*;
/// # #[model(table)]
/// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
/// assert_eq!(format!("{:?}", select(Hero)), "SELECT hero.id, hero.name, hero.age\nFROM hero");
/// assert_eq!(format!("{Hero:?}"), "Hero");
/// ```
pub struct Entity<M>(PhantomData<fn() -> M>);

impl<M> Entity<M> {
    /// The name of `M` as a value, where `M` is a type parameter.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// use relata::{Entity, Model};
    ///
    /// fn all<M: Model>(session: &mut Session) -> relata::Result<Vec<Tracked<M>>> {
    ///     session.exec(select(Entity::<M>::new())).all()
    /// }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of(Hero).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// assert!(all::<Hero>(&mut session)?.is_empty());
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub const fn new() -> Self {
        Entity(PhantomData)
    }
}

impl<M> Default for Entity<M> {
    fn default() -> Self {
        Entity::new()
    }
}

impl<M> Clone for Entity<M> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<M> Copy for Entity<M> {}

impl<M: Columns> std::ops::Deref for Entity<M> {
    type Target = M::Columns;
    fn deref(&self) -> &M::Columns {
        M::COLUMNS
    }
}

impl<M: Identity> fmt::Debug for Entity<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(M::NAME)
    }
}

/// A column of a model, typed by what the field holds.
///
/// ```
/// # use relata::prelude::*;
/// # #[model(table)]
/// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
/// use relata::Column;
///
/// fn heroes_of(age: Column<Hero, Option<i32>>) -> String {
///     format!("{:?}", select(Hero.id).filter(age.eq(30)))
/// }
/// assert!(heroes_of(Hero.age).ends_with("WHERE hero.age = ?"));
/// ```
pub struct Column<M, V> {
    pub(crate) at: usize,
    pub(crate) name: &'static str,
    /// The name that its table goes by in the statement; empty for the table's own.
    pub(crate) alias: &'static str,
    of: PhantomData<fn() -> (M, V)>,
}

impl<M, V> Clone for Column<M, V> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<M, V> Copy for Column<M, V> {}

impl<M, V> Column<M, V> {
    #[doc(hidden)]
    pub const fn new(at: usize, name: &'static str, alias: &'static str) -> Self {
        Column { at, name, alias, of: PhantomData }
    }

    /// The column's name in the database.
    ///
    /// ```
    /// # use relata::prelude::*;
    /// #[model(table)]
    /// struct Hero {
    ///     #[field(primary_key)] id: Id<Hero>,
    ///     #[field(column = "hero_name")] name: String,
    /// }
    /// assert_eq!(Hero.name.name(), "hero_name");
    /// ```
    pub const fn name(&self) -> &'static str {
        self.name
    }
}

impl<M: Identity, V> Column<M, V> {
    /// The target of a foreign key in a field of type `F`, which has to fit.
    #[doc(hidden)]
    pub const fn referenced_by<F: References<M, V>>(
        self,
        on_delete: Option<crate::schema::OnDelete>,
    ) -> Option<Reference> {
        Some(Reference {
            model: M::IDENTITY,
            name: M::NAME,
            table: M::TABLE,
            schema: M::SCHEMA,
            column: self.name,
            on_delete,
        })
    }
}

/// The types that a field with a foreign key to a column of type `V` in `M` can have.
#[diagnostic::on_unimplemented(
    message = "a foreign key to a column of `{M}` cannot be stored in `{Self}`",
    label = "this field's type does not fit the key it refers to",
    note = "a field with `foreign_key = {M}.id` is an `Id<{M}>`, or an `Option<Id<{M}>>` where it may be NULL; a foreign key to a natural key has that key's type"
)]
pub trait References<M, V> {}
impl<M, V: NotNull> References<M, V> for V {}
impl<M, V: NotNull> References<M, V> for Option<V> {}

/// A relation of a model, typed by the field that holds its rows: `Many<Hero>`, `One<Team>` or `One<Option<Team>>`.
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
/// use relata::Relation;
///
/// let heroes: Relation<Team, Many<Hero>> = Team.heroes;
/// let joined = select((Team.name, Hero.name)).join(heroes);
/// assert!(format!("{joined:?}").ends_with("FROM team JOIN hero ON team.id = hero.team_id"));
/// let teams = session.exec(select(Team).with(heroes)).all()?;
/// assert_eq!(teams[0].heroes.get()?.len(), 1);
/// # Ok::<_, relata::Error>(())
/// ```
pub struct Relation<M, F> {
    pub(crate) at: usize,
    /// The name that its owner's table goes by in the statement; empty for the table's own.
    pub(crate) alias: &'static str,
    of: PhantomData<fn() -> (M, F)>,
}

impl<M, F> Clone for Relation<M, F> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<M, F> Copy for Relation<M, F> {}

impl<M, F> Relation<M, F> {
    #[doc(hidden)]
    pub const fn new(at: usize, alias: &'static str) -> Self {
        Relation { at, alias, of: PhantomData }
    }

    /// Its position in the model.
    #[doc(hidden)]
    pub const fn at(&self) -> usize {
        self.at
    }
}
