//! A default of another type.

use relata::prelude::*;

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    #[field(default = "many")]
    age: i32,
}

fn main() {}
