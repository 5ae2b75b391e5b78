//! What functions take: expressions or plain values, one alone or several as a tuple.

use super::{Aggregate, Expr, Expression, Integer, Origin, Predicate, Sql, Tree, Typed};
use crate::{
    model::Column,
    value::{ColumnType, NotNull, Value},
};

/// An expression or a plain value, as an argument of a function or the value of a `case`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither an expression nor a value of a column type",
    label = "expected a column, something computed or a plain value",
    note = "a window function, such as `row_number()`, is an expression only with `.over(window())`, a `case()` with `.otherwise(…)` or `.end()`, a place in a JSON document with `.text()` and its like"
)]
pub trait Argument {
    /// What it gives; an `Option` where it may be NULL.
    type Value: Typed;

    /// The value or expression as data.
    #[doc(hidden)]
    fn into_tree(self) -> Tree;
}

#[diagnostic::do_not_recommend]
impl<T: NotNull> Argument for T {
    type Value = T;
    fn into_tree(self) -> Tree {
        Tree::leaf(Expr::Value(self.write()))
    }
}

#[diagnostic::do_not_recommend]
impl<T: NotNull> Argument for Option<T> {
    type Value = Option<T>;
    fn into_tree(self) -> Tree {
        Tree::leaf(Expr::Value(self.write()))
    }
}

impl Argument for &str {
    type Value = String;
    fn into_tree(self) -> Tree {
        Tree::leaf(Expr::Value(Value::Text(self.into())))
    }
}

impl Argument for &String {
    type Value = String;
    fn into_tree(self) -> Tree {
        self.as_str().into_tree()
    }
}

impl Argument for Option<&str> {
    type Value = Option<String>;
    fn into_tree(self) -> Tree {
        Tree::leaf(Expr::Value(self.map_or(Value::Null, |text| Value::Text(text.into()))))
    }
}

impl<M: Origin, V: Typed> Argument for Column<M, V> {
    type Value = V;
    fn into_tree(self) -> Tree {
        Expression::into_tree(self)
    }
}

impl<V: Typed> Argument for Sql<V> {
    type Value = V;
    fn into_tree(self) -> Tree {
        self.tree
    }
}

impl<V: Typed> Argument for Aggregate<V> {
    type Value = V;
    fn into_tree(self) -> Tree {
        Expression::into_tree(self)
    }
}

/// What the database knows of a condition: NULL where it does not know.
impl Argument for Predicate {
    type Value = Option<bool>;
    fn into_tree(self) -> Tree {
        self.0
    }
}

/// The arguments of a function that is called by its name: a tuple of up to twelve expressions or
/// plain values; `()` where there are none.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no list of arguments",
    label = "expected a tuple of expressions or plain values",
    note = "one argument alone is written `(argument,)`, none `()`"
)]
pub trait Arguments {
    /// The arguments as data.
    #[doc(hidden)]
    fn into_trees(self) -> Vec<Tree>;
}

impl Arguments for () {
    fn into_trees(self) -> Vec<Tree> {
        Vec::new()
    }
}

/// A tuple of arguments of one type, of which the first says which; see
/// [`coalesce`](super::coalesce).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no list of values of one type",
    label = "expected a tuple of two to twelve expressions or plain values of one type"
)]
pub trait Choices {
    /// The type of the last one.
    type Last: Typed;
    /// The type of any of them: an `Option` where one may be NULL.
    type Any: Typed;

    /// The arguments as data.
    #[doc(hidden)]
    fn into_trees(self) -> Vec<Tree>;
}

/// A whole number as an argument: an integer, or an expression of integers of any size.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no whole number",
    label = "expected an integer, or an expression of integers"
)]
pub trait WholeNumber {
    /// What it gives; an `Option` where it may be NULL.
    type Value: Typed;

    /// The number or expression as data.
    #[doc(hidden)]
    fn into_tree(self) -> Tree;
}

macro_rules! whole_numbers {
    ($([$($generics:tt)*] $ty:ty, $value:ty;)*) => {$(
        impl<$($generics)*> WholeNumber for $ty {
            type Value = $value;
            fn into_tree(self) -> Tree {
                Argument::into_tree(self)
            }
        }
    )*};
}
whole_numbers! {
    [] i32, i32;
    [] i64, i64;
    [] u32, u32;
    [M: Origin, V: Typed<Base: Integer>] Column<M, V>, V;
    [V: Typed<Base: Integer>] Sql<V>, V;
    [V: Typed<Base: Integer>] Aggregate<V>, V;
}
