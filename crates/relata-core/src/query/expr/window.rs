//! Windows: functions that see other rows from each row, without making groups of them.

use super::{
    Aggregate, Argument, Call, Expr, Expression, Function, IntoExprs, IntoOrder, Operand, Order,
    Sql, Tree, Typed,
};
use crate::value::ColumnType;
use std::{
    marker::PhantomData,
    ops::{Bound, RangeBounds},
};

/// The rows that a window function sees from a row.
#[derive(Clone, Default, PartialEq)]
pub struct Window {
    /// What they have in common with the row.
    pub partition_by: Vec<Expr>,
    /// Their order.
    pub order_by: Vec<Order>,
    /// Which of them, by their distance to the row.
    pub frame: Option<Frame>,
    pub(in crate::query) depth: u16,
}

/// Which rows of a window are seen, by their distance to the row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    /// What the distance counts.
    pub unit: FrameUnit,
    /// The first of them; `None` for the first of all.
    pub from: Option<i64>,
    /// The last of them; `None` for the last of all.
    pub to: Option<i64>,
}

/// What the distance of two rows counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameUnit {
    /// Rows.
    Rows,
    /// By how much the number differs that rows are ordered by.
    Range,
}

impl Frame {
    fn of(unit: FrameUnit, range: &impl RangeBounds<i32>) -> Self {
        let from = match range.start_bound() {
            Bound::Included(at) => Some(i64::from(*at)),
            Bound::Excluded(at) => Some(i64::from(*at) + 1),
            Bound::Unbounded => None,
        };
        let to = match range.end_bound() {
            Bound::Included(at) => Some(i64::from(*at)),
            Bound::Excluded(at) => Some(i64::from(*at) - 1),
            Bound::Unbounded => None,
        };
        Frame { unit, from, to }
    }
}

/// A window of all rows: `sum(Hero.age).over(window().partition_by(Hero.team_id))`.
///
/// With an order, most functions see the rows from the first up to this one, and all that are equal
/// to it, unless a frame says otherwise.
///
/// ```
/// # use relata::{prelude::*, query::{row_number, window}};
/// # #[model(table)]
/// # struct Hero {
/// #     #[field(primary_key)] id: Id<Hero>,
/// #     name: String,
/// #     team: String,
/// # }
/// let position = row_number().over(window().partition_by(Hero.team).order_by(Hero.name.desc()));
/// assert_eq!(
///     format!("{:?}", select((Hero.name, position))),
///     "SELECT hero.name, row_number() OVER (PARTITION BY hero.team ORDER BY hero.name DESC)\nFROM hero"
/// );
/// ```
pub fn window() -> Window {
    Window::default()
}

impl Window {
    /// Only rows that have this in common: an expression, or a tuple of several.
    #[must_use]
    pub fn partition_by(mut self, by: impl IntoExprs) -> Self {
        let mut trees = Vec::new();
        by.into_exprs(&mut trees);
        for tree in trees {
            self.depth = self.depth.max(tree.depth);
            self.partition_by.push(tree.expr);
        }
        self
    }

    /// The order of the rows.
    #[must_use]
    pub fn order_by(mut self, by: impl IntoOrder) -> Self {
        by.add_to(&mut self.order_by);
        let depths = self.order_by.iter().map(|order| order.depth);
        self.depth = depths.max().unwrap_or(0).max(self.depth);
        self
    }

    /// Only rows at these distances, where 0 is this row and negative ones come before it:
    /// `rows(-2..=0)` are this row and two before it, `rows(..=0)` all up to it, `rows(1..)` all
    /// after it.
    #[must_use]
    pub fn rows(mut self, distance: impl RangeBounds<i32>) -> Self {
        self.frame = Some(Frame::of(FrameUnit::Rows, &distance));
        self
    }

    /// Only rows whose value in the order differs by this much: with `order_by(Hero.age)` and
    /// `range(-5..=5)` all that are at most five years older or younger. Distances other than 0 need
    /// an order by one number.
    #[must_use]
    pub fn range(mut self, distance: impl RangeBounds<i32>) -> Self {
        self.frame = Some(Frame::of(FrameUnit::Range, &distance));
        self
    }
}

impl<V> Aggregate<V> {
    /// The function over the rows of a window, for each row, instead of over a group.
    pub fn over(mut self, window: Window) -> Sql<V> {
        let depth = self.depth.max(window.depth);
        self.call.over = Some(window);
        Sql::new(Tree::over(depth, Expr::Call(Box::new(self.call))))
    }
}

/// A function that only a window gives a meaning; an expression with `.over(window())`.
#[must_use = "a window function is an expression only with `.over(window())`"]
pub struct WindowFunction<V> {
    depth: u16,
    call: Call,
    of: PhantomData<fn() -> V>,
}

impl<V> WindowFunction<V> {
    fn named(name: &'static str, args: Vec<Tree>) -> Self {
        Self::new(Function::Named(name.into()), args)
    }

    fn new(function: Function, args: Vec<Tree>) -> Self {
        let depth = args.iter().map(|arg| arg.depth).max().unwrap_or(0);
        let args = args.into_iter().map(|arg| arg.expr).collect();
        let call = Call::new(function, args, None);
        WindowFunction { depth, call, of: PhantomData }
    }

    /// The function as an expression: over the rows of a window.
    pub fn over(mut self, window: Window) -> Sql<V> {
        let depth = self.depth.max(window.depth);
        self.call.over = Some(window);
        Sql::new(Tree::over(depth, Expr::Call(Box::new(self.call))))
    }
}

/// What no window function is before `.over(…)`.
#[diagnostic::on_unimplemented(
    message = "a window function is an expression only with `.over(window())`",
    label = "add `.over(window())`"
)]
pub trait Windowed {}

/// So that a comparison without a window is answered with what is missing.
impl<V: ColumnType> Expression for WindowFunction<V>
where
    WindowFunction<V>: Windowed,
{
    type Value = V;

    fn into_tree(self) -> Tree {
        self.over(window()).tree
    }
}

/// What an argument gives, where there may be no row to give it.
type OrNull<A> = Option<<<A as Argument>::Value as Typed>::Base>;

/// The position of the row in its window, from 1 on.
pub fn row_number() -> WindowFunction<i64> {
    WindowFunction::named("row_number", Vec::new())
}

/// The position of the first row that is equal in order, from 1 on; with gaps after equal rows.
pub fn rank() -> WindowFunction<i64> {
    WindowFunction::named("rank", Vec::new())
}

/// As [`rank`], without gaps.
pub fn dense_rank() -> WindowFunction<i64> {
    WindowFunction::named("dense_rank", Vec::new())
}

/// The [`rank`] from 0 for the first to 1 for the last.
pub fn percent_rank() -> WindowFunction<f64> {
    WindowFunction::named("percent_rank", Vec::new())
}

/// The share of rows that come no later, more than 0 and up to 1.
pub fn cume_dist() -> WindowFunction<f64> {
    WindowFunction::named("cume_dist", Vec::new())
}

/// The number of the row's bucket, from 1 on, where the window is dealt into so many of about the
/// same size.
pub fn ntile(buckets: u32) -> WindowFunction<i64> {
    WindowFunction::new(Function::Ntile(buckets), Vec::new())
}

/// The value of the row so many rows before; NULL where there is none.
pub fn lag<A: Argument>(of: A, rows: u32) -> WindowFunction<OrNull<A>> {
    WindowFunction::new(Function::Lag(rows), vec![of.into_tree()])
}

/// What two values are together: NULL where one of them may be.
type Both<A, D> = <<A as Argument>::Value as Typed>::Either<
    <D as Operand<<A as Argument>::Value>>::Value,
    <<A as Argument>::Value as Typed>::Base,
>;

/// The value of the row so many rows before, or another one where there is none.
pub fn lag_or<A, D>(of: A, rows: u32, default: D) -> WindowFunction<Both<A, D>>
where
    A: Argument,
    D: Operand<A::Value, Value: Typed>,
{
    WindowFunction::new(Function::Lag(rows), vec![of.into_tree(), default.into_tree()])
}

/// The value of the row so many rows after; NULL where there is none.
pub fn lead<A: Argument>(of: A, rows: u32) -> WindowFunction<OrNull<A>> {
    WindowFunction::new(Function::Lead(rows), vec![of.into_tree()])
}

/// The value of the row so many rows after, or another one where there is none.
pub fn lead_or<A, D>(of: A, rows: u32, default: D) -> WindowFunction<Both<A, D>>
where
    A: Argument,
    D: Operand<A::Value, Value: Typed>,
{
    WindowFunction::new(Function::Lead(rows), vec![of.into_tree(), default.into_tree()])
}

/// The value of the first row in the frame; NULL where the frame has no row.
pub fn first_value<A: Argument>(of: A) -> WindowFunction<OrNull<A>> {
    WindowFunction::named("first_value", vec![of.into_tree()])
}

/// The value of the last row in the frame, which ends at this row unless it is said otherwise; NULL
/// where the frame has no row.
pub fn last_value<A: Argument>(of: A) -> WindowFunction<OrNull<A>> {
    WindowFunction::named("last_value", vec![of.into_tree()])
}

/// The value of the row at a position in the frame, which counts from 1; NULL where there is none.
pub fn nth_value<A: Argument>(of: A, position: u32) -> WindowFunction<OrNull<A>> {
    WindowFunction::new(Function::NthValue(position), vec![of.into_tree()])
}
