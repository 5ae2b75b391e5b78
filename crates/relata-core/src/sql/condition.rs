//! Expressions as text.

use super::{
    keys::value_list,
    text::{Of, Text},
};
use crate::{
    error::{Error, ErrorKind, Result},
    query::{BinaryOp, DEEPEST, Expr},
    schema::ModelDef,
    value::Value,
};
use std::{collections::VecDeque, ops::Range};

/// As many conditions as stand side by side without parentheses. A parser makes a tree of them that
/// is as deep as the list is long, and SQLite takes no more than 1,000 levels in all.
const SIDE_BY_SIDE: usize = 100;

/// The tables that the statement reads.
type Tables<'a> = &'a [&'static ModelDef];

pub(super) fn write(text: &mut Text, expr: &Expr, tables: Tables<'_>) -> Result<()> {
    match expr {
        Expr::Value(value) => text.bind(value, None),
        Expr::Column { table, column } => write_column(text, table, *column, tables),
        Expr::Binary { op, left, right } => {
            operand(text, left, column_of(right), tables)?;
            text.push(symbol(*op));
            operand(text, right, column_of(left), tables)
        }
        Expr::Not(inner) => {
            text.push("NOT (");
            write(text, inner, tables)?;
            text.push(")");
            Ok(())
        }
        Expr::And(list) => chain(text, (list, 0..list.len()), " AND ", tables),
        Expr::Or(list) => chain(text, (list, 0..list.len()), " OR ", tables),
        Expr::IsNull { expr, negated } => {
            write(text, expr, tables)?;
            text.push(if *negated { " IS NOT NULL" } else { " IS NULL" });
            Ok(())
        }
        Expr::In { expr, list, negated } => {
            write(text, expr, tables)?;
            text.push(not(*negated)).push(" IN ");
            one_of(text, list, column_of(expr), tables)
        }
        Expr::Like { expr, pattern, escape, negated } => {
            write(text, expr, tables)?;
            text.push(not(*negated)).push(" LIKE ");
            text.bind(&Value::Text(pattern.clone()), column_of(expr))?;
            escaped_by(text, *escape);
            Ok(())
        }
        Expr::Between { expr, low, high, negated } => {
            write(text, expr, tables)?;
            text.push(not(*negated)).push(" BETWEEN ");
            operand(text, low, column_of(expr), tables)?;
            text.push(" AND ");
            operand(text, high, column_of(expr), tables)
        }
        Expr::True => keyword(text, "TRUE"),
        Expr::False => keyword(text, "FALSE"),
        Expr::TooDeep => Err(too_deep()),
    }
}

fn symbol(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Eq => " = ",
        BinaryOp::Ne => " != ",
        BinaryOp::Lt => " < ",
        BinaryOp::Le => " <= ",
        BinaryOp::Gt => " > ",
        BinaryOp::Ge => " >= ",
    }
}

fn not(negated: bool) -> &'static str {
    if negated { " NOT" } else { "" }
}

fn keyword(text: &mut Text, word: &str) -> Result<()> {
    text.push(word);
    Ok(())
}

fn column_of(expr: &Expr) -> Of {
    match expr {
        Expr::Column { table, column } => Some((table, *column)),
        _ => None,
    }
}

/// One side of a comparison; `of` is the column on the other.
fn operand(text: &mut Text, expr: &Expr, of: Of, tables: Tables<'_>) -> Result<()> {
    match expr {
        Expr::Value(value) => text.bind(value, of),
        other => write(text, other, tables),
    }
}

fn write_column(text: &mut Text, table: &ModelDef, at: usize, tables: Tables<'_>) -> Result<()> {
    if !tables.contains(&table) {
        return Err(not_read(table, at, tables));
    }
    text.column(table, at);
    Ok(())
}

/// A part of a list of conditions; where it is long, as lists of lists.
fn chain(
    text: &mut Text,
    (list, part): (&VecDeque<Expr>, Range<usize>),
    between: &str,
    tables: Tables<'_>,
) -> Result<()> {
    if part.len() <= SIDE_BY_SIDE {
        return text.try_list(between, list.range(part), |text, expr| {
            let in_parentheses = matches!(expr, Expr::Or(_)) && between == " AND ";
            text.push(if in_parentheses { "(" } else { "" });
            write(text, expr, tables)?;
            text.push(if in_parentheses { ")" } else { "" });
            Ok(())
        });
    }
    let size = part.len().div_ceil(SIDE_BY_SIDE);
    text.try_list(between, part.clone().step_by(size), |text, start| {
        text.push("(");
        chain(text, (list, start..part.end.min(start + size)), between, tables)?;
        text.push(")");
        Ok(())
    })
}

fn one_of(text: &mut Text, list: &[Expr], of: Of, tables: Tables<'_>) -> Result<()> {
    if let Some(values) = list.iter().map(value).collect::<Option<Vec<_>>>() {
        return value_list(text, &values, of);
    }
    text.push("(");
    text.try_list(", ", list, |text, expr| operand(text, expr, of, tables))?;
    text.push(")");
    Ok(())
}

fn value(expr: &Expr) -> Option<&Value> {
    match expr {
        Expr::Value(value) => Some(value),
        _ => None,
    }
}

fn escaped_by(text: &mut Text, escape: Option<char>) {
    let Some(escape) = escape else { return };
    text.push(" ESCAPE '");
    // MySQL's strings have an escape of their own, the same one
    if escape == '\\' && text.dialect == super::Dialect::MySql {
        text.push("\\");
    }
    text.display(escape).push("'");
}

fn not_read(table: &ModelDef, at: usize, tables: Tables<'_>) -> Error {
    let column = table.columns[at].name;
    let read = tables.iter().map(|def| format!("`{}`", def.table)).collect::<Vec<_>>().join(", ");
    let message = format!(
        "`{0}.{column}` is used, but the statement reads only {read}; use columns of what it reads, or make it read `{0}` too",
        table.table
    );
    Error::new(ErrorKind::InvalidStatement, message).with_table(table.table).with_columns([column])
}

fn too_deep() -> Error {
    Error::new(
        ErrorKind::InvalidStatement,
        format!(
            "the condition nests `&`, `|` and `!` in each other more than {DEEPEST} levels deep; build long conditions from one of them, or use `is_in`"
        ),
    )
}
