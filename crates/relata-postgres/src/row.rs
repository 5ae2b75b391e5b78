//! A row where it lies: cells are decoded from the driver's own buffer.

use crate::{
    bind::{EPOCH_DAYS, EPOCH_MICROS, is_text},
    numeric,
};
use chrono::{DateTime, NaiveDate, NaiveTime};
use relata_core::{
    connection::Row,
    error::{Error, ErrorKind, Result},
    value::Cell,
};
use std::error;
use tokio_postgres::types::{FromSql, Kind, Type};
use uuid::Uuid;

/// A row of an answer.
pub(crate) struct Held<'a>(pub(crate) &'a tokio_postgres::Row);

impl Row for Held<'_> {
    fn cell(&self, at: usize) -> Result<Cell<'_>> {
        let Some(column) = self.0.columns().get(at) else {
            let count = self.0.len();
            return Err(decode(format!("the row has {count} columns, so none at position {at}")));
        };
        match self.0.try_get::<_, Decoded<'_>>(at) {
            Ok(Decoded(cell)) => Ok(cell),
            Err(error) => {
                let why = error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
                Err(decode(format!("column `{}` cannot be read: {why}", column.name())))
            }
        }
    }

    fn width(&self) -> usize {
        self.0.len()
    }

    fn name(&self, at: usize) -> Option<&str> {
        self.0.columns().get(at).map(|column| column.name())
    }
}

fn decode(message: String) -> Error {
    Error::new(ErrorKind::Decode, message)
}

struct Decoded<'a>(Cell<'a>);

impl<'a> FromSql<'a> for Decoded<'a> {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn error::Error + Sync + Send>> {
        cell(ty, raw).map(Decoded).map_err(Into::into)
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn error::Error + Sync + Send>> {
        Ok(Decoded(Cell::Null))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

fn cell<'a>(ty: &Type, raw: &'a [u8]) -> Result<Cell<'a>, String> {
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
        Type::JSONB => match raw.split_first() {
            Some((1, json)) => Cell::Text(text(json)?),
            _ => return Err("its form of `jsonb` is not known; cast it to text".into()),
        },
        Type::CHAR => Cell::Text(text(raw)?),
        Type::VOID => Cell::Null,
        _ if is_text(ty) => Cell::Text(text(raw)?),
        _ => match ty.kind() {
            Kind::Domain(inner) => cell(inner, raw)?,
            _ => return Err(format!("its type is `{}`; cast it to text", ty.name())),
        },
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
        return Err("the date is infinite".into());
    }
    let date = days.checked_add(EPOCH_DAYS).and_then(NaiveDate::from_num_days_from_ce_opt);
    date.ok_or_else(|| "the date is out of range".into())
}

fn time(micros: i64) -> Result<NaiveTime, String> {
    let parts = u32::try_from(micros / 1_000_000).ok().zip(u32::try_from(micros % 1_000_000).ok());
    let time = parts.and_then(|(seconds, micros)| {
        NaiveTime::from_num_seconds_from_midnight_opt(seconds, micros * 1_000)
    });
    time.ok_or_else(|| "the time is 24:00, which `NaiveTime` has not".into())
}

fn moment(micros: i64) -> Result<DateTime<chrono::Utc>, String> {
    if matches!(micros, i64::MIN | i64::MAX) {
        return Err("the timestamp is infinite".into());
    }
    let moment = micros.checked_add(EPOCH_MICROS).and_then(DateTime::from_timestamp_micros);
    moment.ok_or_else(|| "the timestamp is out of range".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_said() {
        for (ty, raw, why) in [
            (Type::INT4, &[1, 2][..], "it has 2 bytes where 4 were expected"),
            (Type::TEXT, &[0xff], "it is not UTF-8"),
            (Type::DATE, &[0x7f, 255, 255, 255], "the date is infinite"),
            (Type::DATE, &[0x7f, 255, 255, 254], "the date is out of range"),
            (Type::TIMESTAMPTZ, &[0x80, 0, 0, 0, 0, 0, 0, 0], "the timestamp is infinite"),
            (Type::INTERVAL, &[0; 16], "its type is `interval`; cast it to text"),
        ] {
            assert_eq!(cell(&ty, raw).unwrap_err(), why);
        }
        assert!(time(86_400_000_000).is_err());
    }
}
