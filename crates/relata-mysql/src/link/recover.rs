//! What is done after a fault: asking what became of the transaction, and which columns a key has.

use super::{Link, stage::Stage};
use crate::fault;
use mysql_async::{Error as Fault, prelude::Queryable};
use relata_core::error::{Error, ErrorKind};

impl Link {
    /// What a fault means, for the transaction and the connection too.
    pub(super) async fn failed(&mut self, error: Fault, table: Option<&'static str>) -> Error {
        let before = self.is_open();
        if fault::is_fatal(&error) {
            self.give_up();
        } else if self.is_open()
            && let Some(conn) = &mut self.conn
        {
            // An error does not say what became of the transaction.
            match conn.ping().await {
                Ok(()) => {
                    self.hear();
                    self.committed = false;
                }
                Err(_) => self.give_up(),
            }
        }
        let database = self.place.database.as_deref();
        let error = fault::classify(error, fault::Names { table, database });
        if before && !self.is_open() {
            self.ended = Some(error.clone());
        }
        self.tell_columns(error, table).await
    }

    /// The server names the key that was violated, but not its columns, so it is asked for them.
    async fn tell_columns(&mut self, error: Error, table: Option<&'static str>) -> Error {
        const ASK: &str = "SELECT column_name FROM information_schema.statistics \
            WHERE table_schema = COALESCE(?, DATABASE()) AND table_name = ? AND index_name = ? \
            ORDER BY seq_in_index";
        let (Some(conn), Some(table), Some(key)) =
            (&mut self.conn, error.table().or(table), error.constraint())
        else {
            return error;
        };
        // Outside of a transaction to ask would begin one.
        let begins = self.stage == Stage::Closed && !self.autocommit;
        if error.kind() != ErrorKind::UniqueViolation || begins {
            return error;
        }
        let asked = async {
            let prepared = conn.prep(ASK).await?;
            let mut columns: Vec<Option<String>> = Vec::new();
            for (database, name) in fault::readings(table) {
                columns = conn.exec(&prepared, (database, name, key)).await?;
                if !columns.is_empty() {
                    break;
                }
            }
            Ok((prepared, columns))
        };
        match asked.await {
            Ok((prepared, columns)) => {
                let columns: Vec<String> = columns.into_iter().flatten().collect();
                let told = match columns.is_empty() {
                    true => error.clone(),
                    false => fault::with_key_columns(&error, table, columns),
                };
                self.forget(Some(prepared)).await;
                return told;
            }
            Err(fault) if fault::is_fatal(&fault) => self.give_up(),
            Err(_) => {}
        }
        error
    }

    /// After KILL: it may have come too late for the statement, and hits this one then.
    pub(crate) async fn settle(&mut self) {
        let Some(conn) = &mut self.conn else { return };
        for _ in 0..2 {
            match conn.query_drop("DO 0").await {
                Ok(()) => {
                    self.hear();
                    return;
                }
                Err(error) if fault::is_fatal(&error) => break,
                Err(_) => {}
            }
        }
        self.give_up();
    }
}
