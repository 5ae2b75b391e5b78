//! An own id is a whole key.

use relata::prelude::*;

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    #[field(primary_key)]
    name: String,
}

fn main() {}
