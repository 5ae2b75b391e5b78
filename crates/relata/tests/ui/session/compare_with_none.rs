//! NULL equals nothing.

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

fn wrong(age: Option<i32>) {
    select(Hero).filter(Hero.age.eq(None));
    select(Hero).filter(Hero.age.eq(age));
}

fn main() {}
