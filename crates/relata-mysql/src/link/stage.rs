//! How far a transaction is, and what begins it. With `autocommit` off the server begins one by itself
//! with the first statement that reads or writes rows, so that to begin it need not be a round trip.

use super::Link;
use crate::{fault, wanted::Wanted};
use mysql_async::{Conn, Error as Fault, consts::StatusFlags};
use relata_core::{
    connection::Done,
    error::{ErrorKind, Result},
    sql::{Dialect, first_word},
};

/// First words of statements with which the server begins a transaction by itself, and which never
/// end one.
const BEGINS: [&str; 6] = ["SELECT", "INSERT", "UPDATE", "DELETE", "REPLACE", "WITH"];

/// Has the server save each statement by itself.
const ALONE: &str = "SET autocommit = 1";

/// MySQL's word to who had nothing to say for too long.
const RESTED: u16 = 4031;

/// How far a transaction is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// None is open.
    Closed,
    /// It is begun, and the server was not asked for anything yet, so that the connection may prove
    /// broken.
    Due,
    /// It is begun, and the server has not said so: nothing was done that could be lost.
    Awaited,
    /// The server says that it is open.
    Open,
}

impl Stage {
    /// The server has begun to answer, so the connection works.
    pub(super) fn answered(&mut self) {
        if *self == Stage::Due {
            *self = Stage::Awaited;
        }
    }
}

impl Link {
    /// Whether a transaction is open for the caller.
    pub(super) fn is_open(&self) -> bool {
        self.stage != Stage::Closed
    }

    /// Learns from the last answer whether a transaction is open, and who saves what is outside of one.
    pub(super) fn hear(&mut self) {
        let said =
            self.conn.as_ref().and_then(Conn::last_ok_packet).map(|said| said.status_flags());
        if let Some(said) = said {
            self.autocommit = said.contains(StatusFlags::SERVER_STATUS_AUTOCOMMIT);
        }
        let begun = said.is_some_and(|said| said.contains(StatusFlags::SERVER_STATUS_IN_TRANS));
        let stage = match self.stage {
            _ if begun => Stage::Open,
            Stage::Due | Stage::Awaited if !self.autocommit => Stage::Awaited,
            _ => Stage::Closed,
        };
        self.committed |= self.is_open() && stage == Stage::Closed;
        self.stage = stage;
    }

    /// Sends what has to come before a statement, which is mostly nothing.
    pub(super) async fn ready(&mut self, sql: &str) -> Result<()> {
        match self.stage {
            Stage::Open => Ok(()),
            Stage::Closed => self.alone().await,
            Stage::Due | Stage::Awaited => {
                let first = first_word(sql, Dialect::MySql);
                match BEGINS.iter().any(|word| first.eq_ignore_ascii_case(word)) {
                    true => Ok(()),
                    // It may end the transaction, which the server tells only of one that it has begun.
                    false => self.start("").await.map(drop),
                }
            }
        }
    }

    /// Has the server save by itself what comes outside of a transaction. Before the first step of a batch it
    /// replaces a broken connection.
    pub(super) async fn alone(&mut self) -> Result<()> {
        self.was_alone = true;
        if self.autocommit {
            return Ok(());
        }
        match self.aside(ALONE).await {
            Err(error) if error.kind() == ErrorKind::ConnectionLost && self.may_renew_alone() => {
                self.renew_alone().await
            }
            set => set.map(drop),
        }
    }

    /// Whether another connection may take the place of one that broke outside of a transaction. Behind other steps
    /// of the batch it could lack what those did.
    pub(super) fn may_renew_alone(&self) -> bool {
        self.stage == Stage::Closed && self.step == 0 && !self.renewed
    }

    pub(super) async fn renew_alone(&mut self) -> Result<()> {
        self.renewed = true;
        self.replace().await?;
        self.aside(ALONE).await.map(drop)
    }

    /// Begins the transaction in words, with others behind them.
    pub(super) async fn start(&mut self, then: &str) -> Result<Done> {
        let words = format!("START TRANSACTION{then}");
        match self.stage {
            Stage::Due => self.first(&words).await,
            _ => self.control(&words).await,
        }
    }

    /// Sets a savepoint. The server is told to begin along with it, so that it says where it ends the
    /// transaction, and the savepoint with it.
    pub(super) async fn savepoint(&mut self, sql: &str) -> Result<Done> {
        match self.stage {
            Stage::Open => self.control(sql).await,
            Stage::Due | Stage::Awaited => self.start(&format!("; {sql}")).await,
            Stage::Closed => {
                self.alone().await?;
                self.control(sql).await
            }
        }
    }

    /// Sends the first words of a transaction. Nothing was done before them, so where the connection is
    /// found broken, as after hours in the pool, a new one takes its place.
    pub(super) async fn first(&mut self, words: &str) -> Result<Done> {
        match self.control(words).await {
            Err(error) if error.kind() == ErrorKind::ConnectionLost => {
                self.replace().await?;
                self.control(words).await
            }
            sent => sent,
        }
    }

    /// As [`first`](Link::first) for a statement: whether it is to be sent again. What it may have done
    /// on the connection that broke is rolled back.
    pub(super) async fn renews(&mut self, fault: &Fault, wanted: &Wanted) -> bool {
        self.stage == Stage::Due
            && is_undone(fault)
            && wanted.check().is_ok()
            && self.replace().await.is_ok()
            && self.stage == Stage::Awaited
    }

    /// The same for a statement that was not run yet, so that nothing was done outside of transactions either.
    pub(super) async fn renews_unrun(&mut self, fault: &Fault, wanted: &Wanted) -> bool {
        match self.stage {
            Stage::Due => self.renews(fault, wanted).await,
            Stage::Closed => {
                self.may_renew_alone()
                    && is_undone(fault)
                    && wanted.check().is_ok()
                    && self.renew_alone().await.is_ok()
            }
            Stage::Awaited | Stage::Open => false,
        }
    }
}

/// Whether a first statement did nothing that lasts: its answer was lost, or the server had closed the
/// connection for its rest.
fn is_undone(fault: &Fault) -> bool {
    fault::is_unheard(fault) || matches!(fault, Fault::Server(told) if told.code == RESTED)
}
