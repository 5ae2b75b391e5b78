//! The same for an enum that derives nothing, which lacks `Clone`, `Debug` and `Serialize` too.

use relata::prelude::*;

enum Kind {
    Good,
    Evil,
}

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    kind: Kind,
}

fn main() {
    let hero = Hero::new(Kind::Good);
    println!("{hero:?} {:?}", select(Hero).filter(Hero.id.eq(1)));
}
