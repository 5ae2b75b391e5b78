//! Only dates and times have parts.

use relata::prelude::*;
use relata::query::Part;

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    name: String,
    age: Option<i32>,
    weight: f64,
}

fn wrong() {
    select(Hero.name.extract(Part::Year));
}

fn main() {}
