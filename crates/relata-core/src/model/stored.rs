//! [`Stored`]: how the code of a model reads and writes a field. Where the field's type is no column
//! type, only the definition of its table reports it: here the compiler takes [`Unstored`] instead.

use super::Cells;
use crate::{
    error::{Error, ErrorKind, Result},
    value::{Cell, ColumnType, Misfit, Value},
};
use std::marker::PhantomData;

/// What is done with the value of a field.
pub struct Stored<V>(PhantomData<V>);

impl<V: ColumnType> Stored<V> {
    /// Reads the next cell.
    ///
    /// # Errors
    /// Those of [`Cells::next`].
    #[inline]
    pub fn next(cells: &mut Cells<'_>) -> Result<V> {
        cells.next()
    }

    /// Reads a cell.
    ///
    /// # Errors
    /// What does not fit.
    #[inline]
    pub fn read(cell: Cell<'_>) -> Result<V, Misfit> {
        V::read(cell)
    }

    /// The value to be stored.
    #[inline]
    pub fn write(value: &V) -> Value {
        value.write()
    }
}

/// The same for any type. It never runs: the compiler takes it only where a type is no column type, which
/// the definition of the table reports.
pub trait Unstored<V> {
    #[doc(hidden)]
    fn next(_: &mut Cells<'_>) -> Result<V> {
        Err(Error::new(ErrorKind::Decode, "no column type"))
    }
    #[doc(hidden)]
    fn read(_: Cell<'_>) -> Result<V, Misfit> {
        Err(Misfit("no column type".into()))
    }
    #[doc(hidden)]
    fn write(_: &V) -> Value {
        Value::Null
    }
}

impl<V> Unstored<V> for Stored<V> {}
