//! A subquery selects what it is compared with.

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
    select(Hero).filter(Hero.age.eq(select(max(Hero.name)).scalar()));
}

fn main() {}
