//! The pure part of Relata: values, keys, schema, statements and the unit of work.
//!
//! Nothing here does I/O. What has to be sent is planned as [`connection::Batch`]es, and what came
//! back is told to the plan; drivers and the session in between do the waiting.

pub mod connection;
pub mod entity;
pub mod error;
mod isolation;
pub mod key;
mod model;
pub mod query;
pub mod schema;
mod scope;
pub mod sql;
pub mod unit;
pub mod value;

pub use error::{Error, ErrorKind, Result};
pub use isolation::{Isolation, TransactionOptions};
pub use key::Id;
pub use model::{
    Cells, Column, Columns, Entity, Identity, Model, References, Relation, Stored, Unstored, Visit,
    VisitMut,
};
pub use scope::{Outcome, Scope};
