//! A list is set to a list.

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

fn wrong(mut team: Team, hero: Tracked<Hero>) {
    Team::new("Z-Force").with_heroes(Hero::new("Deadpond"));
    Team::new("Z-Force").with_heroes(&hero);
    team.heroes.set(hero);
}

fn main() {}
