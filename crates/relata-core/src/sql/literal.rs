//! Values as MySQL reads them in the text of a statement.

use super::text::is_plain;
use crate::value::{DATE, DATE_TIME, TIME, Value, array_text};
use chrono::{Datelike, Timelike};

/// A value of the type that it has as a parameter; `None` where it has to be one, as the driver knows
/// best why it cannot be stored.
pub(super) fn of(value: &Value) -> Option<String> {
    Some(match value {
        Value::Null => String::from("NULL"),
        Value::Bool(v) => String::from(if *v { "TRUE" } else { "FALSE" }),
        // two signs are a comment
        Value::Int(v) | Value::Interval(v) if *v < 0 => format!("({v})"),
        Value::Int(v) | Value::Interval(v) => v.to_string(),
        Value::Real(v) if v.is_finite() => match v.is_sign_negative() {
            true => format!("({v:e})"),
            false => format!("{v:e}"),
        },
        Value::Text(v) | Value::Json(v) => text(v),
        Value::Enum(_, name) => text(name),
        Value::Array(_, values) => text(&array_text(values).ok()?),
        Value::Bytes(v) => format!("X'{}'", hex(v)),
        Value::Uuid(v) => text(&v.simple().to_string()),
        Value::Decimal(v) => text(&v.to_string()),
        Value::Date(v) if is_stored(v) => format!("DATE'{}'", v.format(DATE)),
        Value::Time(v) if !is_leap(v) => format!("TIME'{}'", v.format(TIME)),
        Value::DateTime(v) if is_stored(v) && !is_leap(v) => {
            format!("TIMESTAMP'{}'", v.format(DATE_TIME))
        }
        Value::Timestamp(v) if is_stored(v) && !is_leap(v) => {
            format!("TIMESTAMP'{}'", v.format(DATE_TIME))
        }
        _ => return None,
    })
}

fn is_stored(date: &impl Datelike) -> bool {
    (1..=9999).contains(&date.year())
}

fn is_leap(time: &impl Timelike) -> bool {
    time.nanosecond() >= 1_000_000_000
}

/// Text in quotes; where it has a letter that may mean something there, by its bytes.
fn text(text: &str) -> String {
    match is_plain(text) {
        true => format!("'{text}'"),
        false => format!("_utf8mb4 X'{}'", hex(text.as_bytes())),
    }
}

/// The digits of bytes.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}
