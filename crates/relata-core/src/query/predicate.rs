//! [`Predicate`]: a condition, combined with `&`, `|` and `!`. Chains are kept as flat lists, and
//! nesting has a bound, so that no tree is too deep to be written, cloned or dropped recursively.

use super::Expr;
use std::{
    collections::VecDeque,
    ops::{BitAnd, BitOr, Not},
};

/// How many levels of `&`, `|` and `!` can nest in each other.
pub(crate) const DEEPEST: u16 = 200;

/// A condition on the rows of a statement, such as `Hero.age.ge(35)`.
///
/// `&` is AND, `|` is OR and `!` is NOT; mind that in Rust `&` binds tighter than `|`. A chain of
/// one of them can be of any length.
#[derive(Clone)]
#[must_use = "a condition does nothing until it is given to `filter`"]
pub struct Predicate {
    expr: Expr,
    depth: u16,
}

impl Predicate {
    /// A condition that nests no other.
    pub(super) fn new(expr: Expr) -> Self {
        Predicate { expr, depth: 0 }
    }

    /// The condition as data.
    pub fn expr(&self) -> &Expr {
        &self.expr
    }

    fn nested(expr: Expr, depth: u16) -> Self {
        if depth > DEEPEST { Predicate::new(Expr::TooDeep) } else { Predicate { expr, depth } }
    }

    /// Joins two conditions into one flat list, whichever sides are lists of this kind already.
    fn join(self, other: Self, kind: Kind) -> Self {
        let (left, right) = (kind.depth_inside(&self), kind.depth_inside(&other));
        let list = match (kind.list(self.expr), kind.list(other.expr)) {
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
        Predicate::nested(kind.make(list), left.max(right) + 1)
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
        match (self, &predicate.expr) {
            (Kind::And, Expr::And(_)) | (Kind::Or, Expr::Or(_)) => predicate.depth - 1,
            _ => predicate.depth,
        }
    }
}

impl BitAnd for Predicate {
    type Output = Predicate;
    fn bitand(self, other: Predicate) -> Predicate {
        self.join(other, Kind::And)
    }
}

impl BitOr for Predicate {
    type Output = Predicate;
    fn bitor(self, other: Predicate) -> Predicate {
        self.join(other, Kind::Or)
    }
}

impl Not for Predicate {
    type Output = Predicate;
    fn not(self) -> Predicate {
        let depth = self.depth;
        match self.expr.opposite() {
            expr @ Expr::Not(_) => Predicate::nested(expr, depth + 1),
            expr @ (Expr::And(_) | Expr::Or(_)) => Predicate { expr, depth: depth - 1 },
            expr => Predicate { expr, depth },
        }
    }
}
