//! A statement that stays open between portions of its rows.

use crate::{
    fault,
    link::{Link, named},
    row::Held,
};
use relata_core::{
    connection::{Portion, Rows},
    error::{Error, ErrorKind, Result},
};
use std::sync::Arc;

/// The rows of an open statement that have not been read yet.
pub(crate) struct Found<'a> {
    link: &'a Link,
    rows: rusqlite::Rows<'a>,
    sql: &'a Arc<str>,
    table: Option<&'static str>,
}

impl<'a> Found<'a> {
    pub(crate) fn new(
        link: &'a Link,
        rows: rusqlite::Rows<'a>,
        sql: &'a Arc<str>,
        table: Option<&'static str>,
    ) -> Self {
        Found { link, rows, sql, table }
    }

    /// Takes up to `limit` rows, and steps no further than the last of them.
    pub(crate) fn portion(
        &mut self,
        mut rows: Box<dyn Rows>,
        limit: usize,
        wanted: impl Fn() -> bool,
    ) -> Portion {
        let more = self
            .read(&mut *rows, limit, wanted)
            .map_err(|error| self.link.failure(named(error, self.sql, self.table)));
        Portion { rows: Some(rows), more }
    }

    fn read(
        &mut self,
        rows: &mut dyn Rows,
        limit: usize,
        wanted: impl Fn() -> bool,
    ) -> Result<bool> {
        for _ in 0..limit {
            if !wanted() {
                let message = "the rows were no longer wanted half-way";
                return Err(Error::new(ErrorKind::Interrupted, message));
            }
            match self.rows.next().map_err(|error| fault::classify(error, self.table))? {
                Some(row) => rows.row(&Held(row))?,
                None => return Ok(false),
            }
        }
        Ok(true)
    }
}

/// The answer to who asks for rows where no cursor is open.
pub(crate) fn none_open() -> Error {
    let message = "no cursor is open: all its rows were read, it failed, or a call on it was dropped half-way; run the statement again";
    Error::new(ErrorKind::Interrupted, message)
}
