//! An array of what arrays do not hold.

use relata::prelude::*;

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    pictures: Vec<Vec<u8>>,
}

fn main() {}
