//! A row where it lies: cells are decoded from the driver's own buffer.

use crate::{
    array::Array,
    bind::{DAY_MICROS, EPOCH_DAYS, EPOCH_MICROS, is_text},
    numeric,
};
use chrono::{DateTime, NaiveDate, NaiveTime};
use relata_core::{
    connection::Row,
    error::{Error, ErrorKind, Result},
    value::Cell,
};
use std::{cell::OnceCell, error};
use tokio_postgres::types::{FromSql, Kind, Type};
use uuid::Uuid;

/// A row of an answer.
pub(crate) struct Held<'a> {
    row: &'a tokio_postgres::Row,
    /// The arrays that were read, by position.
    arrays: OnceCell<Box<[OnceCell<Array<'a>>]>>,
}

impl<'a> Held<'a> {
    pub(crate) fn new(row: &'a tokio_postgres::Row) -> Self {
        Held { row, arrays: OnceCell::new() }
    }

    /// Keeps an array, so that a cell can borrow it.
    fn keep(&self, at: usize, array: Array<'a>) -> Cell<'_> {
        let empty = || self.row.columns().iter().map(|_| OnceCell::new()).collect();
        Cell::List(self.arrays.get_or_init(empty)[at].get_or_init(|| array))
    }

    fn decoded(&self, at: usize, ty: &Type, raw: &'a [u8]) -> Result<Cell<'_>, String> {
        let array = match ty.kind() {
            Kind::Array(element) => Some(Array::read(raw, element)),
            _ if *ty == Type::UNKNOWN => Array::guess(raw),
            _ => None,
        };
        match array {
            Some(array) => Ok(self.keep(at, array?)),
            None => cell(ty, raw),
        }
    }
}

impl Row for Held<'_> {
    fn cell(&self, at: usize) -> Result<Cell<'_>> {
        let Some(column) = self.row.columns().get(at) else {
            let count = self.row.len();
            return Err(decode(format!("the row has {count} columns, so none at position {at}")));
        };
        let decoded = match self.row.try_get::<_, Raw<'_>>(at) {
            Ok(Raw(None)) => Ok(Cell::Null),
            Ok(Raw(Some(raw))) => self.decoded(at, column.type_(), raw),
            Err(error) => {
                Err(error::Error::source(&error).map(ToString::to_string).unwrap_or_default())
            }
        };
        decoded.map_err(|why| decode(format!("column `{}` cannot be read: {why}", column.name())))
    }

    fn width(&self) -> usize {
        self.row.len()
    }

    fn name(&self, at: usize) -> Option<&str> {
        self.row.columns().get(at).map(|column| column.name())
    }
}

fn decode(message: String) -> Error {
    Error::new(ErrorKind::Decode, message)
}

/// The bytes of a value; `None` for NULL.
struct Raw<'a>(Option<&'a [u8]>);

impl<'a> FromSql<'a> for Raw<'a> {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn error::Error + Sync + Send>> {
        Ok(Raw(Some(raw)))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn error::Error + Sync + Send>> {
        Ok(Raw(None))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// A value that is no array.
pub(crate) fn cell<'a>(ty: &Type, raw: &'a [u8]) -> Result<Cell<'a>, String> {
    Ok(match *ty {
        Type::INT8 => Cell::Int(i64::from_be_bytes(bytes(raw)?)),
        Type::INT4 => Cell::Int(i32::from_be_bytes(bytes(raw)?).into()),
        Type::INT2 => Cell::Int(i16::from_be_bytes(bytes(raw)?).into()),
        Type::OID => Cell::Int(u32::from_be_bytes(bytes(raw)?).into()),
        Type::BOOL => Cell::Bool(bytes::<1>(raw)? != [0]),
        Type::FLOAT8 => Cell::Real(f64::from_be_bytes(bytes(raw)?)),
        Type::FLOAT4 => Cell::Real(f32::from_be_bytes(bytes(raw)?).into()),
        Type::BYTEA => Cell::Bytes(raw),
        Type::UUID => Cell::Uuid(Uuid::from_bytes(bytes(raw)?)),
        Type::NUMERIC => Cell::Decimal(numeric::read(raw)?),
        Type::DATE => Cell::Date(date(i32::from_be_bytes(bytes(raw)?))?),
        Type::TIME => Cell::Time(time(i64::from_be_bytes(bytes(raw)?))?),
        Type::TIMESTAMP => Cell::DateTime(moment(i64::from_be_bytes(bytes(raw)?))?.naive_utc()),
        Type::TIMESTAMPTZ => Cell::Timestamp(moment(i64::from_be_bytes(bytes(raw)?))?),
        Type::INTERVAL => Cell::Interval(interval(bytes(raw)?)?),
        Type::JSONB => match raw.split_first() {
            Some((1, json)) => Cell::Text(text(json)?),
            _ => return Err("its form of `jsonb` is not known; cast it to text".into()),
        },
        Type::CHAR => Cell::Text(text(raw)?),
        Type::VOID => Cell::Null,
        Type::UNKNOWN => Cell::Text(own(raw)?),
        _ if is_text(ty) => Cell::Text(text(raw)?),
        _ => match ty.kind() {
            Kind::Domain(inner) => cell(inner, raw)?,
            _ => return Err(format!("its type is `{}`; cast it to text", ty.name())),
        },
    })
}

/// A value of a type of the database's own. Enums are their text; what is no text holds a zero or begins
/// with a small number.
fn own(raw: &[u8]) -> Result<&str, String> {
    let is_text = !raw.contains(&0) && raw.first().is_none_or(|first| *first > 8);
    std::str::from_utf8(raw).ok().filter(|_| is_text).ok_or_else(|| {
        "its type is one of the database's own that is no enum; cast it to text".into()
    })
}

fn bytes<const N: usize>(raw: &[u8]) -> Result<[u8; N], String> {
    raw.try_into().map_err(|_| format!("it has {} bytes where {N} were expected", raw.len()))
}

fn text(raw: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(raw).map_err(|_| "it is not UTF-8".into())
}

fn date(days: i32) -> Result<NaiveDate, String> {
    if matches!(days, i32::MIN | i32::MAX) {
        return Err("the date is infinite; cast it to text".into());
    }
    let date = days.checked_add(EPOCH_DAYS).and_then(NaiveDate::from_num_days_from_ce_opt);
    date.ok_or_else(|| "the date is out of range; cast it to text".into())
}

fn time(micros: i64) -> Result<NaiveTime, String> {
    let parts = u32::try_from(micros / 1_000_000).ok().zip(u32::try_from(micros % 1_000_000).ok());
    let time = parts.and_then(|(seconds, micros)| {
        NaiveTime::from_num_seconds_from_midnight_opt(seconds, micros * 1_000)
    });
    time.ok_or_else(|| "the time is 24:00, which `NaiveTime` has not; cast it to text".into())
}

fn moment(micros: i64) -> Result<DateTime<chrono::Utc>, String> {
    if matches!(micros, i64::MIN | i64::MAX) {
        return Err("the timestamp is infinite; cast it to text".into());
    }
    let moment = micros.checked_add(EPOCH_MICROS).and_then(DateTime::from_timestamp_micros);
    moment.ok_or_else(|| "the timestamp is out of range; cast it to text".into())
}

/// The microseconds, days and months of an interval as its microseconds.
fn interval(raw: [u8; 16]) -> Result<i64, String> {
    let [micros, parts] = [&raw[..8], &raw[8..]];
    let micros = i64::from_be_bytes(bytes(micros)?);
    let (days, months) =
        (i32::from_be_bytes(bytes(&parts[..4])?), i32::from_be_bytes(bytes(&parts[4..])?));
    match months {
        0 => i64::from(days)
            .checked_mul(DAY_MICROS)
            .and_then(|days| days.checked_add(micros))
            .ok_or_else(|| "the interval is longer than 292,000 years; cast it to text".into()),
        i32::MIN | i32::MAX => Err("the interval is infinite; cast it to text".into()),
        _ => Err("the interval has months, which have no fixed length; cast it to text".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_said() {
        for (ty, raw, why) in [
            (Type::INT4, &[1, 2][..], "it has 2 bytes where 4 were expected"),
            (Type::TEXT, &[0xff], "it is not UTF-8"),
            (Type::DATE, &[0x7f, 255, 255, 255], "the date is infinite; cast it to text"),
            (Type::DATE, &[0x7f, 255, 255, 254], "the date is out of range; cast it to text"),
            (
                Type::TIMESTAMPTZ,
                &[0x80, 0, 0, 0, 0, 0, 0, 0],
                "the timestamp is infinite; cast it to text",
            ),
            (
                Type::INTERVAL,
                &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
                "the interval has months, which have no fixed length; cast it to text",
            ),
            (
                Type::INTERVAL,
                &[0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 255, 255, 255, 0, 0, 0, 0],
                "the interval is longer than 292,000 years; cast it to text",
            ),
            (
                Type::INTERVAL,
                &[
                    0x7f, 255, 255, 255, 255, 255, 255, 255, 0x7f, 255, 255, 255, 0x7f, 255, 255,
                    255,
                ],
                "the interval is infinite; cast it to text",
            ),
            (
                Type::UNKNOWN,
                &[0, 0, 0, 1, 0, 0, 0, 23, 0, 0, 0, 4, 0, 0, 0, 7],
                "its type is one of the database's own that is no enum; cast it to text",
            ),
            (Type::INET, &[2, 32, 0, 4, 127, 0, 0, 1], "its type is `inet`; cast it to text"),
        ] {
            assert_eq!(cell(&ty, raw).unwrap_err(), why);
        }
        assert!(time(86_400_000_000).is_err());
    }
}
