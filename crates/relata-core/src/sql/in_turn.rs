//! The order of assignments on MySQL, which does one after the other: the later ones would see what the
//! earlier ones set.

use super::{
    expr,
    scope::{Scope, invalid},
    text::Text,
};
use crate::{
    error::Result,
    query::{Expr, List, SetAst},
    schema::ModelDef,
};

/// The assignments such that each reads the row as it was.
///
/// # Errors
/// `InvalidStatement` where columns are set from each other, which no order can do.
pub(super) fn in_turn<'a>(
    text: &mut Text,
    def: &'static ModelDef,
    set: &'a [SetAst],
    scope: &Scope<'_>,
) -> Result<Vec<&'a SetAst>> {
    let told = |one: &'a SetAst| Ok((one, told(text, &one.to, scope)?));
    let mut left: Vec<_> = set.iter().map(told).collect::<Result<_>>()?;
    let mut ordered = Vec::with_capacity(set.len());
    while !left.is_empty() {
        let unread = |(one, _): &(&SetAst, _)| {
            let others = left.iter().filter(|(other, _)| other.column != one.column);
            others.into_iter().all(|(other, sql)| {
                let names = |sql: &String| names(sql, def.columns[one.column].name);
                !reads(&other.to, def, one.column) && !sql.as_ref().is_some_and(names)
            })
        };
        let Some(next) = left.iter().position(unread) else {
            let name = |(set, _): &(&SetAst, _)| format!("`{}`", def.columns[set.column].name);
            let names: Vec<_> = left.iter().map(name).collect();
            return Err(invalid(format_args!(
                "MySQL and MariaDB set one column after the other, so they cannot set {} of `{}` from each other; read the rows and write the values",
                names.join(" and "),
                def.table
            )));
        };
        ordered.push(left.remove(next).0);
    }
    Ok(ordered)
}

/// The text of an expression that has statements or SQL in it: it may use any column that it names.
fn told(text: &mut Text, expr: &Expr, scope: &Scope<'_>) -> Result<Option<String>> {
    if !holds_sql(expr) {
        return Ok(None);
    }
    let (mark, start) = (text.mark(), text.len());
    expr::write(text, expr, scope)?;
    let sql = text.since(start).to_lowercase();
    text.back_to(mark);
    Ok(Some(sql))
}

fn holds_sql(expr: &Expr) -> bool {
    let mut found = matches!(
        expr,
        Expr::Subquery(_)
            | Expr::Exists { .. }
            | Expr::In { list: List::Select(_), .. }
            | Expr::Related { .. }
            | Expr::Raw(_)
    );
    expr.each_child(&mut |child| found |= holds_sql(child));
    found
}

/// Whether a word of the text is this name.
fn names(sql: &str, name: &str) -> bool {
    let part = |letter: char| letter.is_alphanumeric() || letter == '_';
    let name = name.to_lowercase();
    sql.match_indices(&name).any(|(at, _)| {
        let (before, behind) = (&sql[..at], &sql[at + name.len()..]);
        !before.ends_with(part) && !behind.starts_with(part)
    })
}

/// Whether an expression uses a column of the row that is written; statements inside of it are not looked into.
fn reads(expr: &Expr, def: &'static ModelDef, at: usize) -> bool {
    if let Expr::Column(column) = expr {
        return column.table == def && column.at == at && column.alias.is_empty();
    }
    let mut found = false;
    expr.each_child(&mut |child| found |= reads(child, def, at));
    found
}
