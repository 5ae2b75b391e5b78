//! A value of the wrong form is answered with the right one.

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
    #[field(foreign_key = "team.id")]
    team_id: Id<Team>,
    #[field(index = true)]
    name: String,
    #[field(max_length)]
    secret_name: String,
}

fn main() {}
