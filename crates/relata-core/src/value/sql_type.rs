//! [`SqlType`]: the type of a column, the same for every database until DDL names it.

use super::{Cell, ColumnType, Misfit, Value};

/// The type of a column.
///
/// ```
/// use relata::{ColumnType, SqlType};
///
/// assert_eq!(i32::TYPE, SqlType::Integer(32));
/// assert_eq!(Option::<String>::TYPE, SqlType::Text(None)); // NULL is not a matter of the type
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SqlType {
    /// An integer of at most this many bits (16, 32 or 64).
    Integer(u8),
    /// A floating point number of 32 bits.
    Float,
    /// A floating point number of 64 bits.
    Double,
    /// A truth value.
    Boolean,
    /// Text of at most so many characters, or of any length.
    Text(Option<u32>),
    /// Bytes.
    Bytes,
    /// A UUID.
    Uuid,
    /// An exact decimal number: digits in all, and digits after the point.
    Decimal(Option<(u8, u8)>),
    /// A day.
    Date,
    /// A time of day.
    Time,
    /// A day and time with no time zone.
    DateTime,
    /// A moment, in UTC.
    Timestamp,
    /// A JSON document.
    Json,
    /// One of these names.
    Enum(&'static [&'static str]),
}

impl SqlType {
    /// Reads a cell of a column of this type as the value that the column's Rust type would write,
    /// so that keys compare equal however a database hands them over.
    ///
    /// # Errors
    /// Where the cell holds something else.
    ///
    /// ```
    /// use relata::{Cell, SqlType, Value};
    ///
    /// // as SQLite stores it
    /// assert_eq!(SqlType::Boolean.read(Cell::Int(1)), Ok(Value::Bool(true)));
    /// ```
    pub fn read(self, cell: Cell<'_>) -> Result<Value, Misfit> {
        fn through<T: ColumnType>(cell: Cell<'_>) -> Result<Value, Misfit> {
            T::read(cell).map(|value| value.write())
        }
        match (self, cell) {
            (_, Cell::Null) => Ok(Value::Null),
            (_, Cell::Late(late)) => Ok(Value::Late(late.clone())),
            (SqlType::Integer(_), cell) => through::<i64>(cell),
            (SqlType::Float | SqlType::Double, cell) => through::<f64>(cell),
            (SqlType::Boolean, cell) => through::<bool>(cell),
            (SqlType::Text(_) | SqlType::Enum(_), cell) => through::<String>(cell),
            (SqlType::Json, cell) => match through::<String>(cell)? {
                Value::Text(text) => Ok(Value::Json(text)),
                other => Ok(other),
            },
            (SqlType::Bytes, cell) => through::<Vec<u8>>(cell),
            (SqlType::Uuid, cell) => through::<uuid::Uuid>(cell),
            (SqlType::Decimal(_), cell) => through::<rust_decimal::Decimal>(cell),
            (SqlType::Date, cell) => through::<chrono::NaiveDate>(cell),
            (SqlType::Time, cell) => through::<chrono::NaiveTime>(cell),
            (SqlType::DateTime, cell) => through::<chrono::NaiveDateTime>(cell),
            (SqlType::Timestamp, cell) => through::<chrono::DateTime<chrono::Utc>>(cell),
        }
    }
}
