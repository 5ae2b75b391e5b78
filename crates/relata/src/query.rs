//! What statements are built of: the functions that begin them and compute in them, the builders
//! that these give, and the traits of what they take.
//!
//! The most used of the functions are in the [prelude](crate::prelude). The types and traits are
//! there to be named in signatures: a function may take `impl IntoPredicate` and give a
//! `Select<Entity<Hero>>`.

/// Functions that begin a statement.
pub use relata_core::query::{
    condition, delete, delete_all, insert, raw, raw_expr, select, update, update_all,
};

/// Functions in expressions.
pub use relata_core::query::{
    abs, all_of, any_of, avg, case, ceil, coalesce, count, count_rows, current_date, excluded,
    floor, function, greatest, least, length, lower, ltrim, max, min, now, null, nullif, random,
    replace, round, rtrim, string_agg, substr, substr_from, sum, trim, tuple, upper, value,
};

/// Functions over windows.
pub use relata_core::query::{
    cume_dist, dense_rank, first_value, lag, lag_or, last_value, lead, lead_or, nth_value, ntile,
    percent_rank, rank, row_number, window,
};

/// Statements.
pub use relata_core::query::{
    Compound, Delete, Insert, InsertColumns, OnConflict, Raw, Select, Update, Upsert,
};

/// What statements consist of.
pub use relata_core::query::{Alias, Condition, EagerLoad, On, Optional, Order, Predicate, Via};

/// Expressions.
pub use relata_core::query::{
    Aggregate, Case, CaseStart, Frame, JsonPath, Part, RawExpr, Sql, TupleExpr, Window,
    WindowFunction, Windowed,
};

/// What stands in the types of statements, and has no values.
pub use relata_core::query::{ByName, Derived, Fields, NoRows, Said, Unsaid};

/// What statements take and give.
pub use relata_core::query::{
    Assign, Bind, ByPosition, ColumnList, Fills, FromRow, Holds, IntoEager, IntoExprs, IntoOrder,
    IntoQuery, Joinable, Reads, SaysWhich, Selection, Subselect,
};

/// What expressions take.
pub use relata_core::query::{
    Argument, Arguments, CaseValue, Choices, Expression, InList, IntoJsonStep, IntoPredicate,
    IntoRow, Modulus, Operand, OperandOrNull, Origin, Pattern, RowList, RowOperand, Substring,
    WholeNumber,
};

/// Kinds of column types.
pub use relata_core::query::{
    Array, Integer, JsonDocument, Number, Plus, Temporal, Text, Truth, Typed,
};
