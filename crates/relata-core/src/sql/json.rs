//! Places in JSON documents as text.

use super::{Dialect, call, scope::Scope, text::Text};
use crate::{
    error::Result,
    query::{Expr, JsonRead, JsonStep},
};

pub(super) fn write(
    text: &mut Text,
    path: &[JsonStep],
    read: JsonRead,
    args: &[Expr],
    scope: &Scope<'_>,
) -> Result<()> {
    match text.dialect {
        Dialect::Sqlite => sqlite(text, path, read, args, scope),
        Dialect::Postgres => postgres(text, path, read, args, scope),
        Dialect::MySql => mysql(text, path, read, args, scope),
    }
}

/// Numbers come as they are, so that what is none is not taken for 0.
fn sqlite(
    text: &mut Text,
    path: &[JsonStep],
    read: JsonRead,
    args: &[Expr],
    scope: &Scope<'_>,
) -> Result<()> {
    let (open, arrow, close) = match read {
        JsonRead::Text => ("CAST(", " ->> ", " AS TEXT)"),
        JsonRead::Document => ("(", " -> ", ")"),
        _ => ("(", " ->> ", ")"),
    };
    text.push(open);
    sides(text, args, scope)?;
    text.push(arrow).text(&dollar(path))?.push(close);
    Ok(())
}

fn postgres(
    text: &mut Text,
    path: &[JsonStep],
    read: JsonRead,
    args: &[Expr],
    scope: &Scope<'_>,
) -> Result<()> {
    let (open, arrow, close) = match read {
        JsonRead::Text => ("(", " #>> ", ")"),
        JsonRead::Integer => ("CAST(", " #>> ", " AS BIGINT)"),
        JsonRead::Float => ("CAST(", " #>> ", " AS DOUBLE PRECISION)"),
        JsonRead::Boolean => ("CAST(", " #>> ", " AS BOOLEAN)"),
        JsonRead::Document => ("(", " #> ", ")"),
    };
    text.push(open);
    sides(text, args, scope)?;
    text.push(arrow);
    let array = braces(path);
    if super::text::is_plain(&array) {
        text.text(&array)?;
    } else {
        text.push("CAST(CAST(").text(&array)?.push(" AS TEXT) AS TEXT[])");
    }
    text.push(close);
    Ok(())
}

/// JSON's `null` is not NULL there, and `->>` is not known to MariaDB.
fn mysql(
    text: &mut Text,
    path: &[JsonStep],
    read: JsonRead,
    args: &[Expr],
    scope: &Scope<'_>,
) -> Result<()> {
    let path = dollar(path);
    let there = |text: &mut Text| -> Result<()> {
        text.push("json_extract(");
        call::list(text, args, scope)?;
        text.push(", ").text(&path)?.push(")");
        Ok(())
    };
    let (open, close) = match read {
        JsonRead::Document => return there(text),
        JsonRead::Text => ("", ""),
        JsonRead::Integer => ("CAST(", " AS SIGNED)"),
        JsonRead::Float => ("CAST(", " AS DOUBLE)"),
        JsonRead::Boolean => ("(", " = 'true')"),
    };
    text.push(open).push("CASE WHEN json_type(");
    there(text)?;
    text.push(") != 'NULL' THEN json_unquote(");
    there(text)?;
    text.push(") END").push(close);
    Ok(())
}

/// The document, on the left of an operator.
fn sides(text: &mut Text, args: &[Expr], scope: &Scope<'_>) -> Result<()> {
    use super::expr::{Binding, side};
    text.try_list(", ", args, |text, arg| side(text, arg, Binding::Atom, None, scope))
}

/// A path as SQLite and MySQL have it: `$."address"."city"[0]`.
fn dollar(path: &[JsonStep]) -> String {
    let mut out = String::from("$");
    for step in path {
        match step {
            JsonStep::Key(key) => {
                out.push('.');
                out.push_str(&quoted(key));
            }
            JsonStep::Index(at) => out.push_str(&format!("[{at}]")),
        }
    }
    out
}

/// A key in double quotes, escaped as JSON is.
fn quoted(key: &str) -> String {
    serde_json::Value::from(key).to_string()
}

/// A path as PostgreSQL has it: an array of text.
fn braces(path: &[JsonStep]) -> String {
    let steps = path.iter().map(|step| match step {
        JsonStep::Key(key) => {
            let escaped = key.replace('\\', r"\\").replace('"', "\\\"");
            format!("\"{escaped}\"")
        }
        JsonStep::Index(at) => at.to_string(),
    });
    format!("{{{}}}", steps.collect::<Vec<_>>().join(","))
}
