//! A tuple is compared part by part.

use relata::prelude::*;
use relata::query::tuple;

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    name: String,
    age: Option<i32>,
    weight: f64,
}

fn wrong() {
    select(Hero).filter(tuple((Hero.name, Hero.age)).eq(("Bob", "5")));
}

fn main() {}
