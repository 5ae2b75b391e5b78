//! A type that no column holds.

use relata::prelude::*;

#[derive(Clone, Debug, serde::Serialize)]
struct Costume;

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    costume: Costume,
}

fn main() {}
