//! [`ColumnType`]: what a Rust type is in a column, and [`Misfit`], what does not fit it.

use super::{Cell, EnumType, SqlType, Value};
use crate::schema::ColumnDef;
use std::borrow::Cow;

/// What a Rust type is in a column: its SQL type, how it is read and how it is written.
///
/// Reading is exact: a value that the type cannot hold is an error, never wrapped, cut or guessed.
/// Derive it for a fieldless enum with `#[derive(ColumnEnum)]` and for a newtype with
/// `#[derive(ColumnNewtype)]`.
///
/// ```
/// use relata_core::value::{Cell, ColumnType, SqlType};
///
/// assert_eq!(i16::TYPE, SqlType::Integer(16));
/// assert_eq!(i16::read(Cell::Int(7)).unwrap(), 7);
/// assert!(i16::read(Cell::Int(70_000)).is_err(), "narrowing is an error");
/// assert!(i16::read(Cell::Null).is_err(), "NULL needs an `Option`");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be stored in a column",
    label = "not a column type",
    note = "for a fieldless enum add `#[derive(Clone, Debug, serde::Serialize, ColumnEnum)]`, for a newtype the same with `ColumnNewtype`, for anything else use `Json<T>`; a row of another model is a relation, `One<Model>`",
    note = "columns hold integers, floats, `bool`, `String`, `Vec<u8>`, `Decimal`, `Uuid`, dates and times, `TimeDelta`, `Id<Model>`, and `Option` of these",
    note = "a `Vec` holds any of these but ids, bytes, JSON and other `Vec`s"
)]
pub trait ColumnType: Sized + Send + Sync + 'static {
    /// The column's type.
    const TYPE: SqlType;
    /// Whether the column may be NULL.
    const NULLABLE: bool = false;

    /// Reads a cell. An error says what does not fit; the caller adds which column it was.
    fn read(cell: Cell<'_>) -> Result<Self, Misfit>;

    /// The value to be stored, or [`Value::Misfit`] where no column can hold it.
    fn write(&self) -> Value;

    /// Brings a value that was read to the form that the column declares, such as a decimal's
    /// places.
    #[must_use]
    fn fit(self, column: &ColumnDef) -> Self {
        let _ = column;
        self
    }
}

/// A column type that is never NULL itself, so that `Option` of it is the nullable form.
///
/// ```
/// use relata::{Cell, ColumnType, Misfit, NotNull, SqlType, Value};
///
/// #[derive(Clone, Debug, PartialEq)]
/// struct Percent(u8);
///
/// impl ColumnType for Percent {
///     const TYPE: SqlType = SqlType::Integer(16);
///
///     fn read(cell: Cell<'_>) -> Result<Self, Misfit> {
///         match u8::read(cell)? {
///             percent @ 0..=100 => Ok(Percent(percent)),
///             other => Err(Misfit(format!("{other} is more than 100 percent").into())),
///         }
///     }
///
///     fn write(&self) -> Value {
///         self.0.write()
///     }
/// }
/// impl NotNull for Percent {} // so that `Option<Percent>` is a column too
///
/// assert_eq!(Option::<Percent>::read(Cell::Int(40)), Ok(Some(Percent(40))));
/// assert!(Percent::read(Cell::Int(101)).is_err());
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no type of a column that is never NULL",
    label = "expected a type of a column, without an `Option`",
    note = "`cast::<T>()` names no `Option`: what may be NULL is read as one all the same; a type of your own implements `ColumnType` and `NotNull`, or derives `ColumnEnum` or `ColumnType`"
)]
pub trait NotNull: ColumnType {}

/// Why a value does not fit.
///
/// ```
/// use relata::{Cell, ColumnType};
///
/// let misfit = i32::read(Cell::Text("thirty")).unwrap_err();
/// assert_eq!(misfit.0, "found text, expected an integer for `i32`");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit(pub Cow<'static, str>);

impl Misfit {
    /// The cell holds something else than the type wants.
    ///
    /// ```
    /// use relata::{Cell, Misfit};
    ///
    /// let misfit = Misfit::kind(&Cell::Bool(true), "a day");
    /// assert_eq!(misfit.0, "found a boolean, expected a day");
    /// ```
    pub fn kind(cell: &Cell<'_>, wanted: &'static str) -> Self {
        match cell {
            Cell::Null => {
                Misfit(format!("found NULL, expected {wanted}; make the field an `Option`").into())
            }
            other => Misfit(format!("found {}, expected {wanted}", other.kind()).into()),
        }
    }

    /// The text names no variant of an enum.
    #[doc(hidden)]
    pub fn no_variant(of: &EnumType) -> Self {
        Misfit(
            format!(
                "the text names no variant of `{}`; add the variant, or correct what is stored",
                of.enum_name
            )
            .into(),
        )
    }
}

impl<T: NotNull> ColumnType for Option<T> {
    const TYPE: SqlType = T::TYPE;
    const NULLABLE: bool = true;

    fn read(cell: Cell<'_>) -> Result<Self, Misfit> {
        match cell {
            Cell::Null => Ok(None),
            other => T::read(other).map(Some),
        }
    }

    fn write(&self) -> Value {
        self.as_ref().map_or(Value::Null, T::write)
    }

    fn fit(self, column: &ColumnDef) -> Self {
        self.map(|value| value.fit(column))
    }
}
