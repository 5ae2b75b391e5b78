//! What a statement reads of each row, and the tables that it comes from.

use super::{
    expr, offered,
    scope::{Entry, Scope, invalid},
    text::Text,
    with,
};
use crate::{
    error::{Error, Result},
    query::{Body, ColumnRef, Expr, Output, SelectAst, Source},
};

/// The tables under their own names whose columns an expression uses, subqueries left out.
pub(crate) fn tables_of(expr: &Expr, out: &mut Vec<Source>) {
    if let Expr::Column(ColumnRef { table, alias: "", .. }) = expr {
        let source = Source::table(table);
        if out.iter().all(|other| !other.is(&source)) {
            out.push(source);
        }
    }
    expr.each_child(&mut |child| tables_of(child, out));
}

/// The position of an expression among what a statement selects.
pub(super) fn position(wanted: &Expr, select: &SelectAst) -> Option<usize> {
    let mut before = 0;
    for output in &select.outputs {
        match output {
            Output::All { source, .. } => {
                match (wanted, &source.body) {
                    (Expr::Column(column), Body::Table(def))
                        if *def == column.table && source.alias == column.alias =>
                    {
                        return Some(before + column.at);
                    }
                    (Expr::Column(column), _)
                        if source.alias == column.alias && offered::has(source, column.table) =>
                    {
                        let first = offered::first_of(source, column.table).ok()?;
                        return Some(before + first + column.at);
                    }
                    (Expr::Derived { source: name, at }, _) if source.alias == *name => {
                        return Some(before + at);
                    }
                    _ => {}
                }
                before += offered::width(source);
            }
            Output::Expr { tree, .. } => {
                if same(wanted, tree.expr()) {
                    return Some(before);
                }
                before += 1;
            }
        }
    }
    None
}

fn same(a: &Expr, b: &Expr) -> bool {
    match (a, b) {
        (Expr::Column(a), Expr::Column(b)) => a == b,
        (Expr::Label { name: a, .. }, Expr::Label { name: b, .. }) => a == b,
        (Expr::Derived { source: a, at: i }, Expr::Derived { source: b, at: j }) => {
            a == b && i == j
        }
        (a, Expr::Label { expr: b, .. }) => same(a, b),
        _ => false,
    }
}

/// Writes what is read; with the names that it has as a subquery, where it is one.
pub(super) fn write(
    text: &mut Text,
    ast: &SelectAst,
    scope: &Scope<'_>,
    named: Option<&[String]>,
) -> Result<()> {
    if ast.outputs.is_empty() {
        text.push("1");
    }
    let mut at = 0;
    text.try_list(", ", &ast.outputs, |text, output| match output {
        Output::All { source, optional } => {
            let entry = scope.entries.iter().find(|entry| entry.source.is(source));
            let entry = entry.ok_or_else(|| not_read(source, scope))?;
            if entry.missing && !optional {
                return Err(may_be_missing(entry, ""));
            }
            all_columns(text, entry, named, &mut at);
            Ok(())
        }
        Output::Expr { tree, optional } => {
            if !optional {
                check(tree.expr(), scope)?;
            }
            let expr = match tree.expr() {
                Expr::Label { expr, .. } => expr,
                expr => expr,
            };
            match expr {
                Expr::Value(value) if with::is_growing(text) => expr::roomy(text, value)?,
                _ => expr::write(text, expr, scope)?,
            }
            if let Some(name) = label(tree.expr(), named.map(|names| (names, ast)), at) {
                text.push(" AS ").name(name);
            }
            at += 1;
            Ok(())
        }
    })?;
    for entry in scope.read_along() {
        text.push(", ");
        all_columns(text, entry, None, &mut at);
    }
    Ok(())
}

/// The name that an expression is written with.
fn label<'n>(
    expr: &'n Expr,
    named: Option<(&'n [String], &SelectAst)>,
    at: usize,
) -> Option<&'n str> {
    match (expr, named) {
        (Expr::Label { name, .. }, None) => Some(name),
        (_, None) => None,
        (expr, Some((names, ast))) => {
            let name = names.get(at)?;
            let said = matches!(expr, Expr::Column(_))
                && offered::name(expr, ast).is_some_and(|own| own == *name);
            (!said).then_some(name)
        }
    }
}

fn all_columns(text: &mut Text, entry: &Entry<'_>, named: Option<&[String]>, at: &mut usize) {
    let own = match (&entry.source.body, entry.source.alias, &entry.shown) {
        (Body::Table(def), "", None) => Some(*def),
        _ => None,
    };
    if let (Some(def), None) = (own, named) {
        text.all_columns(def);
        return;
    }
    let first = *at;
    offered::each(&entry.source, |name| {
        text.push(if *at > first { ", " } else { "" });
        match own {
            Some(def) => text.column(def, *at - first),
            None => text.name(entry.name()).push(".").name(name),
        };
        if let Some(other) = named.and_then(|names| names.get(*at)).filter(|other| *other != name) {
            text.push(" AS ").name(other);
        }
        *at += 1;
    });
}

/// A column that is read as never NULL must not be of a row that may be missing.
fn check(expr: &Expr, scope: &Scope<'_>) -> Result<()> {
    let (entry, name) = match expr {
        Expr::Column(column) => (scope.find(column)?, column.table.columns[column.at].name),
        Expr::Derived { source, .. } => (scope.named(source)?, "…"),
        Expr::Label { expr, .. } => return check(expr, scope),
        _ => return Ok(()),
    };
    match entry {
        Some(entry) if entry.missing => Err(may_be_missing(entry, name)),
        _ => Ok(()),
    }
}

fn may_be_missing(entry: &Entry<'_>, column: &str) -> Error {
    let name = entry.label();
    if column.is_empty() {
        return invalid(format_args!(
            "`{name}` is selected, but the outer join may find no row of it; select it as `.optional()`, which gives an `Option`"
        ));
    }
    invalid(format_args!(
        "`{name}.{column}` is selected, but the outer join may find no row of `{name}`; select it as `.optional()`, which gives an `Option`"
    ))
}

fn not_read(source: &Source, scope: &Scope<'_>) -> Error {
    let (name, shown) = (source.name(), scope.shown());
    invalid(format_args!(
        "`{name}` is selected, but the statement reads {shown}; select what it reads, or make it read `{name}` too"
    ))
}
