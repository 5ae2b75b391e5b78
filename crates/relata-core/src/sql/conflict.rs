//! What an INSERT does about rows that are there already: ON CONFLICT, and MySQL's ON DUPLICATE KEY.

use super::{
    Dialect, change, expr,
    scope::{Scope, invalid},
    text::Text,
};
use crate::{
    error::{Error, Result},
    query::{ConflictAction, ConflictAst, SetAst},
    schema::ModelDef,
};

/// Writes what an INSERT into the columns `written` does about rows that are there already.
pub(super) fn write(
    text: &mut Text,
    conflict: Option<&ConflictAst>,
    (def, written): (&'static ModelDef, &[usize]),
    scope: &Scope<'_>,
) -> Result<()> {
    let Some(ConflictAst { target, action }) = conflict else { return Ok(()) };
    if let ConflictAction::Update { set, .. } = action
        && set.is_empty()
    {
        return Err(invalid(format_args!(
            "`do_update` for `{}` sets nothing; say what: `.set(column, value)`, or use `do_nothing`",
            def.table
        )));
    }
    if text.dialect == Dialect::MySql {
        only_key(def, target, written)?;
        return duplicate_key(text, action, def, scope);
    }
    text.push(" ON CONFLICT");
    if !target.is_empty() {
        text.push(" (").list(", ", target, |text, &at| {
            text.field(def, at);
        });
        text.push(")");
    }
    match action {
        ConflictAction::Nothing => {
            text.push(" DO NOTHING");
            Ok(())
        }
        ConflictAction::Update { .. } if target.is_empty() && text.dialect == Dialect::Postgres => {
            Err(invalid(
                "PostgreSQL changes a row only where it is said which columns conflict; use `on_conflict(columns)` instead of `on_any_conflict()`",
            ))
        }
        ConflictAction::Update { set, filter } => {
            text.push(" DO UPDATE SET ");
            change::assignments(text, def, set, scope)?;
            match filter {
                Some(filter) => {
                    text.push(" WHERE ");
                    expr::write(text, filter.expr(), scope)
                }
                None => Ok(()),
            }
        }
    }
}

fn duplicate_key(
    text: &mut Text,
    action: &ConflictAction,
    def: &'static ModelDef,
    scope: &Scope<'_>,
) -> Result<()> {
    match action {
        ConflictAction::Nothing => {
            stays(text, def);
            Ok(())
        }
        ConflictAction::Update { filter: Some(_), .. } => Err(invalid(
            "MySQL and MariaDB cannot change only some of the rows that are there already; leave the `filter` of `do_update` out",
        )),
        ConflictAction::Update { set, filter: None } => {
            text.push(" ON DUPLICATE KEY UPDATE ");
            change::assignments(text, def, set as &[SetAst], scope)
        }
    }
}

/// Writes for MySQL that a row which is there already stays: a column is set to what it is, as IGNORE would
/// swallow other errors too. One that the server counts it would not set beside rows that are new.
pub(super) fn stays(text: &mut Text, def: &'static ModelDef) {
    let key = def.primary_key[0];
    let mut columns = std::iter::once(key).chain(0..def.columns.len());
    let at = columns.find(|at| !def.columns[*at].generated).unwrap_or(key);
    text.push(" ON DUPLICATE KEY UPDATE ").field(def, at).push("=").column(def, at);
}

/// MySQL does not say which key is duplicate, so a target has to be the only one there is, beside a
/// key that the database makes.
fn only_key(def: &ModelDef, target: &[usize], written: &[usize]) -> Result<()> {
    if target.is_empty() {
        return Ok(());
    }
    let same =
        |key: &[usize]| key.len() == target.len() && key.iter().all(|at| target.contains(at));
    let single = (0..def.columns.len()).filter(|at| def.columns[*at].unique).map(|at| vec![at]);
    let several = def.uniques.iter().map(|unique| unique.columns.to_vec());
    let made = |at: &usize| def.columns[*at].generated && !written.contains(at);
    let generated = def.primary_key.iter().any(made);
    let primary = (!generated || same(def.primary_key)).then(|| def.primary_key.to_vec());
    let keys: Vec<_> = primary.into_iter().chain(single).chain(several).collect();
    if !keys.iter().any(|key| same(key)) {
        return Err(not_unique(def, target));
    }
    match keys.iter().find(|key| !same(key)) {
        Some(other) => Err(another_key(def, target, other)),
        None => Ok(()),
    }
}

fn named(def: &ModelDef, columns: &[usize]) -> String {
    let names: Vec<_> = columns.iter().map(|at| format!("`{}`", def.columns[*at].name)).collect();
    names.join(", ")
}

fn not_unique(def: &ModelDef, target: &[usize]) -> Error {
    invalid(format_args!(
        "{} of `{}` is not unique, so no row conflicts in it; add `#[field(unique)]`, or name columns that are",
        named(def, target),
        def.table
    ))
}

fn another_key(def: &ModelDef, target: &[usize], other: &[usize]) -> Error {
    invalid(format_args!(
        "MySQL and MariaDB cannot tell a conflict in {} from one in {}, which is unique too; use `on_any_conflict()`, which means both",
        named(def, target),
        named(def, other)
    ))
}
