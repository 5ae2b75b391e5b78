//! Derives that a model writes itself.

use relata::prelude::*;

#[model(table)]
#[derive(Debug, Clone, PartialEq)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    #[field(default = 1)]
    lives: i32,
}

#[model]
#[derive(serde::Serialize)]
struct HeroCreate {
    name: String,
}

fn main() {}
