//! The driver against the contract that `relata_core::connection` states.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests, outside of `#[test]`")]

mod cursors;
mod faults;
mod keys;
mod opening;
mod options;
mod steps;
mod support;
mod thread;
mod values;
