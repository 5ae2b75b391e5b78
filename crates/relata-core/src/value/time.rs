//! Dates and times in columns. Where the database has no such types (SQLite) they are text, in the
//! form that SQLAlchemy stores: `2030-01-31`, `13:00:00.000000`, `2030-01-31 13:00:00.000000`, with
//! nine digits where six would lose something.

use super::{Cell, ColumnType, Misfit, NotNull, SqlType, Value};
use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike, Utc};

/// How a day is written as text.
pub const DATE: &str = "%Y-%m-%d";
/// How a time of day is written as text.
pub const TIME: &str = "%H:%M:%S%.6f";
/// The same for a time that has nanoseconds, so that none are lost.
pub const TIME_NANO: &str = "%H:%M:%S%.9f";
/// How a day and time is written as text.
pub const DATE_TIME: &str = "%Y-%m-%d %H:%M:%S%.6f";
/// The same for a time that has nanoseconds, so that none are lost.
pub const DATE_TIME_NANO: &str = "%Y-%m-%d %H:%M:%S%.9f";

fn parse<T>(
    text: &str,
    forms: &[&str],
    read: fn(&str, &str) -> chrono::ParseResult<T>,
    what: &str,
) -> Result<T, Misfit> {
    forms
        .iter()
        .find_map(|form| read(text, form).ok())
        .ok_or_else(|| Misfit(format!("the text is no {what}").into()))
}

/// Years of four digits sort and compare as text; others do not.
fn four_digits(year: i32, value: Value) -> Value {
    if (0..=9999).contains(&year) {
        value
    } else {
        Value::Misfit(format!("the year {year} is outside 0 to 9999").into())
    }
}

/// A date or time as text, in the form that is stored; `None` for other values.
pub fn time_text(value: &Value) -> Option<String> {
    Some(match value {
        Value::Date(v) => v.format(DATE).to_string(),
        Value::Time(v) => v.format(finer(v, TIME, TIME_NANO)).to_string(),
        Value::DateTime(v) => v.format(finer(v, DATE_TIME, DATE_TIME_NANO)).to_string(),
        Value::Timestamp(v) => v.format(finer(v, DATE_TIME, DATE_TIME_NANO)).to_string(),
        _ => return None,
    })
}

/// Microseconds, unless that would lose nanoseconds.
fn finer<'f>(time: &impl Timelike, micro: &'f str, nano: &'f str) -> &'f str {
    if time.nanosecond().is_multiple_of(1_000) { micro } else { nano }
}

impl ColumnType for NaiveDate {
    const TYPE: SqlType = SqlType::Date;

    fn read(cell: Cell<'_>) -> Result<Self, Misfit> {
        match cell {
            Cell::Date(date) => Ok(date),
            Cell::Text(text) => parse(text, &[DATE], NaiveDate::parse_from_str, "date"),
            other => Err(Misfit::kind(&other, "a date")),
        }
    }

    fn write(&self) -> Value {
        four_digits(self.year(), Value::Date(*self))
    }
}

impl ColumnType for NaiveTime {
    const TYPE: SqlType = SqlType::Time;

    fn read(cell: Cell<'_>) -> Result<Self, Misfit> {
        match cell {
            Cell::Time(time) => Ok(time),
            Cell::Text(text) => {
                parse(text, &["%H:%M:%S%.f", "%H:%M"], NaiveTime::parse_from_str, "time")
            }
            other => Err(Misfit::kind(&other, "a time")),
        }
    }

    fn write(&self) -> Value {
        Value::Time(*self)
    }
}

impl ColumnType for NaiveDateTime {
    const TYPE: SqlType = SqlType::DateTime;

    fn read(cell: Cell<'_>) -> Result<Self, Misfit> {
        const FORMS: [&str; 2] = ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f"];
        match cell {
            Cell::DateTime(value) => Ok(value),
            Cell::Timestamp(value) => Ok(value.naive_utc()),
            Cell::Text(text) => parse(text, &FORMS, NaiveDateTime::parse_from_str, "date and time"),
            other => Err(Misfit::kind(&other, "a date and time")),
        }
    }

    fn write(&self) -> Value {
        four_digits(self.year(), Value::DateTime(*self))
    }
}

/// A moment. It is stored in UTC; text with an offset is converted, text without one is UTC.
impl ColumnType for DateTime<Utc> {
    const TYPE: SqlType = SqlType::Timestamp;

    fn read(cell: Cell<'_>) -> Result<Self, Misfit> {
        match cell {
            Cell::Timestamp(value) => Ok(value),
            Cell::Text(text) => match DateTime::parse_from_rfc3339(text) {
                Ok(value) => Ok(value.to_utc()),
                Err(_) => NaiveDateTime::read(cell).map(|value| value.and_utc()),
            },
            other => NaiveDateTime::read(other).map(|value| value.and_utc()),
        }
    }

    fn write(&self) -> Value {
        four_digits(self.year(), Value::Timestamp(*self))
    }
}

impl NotNull for NaiveDate {}
impl NotNull for NaiveTime {}
impl NotNull for NaiveDateTime {}
impl NotNull for DateTime<Utc> {}
