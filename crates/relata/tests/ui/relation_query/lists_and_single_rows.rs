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

fn main() {
    let _ = select(Hero).filter(Hero.team.any(Team.name.eq("Z-Force")));
    let _ = select(Hero).filter(Hero.team.contains(1));
    let _ = select(Team).filter(Team.heroes.has(Hero.name.eq("Wasp")));
    let _ = select(Team).filter(Team.heroes.is(1));
    let _ = select(Team).filter(Team.heroes.ne(1));
    let _ = select(Team).filter(Team.heroes.any(1));
    let _ = select(Team).filter(Team.heroes.contains("Wasp"));
}
