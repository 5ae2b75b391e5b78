//! Begins and ends transactions, with options that end when they do, and hears from the server
//! whether one is open.

use super::Link;
use crate::fault;
use mysql_async::{Conn, consts::StatusFlags, prelude::Queryable};
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
    /// Begins a transaction. Nothing was done before it, so where the connection is found broken,
    /// as after hours in the pool, a new one takes its place.
    pub(super) async fn begin(&mut self, options: TransactionOptions) -> Result<Done> {
        self.committed = false;
        self.ended = None;
        if self.open {
            let message = "a transaction is open already; the server would commit it";
            let error = Error::new(ErrorKind::Database, message);
            return Err(error.with_statement(beginning(options)));
        }
        if !self.is_lost() {
            match self.begin_here(options).await {
                Err(error) if error.kind() == ErrorKind::ConnectionLost => {}
                begun => return begun,
            }
        }
        self.replace().await?;
        self.begin_here(options).await
    }

    async fn begin_here(&mut self, options: TransactionOptions) -> Result<Done> {
        let begin = beginning(options);
        self.limited = self.mariadb && options.read_only == Some(true);
        let begun = match self.limited {
            true => self.control(&format!("{LIMIT}{begin}")).await,
            false => self.control(&begin).await,
        };
        // Options that were set, and no transaction took, would be those of the next one.
        if begun.is_err() && options != TransactionOptions::new() {
            self.give_up();
        }
        begun
    }

    pub(super) async fn commit(&mut self) -> Result<Done> {
        const COMMIT: &str = "COMMIT";
        if !self.open {
            // The server would say that all is well.
            if std::mem::take(&mut self.committed) {
                return Ok(Done::default());
            }
            let message = "cannot commit, because no transaction is open";
            return Err(Error::new(ErrorKind::Database, message).with_statement(COMMIT));
        }
        let done = self.control(COMMIT).await;
        done.map_err(|error| match error.kind() {
            ErrorKind::ConnectionLost => fault::unknown(error, COMMIT).with_statement(COMMIT),
            _ => error,
        })
    }

    /// Rolls back, also where the server has ended the transaction by itself, as some errors make it.
    pub(super) async fn rollback(&mut self) -> Result<Done> {
        if self.open {
            return self.control("ROLLBACK").await;
        }
        self.committed = false;
        Ok(Done::default())
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

    /// Learns from the last answer whether a transaction is open.
    pub(super) fn hear(&mut self) {
        let said = self.conn.as_ref().and_then(Conn::last_ok_packet);
        let open = said
            .is_some_and(|said| said.status_flags().contains(StatusFlags::SERVER_STATUS_IN_TRANS));
        self.committed |= self.open && !open;
        self.open = open;
    }

    /// Lets the session write again, where the transaction for which it may not has ended.
    pub(super) async fn lift_limit(&mut self) -> Result<()> {
        if self.open || !std::mem::take(&mut self.limited) {
            return Ok(());
        }
        let committed = self.committed;
        let lifted = self.control(LIFT).await;
        self.committed = committed;
        if lifted.is_err() {
            self.give_up();
        }
        lifted.map(drop)
    }
}

/// The words that begin a transaction. The options that come first are those of the next transaction
/// only.
fn beginning(mut options: TransactionOptions) -> String {
    const BEGIN: &str = "START TRANSACTION";
    // The servers know nothing of it.
    options.deferrable = None;
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
        assert_eq!(text(TransactionOptions::new().deferrable()), "START TRANSACTION");
        assert_eq!(
            text(Isolation::Serializable.read_only().deferrable()),
            "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ ONLY; START TRANSACTION"
        );
        assert_eq!(
            text(TransactionOptions::new().read_write()),
            "SET TRANSACTION READ WRITE; START TRANSACTION"
        );
    }
}
