//! [`Stored`]: how the code of a model reads, writes, clones and shows a field. Where the field's type is no
//! column type, only the definition of its table reports it: here the compiler takes [`Unstored`] instead.

use super::Cells;
use crate::{
    error::{Error, ErrorKind, Result},
    value::{Cell, ColumnType, Misfit, Value},
};
use serde::{Serialize, ser::SerializeStruct};
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

    /// Another value of it.
    #[inline]
    pub fn duplicate(value: &V) -> V
    where
        V: Clone,
    {
        value.clone()
    }

    /// What is printed.
    #[inline]
    pub const fn of(value: &V) -> &V {
        value
    }

    /// Adds it to what is serialized.
    ///
    /// # Errors
    /// Those of the serializer.
    #[inline]
    pub fn put<S: SerializeStruct>(
        to: &mut S,
        name: &'static str,
        value: &V,
    ) -> Result<(), S::Error>
    where
        V: Serialize,
    {
        to.serialize_field(name, value)
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
    #[doc(hidden)]
    #[expect(clippy::empty_loop, reason = "there is nothing to give, and it never runs")]
    fn duplicate(_: &V) -> V {
        loop {}
    }
    #[doc(hidden)]
    fn of(_: &V) -> &() {
        &()
    }
    #[doc(hidden)]
    fn put<S: SerializeStruct>(_: &mut S, _: &'static str, _: &V) -> Result<(), S::Error> {
        Ok(())
    }
}

impl<V> Unstored<V> for Stored<V> {}
