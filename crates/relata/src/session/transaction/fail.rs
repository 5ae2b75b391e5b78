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
    /// session refuses everything until that is acknowledged. Where rows were missed, the question
    /// that then tells which they are makes the error.
    pub(in crate::session) async fn fail(&mut self, error: Error, missed: Option<Missed>) -> Error {
        let (dialect, mut depth) = (self.capabilities().dialect, self.depth());
        let ask = |now| missed.as_ref()?.question(dialect, now).ok().map(Step::Run);
        let mut done = self.undo_savepoint(ask(true)).await;
        if done.is_none() {
            depth = 0;
            done = self.undo_all(error.kind() == ErrorKind::CommitUnknown, ask(false)).await;
        }
        let answer = missed.as_ref().zip(done);
        let named = answer.and_then(|(missed, mut done)| missed.named(done.last_mut()?).ok());
        let error = named.unwrap_or(error);
        self.state = State::Failed { error: error.clone(), depth };
        error
    }

    /// Rolls back to the innermost savepoint and asks; `None` where there is none, or it failed.
    async fn undo_savepoint(&mut self, ask: Option<Step>) -> Option<Vec<Done>> {
        let depth = self.depth();
        if self.begun.is_none() || self.savepoints == 0 || self.savepoints != depth {
            return None;
        }
        if let Some(scope) = self.scopes.last() {
            scope.end(Outcome::RolledBack);
        }
        self.state = State::Busy { committing: false };
        self.savepoints -= 1;
        let steps = [Step::RollbackTo(depth)].into_iter().chain(ask).collect();
        self.run(self.for_savepoints(), steps).await.ok()
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
