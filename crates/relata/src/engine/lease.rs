//! [`Lease`]: a connection while one session holds it. Whatever state it is left in, the next
//! session finds it clean, or not at all.

use super::{pool::Pooled, report::Reporter};
use deadpool::managed::Object;
use relata_core::{
    ErrorKind,
    connection::{Batch, Failure, Reply},
};
use std::sync::Arc;

pub(crate) struct Lease {
    /// Present until this is dropped.
    connection: Option<Pooled>,
    reporter: Arc<Reporter>,
    /// A batch was begun and not ended.
    pub(super) busy: bool,
    /// A transaction is open, or the connection broke.
    dirty: bool,
}

impl Lease {
    pub(super) fn new(connection: Pooled, reporter: Arc<Reporter>) -> Self {
        Lease { connection: Some(connection), reporter, busy: false, dirty: false }
    }

    /// Runs a batch.
    ///
    /// # Errors
    /// What the driver reports of the step that failed.
    pub(crate) async fn run(&mut self, batch: Batch) -> Result<Reply, Failure> {
        // Stays so where this future is dropped half-way.
        self.busy = true;
        let report = self.reporter.begin(&batch);
        let outcome = self.connection().run(batch).await;
        if let Some(report) = report {
            report.end(&outcome);
        }
        self.dirty = match &outcome {
            Ok(reply) => reply.in_transaction,
            Err(failure) => failure.in_transaction || is_broken(failure.error.kind()),
        };
        self.busy = false;
        outcome
    }

    #[expect(clippy::expect_used, reason = "only `drop` takes the connection")]
    fn connection(&mut self) -> &mut Pooled {
        self.connection.as_mut().expect("the connection is present")
    }
}

fn is_broken(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::ConnectionLost | ErrorKind::CommitUnknown)
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take() else { return };
        if (self.busy || self.dirty) && !connection.reset() {
            drop(Object::take(connection));
        }
    }
}
