//! [`Offered`]: what a statement's columns are called where it is a subquery.

use crate::query::{Body, Expr, Output, ReadAst, SelectAst, Source};
use std::sync::{Arc, OnceLock};

/// The names that a statement's columns have where it is a subquery: those of columns and labels,
/// made different where two are the same.
pub(crate) type Offered = Arc<[String]>;

/// What a statement offers, found once. Its columns may be those of another one, whose columns are
/// those of the next, and so on.
#[derive(Default)]
pub(crate) struct Once(OnceLock<Offered>);

impl Clone for Once {
    /// A copy may be changed, so it knows nothing.
    fn clone(&self) -> Self {
        Once::default()
    }
}

/// The names that a statement's columns have where it is a subquery.
pub(super) fn names(ast: &ReadAst) -> Offered {
    let select = ast.leading();
    Arc::clone(select.offered.0.get_or_init(|| find(select)))
}

fn find(select: &SelectAst) -> Offered {
    let mut names: Vec<String> = Vec::new();
    for output in &select.outputs {
        match output {
            Output::All { source, .. } => {
                each(source, |name| add(&mut names, Some(name.to_owned())));
            }
            Output::Expr { tree, .. } => {
                let name = name(tree.expr(), select);
                add(&mut names, name);
            }
        }
    }
    names.into()
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

fn name(expr: &Expr, within: &SelectAst) -> Option<String> {
    match expr {
        Expr::Label { name, .. } => Some((*name).to_owned()),
        Expr::Column(column) => Some(column.table.columns[column.at].name.to_owned()),
        Expr::Derived { source, at } => {
            let read = within.sources().find(|read| read.alias == *source)?;
            read.statement().and_then(|statement| names(statement).get(*at).cloned())
        }
        _ => None,
    }
}

/// Sees the names of all columns of a source.
pub(super) fn each(source: &Source, mut see: impl FnMut(&str)) {
    match (&source.body, source.statement()) {
        (Body::Table(def), _) => def.columns.iter().for_each(|column| see(column.name)),
        (_, Some(statement)) => names(statement).iter().for_each(|name| see(name)),
        (_, None) => {}
    }
}

/// How many columns a source has.
pub(super) fn width(source: &Source) -> usize {
    match (&source.body, source.statement()) {
        (Body::Table(def), _) => def.columns.len(),
        (_, statement) => statement.map_or(0, |statement| names(statement).len()),
    }
}
