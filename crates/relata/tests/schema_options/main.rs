//! What is said of whole tables, and of what the database does by itself: schemas, comments, server
//! defaults, identity columns, and creating tables while others do. Each program runs on SQLite, and on
//! the servers that `RELATA_POSTGRES_URL` and `RELATA_MYSQL_URL` name.

#![expect(clippy::unwrap_used, reason = "helpers of tests, outside of `#[test]`")]

mod comments;
mod identity;
mod lists;
#[path = "../common/polled.rs"]
mod polled;
mod schemas;
mod server_defaults;
#[path = "../common/skipped.rs"]
mod skipped;
mod support;
mod together;
