//! What becomes of a transaction in which a flush failed.

use super::{State, Transaction};
use crate::{Error, ErrorKind, Mode};
use relata_core::{
    Outcome,
    connection::{Begin, Done, Step},
    unit::Missed,
};

impl<X: Mode> Transaction<X> {
    /// A flush failed: it is rolled back at once, to the innermost savepoint or altogether, and the
    /// session refuses everything until that is acknowledged. Where rows were missed it asks which, and
    /// the answer makes another error of it; not inside of a transaction that goes on, where the question
    /// would wait for locks and keep them.
    pub(in crate::session) async fn fail(&mut self, error: Error, missed: Option<Missed>) -> Error {
        let depth = self.depth();
        if self.undo_savepoint().await {
            self.state = State::Failed { error: error.clone(), depth };
            return error;
        }
        let dialect = self.capabilities().dialect;
        let ask = missed.as_ref().and_then(|missed| missed.question(dialect, false).ok());
        let unknown = error.kind() == ErrorKind::CommitUnknown;
        let answer = missed.as_ref().zip(self.undo_all(unknown, ask.map(Step::Run)).await);
        let named = answer.and_then(|(missed, mut done)| missed.named(done.last_mut()?).ok());
        let error = named.unwrap_or(error);
        self.state = State::Failed { error: error.clone(), depth: 0 };
        error
    }

    /// Rolls back to the innermost savepoint; `false` where there is none, or it failed.
    async fn undo_savepoint(&mut self) -> bool {
        let depth = self.depth();
        if self.begun.is_none() || self.savepoints == 0 || self.savepoints != depth {
            return false;
        }
        if let Some(scope) = self.scopes.last() {
            scope.end(Outcome::RolledBack);
        }
        self.state = State::Busy { committing: false };
        self.savepoints -= 1;
        self.run(self.for_savepoints(), vec![Step::RollbackTo(depth)]).await.is_ok()
    }

    /// Rolls everything back and asks. The connection is not used again where even this fails.
    async fn undo_all(&mut self, unknown: bool, ask: Option<Step>) -> Option<Vec<Done>> {
        if !unknown {
            self.end_all(Outcome::RolledBack);
        }
        let mut done = None;
        if self.begun.is_some() {
            self.state = State::Busy { committing: false };
            let steps = [Step::Rollback].into_iter().chain(ask).collect();
            done = self.run(Begin::Read, steps).await.ok();
        }
        (self.begun, self.savepoints, self.keep) = (None, 0, None);
        self.doubtful = false;
        self.lease = None;
        done
    }
}

/// Where a transaction only read there is nothing to be unsure of.
pub(super) fn of_reads(error: Error) -> Error {
    if error.kind() != ErrorKind::CommitUnknown {
        return error;
    }
    let message = "the connection broke at the end of a transaction that only read, so nothing is lost; do the work again";
    let statement = error.statement().unwrap_or("COMMIT").to_owned();
    Error::new(ErrorKind::ConnectionLost, message).with_statement(statement).with_source(error)
}
