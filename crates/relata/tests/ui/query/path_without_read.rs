//! What is read at the end of a path is said.

use relata::prelude::*;

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    name: String,
    age: Option<i32>,
    weight: f64,
    tags: Json<Vec<String>>,
}

fn wrong() {
    select(Hero.tags.at(0));
}

fn main() {}
