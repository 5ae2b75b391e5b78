//! The only row of a statement, and the errors of none and of several. They name the table that is
//! read first, if there is one.

use crate::{Error, ErrorKind, Result};

pub(super) fn exactly_one<R>(rows: Vec<R>, table: Option<&'static str>) -> Result<R> {
    at_most_one(rows, table)?.ok_or_else(|| {
        let rest = "found when one was required; use `one_or_none` or `first`";
        wrong_count(ErrorKind::NotFound, "no row", table, rest)
    })
}

pub(super) fn at_most_one<R>(mut rows: Vec<R>, table: Option<&'static str>) -> Result<Option<R>> {
    Most::One(table).check(rows.len())?;
    Ok(rows.pop())
}

/// How many rows are wanted of a statement that writes, before it is committed.
#[derive(Clone, Copy)]
pub(super) enum Most {
    /// One, of this table.
    One(Option<&'static str>),
    Any,
}

impl Most {
    pub(super) fn check(self, rows: usize) -> Result<()> {
        match self {
            Most::One(table) if rows > 1 => {
                let rest = "found when one was required; narrow the filter or use `first`";
                Err(wrong_count(ErrorKind::MultipleFound, "more than one row", table, rest))
            }
            Most::One(_) | Most::Any => Ok(()),
        }
    }
}

fn wrong_count(kind: ErrorKind, rows: &str, table: Option<&'static str>, rest: &str) -> Error {
    match table {
        Some(table) => {
            Error::new(kind, format!("{rows} of `{table}` was {rest}")).with_table(table)
        }
        None => Error::new(kind, format!("{rows} was {rest}")),
    }
}
