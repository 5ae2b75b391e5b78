//! What is asked of related rows is a condition.

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
    select(Team).filter(Team.heroes.any(Hero.name));
    select(Hero).filter(Hero.team.has(Team.name.eq(5)));
}

fn main() {}
