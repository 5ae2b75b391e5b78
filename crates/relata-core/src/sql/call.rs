//! Functions as text.

use super::{
    Dialect, array,
    expr::{self, Binding},
    groups, json, literal, moment, read, round,
    scope::{Scope, invalid},
    text::Text,
    types,
};
use crate::{
    error::Result,
    query::{Call, Expr, Frame, FrameUnit, Function, Window},
    value::{SqlType, Value},
};

pub(super) fn write(text: &mut Text, call: &Call, scope: &Scope<'_>) -> Result<()> {
    groups::allow(text, call, scope)?;
    // over a window it sees what they are grouped to
    if !call.aggregate || call.over.is_some() {
        return given(text, call, scope);
    }
    // it sees the rows before they are grouped
    let repeated = std::mem::take(&mut text.repeated);
    let written = given(text, call, scope);
    text.repeated = repeated;
    written
}

/// Writes a call as what it gives.
fn given(text: &mut Text, call: &Call, scope: &Scope<'_>) -> Result<()> {
    // SQLite gives what it computed; the servers widen sums and averages, each in its way
    let Some(ty) = call.gives.filter(|_| text.dialect != Dialect::Sqlite) else {
        return plain(text, call, scope);
    };
    if let (Dialect::MySql, SqlType::Integer(_)) = (text.dialect, ty) {
        // a cast would make the greatest integer of what is greater
        text.push("(");
        plain(text, call, scope)?;
        text.push(" DIV 1)");
        return Ok(());
    }
    text.push("CAST(");
    plain(text, call, scope)?;
    let name = types::cast_name(ty, text.dialect);
    text.push(" AS ").push(&name).push(")");
    Ok(())
}

fn plain(text: &mut Text, call: &Call, scope: &Scope<'_>) -> Result<()> {
    match &call.function {
        Function::Now => return moment::now(text),
        Function::Today => return moment::today(text),
        Function::Extract(part, ty) => return moment::extract(text, *part, *ty, &call.args, scope),
        Function::Json(path, read) => return json::write(text, path, *read, &call.args, scope),
        Function::Holds(how_many) => return array::holds(text, *how_many, &call.args, scope),
        Function::Random => return random(text),
        Function::Round(digits) => return round::write(text, *digits, call, scope),
        Function::Greatest | Function::Least if text.dialect == Dialect::Postgres => {
            return null_if_any(text, call, scope);
        }
        Function::Lag(_) | Function::Lead(_) if text.dialect == Dialect::MySql => {
            if let [of, default] = call.args.as_slice() {
                return or_default(text, call, (of, default), scope);
            }
        }
        _ => {}
    }
    text.push(name(&call.function, text.dialect)).push("(");
    text.push(if call.distinct { "DISTINCT " } else { "" });
    match &call.filter {
        Some(filter) if text.dialect == Dialect::MySql => filtered(text, call, filter, scope)?,
        _ if call.function == Function::Count && call.args.is_empty() => {
            text.push("*");
        }
        _ => arguments(text, call, scope)?,
    }
    ordered(text, call, scope)?;
    text.push(")");
    if let (Some(filter), false) = (&call.filter, text.dialect == Dialect::MySql) {
        text.push(" FILTER (WHERE ");
        expr::write(text, filter, scope)?;
        text.push(")");
    }
    call.over.as_ref().map_or(Ok(()), |window| over(text, window, scope))
}

/// The arguments of a call, with the numbers that belong to its function.
fn arguments(text: &mut Text, call: &Call, scope: &Scope<'_>) -> Result<()> {
    let (first, rest) = call.args.split_at(call.args.len().min(1));
    list(text, first, scope)?;
    match call.function {
        Function::Ntile(number) => {
            text.display(number);
        }
        Function::Lag(number) | Function::Lead(number) | Function::NthValue(number) => {
            text.push(", ").display(number);
        }
        _ => {}
    }
    for (at, arg) in rest.iter().enumerate() {
        text.push(", ");
        match (&call.function, text.dialect) {
            (Function::Substr, Dialect::Postgres) => of_substr(text, arg, at == 1, scope)?,
            _ => expr::write(text, arg, scope)?,
        }
    }
    Ok(())
}

/// PostgreSQL takes no integers of 64 bits here, and no length below 0.
fn of_substr(text: &mut Text, arg: &Expr, is_length: bool, scope: &Scope<'_>) -> Result<()> {
    let length = is_length && !matches!(arg, Expr::Value(Value::Int(0..)));
    if length {
        text.push("CASE WHEN ");
        expr::side(text, arg, Binding::Sum, None, scope)?;
        text.push(" < 0 THEN 0 ELSE ");
    }
    text.push("CAST(");
    expr::write(text, arg, scope)?;
    text.push(" AS INTEGER)").push(if length { " END" } else { "" });
    Ok(())
}

/// Arguments, separated by commas.
pub(super) fn list(text: &mut Text, args: &[Expr], scope: &Scope<'_>) -> Result<()> {
    text.try_list(", ", args, |text, arg| expr::write(text, arg, scope))
}

pub(super) fn name(function: &Function, dialect: Dialect) -> &str {
    match (function, dialect) {
        (Function::Count, _) => "count",
        (Function::Length, Dialect::Sqlite) => "length",
        (Function::Length, _) => "char_length",
        (Function::ArrayLength, Dialect::Sqlite) => "json_array_length",
        (Function::ArrayLength, Dialect::Postgres) => "cardinality",
        (Function::ArrayLength, Dialect::MySql) => "json_length",
        (Function::Greatest, Dialect::Sqlite) => "max",
        (Function::Greatest, _) => "greatest",
        (Function::Least, Dialect::Sqlite) => "min",
        (Function::Least, _) => "least",
        (Function::StringAgg(_), Dialect::Postgres) => "string_agg",
        (Function::StringAgg(_), _) => "group_concat",
        (Function::Lag(_), _) => "lag",
        (Function::Lead(_), _) => "lead",
        (Function::NthValue(_), _) => "nth_value",
        (Function::Ntile(_), _) => "ntile",
        (Function::Substr, _) => "substr",
        (Function::Named(name), _) => name,
        // these have a form of their own
        _ => "",
    }
}

/// MySQL has no FILTER; what is not to count is NULL.
fn filtered(text: &mut Text, call: &Call, filter: &Expr, scope: &Scope<'_>) -> Result<()> {
    text.push("CASE WHEN ");
    expr::write(text, filter, scope)?;
    text.push(" THEN ");
    match call.args.first() {
        Some(arg) => expr::write(text, arg, scope)?,
        None => {
            text.push("1");
        }
    }
    text.push(" END");
    Ok(())
}

/// The separator and the order of what is put together.
fn ordered(text: &mut Text, call: &Call, scope: &Scope<'_>) -> Result<()> {
    let separator = match &call.function {
        Function::StringAgg(separator) => Some(&**separator),
        _ => None,
    };
    match (separator, text.dialect) {
        // with DISTINCT it takes one argument, and puts commas between
        (Some(","), Dialect::Sqlite) if call.distinct => {}
        (Some(_), Dialect::Sqlite) if call.distinct => {
            return Err(invalid(
                "SQLite puts only `,` between texts that are `distinct`; use this separator, or select them `distinct` in a subquery first",
            ));
        }
        (Some(separator), Dialect::Sqlite | Dialect::Postgres) => {
            text.push(", ").text(separator)?;
        }
        _ => {}
    }
    if !call.order_by.is_empty() {
        text.push(" ORDER BY ");
        read::order_by(text, &call.order_by, &[], scope)?;
    }
    if let (Some(separator), Dialect::MySql) = (separator, text.dialect) {
        // no parameter can stand here, and hexadecimal digits need no escape
        let digits = literal::hex(separator.as_bytes());
        match super::text::is_plain(separator) {
            true => text.push(" SEPARATOR ").text(separator)?,
            false => text.push(" SEPARATOR X'").push(&digits).push("'"),
        };
    }
    Ok(())
}

fn random(text: &mut Text) -> Result<()> {
    text.push(match text.dialect {
        // as many bits as a float has, so that it never becomes 1
        Dialect::Sqlite => "(abs(random() % 9007199254740992) / 9007199254740992.0)",
        Dialect::Postgres => "random()",
        Dialect::MySql => "rand()",
    });
    Ok(())
}

/// PostgreSQL leaves out those that are NULL.
fn null_if_any(text: &mut Text, call: &Call, scope: &Scope<'_>) -> Result<()> {
    let known = |arg: &&Expr| !matches!(arg, Expr::Value(value) if !value.is_null());
    let unsure: Vec<_> = call.args.iter().filter(known).collect();
    if !unsure.is_empty() {
        text.push("CASE WHEN ");
        text.try_list(" AND ", &unsure, |text, arg| {
            expr::side(text, arg, Binding::Sum, None, scope)?;
            text.push(" IS NOT NULL");
            Ok(())
        })?;
        text.push(" THEN ");
    }
    text.push(name(&call.function, text.dialect)).push("(");
    list(text, &call.args, scope)?;
    text.push(if unsure.is_empty() { ")" } else { ") END" });
    Ok(())
}

/// MariaDB's LAG and LEAD have no default; a 1 of another row is NULL only where there is no such row.
fn or_default(
    text: &mut Text,
    call: &Call,
    (of, default): (&Expr, &Expr),
    scope: &Scope<'_>,
) -> Result<()> {
    let mut other = Call { args: vec![Expr::Value(Value::Int(1))], ..call.clone() };
    text.push("CASE WHEN ");
    plain(text, &other, scope)?;
    text.push(" IS NULL THEN ");
    expr::write(text, default, scope)?;
    text.push(" ELSE ");
    other.args = vec![of.clone()];
    plain(text, &other, scope)?;
    text.push(" END");
    Ok(())
}

fn over(text: &mut Text, window: &Window, scope: &Scope<'_>) -> Result<()> {
    let mut before = "";
    text.push(" OVER (");
    if !window.partition_by.is_empty() {
        text.push("PARTITION BY ");
        list(text, &window.partition_by, scope)?;
        before = " ";
    }
    if !window.order_by.is_empty() {
        text.push(before).push("ORDER BY ");
        read::order_by(text, &window.order_by, &[], scope)?;
        before = " ";
    }
    if let Some(frame) = window.frame {
        text.push(before);
        framed(text, frame)?;
    }
    text.push(")");
    Ok(())
}

fn framed(text: &mut Text, Frame { unit, from, to }: Frame) -> Result<()> {
    if let (Some(from), Some(to)) = (from, to)
        && from > to
    {
        return Err(invalid(format_args!(
            "the frame of a window ends before it starts: from {from} to {to}; write the smaller distance first"
        )));
    }
    text.push(match unit {
        FrameUnit::Rows => "ROWS BETWEEN ",
        FrameUnit::Range => "RANGE BETWEEN ",
    });
    edge(text, from, "UNBOUNDED PRECEDING");
    text.push(" AND ");
    edge(text, to, "UNBOUNDED FOLLOWING");
    Ok(())
}

fn edge(text: &mut Text, at: Option<i64>, unbounded: &str) {
    match at {
        None => text.push(unbounded),
        Some(0) => text.push("CURRENT ROW"),
        Some(at) => {
            let direction = if at < 0 { " PRECEDING" } else { " FOLLOWING" };
            text.display(at.unsigned_abs()).push(direction)
        }
    };
}
