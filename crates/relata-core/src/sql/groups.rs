//! Where aggregates and window functions may stand, and what may stand beside an aggregate.

use super::{
    call,
    scope::{Scope, invalid},
    text::Text,
};
use crate::{
    error::{Error, Result},
    query::{Body, Call, Expr, Output, SelectAst},
};

/// The part of a SELECT that is being written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Part {
    /// One where aggregates and windows may stand; none did.
    #[default]
    Free,
    /// The same, and an aggregate stands in it.
    Aggregated,
    /// WHERE.
    Filter,
    /// GROUP BY.
    GroupBy,
    /// HAVING.
    Having,
}

impl Part {
    /// The method that says it.
    fn method(self) -> &'static str {
        match self {
            Part::GroupBy => "group_by",
            Part::Having => "having",
            _ => "filter",
        }
    }
}

/// Whether a call may stand where it is about to be written.
pub(super) fn allow(text: &mut Text, call: &Call, scope: &Scope<'_>) -> Result<()> {
    let part = text.part;
    let refused = match (part, &call.over) {
        (Part::Filter | Part::GroupBy | Part::Having, Some(_)) => true,
        (Part::Filter | Part::GroupBy, None) => call.aggregate && is_here(call, scope),
        (Part::Free, None) if call.aggregate => {
            text.part = Part::Aggregated;
            false
        }
        _ => false,
    };
    if refused {
        Err(misplaced(call::name(&call.function, text.dialect), part, call))
    } else {
        Ok(())
    }
}

/// Whether an aggregate is one of the rows of this statement, and not of the statement around it.
fn is_here(call: &Call, scope: &Scope<'_>) -> bool {
    let mut columns = false;
    let mut here = false;
    let mut see = |expr: &Expr| {
        columns |= reads(expr, &|_| true).is_some();
        here |= reads(expr, &|column| scope.is_here(column)).is_some();
    };
    call.args.iter().for_each(&mut see);
    here || !columns
}

/// The first column in an expression that is of a kind.
fn reads<'e>(expr: &'e Expr, of: &dyn Fn(&Expr) -> bool) -> Option<&'e Expr> {
    if matches!(expr, Expr::Column(_) | Expr::Derived { .. }) {
        return Some(expr).filter(|column| of(column));
    }
    let mut found = None;
    expr.each_child(&mut |child| found = found.or_else(|| reads(child, of)));
    found
}

/// The first column of this statement that an expression reads outside of aggregates.
fn beside<'e>(expr: &'e Expr, scope: &Scope<'_>) -> Option<&'e Expr> {
    match expr {
        Expr::Call(call) if call.aggregate && call.over.is_none() => return None,
        Expr::Column(_) | Expr::Derived { .. } => {
            return Some(expr).filter(|column| scope.is_here(column));
        }
        _ => {}
    }
    let mut found = None;
    expr.each_child(&mut |child| found = found.or_else(|| beside(child, scope)));
    found
}

/// Refuses an aggregate of nothing, and one beside what differs from row to row. `outputs` is how
/// these were written: where no aggregate stands in them, there is nothing to be looked for.
pub(super) fn check(outputs: Part, ast: &SelectAst, scope: &Scope<'_>) -> Result<()> {
    if outputs != Part::Aggregated {
        return Ok(());
    }
    if scope.entries.is_empty() && ast.outputs.iter().all(is_of_nothing) {
        return Err(invalid(
            "an aggregate is selected, but the statement reads no table; say of which rows it is: `.select_from(Hero)`",
        ));
    }
    if !ast.group_by.is_empty() {
        return Ok(());
    }
    let mut outputs = ast.outputs.iter();
    outputs.find_map(|output| not_grouped(output, scope)).map_or(Ok(()), Err)
}

fn is_of_nothing(output: &Output) -> bool {
    fn plain(expr: &Expr) -> bool {
        let mut all = matches!(
            expr,
            Expr::Value(_)
                | Expr::Call(_)
                | Expr::Binary { .. }
                | Expr::Label { .. }
                | Expr::Negative(_)
                | Expr::Cast { .. }
        );
        expr.each_child(&mut |child| all = all && plain(child));
        all
    }
    matches!(output, Output::Expr { tree, .. } if plain(tree.expr()))
}

fn not_grouped(output: &Output, scope: &Scope<'_>) -> Option<Error> {
    let (shown, said) = match output {
        Output::All { source, .. } => {
            let model = match &source.body {
                Body::Table(def) if source.alias.is_empty() => def.name,
                _ => "…",
            };
            (source.name().to_owned(), model.to_owned())
        }
        Output::Expr { tree, .. } => match beside(tree.expr(), scope)? {
            Expr::Column(column) => {
                let described = &column.table.columns[column.at];
                let (table, model) = match column.alias {
                    "" => (column.table.table, column.table.name),
                    alias => (alias, alias),
                };
                let shown = format!("{table}.{}", described.name);
                (shown, format!("{model}.{}", described.field))
            }
            Expr::Derived { source, .. } => (format!("{source}.…"), String::from("…")),
            _ => return None,
        },
    };
    Some(invalid(format_args!(
        "`{shown}` is selected beside an aggregate, which makes one row of all; add `.group_by({said})` for one row of each"
    )))
}

fn misplaced(name: &str, part: Part, call: &Call) -> Error {
    let method = part.method();
    if call.over.is_some() {
        return invalid(format_args!(
            "`{name}` over a window stands in `{method}`, which is done before windows are seen; select it in a `subquery`, and use the column of that"
        ));
    }
    match part {
        Part::GroupBy => invalid(format_args!(
            "the aggregate `{name}` stands in `group_by`, which is what it needs first; select it in a `subquery`, and group by the column of that"
        )),
        _ => invalid(format_args!(
            "the aggregate `{name}` stands in `filter`, which chooses rows before there are groups; use `.having(…)`, or compare with a subquery"
        )),
    }
}
