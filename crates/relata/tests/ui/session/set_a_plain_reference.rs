//! The same for a `One`, and for `with_…`.

use relata::prelude::*;

#[model(table)]
struct Team {
    #[field(primary_key)]
    id: Id<Team>,
    name: String,
    heroes: Many<Hero>,
}

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    name: String,
    age: Option<i32>,
    #[field(foreign_key = Team.id)]
    team_id: Option<Id<Team>>,
    team: One<Option<Team>>,
}

fn wrong(mut hero: Hero, team: Team) {
    hero.team.set(&team);
    Hero::new("Deadpond").with_team(&team);
}

fn main() {}
