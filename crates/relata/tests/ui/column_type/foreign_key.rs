//! A key that does not fit the field.

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
    #[field(foreign_key = Team.id)]
    team_id: i64,
}

fn main() {}
