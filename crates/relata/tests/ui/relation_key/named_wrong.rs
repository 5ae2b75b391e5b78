//! The key that is named does not exist, or leads elsewhere.

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
    name: String,
    #[field(foreign_key = Team.id)]
    team_id: Id<Team>,
    #[relationship(foreign_key = teem_id)]
    team: One<Team>,
    #[relationship(foreign_key = name)]
    other_team: One<Team>,
}

fn main() {}
