//! The driver against the contract that `relata_core::connection` states, on a real server: that of
//! `RELATA_MYSQL_URL`, such as `mysql://root@127.0.0.1:3306`. Without it the tests are skipped, and
//! say so.

#![expect(clippy::unwrap_used, reason = "helpers of tests, outside of `#[test]`")]

mod begun;
mod cursors;
mod cut;
mod dropped;
mod faults;
mod lost;
mod misfits;
mod opening;
mod options;
mod others;
mod packets;
#[path = "../../../relata/tests/common/patience.rs"]
mod patience;
#[path = "../../../relata/tests/common/polled.rs"]
mod polled;
#[path = "../private/mod.rs"]
mod private;
mod proxy;
mod steps;
mod support;
mod tls;
mod values;
mod warnings;
