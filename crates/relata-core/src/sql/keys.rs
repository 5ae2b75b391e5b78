//! How columns are matched with many keys or values: on SQLite one JSON array, on PostgreSQL arrays,
//! so that the text is the same for any number of them and the limit of parameters does not count.

use super::{
    Dialect,
    text::{Named, Of, Text, known},
    types::{bare_name, type_of},
};
use crate::{
    error::Result,
    key::RowKey,
    value::{SqlType, Value, push_element},
};
use std::{fmt::Write as _, slice};

/// As many values as a condition lists one by one, for the eye and for the query planner.
const FEW: usize = 500;

/// Writes the condition that the columns hold one of the keys.
pub(super) fn match_keys(
    text: &mut Text,
    of @ (def, _): Named<'_>,
    by: &[usize],
    keys: &[RowKey],
) -> Result<()> {
    match keys {
        [] => {
            text.push("FALSE");
            Ok(())
        }
        [key] => text.try_list(" AND ", by.iter().zip(key.values()), |text, (&at, value)| {
            text.column_of(of, at).push(" = ");
            text.operand(value, Some((def, at)))
        }),
        _ => match_many(text, of, by, keys),
    }
}

fn match_many(
    text: &mut Text,
    of @ (def, _): Named<'_>,
    by: &[usize],
    keys: &[RowKey],
) -> Result<()> {
    if text.dialect == Dialect::Postgres {
        return match_arrays(text, of, by, keys);
    }
    let composite = by.len() > 1;
    let (open, close) = if composite { ("(", ")") } else { ("", "") };
    text.push(open).columns(of, by.iter().copied()).push(close).push(" IN (");
    let rows = keys.iter().map(RowKey::values);
    if let Some(array) = json_array(text.dialect, rows, composite, |part| Some((def, by[part])))? {
        elements(text, composite.then_some(by.len()), &array)?;
        text.push(")");
        return Ok(());
    }
    if composite && text.dialect == Dialect::Sqlite {
        text.push("VALUES ");
    }
    text.try_list(", ", keys, |text, key| {
        text.push(open);
        text.try_list(", ", by.iter().zip(key.values()), |text, (&at, value)| {
            text.operand(value, Some((def, at)))
        })?;
        text.push(close);
        Ok(())
    })?;
    text.push(")");
    Ok(())
}

/// Writes the SELECT that gives a JSON array back: its elements, or as many parts of each.
fn elements(text: &mut Text, parts: Option<usize>, array: &Value) -> Result<()> {
    text.push("SELECT ");
    match parts {
        Some(parts) => text.list(", ", 0..parts, |text, part| {
            text.push("value ->> ").display(part);
        }),
        None => text.push("value"),
    };
    text.push(" FROM json_each(").bind(array, None)?;
    text.push(")");
    Ok(())
}

/// One array for each column. Several name their types, which nothing else tells.
fn match_arrays(
    text: &mut Text,
    of @ (def, _): Named<'_>,
    by: &[usize],
    keys: &[RowKey],
) -> Result<()> {
    let rows = keys.iter().map(RowKey::values);
    if let [at] = by {
        let array = array_of(rows, 0, Some((def, *at)))?;
        text.column_of(of, *at).push(" = ANY (").bind(&array, None)?;
        text.push(")");
        return Ok(());
    }
    text.push("(").columns(of, by.iter().copied()).push(") IN ");
    let parts: Vec<Of> = by.iter().map(|at| Some((def, *at))).collect();
    unnest(text, rows, &parts)
}

/// Writes the SELECT that makes rows of an array for each of their parts.
fn unnest<'v>(
    text: &mut Text,
    rows: impl Iterator<Item = &'v [Value]> + Clone,
    of: &[Of],
) -> Result<()> {
    text.push("(SELECT * FROM unnest(");
    text.try_list(", ", of.iter().enumerate(), |text, (part, of)| {
        let array = array_of(rows.clone(), part, *of)?;
        let ty = match (of, &array) {
            (Some((def, at)), _) => Some(def.columns[*at].ty),
            (None, Value::List(values)) => values.iter().find_map(type_of),
            (None, _) => None,
        };
        text.bind(&array, None)?;
        let name = bare_name(ty.unwrap_or(SqlType::Text(None)), text.dialect);
        text.push("::").push(&name).push("[]");
        Ok(())
    })?;
    text.push("))");
    Ok(())
}

fn array_of<'v>(rows: impl Iterator<Item = &'v [Value]>, part: usize, of: Of) -> Result<Value> {
    let values = rows.map(|row| known(&row[part], of));
    Ok(Value::List(values.collect::<Result<_>>()?))
}

/// Writes that what stands before is one of some values, or none of them, as one array.
pub(super) fn any_of(text: &mut Text, values: &[&Value], negated: bool, of: Of) -> Result<()> {
    let list = values.iter().map(|value| known(value, of)).collect::<Result<_>>()?;
    text.push(if negated { " != ALL (" } else { " = ANY (" }).bind(&Value::List(list), None)?;
    text.push(")");
    Ok(())
}

/// Writes a list of values in parentheses, for IN.
pub(super) fn value_list(text: &mut Text, values: &[&Value], of: Of) -> Result<()> {
    if values.len() > FEW {
        let rows = values.iter().copied().map(slice::from_ref);
        if let Some(array) = json_array(text.dialect, rows, false, |_| of)? {
            text.push("(");
            elements(text, None, &array)?;
            text.push(")");
            return Ok(());
        }
    }
    text.push("(");
    text.try_list(", ", values, |text, value| text.operand(value, of))?;
    text.push(")");
    Ok(())
}

/// Writes a list of rows of so many values in parentheses, for IN, where it is a long one that can
/// be written as an array; whether it was.
pub(super) fn row_list(text: &mut Text, rows: &[Vec<Value>], of: &[Of]) -> Result<bool> {
    if rows.len() <= FEW {
        return Ok(false);
    }
    let values = rows.iter().map(Vec::as_slice);
    if text.dialect == Dialect::Postgres {
        // an array of arrays is taken apart into what those hold
        let is_array =
            |of: &Of| of.is_some_and(|(def, at)| matches!(def.columns[at].ty, SqlType::Array(_)));
        let of_arrays = of.iter().any(is_array)
            || rows.iter().flatten().any(|value| matches!(value, Value::Array(..)));
        if !of_arrays {
            unnest(text, values, of)?;
        }
        return Ok(!of_arrays);
    }
    let of_part = |part: usize| of.get(part).copied().flatten();
    let Some(array) = json_array(text.dialect, values, true, of_part)? else { return Ok(false) };
    text.push("(");
    elements(text, Some(of.len()), &array)?;
    text.push(")");
    Ok(true)
}

/// Rows of values as one JSON array, of arrays where the rows are `nested`. There is none where the
/// database has no `json_each`, or would read back something else than was stored.
fn json_array<'v>(
    dialect: Dialect,
    rows: impl Iterator<Item = &'v [Value]>,
    nested: bool,
    of: impl Fn(usize) -> Of,
) -> Result<Option<Value>> {
    if dialect != Dialect::Sqlite {
        return Ok(None);
    }
    let mut array = String::from("[");
    for row in rows {
        if nested {
            array.push_str(if array.ends_with('[') { "[" } else { ",[" });
        }
        for (part, value) in row.iter().enumerate() {
            if !push_json(&mut array, &known(value, of(part))?) {
                return Ok(None);
            }
        }
        if nested {
            array.push(']');
        }
    }
    array.push(']');
    Ok(Some(Value::Json(array.into())))
}

/// Whether the value could be added to the array.
fn push_json(array: &mut String, value: &Value) -> bool {
    if !array.ends_with('[') {
        array.push(',');
    }
    match value {
        // SQLite computes decimals as floats, which may be others in JSON
        Value::Decimal(value) if value.is_integer() => match i64::try_from(*value) {
            Ok(whole) => write!(array, "{whole}").is_ok(),
            Err(_) => false,
        },
        Value::Decimal(_) | Value::Real(_) => false,
        // it ends the text of a JSON string at a NUL
        Value::Text(value) | Value::Json(value) if value.contains('\0') => false,
        Value::Json(value) => push_element(&Value::Text(value.clone()), array).is_ok(),
        value => push_element(value, array).is_ok(),
    }
}
