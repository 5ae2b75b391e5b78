//! What stands in for NULL has the same type.

use relata::prelude::*;
use relata::query::coalesce;

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    name: String,
    age: Option<i32>,
    weight: f64,
}

fn wrong() {
    select(coalesce((Hero.age, "none")));
}

fn main() {}
