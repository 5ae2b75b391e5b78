//! Expressions: what columns are compared with, computed to and ordered by.

mod argument;
mod array;
mod case;
mod computed;
mod expression;
mod function;
mod json;
mod moment;
mod operand;
mod operator;
mod order;
mod pattern;
mod predicate;
pub(super) mod row;
mod scalar;
mod tree;
mod typed;
mod window;

pub use argument::{Argument, Arguments, Choices, WholeNumber};
pub use array::{Array, HowMany};
pub use case::{Case, CaseStart, CaseValue, case};
pub use computed::{Derived, Origin, Sql};
pub use expression::Expression;
pub use function::{Aggregate, Call, Function, avg, count, count_rows, max, min, string_agg, sum};
pub use json::{IntoJsonStep, JsonDocument, JsonPath, JsonRead, JsonStep};
pub use moment::{Part, Temporal, current_date, now};
pub use operand::{InList, Operand, OperandOrNull};
pub use operator::Modulus;
pub use order::{IntoOrder, Nulls, Order};
pub use pattern::{Pattern, Substring};
pub use predicate::{IntoPredicate, Predicate, Truth, all_of, any_of};
pub use row::{IntoRow, RowList, RowOperand, TupleExpr, tuple};
pub use scalar::{
    abs, ceil, coalesce, floor, function, greatest, least, length, lower, ltrim, null, nullif,
    random, replace, round, rtrim, substr, substr_from, trim, upper, value,
};
pub use tree::{BinaryOp, ColumnRef, Expr, List, Tree};
pub use typed::{Integer, Number, Plus, Text, Typed};
pub use window::{
    Frame, FrameUnit, Window, WindowFunction, Windowed, cume_dist, dense_rank, first_value, lag,
    lag_or, last_value, lead, lead_or, nth_value, ntile, percent_rank, rank, row_number, window,
};

pub(super) use predicate::narrow;
pub(crate) use tree::DEEPEST;

// What the rooms beside this one offer.
use crate::query::*;
