//! A primary key is never NULL.

use relata::prelude::*;

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Option<Id<Hero>>,
}

fn main() {}
