//! [`Order`]: what the rows of a statement are ordered by.

use super::{Aggregate, Expr, Expression, Origin, Sql, Tree};
use crate::{model::Column, value::ColumnType};

/// One thing to order by: `Hero.name.desc()`.
///
/// ```
/// # use relata::prelude::*;
/// # #[model(table)]
/// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
/// let query = select(Hero.id).order_by((Hero.age.desc(), Hero.name));
/// assert!(format!("{query:?}").ends_with("ORDER BY hero.age DESC, hero.name"));
/// ```
#[derive(Clone, PartialEq)]
pub struct Order {
    /// What is compared.
    pub expr: Expr,
    /// Whether the greatest comes first.
    pub descending: bool,
    /// Whether NULLs come first or last; where it is not said, the database decides.
    pub nulls: Option<Nulls>,
    pub(in crate::query) depth: u16,
}

/// Where NULLs stand in an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nulls {
    /// Before all values.
    First,
    /// Behind all values.
    Last,
}

impl Order {
    pub(in crate::query) fn new(Tree { expr, depth }: Tree) -> Self {
        Order { expr, descending: false, nulls: None, depth }
    }

    pub(in crate::query) fn descending(mut self) -> Self {
        self.descending = true;
        self
    }

    /// NULLs before all values. Where it is not said, they come first on SQLite and MySQL, and last
    /// on PostgreSQL; with `desc()` the other way round.
    ///
    /// ```
    /// # use relata::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// let query = select(Hero.id).order_by(Hero.age.desc().nulls_first());
    /// assert!(format!("{query:?}").ends_with("ORDER BY hero.age DESC NULLS FIRST"));
    /// ```
    #[must_use]
    pub fn nulls_first(mut self) -> Self {
        self.nulls = Some(Nulls::First);
        self
    }

    /// NULLs behind all values; see [`nulls_first`](Order::nulls_first).
    ///
    /// ```
    /// # use relata::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// let query = select(Hero.id).order_by(Hero.age.asc().nulls_last());
    /// assert!(format!("{query:?}").ends_with("ORDER BY hero.age NULLS LAST"));
    /// ```
    #[must_use]
    pub fn nulls_last(mut self) -> Self {
        self.nulls = Some(Nulls::Last);
        self
    }
}

/// What `order_by` takes: an [`Order`], an expression (from the least to the greatest), or several
/// of them as a tuple, an array or a `Vec`, of which the first counts most.
///
/// ```
/// # use relata::prelude::*;
/// # #[model(table)]
/// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
/// # let newest_first = true;
/// let mut order = vec![Hero.name.asc()];
/// if newest_first {
///     order.insert(0, Hero.id.desc());
/// }
/// let query = select(Hero.id).order_by(order);
/// assert!(format!("{query:?}").ends_with("ORDER BY hero.id DESC, hero.name"));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is nothing to order by",
    label = "expected a column",
    note = "order by a column or the labelled expression itself, not by its name, by `column.desc()`, or by a tuple of these"
)]
pub trait IntoOrder {
    /// Adds what it is to the list.
    #[doc(hidden)]
    fn add_to(self, list: &mut Vec<Order>);
}

impl IntoOrder for Order {
    fn add_to(self, list: &mut Vec<Order>) {
        list.push(self);
    }
}

impl<M: Origin, V: ColumnType> IntoOrder for Column<M, V> {
    fn add_to(self, list: &mut Vec<Order>) {
        list.push(self.asc());
    }
}

impl<V: ColumnType> IntoOrder for Sql<V> {
    fn add_to(self, list: &mut Vec<Order>) {
        list.push(self.asc());
    }
}

impl<V: ColumnType> IntoOrder for Aggregate<V> {
    fn add_to(self, list: &mut Vec<Order>) {
        list.push(self.asc());
    }
}

impl<T: IntoOrder, const N: usize> IntoOrder for [T; N] {
    fn add_to(self, list: &mut Vec<Order>) {
        self.into_iter().for_each(|item| item.add_to(list));
    }
}

impl<T: IntoOrder> IntoOrder for Vec<T> {
    fn add_to(self, list: &mut Vec<Order>) {
        self.into_iter().for_each(|item| item.add_to(list));
    }
}
