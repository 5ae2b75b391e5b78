//! The conformance suite: cases that every backend runs, each on a database of its own. A backend
//! is a place for databases and a table of what it has; see [`Backend`].

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "it is the tests' own: a broken expectation may panic"
)]

pub mod backend;
mod case;
mod db;
mod log;
mod run;
mod sequences;
mod value;

pub use backend::{Backend, Database, Need, Plain, has, pick};
pub use case::{Case, Outcome, in_one_thread, in_threads};
pub use db::{Db, Lock, empty, engine, engine_blocking, engine_impatient, engine_single};
pub use inventory;
pub use log::{Log, Sent, for_rows};
pub use relata_suite_macros::case;
pub use run::run;
pub use sequences::sequences;
pub use value::{Value, numbers};
