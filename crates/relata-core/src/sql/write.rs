//! INSERT, UPDATE and DELETE, as text without values: the caller binds them in the order in which
//! the columns are given here.

use super::{Dialect, change, conflict, text::Text};
use crate::schema::{ColumnDef, ModelDef};

/// An INSERT of `rows` rows into these columns, and what it returns of each.
///
/// With no columns it inserts one row of defaults. `ignore_conflict` leaves rows alone that are
/// there already. MySQL has no RETURNING (MariaDB does), so there `returning` has to be empty.
pub fn insert(
    dialect: Dialect,
    def: &'static ModelDef,
    columns: &[usize],
    rows: usize,
    returning: &[usize],
    ignore_conflict: bool,
) -> String {
    let mut text = Text::new(dialect);
    if columns.is_empty() {
        text.push("INSERT INTO ").table(def).push(match dialect {
            Dialect::Sqlite | Dialect::Postgres => " DEFAULT VALUES",
            Dialect::MySql => " () VALUES ()",
        });
    } else {
        change::into(&mut text, def, columns);
        text.push(" VALUES ").list(", ", 0..rows, |text, _| {
            text.push("(").list(", ", columns, |text, _| {
                text.placeholder();
            });
            text.push(")");
        });
        match dialect {
            _ if !ignore_conflict => {}
            Dialect::MySql => conflict::stays(&mut text, def),
            Dialect::Sqlite | Dialect::Postgres => {
                text.push(" ON CONFLICT DO NOTHING");
            }
        }
    }
    if !returning.is_empty() {
        text.push(" RETURNING ").fields(def, returning);
    }
    text.finish()
}

/// An UPDATE that sets some columns of the row that has these others. Its parameters are the values
/// to set, then those to find the row by.
pub fn update(dialect: Dialect, def: &'static ModelDef, set: &[usize], by: &[usize]) -> String {
    update_to(dialect, def, set, by, |text, _| {
        text.placeholder();
    })
}

/// An UPDATE that sets some columns to NULL in the rows that have these others.
pub fn set_null(dialect: Dialect, def: &'static ModelDef, set: &[usize], by: &[usize]) -> String {
    update_to(dialect, def, set, by, |text, _| {
        text.push("NULL");
    })
}

/// An UPDATE that sets some columns to their `server_default` in the rows that have these others. SQLite has no
/// word for that in an UPDATE, so there it is what the model says.
pub fn set_default(
    dialect: Dialect,
    def: &'static ModelDef,
    set: &[usize],
    by: &[usize],
) -> String {
    update_to(dialect, def, set, by, |text, column| {
        let said = column.server_default.and_then(|default| default.on(text.dialect));
        match text.dialect {
            Dialect::Sqlite => text.push("(").push(said.unwrap_or("NULL")).push(")"),
            Dialect::Postgres | Dialect::MySql => text.push("DEFAULT"),
        };
    })
}

fn update_to(
    dialect: Dialect,
    def: &'static ModelDef,
    set: &[usize],
    by: &[usize],
    value: fn(&mut Text, &'static ColumnDef),
) -> String {
    let mut text = Text::new(dialect);
    text.push("UPDATE ").table(def).push(" SET ").list(", ", set, |text, &at| {
        value(text.field(def, at).push("="), &def.columns[at]);
    });
    found_by(text, def, by)
}

/// A DELETE of the rows that have these columns.
pub fn delete(dialect: Dialect, def: &'static ModelDef, by: &[usize]) -> String {
    let mut text = Text::new(dialect);
    text.push("DELETE FROM ").table(def);
    found_by(text, def, by)
}

fn found_by(mut text: Text, def: &'static ModelDef, by: &[usize]) -> String {
    text.push(" WHERE ").list(" AND ", by, |text, &at| {
        text.column(def, at).push(" = ").placeholder();
    });
    text.finish()
}
