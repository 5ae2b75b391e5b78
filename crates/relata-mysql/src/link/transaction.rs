//! Begins and ends transactions, with options that end when they do.

use super::{Link, stage::Stage};
use crate::fault;
use mysql_async::prelude::Queryable;
use relata_core::{
    TransactionOptions,
    connection::Done,
    error::{Error, ErrorKind, Result},
};

/// MariaDB commits a transaction that is read only before CREATE TABLE and the like, and goes on to
/// do those. Where the session is read only too, it refuses.
const LIMIT: &str =
    "SET @relata_read_only = @@SESSION.tx_read_only; SET SESSION TRANSACTION READ ONLY; ";
const LIFT: &str = "SET SESSION tx_read_only = @relata_read_only";

impl Link {
    /// Begins a transaction. It is a round trip only where it has options, or the connection was used
    /// outside of one.
    pub(super) async fn begin(&mut self, mut options: TransactionOptions) -> Result<Done> {
        // The servers know nothing of it.
        options.deferrable = None;
        let begin = beginning(options);
        self.committed = false;
        self.ended = None;
        if self.is_open() {
            let message = "a transaction is open already; the server would commit it";
            return Err(Error::new(ErrorKind::Database, message).with_statement(begin));
        }
        if self.is_lost() {
            self.replace().await?;
        }
        let mixed = std::mem::take(&mut self.was_alone);
        if options != TransactionOptions::new() {
            return self.begin_with(options, &begin).await;
        }
        // Where both come in turns it would be switched twice for each transaction.
        if self.autocommit && !mixed {
            self.first("SET autocommit = 0").await?;
        }
        if self.autocommit {
            return self.first(&begin).await;
        }
        self.stage = Stage::Due;
        Ok(Done::default())
    }

    async fn begin_with(&mut self, options: TransactionOptions, begin: &str) -> Result<Done> {
        let limited = self.mariadb && options.read_only == Some(true);
        let begun = match limited {
            true => self.first(&format!("{LIMIT}{begin}")).await,
            false => self.first(begin).await,
        };
        self.limited = limited;
        // Options that were set, and no transaction took, would be those of the next one.
        if begun.is_err() {
            self.give_up();
        }
        begun
    }

    pub(super) async fn commit(&mut self) -> Result<Done> {
        const COMMIT: &str = "COMMIT";
        if !self.is_open() {
            // The server would say that all is well.
            if std::mem::take(&mut self.committed) {
                return Ok(Done::default());
            }
            let message = "cannot commit, because no transaction is open";
            return Err(Error::new(ErrorKind::Database, message).with_statement(COMMIT));
        }
        let done = self.end(COMMIT).await;
        done.map_err(|error| match error.kind() {
            ErrorKind::ConnectionLost => fault::unknown(error, COMMIT).with_statement(COMMIT),
            _ => error,
        })
    }

    /// Rolls back, also where the server has ended the transaction by itself, as some errors make it.
    pub(super) async fn rollback(&mut self) -> Result<Done> {
        if self.is_open() {
            return self.end("ROLLBACK").await;
        }
        self.committed = false;
        Ok(Done::default())
    }

    /// Ends the transaction, also where the server has not said that it has one: with `autocommit` off
    /// it may keep tables from being altered all the same.
    pub(super) async fn end(&mut self, sql: &str) -> Result<Done> {
        if self.stage == Stage::Due {
            self.stage = Stage::Closed;
            return Ok(Done::default());
        }
        let done = self.control(sql).await?;
        if self.stage == Stage::Awaited {
            self.stage = Stage::Closed;
        }
        Ok(done)
    }

    /// Sends words that steer transactions.
    pub(super) async fn control(&mut self, sql: &str) -> Result<Done> {
        let Some(conn) = &mut self.conn else { return Err(fault::lost().with_statement(sql)) };
        match conn.query_drop(sql).await {
            Ok(()) => {
                self.hear();
                self.committed = false;
                Ok(Done::default())
            }
            Err(error) => Err(self.failed(error, None).await.with_statement(sql)),
        }
    }

    /// As [`control`](Link::control) where it is no step, so that COMMIT still knows of what the server
    /// committed by itself.
    pub(super) async fn aside(&mut self, sql: &str) -> Result<Done> {
        let committed = self.committed;
        let done = self.control(sql).await;
        self.committed = committed;
        done
    }

    /// Lets the session write again, where the transaction for which it may not has ended.
    pub(super) async fn lift_limit(&mut self) -> Result<()> {
        if self.is_open() || !std::mem::take(&mut self.limited) {
            return Ok(());
        }
        let lifted = self.aside(LIFT).await;
        if lifted.is_err() {
            self.give_up();
        }
        lifted.map(drop)
    }
}

/// The words that begin a transaction. The options that come first are those of the next transaction
/// only.
fn beginning(options: TransactionOptions) -> String {
    const BEGIN: &str = "START TRANSACTION";
    match options == TransactionOptions::new() {
        true => BEGIN.to_owned(),
        false => format!("SET TRANSACTION {options}; {BEGIN}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use relata_core::Isolation;

    #[test]
    fn options_come_before_the_transaction() {
        let text = beginning;
        assert_eq!(text(TransactionOptions::new()), "START TRANSACTION");
        assert_eq!(
            text(Isolation::Serializable.read_only()),
            "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ ONLY; START TRANSACTION"
        );
        assert_eq!(
            text(TransactionOptions::new().read_write()),
            "SET TRANSACTION READ WRITE; START TRANSACTION"
        );
    }
}
