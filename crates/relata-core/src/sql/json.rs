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

/// A sum that is too large wherever it is computed, with text of JSON behind it, which is never empty.
const TOO_LARGE: &str = "9223372036854775807 + char_length(";

/// JSON's `null` is not NULL there, and `->>` is not known to MariaDB. The names of JSON's types have a
/// collation of their own on MySQL, where a number over 2^32 is an unsigned one. A cast makes 0 of what is
/// no number, and -1 of one that is too large; there is nothing to refuse these by but a sum that is out
/// of range.
fn mysql(
    text: &mut Text,
    path: &[JsonStep],
    read: JsonRead,
    args: &[Expr],
    scope: &Scope<'_>,
) -> Result<()> {
    let there = |text: &mut Text| mysql_place(text, path, args, scope);
    let (of_type, open, close) = match read {
        JsonRead::Document => return there(text),
        // the text is compared as others are
        JsonRead::Text => (" != 'NULL' COLLATE utf8mb4_bin", "CAST(json_unquote(", ") AS CHAR)"),
        JsonRead::Integer => {
            (" IN ('INTEGER' COLLATE utf8mb4_bin, 'UNSIGNED INTEGER')", "CAST(", " AS SIGNED)")
        }
        JsonRead::Float => (
            " IN ('INTEGER' COLLATE utf8mb4_bin, 'UNSIGNED INTEGER', 'DOUBLE', 'DECIMAL')",
            "CAST(",
            " AS DOUBLE)",
        ),
        JsonRead::Boolean => (" = 'BOOLEAN' COLLATE utf8mb4_bin", "CAST(", " AS CHAR) = 'true'"),
    };
    text.push("CASE WHEN json_type(");
    there(text)?;
    text.push(")").push(of_type);
    if read == JsonRead::Integer {
        text.push(" AND CAST(json_unquote(");
        there(text)?;
        text.push(") AS DECIMAL(65, 0)) BETWEEN -9223372036854775808 AND 9223372036854775807");
    }
    text.push(" THEN ").push(open);
    there(text)?;
    text.push(close);
    if read != JsonRead::Text {
        text.push(" WHEN json_type(");
        there(text)?;
        text.push(") != 'NULL' COLLATE utf8mb4_bin THEN ").push(TOO_LARGE);
        there(text)?;
        text.push(")");
    }
    text.push(" END");
    Ok(())
}

/// Where a key begins with `-`, MariaDB takes a path to it for wrong and finds nothing, so it is found by
/// its position among all keys.
fn mysql_place(text: &mut Text, path: &[JsonStep], args: &[Expr], scope: &Scope<'_>) -> Result<()> {
    let key = path.iter().enumerate().rev().find_map(|(at, step)| match step {
        JsonStep::Key(key) if key.starts_with('-') => Some((at, key)),
        _ => None,
    });
    let rest = &path[key.map_or(0, |(at, _)| at + 1)..];
    text.push(if key.is_none() || !rest.is_empty() { "json_extract(" } else { "" });
    match key {
        None => call::list(text, args, scope)?,
        Some((at, key)) => {
            let around = |text: &mut Text| match &path[..at] {
                [] => call::list(text, args, scope),
                path => mysql_place(text, path, args, scope),
            };
            text.push("json_extract(json_extract(");
            around(text)?;
            text.push(", '$.*'), json_unquote(json_search(json_keys(");
            around(text)?;
            text.push("), 'one', ").text(&pattern(key))?.push(" COLLATE utf8mb4_bin)))");
        }
    }
    if key.is_none() || !rest.is_empty() {
        text.push(", ").text(&dollar(rest))?.push(")");
    }
    Ok(())
}

/// A key where a pattern is looked for.
fn pattern(key: &str) -> String {
    let special = |letter| matches!(letter, '%' | '_' | '\\');
    let escaped = |letter| [special(letter).then_some('\\'), Some(letter)];
    key.chars().flat_map(escaped).flatten().collect()
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
