//! Each unknown option is answered with the nearest one, or with all of them.

use relata::prelude::*;

#[model(tabel)]
struct Color {
    name: String,
}

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    #[field(indx)]
    name: String,
    #[field(sparkle)]
    age: Option<i32>,
    #[relationship(back_populate = hero)]
    teams: Many<Team>,
}

#[model(table)]
struct Team {
    #[field(primary_key)]
    id: Id<Team>,
}

fn main() {}
