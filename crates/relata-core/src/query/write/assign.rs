//! [`Assign`]: what a column can be set to, and [`Fills`], the same for the rows of a statement.

use super::{Expr, Operand, Predicate, Sql, Tree, Typed};
use crate::{
    model::Column,
    value::{NotNull, Value},
};

/// What a column of type `V` can be set to: a value of its type, by value or by reference; text as
/// `&str`; an id or its key; an expression of the type, such as `Hero.age + 1` or a subquery that
/// gives one value; and, where it may be NULL, `None` or an `Option`.
#[diagnostic::on_unimplemented(
    message = "a column of type `{V}` cannot be set to `{Self}`",
    label = "does not fit the column",
    note = "a column is set to a value of its own type, to an expression of that type, or, where it is an `Option`, to `None`",
    note = "an `Option<&str>` is one of text by `.map(String::from)`, one of a key an id by `.map(Id::from)`"
)]
pub trait Assign<V> {
    /// The value or expression as data.
    #[doc(hidden)]
    fn into_tree(self) -> Tree;
}

#[diagnostic::do_not_recommend]
impl<V, O: Operand<V>> Assign<V> for O {
    fn into_tree(self) -> Tree {
        Operand::into_tree(self)
    }
}

fn optional<T: NotNull>(value: Option<&T>) -> Tree {
    Tree::leaf(Expr::Value(value.map_or(Value::Null, T::write)))
}

#[diagnostic::do_not_recommend]
impl<T: NotNull> Assign<Option<T>> for Option<T> {
    fn into_tree(self) -> Tree {
        optional(self.as_ref())
    }
}

#[diagnostic::do_not_recommend]
impl<T: NotNull> Assign<Option<T>> for &Option<T> {
    fn into_tree(self) -> Tree {
        optional(self.as_ref())
    }
}

/// A condition, as the truth value that it has.
#[diagnostic::do_not_recommend]
impl Assign<bool> for Predicate {
    fn into_tree(self) -> Tree {
        self.0
    }
}

#[diagnostic::do_not_recommend]
impl Assign<Option<bool>> for Predicate {
    fn into_tree(self) -> Tree {
        self.0
    }
}

/// Rows that can be written to the columns `C`: as many parts, each of the column's type, whether or
/// not one of them may be NULL.
#[diagnostic::on_unimplemented(
    message = "what is selected, `{Self}`, cannot be written to `{C}`",
    label = "does not fit the columns",
    note = "select as many expressions as there are columns, in their order and of their types"
)]
pub trait Fills<C> {}

#[diagnostic::do_not_recommend]
impl<M, V: Typed, A: Typed<Base = V::Base>> Fills<Column<M, V>> for Sql<A> {}
