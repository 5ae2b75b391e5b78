//! What is done about a conflict has to be said.

use relata::blocking::prelude::*;

#[model(table)]
struct Team {
    #[field(primary_key)]
    id: Id<Team>,
    name: String,
}

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    name: String,
    age: Option<i32>,
    #[field(foreign_key = Team.id)]
    team_id: Option<Id<Team>>,
}

fn wrong(session: &mut Session) {
    let _ = session.exec(insert(Hero).value(Hero::new("x")).on_conflict(Hero.name)).run();
}

fn main() {}
