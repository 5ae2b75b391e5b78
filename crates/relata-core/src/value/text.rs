//! Text, bytes and UUIDs in columns.

use super::{Cell, ColumnType, Misfit, NotNull, SqlType, Value};
use uuid::Uuid;

/// A VARCHAR.
impl ColumnType for String {
    const TYPE: SqlType = SqlType::Text(None);

    fn read(cell: Cell<'_>) -> Result<Self, Misfit> {
        match cell {
            Cell::Text(text) => Ok(text.to_owned()),
            other => Err(Misfit::kind(&other, "text")),
        }
    }

    fn write(&self) -> Value {
        Value::Text(self.as_str().into())
    }
}

/// A BLOB.
impl ColumnType for Vec<u8> {
    const TYPE: SqlType = SqlType::Bytes;

    fn read(cell: Cell<'_>) -> Result<Self, Misfit> {
        match cell {
            Cell::Bytes(bytes) => Ok(bytes.to_owned()),
            other => Err(Misfit::kind(&other, "bytes")),
        }
    }

    fn write(&self) -> Value {
        Value::Bytes(self.as_slice().into())
    }
}

/// A UUID; where the database has none (SQLite) its 32 hexadecimal digits. Reading takes any
/// form of it: with hyphens, without, or 16 bytes.
impl ColumnType for Uuid {
    const TYPE: SqlType = SqlType::Uuid;

    fn read(cell: Cell<'_>) -> Result<Self, Misfit> {
        match cell {
            Cell::Uuid(uuid) => Ok(uuid),
            Cell::Text(text) => {
                Uuid::try_parse(text).map_err(|_| Misfit("the text is no UUID".into()))
            }
            Cell::Bytes(bytes) => {
                Uuid::from_slice(bytes).map_err(|_| Misfit("a UUID has 16 bytes".into()))
            }
            other => Err(Misfit::kind(&other, "a UUID")),
        }
    }

    fn write(&self) -> Value {
        Value::Uuid(*self)
    }
}

impl NotNull for String {}
impl NotNull for Vec<u8> {}
impl NotNull for Uuid {}
