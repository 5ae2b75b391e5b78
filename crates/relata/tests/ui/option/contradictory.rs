//! Options that cannot both be meant.

use relata::prelude::*;

#[model(table)]
struct Team {
    #[field(primary_key)]
    id: Id<Team>,
}

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    #[field(default = 1, default_factory = one)]
    age: i32,
    #[field(index, index)]
    name: String,
    #[field(ondelete = cascade)]
    team_id: Id<Team>,
}

fn main() {}
