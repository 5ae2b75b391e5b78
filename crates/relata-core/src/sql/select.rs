//! SELECT, from the statement's data.

use super::{Dialect, Rendered, condition, text::Text};
use crate::{
    error::Result,
    query::{Order, SelectAst},
    value::Value,
};

/// Numbers up to this one are written into the text: a bound LIMIT makes SQLite prepare the
/// statement anew. Larger ones are bound, so that not each of them is another text.
const SMALL: u64 = 1_000;

/// The text of a SELECT.
///
/// # Errors
/// `InvalidStatement` where it uses a table that it does not read or nests too deeply, `UnboundId`
/// where it compares with the id of a row that is not saved yet, `OutOfRange` where a value fits no
/// column.
pub fn select(ast: &SelectAst, dialect: Dialect) -> Result<Rendered> {
    let mut text = Text::new(dialect);
    let tables = &ast.from;
    text.push("SELECT ");
    text.try_list(", ", &ast.columns, |text, column| condition::write(text, column, tables))?;
    text.push("\nFROM ").list(", ", tables, |text, def| {
        text.table(def);
    });
    if let Some(filter) = &ast.filter {
        text.push("\nWHERE ");
        condition::write(&mut text, filter.expr(), tables)?;
    }
    if !ast.order_by.is_empty() {
        text.push("\nORDER BY ");
        text.try_list(", ", &ast.order_by, |text, Order { expr, descending }| {
            condition::write(text, expr, tables)?;
            text.push(if *descending { " DESC" } else { "" });
            Ok(())
        })?;
    }
    window(&mut text, ast.limit, ast.offset)?;
    Ok(text.rendered())
}

fn window(text: &mut Text, limit: Option<u64>, offset: Option<u64>) -> Result<()> {
    if limit.is_none() && offset.is_none() {
        return Ok(());
    }
    text.push("\nLIMIT ");
    match (limit, text.dialect) {
        (Some(limit), _) => count(text, limit)?,
        // OFFSET stands after LIMIT only; this is how each says "all"
        (None, Dialect::Sqlite) => {
            text.push("-1");
        }
        (None, Dialect::Postgres) => {
            text.push("ALL");
        }
        (None, Dialect::MySql) => {
            text.display(u64::MAX);
        }
    }
    if let Some(offset) = offset {
        text.push(" OFFSET ");
        count(text, offset)?;
    }
    Ok(())
}

fn count(text: &mut Text, count: u64) -> Result<()> {
    if count <= SMALL {
        text.display(count);
        return Ok(());
    }
    // no table has more rows than this
    text.bind(&Value::Int(i64::try_from(count).unwrap_or(i64::MAX)), None)
}
