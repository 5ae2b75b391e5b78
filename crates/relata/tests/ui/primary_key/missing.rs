//! A table has a primary key.

use relata::prelude::*;

#[model(table)]
struct Hero {
    name: String,
}

fn main() {}
