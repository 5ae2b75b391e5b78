//! [`Predicate`]: a condition, combined with `&`, `|` and `!`. Chains are kept as flat lists.

use super::{Condition, Expr, Expression, Origin, Sql, Tree};
use crate::{model::Column, value::ColumnType};
use std::{
    collections::VecDeque,
    ops::{BitAnd, BitOr, Not},
};

/// A condition on the rows of a statement, such as `Hero.age.ge(35)`.
///
/// `&` is AND, `|` is OR and `!` is NOT; mind that in Rust `&` binds tighter than `|`. A chain of
/// one of them can be of any length.
///
/// ```
/// # use relata::prelude::*;
/// # #[model(table)]
/// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
/// let unknown = Hero.age.is_null() | Hero.name.eq("");
/// let query = select(Hero.id).filter(!unknown & Hero.age.ge(18));
/// assert!(format!("{query:?}").ends_with(
///     "WHERE NOT (hero.age IS NULL OR hero.name = ?) AND hero.age >= ?"
/// ));
/// ```
#[derive(Clone)]
#[must_use = "a condition does nothing until it is given to `filter`"]
pub struct Predicate(pub(in crate::query) Tree);

/// What stands for a condition: a [`Predicate`], a column or expression of `bool`, SQL of your own
/// by [`condition`](crate::query::condition).
///
/// ```
/// # use relata::prelude::*;
/// # #[model(table)]
/// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, active: bool }
/// use relata::query::IntoPredicate;
///
/// fn names(which: impl IntoPredicate) -> String {
///     format!("{:?}", select(Hero.name).filter(which))
/// }
/// assert_eq!(names(Hero.active), "SELECT hero.name\nFROM hero\nWHERE hero.active");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a condition",
    label = "expected a condition, such as `Hero.age.ge(18)`",
    note = "columns are compared by `.eq(…)`, `.ne(…)`, `.lt(…)`, `.le(…)`, `.gt(…)` and `.ge(…)`, conditions joined by `&` and `|`, as Rust keeps `==`, `<`, `&&` and `||` for its own values",
    note = "SQL of your own is one by `condition(\"…\")`"
)]
pub trait IntoPredicate {
    /// The condition.
    fn into_predicate(self) -> Predicate;
}

impl IntoPredicate for Predicate {
    fn into_predicate(self) -> Predicate {
        self
    }
}

/// A type of columns that are conditions by themselves: `bool`, and `Option<bool>`, whose NULL no
/// statement finds.
///
/// ```
/// # use relata::prelude::*;
/// fn is_condition<T: relata::query::Truth>() {}
/// is_condition::<bool>();
/// is_condition::<Option<bool>>();
/// ```
#[diagnostic::on_unimplemented(
    message = "an expression of type `{Self}` is not a condition",
    label = "expected a condition, such as `Hero.age.ge(18)`",
    note = "columns are compared by `.eq(…)`, `.ne(…)`, `.lt(…)`, `.le(…)`, `.gt(…)` and `.ge(…)`; only those of `bool` are conditions by themselves"
)]
pub trait Truth: ColumnType {}
impl Truth for bool {}
impl Truth for Option<bool> {}

impl Predicate {
    /// The condition as data.
    pub fn expr(&self) -> &Expr {
        &self.0.expr
    }

    /// The condition as an expression, which can be selected or counted: NULL where the database
    /// does not know.
    ///
    /// ```
    /// # use relata::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// let grown = select((Hero.name, Hero.age.ge(18).value().label("grown")));
    /// assert_eq!(format!("{grown:?}"), "SELECT hero.name, hero.age >= ? AS grown\nFROM hero");
    /// ```
    pub fn value(self) -> Sql<Option<bool>> {
        Sql::new(self.0)
    }

    /// Joins two conditions into one flat list, whichever sides are lists of this kind already.
    fn join(self, other: Self, kind: Kind) -> Self {
        let (left, right) = (kind.depth_inside(&self), kind.depth_inside(&other));
        let list = match (kind.list(self.0.expr), kind.list(other.0.expr)) {
            (Ok(mut list), Ok(mut more)) => {
                // the shorter one moves
                if list.len() >= more.len() {
                    list.append(&mut more);
                    list
                } else {
                    list.into_iter().rev().for_each(|expr| more.push_front(expr));
                    more
                }
            }
            (Ok(mut list), Err(expr)) => {
                list.push_back(expr);
                list
            }
            (Err(expr), Ok(mut list)) => {
                list.push_front(expr);
                list
            }
            (Err(first), Err(second)) => VecDeque::from([first, second]),
        };
        Predicate(Tree::over(left.max(right), kind.make(list)))
    }
}

/// What a list of conditions is joined by.
#[derive(Clone, Copy)]
enum Kind {
    And,
    Or,
}

impl Kind {
    fn make(self, list: VecDeque<Expr>) -> Expr {
        match self {
            Kind::And => Expr::And(list),
            Kind::Or => Expr::Or(list),
        }
    }

    /// The condition as a list of this kind, or as it is where it is none.
    fn list(self, expr: Expr) -> Result<VecDeque<Expr>, Expr> {
        match (self, expr) {
            (Kind::And, Expr::And(list)) | (Kind::Or, Expr::Or(list)) => Ok(list),
            (_, other) => Err(other),
        }
    }

    /// How deep a condition nests below the list that it joins.
    fn depth_inside(self, predicate: &Predicate) -> u16 {
        let Tree { expr, depth } = &predicate.0;
        match (self, expr) {
            (Kind::And, Expr::And(_)) | (Kind::Or, Expr::Or(_)) => depth.saturating_sub(1),
            _ => *depth,
        }
    }
}

/// Adds a condition to one that there may be: both have to be true.
pub(in crate::query) fn narrow(filter: &mut Option<Predicate>, condition: impl IntoPredicate) {
    let condition = condition.into_predicate();
    *filter = Some(match filter.take() {
        Some(before) => before & condition,
        None => condition,
    });
}

impl<P: IntoPredicate> BitAnd<P> for Predicate {
    type Output = Predicate;
    fn bitand(self, other: P) -> Predicate {
        self.join(other.into_predicate(), Kind::And)
    }
}

impl<P: IntoPredicate> BitOr<P> for Predicate {
    type Output = Predicate;
    fn bitor(self, other: P) -> Predicate {
        self.join(other.into_predicate(), Kind::Or)
    }
}

impl Not for Predicate {
    type Output = Predicate;
    fn not(self) -> Predicate {
        let Tree { expr, depth } = self.0;
        Predicate(match expr.opposite() {
            expr @ Expr::Not(_) => Tree::over(depth, expr),
            expr @ (Expr::And(_) | Expr::Or(_)) => Tree { expr, depth: depth.saturating_sub(1) },
            expr => Tree { expr, depth },
        })
    }
}

/// What is true or false is a condition, and joins others as one.
macro_rules! conditions {
    ($([$($generics:tt)*] $ty:ty;)*) => {$(
        impl<$($generics)*> IntoPredicate for $ty {
            fn into_predicate(self) -> Predicate {
                Predicate(self.into_tree())
            }
        }

        impl<$($generics)*> From<$ty> for Predicate {
            fn from(expression: $ty) -> Self {
                expression.into_predicate()
            }
        }

        impl<P: IntoPredicate, $($generics)*> BitAnd<P> for $ty {
            type Output = Predicate;
            fn bitand(self, other: P) -> Predicate {
                self.into_predicate() & other
            }
        }

        impl<P: IntoPredicate, $($generics)*> BitOr<P> for $ty {
            type Output = Predicate;
            fn bitor(self, other: P) -> Predicate {
                self.into_predicate() | other
            }
        }

        impl<$($generics)*> Not for $ty {
            type Output = Predicate;
            fn not(self) -> Predicate {
                !self.into_predicate()
            }
        }
    )*};
}
conditions! {
    [M: Origin, V: Truth] Column<M, V>;
    [V: Truth] Sql<V>;
    [] Condition;
}

/// All of these conditions; every row where there is none.
///
/// ```
/// # use relata::prelude::*;
/// # #[model(table)]
/// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
/// use relata::query::all_of;
///
/// let words = ["Spider", "Boy"];
/// let query = select(Hero.id).filter(all_of(words.map(|word| Hero.name.contains(word))));
/// assert!(format!("{query:?}").ends_with("WHERE hero.name LIKE ? AND hero.name LIKE ?"));
/// ```
pub fn all_of<P: IntoPredicate>(conditions: impl IntoIterator<Item = P>) -> Predicate {
    let joined = conditions.into_iter().map(P::into_predicate).reduce(|all, next| all & next);
    joined.unwrap_or_else(|| Predicate(Tree::leaf(Expr::True)))
}

/// Any of these conditions; no row where there is none.
///
/// ```
/// # use relata::prelude::*;
/// # #[model(table)]
/// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
/// use relata::query::{Predicate, any_of};
///
/// let query = select(Hero.id).filter(any_of([Hero.age.lt(18), Hero.age.is_null()]));
/// assert!(format!("{query:?}").ends_with("WHERE hero.age < ? OR hero.age IS NULL"));
///
/// let none = select(Hero.id).filter(any_of(Vec::<Predicate>::new()));
/// assert!(format!("{none:?}").ends_with("WHERE FALSE"));
/// ```
pub fn any_of<P: IntoPredicate>(conditions: impl IntoIterator<Item = P>) -> Predicate {
    let joined = conditions.into_iter().map(P::into_predicate).reduce(|all, next| all | next);
    joined.unwrap_or_else(|| Predicate(Tree::leaf(Expr::False)))
}
