//! How values are stored: SQLite has integers, floats, text and bytes for all of them.

use relata_core::{
    error::{Error, ErrorKind, Result},
    value::{Cell, ColumnType, Value, array_text, time_text},
};
use rusqlite::types::{ToSqlOutput, Value as Owned, ValueRef};
use rust_decimal::{Decimal, prelude::ToPrimitive};

/// What SQLite is given for a value.
///
/// A truth value is 0 or 1, a UUID its 32 hexadecimal digits, dates and times are the text that
/// [`time_text`] gives, timestamps in UTC; nanoseconds, where there are any. An interval is its
/// microseconds, a variant its name, an array the JSON that [`array_text`] gives.
pub(crate) fn stored(value: &Value) -> Result<ToSqlOutput<'_>> {
    let text = |text: String| ToSqlOutput::Owned(Owned::Text(text));
    Ok(match value {
        Value::Null => ToSqlOutput::Borrowed(ValueRef::Null),
        Value::Bool(v) => ToSqlOutput::Borrowed(ValueRef::Integer(i64::from(*v))),
        Value::Int(v) | Value::Interval(v) => ToSqlOutput::Borrowed(ValueRef::Integer(*v)),
        Value::Real(v) => ToSqlOutput::Borrowed(ValueRef::Real(*v)),
        Value::Text(v) => ToSqlOutput::Borrowed(ValueRef::Text(v.as_bytes())),
        Value::Json(v) => ToSqlOutput::Borrowed(document(v)?),
        Value::Enum(_, name) => ToSqlOutput::Borrowed(ValueRef::Text(name.as_bytes())),
        Value::Array(_, values) => {
            text(array_text(values).map_err(|misfit| Error::new(ErrorKind::OutOfRange, misfit.0))?)
        }
        Value::Bytes(v) => ToSqlOutput::Borrowed(ValueRef::Blob(v)),
        Value::Uuid(v) => text(v.simple().to_string()),
        Value::Decimal(v) => ToSqlOutput::Borrowed(number(v)?),
        Value::Date(_) | Value::Time(_) | Value::DateTime(_) | Value::Timestamp(_) => {
            text(time_text(value).unwrap_or_default())
        }
        Value::List(_) => return Err(fault("a list, which no parameter of SQLite can be")),
        Value::Late(_) => return Err(fault("a key that is not known yet")),
        Value::Misfit(_) => return Err(fault("a value that no column can hold")),
    })
}

/// Text, or a number where the document is nothing else: SQLite makes numbers of such texts in a column
/// with the type JSON, and does not say where it loses digits.
fn document(json: &str) -> Result<ValueRef<'_>> {
    let number = json.starts_with(|first: char| first == '-' || first.is_ascii_digit());
    if !number {
        return Ok(ValueRef::Text(json.as_bytes()));
    }
    if let Ok(whole) = json.parse() {
        return Ok(ValueRef::Integer(whole));
    }
    let fraction = json.contains(['.', 'e', 'E']);
    match json.parse::<f64>() {
        Ok(float) if fraction && float.is_finite() => Ok(ValueRef::Real(float)),
        _ => Err(Error::new(
            ErrorKind::OutOfRange,
            "SQLite keeps no document that is an integer of more than 64 bits; put it into an array or an object",
        )),
    }
}

/// An integer where it is whole, else the float that reads back as the same decimal.
fn number(exact: &Decimal) -> Result<ValueRef<'static>> {
    if exact.is_integer()
        && let Some(whole) = exact.to_i64()
    {
        return Ok(ValueRef::Integer(whole));
    }
    // By way of text, because `to_f64` does not always give the nearest float.
    let float = exact.to_string().parse().ok();
    match float.filter(|float| Decimal::read(Cell::Real(*float)).as_ref() == Ok(exact)) {
        Some(float) => Ok(ValueRef::Real(float)),
        None => Err(Error::new(
            ErrorKind::OutOfRange,
            "the decimal number has too many digits, SQLite keeps 15 significant ones; round it, or store it as text",
        )),
    }
}

fn fault(what: &str) -> Error {
    let message =
        format!("the driver was given {what}; this is a fault of relata, please report it");
    Error::new(ErrorKind::Database, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Result<ValueRef<'static>> {
        number(&text.parse().unwrap())
    }

    #[test]
    fn decimals_that_survive_are_stored() {
        for (text, stored) in [
            ("0", ValueRef::Integer(0)),
            ("-12.00", ValueRef::Integer(-12)),
            ("9223372036854775807", ValueRef::Integer(i64::MAX)),
            ("1.1", ValueRef::Real(1.1)),
            ("-0.001", ValueRef::Real(-0.001)),
            ("99999999.9999", ValueRef::Real(99_999_999.999_9)),
            ("10000000000000000000", ValueRef::Real(1e19)),
        ] {
            assert_eq!(decimal(text).unwrap(), stored, "{text}");
        }
    }

    #[test]
    fn decimals_that_would_change_are_refused() {
        for text in
            ["1.23456789012345678901", "12345678901234567.5", "79228162514264337593543950335"]
        {
            let error = decimal(text).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::OutOfRange);
            assert_eq!(
                error.to_string(),
                "the decimal number has too many digits, SQLite keeps 15 significant ones; round it, or store it as text"
            );
        }
    }

    #[test]
    fn documents_that_are_numbers_are_kept_exactly_or_refused() {
        for (json, stored) in [
            ("{}", ValueRef::Text(b"{}")),
            ("\"1\"", ValueRef::Text(b"\"1\"")),
            ("-9223372036854775808", ValueRef::Integer(i64::MIN)),
            ("0.1", ValueRef::Real(0.1)),
            ("1e300", ValueRef::Real(1e300)),
        ] {
            assert_eq!(document(json).unwrap(), stored, "{json}");
        }
        for json in ["18446744073709551615", "-9223372036854775809"] {
            assert_eq!(document(json).unwrap_err().kind(), ErrorKind::OutOfRange);
        }
    }

    #[test]
    fn what_must_not_be_sent_is_an_error_without_its_value() {
        let error = stored(&Value::Misfit("secret".into())).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Database);
        assert_eq!(
            error.to_string(),
            "the driver was given a value that no column can hold; this is a fault of relata, please report it"
        );
    }
}
