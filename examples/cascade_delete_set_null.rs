//! Deleting a team leaves its heroes, without a team.

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

    #[field(foreign_key = Team.id, ondelete = set_null)]
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
    session.refresh(&mut hero_spider_boy).await?;
    println!("Updated hero: {hero_spider_boy:?}");

    let hero_black_lion = Hero::new("Black Lion", "Trevor Challa").with_age(35);
    let hero_sure_e = Hero::new("Princess Sure-E", "Sure-E");
    let team_wakaland =
        Team::new("Wakaland", "Wakaland Capital City").with_heroes([hero_black_lion, hero_sure_e]);
    let mut team_wakaland = session.add(team_wakaland);
    session.commit().await?;
    session.refresh(&mut team_wakaland).await?;
    println!("Team Wakaland: {team_wakaland:?}");
    Ok(())
}

async fn delete_team(engine: &Engine) -> relata::Result<()> {
    let mut session = Session::new(engine);
    let statement = select(Team).filter(Team.name.eq("Wakaland"));
    let mut team = session.exec(statement).one().await?;
    session.delete(&mut team);
    session.commit().await?;
    println!("Deleted team: {team:?}");
    Ok(())
}

async fn select_deleted_heroes(engine: &Engine) -> relata::Result<()> {
    let mut session = Session::new(engine);
    let statement = select(Hero).filter(Hero.name.eq("Black Lion"));
    let hero = session.exec(statement).first().await?;
    println!("Black Lion has no team: {hero:?}");

    let statement = select(Hero).filter(Hero.name.eq("Princess Sure-E"));
    let hero = session.exec(statement).first().await?;
    println!("Princess Sure-E has no team: {hero:?}");
    Ok(())
}

#[tokio::main]
async fn main() -> relata::Result<()> {
    let url = std::env::var("RELATA_URL").unwrap_or("sqlite://cascade_delete_set_null.db".into());
    let engine = Engine::builder(url).echo(true).await?;
    create_db_and_tables(&engine).await?;
    create_heroes(&engine).await?;
    delete_team(&engine).await?;
    select_deleted_heroes(&engine).await
}
