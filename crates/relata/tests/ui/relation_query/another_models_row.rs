//! A relation has rows of its own model only.

use relata::prelude::*;

#[model(table)]
struct Team {
    #[field(primary_key)]
    id: Id<Team>,
    name: String,
    heroes: Many<Hero>,
}

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    name: String,
    age: Option<i32>,
    #[field(foreign_key = Team.id)]
    team_id: Option<Id<Team>>,
    team: One<Option<Team>>,
}

fn wrong(hero: &Tracked<Hero>, team: &Tracked<Team>, plain: Team) {
    select(Hero).filter(Hero.team.is(hero));
    select(Team).filter(Team.heroes.contains(&team.id));
    select(Hero).filter(Hero.team.is(plain));
    select(Hero).filter(Hero.team.is("Z-Force"));
}

fn main() {}
