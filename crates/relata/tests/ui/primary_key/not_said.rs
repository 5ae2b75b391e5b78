//! An own id is no key until it is said.

use relata::prelude::*;

#[model(table)]
struct Hero {
    id: Id<Hero>,
}

fn main() {}
