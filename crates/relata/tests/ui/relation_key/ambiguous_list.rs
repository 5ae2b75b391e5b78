//! Two keys of the listed model lead here.

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
    team_id: Option<Id<Team>>,
    #[field(foreign_key = Team.id)]
    former_team_id: Option<Id<Team>>,
}

fn main() {}
