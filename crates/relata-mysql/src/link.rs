//! A connection to the server, with what is open on it: runs batches and reads cursors.

mod cursor;
mod recover;
mod stage;
mod statement;
mod transaction;
mod warnings;

use crate::{connect, fault, server::Server, stop::Victim, url::Place, wanted::Wanted};
use cursor::Cursor;
use mysql_async::{Conn, prelude::Queryable};
use relata_core::{
    TransactionOptions,
    connection::{Batch, Done, Failure, Reply, Step},
    error::{Error, ErrorKind, Result},
};
use stage::Stage;
use std::{sync::Arc, time::Duration};

/// A connection, and how far its batch is.
pub(crate) struct Link {
    place: Arc<Place>,
    /// `None` where it broke.
    conn: Option<Conn>,
    /// What to stop where a caller has gone.
    victim: Arc<Victim>,
    stage: Stage,
    /// The server saves each statement outside of a transaction, as it said last.
    autocommit: bool,
    /// The last thing to be done was a statement outside of a transaction.
    was_alone: bool,
    /// The server ended the transaction without being told to, as CREATE TABLE makes it.
    committed: bool,
    /// The error with which the server ended the last transaction by itself.
    ended: Option<Error>,
    step: usize,
    /// The batch gets no other connection outside of a transaction: it got one, or the last one broke before it.
    renewed: bool,
    cursor: Option<Cursor>,
    mariadb: bool,
    max_packet: usize,
    /// The session was made read only for a transaction, and still is.
    limited: bool,
}

impl Link {
    pub(crate) async fn open(place: Arc<Place>) -> Result<(Link, Server)> {
        let (conn, server) = connect::open(&place).await?;
        let victim = Victim::nobody(Arc::clone(&place));
        victim.is(Some((&conn, &server)));
        let mut link = Link {
            place,
            conn: Some(conn),
            victim: Arc::new(victim),
            stage: Stage::Closed,
            autocommit: false,
            was_alone: false,
            committed: false,
            ended: None,
            step: 0,
            renewed: false,
            cursor: None,
            mariadb: server.mariadb,
            max_packet: server.max_packet,
            limited: false,
        };
        link.hear();
        Ok((link, server))
    }

    pub(crate) fn is_lost(&self) -> bool {
        self.conn.is_none()
    }

    /// How long the server may take for what is done at once.
    pub(crate) fn patience(&self) -> Duration {
        self.place.connect_timeout
    }

    pub(crate) fn victim(&self) -> Arc<Victim> {
        Arc::clone(&self.victim)
    }

    /// Says goodbye to the server without waiting; it rolls back what is open.
    pub(crate) fn give_up(&mut self) {
        self.cursor = None;
        self.limited = false;
        self.stage = Stage::Closed;
        self.ended = None;
        self.victim.is(None);
        if let Some(conn) = self.conn.take() {
            connect::hang_up(conn);
        }
    }

    /// Opens another connection in place of one that was lost.
    async fn replace(&mut self) -> Result<()> {
        let (conn, server) = connect::open(&self.place).await?;
        self.victim.is(Some((&conn, &server)));
        self.mariadb = server.mariadb;
        self.max_packet = server.max_packet;
        self.conn = Some(conn);
        self.ended = None;
        self.hear();
        Ok(())
    }

    /// Runs the steps in order until one fails or nobody waits for them. `within` is whether the
    /// caller takes a transaction to be open.
    pub(crate) async fn run(
        &mut self,
        batch: Batch,
        within: bool,
        wanted: &Wanted,
    ) -> Result<Reply, Failure> {
        (self.step, self.renewed) = (0, self.is_lost());
        match batch.steps.first() {
            Some(Step::Begin(_) | Step::BeginWith(..) | Step::Rollback) => {}
            _ => self.still(within).map_err(|error| self.failure(error))?,
        }
        let mut done = Vec::with_capacity(batch.steps.len());
        for (at, step) in batch.steps.into_iter().enumerate() {
            self.step = at;
            match self.take(step, wanted).await {
                Ok(brought) => done.push(brought),
                Err(error) => return Err(self.failure(error)),
            }
        }
        Ok(Reply { done, in_transaction: self.is_open() })
    }

    pub(crate) fn failure(&self, error: Error) -> Failure {
        Failure { step: self.step, error, in_transaction: self.is_open() }
    }

    /// Refuses what the caller means to be part of a transaction that has ended while nobody
    /// listened, as when a cursor was closed. It would be saved at once.
    fn still(&self, within: bool) -> Result<()> {
        if self.is_open() || !within {
            return Ok(());
        }
        if self.is_lost() {
            return Err(fault::lost());
        }
        Err(self.ended.clone().unwrap_or_else(|| {
            let message = "the transaction has ended in a call that was dropped half-way; roll back and do the work again";
            Error::new(ErrorKind::Interrupted, message)
        }))
    }

    /// Rolls back what is open.
    pub(crate) async fn reset(&mut self) {
        if self.is_open() && self.end("ROLLBACK").await.is_err() {
            self.give_up();
        }
    }

    /// Asks the server for a sign of life.
    pub(crate) async fn ping(&mut self) -> Result<()> {
        let Some(conn) = &mut self.conn else { return Err(fault::lost()) };
        match conn.ping().await {
            Ok(()) => Ok(()),
            Err(error) => Err(self.failed(error, None).await),
        }
    }

    async fn take(&mut self, step: Step, wanted: &Wanted) -> Result<Done> {
        wanted.check()?;
        let begins = matches!(step, Step::Begin(_) | Step::BeginWith(..));
        match self.lift_limit().await {
            // It finds another connection.
            Err(error) if begins && error.kind() == ErrorKind::ConnectionLost => {}
            Err(error)
                if matches!(step, Step::Run(_))
                    && error.kind() == ErrorKind::ConnectionLost
                    && self.may_renew_alone() =>
            {
                self.renew_alone().await?;
            }
            lifted => lifted?,
        }
        match step {
            Step::Begin(_) => self.begin(TransactionOptions::new()).await,
            Step::BeginWith(_, options) => self.begin(options).await,
            Step::Commit => self.commit().await,
            Step::Rollback => self.rollback().await,
            Step::Savepoint(depth) => self.savepoint(&format!("SAVEPOINT relata_{depth}")).await,
            Step::Release(depth) => {
                self.control(&format!("RELEASE SAVEPOINT relata_{depth}")).await
            }
            Step::RollbackTo(depth) => {
                let both = format!(
                    "ROLLBACK TO SAVEPOINT relata_{depth}; RELEASE SAVEPOINT relata_{depth}"
                );
                self.control(&both).await
            }
            Step::Run(statement) => self.statement(statement, wanted).await,
        }
    }
}

/// The error with its statement, and its table where that is known.
fn named(error: Error, sql: &Arc<str>, table: Option<&'static str>) -> Error {
    let error = error.with_statement(Arc::clone(sql));
    match table {
        Some(table) => error.with_table(table),
        None => error,
    }
}
