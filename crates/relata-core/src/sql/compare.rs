//! The sides of comparisons. MySQL compares arrays and documents as text, or not at all, and
//! enums by their names and not in the order of their declaration, by which it sorts them.

use super::{
    Dialect,
    expr::{self, Binding},
    scope::Scope,
    text::{Of, Text},
    types,
};
use crate::{
    error::Result,
    query::Expr,
    value::{EnumType, SqlType},
};

/// How a side is written.
#[derive(Clone, PartialEq)]
pub(super) enum Form {
    Plain,
    /// As a document.
    Document,
    /// As the place of its name, from 1 on.
    Place(&'static EnumType),
}

/// The form of both sides of a comparison, which may be by order.
pub(super) fn form(dialect: Dialect, left: &Expr, right: &Expr, by_order: bool) -> Form {
    if dialect != Dialect::MySql {
        return Form::Plain;
    }
    match type_of(left).or_else(|| type_of(right)) {
        Some(SqlType::Array(_) | SqlType::Json) => Form::Document,
        Some(SqlType::Enum(of)) if by_order => Form::Place(of),
        _ => Form::Plain,
    }
}

/// The type, as far as the expression itself tells.
fn type_of(expr: &Expr) -> Option<SqlType> {
    match expr {
        Expr::Column(column) | Expr::Excluded(column) => Some(column.table.columns[column.at].ty),
        Expr::Value(value) => types::type_of(value),
        Expr::Cast { ty, .. } => Some(*ty),
        Expr::Label { expr, .. } => type_of(expr),
        _ => None,
    }
}

/// Writes one side, which `of` is compared with.
pub(super) fn side(
    text: &mut Text,
    expr: &Expr,
    form: &Form,
    (tight, of): (Binding, Of),
    scope: &Scope<'_>,
) -> Result<()> {
    match form {
        Form::Document => {
            text.push("json_extract(");
            expr::side(text, expr, Binding::Or, of, scope)?;
            text.push(", '$')");
            Ok(())
        }
        Form::Place(names) => {
            text.push("nullif(field(");
            expr::side(text, expr, Binding::Or, of, scope)?;
            let names = types::literals(names.variants, text.dialect);
            text.push(", ").push(&names).push("), 0)");
            Ok(())
        }
        Form::Plain => expr::side(text, expr, tight, of, scope),
    }
}
