//! [`Select`]: a SELECT under construction.

use super::{Expr, IntoOrder, Order, Predicate, Selection};
use crate::{
    entity::{DecodeNode, decode_node},
    model::{Entity, Model, Relation},
    schema::ModelDef,
    sql::{self, Dialect},
};
use std::{fmt, marker::PhantomData};

/// Selects rows: `select(Hero).filter(Hero.age.ge(35)).order_by(Hero.name)`.
pub fn select<S: Selection>(what: S) -> Select<S> {
    let mut columns = Vec::new();
    what.columns(&mut columns);
    let ast = SelectAst { columns, from: what.tables(), ..SelectAst::default() };
    Select { ast, eager: Vec::new(), what: PhantomData }
}

/// A SELECT, typed by what it gives. Nothing is sent before a session or an engine executes it.
#[must_use = "a statement does nothing until it is executed"]
pub struct Select<S> {
    ast: SelectAst,
    eager: Vec<Eager>,
    what: PhantomData<fn() -> S>,
}

/// A SELECT, as data.
#[derive(Clone, Default)]
pub struct SelectAst {
    /// What it reads of each row.
    pub columns: Vec<Expr>,
    /// The tables that it reads.
    pub from: Vec<&'static ModelDef>,
    /// Which rows it reads; all where there is none.
    pub filter: Option<Predicate>,
    /// What they are ordered by.
    pub order_by: Vec<Order>,
    /// How many rows it reads at most.
    pub limit: Option<u64>,
    /// How many rows it passes over first.
    pub offset: Option<u64>,
}

/// A relation that is loaded along with the rows.
#[derive(Clone, Copy, Debug)]
pub struct Eager {
    /// Its position in the model.
    pub relation: usize,
    /// Reads a row of the related model.
    pub decode: DecodeNode,
}

impl<S> Select<S> {
    /// Only the rows for which this is true. Called again, both have to be.
    pub fn filter(mut self, condition: Predicate) -> Self {
        self.ast.filter = Some(match self.ast.filter.take() {
            Some(before) => before & condition,
            None => condition,
        });
        self
    }

    /// Orders the rows by a column, `column.desc()`, or a tuple of these. Called again, the first
    /// order counts most.
    pub fn order_by(mut self, order: impl IntoOrder) -> Self {
        order.add_to(&mut self.ast.order_by);
        self
    }

    /// At most so many rows.
    pub fn limit(mut self, rows: u64) -> Self {
        self.ast.limit = Some(rows);
        self
    }

    /// Passes over so many rows first. Without an order, which ones is up to the database.
    pub fn offset(mut self, rows: u64) -> Self {
        self.ast.offset = Some(rows);
        self
    }

    /// The statement as data.
    pub fn ast(&self) -> &SelectAst {
        &self.ast
    }

    /// The relations to be loaded along, in the order in which they were asked for.
    pub fn eager(&self) -> &[Eager] {
        &self.eager
    }
}

impl<M: Model> Select<Entity<M>> {
    /// Loads a relation along with the rows, with one more statement however many rows there are.
    pub fn with<T: Model>(mut self, relation: Relation<M, T>) -> Self {
        if self.eager.iter().all(|other| other.relation != relation.at) {
            self.eager.push(Eager { relation: relation.at, decode: decode_node::<T> });
        }
        self
    }
}

impl<S> Clone for Select<S> {
    fn clone(&self) -> Self {
        Select { ast: self.ast.clone(), eager: self.eager.clone(), what: PhantomData }
    }
}

/// The statement as SQLite would be given it, without its parameters.
impl<S> fmt::Debug for Select<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match sql::select(&self.ast, Dialect::Sqlite) {
            Ok(rendered) => f.write_str(&rendered.sql),
            Err(error) => write!(f, "{error}"),
        }
    }
}
