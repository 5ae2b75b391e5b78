//! A length is for text, digits are for a decimal.

use relata::prelude::*;

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    #[field(max_length = 5)]
    age: i32,
}

#[model(table)]
struct Team {
    #[field(primary_key)]
    id: Id<Team>,
    #[field(max_digits = 5, decimal_places = 2)]
    budget: f64,
}

fn main() {}
