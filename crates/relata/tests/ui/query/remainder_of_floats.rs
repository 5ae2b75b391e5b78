//! Only the division of integers leaves something.

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
    select(Hero.weight % 2.0);
}

fn main() {}
