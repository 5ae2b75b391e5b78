//! Begins transactions, with options that end when they do.

use super::Link;
use crate::connect;
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
        let (conn, _) = connect::open(&self.place).await?;
        self.conn = Some(conn);
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
