//! [`Expr`]: an expression as data, without types.

use crate::{schema::ModelDef, value::Value};
use std::{collections::VecDeque, sync::Arc};

/// An expression.
#[derive(Clone)]
pub enum Expr {
    /// A value, bound as a parameter.
    Value(Value),
    /// A column.
    Column {
        /// Its table.
        table: &'static ModelDef,
        /// Its position.
        column: usize,
    },
    /// A comparison.
    Binary {
        /// How the sides compare.
        op: BinaryOp,
        /// The left side.
        left: Box<Expr>,
        /// The right side.
        right: Box<Expr>,
    },
    /// The opposite; never of another `Not`.
    Not(Box<Expr>),
    /// All of these; none is itself an `And`.
    And(VecDeque<Expr>),
    /// Any of these; none is itself an `Or`.
    Or(VecDeque<Expr>),
    /// Whether it is NULL.
    IsNull {
        /// What is asked.
        expr: Box<Expr>,
        /// Whether the question is if it is not.
        negated: bool,
    },
    /// Whether it is one of a list, which is never empty.
    In {
        /// What is looked for.
        expr: Box<Expr>,
        /// Where it is looked for.
        list: Vec<Expr>,
        /// Whether the question is if it is not.
        negated: bool,
    },
    /// Whether text matches a pattern of SQL.
    Like {
        /// The text.
        expr: Box<Expr>,
        /// The pattern.
        pattern: Arc<str>,
        /// What stands before a `%` or `_` that means itself.
        escape: Option<char>,
        /// Whether the question is if it does not.
        negated: bool,
    },
    /// Whether it is at least one value and at most another.
    Between {
        /// What is asked.
        expr: Box<Expr>,
        /// The least value.
        low: Box<Expr>,
        /// The greatest value.
        high: Box<Expr>,
        /// Whether the question is if it is not.
        negated: bool,
    },
    /// Every row.
    True,
    /// No row.
    False,
    /// A condition that nested too deeply to be kept; an error when it is written as text.
    TooDeep,
}

/// How the two sides of a comparison compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOp {
    /// They are equal.
    Eq,
    /// They differ.
    Ne,
    /// The left is less.
    Lt,
    /// The left is less or equal.
    Le,
    /// The left is greater.
    Gt,
    /// The left is greater or equal.
    Ge,
}

impl BinaryOp {
    const fn opposite(self) -> Self {
        match self {
            BinaryOp::Eq => BinaryOp::Ne,
            BinaryOp::Ne => BinaryOp::Eq,
            BinaryOp::Lt => BinaryOp::Ge,
            BinaryOp::Ge => BinaryOp::Lt,
            BinaryOp::Gt => BinaryOp::Le,
            BinaryOp::Le => BinaryOp::Gt,
        }
    }
}

impl Expr {
    /// The opposite. NULL stays NULL, as in SQL: `!(age > 5)` is `age <= 5`.
    #[must_use]
    pub(super) fn opposite(mut self) -> Self {
        match &mut self {
            Expr::Binary { op, .. } => *op = op.opposite(),
            Expr::IsNull { negated, .. }
            | Expr::In { negated, .. }
            | Expr::Like { negated, .. }
            | Expr::Between { negated, .. } => *negated = !*negated,
            Expr::Not(inner) => return std::mem::replace(inner, Expr::True),
            Expr::True => return Expr::False,
            Expr::False => return Expr::True,
            Expr::TooDeep => {}
            Expr::Value(_) | Expr::Column { .. } | Expr::And(_) | Expr::Or(_) => {
                return Expr::Not(Box::new(self));
            }
        }
        self
    }
}
