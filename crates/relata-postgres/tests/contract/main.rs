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
#[path = "../../../relata/tests/common/patience.rs"]
mod patience;
#[path = "../../../relata/tests/common/polled.rs"]
mod polled;
mod proxy;
#[path = "../../../relata/tests/common/skipped.rs"]
mod skipped;
mod steps;
mod support;
mod values;
