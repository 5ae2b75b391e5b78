//! Elements have no length of their own.

use relata::prelude::*;

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    #[field(max_length = 50)]
    tags: Vec<String>,
}

fn main() {}
