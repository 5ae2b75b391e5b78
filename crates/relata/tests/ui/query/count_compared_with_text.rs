//! How many there are is a number.

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
    select(Hero.age).group_by(Hero.age).having(count(Hero.id).gt("5"));
}

fn main() {}
