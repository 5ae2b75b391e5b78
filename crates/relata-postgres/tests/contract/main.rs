//! Holds the driver to the contract of `relata_core::connection`, on the server that
//! `RELATA_POSTGRES_URL` names.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a broken expectation may panic")]

mod arrays;
mod cursors;
mod cuts;
mod drops;
mod faults;
mod notices;
mod opening;
mod options;
mod own_types;
mod proxy;
mod steps;
mod support;
mod values;
