//! Runs statements, once for each set of their parameters.

use super::{Link, named};
use crate::{bind, count::count, fault, row::Held, wanted::Wanted};
use mysql_async::{
    BinaryProtocol, Error as Fault, Params as Sent, QueryResult, Row, Statement as Prepared,
    TextProtocol, Value,
    prelude::{Protocol, Queryable},
};
use relata_core::{
    connection::{Done, Params, Statement},
    error::{Error, ErrorKind, Result},
    sql::reads,
};
use std::sync::Arc;

/// MySQL's answer to a statement that it does not prepare.
const NOT_PREPARED: u16 = 1295;

type TakesRow<'a> = &'a mut (dyn FnMut(&Row) -> Result<()> + Send);

/// Why reading ended before the rows did.
enum Stopped {
    By(Fault),
    /// Who takes the rows did not take one.
    Refused(Error),
}

impl Link {
    pub(super) async fn statement(
        &mut self,
        statement: Statement,
        wanted: &Wanted,
    ) -> Result<Done> {
        let (sql, table) = (Arc::clone(&statement.sql), statement.table);
        let done = self.each_set(statement, wanted).await;
        done.map_err(|error| named(fault::of_statement(error, &sql), &sql, table))
    }

    async fn each_set(&mut self, statement: Statement, wanted: &Wanted) -> Result<Done> {
        check(&statement.params)?;
        bind::within(self.max_packet, &statement.sql, &[])?;
        self.ready(&statement.sql).await?;
        let mut prepared = self.prepare(&statement.sql, statement.table, wanted).await?;
        let done = self.sets(statement, &mut prepared, wanted).await;
        self.forget(prepared).await;
        done
    }

    async fn sets(
        &mut self,
        statement: Statement,
        prepared: &mut Option<Prepared>,
        wanted: &Wanted,
    ) -> Result<Done> {
        let Statement { sql, params, mut rows, table, key } = statement;
        fits(prepared.as_ref(), &params)?;
        let victim = self.victim();
        let mut done = Done::default();
        for set in params.each() {
            wanted.check()?;
            let values = bind::all(set)?;
            bind::within(self.max_packet, &sql, &values)?;
            let mut row = |row: &Row| {
                victim.row();
                match &mut rows {
                    Some(rows) => wanted.check().and_then(|()| rows.row(&Held(row))),
                    None => Ok(()),
                }
            };
            let saves = !self.is_open() && !reads(&sql);
            let ran = match self.execute(&sql, prepared.as_ref(), values, &mut row).await {
                Err(Stopped::By(fault)) if self.renews(&fault, wanted).await => {
                    // The number that it had may be another statement's here.
                    *prepared = None;
                    *prepared = self.prepare(&sql, table, wanted).await?;
                    self.execute(&sql, prepared.as_ref(), bind::all(set)?, &mut row).await
                }
                ran => ran,
            };
            match ran {
                Ok(()) => self.hear(),
                Err(Stopped::By(error)) => {
                    let unheard = saves && fault::is_unheard(&error);
                    let error = self.failed(error, table).await;
                    return Err(if unheard { fault::unknown(error, fault::ALONE) } else { error });
                }
                Err(Stopped::Refused(error)) => {
                    wanted.no_longer();
                    self.skip(prepared.is_some(), table).await;
                    return Err(error);
                }
            }
            if rows.is_none()
                && let Some(conn) = &self.conn
            {
                done.affected.push(count(&sql, &conn.info(), conn.affected_rows()));
                if key.is_some() {
                    let made = conn.last_insert_id().and_then(|key| i64::try_from(key).ok());
                    done.inserted.push(made.filter(|key| *key != 0));
                }
            }
            self.tell_warnings().await;
        }
        done.rows = rows;
        Ok(done)
    }

    /// Runs a statement once, and reads all that it brings.
    async fn execute(
        &mut self,
        sql: &str,
        prepared: Option<&Prepared>,
        values: Vec<Value>,
        row: TakesRow<'_>,
    ) -> Result<(), Stopped> {
        let Link { conn, stage, .. } = self;
        let Some(conn) = conn else { return Err(Stopped::Refused(fault::lost())) };
        match prepared {
            Some(prepared) => {
                let answer = conn.exec_iter(prepared, sent(values)).await;
                read(answer.inspect(|_| stage.answered()), row).await
            }
            None => {
                let answer = conn.query_iter(sql).await;
                read(answer.inspect(|_| stage.answered()), row).await
            }
        }
    }

    /// Reads over the rest of the rows.
    pub(super) async fn skip(&mut self, prepared: bool, table: Option<&'static str>) {
        let victim = self.victim();
        let Some(conn) = &mut self.conn else { return };
        let mut skip = |_: &Row| {
            victim.row();
            Ok(())
        };
        let skipped = match prepared {
            true => read(Ok(QueryResult::<BinaryProtocol>::new(conn)), &mut skip).await,
            false => read(Ok(QueryResult::<TextProtocol>::new(conn)), &mut skip).await,
        };
        match skipped {
            Err(Stopped::By(error)) => drop(self.failed(error, table).await),
            _ => self.hear(),
        }
    }

    /// `None` for what the server does not prepare, which has no parameters then.
    pub(super) async fn prepare(
        &mut self,
        sql: &Arc<str>,
        table: Option<&'static str>,
        wanted: &Wanted,
    ) -> Result<Option<Prepared>> {
        loop {
            let Some(conn) = &mut self.conn else { return Err(fault::lost()) };
            match conn.prep(&**sql).await {
                Ok(prepared) => return Ok(Some(prepared)),
                Err(Fault::Server(told)) if told.code == NOT_PREPARED => return Ok(None),
                Err(fault) if self.renews_unrun(&fault, wanted).await => {}
                Err(error) => return Err(self.failed(error, table).await),
            }
        }
    }

    /// Tells the server to forget a statement that is not kept. It does not answer.
    pub(super) async fn forget(&mut self, prepared: Option<Prepared>) {
        if self.place.statement_cache == 0
            && let (Some(conn), Some(prepared)) = (&mut self.conn, prepared)
            && conn.close(prepared).await.is_err()
        {
            self.give_up();
        }
    }
}

async fn read<P: Protocol>(
    answer: mysql_async::Result<QueryResult<'_, '_, P>>,
    row: TakesRow<'_>,
) -> Result<(), Stopped> {
    let mut result = answer.map_err(Stopped::By)?;
    while let Some(found) = result.next().await.map_err(Stopped::By)? {
        row(&found).map_err(Stopped::Refused)?;
    }
    result.drop_result().await.map_err(Stopped::By)
}

pub(super) fn sent(values: Vec<Value>) -> Sent {
    if values.is_empty() { Sent::Empty } else { Sent::Positional(values) }
}

pub(super) fn check(params: &Params) -> Result<()> {
    if params.width.checked_mul(params.sets) == Some(params.values.len()) {
        return Ok(());
    }
    let message = "the values given are not a whole number of parameter sets";
    Err(Error::new(ErrorKind::Database, message))
}

/// Sending other than the statement wants would cost the connection.
pub(super) fn fits(prepared: Option<&Prepared>, params: &Params) -> Result<()> {
    let wanted = prepared.map_or(0, |found| usize::from(found.num_params()));
    let given = params.width;
    if wanted == given {
        return Ok(());
    }
    let message = format!("the statement has {wanted} parameters, but {given} values were given");
    Err(Error::new(ErrorKind::Database, message))
}
