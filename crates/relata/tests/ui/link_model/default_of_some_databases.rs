//! A default that one database lacks does not fill the column of a link there.

use relata::prelude::*;

#[model(table)]
struct Membership {
    #[field(primary_key, foreign_key = Team.id)]
    team_id: Id<Team>,
    #[field(primary_key, foreign_key = Hero.id)]
    hero_id: Id<Hero>,
    #[field(server_default(postgres = "1", sqlite = "1"))]
    level: i32,
}

#[model(table)]
struct Team {
    #[field(primary_key)]
    id: Id<Team>,
    #[relationship(link_model = Membership)]
    heroes: Many<Hero>,
}

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
}

fn main() {
    let _ = Team::new();
}
