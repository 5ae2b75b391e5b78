//! An enum is no column before it says how it is stored. One mistake is one error.

use relata::prelude::*;

#[derive(Clone, Debug, serde::Serialize)]
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
