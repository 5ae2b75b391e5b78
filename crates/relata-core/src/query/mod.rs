//! Statements, typed: a column compares only with what fits it. They are built as plain data
//! ([`Expr`], [`ReadAst`]), which the [`sql`](crate::sql) room writes as text.

mod compound;
mod computed;
mod expr;
mod expression;
#[cfg(test)]
pub(crate) mod fixture;
mod from_row;
mod function;
mod join;
mod keyset;
mod operand;
mod operator;
mod order;
mod pattern;
mod predicate;
mod select;
mod selection;
mod source;
mod statement;
#[cfg(test)]
mod tests;
mod tuple;
mod typed;

pub use compound::{Compound, CompoundAst, ReadAst, Reads, SetOp};
pub use computed::{Derived, Origin, Sql};
pub use expr::{BinaryOp, ColumnRef, Expr, List, Tree};
pub use expression::Expression;
pub use from_row::{FromRow, Subselect};
pub use function::{
    Aggregate, Call, Function, Window, avg, count, count_rows, max, min, sum, value,
};
pub use join::{JoinAst, JoinKind, JoinTarget, Joinable, On, Via};
pub use keyset::Keyset;
pub use operand::{InList, Operand};
pub use order::{IntoOrder, Nulls, Order};
pub use pattern::Pattern;
pub use predicate::{Predicate, all_of, any_of};
pub use select::{Distinct, Eager, Lock, LockWait, Select, SelectAst, select};
pub use selection::{IntoExprs, Optional, Output, Selection};
pub use source::{Alias, Body, Cte, Repeated, Source};
pub use statement::{Ast, IntoQuery, Query};
pub use typed::{Integer, Number, Plus, Text, Typed};

pub(crate) use expr::DEEPEST;
