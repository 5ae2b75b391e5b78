//! The same engine and session with no async: every method returns when the work is done.
//!
//! No runtime is started. On SQLite the connection works in the thread that calls; only while a
//! stream is open it has a thread of its own.

use crate::Blocking;

/// An engine whose sessions block.
pub type Engine = crate::EngineOf<Blocking>;
/// A session whose methods return when the work is done.
pub type Session = crate::SessionOf<Blocking>;
/// A savepoint of a blocking session.
pub type Savepoint<'s> = crate::SavepointOf<'s, Blocking>;
/// Rows of a blocking program; an iterator.
pub type Stream<'s, R> = crate::StreamOf<'s, R, Blocking>;

/// What nearly every blocking program names.
pub mod prelude {
    // These stand before the ones of the same name that are async.
    pub use super::{Engine, Session};
    pub use crate::prelude::*;
}
