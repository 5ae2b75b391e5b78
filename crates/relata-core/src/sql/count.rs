//! How many rows a statement reads, and whether it reads one.

use super::{Dialect, Rendered, offered, read, scope::Scope, text::Text, with};
use crate::{
    error::Result,
    query::{Distinct, Expr, JoinTarget, Output, ReadAst, SelectAst},
};

/// The text of a statement that counts the rows of another. What that one reads of each row is left
/// out where it does not matter, and the order with it.
///
/// # Errors
/// As for [`read`](super::read).
pub fn count(ast: &ReadAst, dialect: Dialect) -> Result<Rendered> {
    let mut text = Text::new(dialect);
    match &alone(ast) {
        ReadAst::Select(ast) if is_plain(ast) => with::whole(&mut text, |text| {
            let scope = &Scope::of(ast, None)?;
            text.push("SELECT count(*)");
            read::from(text, scope)?;
            read::filter(text, ast.filter.as_ref(), scope)
        })?,
        ast => {
            text.push("SELECT count(*)\nFROM (");
            read::write(&mut text, ast, None, Some(&offered::of(ast).names))?;
            text.push(") AS counted");
        }
    }
    Ok(text.rendered())
}

/// The text of a statement that asks whether another reads a row.
///
/// # Errors
/// As for [`read`](super::read).
pub fn exists(ast: &ReadAst, dialect: Dialect) -> Result<Rendered> {
    let mut text = Text::new(dialect);
    text.push("SELECT EXISTS ");
    read::nested(&mut text, &alone(ast), None)?;
    Ok(text.rendered())
}

/// Whether it gives one row for each row that FROM and WHERE leave.
fn is_plain(ast: &SelectAst) -> bool {
    let one_by_one = |output: &Output| match output {
        Output::All { .. } => true,
        Output::Expr { tree, .. } => !may_aggregate(tree.expr()),
    };
    matches!(ast.distinct, Distinct::No)
        && ast.group_by.is_empty()
        && ast.having.is_none()
        && ast.limit.is_none()
        && ast.offset.is_none()
        && ast.outputs.iter().all(one_by_one)
}

fn may_aggregate(expr: &Expr) -> bool {
    if matches!(expr, Expr::Call(_) | Expr::Raw(_)) {
        return true;
    }
    let mut found = false;
    expr.each_child(&mut |child| found = found || may_aggregate(child));
    found
}

/// The statement with no order, no locks and no related rows along, none of which changes how many
/// rows there are.
fn alone(ast: &ReadAst) -> ReadAst {
    let mut ast = ast.clone();
    match &mut ast {
        ReadAst::Select(ast) => {
            ast.order_by.clear();
            ast.lock = None;
            ast.joins.retain(|join| !matches!(join.target, JoinTarget::Along { .. }));
        }
        ReadAst::Compound(ast) => ast.order_by.clear(),
    }
    ast
}
