//! What an array is asked for has the type of its elements.

use relata::prelude::*;

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    tags: Vec<String>,
}

fn main() {
    let _ = select(Hero).filter(Hero.tags.has(5));
}
