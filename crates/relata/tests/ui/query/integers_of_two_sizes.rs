//! Integers of two sizes are not computed with each other.

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
    select(count(Hero.id) + Hero.age);
}

fn main() {}
