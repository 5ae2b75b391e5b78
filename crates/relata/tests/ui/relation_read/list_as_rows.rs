//! The rows of a list are read by `get`.

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

fn wrong(team: &mut Tracked<Team>) {
    for hero in &team.heroes {}
    for hero in &mut team.heroes {}
    for hero in team.heroes.clone() {}
    let names = team.heroes.iter().map(|hero| hero.name.clone());
    println!("{} {}", team.heroes.len(), team.heroes[0].name);
}

fn main() {}
