//! Cursors: the rows of one statement, read from the wire only as far as they are asked for.

use super::{
    Link, named,
    statement::{check, fits, sent},
};
use crate::{bind, fault, row::Held, wanted::Wanted};
use mysql_async::{BinaryProtocol, QueryResult, Statement as Prepared, prelude::Queryable};
use relata_core::{
    connection::{Failure, Params, Portion, Rows, Statement},
    error::{Error, ErrorKind, Result},
};
use std::sync::Arc;

/// The statement whose rows are read in portions.
pub(super) struct Cursor {
    sql: Arc<str>,
    table: Option<&'static str>,
    prepared: Prepared,
}

impl Link {
    /// Opens a cursor. `within` is whether the caller takes a transaction to be open.
    pub(crate) async fn open_cursor(
        &mut self,
        statement: Statement,
        within: bool,
        wanted: &Wanted,
    ) -> Result<(), Failure> {
        (self.step, self.renewed) = (0, self.is_lost());
        self.still(within).map_err(|error| self.failure(error))?;
        let Statement { sql, params, table, .. } = statement;
        match self.bring(&sql, &params, table, wanted).await {
            Ok(prepared) => {
                self.cursor = Some(Cursor { sql, table, prepared });
                Ok(())
            }
            Err(error) => Err(self.failure(named(error, &sql, table))),
        }
    }

    async fn bring(
        &mut self,
        sql: &Arc<str>,
        params: &Params,
        table: Option<&'static str>,
        wanted: &Wanted,
    ) -> Result<Prepared> {
        check(params)?;
        bind::within(self.max_packet, sql, &[])?;
        self.lift_limit().await?;
        self.ready(sql).await?;
        loop {
            let prepared = self.prepare(sql, table, wanted).await?;
            let Some(prepared) = prepared else { return Err(writes()) };
            match self.bring_prepared(sql, params, table, &prepared, wanted).await {
                Ok(true) => return Ok(prepared),
                Ok(false) => {}
                Err(error) => {
                    self.forget(Some(prepared)).await;
                    return Err(error);
                }
            }
        }
    }

    /// `false` where another connection has taken the place of a broken one, and the statement is to be
    /// prepared on it.
    async fn bring_prepared(
        &mut self,
        sql: &str,
        params: &Params,
        table: Option<&'static str>,
        prepared: &Prepared,
        wanted: &Wanted,
    ) -> Result<bool> {
        if params.sets != 1 || prepared.num_columns() == 0 {
            return Err(writes());
        }
        fits(Some(prepared), params)?;
        let values = bind::all(&params.values)?;
        bind::within(self.max_packet, sql, &values)?;
        let Some(conn) = &mut self.conn else { return Err(fault::lost()) };
        match conn.exec_iter(prepared, sent(values)).await.map(drop) {
            Ok(()) => {
                self.stage.answered();
                Ok(true)
            }
            Err(fault) if self.renews(&fault, wanted).await => Ok(false),
            Err(error) => Err(self.failed(error, table).await),
        }
    }

    /// Takes up to `limit` rows of the cursor.
    pub(crate) async fn portion(
        &mut self,
        mut rows: Box<dyn Rows>,
        limit: usize,
        wanted: &Wanted,
    ) -> Portion {
        self.step = 0;
        let more = match self.cursor.take() {
            Some(cursor) => match self.fetch(&mut *rows, limit, wanted, cursor.table).await {
                Ok(true) => {
                    self.cursor = Some(cursor);
                    Ok(true)
                }
                ended => {
                    self.forget(Some(cursor.prepared)).await;
                    ended.map_err(|error| named(error, &cursor.sql, cursor.table))
                }
            },
            None => Err(none_open()),
        };
        Portion { rows: Some(rows), more: more.map_err(|error| self.failure(error)) }
    }

    async fn fetch(
        &mut self,
        rows: &mut dyn Rows,
        limit: usize,
        wanted: &Wanted,
        table: Option<&'static str>,
    ) -> Result<bool> {
        for _ in 0..limit {
            let Some(conn) = &mut self.conn else { return Err(fault::lost()) };
            let mut result = QueryResult::<BinaryProtocol>::new(conn);
            let taken = match result.next().await {
                Ok(Some(row)) => wanted.check().and_then(|()| rows.row(&Held(&row))),
                Ok(None) => {
                    self.hear();
                    self.tell_warnings().await;
                    return Ok(false);
                }
                Err(error) => return Err(self.failed(error, table).await),
            };
            if let Err(error) = taken {
                wanted.no_longer();
                self.skip(true, table).await;
                return Err(error);
            }
        }
        Ok(true)
    }

    /// Whether a cursor is open, so that rows may still be on the wire.
    pub(crate) fn has_cursor(&self) -> bool {
        self.cursor.is_some()
    }

    /// Closes the cursor, if one is open: reads over the rest of its rows.
    pub(crate) async fn close(&mut self) {
        if let Some(cursor) = self.cursor.take() {
            self.skip(true, cursor.table).await;
            self.forget(Some(cursor.prepared)).await;
        }
    }
}

fn writes() -> Error {
    let message = "a cursor takes one statement that only reads, with one set of parameters; run others in a batch";
    Error::new(ErrorKind::Database, message)
}

fn none_open() -> Error {
    let message = "no cursor is open: all its rows were read, it failed, or a call on it was dropped half-way; run the statement again";
    Error::new(ErrorKind::Interrupted, message)
}
