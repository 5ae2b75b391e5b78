//! The row behind a `One` is read by `get`. Of a field the compiler says only that it is not there.

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

fn wrong(hero: &Hero) {
    if hero.team.is_some() {}
    println!("{}", hero.team.unwrap().name);
    println!("{}", hero.team.name);
}

fn main() {}
