//! Statements, typed: a column compares only with what fits it. They are built as plain data
//! ([`Expr`], [`SelectAst`]), which the [`sql`](crate::sql) room writes as text.

mod column;
mod expr;
#[cfg(test)]
pub(crate) mod fixture;
mod operand;
mod order;
mod predicate;
mod select;
mod selection;
#[cfg(test)]
mod tests;

pub use expr::{BinaryOp, Expr};
pub use operand::{Operand, Text};
pub use order::{IntoOrder, Order};
pub use predicate::Predicate;
pub use select::{Eager, Select, SelectAst, select};
pub use selection::Selection;

pub(crate) use predicate::DEEPEST;
