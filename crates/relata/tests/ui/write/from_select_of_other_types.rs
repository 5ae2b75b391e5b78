//! Each part fits its column.

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
    let teams = select((Team.name, Team.name));
    let _ = session.exec(insert(Hero).columns((Hero.name, Hero.age)).from_select(teams)).run();
}

fn main() {}
