//! SELECT and its like, from the statement's data.

use super::{
    Dialect, Rendered, expr,
    groups::{self, Part},
    offered, outputs,
    same::{self, Repeated},
    scope::{Entry, JoinOn, Scope, invalid},
    text::Text,
    with,
};
use crate::{
    error::Result,
    query::{
        Body, CompoundAst, Distinct, Expr, JoinKind, Lock, LockWait, Nulls, Order, Output,
        Predicate, ReadAst, SelectAst, SetOp,
    },
    value::Value,
};

/// Numbers up to this one are written into the text: a bound LIMIT makes SQLite prepare the
/// statement anew. Larger ones are bound, so that not each of them is another text.
const SMALL: u64 = 1_000;

/// The text of a statement that reads rows.
///
/// # Errors
/// `InvalidStatement` where it uses a table that it does not read, nests too deeply, or asks for
/// what the database has not; `UnboundId` where it compares with the id of a row that is not saved
/// yet, `OutOfRange` where a value fits no column.
pub fn read(ast: &ReadAst, dialect: Dialect) -> Result<Rendered> {
    let mut text = Text::new(dialect);
    write(&mut text, ast, None, None)?;
    Ok(text.rendered())
}

/// Writes a statement, inside of another one where there is an `outer` scope, with `names` for its
/// columns where these are used.
pub(super) fn write(
    text: &mut Text,
    ast: &ReadAst,
    outer: Option<&Scope<'_>>,
    names: Option<&[String]>,
) -> Result<()> {
    with::whole(text, |text| match ast {
        ReadAst::Select(ast) => select(text, ast, outer, names),
        ReadAst::Compound(ast) => compound(text, ast, outer, names),
    })
}

/// Writes a statement in parentheses.
pub(super) fn nested(text: &mut Text, ast: &ReadAst, outer: Option<&Scope<'_>>) -> Result<()> {
    refuse_lock(ast)?;
    text.push("(");
    write(text, ast, outer, None)?;
    text.push(")");
    Ok(())
}

/// Writes a statement in parentheses, behind IN. MySQL and MariaDB take a limit there only one level deeper.
pub(super) fn listed(text: &mut Text, ast: &ReadAst, outer: &Scope<'_>) -> Result<()> {
    if !is_cut(ast) || text.dialect != Dialect::MySql {
        return nested(text, ast, Some(outer));
    }
    text.push("(");
    member(text, ast, Some(outer), None)?;
    text.push(")");
    Ok(())
}

/// Whether only some of its rows are taken, by their number.
fn is_cut(ast: &ReadAst) -> bool {
    let (limit, offset) = match ast {
        ReadAst::Select(ast) => (ast.limit, ast.offset),
        ReadAst::Compound(ast) => (ast.limit, ast.offset),
    };
    limit.is_some() || offset.is_some()
}

/// Refuses a lock inside of another statement: what it would lock differs from database to database.
pub(super) fn refuse_lock(ast: &ReadAst) -> Result<()> {
    match ast {
        ReadAst::Select(SelectAst { lock: Some(_), .. }) => Err(invalid(
            "rows are locked by the statement that is executed; leave `for_update` and `for_share` out of what is inside of another one",
        )),
        _ => Ok(()),
    }
}

fn select(
    text: &mut Text,
    ast: &SelectAst,
    outer: Option<&Scope<'_>>,
    names: Option<&[String]>,
) -> Result<()> {
    ast.check()?;
    let around = std::mem::take(&mut text.part);
    let repeated = std::mem::replace(&mut text.repeated, Repeated::of(ast, text.dialect));
    let scope = &Scope::of(ast, outer)?;
    text.push("SELECT ");
    distinct(text, &ast.distinct, scope)?;
    outputs::write(text, ast, scope, names)?;
    groups::check(text.part, ast, scope)?;
    from(text, scope)?;
    filter(text, ast.filter.as_ref(), scope)?;
    if !ast.group_by.is_empty() {
        text.part = Part::GroupBy;
        text.push("\nGROUP BY ");
        text.try_list(", ", &ast.group_by, |text, expr| by(text, expr, scope))?;
    }
    if let Some(having) = &ast.having {
        text.part = Part::Having;
        text.push("\nHAVING ");
        expr::write(text, having.expr(), scope)?;
    }
    text.part = Part::default();
    if !ast.order_by.is_empty() {
        text.push("\nORDER BY ");
        order_by(text, &ast.order_by, &ast.outputs, scope)?;
    }
    window(text, ast.limit, ast.offset)?;
    text.part = around;
    text.repeated = repeated;
    ast.lock.map_or(Ok(()), |lock| locked(text, lock))
}

/// Writes WHERE.
pub(super) fn filter(text: &mut Text, filter: Option<&Predicate>, scope: &Scope<'_>) -> Result<()> {
    let Some(filter) = filter else { return Ok(()) };
    text.part = Part::Filter;
    text.push("\nWHERE ");
    expr::write(text, filter.expr(), scope)
}

fn distinct(text: &mut Text, distinct: &Distinct, scope: &Scope<'_>) -> Result<()> {
    match distinct {
        Distinct::No => {}
        Distinct::Rows => {
            text.push("DISTINCT ");
        }
        Distinct::On(_) if text.dialect != Dialect::Postgres => {
            return Err(invalid(
                "only PostgreSQL has `distinct_on`; elsewhere number the rows by `row_number().over(…)` and keep the first",
            ));
        }
        Distinct::On(exprs) => {
            text.push("DISTINCT ON (");
            text.try_list(", ", exprs, |text, by| expr::write(text, by, scope))?;
            text.push(") ");
        }
    }
    Ok(())
}

/// Writes FROM with all joins.
pub(super) fn from(text: &mut Text, scope: &Scope<'_>) -> Result<()> {
    let joins = scope.entries.iter().any(|entry| entry.join.is_some());
    let shown = |at: &usize| scope.entries.iter().all(|entry| entry.holds != Some(*at));
    for (at, entry) in scope.entries.iter().enumerate().filter(|(at, _)| shown(at)) {
        match (&entry.join, at) {
            (_, 0) => {
                text.push("\nFROM ");
                source(text, entry, scope)?;
            }
            (None, _) => {
                // a comma binds looser than JOIN, and would hide what is before it
                text.push(if joins { " CROSS JOIN " } else { ", " });
                source(text, entry, scope)?;
            }
            (Some((kind, on)), _) => {
                text.push(join_word(*kind, text.dialect)?);
                match entry.holds.and_then(|held| scope.entries.get(held)) {
                    Some(held) => {
                        text.push("(");
                        source(text, entry, scope)?;
                        text.push(" JOIN ");
                        source(text, held, scope)?;
                        if let Some((_, on)) = &held.join {
                            condition(text, held, on, scope)?;
                        }
                        text.push(")");
                    }
                    None => source(text, entry, scope)?,
                }
                condition(text, entry, on, scope)?;
            }
        }
    }
    Ok(())
}

fn join_word(kind: JoinKind, dialect: Dialect) -> Result<&'static str> {
    Ok(match kind {
        JoinKind::Inner => " JOIN ",
        JoinKind::Left => " LEFT JOIN ",
        JoinKind::Cross => " CROSS JOIN ",
        JoinKind::Full if dialect == Dialect::MySql => {
            return Err(invalid(
                "MySQL and MariaDB have no full join; unite two left joins by `union`",
            ));
        }
        JoinKind::Full => " FULL JOIN ",
    })
}

fn source(text: &mut Text, entry: &Entry<'_>, scope: &Scope<'_>) -> Result<()> {
    match &entry.source.body {
        Body::Table(def) => {
            text.table(def);
            if entry.name() != def.table {
                text.push(" AS ").name(entry.name());
            }
        }
        Body::Subquery(statement) => {
            refuse_lock(statement)?;
            let offered = offered::of(statement);
            text.push("(");
            write(text, statement, scope.around(), Some(&offered.names))?;
            text.push(") AS ").name(entry.name());
        }
        Body::Cte(cte) => {
            with::meet(text, cte)?;
            defined(text, cte.name, entry);
        }
        Body::Recursion(name, start) => {
            with::repeat(text, name, start)?;
            defined(text, name, entry);
        }
    }
    Ok(())
}

/// Writes what is defined in front under a name.
fn defined(text: &mut Text, name: &str, entry: &Entry<'_>) {
    text.name(name);
    if entry.name() != name {
        text.push(" AS ").name(entry.name());
    }
}

fn condition(
    text: &mut Text,
    entry: &Entry<'_>,
    JoinOn { keys, tree }: &JoinOn<'_>,
    scope: &Scope<'_>,
) -> Result<()> {
    if keys.is_empty() && tree.is_none() {
        return Ok(());
    }
    text.push(" ON ");
    text.try_list(" AND ", keys, |text, ((left, from), to)| {
        expr::column_of(text, &scope.entries[*left], *from)?;
        text.push(" = ");
        expr::column_of(text, entry, *to)
    })?;
    let Some(tree) = tree else { return Ok(()) };
    let loose = matches!(tree.expr(), Expr::Or(_)) && !keys.is_empty();
    text.push(if keys.is_empty() { "" } else { " AND " }).push(if loose { "(" } else { "" });
    expr::write(text, tree.expr(), scope)?;
    text.push(if loose { ")" } else { "" });
    Ok(())
}

fn compound(
    text: &mut Text,
    ast: &CompoundAst,
    outer: Option<&Scope<'_>>,
    names: Option<&[String]>,
) -> Result<()> {
    let own = named_by_order(ast, text.dialect).then(|| offered::of(&ast.first));
    member(text, &ast.first, outer, own.as_ref().map(|own| own.names.as_slice()).or(names))?;
    for (op, other) in &ast.rest {
        text.push(match op {
            SetOp::Union => "\nUNION\n",
            SetOp::UnionAll => "\nUNION ALL\n",
            SetOp::Intersect => "\nINTERSECT\n",
            SetOp::Except => "\nEXCEPT\n",
        });
        member(text, other, outer, None)?;
    }
    if !ast.order_by.is_empty() {
        text.push("\nORDER BY ");
        let select = ast.first.leading();
        text.try_list(", ", &ast.order_by, |text, order| {
            let at = outputs::position(&order.expr, select).ok_or_else(|| {
                invalid("several statements as one are ordered by what the first of them selects; select it there")
            })?;
            order_by_place(text, (at, own.as_ref().map(|own| own.names.as_slice())), order);
            Ok(())
        })?;
    }
    window(text, ast.limit, ast.offset)
}

/// One of several statements. One that is ordered, cut or put together itself stands in FROM, since
/// SQLite takes no parentheses here.
pub(super) fn member(
    text: &mut Text,
    ast: &ReadAst,
    outer: Option<&Scope<'_>>,
    names: Option<&[String]>,
) -> Result<()> {
    refuse_lock(ast)?;
    let plain = match ast {
        ReadAst::Select(ast) => ast.order_by.is_empty(),
        ReadAst::Compound(_) => false,
    };
    if plain && !is_cut(ast) {
        return write(text, ast, outer, names);
    }
    let own = offered::of(ast);
    text.push("SELECT * FROM (");
    write(text, ast, outer, Some(names.unwrap_or(&own.names)))?;
    text.push(") AS part");
    Ok(())
}

/// Writes what rows are ordered by; what is selected under a label, by that.
pub(super) fn order_by(
    text: &mut Text,
    order: &[Order],
    outputs: &[Output],
    scope: &Scope<'_>,
) -> Result<()> {
    text.try_list(", ", order, |text, order| {
        if let (Dialect::MySql, Some(nulls)) = (text.dialect, order.nulls) {
            text.push("(");
            expr::write(text, &order.expr, scope)?;
            text.push(if nulls == Nulls::First { ") IS NOT NULL, " } else { ") IS NULL, " });
        }
        match &order.expr {
            Expr::Label { name, .. } if outputs.iter().any(|output| output.is_labelled(name)) => {
                text.name(name);
            }
            other => by(text, other, scope)?,
        }
        direction(text, order);
        Ok(())
    })
}

/// Writes what rows are grouped or ordered by. A value alone is the same for all of them, and MySQL
/// would take a number for the place of a column.
fn by(text: &mut Text, expr: &Expr, scope: &Scope<'_>) -> Result<()> {
    match (same::bare(expr), text.dialect) {
        (Expr::Value(_), Dialect::MySql) => {
            text.push("NULL");
            Ok(())
        }
        _ => expr::write(text, expr, scope),
    }
}

/// Whether the order asks for names: MySQL has no other way to say where NULL stands.
fn named_by_order(ast: &CompoundAst, dialect: Dialect) -> bool {
    dialect == Dialect::MySql && ast.order_by.iter().any(|order| order.nulls.is_some())
}

/// By its place: SQLite takes a name for an expression, which means nothing in a join of two tables
/// that both have it.
fn order_by_place(text: &mut Text, (at, names): (usize, Option<&[String]>), order: &Order) {
    if let (Some(nulls), Some(name)) = (order.nulls, names.and_then(|names| names.get(at))) {
        text.name(name).push(if nulls == Nulls::First { " IS NOT NULL, " } else { " IS NULL, " });
    }
    text.display(at + 1);
    direction(text, order);
}

fn direction(text: &mut Text, order: &Order) {
    text.push(if order.descending { " DESC" } else { "" });
    if text.dialect != Dialect::MySql {
        text.push(match order.nulls {
            None => "",
            Some(Nulls::First) => " NULLS FIRST",
            Some(Nulls::Last) => " NULLS LAST",
        });
    }
}

/// Writes LIMIT and OFFSET.
pub(super) fn window(text: &mut Text, limit: Option<u64>, offset: Option<u64>) -> Result<()> {
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

/// Writes a number of rows.
pub(super) fn count(text: &mut Text, count: u64) -> Result<()> {
    if count <= SMALL {
        text.display(count);
        return Ok(());
    }
    // no table has more rows than this
    text.bind(&Value::Int(i64::try_from(count).unwrap_or(i64::MAX)), None)
}

/// SQLite locks no rows; there the transaction is begun for writing.
fn locked(text: &mut Text, lock: Lock) -> Result<()> {
    if text.dialect == Dialect::Sqlite {
        return Ok(());
    }
    text.push(match (lock.share, text.dialect) {
        (false, _) => "\nFOR UPDATE",
        // MariaDB knows only this form
        (true, Dialect::MySql) => "\nLOCK IN SHARE MODE",
        (true, _) => "\nFOR SHARE",
    });
    text.push(match lock.wait {
        LockWait::Wait => "",
        LockWait::Skip => " SKIP LOCKED",
        LockWait::Fail => " NOWAIT",
    });
    Ok(())
}
