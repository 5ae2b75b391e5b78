//! The other side leads to another model.

use relata::prelude::*;

#[model(table)]
struct Team {
    #[field(primary_key)]
    id: Id<Team>,
    #[relationship(back_populates = town)]
    heroes: Many<Hero>,
}

#[model(table)]
struct Town {
    #[field(primary_key)]
    id: Id<Town>,
}

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    #[field(foreign_key = Team.id)]
    team_id: Option<Id<Team>>,
    #[field(foreign_key = Town.id)]
    town_id: Option<Id<Town>>,
    #[relationship(back_populates = heroes)]
    town: One<Option<Town>>,
}

fn main() {}
