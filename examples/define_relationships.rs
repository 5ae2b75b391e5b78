//! Relations: `One` leads to one row, `Many` to any number. A relation fills the foreign key.

use relata::prelude::*;

#[model(table)]
struct Team {
    #[field(primary_key)]
    id: Id<Team>,
    #[field(index)]
    name: String,
    headquarters: String,

    #[relationship(back_populates = team)]
    heroes: Many<Hero>,
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
    #[relationship(back_populates = heroes)]
    team: One<Option<Team>>,
}

/// Every run starts with new tables.
async fn create_db_and_tables(engine: &Engine) -> relata::Result<()> {
    relata::metadata().drop_all(engine).await?;
    relata::metadata().create_all(engine).await
}

async fn create_heroes(engine: &Engine) -> relata::Result<()> {
    let mut session = Session::new(engine);
    // A relation takes a row by reference, so rows that several others lead to are added first. It
    // takes a new value as well: `.with_team(Team::new(…))`.
    let team_z_force = session.add(Team::new("Z-Force", "Sister Margaret's Bar"));
    let team_preventers = session.add(Team::new("Preventers", "Sharp Tower"));

    let hero_deadpond = Hero::new("Deadpond", "Dive Wilson").with_team(&team_z_force);
    let hero_rusty_man =
        Hero::new("Rusty-Man", "Tommy Sharp").with_age(48).with_team(&team_preventers);
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

    hero_spider_boy.team.set(&team_preventers);
    session.add(&mut hero_spider_boy);
    session.commit().await?;
    Ok(())
}

#[tokio::main]
async fn main() -> relata::Result<()> {
    let url = std::env::var("RELATA_URL").unwrap_or("sqlite://define_relationships.db".into());
    let engine = Engine::builder(url).echo(true).await?;
    create_db_and_tables(&engine).await?;
    create_heroes(&engine).await
}
