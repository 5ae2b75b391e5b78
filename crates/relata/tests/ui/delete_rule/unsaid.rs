//! It is not said what becomes of the children.

use relata::prelude::*;

#[model(table)]
struct Team {
    #[field(primary_key)]
    id: Id<Team>,
    heroes: Many<Hero>,
}

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    #[field(foreign_key = Team.id)]
    team_id: Id<Team>,
}

fn main() {}
