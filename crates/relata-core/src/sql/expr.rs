//! Expressions as text.

use super::{
    Dialect, binary, call, cast,
    compare::{self, Form},
    keys::{any_of, row_list, value_list},
    like, offered, raw, read, related, same,
    scope::{Entry, Scope, invalid},
    text::{Of, Text},
    types,
};
use crate::{
    error::{Error, ErrorKind, Result},
    query::{BinaryOp, Body, ColumnRef, DEEPEST, Expr, Function, List},
    value::{SqlType, Value},
};
use std::{collections::VecDeque, ops::Range};

/// As many conditions or texts as stand side by side without parentheses. A parser makes a tree of them that
/// is as deep as the list is long, and SQLite takes no more than 1,000 levels in all.
const SIDE_BY_SIDE: usize = 100;

/// How tight an expression holds together; what is looser than its place wants stands in
/// parentheses.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Binding {
    Or,
    And,
    Comparison,
    Sum,
    Product,
    Atom,
}

fn binding(expr: &Expr) -> Binding {
    match expr {
        Expr::Or(_) => Binding::Or,
        Expr::And(_) => Binding::And,
        Expr::IsNull { .. }
        | Expr::Differs { .. }
        | Expr::In { .. }
        | Expr::Like { .. }
        | Expr::Between { .. }
        | Expr::Not(_) => Binding::Comparison,
        Expr::Binary { op, .. } => match op {
            BinaryOp::Add | BinaryOp::Sub => Binding::Sum,
            BinaryOp::Mul
            | BinaryOp::Div
            | BinaryOp::DecimalDiv
            | BinaryOp::IntDiv
            | BinaryOp::Rem => Binding::Product,
            _ => Binding::Comparison,
        },
        Expr::Call(call) if matches!(call.function, Function::Holds(_)) => Binding::Comparison,
        // `||` binds otherwise in each database, and two signs are a comment
        Expr::Concat(_) | Expr::Negative(_) => Binding::Comparison,
        Expr::Exists { negated: true, .. } => Binding::Comparison,
        Expr::Related { related, .. } if !related.question.counts() => Binding::Comparison,
        Expr::Label { expr, .. } => binding(expr),
        _ => Binding::Atom,
    }
}

pub(super) fn write(text: &mut Text, expr: &Expr, scope: &Scope<'_>) -> Result<()> {
    same::write(text, expr, |text| plain(text, expr, scope))
}

fn plain(text: &mut Text, expr: &Expr, scope: &Scope<'_>) -> Result<()> {
    match expr {
        Expr::Value(value) => typed(text, value),
        Expr::Column(column) => write_column(text, column, scope),
        Expr::Derived { source, at } => derived(text, source, *at, scope),
        Expr::Excluded(column) => {
            excluded(text, column);
            Ok(())
        }
        Expr::Label { expr, .. } => write(text, expr, scope),
        Expr::Binary { op, left, right } => binary::write(text, *op, (left, right), scope),
        Expr::Negative(inner) => {
            text.push("-");
            side(text, inner, Binding::Atom, None, scope)
        }
        Expr::Concat(list) => concat(text, list, scope),
        Expr::Not(inner) => {
            text.push("NOT (");
            write(text, inner, scope)?;
            text.push(")");
            Ok(())
        }
        Expr::And(list) => chain(text, (list, 0..list.len()), (" AND ", Binding::And), scope),
        Expr::Or(list) => chain(text, (list, 0..list.len()), (" OR ", Binding::Or), scope),
        Expr::Case { arms, otherwise } => case(text, arms, otherwise.as_deref(), scope),
        Expr::Cast { expr, from, ty } => cast::write(text, expr, (*from, *ty), scope),
        Expr::Call(call) => call::write(text, call, scope),
        Expr::Row(parts) => {
            text.push("(");
            text.try_list(", ", parts, |text, part| write(text, part, scope))?;
            text.push(")");
            Ok(())
        }
        Expr::Subquery(statement) => read::nested(text, statement, Some(scope)),
        Expr::Related { related, negated } => related::write(text, related, *negated, scope),
        Expr::Raw(sql) => {
            text.push("(");
            raw::write(text, sql)?;
            // a comment to the end of the line would hide the parenthesis
            let hash = text.dialect == Dialect::MySql && sql.sql.contains('#');
            text.push(if hash || sql.sql.contains("--") { "\n)" } else { ")" });
            Ok(())
        }
        Expr::True => keyword(text, "TRUE"),
        Expr::False => keyword(text, "FALSE"),
        Expr::TooDeep => Err(too_deep()),
        Expr::Invalid(why) => Err(invalid(why)),
        question => ask(text, question, scope),
    }
}

/// Questions that have an opposite of their own.
fn ask(text: &mut Text, expr: &Expr, scope: &Scope<'_>) -> Result<()> {
    let tight = Binding::Sum;
    match expr {
        Expr::IsNull { expr, negated } => {
            match (&**expr, text.dialect) {
                // nothing says what it is
                (Expr::Value(value @ Value::Text(_)), Dialect::Postgres) => {
                    cast_to(text, value, SqlType::Text(None))?;
                }
                _ => side(text, expr, tight, None, scope)?,
            }
            text.push(if *negated { " IS NOT NULL" } else { " IS NULL" });
            Ok(())
        }
        Expr::Differs { left, right, negated } => differs(text, (left, right), *negated, scope),
        Expr::In { expr, list: List::Values(list), negated }
            if is_apart(text.dialect, expr, list) =>
        {
            let (op, between) = match negated {
                true => (BinaryOp::Ne, " AND "),
                false => (BinaryOp::Eq, " OR "),
            };
            let several = list.len() > 1;
            text.push(if several { "(" } else { "" });
            text.try_list(between, list, |text, row| binary::write(text, op, (expr, row), scope))?;
            text.push(if several { ")" } else { "" });
            Ok(())
        }
        Expr::In { expr, list: List::Values(list), negated } => {
            within(text, expr, list, *negated, scope)
        }
        Expr::In { expr, list: List::Select(statement), negated } => {
            side(text, expr, tight, None, scope)?;
            text.push(not(*negated)).push(" IN ");
            read::listed(text, statement, scope)
        }
        Expr::Like { .. } => like::write(text, expr, scope),
        Expr::Between { expr, low, high, negated } => {
            let form = compare::form(text.dialect, expr, low, true);
            compare::side(text, expr, &form, (tight, None), scope)?;
            text.push(not(*negated)).push(" BETWEEN ");
            compare::side(text, low, &form, (tight, of(expr)), scope)?;
            text.push(" AND ");
            compare::side(text, high, &form, (tight, of(expr)), scope)
        }
        Expr::Exists { select, negated } => {
            text.push(if *negated { "NOT EXISTS " } else { "EXISTS " });
            read::nested(text, select, Some(scope))
        }
        _ => Ok(()),
    }
}

/// One side of something, in parentheses where it does not hold together tight enough; `of` is the
/// column on the other side.
pub(super) fn side(
    text: &mut Text,
    expr: &Expr,
    tight: Binding,
    of: Of,
    scope: &Scope<'_>,
) -> Result<()> {
    match expr {
        Expr::Value(value) if of.is_some() => text.operand(value, of),
        loose if binding(loose) < tight => {
            text.push("(");
            write(text, loose, scope)?;
            text.push(")");
            Ok(())
        }
        other => write(text, other, scope),
    }
}

pub(super) fn not(negated: bool) -> &'static str {
    if negated { " NOT" } else { "" }
}

fn keyword(text: &mut Text, word: &str) -> Result<()> {
    text.push(word);
    Ok(())
}

/// Whether rows in a list are compared one by one: MariaDB makes a comparison of a single one, and
/// MySQL compares arrays in them as text.
fn is_apart(dialect: Dialect, expr: &Expr, list: &[Expr]) -> bool {
    let (Expr::Row(wanted), [Expr::Row(first), rest @ ..]) = (expr, list) else { return false };
    let is_plain = |(left, right)| compare::form(dialect, left, right, false) == Form::Plain;
    dialect == Dialect::MySql && (rest.is_empty() || !wanted.iter().zip(first).all(is_plain))
}

/// Writes whether an expression is one of a list, or none of it.
fn within(
    text: &mut Text,
    expr: &Expr,
    list: &[Expr],
    negated: bool,
    scope: &Scope<'_>,
) -> Result<()> {
    let form =
        list.first().map_or(Form::Plain, |first| compare::form(text.dialect, expr, first, false));
    compare::side(text, expr, &form, (Binding::Sum, None), scope)?;
    // no array holds arrays
    let values = all_values(list).filter(|all| !all.iter().any(|v| matches!(v, Value::Array(..))));
    if let (Some(values), Dialect::Postgres) = (&values, text.dialect) {
        return any_of(text, values, negated, of(expr));
    }
    text.push(not(negated)).push(" IN ");
    one_of(text, list, expr, &form, scope)
}

/// The column that an expression is.
pub(super) fn of(expr: &Expr) -> Of {
    match expr {
        Expr::Column(column) => Some((column.table, column.at)),
        _ => None,
    }
}

fn write_column(text: &mut Text, column: &ColumnRef, scope: &Scope<'_>) -> Result<()> {
    match scope.find(column)? {
        Some(entry) => {
            let first = offered::first_of(&entry.source, column.table)?;
            column_of(text, entry, first + column.at)
        }
        None => Err(not_read(column, scope)),
    }
}

/// A column of a source, by position.
pub(super) fn column_of(text: &mut Text, entry: &Entry<'_>, at: usize) -> Result<()> {
    if let (Body::Table(def), "", None) = (&entry.source.body, entry.source.alias, &entry.shown) {
        text.column(def, at);
        return Ok(());
    }
    text.name(entry.name()).push(".");
    match &entry.source.body {
        Body::Table(def) => {
            text.field(def, at);
        }
        _ => {
            let statement = entry.source.statement();
            if statement.is_some_and(|statement| statement.leading().is_too_deep()) {
                return Err(too_deep());
            }
            let offered = statement.map(offered::of).unwrap_or_default();
            let names = &offered.names;
            let Some(name) = names.get(at) else {
                return Err(invalid(format_args!(
                    "`{}` has no column at position {at}; it selects {}",
                    entry.name(),
                    names.join(", ")
                )));
            };
            text.name(name);
        }
    }
    Ok(())
}

fn derived(text: &mut Text, source: &str, at: usize, scope: &Scope<'_>) -> Result<()> {
    let Some(entry) = scope.named(source)? else {
        return Err(invalid(format_args!(
            "a column of `{source}` is used, but the statement reads {}; add `.select_from(&{source})` or join it",
            scope.shown()
        )));
    };
    column_of(text, entry, at)
}

fn excluded(text: &mut Text, column: &ColumnRef) {
    if text.dialect == Dialect::MySql {
        text.push("VALUES(").field(column.table, column.at).push(")");
    } else {
        text.push("excluded.").field(column.table, column.at);
    }
}

fn concat(text: &mut Text, list: &VecDeque<Expr>, scope: &Scope<'_>) -> Result<()> {
    // in MySQL `||` is OR
    if text.dialect == Dialect::MySql {
        text.push("CONCAT(");
        text.try_list(", ", list, |text, part| write(text, part, scope))?;
        text.push(")");
        return Ok(());
    }
    chain(text, (list, 0..list.len()), (" || ", Binding::Atom), scope)
}

fn differs(
    text: &mut Text,
    (left, right): (&Expr, &Expr),
    negated: bool,
    scope: &Scope<'_>,
) -> Result<()> {
    let opposite = text.dialect == Dialect::MySql && !negated;
    text.push(if opposite { "NOT (" } else { "" });
    let form = compare::form(text.dialect, left, right, false);
    compare::side(text, left, &form, (Binding::Sum, of(right)), scope)?;
    text.push(match (text.dialect, negated) {
        (Dialect::Sqlite, false) => " IS NOT ",
        (Dialect::Sqlite, true) => " IS ",
        (Dialect::Postgres, false) => " IS DISTINCT FROM ",
        (Dialect::Postgres, true) => " IS NOT DISTINCT FROM ",
        (Dialect::MySql, _) => " <=> ",
    });
    compare::side(text, right, &form, (Binding::Sum, of(left)), scope)?;
    text.push(if opposite { ")" } else { "" });
    Ok(())
}

fn case(
    text: &mut Text,
    arms: &[(Expr, Expr)],
    otherwise: Option<&Expr>,
    scope: &Scope<'_>,
) -> Result<()> {
    text.push("CASE");
    for (condition, value) in arms {
        text.push(" WHEN ");
        write(text, condition, scope)?;
        text.push(" THEN ");
        write(text, value, scope)?;
    }
    if let Some(value) = otherwise {
        text.push(" ELSE ");
        write(text, value, scope)?;
    }
    text.push(" END");
    Ok(())
}

/// A value beside no column. PostgreSQL takes it for text where nothing else around says its type, and
/// MySQL computes with an integer as with a floating point number.
fn typed(text: &mut Text, value: &Value) -> Result<()> {
    match (text.dialect, value, types::type_of(value)) {
        (Dialect::Postgres, Value::Null, None) => keyword(text, "NULL"),
        (Dialect::Postgres, _, Some(ty)) => cast_to(text, value, ty),
        (Dialect::MySql, Value::Int(_), Some(ty)) if !text.inline => cast_to(text, value, ty),
        _ => text.operand(value, None),
    }
}

/// A value that a column begins with which may become longer.
pub(super) fn roomy(text: &mut Text, value: &Value) -> Result<()> {
    match value {
        Value::Decimal(_) => cast_to(text, value, SqlType::Decimal(None)),
        Value::Text(_) => {
            text.push("CAST(").bind(value, None)?;
            text.push(" AS CHAR(10000))");
            Ok(())
        }
        _ => typed(text, value),
    }
}

fn cast_to(text: &mut Text, value: &Value, ty: SqlType) -> Result<()> {
    text.push("CAST(").bind(value, None)?;
    let name = types::cast_name(ty, text.dialect);
    text.push(" AS ").push(&name).push(")");
    Ok(())
}

/// A part of a list with the same word between all; where it is long, as lists of lists.
fn chain(
    text: &mut Text,
    (list, part): (&VecDeque<Expr>, Range<usize>),
    (between, tight): (&str, Binding),
    scope: &Scope<'_>,
) -> Result<()> {
    if part.len() <= SIDE_BY_SIDE {
        let list = list.range(part);
        return text.try_list(between, list, |text, expr| side(text, expr, tight, None, scope));
    }
    let size = part.len().div_ceil(SIDE_BY_SIDE);
    text.try_list(between, part.clone().step_by(size), |text, start| {
        text.push("(");
        chain(text, (list, start..part.end.min(start + size)), (between, tight), scope)?;
        text.push(")");
        Ok(())
    })
}

/// Writes the list in which `wanted` is looked for.
fn one_of(
    text: &mut Text,
    list: &[Expr],
    wanted: &Expr,
    form: &Form,
    scope: &Scope<'_>,
) -> Result<()> {
    if let (Some(values), Form::Plain) = (all_values(list), form) {
        return value_list(text, &values, of(wanted));
    }
    let rows = matches!(list, [Expr::Row(_), ..]);
    if rows
        && let Expr::Row(parts) = wanted
        && let Some(values) = list.iter().map(row_of_values).collect::<Option<Vec<_>>>()
        && row_list(text, &values, &parts.iter().map(of).collect::<Vec<_>>())?
    {
        return Ok(());
    }
    // SQLite has no lists of rows, but tables of them
    let table = rows && text.dialect == Dialect::Sqlite;
    text.push(if table { "(VALUES " } else { "(" });
    text.try_list(", ", list, |text, expr| {
        compare::side(text, expr, form, (Binding::Or, of(wanted)), scope)
    })?;
    text.push(")");
    Ok(())
}

fn row_of_values(expr: &Expr) -> Option<Vec<Value>> {
    match expr {
        Expr::Row(parts) => parts.iter().map(|part| value(part).cloned()).collect(),
        _ => None,
    }
}

fn all_values(list: &[Expr]) -> Option<Vec<&Value>> {
    list.iter().map(value).collect()
}

fn value(expr: &Expr) -> Option<&Value> {
    match expr {
        Expr::Value(value) => Some(value),
        _ => None,
    }
}

fn not_read(column: &ColumnRef, scope: &Scope<'_>) -> Error {
    let ColumnRef { table, at, alias } = *column;
    let name = table.columns[at].name;
    let read = scope.shown();
    let message = match alias {
        "" => format!(
            "`{from}.{name}` is used, but the statement reads {read}; use columns of what it reads, or make it read `{from}` too",
            from = table.table
        ),
        // a column of an alias does not bring it
        _ => format!(
            "`{alias}.{name}` is used, but the statement reads {read}; add `.select_from(&{alias})` or join it"
        ),
    };
    Error::new(ErrorKind::InvalidStatement, message).with_table(table.table).with_columns([name])
}

fn too_deep() -> Error {
    invalid(format_args!(
        "the statement nests expressions or subqueries more than {DEEPEST} levels deep; compute a part of it in a subquery or a statement of its own, or for long conditions use `all_of`, `any_of` or `is_in`"
    ))
}
