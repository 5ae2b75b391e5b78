//! [`SqlType`]: the type of a column, the same for every database until DDL names it.

use super::{Cell, ColumnType, Misfit, Value, array};

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
    /// A length of time, to the microsecond.
    Interval,
    /// A JSON document.
    Json,
    /// One of some names.
    Enum(&'static EnumType),
    /// Several values of this type, which is neither bytes nor JSON nor an array.
    Array(&'static SqlType),
}

/// The names that an enum of the program has in a database.
///
/// ```
/// use relata::{ColumnEnum, ColumnType, SqlType};
///
/// #[derive(ColumnEnum)]
/// enum Rank {
///     Rookie,
///     #[column(name = "side-kick")]
///     SideKick,
/// }
/// let SqlType::Enum(rank) = Rank::TYPE else { unreachable!() };
/// assert_eq!((rank.name, rank.variants), ("rank", &["Rookie", "side-kick"][..]));
/// ```
#[derive(Debug)]
pub struct EnumType {
    /// Its name, where the database gives types names (PostgreSQL).
    pub name: &'static str,
    /// The names of its variants, in the order of their declaration.
    pub variants: &'static [&'static str],
    /// The name of the Rust enum.
    pub enum_name: &'static str,
    /// Which enum of the program it is: its module path and name.
    pub identity: &'static str,
    /// Where that stands: file and line.
    pub source: (&'static str, u32),
}

/// Enums are the same when they stand at the same place: the identity alone is not enough, as enums in
/// the bodies of two functions of one module have the same.
impl PartialEq for EnumType {
    fn eq(&self, other: &Self) -> bool {
        (self.identity, self.source) == (other.identity, other.source)
    }
}
impl Eq for EnumType {}

impl EnumType {
    /// The name of a variant as the program has it; `None` where there is none of this name.
    fn variant(&self, name: &str) -> Option<&'static str> {
        self.variants.iter().copied().find(|variant| *variant == name)
    }
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
            (SqlType::Text(_), cell) => through::<String>(cell),
            (SqlType::Enum(of), Cell::Text(name)) => match of.variant(name) {
                Some(name) => Ok(Value::Enum(of, name)),
                None => Err(Misfit::no_variant(of)),
            },
            (SqlType::Enum(_), other) => Err(Misfit::kind(&other, "the name of a variant")),
            (SqlType::Array(element), cell) => array::read(element, cell),
            (SqlType::Interval, cell) => through::<chrono::TimeDelta>(cell),
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
