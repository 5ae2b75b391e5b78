//! A column is compared with its own type.

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

fn wrong() {
    select(Hero).filter(Hero.name.eq(5));
    select(Hero).filter(Hero.age.gt("old"));
    select(Hero).filter(Hero.id.eq("first"));
    select(Hero).filter(Hero.age.gt(18_i64));
    select(Hero).filter(Hero.age.eq(&String::new()));
    select(Hero).filter(Hero.age.eq(Team.name));
    select(Hero).filter(Hero.id.eq(Team.id));
    select(Hero).filter(Hero.name.eq(Some("Deadpond")));
}

fn main() {}
