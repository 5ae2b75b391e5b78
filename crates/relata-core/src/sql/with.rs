//! The CTEs of a statement, in front of it: each once, and behind those that it reads.
//!
//! Which ones there are is only known when the statement has been written. So one that has any is
//! written twice, and the others pay nothing.

use super::{
    Dialect, offered, read,
    scope::invalid,
    text::{Mark, Text},
};
use crate::{
    error::{Error, Result},
    query::{Cte, ReadAst, Repeated},
    schema::ModelDef,
};
use std::sync::Arc;

/// The CTEs of the statement that is being written.
#[derive(Default)]
pub(super) struct Ctes {
    /// Whether one is. What stands inside of it leaves its CTEs to it.
    open: bool,
    /// Those met so far, each behind those that it reads.
    met: Vec<Met>,
    /// Those whose own text is being written, the innermost last.
    within: Vec<Arc<Cte>>,
    /// A table that is read, but one of them has its name.
    hidden: Option<&'static ModelDef>,
}

#[derive(Clone)]
struct Met {
    cte: Arc<Cte>,
    /// Whether it is read more than once.
    again: bool,
}

impl Ctes {
    /// Sees that a table is read.
    pub(super) fn see(&mut self, def: &'static ModelDef) {
        if self.met.iter().any(|met| met.cte.name.eq_ignore_ascii_case(def.table)) {
            self.hidden = Some(def);
        }
    }
}

/// Writes a statement with its CTEs in front, or a part of one that is written already.
pub(super) fn whole(text: &mut Text, write: impl Fn(&mut Text) -> Result<()>) -> Result<()> {
    if text.ctes.open {
        return write(text);
    }
    text.ctes.open = true;
    let start = text.mark();
    let done = write(text).and_then(|()| match text.ctes.met.is_empty() {
        true => Ok(()),
        false => again(text, start, write),
    });
    text.ctes = Ctes::default();
    done
}

fn again(text: &mut Text, start: Mark, write: impl Fn(&mut Text) -> Result<()>) -> Result<()> {
    text.back_to(start);
    let ctes = text.ctes.met.clone();
    let recursive = ctes.iter().any(|met| met.cte.step.is_some() || kept(met, text.dialect));
    text.push(if recursive { "WITH RECURSIVE " } else { "WITH " });
    text.try_list(",\n", &ctes, |text, met| {
        // else SQLite may compute it for each who reads it, with other rows
        let once = met.again && text.dialect == Dialect::Sqlite;
        text.name(met.cte.name).push(if once { " AS MATERIALIZED (" } else { " AS (" });
        body(text, &met.cte, kept(met, text.dialect))?;
        text.push(")");
        Ok(())
    })?;
    text.push("\n");
    write(text)?;
    text.ctes.hidden.map_or(Ok(()), |table| Err(hides(table)))
}

/// Whether it has to be recursive to be computed once for all who read it: MariaDB keeps the rows of no
/// other.
fn kept(met: &Met, dialect: Dialect) -> bool {
    met.again && met.cte.step.is_none() && dialect == Dialect::MySql
}

/// Sees that a CTE is read.
pub(super) fn meet(text: &mut Text, cte: &Arc<Cte>) -> Result<()> {
    if let Some(met) = text.ctes.met.iter_mut().find(|met| Arc::ptr_eq(&met.cte, cte)) {
        met.again = true;
        return Ok(());
    }
    // those that it reads are met first; the text is written anew
    body(text, cte, false)?;
    if text.ctes.met.iter().any(|met| met.cte.name.eq_ignore_ascii_case(cte.name)) {
        return Err(same_name(cte.name));
    }
    text.ctes.met.push(Met { cte: Arc::clone(cte), again: false });
    Ok(())
}

fn body(text: &mut Text, cte: &Arc<Cte>, kept: bool) -> Result<()> {
    read::refuse_lock(&cte.start)?;
    text.ctes.within.push(Arc::clone(cte));
    let offered = offered::of(&cte.start);
    let names = &offered.names;
    match &cte.step {
        None if kept => {
            read::member(text, &cte.start, None, Some(names))?;
            text.push("\nUNION ALL\nSELECT * FROM ").name(cte.name).push(" WHERE FALSE");
        }
        None => read::write(text, &cte.start, None, Some(names))?,
        Some((step, repeated)) => {
            read::member(text, &cte.start, None, Some(names))?;
            text.push(match repeated {
                Repeated::Kept => "\nUNION ALL\n",
                Repeated::Dropped => "\nUNION\n",
            });
            read::member(text, step, None, None)?;
        }
    }
    text.ctes.within.pop();
    Ok(())
}

/// Whether a recursive CTE is being written, whose columns are as wide on MySQL as its first part makes them.
pub(super) fn is_growing(text: &Text) -> bool {
    let recursive = text.ctes.within.last().is_some_and(|cte| cte.step.is_some());
    recursive && text.dialect == Dialect::MySql
}

/// Sees that the rows are read that a recursive CTE has found so far, which only its own step can.
pub(super) fn repeat(text: &Text, name: &str, start: &Arc<ReadAst>) -> Result<()> {
    let is = |cte: &&Arc<Cte>| Arc::ptr_eq(&cte.start, start);
    match (text.ctes.within.last(), text.ctes.within.iter().find(is)) {
        (Some(inner), Some(cte)) if Arc::ptr_eq(inner, cte) => Ok(()),
        (Some(inner), Some(_)) => Err(invalid(format_args!(
            "the CTE `{}` reads `{name}`, in whose step it stands; make it a `subquery`, or a part of the step",
            inner.name
        ))),
        _ => Err(invalid(format_args!(
            "`{name}` is read outside of its step with the handle that the step was given; read what `recursive` returned"
        ))),
    }
}

fn same_name(name: &str) -> Error {
    invalid(format_args!(
        "the statement reads two CTEs called `{name}`; build one and use it wherever it is read, or give one another name"
    ))
}

fn hides(table: &ModelDef) -> Error {
    invalid(format_args!(
        "a CTE has the name of the table `{}`, which the statement reads too; give it another one",
        table.table
    ))
    .with_table(table.table)
}
