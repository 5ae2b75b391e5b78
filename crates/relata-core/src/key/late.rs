//! [`Late`]: a key that may not be known yet, shared by every clone of an unsaved id.

use super::IdState;
use crate::{
    error::{Error, ErrorKind, Result},
    scope::{Outcome, Scope},
    value::Value,
};
use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// How a row holds its own key.
pub enum OwnKey {
    /// In a cell shared with the clones of its id.
    Late(Arc<Late>),
    /// As it was read from the database.
    Stored,
    /// In plain fields: a natural or composite key.
    Natural,
}

/// A key that becomes known when its row is inserted, and unknown again when that is rolled back.
pub struct Late(Mutex<State>);

struct State {
    key: Option<Value>,
    origin: Origin,
    phase: Phase,
}

/// Who makes the key.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    Database,
    /// Made here, known at once: a UUID.
    Client,
    /// Given by the program.
    Given,
}

enum Phase {
    Free,
    Pending(Scope),
    Bound(Scope),
}

impl State {
    /// The key, where it is known after every rollback.
    fn known(&self) -> Option<&Value> {
        let counts = |_: &&Value| {
            self.origin != Origin::Database
                || matches!(self.now(), IdState::Bound | IdState::Unknown)
        };
        self.key.as_ref().filter(counts)
    }

    /// The phase after every rollback and commit that has happened since it was set.
    fn now(&self) -> IdState {
        let free = match self.origin {
            Origin::Given => IdState::Given,
            _ => IdState::Free,
        };
        match &self.phase {
            Phase::Free => free,
            Phase::Pending(scope) => match scope.outcome() {
                Outcome::Open => IdState::Pending,
                Outcome::Unknown => IdState::Unknown,
                Outcome::Committed | Outcome::RolledBack => free,
            },
            Phase::Bound(scope) => match scope.outcome() {
                Outcome::Open | Outcome::Committed => IdState::Bound,
                Outcome::RolledBack => free,
                Outcome::Unknown => IdState::Unknown,
            },
        }
    }
}

impl Late {
    /// The key of a new row, to be made by the database.
    pub fn unbound() -> Self {
        Late::of(None, Origin::Database)
    }

    /// The key of a new row, made here.
    pub fn made(key: Value) -> Self {
        Late::of(Some(key), Origin::Client)
    }

    /// A key given by the program.
    pub fn given(key: Value) -> Self {
        Late::of(Some(key), Origin::Given)
    }

    fn of(key: Option<Value>, origin: Origin) -> Self {
        Late(Mutex::new(State { key, origin, phase: Phase::Free }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The key, where it is known.
    pub fn key(&self) -> Option<Value> {
        let state = self.state();
        state.known().cloned()
    }

    /// Whether the key is known.
    pub(crate) fn is_known(&self) -> bool {
        self.state().known().is_some()
    }

    /// What the id is now.
    pub fn id_state(&self) -> IdState {
        self.state().now()
    }

    /// Makes the id pending in a scope, because its row was added there.
    ///
    /// # Errors
    /// `ForeignId` where it is pending in another session, `UnknownId` where its fate is not known,
    /// `AlreadyStored` where its row is saved.
    pub fn claim(&self, scope: &Scope) -> Result<()> {
        let mut state = self.state();
        match state.now() {
            IdState::Free | IdState::Given => state.phase = Phase::Pending(scope.clone()),
            IdState::Pending => match &state.phase {
                Phase::Pending(other) if other.session() != scope.session() => {
                    return Err(foreign());
                }
                // A later savepoint names the row again: it stays with the scope that added it.
                _ => {}
            },
            IdState::Unknown => {
                return Err(Error::new(
                    ErrorKind::UnknownId,
                    "the answer to the commit that wrote this row was lost; `refresh` it to find out whether it is saved",
                ));
            }
            IdState::Bound => {
                return Err(Error::new(
                    ErrorKind::AlreadyStored,
                    "the row is saved already; change it through its `Tracked`, or use `session.merge(value)`",
                ));
            }
        }
        Ok(())
    }

    /// Checks that a session may name this row.
    ///
    /// # Errors
    /// `ForeignId` where it is pending in another session.
    pub fn check(&self, session: u64) -> Result<()> {
        let state = self.state();
        match (&state.phase, state.now()) {
            (Phase::Pending(scope), IdState::Pending) if scope.session() != session => {
                Err(foreign())
            }
            _ => Ok(()),
        }
    }

    /// The row was inserted in a scope, with this key.
    pub fn bind(&self, key: Value, scope: &Scope) {
        let mut state = self.state();
        state.key = Some(key);
        state.phase = Phase::Bound(scope.clone());
    }

    /// The row was found in the database.
    pub fn confirm(&self) {
        let found = Scope::transaction(0);
        found.end(Outcome::Committed);
        self.state().phase = Phase::Bound(found);
    }

    /// The pending row will not be inserted after all.
    pub fn release(&self) {
        self.state().phase = Phase::Free;
    }
}

fn foreign() -> Error {
    Error::new(
        ErrorKind::ForeignId,
        "the id is pending in another session; commit that session first, or add the row here",
    )
}

impl fmt::Debug for Late {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.key() {
            Some(key) => key.fmt(f),
            None => f.write_str("None"),
        }
    }
}
