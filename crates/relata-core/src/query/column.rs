//! What a column can be asked.

use super::{BinaryOp, Expr, Operand, Order, Predicate, Text};
use crate::model::{Column, Model};

/// What stands before a `%` or `_` of text that is looked for as it is.
const ESCAPE: char = '/';

impl<M: Model, V> Column<M, V> {
    /// The column as an expression.
    pub(super) fn expr(self) -> Expr {
        Expr::Column { table: M::DEF, column: self.at }
    }

    /// Whether it equals a value or another column. NULL equals nothing: see
    /// [`is_null`](Column::is_null).
    pub fn eq(self, other: impl Operand<V>) -> Predicate {
        self.binary(BinaryOp::Eq, other)
    }

    /// Whether it differs from a value or another column; not where one of them is NULL.
    pub fn ne(self, other: impl Operand<V>) -> Predicate {
        self.binary(BinaryOp::Ne, other)
    }

    /// Whether it is less.
    pub fn lt(self, other: impl Operand<V>) -> Predicate {
        self.binary(BinaryOp::Lt, other)
    }

    /// Whether it is less or equal.
    pub fn le(self, other: impl Operand<V>) -> Predicate {
        self.binary(BinaryOp::Le, other)
    }

    /// Whether it is greater.
    pub fn gt(self, other: impl Operand<V>) -> Predicate {
        self.binary(BinaryOp::Gt, other)
    }

    /// Whether it is greater or equal.
    pub fn ge(self, other: impl Operand<V>) -> Predicate {
        self.binary(BinaryOp::Ge, other)
    }

    fn binary(self, op: BinaryOp, other: impl Operand<V>) -> Predicate {
        let (left, right) = (Box::new(self.expr()), Box::new(other.into_expr()));
        Predicate::new(Expr::Binary { op, left, right })
    }

    /// Whether it is at least `low` and at most `high`.
    pub fn between(self, low: impl Operand<V>, high: impl Operand<V>) -> Predicate {
        Predicate::new(Expr::Between {
            expr: Box::new(self.expr()),
            low: Box::new(low.into_expr()),
            high: Box::new(high.into_expr()),
            negated: false,
        })
    }

    /// Whether it is NULL.
    pub fn is_null(self) -> Predicate {
        Predicate::new(Expr::IsNull { expr: Box::new(self.expr()), negated: false })
    }

    /// Whether it is not NULL.
    pub fn is_not_null(self) -> Predicate {
        !self.is_null()
    }

    /// Whether it is one of these. None is one of an empty list; the list can have any length on
    /// SQLite where it holds integers, text or ids.
    pub fn is_in<O: Operand<V>>(self, values: impl IntoIterator<Item = O>) -> Predicate {
        let list: Vec<_> = values.into_iter().map(Operand::into_expr).collect();
        Predicate::new(if list.is_empty() {
            Expr::False
        } else {
            Expr::In { expr: Box::new(self.expr()), list, negated: false }
        })
    }

    /// Whether it is none of these; every row where the list is empty.
    pub fn not_in<O: Operand<V>>(self, values: impl IntoIterator<Item = O>) -> Predicate {
        !self.is_in(values)
    }

    /// Ordered from the least to the greatest.
    pub fn asc(self) -> Order {
        Order { expr: self.expr(), descending: false }
    }

    /// Ordered from the greatest to the least.
    pub fn desc(self) -> Order {
        Order { expr: self.expr(), descending: true }
    }
}

/// Patterns, of columns that hold text.
impl<M: Model, V> Column<M, V> {
    /// Whether it matches a pattern of SQL: `%` is any text, `_` any letter, and `\` before them
    /// makes them mean themselves. The database decides whether case counts: not on SQLite for the
    /// letters `a` to `z`, nor on MySQL.
    pub fn like(self, pattern: impl AsRef<str>) -> Predicate
    where
        V: Text,
    {
        let pattern = pattern.as_ref();
        // SQLite knows no escape unless it is told
        let escape = pattern.contains('\\').then_some('\\');
        self.matches(pattern, escape)
    }

    /// Whether it does not match a pattern; see [`like`](Column::like).
    pub fn not_like(self, pattern: impl AsRef<str>) -> Predicate
    where
        V: Text,
    {
        !self.like(pattern)
    }

    /// Whether it contains this text, in which `%` and `_` mean themselves.
    pub fn contains(self, text: impl AsRef<str>) -> Predicate
    where
        V: Text,
    {
        self.has(text.as_ref(), "%", "%")
    }

    /// Whether it starts with this text, in which `%` and `_` mean themselves.
    pub fn starts_with(self, text: impl AsRef<str>) -> Predicate
    where
        V: Text,
    {
        self.has(text.as_ref(), "", "%")
    }

    /// Whether it ends with this text, in which `%` and `_` mean themselves.
    pub fn ends_with(self, text: impl AsRef<str>) -> Predicate
    where
        V: Text,
    {
        self.has(text.as_ref(), "%", "")
    }

    fn has(self, text: &str, before: &str, after: &str) -> Predicate {
        // `\` is the servers' own escape, so it needs another one too
        let special = ['%', '_', '\\', ESCAPE];
        if !text.contains(special) {
            return self.matches(&format!("{before}{text}{after}"), None);
        }
        let mut pattern = String::from(before);
        for letter in text.chars() {
            if letter != '\\' && special.contains(&letter) {
                pattern.push(ESCAPE);
            }
            pattern.push(letter);
        }
        pattern.push_str(after);
        self.matches(&pattern, Some(ESCAPE))
    }

    fn matches(self, pattern: &str, escape: Option<char>) -> Predicate {
        let (expr, pattern) = (Box::new(self.expr()), pattern.into());
        Predicate::new(Expr::Like { expr, pattern, escape, negated: false })
    }
}
