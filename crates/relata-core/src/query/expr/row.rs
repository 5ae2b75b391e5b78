//! [`tuple`]: several expressions side by side, compared as one.

use super::{BinaryOp, Compound, Expr, List, Predicate, Reads, Select, Tree};
use std::{marker::PhantomData, sync::Arc};

/// Several expressions side by side, compared as one: `tuple((Hero.name, Hero.age)).eq(("Bob", 5))`.
///
/// Each part is compared with what fits it. `lt` and its like compare the first parts that differ, so
/// `tuple((Hero.age, Hero.id)).gt((30, 7))` continues behind a row in the order by both.
///
/// ```
/// # use relata::{prelude::*, query::tuple};
/// # #[model(table)]
/// # struct Hero {
/// #     #[field(primary_key)] id: Id<Hero>,
/// #     name: String,
/// #     age: Option<i32>,
/// # }
/// let pairs = select(Hero.id).filter(tuple((Hero.name, Hero.age)).is_in([("Bob", 5), ("Ann", 7)]));
/// assert_eq!(
///     format!("{pairs:?}"),
///     "SELECT hero.id\nFROM hero\nWHERE (hero.name, hero.age) IN (VALUES (?, ?), (?, ?))"
/// );
/// ```
pub fn tuple<T: IntoRow>(parts: T) -> TupleExpr<T::Values> {
    TupleExpr { tree: row(parts.into_parts()), of: PhantomData }
}

fn row(parts: Vec<Tree>) -> Tree {
    Tree::many(parts, Expr::Row)
}

/// Several expressions side by side; see [`tuple()`].
#[must_use = "a tuple of expressions does nothing until it is compared"]
pub struct TupleExpr<T> {
    tree: Tree,
    of: PhantomData<fn() -> T>,
}

impl<T> Clone for TupleExpr<T> {
    fn clone(&self) -> Self {
        TupleExpr { tree: self.tree.clone(), of: PhantomData }
    }
}

/// A tuple of up to twelve expressions.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no tuple of expressions",
    label = "expected a tuple of up to twelve columns or expressions"
)]
pub trait IntoRow {
    /// The tuple of what they give.
    type Values;

    /// The expressions as data.
    #[doc(hidden)]
    fn into_parts(self) -> Vec<Tree>;
}

/// What a tuple of expressions that gives a `T` is compared with: a tuple of values or expressions,
/// each of which fits its part.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be compared with a tuple of type `{T}`",
    label = "expected a tuple with a value or expression for each part"
)]
pub trait RowOperand<T> {
    /// The values or expressions as data.
    #[doc(hidden)]
    fn into_parts(self) -> Vec<Tree>;
}

/// Where a tuple of expressions is looked for: a list of tuples, or a statement that selects one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no list of what a tuple of type `{T}` can be compared with",
    label = "expected tuples with a value for each part",
    note = "give `is_in` an array, `Vec` or iterator of tuples, or a `select` of a tuple of these types"
)]
pub trait RowList<T> {
    /// The list, and how deep the deepest of it nests.
    #[doc(hidden)]
    fn into_list(self) -> (u16, List);
}

impl<T, I: IntoIterator<Item: RowOperand<T>>> RowList<T> for I {
    fn into_list(self) -> (u16, List) {
        let mut depth = 0;
        let rows = self.into_iter().map(|item| {
            let tree = row(item.into_parts());
            depth = depth.max(tree.depth);
            tree.expr
        });
        let rows = rows.collect();
        (depth, List::Values(rows))
    }
}

/// A statement whose rows are tuples of expressions of these types.
pub(in crate::query) trait RowsOf<T> {}

macro_rules! lists_of {
    ($($statement:ident),*) => {$(
        #[diagnostic::do_not_recommend]
        impl<T, S: RowsOf<T> + super::Subselect> RowList<T> for $statement<S> {
            fn into_list(self) -> (u16, List) {
                let ast = self.into_ast();
                (ast.depth(), List::Select(Arc::new(ast)))
            }
        }
    )*};
}
lists_of!(Select, Compound);

impl<T> TupleExpr<T> {
    fn compare(self, op: BinaryOp, other: impl RowOperand<T>) -> Predicate {
        let other = row(other.into_parts());
        Predicate(self.tree.binary(other, |left, right| Expr::Binary { op, left, right }))
    }

    /// Whether all parts are equal.
    pub fn eq(self, other: impl RowOperand<T>) -> Predicate {
        self.compare(BinaryOp::Eq, other)
    }

    /// Whether a part differs.
    pub fn ne(self, other: impl RowOperand<T>) -> Predicate {
        self.compare(BinaryOp::Ne, other)
    }

    /// Whether the first part that differs is less.
    pub fn lt(self, other: impl RowOperand<T>) -> Predicate {
        self.compare(BinaryOp::Lt, other)
    }

    /// Whether all parts are equal, or the first that differs is less.
    pub fn le(self, other: impl RowOperand<T>) -> Predicate {
        self.compare(BinaryOp::Le, other)
    }

    /// Whether the first part that differs is greater.
    pub fn gt(self, other: impl RowOperand<T>) -> Predicate {
        self.compare(BinaryOp::Gt, other)
    }

    /// Whether all parts are equal, or the first that differs is greater.
    pub fn ge(self, other: impl RowOperand<T>) -> Predicate {
        self.compare(BinaryOp::Ge, other)
    }

    /// Whether it is one of these: a list of tuples, or a statement that selects one.
    pub fn is_in(self, list: impl RowList<T>) -> Predicate {
        let (depth, list) = list.into_list();
        match list {
            List::Values(rows) if rows.is_empty() => Predicate(Tree::leaf(Expr::False)),
            list => Predicate(Tree::over(
                depth.max(self.tree.depth),
                Expr::In { expr: Box::new(self.tree.expr), list, negated: false },
            )),
        }
    }

    /// Whether it is none of these; every row where the list is empty.
    pub fn not_in(self, list: impl RowList<T>) -> Predicate {
        !self.is_in(list)
    }
}
