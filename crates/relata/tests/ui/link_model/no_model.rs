//! The link model is a model with a table.

use relata::prelude::*;

struct HeroTeamLink;

#[model(table)]
struct Team {
    #[field(primary_key)]
    id: Id<Team>,
}

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    #[relationship(link_model = HeroTeamLink)]
    teams: Many<Team>,
}

fn main() {}
