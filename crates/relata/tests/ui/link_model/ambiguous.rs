//! Two columns of the link lead to one model.

use relata::prelude::*;

#[model(table)]
struct Team {
    #[field(primary_key)]
    id: Id<Team>,
}

#[model(table)]
struct HeroTeamLink {
    #[field(primary_key, foreign_key = Team.id)]
    team_id: Id<Team>,
    #[field(primary_key, foreign_key = Hero.id)]
    hero_id: Id<Hero>,
    #[field(foreign_key = Hero.id)]
    invited_by: Option<Id<Hero>>,
}

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    #[relationship(link_model = HeroTeamLink)]
    teams: Many<Team>,
}

fn main() {}
