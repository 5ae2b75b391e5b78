//! Text has no elements.

use relata::prelude::*;

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    name: String,
}

fn main() {
    let _ = select(Hero).filter(Hero.name.has("x"));
}
