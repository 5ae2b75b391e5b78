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
    #[field(index, max_length = 50)]
    name: String,
    teams: Many<Team>,
}

fn main() {}
