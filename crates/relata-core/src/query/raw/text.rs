//! [`Raw`]: SQL as it is written by hand, with parameters by name.

use super::{ByName, ByPosition, Expr, Fields, NoRows, Tree};
use crate::{
    model::{Entity, Model},
    value::{ColumnType, Value},
};
use std::{borrow::Cow, marker::PhantomData, sync::Arc};

/// A statement in SQL: `raw("SELECT name FROM hero WHERE age > :age").bind("age", 35)`.
///
/// A parameter is a `:name` outside of strings, quoted names and comments; each is sent as a
/// parameter of the database, never put into the text. A colon that is none is written `\:`.
///
/// What it gives is said by [`into_model`](Raw::into_model), [`into_tuple`](Raw::into_tuple) or
/// [`into_struct`](Raw::into_struct); as it is, it can be run for the number of rows that it wrote.
/// A statement that begins with SELECT, VALUES, EXPLAIN, PRAGMA, SHOW, DESCRIBE or TABLE, or with
/// WITH and no INSERT, UPDATE, DELETE or MERGE in it, counts as one that reads (not so a PRAGMA that
/// sets something, and an EXPLAIN ANALYZE of what writes); anything else as one that writes, for which
/// the transaction is begun. `writes` says so where this is wrong.
///
/// ```
/// # use relata::blocking::prelude::*;
/// # #[model(table)]
/// # struct Team { #[field(primary_key)] id: Id<Team>, name: String }
/// # #[model(table)]
/// # struct Hero { #[field(primary_key)] id: Id<Hero>, #[field(unique)] name: String, age: Option<i32> }
/// # let engine = Engine::connect("sqlite::memory:")?;
/// # Metadata::of((Team, Hero)).create_all(&engine)?;
/// # engine.exec(insert(Hero).value(Hero::new("Deadpond").with_age(30))).run()?;
/// let older = raw("SELECT * FROM hero WHERE age > :age").bind("age", 18);
/// let heroes: Vec<Hero> = engine.exec(older.into_model(Hero)).all()?;
/// assert_eq!(heroes[0].name, "Deadpond");
///
/// let ages = raw("SELECT name, age FROM hero").into_tuple::<(String, Option<i32>)>();
/// assert_eq!(engine.exec(ages).all()?, [("Deadpond".to_owned(), Some(30))]);
///
/// #[derive(serde::Deserialize)]
/// struct Stats {
///     heroes: u32,
///     oldest: Option<i32>,
/// }
/// let stats = raw("SELECT max(age) AS oldest, count(*) AS heroes FROM hero");
/// let stats: Stats = engine.exec(stats.into_struct()).one()?;
/// assert_eq!((stats.heroes, stats.oldest), (1, Some(30)));
///
/// let rename = raw("UPDATE hero SET name = :name").bind("name", "Wade");
/// assert_eq!(engine.exec(rename).run()?, 1);
/// # Ok::<_, relata::Error>(())
/// ```
pub fn raw(sql: impl Into<Cow<'static, str>>) -> Raw {
    Raw { ast: RawAst::new(sql), of: PhantomData }
}

/// A statement in SQL, typed by what it gives.
#[must_use = "a statement does nothing until it is executed"]
pub struct Raw<R = NoRows> {
    ast: RawAst,
    of: PhantomData<fn() -> R>,
}

/// SQL as it is written by hand, as data.
#[derive(Clone, Debug, PartialEq)]
pub struct RawAst {
    /// The text, with parameters by name.
    pub sql: Cow<'static, str>,
    /// The parameters that were given.
    pub bound: Vec<(Cow<'static, str>, Value)>,
    /// Whether it was said that it writes.
    pub writes: bool,
}

impl RawAst {
    pub(in crate::query) fn new(sql: impl Into<Cow<'static, str>>) -> Self {
        RawAst { sql: sql.into(), bound: Vec::new(), writes: false }
    }

    pub(in crate::query) fn bind<V>(
        &mut self,
        name: impl Into<Cow<'static, str>>,
        value: impl Bind<V>,
    ) {
        self.bound.push((name.into(), value.into_value()));
    }
}

impl<R> Raw<R> {
    /// The value of a parameter. Each that the text names has to be given once, and no other.
    pub fn bind<V>(mut self, name: impl Into<Cow<'static, str>>, value: impl Bind<V>) -> Self {
        self.ast.bind(name, value);
        self
    }

    /// Says that the statement writes, where its first word does not tell: a SELECT of a function
    /// that writes.
    pub fn writes(mut self) -> Self {
        self.ast.writes = true;
        self
    }

    /// Reads rows as a model, by the names of the columns: their order does not matter and others
    /// are ignored. An error where the rows have no column of a name, or two.
    pub fn into_model<M: Model>(self, model: Entity<M>) -> Raw<ByName<M>> {
        let _ = model;
        self.typed()
    }

    /// Reads rows by position, as a tuple of column types or one alone: `(String, Option<i32>)`,
    /// `i64`.
    pub fn into_tuple<T: ByPosition>(self) -> Raw<T::Rows> {
        self.typed()
    }

    /// Reads rows as a struct with `serde::Deserialize`, by the names of its fields. Columns that it
    /// has no field for are ignored.
    pub fn into_struct<T: serde::de::DeserializeOwned + Send + 'static>(self) -> Raw<Fields<T>> {
        self.typed()
    }

    fn typed<S>(self) -> Raw<S> {
        Raw { ast: self.ast, of: PhantomData }
    }

    pub(in crate::query) fn into_ast(self) -> RawAst {
        self.ast
    }
}

impl<R> Clone for Raw<R> {
    fn clone(&self) -> Self {
        Raw { ast: self.ast.clone(), of: PhantomData }
    }
}

/// A condition in SQL, inside of a typed statement: `condition("hero.age > :age").bind("age", 35)`.
///
/// The text names columns as the statement does: with the table's name, or that of its alias.
/// Parameters are as those of [`raw`]. It is joined with other conditions by `&`, `|` and `!`.
///
/// ```
/// # use relata::blocking::prelude::*;
/// # #[model(table)]
/// # struct Team { #[field(primary_key)] id: Id<Team>, name: String }
/// # #[model(table)]
/// # struct Hero { #[field(primary_key)] id: Id<Hero>, #[field(unique)] name: String, age: Option<i32> }
/// # let engine = Engine::connect("sqlite::memory:")?;
/// # Metadata::of((Team, Hero)).create_all(&engine)?;
/// # engine.exec(insert(Hero).value(Hero::new("Deadpond").with_age(30))).run()?;
/// use relata::query::condition;
///
/// let odd = condition("length(hero.name) % :by = 0").bind("by", 2);
/// let heroes = select(Hero).filter(Hero.age.ge(18)).filter(odd);
/// assert_eq!(engine.exec(heroes).count()?, 1);
///
/// let either = !condition("length(hero.name) > 3") | Hero.name.starts_with("Dead");
/// assert!(engine.exec(select(Hero).filter(either)).exists()?);
/// # Ok::<_, relata::Error>(())
/// ```
pub fn condition(sql: impl Into<Cow<'static, str>>) -> Condition {
    Condition { ast: RawAst::new(sql) }
}

/// A condition in SQL.
#[derive(Clone, Debug)]
#[must_use = "a condition does nothing until it is given to `filter`"]
pub struct Condition {
    ast: RawAst,
}

impl Condition {
    /// The value of a parameter. Each that the text names has to be given once, and no other.
    pub fn bind<V>(mut self, name: impl Into<Cow<'static, str>>, value: impl Bind<V>) -> Self {
        self.ast.bind(name, value);
        self
    }

    pub(in crate::query) fn into_tree(self) -> Tree {
        Tree::leaf(Expr::Raw(Arc::new(self.ast)))
    }
}

/// What a parameter of SQL and [`value`](super::value) can be: a value of any column type, by value or
/// by reference, and text as `&str` or `Option<&str>`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no value of a column type",
    label = "expected a value that a column could hold"
)]
pub trait Bind<V> {
    /// The value to be sent.
    #[doc(hidden)]
    fn into_value(self) -> Value;
}

#[diagnostic::do_not_recommend]
impl<T: ColumnType> Bind<T> for T {
    fn into_value(self) -> Value {
        self.write()
    }
}

#[diagnostic::do_not_recommend]
impl<T: ColumnType> Bind<T> for &T {
    fn into_value(self) -> Value {
        self.write()
    }
}

#[diagnostic::do_not_recommend]
impl Bind<String> for &str {
    fn into_value(self) -> Value {
        Value::Text(self.into())
    }
}

#[diagnostic::do_not_recommend]
impl Bind<Option<String>> for Option<&str> {
    fn into_value(self) -> Value {
        self.map_or(Value::Null, |text| Value::Text(text.into()))
    }
}
