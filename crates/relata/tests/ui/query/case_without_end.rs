//! A `case` says what it gives otherwise.

use relata::prelude::*;
use relata::query::case;

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    name: String,
    age: Option<i32>,
    weight: f64,
}

fn wrong() {
    select(case().when(Hero.age.lt(18), "minor"));
}

fn main() {}
