//! Functions that other databases have and SQLite only where it was compiled with them.

use rusqlite::{
    Connection,
    functions::{Context, FunctionFlags},
    types::{ToSqlOutput, Value, ValueRef},
};

/// Adds `floor` and `ceil`: SQL that computes them otherwise has to name the number more than once,
/// so `floor(random() * 6)` would throw the dice more than once.
pub(crate) fn add(db: &Connection) -> rusqlite::Result<()> {
    whole(db, "floor", f64::floor)?;
    whole(db, "ceil", f64::ceil)
}

fn whole(db: &Connection, name: &str, round: fn(f64) -> f64) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8
        | FunctionFlags::SQLITE_DETERMINISTIC
        | FunctionFlags::SQLITE_INNOCUOUS;
    db.create_scalar_function(name, 1, flags, move |context: &mut Context<'_>| {
        Ok(ToSqlOutput::Owned(match context.get_raw(0) {
            ValueRef::Integer(value) => Value::Integer(value),
            ValueRef::Real(value) => Value::Real(round(value)),
            // what is no number has no next whole one, as where SQLite has these functions itself
            _ => Value::Null,
        }))
    })
}
