//! Arrays in columns: a `Vec` of what a column can hold. Where the database has no arrays (SQLite, MySQL)
//! they are JSON.

use super::{Cell, ColumnType, Misfit, NotNull, SqlType, Value, json_array};
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use rust_decimal::Decimal;
use std::{fmt, sync::Arc};
use uuid::Uuid;

/// A column type that arrays are made of: `Vec` of it is a column type too. `ColumnEnum` and
/// `ColumnNewtype` derive it.
///
/// `u8` is none, because a `Vec<u8>` is bytes; nor are bytes, JSON documents and arrays.
///
/// ```
/// use relata::prelude::*;
/// use relata::{Cell, ColumnType, Element, Misfit, NotNull, SqlType, Value};
///
/// #[derive(Clone, Debug, PartialEq, serde::Serialize)]
/// struct Tag(String); // always in lower case
///
/// impl ColumnType for Tag {
///     const TYPE: SqlType = SqlType::Text(None);
///
///     fn read(cell: Cell<'_>) -> Result<Self, Misfit> {
///         String::read(cell).map(|text| Tag(text.to_lowercase()))
///     }
///
///     fn write(&self) -> Value {
///         self.0.write()
///     }
/// }
/// impl NotNull for Tag {}
/// impl Element for Tag {} // so that `Vec<Tag>` is a column too
///
/// #[model(table)]
/// struct Hero {
///     #[field(primary_key)]
///     id: Id<Hero>,
///     tags: Vec<Tag>,
/// }
/// assert_eq!(Vec::<Tag>::TYPE, SqlType::Array(&SqlType::Text(None)));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be stored in an array",
    label = "no element of an array",
    note = "for rows of another model write `Many<Model>`, for anything else use `Json<Vec<T>>`",
    note = "arrays hold integers other than `u8`, floats, `bool`, `String`, `Decimal`, `Uuid`, dates and times, `TimeDelta`, enums, newtypes, and `Option` of these"
)]
pub trait Element: ColumnType {}

/// The values of an array, as the driver holds them.
pub trait Elements {
    /// How many there are.
    fn count(&self) -> usize;

    /// The value at a position, counted from 0.
    ///
    /// # Errors
    /// Where there is none, or it cannot be decoded.
    fn cell(&self, at: usize) -> Result<Cell<'_>, Misfit>;
}

impl Elements for Arc<[Value]> {
    fn count(&self) -> usize {
        self.len()
    }

    fn cell(&self, at: usize) -> Result<Cell<'_>, Misfit> {
        self.get(at).map(Value::as_cell).ok_or_else(|| Misfit("it is not there".into()))
    }
}

impl fmt::Debug for dyn Elements + '_ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut list = f.debug_list();
        for at in 0..self.count() {
            match self.cell(at) {
                Ok(cell) => list.entry(&cell),
                Err(misfit) => list.entry(&misfit),
            };
        }
        list.finish()
    }
}

macro_rules! elements {
    ($($ty:ty),* $(,)?) => {$(
        impl Element for $ty {}
    )*};
}
elements!(
    i8,
    i16,
    i32,
    i64,
    isize,
    i128,
    u16,
    u32,
    u64,
    usize,
    u128,
    f32,
    f64,
    bool,
    String,
    Uuid,
    Decimal,
    NaiveDate,
    NaiveTime,
    NaiveDateTime,
    DateTime<Utc>,
    TimeDelta,
);
impl<T: Element + NotNull> Element for Option<T> {}

/// An array; JSON where the database has none.
impl<T: Element> ColumnType for Vec<T> {
    const TYPE: SqlType = SqlType::Array(&T::TYPE);

    fn read(cell: Cell<'_>) -> Result<Self, Misfit> {
        let mut values = match cell {
            Cell::List(list) => Vec::with_capacity(list.count()),
            _ => Vec::new(),
        };
        each(cell, T::NULLABLE, |cell| {
            values.push(T::read(cell)?);
            Ok(())
        })?;
        Ok(values)
    }

    fn write(&self) -> Value {
        array(self.iter().map(T::write), &T::TYPE)
    }
}

impl<T: Element> NotNull for Vec<T> {}

/// Values as one array, or why one of them cannot be stored.
pub(crate) fn array(values: impl Iterator<Item = Value>, of: &'static SqlType) -> Value {
    let values: Arc<[Value]> = values.collect();
    let misfit = values.iter().enumerate().find_map(|(at, value)| match value {
        Value::Misfit(why) => Some(Misfit(why.to_string().into()).in_array(at)),
        _ => None,
    });
    match misfit {
        Some(Misfit(why)) => Value::Misfit(why.into()),
        None => Value::Array(of, values),
    }
}

/// Reads an array as the value that a column of this type holds.
pub(super) fn read(element: &'static SqlType, cell: Cell<'_>) -> Result<Value, Misfit> {
    let mut values = Vec::new();
    each(cell, true, |cell| {
        values.push(element.read(cell)?);
        Ok(())
    })?;
    Ok(Value::Array(element, values.into()))
}

/// Shows each element in turn. An error says at which it is.
fn each(
    cell: Cell<'_>,
    nullable: bool,
    mut take: impl FnMut(Cell<'_>) -> Result<(), Misfit>,
) -> Result<(), Misfit> {
    let mut at = 0;
    let mut counted = |cell: Cell<'_>| {
        let taken = match cell {
            Cell::Null if !nullable => {
                Err(Misfit("found NULL; make the elements an `Option`: `Vec<Option<…>>`".into()))
            }
            cell => take(cell),
        };
        at += 1;
        taken.map_err(|misfit| misfit.in_array(at - 1))
    };
    match cell {
        Cell::List(list) => (0..list.count()).try_for_each(|at| {
            let cell = list.cell(at).map_err(|misfit| misfit.in_array(at))?;
            counted(cell)
        }),
        Cell::Text(json) => json_array::each(json, &mut counted),
        other => Err(Misfit::kind(&other, "an array")),
    }
}

impl Misfit {
    /// What does not fit is one element of an array.
    fn in_array(self, at: usize) -> Self {
        Misfit(format!("the element at index {at}: {}", self.0).into())
    }
}

#[cfg(test)]
mod tests;
