//! What is between two sides as text: comparisons, and arithmetic that gives the same everywhere.

use super::{
    Dialect,
    compare::{self, Form},
    expr::{self, Binding, of},
    scope::Scope,
    text::Text,
};
use crate::{
    error::Result,
    query::{BinaryOp, Expr},
    value::{SqlType, Value},
};

pub(super) fn write(
    text: &mut Text,
    op: BinaryOp,
    (left, right): (&Expr, &Expr),
    scope: &Scope<'_>,
) -> Result<()> {
    if let (Expr::Row(left), Expr::Row(right), Dialect::MySql) = (left, right, text.dialect) {
        return rows(text, op, (left, right), scope);
    }
    let (before, between, after) = match (op, text.dialect) {
        // a decimal without a fraction is stored as an integer
        (BinaryOp::DecimalDiv, Dialect::Sqlite) => ("CAST(", " AS REAL)", ""),
        // a quotient has four places more than what is divided; of some columns that is more than a `Decimal` has
        (BinaryOp::DecimalDiv, Dialect::MySql) => {
            let longer = if has_places(left) { "" } else { " * 1.0000000000000000" };
            ("CAST(", longer, " AS DECIMAL(65, 16))")
        }
        _ => ("", "", ""),
    };
    let (symbol, tight, tighter) = operator(op, text.dialect);
    let shape = match op.compares() {
        Some(by_order) => compare::form(text.dialect, left, right, by_order),
        None => Form::Plain,
    };
    text.push(before);
    compare::side(text, left, &shape, (tight, of(right)), scope)?;
    text.push(between).push(symbol);
    if divides(op) && may_be_zero(right) && text.dialect != Dialect::Sqlite {
        // NULL on SQLite, an error on PostgreSQL, and on MySQL the one or the other
        text.push("nullif(");
        expr::write(text, right, scope)?;
        text.push(", 0)");
    } else {
        compare::side(text, right, &shape, (tighter, of(left)), scope)?;
    }
    text.push(after);
    Ok(())
}

/// Whether a decimal is known to have as many places as a quotient is given.
fn has_places(expr: &Expr) -> bool {
    let ty = match expr {
        Expr::Column(column) | Expr::Excluded(column) => column.table.columns[column.at].ty,
        Expr::Cast { ty, .. } => *ty,
        _ => return false,
    };
    match ty {
        SqlType::Decimal(Some((_, places))) => places >= 16,
        SqlType::Decimal(None) => true,
        _ => false,
    }
}

/// Compares rows part by part: MariaDB forgets that the comparison of two rows may be NULL.
pub(super) fn rows(
    text: &mut Text,
    op: BinaryOp,
    (left, right): (&[Expr], &[Expr]),
    scope: &Scope<'_>,
) -> Result<()> {
    let (strict, between) = match op {
        BinaryOp::Eq => (op, " AND "),
        BinaryOp::Ne => (op, " OR "),
        BinaryOp::Lt | BinaryOp::Le => (BinaryOp::Lt, " OR "),
        _ => (BinaryOp::Gt, " OR "),
    };
    let parts: Vec<_> = left.iter().zip(right).collect();
    let Some((&last, before)) = parts.split_last() else { return Ok(()) };
    for &part in before {
        text.push("(");
        write(text, strict, part, scope)?;
        text.push(between);
        if !matches!(op, BinaryOp::Eq | BinaryOp::Ne) {
            write(text, BinaryOp::Eq, part, scope)?;
            text.push(" AND ");
        }
    }
    write(text, op, last, scope)?;
    text.push(&")".repeat(before.len()));
    Ok(())
}

/// The operator, and how tight its sides have to hold together.
fn operator(op: BinaryOp, dialect: Dialect) -> (&'static str, Binding, Binding) {
    match op {
        BinaryOp::Eq => (" = ", Binding::Sum, Binding::Sum),
        BinaryOp::Ne => (" != ", Binding::Sum, Binding::Sum),
        BinaryOp::Lt => (" < ", Binding::Sum, Binding::Sum),
        BinaryOp::Le => (" <= ", Binding::Sum, Binding::Sum),
        BinaryOp::Gt => (" > ", Binding::Sum, Binding::Sum),
        BinaryOp::Ge => (" >= ", Binding::Sum, Binding::Sum),
        BinaryOp::Add => (" + ", Binding::Sum, Binding::Product),
        BinaryOp::Sub => (" - ", Binding::Sum, Binding::Product),
        BinaryOp::Mul => (" * ", Binding::Product, Binding::Atom),
        BinaryOp::IntDiv if dialect == Dialect::MySql => (" DIV ", Binding::Product, Binding::Atom),
        BinaryOp::Div | BinaryOp::DecimalDiv | BinaryOp::IntDiv => {
            (" / ", Binding::Product, Binding::Atom)
        }
        BinaryOp::Rem => (" % ", Binding::Product, Binding::Atom),
    }
}

fn divides(op: BinaryOp) -> bool {
    matches!(op, BinaryOp::Div | BinaryOp::DecimalDiv | BinaryOp::IntDiv | BinaryOp::Rem)
}

fn may_be_zero(divisor: &Expr) -> bool {
    match divisor {
        Expr::Value(Value::Int(value)) => *value == 0,
        Expr::Value(Value::Real(value)) => *value == 0.0,
        Expr::Value(Value::Decimal(value)) => value.is_zero(),
        _ => true,
    }
}
