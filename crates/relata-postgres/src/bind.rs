//! How values are sent: in the binary form of the type that the server asks for, or as text where
//! it has not said which that is.

use crate::numeric;
use bytes::{BufMut, BytesMut};
use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike};
use relata_core::value::{Cell, ColumnType, TIME, Value};
use rust_decimal::{Decimal, prelude::ToPrimitive};
use std::{borrow::Cow, error, fmt};
use tokio_postgres::types::{Format, IsNull, Kind, ToSql, Type, to_sql_checked};

/// The microseconds from 1970 to 2000, where PostgreSQL begins to count.
pub(crate) const EPOCH_MICROS: i64 = 946_684_800_000_000;
/// The same in days, from the first day of the year 1.
pub(crate) const EPOCH_DAYS: i32 = 730_120;
/// The microseconds of a day of 24 hours, as an interval counts it.
pub(crate) const DAY_MICROS: i64 = 86_400_000_000;

/// A value as a parameter.
#[derive(Clone, Copy)]
pub(crate) struct Bound<'v>(pub(crate) &'v Value);

/// Without the value: `tokio-postgres` writes its parameters to the log.
impl fmt::Debug for Bound<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_cell().kind())
    }
}

/// Why a value cannot be sent, without the value.
#[derive(Debug)]
pub(crate) struct Unfit(pub(crate) Cow<'static, str>);

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl error::Error for Unfit {}

/// The type of a parameter that the server is left to find.
pub(crate) fn any_type() -> Type {
    Type::new("any".into(), 0, Kind::Simple, "pg_catalog".into())
}

impl ToSql for Bound<'_> {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn error::Error + Sync + Send>> {
        if self.0.is_null() {
            return Ok(IsNull::Yes);
        }
        match self.encode_format(ty) {
            Format::Text => as_text(self.0, out)?,
            Format::Binary => binary(self.0, ty, out)?,
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, ty: &Type) -> Format {
        if is_text_form(self.0, ty) { Format::Text } else { Format::Binary }
    }

    to_sql_checked!();
}

/// Whether the server is to read the value from text: it did not say what it is, or is given text
/// for a type that has a form of its own.
fn is_text_form(value: &Value, ty: &Type) -> bool {
    match value {
        _ if ty.oid() == 0 => true,
        Value::Text(_) | Value::Json(_) | Value::Enum(..) => {
            !is_text(base(ty)) && *base(ty) != Type::JSONB
        }
        Value::List(values) | Value::Array(_, values) => match base(ty).kind() {
            Kind::Array(element) => values.iter().any(|value| is_text_form(value, element)),
            _ => false,
        },
        _ => false,
    }
}

/// The type behind domains.
fn base(ty: &Type) -> &Type {
    match ty.kind() {
        Kind::Domain(inner) => base(inner),
        _ => ty,
    }
}

/// Whether the bytes of a type are its text.
pub(crate) fn is_text(ty: &Type) -> bool {
    let known =
        [Type::TEXT, Type::VARCHAR, Type::BPCHAR, Type::NAME, Type::UNKNOWN, Type::JSON, Type::XML];
    known.contains(ty) || matches!(ty.kind(), Kind::Enum(_)) || ty.name() == "citext"
}

fn unfit(why: impl Into<Cow<'static, str>>) -> Unfit {
    Unfit(why.into())
}

fn other_kind(value: &Value, ty: &Type) -> Unfit {
    let kind = match value {
        Value::List(_) => "a list",
        other => other.as_cell().kind(),
    };
    unfit(format!("it is {kind}, and `{}` is wanted; write a CAST", ty.name()))
}

fn binary(value: &Value, ty: &Type, out: &mut BytesMut) -> Result<(), Unfit> {
    let ty = base(ty);
    match value {
        Value::Bool(v) if *ty == Type::BOOL => out.put_u8(u8::from(*v)),
        Value::Int(v) => integer(*v, ty, out)?,
        Value::Real(v) => real(*v, ty, out)?,
        Value::Decimal(v) => decimal(v, ty, out)?,
        Value::Text(v) | Value::Json(v) => {
            if *ty == Type::JSONB {
                out.put_u8(1);
                without_escaped_nul(v)?;
            }
            out.put_slice(without_nul(v)?.as_bytes());
        }
        Value::Enum(_, name) => out.put_slice(without_nul(name)?.as_bytes()),
        Value::Bytes(v) if *ty == Type::BYTEA => out.put_slice(v),
        Value::Uuid(v) if *ty == Type::UUID || *ty == Type::BYTEA => out.put_slice(v.as_bytes()),
        Value::Uuid(v) if is_text(ty) => out.put_slice(v.to_string().as_bytes()),
        Value::Date(v) if *ty == Type::DATE => out.put_i32(days(*v)),
        Value::Date(v) => moment(v.and_time(NaiveTime::MIN), value, ty, out)?,
        Value::Time(v) if *ty == Type::TIME => out.put_i64(micros_of_day(*v)?),
        Value::DateTime(v) => moment(*v, value, ty, out)?,
        Value::Timestamp(v) => moment(v.naive_utc(), value, ty, out)?,
        Value::Interval(v) if *ty == Type::INTERVAL => {
            let (days, rest) = in_days(*v);
            out.put_i64(rest);
            out.put_i32(days);
            out.put_i32(0);
        }
        Value::List(values) | Value::Array(_, values) => match ty.kind() {
            Kind::Array(element) => array(values, element, out)?,
            _ => return Err(other_kind(value, ty)),
        },
        _ => return Err(other_kind(value, ty)),
    }
    Ok(())
}

fn integer(value: i64, ty: &Type, out: &mut BytesMut) -> Result<(), Unfit> {
    let range = || unfit(format!("the integer is out of range for `{}`", ty.name()));
    match *ty {
        Type::INT8 => out.put_i64(value),
        Type::INT4 => out.put_i32(value.try_into().map_err(|_| range())?),
        Type::INT2 => out.put_i16(value.try_into().map_err(|_| range())?),
        Type::OID => out.put_u32(value.try_into().map_err(|_| range())?),
        Type::NUMERIC => numeric::write(&Decimal::from(value), out),
        Type::FLOAT8 | Type::FLOAT4 if (value as f64) as i128 == i128::from(value) => {
            real(value as f64, ty, out)?;
        }
        Type::FLOAT8 | Type::FLOAT4 => return Err(range()),
        _ => return Err(other_kind(&Value::Int(value), ty)),
    }
    Ok(())
}

fn real(value: f64, ty: &Type, out: &mut BytesMut) -> Result<(), Unfit> {
    match *ty {
        Type::FLOAT8 => out.put_f64(value),
        Type::FLOAT4 => {
            let narrow = value as f32;
            if f64::from(narrow) != value && !value.is_nan() {
                return Err(unfit("the number does not fit `float4` exactly"));
            }
            out.put_f32(narrow);
        }
        Type::NUMERIC => {
            let exact = Decimal::read(Cell::Real(value));
            let range = |_| unfit("the number is out of range for `Decimal`");
            numeric::write(&exact.map_err(range)?, out);
        }
        _ => return Err(other_kind(&Value::Real(value), ty)),
    }
    Ok(())
}

fn decimal(value: &Decimal, ty: &Type, out: &mut BytesMut) -> Result<(), Unfit> {
    if *ty == Type::NUMERIC {
        numeric::write(value, out);
        return Ok(());
    }
    if *ty == Type::FLOAT8 || *ty == Type::FLOAT4 {
        // By way of text, because `to_f64` does not always give the nearest float.
        let float = value.to_string().parse().ok();
        let same = |float: &f64| Decimal::read(Cell::Real(*float)).as_ref() == Ok(value);
        return match float.filter(same) {
            Some(float) => real(float, ty, out),
            None => Err(unfit(format!("the decimal number does not fit `{}` exactly", ty.name()))),
        };
    }
    match value.to_i64().filter(|_| value.is_integer()) {
        Some(whole) => integer(whole, ty, out),
        None => Err(other_kind(&Value::Decimal(*value), ty)),
    }
}

/// A day and time, in UTC where the type is a moment.
fn moment(at: NaiveDateTime, value: &Value, ty: &Type, out: &mut BytesMut) -> Result<(), Unfit> {
    match *ty {
        Type::TIMESTAMP | Type::TIMESTAMPTZ => {
            without_leap(at.time())?;
            out.put_i64(at.and_utc().timestamp_micros() - EPOCH_MICROS);
        }
        Type::DATE if at.time() == NaiveTime::MIN => out.put_i32(days(at.date())),
        Type::DATE => return Err(unfit("it has a time of day, which `date` has not")),
        _ => return Err(other_kind(value, ty)),
    }
    Ok(())
}

fn days(date: NaiveDate) -> i32 {
    date.num_days_from_ce() - EPOCH_DAYS
}

fn micros_of_day(time: NaiveTime) -> Result<i64, Unfit> {
    without_leap(time)?;
    let seconds = i64::from(time.num_seconds_from_midnight());
    Ok(seconds * 1_000_000 + i64::from(time.nanosecond() / 1_000))
}

/// Which the server would make the next second, and another day.
fn without_leap(time: NaiveTime) -> Result<(), Unfit> {
    match time.nanosecond() {
        0..1_000_000_000 => Ok(()),
        _ => Err(unfit(
            "it is a leap second, which PostgreSQL does not store; store the second before it",
        )),
    }
}

/// Whole days of 24 hours and the microseconds that are left, both of one sign. All days that 64 bits of
/// microseconds have fit.
fn in_days(micros: i64) -> (i32, i64) {
    let days = i32::try_from(micros / DAY_MICROS).unwrap_or_default();
    (days, micros % DAY_MICROS)
}

/// Every part has the sign, as the server reads each by itself.
fn interval_text(micros: i64) -> String {
    let (days, rest) = in_days(micros);
    let sign = if rest < 0 { "-" } else { "" };
    let (seconds, micros) = (rest.abs() / 1_000_000, rest.abs() % 1_000_000);
    let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
    format!("{days} days {sign}{hours}:{minutes:02}:{:02}.{micros:06}", seconds % 60)
}

fn array(values: &[Value], element: &Type, out: &mut BytesMut) -> Result<(), Unfit> {
    let count = |len: usize| {
        i32::try_from(len)
            .map_err(|_| unfit("the list has more than 2,147,483,647 bytes or values"))
    };
    out.put_i32(i32::from(!values.is_empty()));
    out.put_i32(i32::from(values.iter().any(Value::is_null)));
    out.put_u32(element.oid());
    if values.is_empty() {
        return Ok(());
    }
    out.put_i32(count(values.len())?);
    out.put_i32(1);
    for value in values {
        let start = out.len();
        out.put_i32(-1);
        if !value.is_null() {
            binary(value, element, out)?;
            let length = count(out.len() - start - 4)?;
            out[start..start + 4].copy_from_slice(&length.to_be_bytes());
        }
    }
    Ok(())
}

const NUL: &str =
    "the text has a NUL character, which PostgreSQL cannot store; remove it, or store bytes";

fn without_nul(text: &str) -> Result<&str, Unfit> {
    if text.contains('\0') { Err(unfit(NUL)) } else { Ok(text) }
}

/// As JSON writes it: `\u0000`, unless its backslash is itself escaped.
fn without_escaped_nul(json: &str) -> Result<&str, Unfit> {
    let escaped = |at: usize| {
        let before = json[..at].bytes().rev().take_while(|byte| *byte == b'\\').count();
        before.is_multiple_of(2)
    };
    match json.match_indices("\\u0000").any(|(at, _)| escaped(at)) {
        true => Err(unfit(NUL)),
        false => Ok(json),
    }
}

/// The form of a value that the server reads without knowing its type.
fn as_text(value: &Value, out: &mut BytesMut) -> Result<(), Unfit> {
    let text: Cow<'_, str> = match value {
        Value::Text(v) => without_nul(v)?.into(),
        Value::Json(v) => without_escaped_nul(v)?.into(),
        Value::Bool(v) => (if *v { "t" } else { "f" }).into(),
        Value::Int(v) => v.to_string().into(),
        Value::Real(v) if v.is_infinite() => {
            (if *v > 0.0 { "Infinity" } else { "-Infinity" }).into()
        }
        Value::Real(v) => format!("{v:?}").into(),
        Value::Bytes(v) => hexadecimal(v).into(),
        Value::Uuid(v) => v.to_string().into(),
        Value::Decimal(v) => v.to_string().into(),
        Value::Date(v) => moment_text(*v, "").into(),
        Value::Time(v) => time_text(*v)?.into(),
        Value::DateTime(v) => moment_text(v.date(), &format!(" {}", time_text(v.time())?)).into(),
        Value::Timestamp(v) => {
            moment_text(v.date_naive(), &format!(" {}+00", time_text(v.time())?)).into()
        }
        Value::Interval(v) => interval_text(*v).into(),
        Value::Enum(_, name) => without_nul(name)?.into(),
        Value::List(values) | Value::Array(_, values) => list(values)?.into(),
        Value::Null => return Ok(()),
        Value::Late(_) => return Err(fault("a key that is not known yet")),
        Value::Misfit(_) => return Err(fault("a value that no column can hold")),
    };
    out.put_slice(text.as_bytes());
    Ok(())
}

fn fault(what: &str) -> Unfit {
    unfit(format!("the driver was given {what}; this is a fault of relata, please report it"))
}

fn time_text(time: NaiveTime) -> Result<String, Unfit> {
    without_leap(time)?;
    Ok(time.format(TIME).to_string())
}

/// The server counts no year 0, and has no signs for years.
fn moment_text(day: NaiveDate, time: &str) -> String {
    let (year, era) = if day.year() > 0 { (day.year(), "") } else { (1 - day.year(), " BC") };
    format!("{year:04}-{:02}-{:02}{time}{era}", day.month(), day.day())
}

fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |half: u8| char::from(DIGITS[usize::from(half)]);
    let mut text = String::with_capacity(2 + 2 * bytes.len());
    text.push_str("\\x");
    for byte in bytes {
        text.push(digit(byte >> 4));
        text.push(digit(byte & 15));
    }
    text
}

/// `{"1",NULL,"a\"b"}`
fn list(values: &[Value]) -> Result<String, Unfit> {
    let mut text = String::from("{");
    let mut element = BytesMut::new();
    for (at, value) in values.iter().enumerate() {
        text.push_str(if at > 0 { "," } else { "" });
        if value.is_null() {
            text.push_str("NULL");
            continue;
        }
        element.clear();
        as_text(value, &mut element)?;
        text.push('"');
        for letter in String::from_utf8_lossy(&element).chars() {
            if matches!(letter, '"' | '\\') {
                text.push('\\');
            }
            text.push(letter);
        }
        text.push('"');
    }
    text.push('}');
    Ok(text)
}

/// The first of some values that cannot be sent, and why.
pub(crate) fn first_unfit<'t>(
    values: &[Value],
    types: impl Iterator<Item = &'t Type>,
) -> Option<(usize, Unfit)> {
    let mut scratch = BytesMut::new();
    values.iter().zip(types).enumerate().find_map(|(at, (value, ty))| {
        scratch.clear();
        let sent = match value {
            Value::Null => return None,
            value if is_text_form(value, ty) => as_text(value, &mut scratch),
            value => binary(value, ty, &mut scratch),
        };
        sent.err().map(|why| (at, why))
    })
}

/// Whether all of some values can be sent.
pub(crate) fn all_fit(values: &[Value], types: Option<&[Type]>) -> bool {
    let any = any_type();
    let first = match types {
        Some(types) => first_unfit(values, types.iter()),
        None => first_unfit(values, std::iter::repeat(&any)),
    };
    first.is_none()
}

#[cfg(test)]
mod tests;
