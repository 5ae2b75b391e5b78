//! What is in arrays, as text. Where the database has no arrays they are JSON, and so is what is looked
//! for in them, so that equal values have one form.

use super::{
    Dialect,
    expr::{self, Binding},
    scope::{Scope, invalid},
    text::{Text, known},
};
use crate::{
    error::Result,
    query::{Expr, HowMany},
    value::{SqlType, Value},
};

/// Writes whether an array holds values: `args` are the array and an array of the values.
pub(super) fn holds(
    text: &mut Text,
    how_many: HowMany,
    args: &[Expr],
    scope: &Scope<'_>,
) -> Result<()> {
    let [list, Expr::Value(items)] = args else {
        return Err(invalid("an array is asked for values, and nothing else"));
    };
    // one that cannot be stored is an error here
    let items = known(items, expr::of(list))?;
    match (text.dialect, &items) {
        (Dialect::Postgres, _) => {
            expr::side(text, list, Binding::Sum, None, scope)?;
            text.push(match how_many {
                HowMany::All => " @> ",
                HowMany::Any => " && ",
            });
            expr::write(text, &args[1], scope)
        }
        (Dialect::Sqlite, Value::Array(_, values)) => {
            refuse_nul(values)?;
            let how_many = if values.len() == 1 { HowMany::Any } else { how_many };
            sqlite(text, how_many, list, &items, scope)
        }
        (Dialect::MySql, Value::Array(element, values)) => {
            mysql(text, how_many, list, (element, values), scope)
        }
        _ => Err(invalid("an array is asked for values, and nothing else")),
    }
}

/// SQLite takes what is behind a NUL for no part of the text.
fn refuse_nul(values: &[Value]) -> Result<()> {
    let has_nul = |value: &Value| matches!(value, Value::Text(text) if text.contains('\0'));
    match values.iter().any(has_nul) {
        true => Err(invalid(
            "SQLite finds no text with a NUL character in an array; read the rows and look into them",
        )),
        false => Ok(()),
    }
}

/// NULL where the array is, as elsewhere.
fn sqlite(
    text: &mut Text,
    how_many: HowMany,
    list: &Expr,
    items: &Value,
    scope: &Scope<'_>,
) -> Result<()> {
    text.push("CASE WHEN ");
    expr::side(text, list, Binding::Sum, None, scope)?;
    text.push(" IS NOT NULL THEN ");
    match how_many {
        HowMany::Any => {
            text.push("EXISTS (SELECT 1 FROM json_each(");
            expr::write(text, list, scope)?;
            text.push(") WHERE value IN (SELECT value FROM json_each(").bind(items, None)?;
            text.push(")))");
        }
        HowMany::All => {
            text.push("NOT EXISTS (SELECT 1 FROM json_each(").bind(items, None)?;
            text.push(") WHERE value NOT IN (SELECT value FROM json_each(");
            expr::write(text, list, scope)?;
            text.push(") WHERE value IS NOT NULL))");
        }
    }
    text.push(" END");
    Ok(())
}

/// Any of them is one after the other, because older servers have no word for it.
fn mysql(
    text: &mut Text,
    how_many: HowMany,
    list: &Expr,
    (element, values): (&'static SqlType, &[Value]),
    scope: &Scope<'_>,
) -> Result<()> {
    match how_many {
        HowMany::All => contains(text, list, (element, values), scope),
        HowMany::Any if values.is_empty() => {
            text.push("CASE WHEN ");
            expr::side(text, list, Binding::Sum, None, scope)?;
            text.push(" IS NOT NULL THEN FALSE END");
            Ok(())
        }
        HowMany::Any => {
            text.push("(");
            text.try_list(" OR ", values, |text, value| {
                contains(text, list, (element, std::slice::from_ref(value)), scope)
            })?;
            text.push(")");
            Ok(())
        }
    }
}

/// From here on MariaDB takes different integers for the same number, which a text is not.
const INEXACT: u64 = 1 << 53;

fn contains(
    text: &mut Text,
    list: &Expr,
    (element, values): (&'static SqlType, &[Value]),
    scope: &Scope<'_>,
) -> Result<()> {
    let large = values.iter().filter_map(|value| match value {
        Value::Int(value) | Value::Interval(value) if value.unsigned_abs() >= INEXACT => {
            Some(Value::Text(value.to_string().into()))
        }
        _ => None,
    });
    let large: Vec<Value> = large.collect();
    text.push(if large.is_empty() { "" } else { "(" });
    text.push("json_contains(");
    expr::write(text, list, scope)?;
    text.push(", ").bind(&Value::Array(element, values.into()), None)?;
    text.push(")");
    for value in &large {
        text.push(" AND find_in_set(").bind(value, None)?;
        text.push(", replace(trim(TRAILING ']' FROM trim(LEADING '[' FROM ");
        expr::side(text, list, Binding::Sum, None, scope)?;
        text.push(")), ' ', '')) > 0");
    }
    text.push(if large.is_empty() { "" } else { ")" });
    Ok(())
}
