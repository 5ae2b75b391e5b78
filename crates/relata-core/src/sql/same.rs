//! Expressions that stand twice in a SELECT, and have to be seen as one: what rows are grouped by, and
//! what they are ordered by where each counts once. A server takes two parameters for two values, so
//! PostgreSQL is given the same ones again, and MySQL, whose parameters have no number, the values.

use super::{Dialect, groups::Part, text::Text};
use crate::{
    error::Result,
    query::{Distinct, Expr, SelectAst},
};

/// Those of the SELECT that is being written, with the text of those that were written already.
#[derive(Default)]
pub(super) struct Repeated(Vec<(Expr, Option<String>)>);

impl Repeated {
    /// Those of a SELECT.
    pub(super) fn of(ast: &SelectAst, dialect: Dialect) -> Self {
        if dialect == Dialect::Sqlite {
            return Repeated::default();
        }
        let ordered = match ast.distinct {
            Distinct::No => &[],
            Distinct::Rows | Distinct::On(_) => ast.order_by.as_slice(),
        };
        let all = ast.group_by.iter().chain(ordered.iter().map(|order| &order.expr));
        Repeated(all.map(|expr| (bare(expr).clone(), None)).collect())
    }

    fn find(&self, expr: &Expr) -> Option<usize> {
        self.0.iter().position(|(other, _)| other == expr)
    }
}

/// An expression without its label.
pub(super) fn bare(expr: &Expr) -> &Expr {
    match expr {
        Expr::Label { expr, .. } => bare(expr),
        expr => expr,
    }
}

/// Writes an expression, as it was written before where it is one of those.
pub(super) fn write(
    text: &mut Text,
    expr: &Expr,
    write: impl FnOnce(&mut Text) -> Result<()>,
) -> Result<()> {
    let Some(at) = text.repeated.find(expr) else { return write(text) };
    if text.dialect == Dialect::MySql {
        let around = std::mem::replace(&mut text.inline, true);
        // HAVING knows no column that is grouped by as a part of an expression; all rows of a group
        // have the same, so the least is it
        let column = matches!(expr, Expr::Column(_) | Expr::Derived { .. });
        let written =
            if text.part == Part::Having && !column { least(text, write) } else { write(text) };
        text.inline = around;
        return written;
    }
    if let Some(written) = text.repeated.0[at].1.clone() {
        text.push(&written);
        return Ok(());
    }
    let start = text.len();
    write(text)?;
    text.repeated.0[at].1 = Some(text.since(start).to_owned());
    Ok(())
}

/// Writes an expression as the least of what it is for the rows of a group.
fn least(text: &mut Text, write: impl FnOnce(&mut Text) -> Result<()>) -> Result<()> {
    // what else is grouped by may be a part of it, and no aggregate stands in another
    let repeated = std::mem::take(&mut text.repeated);
    text.push("min(");
    let written = write(text);
    text.push(")");
    text.repeated = repeated;
    written
}
