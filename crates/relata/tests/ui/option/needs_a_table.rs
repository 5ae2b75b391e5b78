//! A model without a table has no columns, keys or relations.

use relata::prelude::*;

#[model(table)]
struct Team {
    #[field(primary_key)]
    id: Id<Team>,
}

#[model]
struct HeroCreate {
    #[field(primary_key)]
    id: i64,
    #[field(index)]
    name: String,
    teams: Many<Team>,
}

fn main() {}
