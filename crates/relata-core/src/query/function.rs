//! Functions, and [`Aggregate`]s: functions over many rows.

use super::{Expr, Expression, Number, Order, Predicate, Sql, Tree, Typed};
use crate::value::{ColumnType, SqlType};
use std::{borrow::Cow, marker::PhantomData};

/// A function with its arguments.
#[derive(Clone)]
pub struct Call {
    /// The function.
    pub function: Function,
    /// Its arguments.
    pub args: Vec<Expr>,
    /// What it gives, where databases do not agree on the type by themselves.
    pub gives: Option<SqlType>,
    /// Whether the same value counts once.
    pub distinct: bool,
    /// Which rows count.
    pub filter: Option<Expr>,
    /// The rows that it sees from each row, instead of one group.
    pub over: Option<Window>,
}

impl Call {
    /// Shows its arguments and conditions.
    pub(super) fn each_part<'e>(&'e self, see: &mut dyn FnMut(&'e Expr)) {
        self.args.iter().for_each(&mut *see);
        self.filter.iter().for_each(&mut *see);
        if let Some(window) = &self.over {
            window.partition_by.iter().for_each(&mut *see);
            window.order_by.iter().for_each(|order| see(&order.expr));
        }
    }
}

/// A function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Function {
    /// How many rows, or values that are not NULL.
    Count,
    /// A function that every database has by this name.
    Named(Cow<'static, str>),
}

/// The rows that a window function sees.
#[derive(Clone, Default)]
pub struct Window {
    /// What they have in common with the row.
    pub partition_by: Vec<Expr>,
    /// Their order.
    pub order_by: Vec<Order>,
}

/// A function over the rows of a group: `count`, `sum`, `avg`, `min`, `max`.
pub struct Aggregate<V> {
    depth: u16,
    call: Call,
    of: PhantomData<fn() -> V>,
}

impl<V> Clone for Aggregate<V> {
    fn clone(&self) -> Self {
        Aggregate { depth: self.depth, call: self.call.clone(), of: PhantomData }
    }
}

impl<V> Aggregate<V> {
    fn new(function: Function, args: Vec<Tree>, gives: Option<SqlType>) -> Self {
        let depth = args.iter().map(|arg| arg.depth).max().unwrap_or(0);
        let args = args.into_iter().map(|arg| arg.expr).collect();
        let call = Call { function, args, gives, distinct: false, filter: None, over: None };
        Aggregate { depth, call, of: PhantomData }
    }

    /// Each value once, however many rows have it.
    #[must_use]
    pub fn distinct(mut self) -> Self {
        self.call.distinct = true;
        self
    }

    /// Only the rows for which this is true.
    #[must_use]
    pub fn filter(mut self, condition: impl Into<Predicate>) -> Self {
        let condition: Predicate = condition.into();
        self.depth = self.depth.max(condition.0.depth);
        self.call.filter = Some(condition.0.expr);
        self
    }
}

impl<V: ColumnType> Expression for Aggregate<V> {
    type Value = V;

    fn into_tree(self) -> Tree {
        Tree::over(self.depth, Expr::Call(Box::new(self.call)))
    }
}

/// How many rows have a value here that is not NULL.
pub fn count<E: Expression>(of: E) -> Aggregate<i64> {
    Aggregate::new(Function::Count, vec![of.into_tree()], None)
}

/// How many rows there are.
pub fn count_rows() -> Aggregate<i64> {
    Aggregate::new(Function::Count, Vec::new(), None)
}

/// The least value; NULL where there is none.
pub fn min<E: Expression<Value: Typed>>(of: E) -> Aggregate<Option<Base<E>>> {
    Aggregate::new(Function::Named("min".into()), vec![of.into_tree()], None)
}

/// The greatest value; NULL where there is none.
pub fn max<E: Expression<Value: Typed>>(of: E) -> Aggregate<Option<Base<E>>> {
    Aggregate::new(Function::Named("max".into()), vec![of.into_tree()], None)
}

/// The sum: a 64-bit integer of integers; NULL where there is no value.
pub fn sum<E: Expression<Value: Typed<Base: Number>>>(
    of: E,
) -> Aggregate<Option<<Base<E> as Number>::Sum>> {
    let gives = <<Base<E> as Number>::Sum as ColumnType>::TYPE;
    Aggregate::new(Function::Named("sum".into()), vec![of.into_tree()], Some(gives))
}

/// The average: an `f64` of integers; NULL where there is no value.
pub fn avg<E: Expression<Value: Typed<Base: Number>>>(
    of: E,
) -> Aggregate<Option<<Base<E> as Number>::Average>> {
    let gives = <<Base<E> as Number>::Average as ColumnType>::TYPE;
    Aggregate::new(Function::Named("avg".into()), vec![of.into_tree()], Some(gives))
}

/// The type of an expression, without its `Option`.
type Base<E> = <<E as Expression>::Value as Typed>::Base;

/// A value as an expression.
pub fn value<V: ColumnType>(value: V) -> Sql<V> {
    Sql::new(Tree::leaf(Expr::Value(value.write())))
}
