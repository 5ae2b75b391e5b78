//! Relations are loaded one by one.

use relata::blocking::prelude::*;

#[model(table)]
struct Team {
    #[field(primary_key)]
    id: Id<Team>,
    heroes: Many<Hero>,
    fans: Many<Fan>,
}

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    #[field(foreign_key = Team.id)]
    team_id: Option<Id<Team>>,
}

#[model(table)]
struct Fan {
    #[field(primary_key)]
    id: Id<Fan>,
    #[field(foreign_key = Team.id)]
    team_id: Option<Id<Team>>,
}

fn wrong(session: &mut Session, team: &mut Tracked<Team>) {
    select(Team).with((Team.heroes, Team.fans));
    let _ = session.load(team, (Team.heroes, Team.fans));
}

fn main() {}
