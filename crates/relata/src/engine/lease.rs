//! [`Lease`]: a connection while one session holds it. Whatever state it is left in, the next
//! session finds it clean, or not at all.

use super::{
    pool::Pooled,
    report::{Report, Reporter},
};
use deadpool::managed::Object;
use relata_core::{
    ErrorKind,
    connection::{Batch, Connection, Failure, Portion, Reply, Rows, Statement},
    schema::column_of_check,
    sql::Dialect,
};
use std::sync::Arc;

pub(crate) struct Lease {
    /// Present until this is dropped.
    connection: Option<Pooled>,
    reporter: Arc<Reporter>,
    dialect: Dialect,
    /// A batch was begun and not ended.
    pub(super) busy: bool,
    /// A transaction is open, or the connection broke.
    dirty: bool,
    /// It is closed when this is dropped, whatever is known of it.
    condemned: bool,
    /// A cursor may be open, with what is told of it when it ends.
    cursor: Option<Option<Report>>,
}

impl Lease {
    pub(super) fn new(connection: Pooled, reporter: Arc<Reporter>, dialect: Dialect) -> Self {
        Lease {
            connection: Some(connection),
            reporter,
            dialect,
            busy: false,
            dirty: false,
            condemned: false,
            cursor: None,
        }
    }

    /// Has the connection closed when this is dropped, for what a reset would not undo.
    pub(crate) fn condemn(&mut self) {
        self.condemned = true;
    }

    /// Takes that back.
    pub(crate) fn pardon(&mut self) {
        self.condemned = false;
    }

    /// Runs a batch.
    ///
    /// # Errors
    /// What the driver reports of the step that failed.
    pub(crate) async fn run(&mut self, batch: Batch) -> Result<Reply, Failure> {
        self.close();
        // Stays so where this future is dropped half-way.
        self.busy = true;
        let report = self.reporter.begin(&batch);
        let outcome = self.connection().run(batch).await;
        let outcome = outcome.map_err(|failure| self.with_column(failure));
        if let Some(report) = report {
            report.end(outcome.as_ref());
        }
        self.dirty = match &outcome {
            Ok(reply) => reply.in_transaction,
            Err(failure) => is_dirty(failure),
        };
        self.busy = false;
        outcome
    }

    /// Names the column of a check that was said of a field.
    fn with_column(&self, failure: Failure) -> Failure {
        match failure.error.is_check_violation() {
            true => {
                let column = column_of_check(&failure.error, self.dialect);
                Failure { error: failure.error.with_columns(column), ..failure }
            }
            false => failure,
        }
    }

    /// Opens a cursor. Where this future is dropped half-way it may be open.
    ///
    /// # Errors
    /// What the driver reports of the statement.
    pub(crate) async fn open(&mut self, statement: Statement) -> Result<(), Failure> {
        self.close();
        self.cursor = Some(self.reporter.open(&statement));
        let opened = self.connection().open(statement).await;
        self.hear(opened.as_ref().map(|()| true));
        opened
    }

    /// Reads rows of the cursor. Where this future is dropped half-way there are no more.
    pub(crate) async fn fetch(&mut self, rows: Box<dyn Rows>, limit: usize) -> Portion {
        if let Some(Some(report)) = &mut self.cursor {
            report.resume();
        }
        let portion = self.connection().fetch(rows, limit).await;
        self.hear(portion.more.as_ref().map(|more| *more));
        portion
    }

    /// Learns from an answer whether the cursor is still open.
    fn hear(&mut self, more: Result<bool, &Failure>) {
        if let Err(failure) = more {
            self.dirty = is_dirty(failure);
        }
        if let Ok(true) = more {
            if let Some(Some(report)) = &mut self.cursor {
                report.pause();
            }
        } else if let Some(Some(report)) = self.cursor.take() {
            let nothing = Reply::default();
            report.end(more.map(|_| &nothing));
        }
    }

    /// Closes the cursor, if one may be open.
    pub(crate) fn close(&mut self) {
        if let Some(report) = self.cursor.take() {
            self.connection().close();
            if let Some(report) = report {
                report.close();
            }
        }
    }

    #[expect(clippy::expect_used, reason = "only `drop` takes the connection")]
    fn connection(&mut self) -> &mut dyn Connection {
        &mut *self.connection.as_mut().expect("the connection is present").connection
    }
}

fn is_dirty(failure: &Failure) -> bool {
    let broken = [ErrorKind::ConnectionLost, ErrorKind::CommitUnknown];
    failure.in_transaction || broken.contains(&failure.error.kind())
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.close();
        let Some(mut pooled) = self.connection.take() else { return };
        let unclean = (self.busy || self.dirty) && !pooled.connection.reset();
        if self.condemned || unclean {
            drop(Object::take(pooled));
        } else {
            pooled.rest();
        }
    }
}
