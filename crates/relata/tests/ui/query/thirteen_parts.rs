//! A tuple has up to twelve parts.

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
    let n = Hero.name;
    select((n, n, n, n, n, n, n, n, n, n, n, n, n));
}

fn main() {}
