//! The order of assignments on MySQL, which does one after the other: the later ones would see what the
//! earlier ones set.

use super::scope::invalid;
use crate::{
    error::Result,
    query::{Expr, SetAst},
    schema::ModelDef,
};

/// The assignments such that each reads the row as it was.
///
/// # Errors
/// `InvalidStatement` where columns are set from each other, which no order can do.
pub(super) fn in_turn<'a>(def: &'static ModelDef, set: &'a [SetAst]) -> Result<Vec<&'a SetAst>> {
    let mut left: Vec<&SetAst> = set.iter().collect();
    let mut ordered = Vec::with_capacity(set.len());
    while !left.is_empty() {
        let unread = |one: &&SetAst| {
            let others = left.iter().filter(|other| other.column != one.column);
            others.into_iter().all(|other| !reads(&other.to, def, one.column))
        };
        let Some(next) = left.iter().position(unread) else {
            let names: Vec<_> =
                left.iter().map(|set| format!("`{}`", def.columns[set.column].name)).collect();
            return Err(invalid(format_args!(
                "MySQL sets one column after the other, so it cannot set {} of `{}` from each other; read the rows and write the values",
                names.join(" and "),
                def.table
            )));
        };
        ordered.push(left.remove(next));
    }
    Ok(ordered)
}

/// Whether an expression uses a column of the row that is written; subqueries are not looked into.
fn reads(expr: &Expr, def: &'static ModelDef, at: usize) -> bool {
    if let Expr::Column(column) = expr {
        return column.table == def && column.at == at && column.alias.is_empty();
    }
    let mut found = false;
    expr.each_child(&mut |child| found |= reads(child, def, at));
    found
}
