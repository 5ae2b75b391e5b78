//! What a column holds: [`Value`] on the way in, a borrowed [`Cell`] on the way out, and
//! [`ColumnType`], which says what a Rust type is in a column.

mod array;
mod cell;
mod column_type;
mod interval;
pub(crate) mod json;
mod json_array;
mod number;
mod sql_type;
mod text;
mod time;

use crate::key::Late;
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use rust_decimal::Decimal;
use std::sync::Arc;
use uuid::Uuid;

pub(crate) use array::array;
pub use array::{Element, Elements};
pub use cell::Cell;
pub use column_type::{ColumnType, Misfit, NotNull};
pub use json::Json;
pub use json_array::array_text;
pub(crate) use json_array::push_element;
pub use sql_type::{EnumType, SqlType};
pub use time::{DATE, DATE_TIME, DATE_TIME_NANO, TIME, TIME_NANO, time_text};

/// A value to be bound to a statement: owned, cheap to clone, the same for every database.
///
/// ```
/// use relata::{ColumnType, Value};
///
/// assert_eq!(30_i32.write(), Value::Int(30));
/// assert_eq!(String::from("Deadpond").write(), Value::Text("Deadpond".into()));
/// assert!(matches!(f64::NAN.write(), Value::Misfit(_))); // no column can hold it
/// ```
#[derive(Clone, Debug)]
pub enum Value {
    /// SQL's NULL.
    Null,
    /// A truth value.
    Bool(bool),
    /// Any integer that fits 64 bits with a sign.
    Int(i64),
    /// A floating point number; never NaN.
    Real(f64),
    /// Text.
    Text(Arc<str>),
    /// Bytes.
    Bytes(Arc<[u8]>),
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
    /// A JSON document, as text.
    Json(Arc<str>),
    /// A variant of an enum, by its name.
    Enum(&'static EnumType, &'static str),
    /// The values of one array column, all of this type or NULL. Where the database has no arrays it
    /// is stored as the text that [`array_text`] gives.
    Array(&'static SqlType, Arc<[Value]>),
    /// Several values as one parameter, where the database has arrays; never inside of another.
    List(Arc<[Value]>),
    /// The key of a row that may not be saved yet; it has to be [resolved](Value::resolved) before
    /// it is bound.
    Late(Arc<Late>),
    /// A Rust value that no column can hold, and why; it is reported before anything is sent.
    Misfit(Arc<str>),
}

impl Value {
    /// The value itself, or the key behind a late one; `None` while that key is not known.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of(Hero).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// use relata::{ColumnType, Value};
    ///
    /// let hero = session.add(Hero::new("Deadpond"));
    /// let key = hero.id.write();
    /// assert_eq!(key.resolved(), None);
    /// session.commit()?;
    /// assert_eq!(key.resolved(), Some(Value::Int(1)));
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn resolved(&self) -> Option<Value> {
        match self {
            Value::Late(late) => late.key(),
            known => Some(known.clone()),
        }
    }

    /// Whether it is known by now.
    pub(crate) fn is_resolved(&self) -> bool {
        match self {
            Value::Late(late) => late.is_known(),
            _ => true,
        }
    }

    /// About how many bytes it takes to send.
    pub(crate) fn weight(&self) -> usize {
        const SMALL: usize = 32;
        match self {
            Value::Text(text) | Value::Json(text) => SMALL + text.len(),
            Value::Bytes(bytes) => SMALL + bytes.len(),
            Value::Array(_, values) | Value::List(values) => {
                SMALL + values.iter().map(Value::weight).sum::<usize>()
            }
            _ => SMALL,
        }
    }

    /// SQL's NULL.
    ///
    /// ```
    /// use relata::{ColumnType, Value};
    ///
    /// assert_eq!(Some(7).write(), Value::Int(7));
    /// assert!(None::<i32>.write().is_null());
    /// ```
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// This value as a row would hand it over.
    ///
    /// ```
    /// use relata::{Cell, ColumnType, Value};
    ///
    /// let value = Value::Text("Deadpond".into());
    /// assert!(matches!(value.as_cell(), Cell::Text("Deadpond")));
    /// assert_eq!(String::read(value.as_cell()).unwrap(), "Deadpond");
    /// ```
    pub fn as_cell(&self) -> Cell<'_> {
        match self {
            // No column holds a list.
            Value::Null | Value::List(_) | Value::Misfit(_) => Cell::Null,
            Value::Bool(v) => Cell::Bool(*v),
            Value::Int(v) => Cell::Int(*v),
            Value::Real(v) => Cell::Real(*v),
            Value::Text(v) | Value::Json(v) => Cell::Text(v),
            Value::Enum(_, name) => Cell::Text(name),
            Value::Array(_, values) => Cell::List(values),
            Value::Interval(v) => Cell::Interval(*v),
            Value::Bytes(v) => Cell::Bytes(v),
            Value::Uuid(v) => Cell::Uuid(*v),
            Value::Decimal(v) => Cell::Decimal(*v),
            Value::Date(v) => Cell::Date(*v),
            Value::Time(v) => Cell::Time(*v),
            Value::DateTime(v) => Cell::DateTime(*v),
            Value::Timestamp(v) => Cell::Timestamp(*v),
            Value::Late(v) => Cell::Late(v),
        }
    }
}

/// Equal as a database would store them; two late keys are equal when they name the same row.
impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        use Value::*;
        match (self, other) {
            (Late(a), Late(b)) if Arc::ptr_eq(a, b) => true,
            (Late(a), b) | (b, Late(a)) => a.key().is_some_and(|key| match b {
                Late(b) => b.key().is_some_and(|other| key == other),
                known => key == *known,
            }),
            (Null, Null) => true,
            (Bool(a), Bool(b)) => a == b,
            (Int(a), Int(b)) => a == b,
            (Real(a), Real(b)) => a.to_bits() == b.to_bits(),
            (Text(a), Text(b)) | (Json(a), Json(b)) | (Misfit(a), Misfit(b)) => a == b,
            (Bytes(a), Bytes(b)) => a == b,
            (Uuid(a), Uuid(b)) => a == b,
            (Decimal(a), Decimal(b)) => a == b,
            (Date(a), Date(b)) => a == b,
            (Time(a), Time(b)) => a == b,
            (DateTime(a), DateTime(b)) => a == b,
            (Timestamp(a), Timestamp(b)) => a == b,
            (Interval(a), Interval(b)) => a == b,
            (Enum(_, a), Enum(_, b)) => a == b,
            (List(a), List(b)) | (Array(_, a), Array(_, b)) => a == b,
            _ => false,
        }
    }
}
impl Eq for Value {}

/// Values shown without their types, as keys are in messages and brief prints.
pub(crate) struct Show<'a>(pub(crate) &'a [Value]);

impl std::fmt::Debug for Show<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            [value] => show(value, f),
            values => {
                f.write_str("(")?;
                for (at, value) in values.iter().enumerate() {
                    if at > 0 {
                        f.write_str(", ")?;
                    }
                    show(value, f)?;
                }
                f.write_str(")")
            }
        }
    }
}

struct Shown<'a>(&'a Value);

impl std::fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        show(self.0, f)
    }
}

fn show(value: &Value, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
    use chrono::TimeDelta;
    use std::fmt::{Debug, Display};
    match value {
        Value::Null => f.write_str("NULL"),
        Value::Bool(v) => Display::fmt(v, f),
        Value::Int(v) => Display::fmt(v, f),
        Value::Real(v) => Debug::fmt(v, f),
        Value::Text(v) | Value::Json(v) | Value::Misfit(v) => Debug::fmt(v, f),
        Value::Bytes(v) => write!(f, "{} bytes", v.len()),
        Value::Uuid(v) => Display::fmt(v, f),
        Value::Decimal(v) => Display::fmt(v, f),
        Value::Date(v) => Display::fmt(v, f),
        Value::Time(v) => Display::fmt(v, f),
        Value::DateTime(v) => Display::fmt(v, f),
        Value::Timestamp(v) => Display::fmt(v, f),
        Value::Interval(v) => Display::fmt(&TimeDelta::microseconds(*v), f),
        Value::Enum(_, name) => Debug::fmt(name, f),
        Value::List(values) | Value::Array(_, values) => {
            f.debug_list().entries(values.iter().map(Shown)).finish()
        }
        Value::Late(late) => match late.key() {
            Some(key) => show(&key, f),
            None => f.write_str("unsaved"),
        },
    }
}
