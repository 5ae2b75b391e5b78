//! A list holds values of the column's type.

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
    select(Hero).filter(Hero.age.is_in(["1", "2"]));
}

fn main() {}
