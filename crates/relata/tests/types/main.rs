//! Column types in whole programs, each on SQLite, on PostgreSQL with and without prepared statements,
//! and on MySQL or MariaDB: the servers that `RELATA_POSTGRES_URL` and `RELATA_MYSQL_URL` name.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a broken expectation may panic")]

#[macro_use]
mod support;

mod arrays;
mod dates;
mod enum_types;
mod enums;
mod intervals;
mod numbers;
#[path = "../common/skipped.rs"]
mod skipped;
mod texts;
