//! An id is of one model.

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
    let id = Id::<Hero>::from(1);
    let _ = session.exec(update_all(Hero).set(Hero.team_id, &id)).run();
}

fn main() {}
