//! What is not a condition, and what is not text to look for.

use relata::prelude::*;

#[model(table)]
struct Team {
    #[field(primary_key)]
    id: Id<Team>,
    name: String,
    #[relationship(back_populates = team)]
    heroes: Many<Hero>,
}

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    name: String,
    #[field(foreign_key = Team.id)]
    team_id: Option<Id<Team>>,
    #[relationship(back_populates = heroes)]
    team: One<Option<Team>>,
}

fn wrong() {
    let _ = select(Hero).filter(Hero.name.eq("Deadpond") && Hero.team_id.is_null());
    let _ = select(Hero).filter("name = 'Deadpond'");
    let _ = select(Team).filter(Team.heroes.any(Hero.name));
    let _ = select(Hero).filter(Hero.name.contains(3));
}

fn main() {}
