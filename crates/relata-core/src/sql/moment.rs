//! Dates and times as text.

use super::{Dialect, call, scope::Scope, text::Text};
use crate::{
    error::Result,
    query::{Expr, Part},
    value::SqlType,
};

/// The present moment, the same in all of a statement; on SQLite as the text that a column of moments
/// holds. PostgreSQL's `now()` is the moment at which the transaction began.
pub(super) fn now(text: &mut Text) -> Result<()> {
    text.push(match text.dialect {
        // it knows three digits of the second's fraction
        Dialect::Sqlite => "strftime('%Y-%m-%d %H:%M:%f000', 'now')",
        Dialect::Postgres => "statement_timestamp()",
        Dialect::MySql => "utc_timestamp(6)",
    });
    Ok(())
}

/// The present day, in UTC.
pub(super) fn today(text: &mut Text) -> Result<()> {
    text.push(match text.dialect {
        Dialect::Sqlite => "date('now')",
        Dialect::Postgres => "CAST(statement_timestamp() AT TIME ZONE 'UTC' AS DATE)",
        Dialect::MySql => "utc_date()",
    });
    Ok(())
}

pub(super) fn extract(
    text: &mut Text,
    part: Part,
    ty: SqlType,
    args: &[Expr],
    scope: &Scope<'_>,
) -> Result<()> {
    let (open, close) = match text.dialect {
        Dialect::Sqlite => (sqlite(part), ") AS INTEGER)"),
        Dialect::Postgres => (postgres(part), postgres_end(ty)),
        Dialect::MySql => mysql(part),
    };
    text.push(open);
    call::list(text, args, scope)?;
    text.push(close);
    Ok(())
}

fn sqlite(part: Part) -> &'static str {
    match part {
        Part::Year => "CAST(strftime('%Y', ",
        Part::Month => "CAST(strftime('%m', ",
        Part::Day => "CAST(strftime('%d', ",
        Part::Hour => "CAST(strftime('%H', ",
        Part::Minute => "CAST(strftime('%M', ",
        Part::Second => "CAST(strftime('%S', ",
        Part::DayOfWeek => "CAST(strftime('%w', ",
        Part::DayOfYear => "CAST(strftime('%j', ",
        Part::Week => "CAST(strftime('%V', ",
        Part::Epoch => "CAST(strftime('%s', ",
    }
}

fn postgres(part: Part) -> &'static str {
    match part {
        Part::Year => "CAST(floor(EXTRACT(YEAR FROM ",
        Part::Month => "CAST(floor(EXTRACT(MONTH FROM ",
        Part::Day => "CAST(floor(EXTRACT(DAY FROM ",
        Part::Hour => "CAST(floor(EXTRACT(HOUR FROM ",
        Part::Minute => "CAST(floor(EXTRACT(MINUTE FROM ",
        Part::Second => "CAST(floor(EXTRACT(SECOND FROM ",
        Part::DayOfWeek => "CAST(floor(EXTRACT(DOW FROM ",
        Part::DayOfYear => "CAST(floor(EXTRACT(DOY FROM ",
        Part::Week => "CAST(floor(EXTRACT(WEEK FROM ",
        Part::Epoch => "CAST(floor(EXTRACT(EPOCH FROM ",
    }
}

/// The parts of a moment are otherwise those in the time zone of the session.
fn postgres_end(ty: SqlType) -> &'static str {
    match ty {
        SqlType::Timestamp => " AT TIME ZONE 'UTC')) AS BIGINT)",
        _ => ")) AS BIGINT)",
    }
}

fn mysql(part: Part) -> (&'static str, &'static str) {
    match part {
        Part::Year => ("EXTRACT(YEAR FROM ", ")"),
        Part::Month => ("EXTRACT(MONTH FROM ", ")"),
        Part::Day => ("EXTRACT(DAY FROM ", ")"),
        Part::Hour => ("EXTRACT(HOUR FROM ", ")"),
        Part::Minute => ("EXTRACT(MINUTE FROM ", ")"),
        Part::Second => ("EXTRACT(SECOND FROM ", ")"),
        // from 1 for Sunday
        Part::DayOfWeek => ("(dayofweek(", ") - 1)"),
        Part::DayOfYear => ("dayofyear(", ")"),
        Part::Week => ("week(", ", 3)"),
        // `unix_timestamp` counts in the time zone of the session; this one leaves half seconds out
        Part::Epoch => ("timestampdiff(SECOND, '1970-01-01', ", ")"),
    }
}
