//! A relation of the wrong form.

use relata::prelude::*;

#[model(table)]
struct Team {
    #[field(primary_key)]
    id: Id<Team>,
}

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    #[relationship]
    teams: Vec<Team>,
    #[relationship]
    team: Option<One<Team>>,
    rivals: Many<Option<Hero>>,
}

fn main() {}
