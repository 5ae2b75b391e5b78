//! What `diesel` and `diesel-async` share.

pub mod diesel_models;
pub mod diesel_sqlite;
