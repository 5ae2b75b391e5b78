//! [`Sql`]: an expression that is no plain column, typed by what it gives.

use super::{Expr, Expression, Tree};
use crate::{
    model::{Column, Model},
    schema::ModelDef,
};
use std::marker::PhantomData;

/// An expression that gives a `V`: a function's result, a sum, a subquery.
///
/// ```
/// # use relata::prelude::*;
/// # #[model(table)]
/// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
/// use relata::query::Sql;
///
/// fn in_years(years: i32) -> Sql<Option<i32>> {
///     Hero.age + years
/// }
/// let query = select(in_years(10)).filter(in_years(10).ge(65));
/// assert!(format!("{query:?}").ends_with("FROM hero\nWHERE hero.age + ? >= ?"));
/// ```
pub struct Sql<V> {
    pub(in crate::query) tree: Tree,
    of: PhantomData<fn() -> V>,
}

impl<V> Sql<V> {
    pub(in crate::query) fn new(tree: Tree) -> Self {
        Sql { tree, of: PhantomData }
    }
}

impl<V> Clone for Sql<V> {
    fn clone(&self) -> Self {
        Sql::new(self.tree.clone())
    }
}

impl<V: crate::value::ColumnType> Expression for Sql<V> {
    type Value = V;

    fn into_tree(self) -> Tree {
        self.tree
    }
}

/// What a column is a column of: a model's table, or a subquery ([`Derived`]).
pub trait Origin: 'static {
    /// The table; `None` for a subquery.
    #[doc(hidden)]
    fn table() -> Option<&'static ModelDef>;
}

impl<M: Model> Origin for M {
    fn table() -> Option<&'static ModelDef> {
        Some(M::DEF)
    }
}

/// In the place of a model, for the columns of a subquery or CTE that selects no model.
#[derive(Clone, Copy, Debug)]
pub enum Derived {}

impl Origin for Derived {
    fn table() -> Option<&'static ModelDef> {
        None
    }
}

impl<M: Origin, V: crate::value::ColumnType> Expression for Column<M, V> {
    type Value = V;

    fn into_tree(self) -> Tree {
        Tree::leaf(self.expr())
    }
}

impl<M: Origin, V> Column<M, V> {
    /// The column as an expression.
    pub(in crate::query) fn expr(self) -> Expr {
        let Column { at, alias, .. } = self;
        match M::table() {
            Some(table) => Expr::Column(super::ColumnRef { table, at, alias }),
            None => Expr::Derived { source: alias, at },
        }
    }
}
