//! What is to come says what to do until then.

use relata::prelude::*;

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    #[field(ge = 0)]
    age: i32,
    #[field(nullable)]
    name: String,
}

fn main() {}
