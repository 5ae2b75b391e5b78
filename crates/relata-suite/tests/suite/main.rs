//! Every case of the suite. `cargo test -p relata-suite -- postgres::links` runs those of one backend
//! and file.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a broken expectation may panic"
)]

#[macro_use]
extern crate relata_suite;

mod alike;
mod at_once;
mod beside;
mod children_sequences;
mod copies;
mod decimals;
mod deletion;
mod eager;
mod edges;
mod enums;
mod expressions;
mod faults;
mod groups;
mod identity;
mod later_calls;
mod links;
mod links_with_data;
mod list_sequences;
mod moved;
mod nested_sequences;
mod order;
mod pages;
mod queries;
mod random_expressions;
mod raw;
mod refused;
mod relation_filters;
mod renumbered;
mod replaced;
mod scale;
mod send;
mod shapes;
mod stale;
mod stream;
mod tables;
mod taken_back;
mod together;
mod transactions;
mod tutorial;
mod types;
mod units;
mod upserts;
mod vacated;
mod writes;

fn main() -> std::process::ExitCode {
    relata_suite::run()
}
