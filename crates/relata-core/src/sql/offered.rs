//! [`Offered`]: the columns of a statement where it is a subquery.

use super::scope::invalid;
use crate::{
    error::Result,
    query::{Body, Expr, Output, ReadAst, SelectAst, Source},
    schema::ModelDef,
};
use std::sync::{Arc, OnceLock};

/// The columns of a statement, where it is a subquery.
#[derive(Default)]
pub(crate) struct Offered {
    /// Those of columns and labels, made different where two are the same.
    pub(super) names: Vec<String>,
    /// The models that it selects, with the places of their first columns.
    models: Vec<(&'static ModelDef, usize)>,
}

/// What a statement offers, found once. Its columns may be those of another one, whose columns are
/// those of the next, and so on.
#[derive(Default)]
pub(crate) struct Once(OnceLock<Arc<Offered>>);

impl Clone for Once {
    /// A copy may be changed, so it knows nothing.
    fn clone(&self) -> Self {
        Once::default()
    }
}

/// What a statement offers where it is a subquery.
pub(super) fn of(ast: &ReadAst) -> Arc<Offered> {
    let select = ast.leading();
    Arc::clone(select.offered.0.get_or_init(|| Arc::new(find(select))))
}

fn find(select: &SelectAst) -> Offered {
    let Offered { mut names, mut models } = Offered::default();
    for output in &select.outputs {
        match output {
            Output::All { source, .. } => {
                let first = names.len();
                match (&source.body, source.statement()) {
                    (Body::Table(def), _) => models.push((def, first)),
                    (_, Some(statement)) => {
                        let inner = of(statement);
                        models.extend(inner.models.iter().map(|(def, at)| (*def, first + at)));
                    }
                    (_, None) => {}
                }
                each(source, |name| add(&mut names, Some(name.to_owned())));
            }
            Output::Expr { tree, .. } => {
                let name = name(tree.expr(), select);
                add(&mut names, name);
            }
        }
    }
    Offered { names, models }
}

/// Whether a source has the columns of a model.
pub(super) fn has(source: &Source, def: &'static ModelDef) -> bool {
    match (&source.body, source.statement()) {
        (Body::Table(table), _) => *table == def,
        (_, statement) => statement
            .is_some_and(|statement| of(statement).models.iter().any(|(model, _)| *model == def)),
    }
}

/// The place of a model's first column in a source that has it.
pub(super) fn first_of(source: &Source, def: &'static ModelDef) -> Result<usize> {
    let Some(statement) = source.statement() else { return Ok(0) };
    let offered = of(statement);
    let mut places = offered.models.iter().filter(|(model, _)| *model == def);
    match (places.next(), places.next()) {
        (first, None) => Ok(first.map_or(0, |(_, at)| *at)),
        _ => Err(invalid(format_args!(
            "`{name}` has all columns of `{table}` twice, which nothing tells apart; select them one by one, as in `(Model.id, other.id)`",
            name = source.name(),
            table = def.table,
        ))),
    }
}

/// Names that differ in capitals only are one for some databases.
fn add(names: &mut Vec<String>, name: Option<String>) {
    let base = name.unwrap_or_else(|| format!("column_{}", names.len() + 1));
    let mut name = base.clone();
    let mut count = 1;
    while names.iter().any(|other| other.eq_ignore_ascii_case(&name)) {
        count += 1;
        name = format!("{base}_{count}");
    }
    names.push(name);
}

/// The name that an expression has without a label that is written.
pub(super) fn name(expr: &Expr, within: &SelectAst) -> Option<String> {
    match expr {
        Expr::Label { name, .. } => Some((*name).to_owned()),
        Expr::Column(column) => {
            let own = column.table.columns[column.at].name;
            let Some(read) = subquery(column.alias, within) else { return Some(own.to_owned()) };
            name_at(read, first_of(read, column.table).ok()? + column.at)
        }
        Expr::Derived { source, at } => name_at(subquery(source, within)?, *at),
        _ => None,
    }
}

fn subquery<'s>(alias: &str, within: &'s SelectAst) -> Option<&'s Source> {
    if alias.is_empty() {
        return None;
    }
    within.sources().find(|read| read.alias == alias && read.statement().is_some())
}

fn name_at(source: &Source, at: usize) -> Option<String> {
    of(source.statement()?).names.get(at).cloned()
}

/// Sees the names of all columns of a source.
pub(super) fn each(source: &Source, mut see: impl FnMut(&str)) {
    match (&source.body, source.statement()) {
        (Body::Table(def), _) => def.columns.iter().for_each(|column| see(column.name)),
        (_, Some(statement)) => of(statement).names.iter().for_each(|name| see(name)),
        (_, None) => {}
    }
}

/// How many columns a source has.
pub(super) fn width(source: &Source) -> usize {
    match (&source.body, source.statement()) {
        (Body::Table(def), _) => def.columns.len(),
        (_, statement) => statement.map_or(0, |statement| of(statement).names.len()),
    }
}
