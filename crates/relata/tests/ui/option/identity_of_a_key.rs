//! A key that is no number, or too small for where it is to begin.

use relata::prelude::*;

type Code = String;

#[model(table)]
struct Team {
    #[field(primary_key, key = Code, identity)]
    id: Id<Team>,
}

#[model(table)]
struct Hero {
    #[field(primary_key, key = i32, identity(start = 3000000000))]
    id: Id<Hero>,
}

fn main() {}
