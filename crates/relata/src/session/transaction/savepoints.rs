//! Savepoints inside the transaction.

use super::{State, Transaction};
use crate::{Error, ErrorKind, Mode, Result};
use relata_core::{Outcome, Scope, connection::Step};

impl<X: Mode> Transaction<X> {
    /// Opens a savepoint.
    pub(in crate::session) async fn save_point(&mut self) -> Result<(Scope, usize)> {
        if !self.capabilities().savepoints {
            return Err(no_savepoints());
        }
        let depth = self.depth() + 1;
        self.send(self.for_savepoints(), vec![Step::Savepoint(depth)]).await?;
        self.savepoints = depth;
        let scope = self.scope().savepoint();
        self.scopes.push(scope.clone());
        Ok((scope, depth))
    }

    /// Releases the savepoint of a depth: its changes belong to the scope around it.
    pub(in crate::session) async fn release(&mut self, scope: &Scope, depth: usize) -> Result<()> {
        if self.is_open(scope, depth) {
            self.send(self.for_savepoints(), vec![Step::Release(depth)]).await?;
            self.savepoints = depth - 1;
            scope.end(Outcome::Committed);
            self.scopes.truncate(depth);
        }
        Ok(())
    }

    /// Gives a savepoint up; the database is told with the next batch.
    pub(in crate::session) fn give_up(&mut self, scope: &Scope, depth: usize) {
        scope.end(Outcome::RolledBack);
        if !self.is_open(scope, depth) {
            return;
        }
        self.scopes.truncate(depth);
        if self.savepoints >= depth {
            self.keep = Some(self.keep.map_or(depth - 1, |keep| keep.min(depth - 1)));
        }
        if matches!(&self.state, State::Failed { depth: failed, .. } if *failed >= depth) {
            self.state = State::Ready;
        }
    }

    /// Tells the database at once of savepoints given up.
    pub(in crate::session) async fn settle(&mut self) -> Result<()> {
        match (self.keep, &self.state) {
            (Some(_), State::Ready) => {
                self.send(self.for_savepoints(), Vec::new()).await.map(|_| ())
            }
            _ => Ok(()),
        }
    }

    fn is_open(&self, scope: &Scope, depth: usize) -> bool {
        self.scopes.get(depth).is_some_and(|open| open.is(scope))
    }
}

fn no_savepoints() -> Error {
    Error::new(
        ErrorKind::InvalidStatement,
        "the database has no savepoints; do the work in a session of its own, without `begin_nested`",
    )
}
