//! Relations are loaded one by one. One mistake is one error, also where the future is awaited.

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

async fn wrong(session: &mut Session, team: &mut Tracked<Team>) -> relata::Result<()> {
    session.load(team, (Team.heroes, Team.heroes)).await?;
    Ok(())
}

fn main() {}
