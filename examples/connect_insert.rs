//! Rows of two tables: a hero takes the id of its team.

use relata::prelude::*;

#[model(table)]
struct Team {
    #[field(primary_key)]
    id: Id<Team>,
    #[field(index)]
    name: String,
    headquarters: String,
}

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    #[field(index)]
    name: String,
    secret_name: String,
    #[field(index)]
    age: Option<i32>,

    #[field(foreign_key = Team.id)]
    team_id: Option<Id<Team>>,
}

/// Every run starts with new tables.
async fn create_db_and_tables(engine: &Engine) -> relata::Result<()> {
    relata::metadata().drop_all(engine).await?;
    relata::metadata().create_all(engine).await
}

async fn create_heroes(engine: &Engine) -> relata::Result<()> {
    let mut session = Session::new(engine);
    let team_preventers = session.add(Team::new("Preventers", "Sharp Tower"));
    let team_z_force = session.add(Team::new("Z-Force", "Sister Margaret's Bar"));
    session.commit().await?;

    let hero_deadpond = Hero::new("Deadpond", "Dive Wilson").with_team_id(&team_z_force.id);
    let hero_rusty_man =
        Hero::new("Rusty-Man", "Tommy Sharp").with_age(48).with_team_id(&team_preventers.id);
    let hero_spider_boy = Hero::new("Spider-Boy", "Pedro Parqueador");
    let mut hero_deadpond = session.add(hero_deadpond);
    let mut hero_rusty_man = session.add(hero_rusty_man);
    let mut hero_spider_boy = session.add(hero_spider_boy);
    session.commit().await?;

    session.refresh(&mut hero_deadpond).await?;
    session.refresh(&mut hero_rusty_man).await?;
    session.refresh(&mut hero_spider_boy).await?;

    println!("Created hero: {hero_deadpond:?}");
    println!("Created hero: {hero_rusty_man:?}");
    println!("Created hero: {hero_spider_boy:?}");
    Ok(())
}

#[tokio::main]
async fn main() -> relata::Result<()> {
    let url = std::env::var("RELATA_URL").unwrap_or("sqlite://connect_insert.db".into());
    let engine = Engine::builder(url).echo(true).await?;
    create_db_and_tables(&engine).await?;
    create_heroes(&engine).await
}
