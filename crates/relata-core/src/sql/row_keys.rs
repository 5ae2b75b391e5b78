//! What tells the rows of a statement apart: the keys of what it reads, or what it groups by.

use super::{
    offered, outputs,
    scope::{Entry, Scope, invalid},
};
use crate::{
    error::{Error, Result},
    query::{
        Body, ColumnRef, Distinct, Expr, Function, JoinKind, Order, Output, ReadAst, Repeated,
        SelectAst, SetOp, Source,
    },
    schema::ModelDef,
};

/// Functions that make one row of many, under the names that every database has.
const AGGREGATES: [&str; 4] = ["min", "max", "sum", "avg"];

/// Expressions of which no two rows have the same.
///
/// # Errors
/// `InvalidStatement` where there are none, and what is wrong with what the statement reads.
pub(crate) fn row_keys(ast: &SelectAst) -> Result<Vec<Expr>> {
    if !ast.group_by.is_empty() {
        return Ok(grouped(ast));
    }
    if is_one_row(ast) {
        return Err(invalid(
            "without `group_by` an aggregate gives a single row, which has no pages; execute the statement",
        ));
    }
    let scope = Scope::of(ast, None)?;
    let mut wanted = vec![false; scope.entries.len()];
    let mut keys = Vec::new();
    for (at, entry) in scope.entries.iter().enumerate().filter(|(_, entry)| !entry.hidden) {
        if entry.shown.is_some() && !entry.apart {
            known_by_others(&scope, at, &mut wanted)?;
            continue;
        }
        let own = match unique(&entry.source)? {
            Some(own) => own,
            None => ordered_by(entry, &ast.order_by).ok_or_else(|| may_repeat(&entry.source))?,
        };
        if wanted[at] || !is_found_by(entry, &own) {
            keys.extend(own.into_iter().map(|at| column(&entry.source, at)));
        }
    }
    Ok(keys)
}

/// What is grouped by, without the columns that the key of their table brings.
fn grouped(ast: &SelectAst) -> Vec<Expr> {
    let is = |column: ColumnRef| {
        ast.group_by.iter().any(|by| matches!(by, Expr::Column(by) if *by == column))
    };
    let is_table = |alias: &str| {
        let mut sources = ast.sources().filter(|source| source.alias == alias);
        alias.is_empty() || sources.all(|source| matches!(source.body, Body::Table(_)))
    };
    let brought = |by: &Expr| match by {
        Expr::Column(column) => {
            let key = column.table.primary_key;
            !key.contains(&column.at)
                && is_table(column.alias)
                && key.iter().all(|at| is(ColumnRef { at: *at, ..*column }))
        }
        _ => false,
    };
    ast.group_by.iter().filter(|by| !brought(by)).cloned().collect()
}

/// Whether the rows before, by the columns that it is joined on, lead to one row at most.
fn is_found_by(entry: &Entry<'_>, own: &[usize]) -> bool {
    let Some((JoinKind::Inner | JoinKind::Left, on)) = &entry.join else { return false };
    own.iter().all(|at| on.keys.iter().any(|(_, column)| column == at))
}

/// A link that is read once more has no name to read its key by; what it links has to say which it
/// is.
fn known_by_others(scope: &Scope<'_>, at: usize, wanted: &mut [bool]) -> Result<()> {
    let entry = &scope.entries[at];
    let mut known: Vec<usize> = Vec::new();
    if let Some((_, on)) = &entry.join {
        known.extend(on.keys.iter().map(|(_, column)| column));
    }
    for (other, joined) in scope.entries.iter().enumerate() {
        let Some((_, on)) = &joined.join else { continue };
        let by_this = on.keys.iter().filter(|((left, _), _)| *left == at);
        let before = known.len();
        known.extend(by_this.map(|((_, column), _)| column));
        wanted[other] |= known.len() > before;
    }
    match unique(&entry.source)? {
        Some(key) if key.iter().all(|at| known.contains(at)) => Ok(()),
        _ => Err(may_repeat(&entry.source)),
    }
}

/// The positions of columns of which no two rows of a source have the same.
fn unique(source: &Source) -> Result<Option<Vec<usize>>> {
    match &source.body {
        Body::Table(def) => Ok(Some(def.primary_key.to_vec())),
        Body::Subquery(statement) => unique_of(statement),
        Body::Cte(cte) => match &cte.step {
            None => unique_of(&cte.start),
            Some((_, Repeated::Dropped)) => Ok(Some(all(&cte.start))),
            Some((_, Repeated::Kept)) => Ok(None),
        },
        Body::Recursion(..) => Ok(None),
    }
}

fn unique_of(ast: &ReadAst) -> Result<Option<Vec<usize>>> {
    match ast {
        ReadAst::Compound(compound) => {
            let distinct = compound.rest.iter().all(|(op, _)| *op != SetOp::UnionAll);
            Ok(distinct.then(|| all(ast)))
        }
        ReadAst::Select(select) if !matches!(select.distinct, Distinct::No) => Ok(Some(all(ast))),
        ReadAst::Select(select) if is_one_row(select) => Ok(Some(Vec::new())),
        ReadAst::Select(select) => {
            let keys = row_keys(select)?;
            Ok(keys.iter().map(|key| outputs::position(key, select)).collect())
        }
    }
}

fn all(ast: &ReadAst) -> Vec<usize> {
    (0..offered::of(ast).names.len()).collect()
}

/// The key of a source of models, where the rows are ordered by it: then it was said to be one.
fn ordered_by(entry: &Entry<'_>, order: &[Order]) -> Option<Vec<usize>> {
    let def = model_of(&entry.source)?;
    let is = |at: &usize| {
        let key = ColumnRef { table: def, at: *at, alias: entry.source.alias };
        order.iter().any(|order| matches!(&order.expr, Expr::Column(column) if *column == key))
    };
    def.primary_key.iter().all(is).then(|| def.primary_key.to_vec())
}

/// A column of a source; of a model's rows, as the model has it.
fn column(source: &Source, at: usize) -> Expr {
    match model_of(source) {
        Some(table) => Expr::Column(ColumnRef { table, at, alias: source.alias }),
        None => Expr::Derived { source: source.alias, at },
    }
}

/// The model whose rows a source gives, and nothing else.
fn model_of(mut source: &Source) -> Option<&'static ModelDef> {
    loop {
        let Some(statement) = source.statement() else {
            return match &source.body {
                Body::Table(def) => Some(def),
                _ => None,
            };
        };
        match statement.leading().outputs.as_slice() {
            [Output::All { source: inner, optional: false }] => source = inner,
            _ => return None,
        }
    }
}

/// Whether it makes one row of all.
fn is_one_row(ast: &SelectAst) -> bool {
    let aggregates = |output: &Output| match output {
        Output::All { .. } => false,
        Output::Expr { tree, .. } => aggregates(tree.expr()),
    };
    ast.group_by.is_empty() && (ast.having.is_some() || ast.outputs.iter().any(aggregates))
}

fn aggregates(expr: &Expr) -> bool {
    if let Expr::Call(call) = expr
        && call.over.is_none()
        && match &call.function {
            Function::Count | Function::StringAgg(_) => true,
            Function::Named(name) => AGGREGATES.contains(&&**name),
            _ => false,
        }
    {
        return true;
    }
    let mut found = false;
    expr.each_child(&mut |child| found = found || aggregates(child));
    found
}

fn may_repeat(source: &Source) -> Error {
    let name = source.name();
    invalid(format_args!(
        "`{name}` may give the same row twice, which pages cannot tell apart; let it select the key of what it reads, or each row once (`distinct`, `union`, `recursive`)"
    ))
}
