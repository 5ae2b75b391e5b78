//! Statements, typed: a column compares only with what fits it. They are built as plain data
//! ([`Expr`], [`ReadAst`], [`WriteAst`]), which the [`sql`](crate::sql) room writes as text.

mod argument;
mod assign;
mod by_name;
mod case;
mod compound;
mod computed;
mod deserialize;
mod eager;
mod expr;
mod expression;
#[cfg(test)]
pub(crate) mod fixture;
mod from_row;
mod function;
mod insert;
mod join;
mod json;
mod keyset;
mod moment;
mod operand;
mod operator;
mod order;
mod pattern;
mod predicate;
mod raw;
#[cfg(test)]
mod raw_tests;
mod related;
mod row;
mod scalar;
mod select;
mod selection;
mod source;
mod statement;
#[cfg(test)]
mod tests;
mod tuple;
mod typed;
mod update;
mod window;
mod with;
mod write;
#[cfg(test)]
mod write_tests;

pub use argument::{Argument, Arguments, Choices, WholeNumber};
pub use assign::{Assign, Fills};
pub use by_name::{ByName, ByPosition, Fields, Layout};
pub use case::{Case, CaseStart, CaseValue, case};
pub use compound::{Compound, CompoundAst, ReadAst, Reads, SetOp};
pub use computed::{Derived, Origin, Sql};
pub use eager::Eager;
pub use expr::{BinaryOp, ColumnRef, Expr, List, Tree};
pub use expression::Expression;
pub use from_row::{FromRow, Subselect};
pub use function::{Aggregate, Call, Function, avg, count, count_rows, max, min, string_agg, sum};
pub use insert::{Insert, InsertColumns, OnConflict, Upsert, excluded, insert};
pub use join::{JoinAst, JoinKind, JoinTarget, Joinable, On, Via};
pub use json::{IntoJsonStep, JsonDocument, JsonPath, JsonRead, JsonStep};
pub use keyset::Keyset;
pub use moment::{Part, Temporal, current_date, now};
pub use operand::{InList, Operand};
pub use operator::Modulus;
pub use order::{IntoOrder, Nulls, Order};
pub use pattern::Pattern;
pub use predicate::{Predicate, all_of, any_of};
pub use raw::{Bind, Condition, Raw, RawAst, condition, raw};
pub use related::{NamesRow, Question, Related};
pub use row::{IntoRow, Row, RowList, RowOperand, tuple};
pub use scalar::{
    abs, ceil, coalesce, floor, function, greatest, least, length, lower, ltrim, null, nullif,
    random, raw_expr, replace, round, rtrim, substr, substr_from, trim, upper, value,
};
pub use select::{Distinct, Lock, LockWait, Select, SelectAst, select};
pub use selection::{IntoExprs, Optional, Output, Selection};
pub use source::{Alias, Body, Cte, Repeated, Source};
pub use statement::{Ast, IntoQuery, NoRows, Query};
pub use typed::{Integer, Number, Plus, Text, Typed};
pub use update::{Delete, NamesRows, Said, Unsaid, Update, delete, delete_all, update, update_all};
pub use window::{
    Frame, FrameUnit, Window, WindowFunction, Windowed, cume_dist, dense_rank, first_value, lag,
    lag_or, last_value, lead, lead_or, nth_value, ntile, percent_rank, rank, row_number, window,
};
pub use with::{EagerLoad, Holds, IntoEager};
pub use write::{
    ColumnList, ConflictAction, ConflictAst, InsertAst, Inserted, SetAst, Target, Verb, WriteAst,
};

pub(crate) use expr::DEEPEST;
