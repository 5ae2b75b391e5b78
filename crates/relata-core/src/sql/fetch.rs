//! Rows by key, which the session reads for itself, or deletes together.

use super::{Dialect, Rendered, keys::match_keys, text::Text};
use crate::{
    error::{Error, ErrorKind, Result},
    key::RowKey,
    schema::ModelDef,
};

/// The columns `what` of the rows whose columns `by` hold one of the keys.
///
/// # Errors
/// `UnboundId` where a key is not known yet, `OutOfRange` where no column can hold it.
pub fn select_by(
    dialect: Dialect,
    def: &'static ModelDef,
    what: &[usize],
    by: &[usize],
    keys: &[RowKey],
) -> Result<Rendered> {
    let mut text = Text::new(dialect);
    let table = (def, None);
    text.push("SELECT ").columns(table, what.iter().copied());
    text.push("\nFROM ").table(def).push("\nWHERE ");
    match_keys(&mut text, table, by, keys)?;
    Ok(text.rendered())
}

/// Deletes the rows whose columns `by` hold one of the keys, whether they are there or not.
///
/// # Errors
/// As [`select_by`]; `InvalidStatement` where the database takes no list of such keys.
pub fn delete_by(
    dialect: Dialect,
    def: &'static ModelDef,
    by: &[usize],
    keys: &[RowKey],
) -> Result<Rendered> {
    if dialect == Dialect::MySql {
        // MariaDB would read the whole table for each of the keys
        let message = "MySQL does not delete by a list of keys; delete the rows one by one";
        return Err(Error::new(ErrorKind::InvalidStatement, message));
    }
    let mut text = Text::new(dialect);
    text.push("DELETE FROM ").table(def).push("\nWHERE ");
    match_keys(&mut text, (def, None), by, keys)?;
    Ok(text.rendered())
}
