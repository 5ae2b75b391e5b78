//! A column is set to what fits it.

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
    let _ = session.exec(update_all(Hero).set(Hero.age, "three")).run();
}

fn main() {}
