//! A row as it came: cells are borrowed from the buffers that the protocol's library read it into.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use mysql_async::{Column, Row as Came, Value as Found, consts::ColumnType as Type};
use relata_core::{
    connection::Row,
    error::{Error, ErrorKind, Result},
    value::Cell,
};
use rust_decimal::Decimal;

/// The number of the character set of bytes.
const BINARY: u16 = 63;

/// A row that was read.
pub(crate) struct Held<'a>(pub(crate) &'a Came);

impl Row for Held<'_> {
    fn cell(&self, at: usize) -> Result<Cell<'_>> {
        let (column, found) =
            self.0.columns_ref().get(at).zip(self.0.as_ref(at)).ok_or_else(|| self.short(at))?;
        let cell = match found {
            Found::NULL => Ok(Cell::Null),
            Found::Int(value) => Ok(Cell::Int(*value)),
            Found::UInt(value) => {
                i64::try_from(*value).map(Cell::Int).map_err(|_| TOO_LARGE.into())
            }
            Found::Float(value) => Ok(Cell::Real(f64::from(*value))),
            Found::Double(value) => Ok(Cell::Real(*value)),
            Found::Bytes(bytes) => stored(column, bytes),
            Found::Date(year, month, day, hour, minute, second, micros) => {
                let date = NaiveDate::from_ymd_opt((*year).into(), (*month).into(), (*day).into());
                let time = time(*hour, *minute, *second, *micros);
                date.zip(time)
                    .map(|(date, time)| moment(column.column_type(), date.and_time(time)))
                    .ok_or_else(|| NO_DAY.into())
            }
            Found::Time(negative, days, hour, minute, second, micros) => {
                time(*hour, *minute, *second, *micros)
                    .filter(|_| !*negative && *days == 0)
                    .map(Cell::Time)
                    .ok_or_else(|| NO_TIME.into())
            }
        };
        cell.map_err(|what: String| decode(format!("column `{}` holds {what}", column.name_str())))
    }

    fn width(&self) -> usize {
        self.0.len()
    }

    fn name(&self, at: usize) -> Option<&str> {
        std::str::from_utf8(self.0.columns_ref().get(at)?.name_ref()).ok()
    }
}

const TOO_LARGE: &str = "an integer above 9223372036854775807; read it as text with a CAST";
const NO_DAY: &str = "a date that no calendar has, such as 0000-00-00; read it as text with a CAST";
const NO_TIME: &str = "a time outside of one day; read it as text with a CAST";
const NO_DECIMAL: &str = "a decimal number with more digits than `Decimal` has; read it as text with a CAST, or round it";

/// What bytes are, by the type of their column.
fn stored<'a>(column: &Column, bytes: &'a [u8]) -> Result<Cell<'a>, String> {
    let text = || std::str::from_utf8(bytes).map_err(|_| NO_TEXT.to_owned());
    Ok(match column.column_type() {
        Type::MYSQL_TYPE_BIT => Cell::Int(bits(bytes)?),
        Type::MYSQL_TYPE_DECIMAL | Type::MYSQL_TYPE_NEWDECIMAL => {
            let text = text()?;
            // What the servers compute of integers is often such a decimal without places.
            let whole = (column.decimals() == 0).then(|| text.parse().ok()).flatten();
            match whole {
                Some(whole) => Cell::Int(whole),
                None => {
                    let computed = column.org_table_ref().is_empty();
                    Cell::Decimal(decimal(text, computed).ok_or_else(|| NO_DECIMAL.to_owned())?)
                }
            }
        }
        Type::MYSQL_TYPE_GEOMETRY | Type::MYSQL_TYPE_VECTOR => Cell::Bytes(bytes),
        // The character set that MySQL states for it is that of bytes.
        Type::MYSQL_TYPE_JSON => Cell::Text(text()?),
        // As text they come only where a statement could not be prepared.
        Type::MYSQL_TYPE_TINY
        | Type::MYSQL_TYPE_SHORT
        | Type::MYSQL_TYPE_INT24
        | Type::MYSQL_TYPE_LONG
        | Type::MYSQL_TYPE_LONGLONG
        | Type::MYSQL_TYPE_YEAR => Cell::Int(text()?.parse().map_err(|_| TOO_LARGE.to_owned())?),
        Type::MYSQL_TYPE_FLOAT | Type::MYSQL_TYPE_DOUBLE => {
            Cell::Real(text()?.parse().map_err(|_| NO_TEXT.to_owned())?)
        }
        Type::MYSQL_TYPE_DATE
        | Type::MYSQL_TYPE_NEWDATE
        | Type::MYSQL_TYPE_TIME
        | Type::MYSQL_TYPE_DATETIME
        | Type::MYSQL_TYPE_TIMESTAMP => Cell::Text(text()?),
        _ if column.character_set() == BINARY => Cell::Bytes(bytes),
        _ => Cell::Text(text()?),
    })
}

const NO_TEXT: &str = "text that is not UTF-8; read it as bytes with a CAST";

fn moment(ty: Type, moment: NaiveDateTime) -> Cell<'static> {
    match ty {
        Type::MYSQL_TYPE_DATE | Type::MYSQL_TYPE_NEWDATE => Cell::Date(moment.date()),
        // The server turns it to the time zone of the connection, which is UTC.
        Type::MYSQL_TYPE_TIMESTAMP => Cell::Timestamp(moment.and_utc()),
        _ => Cell::DateTime(moment),
    }
}

fn time(hour: u8, minute: u8, second: u8, micros: u32) -> Option<NaiveTime> {
    NaiveTime::from_hms_micro_opt(hour.into(), minute.into(), second.into(), micros)
}

/// Without the zeros at the end, which a column without declared places is full of. What is computed is rounded to
/// as many places as there is room for: quotients often have more.
fn decimal(text: &str, computed: bool) -> Option<Decimal> {
    let short = match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.'),
        false => text,
    };
    let exact = Decimal::from_str_exact(short).ok();
    let rounded = || short.parse().ok().filter(|_| computed);
    exact.or_else(|| rounded().map(|number: Decimal| number.normalize()))
}

fn bits(bytes: &[u8]) -> Result<i64, String> {
    let value = bytes.iter().try_fold(0_i64, |value, byte| {
        value.checked_mul(256).map(|value| value | i64::from(*byte))
    });
    value.ok_or_else(|| TOO_LARGE.to_owned())
}

impl Held<'_> {
    fn short(&self, at: usize) -> Error {
        let count = self.0.len();
        decode(format!("the row has {count} columns, so none at position {at}"))
    }
}

fn decode(message: String) -> Error {
    Error::new(ErrorKind::Decode, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_lose_only_zeros() {
        for (text, expected) in [
            ("0", Some("0")),
            ("0.0000000000000000000000000000", Some("0")),
            ("-100.5000000000000000000000000000", Some("-100.5")),
            ("79228162514264337593543950335", Some("79228162514264337593543950335")),
            ("100", Some("100")),
            ("79228162514264337593543950336", None),
            ("1.00000000000000000000000000001", None),
        ] {
            let found = decimal(text, false).map(|found| found.to_string());
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn computed_decimals_are_rounded_to_what_there_is_room_for() {
        for (text, expected) in [
            ("411522630041152.2630333333333333", Some("411522630041152.26303333333333")),
            ("-411522630041152.2630666666666667", Some("-411522630041152.26306666666667")),
            ("0.00000000000000000000000000005", Some("0.0000000000000000000000000001")),
            ("9.9999999999999999999999999999999", Some("10")),
            ("79228162514264337593543950335.5", None),
            ("0.1000", Some("0.1")),
        ] {
            let found = decimal(text, true).map(|found| found.to_string());
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn bits_are_a_number() {
        assert_eq!(bits(&[1, 0]), Ok(256));
        assert_eq!(bits(&[0x7f, 255, 255, 255, 255, 255, 255, 255]), Ok(i64::MAX));
        assert!(bits(&[0x80, 0, 0, 0, 0, 0, 0, 0]).is_err());
    }
}
