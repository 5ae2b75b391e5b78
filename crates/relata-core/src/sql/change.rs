//! INSERT, UPDATE and DELETE, from the statement's data.

use super::{
    Dialect, Rendered, conflict, expr,
    groups::Part,
    in_turn, offered, outputs,
    pieces::pieces,
    read,
    scope::{Scope, invalid},
    text::Text,
    types,
};
use crate::{
    error::{Error, ErrorKind, Result},
    query::{
        ConflictAction, ConflictAst, Expr, InsertAst, Inserted, Predicate, ReadAst, SetAst, Target,
        Verb, WriteAst,
    },
    schema::ModelDef,
    value::SqlType,
};

/// What is written to each column of a row; `None` for what is left out.
type Row = Vec<Option<Expr>>;

/// The text of a statement that writes; several where an INSERT has more rows than one statement
/// takes, none where it has no rows.
///
/// # Errors
/// The first mistake made when it was built, such as a value with relations; `InvalidStatement` where
/// it sets nothing, uses a table that it does not write to, or asks for what the database has not,
/// such as rows of an INSERT where it gives none (`returning`); `OutOfRange` and `UnboundId` for values
/// that cannot be written.
pub fn change(
    ast: &WriteAst,
    dialect: Dialect,
    bind_limit: usize,
    returning: bool,
) -> Result<Vec<Rendered>> {
    let WriteAst { verb, target } = ast;
    if let Some(fault) = &target.fault {
        return Err(fault.clone());
    }
    if target.returning.is_some() && dialect == Dialect::MySql {
        given(verb, returning)?;
    }
    match verb {
        Verb::Insert(insert) => inserts(insert, target, dialect, bind_limit),
        Verb::Update { set, filter } => one(target, dialect, |text, scope| {
            if set.is_empty() {
                return Err(invalid(format_args!(
                    "the update of `{}` sets nothing; say what: `.set(column, value)`",
                    target.table.table
                )));
            }
            text.push("UPDATE ").table(target.table).push(" SET ");
            assignments(text, target.table, set, scope)?;
            rows(text, filter.as_ref(), scope)
        }),
        Verb::Delete { filter } => one(target, dialect, |text, scope| {
            text.push("DELETE FROM ").table(target.table);
            rows(text, filter.as_ref(), scope)
        }),
    }
}

/// Refuses rows that MySQL does not give of what it wrote, and MariaDB only of some statements.
fn given(verb: &Verb, returning: bool) -> Result<()> {
    let stays = |conflict: &Option<ConflictAst>| {
        matches!(conflict, Some(ConflictAst { action: ConflictAction::Nothing, .. }))
    };
    let why = match verb {
        _ if !returning => "MySQL gives no rows of what a statement wrote",
        Verb::Update { .. } => "MariaDB gives no rows of an UPDATE",
        Verb::Insert(insert) if stays(&insert.conflict) => {
            "MariaDB gives the rows that were there, too"
        }
        _ => return Ok(()),
    };
    Err(invalid(format_args!("{why}; leave `returning` out and read them with a `select`")))
}

/// One statement, with what it returns.
fn one(
    target: &Target,
    dialect: Dialect,
    write: impl FnOnce(&mut Text, &Scope<'_>) -> Result<()>,
) -> Result<Vec<Rendered>> {
    let mut text = Text::new(dialect);
    let scope = Scope::tables([target.table]);
    write(&mut text, &scope)?;
    if let Some(returning) = &target.returning {
        text.push(" RETURNING ");
        outputs::write(&mut text, returning, &scope, None)?;
    }
    Ok(vec![text.rendered()])
}

fn rows(text: &mut Text, filter: Option<&Predicate>, scope: &Scope<'_>) -> Result<()> {
    let Some(filter) = filter else { return Ok(()) };
    text.part = Part::Filter;
    text.push(" WHERE ");
    expr::write(text, filter.expr(), scope)?;
    text.part = Part::default();
    Ok(())
}

/// Writes `column=value` for each. What they read is the row as it was.
pub(super) fn assignments(
    text: &mut Text,
    def: &'static ModelDef,
    set: &[SetAst],
    scope: &Scope<'_>,
) -> Result<()> {
    let set = match text.dialect {
        Dialect::MySql => in_turn::in_turn(text, def, set, scope)?,
        Dialect::Sqlite | Dialect::Postgres => set.iter().collect(),
    };
    text.try_list(", ", set, |text, SetAst { column, to }| {
        text.field(def, *column).push("=");
        assigned(text, (def, *column), to, scope)
    })
}

/// Writes what a column is set to. A value that the column cannot hold is an error.
fn assigned(
    text: &mut Text,
    (def, at): (&'static ModelDef, usize),
    to: &Expr,
    scope: &Scope<'_>,
) -> Result<()> {
    let Expr::Value(value) = to else {
        let Some(places) = rounds(text.dialect, def, at).filter(|_| !fits(to, def, at)) else {
            return expr::write(text, to, scope);
        };
        text.push("round(");
        expr::write(text, to, scope)?;
        text.push(", ").display(places).push(")");
        return Ok(());
    };
    def.check(at, value)?;
    let value = value.resolved().ok_or_else(|| unbound(def, at))?;
    text.bind(&value, Some((def, at)))
}

/// The places that a column rounds to, where the database does not do so by itself: SQLite computes
/// decimals as floats, and stores what comes.
fn rounds(dialect: Dialect, def: &ModelDef, at: usize) -> Option<u8> {
    match (dialect, def.columns[at].ty) {
        (Dialect::Sqlite, SqlType::Decimal(Some((_, places)))) => Some(places),
        _ => None,
    }
}

/// Whether an expression is a column that rounds to no more places.
fn fits(expr: &Expr, def: &ModelDef, at: usize) -> bool {
    let (Expr::Column(column) | Expr::Excluded(column)) = expr else { return false };
    match (column.table.columns[column.at].ty, def.columns[at].ty) {
        (SqlType::Decimal(Some((_, places))), SqlType::Decimal(Some((_, kept)))) => places <= kept,
        _ => false,
    }
}

fn unbound(def: &ModelDef, at: usize) -> Error {
    let column = &def.columns[at];
    let target = column.references.map_or(def.name, |to| to.name);
    let message = format!(
        "`{}.{}` is set to the id of a row of `{target}` that is not saved, which has no key; flush or commit that one first",
        def.name, column.field
    );
    Error::new(ErrorKind::UnboundId, message).with_table(def.table).with_columns([column.name])
}

fn inserts(
    insert: &InsertAst,
    target: &Target,
    dialect: Dialect,
    bind_limit: usize,
) -> Result<Vec<Rendered>> {
    match &insert.rows {
        Inserted::Unsaid => Err(invalid(format_args!(
            "the insert into `{}` says no row; use `.values(…)`, `.set(…)`, or `.columns(…).from_select(…)`",
            target.table.table
        ))),
        Inserted::Rows(all) => {
            let mut texts = Vec::new();
            for rows in all.chunk_by(|one, next| alike(dialect, target.table, one, next)) {
                texts.append(&mut of_rows(insert, target, rows, dialect, bind_limit)?);
            }
            Ok(texts)
        }
        Inserted::Select { columns, select, defaults } => one(target, dialect, |text, scope| {
            let given = defaults.iter().map(|default| default.column);
            let all: Vec<_> = columns.iter().copied().chain(given).collect();
            into(text, target.table, &all);
            text.push(" ");
            selected(text, target.table, (columns, select), defaults, insert.conflict.is_some())?;
            conflict::write(text, insert.conflict.as_ref(), (target.table, &all), scope)
        }),
    }
}

/// The statements that insert rows of one form.
fn of_rows(
    insert: &InsertAst,
    target: &Target,
    rows: &[Row],
    dialect: Dialect,
    bind_limit: usize,
) -> Result<Vec<Rendered>> {
    let columns = columns_of(target.table, rows);
    let written = (target.table, columns.as_slice());
    // what follows the rows is bound again in each statement
    let follows = one(target, dialect, |text, scope| {
        conflict::write(text, insert.conflict.as_ref(), written, scope)
    })?;
    let follows = follows.first().map_or(0, |text| text.params.len());
    let room = bind_limit.saturating_sub(follows);
    let mut texts = Vec::new();
    for part in pieces(dialect, rows, columns.len(), room) {
        texts.append(&mut one(target, dialect, |text, scope| {
            into(text, target.table, &columns);
            values(text, target.table, &columns, part)?;
            conflict::write(text, insert.conflict.as_ref(), written, scope)
        })?);
    }
    Ok(texts)
}

/// Whether two rows can be inserted by one statement. SQLite has no word for a column's default
/// beside values, so there both say something about it, or neither does.
fn alike(dialect: Dialect, def: &ModelDef, one: &Row, next: &Row) -> bool {
    let said = |row: &Row, at: usize| row.get(at).is_some_and(Option::is_some);
    dialect != Dialect::Sqlite
        || (0..def.columns.len())
            .filter(|at| def.columns[*at].server_default.is_some())
            .all(|at| said(one, at) == said(next, at))
}

/// The columns that some row has a value for; where there are none, those that the database fills,
/// so that there is a list at all.
fn columns_of(def: &ModelDef, rows: &[Row]) -> Vec<usize> {
    let said = |at: &usize| rows.iter().any(|row| row.get(*at).is_some_and(Option::is_some));
    let columns: Vec<_> = (0..def.columns.len()).filter(said).collect();
    if columns.is_empty() { def.primary_key.to_vec() } else { columns }
}

/// Writes an INSERT as far as its columns.
pub(super) fn into(text: &mut Text, def: &'static ModelDef, columns: &[usize]) {
    text.push("INSERT INTO ").table(def).push(" (").fields(def, columns);
    let overriding = types::overriding(def, columns, text.dialect);
    text.push(")").push(overriding);
}

fn values(text: &mut Text, def: &'static ModelDef, columns: &[usize], rows: &[Row]) -> Result<()> {
    let nothing_read = Scope::default();
    text.push(" VALUES ");
    text.try_list(", ", rows, |text, row| {
        text.push("(");
        text.try_list(", ", columns, |text, &at| match row.get(at) {
            Some(Some(to)) => assigned(text, (def, at), to, &nothing_read),
            _ => {
                text.push(left_out(def, at, text.dialect));
                Ok(())
            }
        })?;
        text.push(")");
        Ok(())
    })
}

/// What stands for a column that other rows of the INSERT have a value for. SQLite makes the key where
/// NULL is given, and knows no other word for that; beside keys that are given, so does MariaDB, whose
/// DEFAULT would be 0.
fn left_out(def: &ModelDef, at: usize, dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => "NULL",
        Dialect::MySql if def.columns[at].generated => "NULL",
        Dialect::Postgres | Dialect::MySql => "DEFAULT",
    }
}

/// Writes the statement whose rows are inserted, with the values of columns that it does not select.
fn selected(
    text: &mut Text,
    def: &'static ModelDef,
    (columns, select): (&[usize], &ReadAst),
    defaults: &[SetAst],
    conflict: bool,
) -> Result<()> {
    // without WHERE, SQLite takes ON CONFLICT for the condition of a join
    let ended = conflict && text.dialect == Dialect::Sqlite;
    // the tables of the select would be in scope of ON DUPLICATE KEY, the written one a second time
    let apart = conflict && text.dialect == Dialect::MySql;
    let rounded = columns.iter().any(|at| rounds(text.dialect, def, *at).is_some());
    if defaults.is_empty() && !ended && !apart && !rounded {
        return read::write(text, select, None, None);
    }
    let offered = offered::of(select);
    let names = &offered.names;
    text.push("SELECT ");
    if rounded {
        text.list(", ", columns.iter().zip(names), |text, (at, name)| {
            match rounds(text.dialect, def, *at) {
                Some(places) => {
                    text.push("round(part.").name(name).push(", ").display(places).push(")")
                }
                None => text.push("part.").name(name),
            };
        });
    } else {
        text.push("part.*");
    }
    let nothing_read = Scope::default();
    for SetAst { column, to } in defaults {
        text.push(", ");
        assigned(text, (def, *column), to, &nothing_read)?;
    }
    text.push("\nFROM (");
    match in_order(select, text.dialect) {
        Some(select) => read::write(text, &select, None, Some(names))?,
        None => read::write(text, select, None, Some(names))?,
    }
    text.push(") AS part").push(if ended { "\nWHERE TRUE" } else { "" });
    Ok(())
}

/// The statement with a limit that it has no need of: without one, MySQL and MariaDB forget the order of
/// what stands in FROM, in which keys are made.
fn in_order(select: &ReadAst, dialect: Dialect) -> Option<ReadAst> {
    let unlimited = match select {
        ReadAst::Select(ast) => !ast.order_by.is_empty() && ast.limit.is_none(),
        ReadAst::Compound(ast) => !ast.order_by.is_empty() && ast.limit.is_none(),
    };
    if dialect != Dialect::MySql || !unlimited {
        return None;
    }
    let mut select = select.clone();
    match &mut select {
        ReadAst::Select(ast) => ast.limit = Some(u64::MAX),
        ReadAst::Compound(ast) => ast.limit = Some(u64::MAX),
    }
    Some(select)
}
