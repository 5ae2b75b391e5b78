//! [`Update`] and [`Delete`]: statements that change and delete rows.

use super::{
    Assign, IntoPredicate, NoRows, Predicate, Selection, SetAst, Target, Verb, WriteAst, ast::put,
    narrow,
};
use crate::model::{Column, Entity, Model};
use std::{fmt, marker::PhantomData};

/// Changes rows: `update(Hero).set(Hero.age, Hero.age + 1).filter(…)`.
///
/// It needs a filter to be executed; every row is changed by [`update_all`]. Values that were read
/// before stay as they are, also in a session; `refresh` them. MySQL cannot change a table that a
/// subquery of the same statement reads.
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
/// let older = update(Hero).set(Hero.age, Hero.age + 1).filter(Hero.name.eq("Deadpond"));
/// assert_eq!(engine.exec(older.returning(Hero.age)).one()?, Some(31));
/// // UPDATE hero SET age=hero.age + ? WHERE hero.name = ? RETURNING hero.age
///
/// assert_eq!(engine.exec(update_all(Hero).set(Hero.age, None)).run()?, 1);
/// // UPDATE hero SET age=?
/// # Ok::<_, relata::Error>(())
/// ```
pub fn update<M: Model>(table: Entity<M>) -> Update<M> {
    let _ = table;
    Update::new()
}

/// Changes every row of a table, or those that a filter says.
pub fn update_all<M: Model>(table: Entity<M>) -> Update<M, Said> {
    let _ = table;
    Update::new()
}

/// Deletes rows: `delete(Hero).filter(…)`.
///
/// It needs a filter to be executed; every row is deleted by [`delete_all`]. What is related is left
/// to the database: `session.delete` takes care of relations.
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
/// assert_eq!(engine.exec(delete(Hero).filter(Hero.age.gt(90))).run()?, 0);
/// // DELETE FROM hero WHERE hero.age > ?
/// # Ok::<_, relata::Error>(())
/// ```
pub fn delete<M: Model>(from: Entity<M>) -> Delete<M> {
    let _ = from;
    Delete::new()
}

/// Deletes every row of a table, or those that a filter says.
pub fn delete_all<M: Model>(from: Entity<M>) -> Delete<M, Said> {
    let _ = from;
    Delete::new()
}

/// In the type of an UPDATE or DELETE, that it was not said which rows it writes.
#[derive(Clone, Copy, Debug)]
pub enum Unsaid {}

/// In the type of an UPDATE or DELETE, that it was said which rows it writes.
#[derive(Clone, Copy, Debug)]
pub enum Said {}

/// Whether it was said which rows a statement writes.
#[diagnostic::on_unimplemented(
    message = "this statement does not say which rows it writes",
    label = "it has no `.filter(…)`",
    note = "add `.filter(…)`; for every row of the table use `update_all(Model)` or `delete_all(Model)`"
)]
pub trait SaysWhich {}

impl SaysWhich for Said {}

type Types<M, F, R> = PhantomData<fn() -> (M, F, R)>;

/// An UPDATE, typed by whether it was said which rows it changes (`F`) and by what it gives (`R`):
/// nothing but a count, or the rows that [`returning`](Update::returning) asks for. Nothing is sent
/// before a session or an engine executes it.
#[must_use = "a statement does nothing until it is executed"]
pub struct Update<M, F = Unsaid, R = NoRows> {
    set: Vec<SetAst>,
    filter: Option<Predicate>,
    target: Target,
    of: Types<M, F, R>,
}

impl<M: Model, F> Update<M, F> {
    fn new() -> Self {
        let target = Target::new(M::DEF);
        Update { set: Vec::new(), filter: None, target, of: PhantomData }
    }
}

impl<M: Model, F, R> Update<M, F, R> {
    /// Sets a column: to a value, or to an expression, such as `Hero.age + 1` or a subquery that gives
    /// one value; a column that may be NULL also to `None`.
    pub fn set<V>(mut self, column: Column<M, V>, to: impl Assign<V>) -> Self {
        let assignment = self.target.assignment(column, to);
        put(&mut self.set, assignment);
        self
    }

    /// Only the rows for which this is true. Called again, both have to be.
    pub fn filter(mut self, condition: impl IntoPredicate) -> Update<M, Said, R> {
        narrow(&mut self.filter, condition);
        let Update { set, filter, target, .. } = self;
        Update { set, filter, target, of: PhantomData }
    }

    /// What it gives of each row, as it is after the change, as for `select`. `first` and `one` limit
    /// what is given, not what is changed. MySQL has no such thing.
    pub fn returning<W: Selection>(mut self, what: W) -> Update<M, F, W::Rows> {
        self.target.returning(what);
        let Update { set, filter, target, .. } = self;
        Update { set, filter, target, of: PhantomData }
    }

    pub(in crate::query) fn into_ast(self) -> WriteAst {
        let Update { set, filter, target, .. } = self;
        WriteAst { verb: Verb::Update { set, filter }, target }
    }
}

impl<M, F, R> Clone for Update<M, F, R> {
    fn clone(&self) -> Self {
        let (set, filter) = (self.set.clone(), self.filter.clone());
        Update { set, filter, target: self.target.clone(), of: PhantomData }
    }
}

impl<M: Model, F, R> fmt::Debug for Update<M, F, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.clone().into_ast().fmt(f)
    }
}

/// A DELETE, typed by whether it was said which rows it deletes (`F`) and by what it gives (`R`):
/// nothing but a count, or the rows that [`returning`](Delete::returning) asks for. Nothing is sent
/// before a session or an engine executes it.
#[must_use = "a statement does nothing until it is executed"]
pub struct Delete<M, F = Unsaid, R = NoRows> {
    filter: Option<Predicate>,
    target: Target,
    of: Types<M, F, R>,
}

impl<M: Model, F> Delete<M, F> {
    fn new() -> Self {
        Delete { filter: None, target: Target::new(M::DEF), of: PhantomData }
    }
}

impl<M: Model, F, R> Delete<M, F, R> {
    /// Only the rows for which this is true. Called again, both have to be.
    pub fn filter(mut self, condition: impl IntoPredicate) -> Delete<M, Said, R> {
        narrow(&mut self.filter, condition);
        Delete { filter: self.filter, target: self.target, of: PhantomData }
    }

    /// What it gives of each row that it deleted, as for `select`. `first` and `one` limit what is
    /// given, not what is deleted. MySQL has no such thing.
    pub fn returning<W: Selection>(mut self, what: W) -> Delete<M, F, W::Rows> {
        self.target.returning(what);
        Delete { filter: self.filter, target: self.target, of: PhantomData }
    }

    pub(in crate::query) fn into_ast(self) -> WriteAst {
        WriteAst { verb: Verb::Delete { filter: self.filter }, target: self.target }
    }
}

impl<M, F, R> Clone for Delete<M, F, R> {
    fn clone(&self) -> Self {
        Delete { filter: self.filter.clone(), target: self.target.clone(), of: PhantomData }
    }
}

impl<M: Model, F, R> fmt::Debug for Delete<M, F, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.clone().into_ast().fmt(f)
    }
}
