//! [`Expression`]: what every column and everything computed can be asked.

use super::{
    BinaryOp, Expr, InList, IntoJsonStep, JsonDocument, JsonPath, List, Operand, Order, Part,
    Pattern, Plus, Predicate, Sql, Temporal, Text, Tree, Typed,
};
use crate::value::ColumnType;

/// An expression of a statement, typed by the Rust value that it gives: a column, a function's
/// result, a sum, a subquery.
///
/// What is compared or computed with it has to fit: a value of its type, text as `&str`, an id as its
/// key, or another expression of that type, whether or not one of them may be NULL.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an expression",
    label = "expected a column or something computed",
    note = "a plain value is one inside of `value(…)`",
    note = "a window function, such as `row_number()`, is one with `.over(window())`"
)]
#[expect(clippy::wrong_self_convention, reason = "an expression moves into the condition")]
pub trait Expression: Sized {
    /// What it gives; an `Option` where it may be NULL.
    type Value: ColumnType;

    /// The expression as data.
    #[doc(hidden)]
    fn into_tree(self) -> Tree;

    /// Whether it equals a value or another expression. NULL equals nothing: see
    /// [`is_null`](Expression::is_null) and [`same_as`](Expression::same_as).
    fn eq<O: Operand<Self::Value>>(self, other: O) -> Predicate {
        compare(self, BinaryOp::Eq, other)
    }

    /// Whether it differs from a value or another expression; not where one of them is NULL.
    fn ne<O: Operand<Self::Value>>(self, other: O) -> Predicate {
        compare(self, BinaryOp::Ne, other)
    }

    /// Whether it is less.
    fn lt<O: Operand<Self::Value>>(self, other: O) -> Predicate {
        compare(self, BinaryOp::Lt, other)
    }

    /// Whether it is less or equal.
    fn le<O: Operand<Self::Value>>(self, other: O) -> Predicate {
        compare(self, BinaryOp::Le, other)
    }

    /// Whether it is greater.
    fn gt<O: Operand<Self::Value>>(self, other: O) -> Predicate {
        compare(self, BinaryOp::Gt, other)
    }

    /// Whether it is greater or equal.
    fn ge<O: Operand<Self::Value>>(self, other: O) -> Predicate {
        compare(self, BinaryOp::Ge, other)
    }

    /// Whether both are equal or both are NULL (`IS NOT DISTINCT FROM`): true or false, never NULL.
    fn same_as<O: Operand<Self::Value>>(self, other: O) -> Predicate {
        !self.differs_from(other)
    }

    /// Whether they differ, where NULL is a value like any other (`IS DISTINCT FROM`).
    fn differs_from<O: Operand<Self::Value>>(self, other: O) -> Predicate {
        let other = other.into_tree();
        Predicate(self.into_tree().binary(other, |left, right| Expr::Differs {
            left,
            right,
            negated: false,
        }))
    }

    /// Whether it is at least `low` and at most `high`.
    fn between<L: Operand<Self::Value>, H: Operand<Self::Value>>(
        self,
        low: L,
        high: H,
    ) -> Predicate {
        let trees = vec![self.into_tree(), low.into_tree(), high.into_tree()];
        Predicate(Tree::many(trees, |parts| {
            let [expr, low, high] = super::expr::boxed(parts);
            Expr::Between { expr, low, high, negated: false }
        }))
    }

    /// Whether it is NULL.
    fn is_null(self) -> Predicate {
        Predicate(self.into_tree().unary(|expr| Expr::IsNull { expr, negated: false }))
    }

    /// Whether it is not NULL.
    fn is_not_null(self) -> Predicate {
        !self.is_null()
    }

    /// Whether it is one of these: a list of values or expressions, or a statement that selects one
    /// column. None is one of an empty list; the list can have any length on SQLite where it holds
    /// integers, text or ids.
    fn is_in<L: InList<Self::Value>>(self, list: L) -> Predicate {
        let tree = self.into_tree();
        let (depth, list) = list.into_list();
        match list {
            List::Values(values) if values.is_empty() => Predicate(Tree::leaf(Expr::False)),
            list => Predicate(Tree::over(
                depth.max(tree.depth),
                Expr::In { expr: Box::new(tree.expr), list, negated: false },
            )),
        }
    }

    /// Whether it is none of these; every row where the list is empty. Mind that nothing is known
    /// to be none of a list with a NULL in it.
    fn not_in<L: InList<Self::Value>>(self, list: L) -> Predicate {
        !self.is_in(list)
    }

    /// Whether it matches a pattern of SQL: `%` is any text, `_` any letter, and `\` before them
    /// makes them mean themselves. The database decides whether case counts: not on SQLite for the
    /// letters `a` to `z`, nor on MySQL.
    fn like<P: Pattern>(self, pattern: P) -> Predicate
    where
        Self::Value: Text,
    {
        super::pattern::like(self.into_tree(), pattern, false)
    }

    /// Whether it does not match a pattern; see [`like`](Expression::like).
    fn not_like<P: Pattern>(self, pattern: P) -> Predicate
    where
        Self::Value: Text,
    {
        !self.like(pattern)
    }

    /// Whether it matches a pattern, where upper and lower case are the same; on SQLite only for
    /// the letters `a` to `z`.
    fn ilike<P: Pattern>(self, pattern: P) -> Predicate
    where
        Self::Value: Text,
    {
        super::pattern::like(self.into_tree(), pattern, true)
    }

    /// Whether it contains this text, in which `%` and `_` mean themselves.
    fn contains(self, text: impl AsRef<str>) -> Predicate
    where
        Self::Value: Text,
    {
        super::pattern::has(self.into_tree(), text.as_ref(), "%", "%")
    }

    /// Whether it starts with this text, in which `%` and `_` mean themselves.
    fn starts_with(self, text: impl AsRef<str>) -> Predicate
    where
        Self::Value: Text,
    {
        super::pattern::has(self.into_tree(), text.as_ref(), "", "%")
    }

    /// Whether it ends with this text, in which `%` and `_` mean themselves.
    fn ends_with(self, text: impl AsRef<str>) -> Predicate
    where
        Self::Value: Text,
    {
        super::pattern::has(self.into_tree(), text.as_ref(), "%", "")
    }

    /// This text, then another: `a || b`. NULL where one of them is.
    fn concat<O: Operand<Self::Value>>(self, other: O) -> Sql<Both<Self, O, Self::Value>>
    where
        Self::Value: Typed<Base: Plus> + Text,
        O::Value: Typed,
    {
        Sql::new(super::operator::concat(self.into_tree(), other.into_tree()))
    }

    /// The expression as one that may be NULL: for a column of a table that a left join may not
    /// find.
    fn optional(self) -> Sql<Option<<Self::Value as Typed>::Base>>
    where
        Self::Value: Typed,
    {
        Sql::new(self.into_tree())
    }

    /// The expression under a name, as `SELECT … AS name` shows it.
    fn label(self, name: &'static str) -> Sql<Self::Value> {
        Sql::new(self.into_tree().unary(|expr| Expr::Label { expr, name }))
    }

    /// The value as another type: `CAST(… AS …)`. Reading is exact, so what the database makes of it
    /// has to fit `T`.
    fn cast<T: crate::value::NotNull>(self) -> Sql<<Self::Value as Typed>::With<T>>
    where
        Self::Value: Typed,
    {
        Sql::new(self.into_tree().unary(|expr| Expr::Cast { expr, ty: T::TYPE }))
    }

    /// A part of a date or time: `Hero.born.extract(Part::Year)`. A part that it never has, such as
    /// the hour of a date, makes the statement an `InvalidStatement` error.
    fn extract(self, part: Part) -> Sql<<Self::Value as Typed>::With<i64>>
    where
        Self::Value: Typed<Base: Temporal>,
    {
        type Base<V> = <V as Typed>::Base;
        Sql::new(super::moment::extract::<Base<Self::Value>>(self.into_tree(), part))
    }

    /// A place in a JSON document, by the key of an object or the position in an array:
    /// `Hero.data.at("tags").at(0).text()`. A key can have any characters.
    fn at(self, step: impl IntoJsonStep) -> JsonPath
    where
        Self::Value: JsonDocument,
    {
        JsonPath::new(self.into_tree(), step.into_step())
    }

    /// Ordered from the least to the greatest.
    fn asc(self) -> Order {
        Order::new(self.into_tree())
    }

    /// Ordered from the greatest to the least.
    fn desc(self) -> Order {
        Order::new(self.into_tree()).descending()
    }
}

/// What two expressions give together: NULL where one of them may be.
type Both<A, O, V> = <<A as Expression>::Value as Typed>::Either<
    <O as Operand<V>>::Value,
    <<A as Expression>::Value as Typed>::Base,
>;

fn compare<E: Expression, O: Operand<E::Value>>(left: E, op: BinaryOp, right: O) -> Predicate {
    let right = right.into_tree();
    Predicate(left.into_tree().binary(right, |left, right| Expr::Binary { op, left, right }))
}
