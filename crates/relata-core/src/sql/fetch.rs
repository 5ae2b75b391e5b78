//! Rows by key, which the session reads for itself.

use super::{Dialect, Rendered, keys::match_keys, text::Text};
use crate::{error::Result, key::RowKey, schema::ModelDef};

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
    written(dialect, def, what, by, keys).map(Text::rendered)
}

/// As [`select_by`], of the rows as they are now, which it locks: another read of the same transaction may
/// see those of an earlier moment. Not for SQLite, which has no such words.
///
/// # Errors
/// As [`select_by`].
pub fn lock_by(
    dialect: Dialect,
    def: &'static ModelDef,
    by: &[usize],
    keys: &[RowKey],
) -> Result<Rendered> {
    let mut text = written(dialect, def, by, by, keys)?;
    text.push("\nFOR UPDATE");
    Ok(text.rendered())
}

fn written(
    dialect: Dialect,
    def: &'static ModelDef,
    what: &[usize],
    by: &[usize],
    keys: &[RowKey],
) -> Result<Text> {
    let mut text = Text::new(dialect);
    let table = (def, None);
    text.push("SELECT ").columns(table, what.iter().copied());
    text.push("\nFROM ").table(def).push("\nWHERE ");
    match_keys(&mut text, table, by, keys)?;
    Ok(text)
}
