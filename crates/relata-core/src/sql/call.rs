//! Functions as text.

use super::{Dialect, expr, read, scope::Scope, text::Text, types};
use crate::{
    error::Result,
    query::{Call, Expr, Function, Window},
};

pub(super) fn write(text: &mut Text, call: &Call, scope: &Scope<'_>) -> Result<()> {
    // SQLite gives what it computed; the servers widen sums and averages, each in its way
    let cast = call.gives.filter(|_| text.dialect != Dialect::Sqlite);
    text.push(if cast.is_some() { "CAST(" } else { "" });
    plain(text, call, scope)?;
    if let Some(ty) = cast {
        let name = types::cast_name(ty, text.dialect);
        text.push(" AS ").push(&name).push(")");
    }
    Ok(())
}

fn plain(text: &mut Text, call: &Call, scope: &Scope<'_>) -> Result<()> {
    text.push(name(&call.function)).push("(");
    text.push(if call.distinct { "DISTINCT " } else { "" });
    match &call.filter {
        Some(filter) if text.dialect == Dialect::MySql => filtered(text, call, filter, scope)?,
        _ if call.function == Function::Count && call.args.is_empty() => {
            text.push("*");
        }
        _ => text.try_list(", ", &call.args, |text, arg| expr::write(text, arg, scope))?,
    }
    text.push(")");
    if let (Some(filter), false) = (&call.filter, text.dialect == Dialect::MySql) {
        text.push(" FILTER (WHERE ");
        expr::write(text, filter, scope)?;
        text.push(")");
    }
    call.over.as_ref().map_or(Ok(()), |window| over(text, window, scope))
}

fn name(function: &Function) -> &str {
    match function {
        Function::Count => "count",
        Function::Named(name) => name,
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

fn over(text: &mut Text, window: &Window, scope: &Scope<'_>) -> Result<()> {
    text.push(" OVER (");
    if !window.partition_by.is_empty() {
        text.push("PARTITION BY ");
        text.try_list(", ", &window.partition_by, |text, by| expr::write(text, by, scope))?;
    }
    if !window.order_by.is_empty() {
        text.push(if window.partition_by.is_empty() { "" } else { " " }).push("ORDER BY ");
        read::order_by(text, &window.order_by, &[], scope)?;
    }
    text.push(")");
    Ok(())
}
