//! Casts as text. SQLite has no dates and times, so there a cast makes the text that a column of the
//! type stores.

use super::{
    Dialect,
    expr::{self, Binding},
    scope::{Scope, invalid},
    text::Text,
    types,
};
use crate::{error::Result, query::Expr, value::SqlType};

/// Writes an expression of one type as another.
pub(super) fn write(
    text: &mut Text,
    expr: &Expr,
    (from, to): (SqlType, SqlType),
    scope: &Scope<'_>,
) -> Result<()> {
    possible(from, to)?;
    let (open, close) = match (from, to) {
        (from, SqlType::Boolean) if is_number(from) => {
            // a cast would keep other numbers than 0 and 1, and PostgreSQL has none of most types
            text.push("(");
            expr::side(text, expr, Binding::Sum, None, scope)?;
            text.push(" != 0)");
            return Ok(());
        }
        _ => match text.dialect {
            Dialect::Sqlite => sqlite(from, to),
            Dialect::Postgres => postgres(from, to),
            Dialect::MySql => None,
        }
        .unwrap_or(("CAST(", "")),
    };
    text.push(open);
    let (before, after) = prepared(text.dialect, from, to);
    text.push(before);
    let tight = if open == "(" { Binding::Atom } else { Binding::Or };
    expr::side(text, expr, tight, None, scope)?;
    text.push(after);
    if close.is_empty() {
        let name = types::cast_name(to, text.dialect);
        text.push(" AS ").push(&name).push(")");
    }
    text.push(close);
    Ok(())
}

/// Refuses a cast that databases do not have, or understand each in its way.
fn possible(from: SqlType, to: SqlType) -> Result<()> {
    use SqlType::{Array, Date, DateTime, Integer, Interval, Time, Timestamp};
    match (from, to) {
        (Date, Time) => Err(lacks("a date", "a time of day")),
        (Time, Date | DateTime | Timestamp) => Err(lacks("a time of day", "a date")),
        (Interval, Interval | Integer(_)) | (Integer(_), Interval) => Ok(()),
        (Interval, _) | (_, Interval) => Err(invalid(
            "an interval can be `cast` to an integer, its microseconds, and be made of one, but not of another type; cast to `i64` first",
        )),
        (Array(Integer(_)), Array(Integer(_))) => Ok(()),
        (Array(from), Array(to)) if from == to => Ok(()),
        (Array(_), _) | (_, Array(_)) => Err(invalid(
            "an array cannot be `cast` to another type, nor be made of one, as each database has its own text of it; select it as it is",
        )),
        _ => Ok(()),
    }
}

/// What stands around the expression inside of CAST. The servers would round to an integer, where SQLite
/// and Rust cut the fraction off; PostgreSQL and MySQL find the time in `2024-02-29 06:07`, but not behind a `T`.
fn prepared(dialect: Dialect, from: SqlType, to: SqlType) -> (&'static str, &'static str) {
    let whole = has_fraction(from) && matches!(to, SqlType::Integer(_));
    match (dialect, from, to) {
        (Dialect::Postgres, ..) if whole => ("trunc(", ")"),
        (Dialect::MySql, ..) if whole => ("truncate(", ", 0)"),
        (Dialect::Postgres, SqlType::Interval, SqlType::Integer(_)) => {
            ("EXTRACT(EPOCH FROM ", ") * 1000000")
        }
        (Dialect::Postgres | Dialect::MySql, SqlType::Text(_), SqlType::Time) => {
            ("replace(", ", 'T', ' ')")
        }
        _ => ("", ""),
    }
}

fn is_number(ty: SqlType) -> bool {
    has_fraction(ty) || matches!(ty, SqlType::Integer(_))
}

fn has_fraction(ty: SqlType) -> bool {
    matches!(ty, SqlType::Float | SqlType::Double | SqlType::Decimal(_))
}

fn lacks(has: &str, wanted: &str) -> crate::error::Error {
    invalid(format_args!(
        "{has} has nothing to make {wanted} of, so it cannot be `cast` to one; cast a date and time"
    ))
}

/// What stands before and after the expression, where CAST would not do. Dates and times are cut out
/// of the text by position, which keeps every digit; `strftime` knows three of a second's fraction.
fn sqlite(from: SqlType, to: SqlType) -> Option<(&'static str, &'static str)> {
    use SqlType::{Date, DateTime, Time, Timestamp};
    let text = matches!(from, SqlType::Text(_) | SqlType::Json);
    Some(match (from, to) {
        (DateTime | Timestamp, Date) => ("substr(", ", 1, 10)"),
        (DateTime | Timestamp, Time) => ("substr(", ", 12)"),
        (Date, DateTime | Timestamp) => ("(", " || ' 00:00:00.000000')"),
        (_, Date) if text => ("strftime('%Y-%m-%d', ", ")"),
        (_, Time) if text => ("strftime('%H:%M:%f000', ", ")"),
        (_, DateTime | Timestamp) if text => ("strftime('%Y-%m-%d %H:%M:%f000', ", ")"),
        _ => return None,
    })
}

/// A moment is otherwise shown in the time zone of the session, and a date taken for one there. What
/// is cast from a boolean is cast to INTEGER first, the only number that it becomes.
fn postgres(from: SqlType, to: SqlType) -> Option<(&'static str, &'static str)> {
    use SqlType::{Boolean, Date, DateTime, Time, Timestamp};
    Some(match (from, to) {
        (Timestamp, Date) => ("CAST((", ") AT TIME ZONE 'UTC' AS DATE)"),
        (Timestamp, Time) => ("CAST((", ") AT TIME ZONE 'UTC' AS TIME WITHOUT TIME ZONE)"),
        (Timestamp, DateTime) => ("(", " AT TIME ZONE 'UTC')"),
        (DateTime, Timestamp) => ("(", " AT TIME ZONE 'UTC')"),
        (Date, Timestamp) => ("(CAST(", " AS TIMESTAMP WITHOUT TIME ZONE) AT TIME ZONE 'UTC')"),
        (SqlType::Integer(_), SqlType::Interval) => ("(", " * INTERVAL '1 microsecond')"),
        (Boolean, SqlType::Integer(16)) => ("CAST(CAST(", " AS INTEGER) AS SMALLINT)"),
        (Boolean, SqlType::Integer(64)) => ("CAST(CAST(", " AS INTEGER) AS BIGINT)"),
        (Boolean, SqlType::Float) => ("CAST(CAST(", " AS INTEGER) AS REAL)"),
        (Boolean, SqlType::Double) => ("CAST(CAST(", " AS INTEGER) AS DOUBLE PRECISION)"),
        (Boolean, SqlType::Decimal(_)) => ("CAST(CAST(", " AS INTEGER) AS NUMERIC)"),
        _ => return None,
    })
}
