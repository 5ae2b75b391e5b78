//! How values are sent.

use chrono::{Datelike, NaiveDate, NaiveTime, Timelike};
use mysql_async::Value as Sent;
use relata_core::{
    error::{Error, ErrorKind, Result},
    value::{Value, array_text},
};

/// The parameters of one run.
pub(crate) fn all(values: &[Value]) -> Result<Vec<Sent>> {
    values.iter().map(sent).collect()
}

/// The most that a statement with its values is sent in. Beyond it each text and each value of bytes
/// is sent by itself.
const ONE_PACKET: usize = (1 << 24) - 1;

/// An error where the server would hang up, because a packet is larger than it takes.
pub(crate) fn within(most: usize, sql: &str, values: &[Sent]) -> Result<()> {
    let sizes = values.iter().map(|value| value.bin_len() as usize);
    // Around them are a header, a bit for each that is NULL, and the types.
    let total = 11 + values.len().div_ceil(8) + 2 * values.len() + sizes.clone().sum::<usize>();
    let largest = match total > ONE_PACKET {
        true => sizes.max().unwrap_or(0),
        false => total,
    };
    let largest = largest.max(sql.len() + 1);
    if largest < most {
        return Ok(());
    }
    let message = format!(
        "the server takes less than {most} bytes at a time, and the statement with its values has {largest}; raise `max_allowed_packet` there, or write less at a time"
    );
    Err(Error::new(ErrorKind::OutOfRange, message))
}

/// What the server is given for a value; the documentation of the crate has the table.
fn sent(value: &Value) -> Result<Sent> {
    let text = |text: &str| Sent::Bytes(text.as_bytes().to_vec());
    Ok(match value {
        Value::Null => Sent::NULL,
        Value::Bool(v) => Sent::Int(i64::from(*v)),
        Value::Int(v) | Value::Interval(v) => Sent::Int(*v),
        Value::Real(v) if v.is_finite() => Sent::Double(*v),
        Value::Real(_) => {
            let message = "MySQL and MariaDB store no infinity and no NaN; use an `Option` and store NULL, or store it as text";
            return Err(Error::new(ErrorKind::OutOfRange, message));
        }
        Value::Text(v) | Value::Json(v) => text(v),
        Value::Enum(_, name) => text(name),
        Value::Array(_, values) => {
            let json = array_text(values);
            text(&json.map_err(|misfit| Error::new(ErrorKind::OutOfRange, misfit.0))?)
        }
        Value::Bytes(v) => Sent::Bytes(v.to_vec()),
        Value::Uuid(v) => text(v.simple().encode_lower(&mut [0; 32])),
        Value::Decimal(v) => Sent::Bytes(v.to_string().into_bytes()),
        Value::Date(v) => moment(*v, NaiveTime::MIN)?,
        Value::Time(v) => {
            let (hour, minute, second, micros) = clock(*v)?;
            Sent::Time(false, 0, hour, minute, second, micros)
        }
        Value::DateTime(v) => moment(v.date(), v.time())?,
        Value::Timestamp(v) => moment(v.date_naive(), v.time())?,
        Value::List(_) => return Err(fault("a list, which no parameter of MySQL can be")),
        Value::Late(_) => return Err(fault("a key that is not known yet")),
        Value::Misfit(_) => return Err(fault("a value that no column can hold")),
    })
}

fn moment(date: NaiveDate, time: NaiveTime) -> Result<Sent> {
    let year = u16::try_from(date.year()).ok().filter(|year| (1..=9999).contains(year));
    let year = year.ok_or_else(|| {
        let message = format!(
            "the year {} is outside 1 to 9999, which is what MySQL and MariaDB store",
            date.year()
        );
        Error::new(ErrorKind::OutOfRange, message)
    })?;
    let (hour, minute, second, micros) = clock(time)?;
    Ok(Sent::Date(year, small(date.month()), small(date.day()), hour, minute, second, micros))
}

/// Hours, minutes, seconds and microseconds; what is finer is cut off, so that it never becomes the
/// next day.
fn clock(time: NaiveTime) -> Result<(u8, u8, u8, u32)> {
    let micros = time.nanosecond() / 1_000;
    if micros >= 1_000_000 {
        let message = "MySQL and MariaDB store no leap second; store the second before it";
        return Err(Error::new(ErrorKind::OutOfRange, message));
    }
    Ok((small(time.hour()), small(time.minute()), small(time.second()), micros))
}

/// A part of a date or time, all of which are below 60.
fn small(part: u32) -> u8 {
    u8::try_from(part).unwrap_or(u8::MAX)
}

fn fault(what: &str) -> Error {
    let message =
        format!("the driver was given {what}; this is a fault of relata, please report it");
    Error::new(ErrorKind::Database, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDateTime;

    fn at(text: &str) -> Value {
        Value::DateTime(NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f").unwrap())
    }

    #[test]
    fn what_is_finer_than_a_microsecond_is_cut_off() {
        let sent = sent(&at("2030-01-31 23:59:59.999999999")).unwrap();
        assert_eq!(sent, Sent::Date(2030, 1, 31, 23, 59, 59, 999_999));
    }

    #[test]
    fn what_cannot_be_stored_is_an_error() {
        let message = |value: &Value| {
            let error = sent(value).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::OutOfRange);
            error.to_string()
        };
        assert_eq!(
            message(&at("0000-12-31 00:00:00")),
            "the year 0 is outside 1 to 9999, which is what MySQL and MariaDB store"
        );
        assert_eq!(
            message(&at("2016-12-31 23:59:60")),
            "MySQL and MariaDB store no leap second; store the second before it"
        );
        assert_eq!(
            message(&Value::Real(f64::INFINITY)),
            "MySQL and MariaDB store no infinity and no NaN; use an `Option` and store NULL, or store it as text"
        );
    }

    #[test]
    fn what_must_not_be_sent_is_an_error_without_its_value() {
        let error = sent(&Value::Misfit("secret".into())).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Database);
        assert_eq!(
            error.to_string(),
            "the driver was given a value that no column can hold; this is a fault of relata, please report it"
        );
    }
}
