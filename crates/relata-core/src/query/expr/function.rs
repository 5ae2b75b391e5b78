//! Functions as data, and [`Aggregate`]s: functions over many rows.

use super::{
    Expr, Expression, HowMany, IntoOrder, IntoPredicate, JsonRead, JsonStep, Number, Order, Part,
    Text, Tree, Typed, Window,
};
use crate::value::{ColumnType, SqlType};
use std::{borrow::Cow, marker::PhantomData, sync::Arc};

/// A function with its arguments.
#[derive(Clone, PartialEq)]
pub struct Call {
    /// The function.
    pub function: Function,
    /// Its arguments.
    pub args: Vec<Expr>,
    /// Whether it makes one value of many rows.
    pub aggregate: bool,
    /// What it gives, where databases do not agree on the type by themselves.
    pub gives: Option<SqlType>,
    /// Whether the same value counts once.
    pub distinct: bool,
    /// The order in which values count, where it matters.
    pub order_by: Vec<Order>,
    /// Which rows count.
    pub filter: Option<Expr>,
    /// The rows that it sees from each row, instead of one group.
    pub over: Option<Window>,
}

impl Call {
    /// A function of one row.
    pub(in crate::query) fn new(
        function: Function,
        args: Vec<Expr>,
        gives: Option<SqlType>,
    ) -> Self {
        let order_by = Vec::new();
        Call {
            function,
            args,
            aggregate: false,
            gives,
            distinct: false,
            order_by,
            filter: None,
            over: None,
        }
    }

    /// Shows its arguments and conditions.
    pub(in crate::query) fn each_part<'e>(&'e self, see: &mut dyn FnMut(&'e Expr)) {
        self.args.iter().for_each(&mut *see);
        self.order_by.iter().for_each(|order| see(&order.expr));
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
    /// The texts of all rows, with this between them.
    StringAgg(Arc<str>),
    /// How many characters a text has.
    Length,
    /// A part of a text, by position and length.
    Substr,
    /// A number with so many digits after the point.
    Round(u8),
    /// The greatest of several values.
    Greatest,
    /// The least of several values.
    Least,
    /// The value of the row so many rows before, over a window.
    Lag(u32),
    /// The value of the row so many rows after, over a window.
    Lead(u32),
    /// The value of the row at a position, over a window.
    NthValue(u32),
    /// The number of one of so many buckets, over a window.
    Ntile(u32),
    /// A number of no pattern, at least 0 and less than 1.
    Random,
    /// The present moment.
    Now,
    /// The present day.
    Today,
    /// A part of a date or time of this type.
    Extract(Part, SqlType),
    /// What is at a place in a JSON document.
    Json(Arc<[JsonStep]>, JsonRead),
    /// How many elements an array has.
    ArrayLength,
    /// Whether an array holds all or any of the values in another.
    Holds(HowMany),
    /// A function that every database has by this name.
    Named(Cow<'static, str>),
}

/// A function over the rows of a group: `count`, `sum`, `avg`, `min`, `max`, `string_agg`.
pub struct Aggregate<V> {
    pub(in crate::query) depth: u16,
    pub(in crate::query) call: Call,
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
        let call = Call { aggregate: true, ..Call::new(function, args, gives) };
        Aggregate { depth, call, of: PhantomData }
    }

    /// Each value once, however many rows have it.
    #[must_use]
    pub fn distinct(mut self) -> Self {
        self.call.distinct = true;
        self
    }

    /// The order in which the values count, which matters to `string_agg`.
    #[must_use]
    pub fn order_by(mut self, by: impl IntoOrder) -> Self {
        by.add_to(&mut self.call.order_by);
        let depths = self.call.order_by.iter().map(|order| order.depth);
        self.depth = depths.max().unwrap_or(0).max(self.depth);
        self
    }

    /// Only the rows for which this is true.
    #[must_use]
    pub fn filter(mut self, condition: impl IntoPredicate) -> Self {
        let condition = condition.into_predicate();
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

/// The texts of all rows that are not NULL, with a separator between them; NULL where there is none.
/// Say in which order, by [`order_by`](Aggregate::order_by).
///
/// ```
/// # use relata::{prelude::*, query::string_agg};
/// # #[model(table)]
/// # struct Hero {
/// #     #[field(primary_key)] id: Id<Hero>,
/// #     name: String,
/// #     team: String,
/// # }
/// let names = string_agg(Hero.name, ", ").order_by(Hero.name);
/// assert_eq!(
///     format!("{:?}", select((Hero.team, names)).group_by(Hero.team)),
///     "SELECT hero.team, group_concat(hero.name, ', ' ORDER BY hero.name)\nFROM hero\nGROUP BY hero.team"
/// );
/// ```
pub fn string_agg<E: Expression<Value: Text>>(of: E, separator: &str) -> Aggregate<Option<String>> {
    Aggregate::new(Function::StringAgg(separator.into()), vec![of.into_tree()], None)
}

/// The type of an expression, without its `Option`.
type Base<E> = <<E as Expression>::Value as Typed>::Base;
