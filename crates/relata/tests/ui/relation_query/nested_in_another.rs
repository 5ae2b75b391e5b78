//! What is loaded into related rows is a relation of theirs; rows of no model have none.

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

fn wrong() {
    select(Team).with(Team.heroes.with(Team.heroes));
    select(Hero.name).with(Hero.team);
}

fn main() {}
