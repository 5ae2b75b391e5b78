//! [`Cell`]: one value of a row, borrowed from the driver's buffer.

use super::Elements;
use crate::key::Late;
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use rust_decimal::Decimal;
use std::sync::Arc;
use uuid::Uuid;

/// One value of a row, as the driver hands it over: nothing is copied until a [`ColumnType`]
/// reads it.
///
/// A driver gives the variant that the database's own type has; SQLite, which stores no dates,
/// decimals or UUIDs, gives `Int`, `Real`, `Text` or `Bytes`. Where the database has no arrays, one is
/// `Text`: the JSON that [`array_text`](super::array_text) makes.
///
/// [`ColumnType`]: crate::value::ColumnType
///
/// ```
/// use relata::{Cell, ColumnType};
///
/// assert_eq!(bool::read(Cell::Int(1)), Ok(true)); // as SQLite gives it
/// assert_eq!(Option::<bool>::read(Cell::Null), Ok(None));
/// ```
#[derive(Clone, Copy, Debug)]
pub enum Cell<'a> {
    /// SQL's NULL.
    Null,
    /// A truth value.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A floating point number.
    Real(f64),
    /// Text, JSON included.
    Text(&'a str),
    /// Bytes.
    Bytes(&'a [u8]),
    /// A UUID.
    Uuid(Uuid),
    /// An exact decimal number.
    Decimal(Decimal),
    /// A day.
    Date(NaiveDate),
    /// A time of day.
    Time(NaiveTime),
    /// A day and time with no time zone.
    DateTime(NaiveDateTime),
    /// A moment, in UTC.
    Timestamp(DateTime<Utc>),
    /// A length of time, in microseconds.
    Interval(i64),
    /// The values of an array.
    List(&'a dyn Elements),
    /// A key that may not be known yet; no driver gives this, only a value of this process does.
    Late(&'a Arc<Late>),
}

impl Cell<'_> {
    /// What the cell holds, for messages; never the value itself, which may be a secret.
    ///
    /// ```
    /// use relata::Cell;
    ///
    /// assert_eq!(Cell::Text("secret").kind(), "text");
    /// ```
    pub fn kind(&self) -> &'static str {
        match self {
            Cell::Null => "NULL",
            Cell::Bool(_) => "a boolean",
            Cell::Int(_) => "an integer",
            Cell::Real(_) => "a floating point number",
            Cell::Text(_) => "text",
            Cell::Bytes(_) => "bytes",
            Cell::Uuid(_) => "a UUID",
            Cell::Decimal(_) => "a decimal number",
            Cell::Date(_) => "a date",
            Cell::Time(_) => "a time",
            Cell::DateTime(_) => "a date and time",
            Cell::Timestamp(_) => "a timestamp",
            Cell::Interval(_) => "an interval",
            Cell::List(_) => "an array",
            Cell::Late(_) => "a key",
        }
    }
}
