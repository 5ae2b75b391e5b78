//! Only numbers have a sum.

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
    select(sum(Hero.name));
}

fn main() {}
