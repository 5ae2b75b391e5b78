//! Two keys lead to the related model.

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
    team_id: Id<Team>,
    #[field(foreign_key = Team.id)]
    former_team_id: Option<Id<Team>>,
    team: One<Team>,
}

fn main() {}
