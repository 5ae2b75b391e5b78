//! A window function needs a window.

use relata::prelude::*;
use relata::query::rank;

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    name: String,
    age: Option<i32>,
    weight: f64,
}

fn wrong() {
    select(Hero).filter(rank().eq(1));
}

fn main() {}
