//! Programs on PostgreSQL, on the server that `RELATA_POSTGRES_URL` names, and on servers that tests
//! start for themselves.

#![cfg(feature = "postgres")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a broken expectation may panic")]

#[path = "../common/patience.rs"]
mod patience;
#[path = "../common/polled.rs"]
mod polled;
#[path = "../common/port.rs"]
mod port;
#[path = "../../../relata-postgres/tests/contract/proxy.rs"]
#[allow(dead_code, reason = "a part of what tests share")]
mod proxy;

mod engines;
mod idle;
mod meter;
mod pgbouncer;
mod pool;
mod programs;
mod restart;
mod round_trips;
mod server;
#[path = "../common/skipped.rs"]
mod skipped;
mod support;
mod tls;
mod transactions;
