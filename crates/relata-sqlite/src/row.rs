//! A row where it lies: cells are borrowed from SQLite's own buffer.

use relata_core::{
    connection::Row,
    error::{Error, ErrorKind, Result},
    value::Cell,
};
use rusqlite::types::ValueRef;

/// A row of the statement that is being stepped.
pub(crate) struct Held<'a, 's>(pub(crate) &'a rusqlite::Row<'s>);

impl Row for Held<'_, '_> {
    fn cell(&self, at: usize) -> Result<Cell<'_>> {
        Ok(match self.0.get_ref(at) {
            Ok(ValueRef::Null) => Cell::Null,
            Ok(ValueRef::Integer(value)) => Cell::Int(value),
            Ok(ValueRef::Real(value)) => Cell::Real(value),
            Ok(ValueRef::Text(bytes)) => {
                Cell::Text(std::str::from_utf8(bytes).map_err(|_| self.broken(at))?)
            }
            Ok(ValueRef::Blob(bytes)) => Cell::Bytes(bytes),
            Err(_) => return Err(self.short(at)),
        })
    }

    fn width(&self) -> usize {
        self.0.as_ref().column_count()
    }

    fn name(&self, at: usize) -> Option<&str> {
        self.0.as_ref().column_name(at).ok()
    }
}

impl Held<'_, '_> {
    fn broken(&self, at: usize) -> Error {
        let name = self.0.as_ref().column_name(at).unwrap_or_default();
        decode(format!(
            "column `{name}` holds text that is not UTF-8; read it as bytes with a CAST"
        ))
    }

    fn short(&self, at: usize) -> Error {
        let count = self.0.as_ref().column_count();
        decode(format!("the row has {count} columns, so none at position {at}"))
    }
}

fn decode(message: String) -> Error {
    Error::new(ErrorKind::Decode, message)
}
