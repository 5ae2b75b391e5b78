//! [`Expr`]: an expression as data, without types; [`Tree`]: one that knows how deep it nests.

use super::{Call, RawAst, ReadAst, Related};
use crate::{
    schema::ModelDef,
    value::{SqlType, Value},
};
use std::{collections::VecDeque, sync::Arc};

/// How many levels of expressions can nest in each other.
pub(crate) const DEEPEST: u16 = 200;

/// An expression. Two are equal that are written alike; a statement in them equals itself only.
#[derive(Clone, PartialEq)]
pub enum Expr {
    /// A value, bound as a parameter.
    Value(Value),
    /// A column of a table.
    Column(ColumnRef),
    /// A column of a subquery or CTE, by position.
    Derived {
        /// The name of the subquery.
        source: &'static str,
        /// The column's position among what it selects.
        at: usize,
    },
    /// A column of the row that an INSERT could not insert.
    Excluded(ColumnRef),
    /// Two sides and what is between them.
    Binary {
        /// What is between them.
        op: BinaryOp,
        /// The left side.
        left: Box<Expr>,
        /// The right side.
        right: Box<Expr>,
    },
    /// The number with its sign turned.
    Negative(Box<Expr>),
    /// Texts, one after the other.
    Concat(VecDeque<Expr>),
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
    /// Whether two sides differ, where NULL equals NULL and nothing else.
    Differs {
        /// The left side.
        left: Box<Expr>,
        /// The right side.
        right: Box<Expr>,
        /// Whether the question is if they do not.
        negated: bool,
    },
    /// Whether it is one of a list.
    In {
        /// What is looked for.
        expr: Box<Expr>,
        /// Where it is looked for.
        list: List,
        /// Whether the question is if it is not.
        negated: bool,
    },
    /// Whether text matches a pattern of SQL.
    Like {
        /// The text.
        expr: Box<Expr>,
        /// The pattern.
        pattern: Box<Expr>,
        /// What stands before a `%` or `_` that means itself.
        escape: Option<char>,
        /// What the text begins with, where the pattern says nothing else.
        prefix: Option<Arc<str>>,
        /// Whether upper and lower case are the same, whatever the database thinks.
        ignore_case: bool,
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
    /// The value of the first condition that is true.
    Case {
        /// Conditions, each with its value.
        arms: Vec<(Expr, Expr)>,
        /// The value where none is true; NULL where there is none.
        otherwise: Option<Box<Expr>>,
    },
    /// A value as another type.
    Cast {
        /// The value.
        expr: Box<Expr>,
        /// The type that it has.
        from: SqlType,
        /// The type.
        ty: SqlType,
    },
    /// A function's result.
    Call(Box<Call>),
    /// Several values side by side.
    Row(Vec<Expr>),
    /// An expression under a name, where it is selected or ordered by.
    Label {
        /// The expression.
        expr: Box<Expr>,
        /// The name.
        name: &'static str,
    },
    /// The only value of a statement's only row; NULL where there is none.
    Subquery(Arc<ReadAst>),
    /// Whether a statement gives a row.
    Exists {
        /// The statement.
        select: Arc<ReadAst>,
        /// Whether the question is if it gives none.
        negated: bool,
    },
    /// What is asked of a relation.
    Related {
        /// The relation and the question.
        related: Arc<Related>,
        /// Whether the question is if it is not.
        negated: bool,
    },
    /// SQL as it was written by hand, with its parameters.
    Raw(Arc<RawAst>),
    /// Every row.
    True,
    /// No row.
    False,
    /// An expression that nested too deeply to be kept; an error when it is written as text.
    TooDeep,
    /// What cannot be written, and why; an error when it is written as text.
    Invalid(Arc<str>),
}

/// A column of a table.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ColumnRef {
    /// Its table.
    pub table: &'static ModelDef,
    /// Its position.
    pub at: usize,
    /// The name that the table goes by in the statement; empty for its own.
    pub alias: &'static str,
}

/// Where `IN` looks.
#[derive(Clone, PartialEq)]
pub enum List {
    /// In these values; never empty.
    Values(Vec<Expr>),
    /// In what a statement gives.
    Select(Arc<ReadAst>),
}

/// What is between two sides.
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
    /// The sum.
    Add,
    /// The difference.
    Sub,
    /// The product.
    Mul,
    /// The quotient of floats.
    Div,
    /// The quotient of decimals.
    DecimalDiv,
    /// The quotient of integers, without its fraction.
    IntDiv,
    /// What the division of integers leaves, with the sign of the left.
    Rem,
}

impl BinaryOp {
    /// Whether it compares by order or only for equality; `None` where it computes.
    pub(crate) const fn compares(self) -> Option<bool> {
        match self {
            BinaryOp::Eq | BinaryOp::Ne => Some(false),
            BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge => Some(true),
            _ => None,
        }
    }

    /// The comparison that is true where this one is false; `None` for what is none.
    const fn opposite(self) -> Option<Self> {
        Some(match self {
            BinaryOp::Eq => BinaryOp::Ne,
            BinaryOp::Ne => BinaryOp::Eq,
            BinaryOp::Lt => BinaryOp::Ge,
            BinaryOp::Ge => BinaryOp::Lt,
            BinaryOp::Gt => BinaryOp::Le,
            BinaryOp::Le => BinaryOp::Gt,
            _ => return None,
        })
    }
}

impl Expr {
    /// The opposite. NULL stays NULL, as in SQL: `!(age > 5)` is `age <= 5`.
    #[must_use]
    pub(in crate::query) fn opposite(mut self) -> Self {
        match &mut self {
            Expr::Binary { op, .. } => match op.opposite() {
                Some(opposite) => *op = opposite,
                None => return Expr::Not(Box::new(self)),
            },
            Expr::IsNull { negated, .. }
            | Expr::Differs { negated, .. }
            | Expr::In { negated, .. }
            | Expr::Like { negated, .. }
            | Expr::Between { negated, .. }
            | Expr::Exists { negated, .. }
            | Expr::Related { negated, .. } => *negated = !*negated,
            Expr::Not(inner) => return std::mem::replace(inner, Expr::True),
            Expr::True => return Expr::False,
            Expr::False => return Expr::True,
            Expr::TooDeep | Expr::Invalid(_) => {}
            _ => return Expr::Not(Box::new(self)),
        }
        self
    }
}

impl Expr {
    /// Shows what it is made of, statements inside of it left out.
    pub(crate) fn each_child<'e>(&'e self, see: &mut dyn FnMut(&'e Expr)) {
        match self {
            Expr::Binary { left, right, .. } | Expr::Differs { left, right, .. } => {
                see(left);
                see(right);
            }
            Expr::Negative(inner)
            | Expr::Not(inner)
            | Expr::IsNull { expr: inner, .. }
            | Expr::Cast { expr: inner, .. }
            | Expr::Label { expr: inner, .. } => see(inner),
            Expr::Concat(list) | Expr::And(list) | Expr::Or(list) => list.iter().for_each(see),
            Expr::Row(list) => list.iter().for_each(see),
            Expr::In { expr, list, .. } => {
                see(expr);
                if let List::Values(values) = list {
                    values.iter().for_each(see);
                }
            }
            Expr::Like { expr, pattern, .. } => {
                see(expr);
                see(pattern);
            }
            Expr::Between { expr, low, high, .. } => {
                [expr, low, high].into_iter().for_each(|part| see(part))
            }
            Expr::Case { arms, otherwise } => {
                for (condition, value) in arms {
                    see(condition);
                    see(value);
                }
                otherwise.iter().for_each(|value| see(value));
            }
            Expr::Call(call) => call.each_part(see),
            Expr::Related { related, .. } => related.own.iter().for_each(see),
            Expr::Value(_)
            | Expr::Column(_)
            | Expr::Derived { .. }
            | Expr::Excluded(_)
            | Expr::Subquery(_)
            | Expr::Exists { .. }
            | Expr::Raw(_)
            | Expr::True
            | Expr::False
            | Expr::TooDeep
            | Expr::Invalid(_) => {}
        }
    }
}

/// Parts of a tree, boxed; as many as the caller put in.
pub(in crate::query) fn boxed<const N: usize>(parts: Vec<Expr>) -> [Box<Expr>; N] {
    let mut parts = parts.into_iter();
    std::array::from_fn(|_| Box::new(parts.next().unwrap_or(Expr::True)))
}

/// An expression that knows how deep it nests, and has a bound, so that no tree is too deep to be
/// written, cloned or dropped recursively.
#[derive(Clone)]
pub struct Tree {
    pub(in crate::query) expr: Expr,
    pub(in crate::query) depth: u16,
}

impl Tree {
    /// An expression that nests no other.
    pub(in crate::query) fn leaf(expr: Expr) -> Self {
        Tree { expr, depth: 0 }
    }

    /// What cannot be written, and why.
    pub(in crate::query) fn invalid(why: impl Into<Arc<str>>) -> Self {
        Tree::leaf(Expr::Invalid(why.into()))
    }

    /// An expression over others, of which the deepest nests `depth` levels.
    pub(in crate::query) fn over(depth: u16, expr: Expr) -> Self {
        if depth >= DEEPEST { Tree::leaf(Expr::TooDeep) } else { Tree { expr, depth: depth + 1 } }
    }

    /// An expression over one.
    pub(in crate::query) fn unary(self, make: impl FnOnce(Box<Expr>) -> Expr) -> Self {
        Tree::over(self.depth, make(Box::new(self.expr)))
    }

    /// An expression over two.
    pub(in crate::query) fn binary(
        self,
        other: Tree,
        make: impl FnOnce(Box<Expr>, Box<Expr>) -> Expr,
    ) -> Self {
        let depth = self.depth.max(other.depth);
        Tree::over(depth, make(Box::new(self.expr), Box::new(other.expr)))
    }

    /// An expression over many.
    pub(in crate::query) fn many(trees: Vec<Tree>, make: impl FnOnce(Vec<Expr>) -> Expr) -> Self {
        let depth = trees.iter().map(|tree| tree.depth).max().unwrap_or(0);
        Tree::over(depth, make(trees.into_iter().map(|tree| tree.expr).collect()))
    }

    /// The expression as data.
    pub fn expr(&self) -> &Expr {
        &self.expr
    }
}
