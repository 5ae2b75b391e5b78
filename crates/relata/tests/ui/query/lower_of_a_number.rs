//! Only text has upper and lower case.

use relata::prelude::*;
use relata::query::lower;

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    name: String,
    age: Option<i32>,
    weight: f64,
}

fn wrong() {
    select(lower(Hero.age));
}

fn main() {}
