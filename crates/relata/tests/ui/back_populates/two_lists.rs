//! Two lists need a link model.

use relata::prelude::*;

#[model(table)]
struct Team {
    #[field(primary_key)]
    id: Id<Team>,
    #[relationship(back_populates = teams)]
    heroes: Many<Hero>,
}

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    #[relationship(back_populates = heroes)]
    teams: Many<Team>,
}

fn main() {}
