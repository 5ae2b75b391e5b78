//! Only documents have something at a path.

use relata::prelude::*;

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    name: String,
    age: Option<i32>,
    weight: f64,
}

fn wrong() {
    select(Hero.name.at("first").text());
}

fn main() {}
