//! A type that cannot be a key.

use relata::prelude::*;

#[model(table)]
struct Reading {
    #[field(primary_key)]
    at: f64,
}

fn main() {}
