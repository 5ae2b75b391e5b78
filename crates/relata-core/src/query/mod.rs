//! Statements, typed: a column compares only with what fits it. They are built as plain data
//! ([`Expr`], [`ReadAst`], [`WriteAst`]), which the [`sql`](crate::sql) room writes as text.

mod expr;
#[cfg(test)]
pub(crate) mod fixture;
mod from_row;
mod raw;
mod read;
mod statement;
#[cfg(test)]
mod tests;
mod tuple;
mod write;

pub use expr::{
    Aggregate, Argument, Arguments, Array, BinaryOp, Call, Case, CaseStart, CaseValue, Choices,
    ColumnRef, Derived, Expr, Expression, Frame, FrameUnit, Function, HowMany, InList, Integer,
    IntoJsonStep, IntoOrder, IntoPredicate, IntoRow, JsonDocument, JsonPath, JsonRead, JsonStep,
    List, Modulus, Nulls, Number, Operand, OperandOrNull, Order, Origin, Part, Pattern, Plus,
    Predicate, RowList, RowOperand, Sql, Substring, Temporal, Text, Tree, Truth, TupleExpr, Typed,
    WholeNumber, Window, WindowFunction, Windowed, abs, all_of, any_of, avg, case, ceil, coalesce,
    count, count_rows, cume_dist, current_date, dense_rank, first_value, floor, function, greatest,
    lag, lag_or, last_value, lead, lead_or, least, length, lower, ltrim, max, min, now, nth_value,
    ntile, null, nullif, percent_rank, random, rank, replace, round, row_number, rtrim, string_agg,
    substr, substr_from, sum, trim, tuple, upper, value, window,
};
pub use from_row::{FromRow, Subselect};
pub use raw::{
    Bind, ByName, ByPosition, Condition, Fields, Layout, Raw, RawAst, RawExpr, condition, raw,
    raw_expr,
};
pub use read::{
    Alias, Body, Compound, CompoundAst, Cte, Distinct, Eager, EagerLoad, Holds, IntoEager,
    IntoExprs, JoinAst, JoinKind, JoinTarget, Joinable, Keyset, Lock, LockWait, On, Optional,
    Output, Question, ReadAst, Reads, Related, Repeated, Select, SelectAst, Selection, SetOp,
    Source, Via, select,
};
pub use statement::{Ast, IntoQuery, NoRows, Query};
pub use write::{
    Assign, ColumnList, ConflictAction, ConflictAst, Delete, Fills, Insert, InsertAst,
    InsertColumns, Inserted, OnConflict, Said, SaysWhich, SetAst, Target, Unsaid, Update, Upsert,
    Verb, WriteAst, delete, delete_all, excluded, insert, update, update_all,
};

pub(crate) use expr::DEEPEST;
use expr::narrow;
