//! What is given is what `returning` says.

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
    let update = update_all(Hero).set(Hero.age, 3).returning((Hero.id, Hero.name));
    let _: Vec<String> = session.exec(update).all().unwrap();
}

fn main() {}
