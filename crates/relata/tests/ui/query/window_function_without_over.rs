//! A window function needs a window.

use relata::prelude::*;
use relata::query::row_number;

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    name: String,
    age: Option<i32>,
    weight: f64,
}

fn wrong() {
    select((Hero.name, row_number()));
}

fn main() {}
