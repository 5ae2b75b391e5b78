//! Two relations over one foreign key, each the other side of the other.

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
    let team_z_force = session.add(Team::new("Z-Force", "Sister Margaret's Bar"));
    let mut team_preventers = session.add(Team::new("Preventers", "Sharp Tower"));

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

    let mut hero_tarantula = session.add(Hero::new("Tarantula", "Natalia Roman-on").with_age(32));
    let mut hero_dr_weird = session.add(Hero::new("Dr. Weird", "Steve Weird").with_age(36));
    let mut hero_cap =
        session.add(Hero::new("Captain North America", "Esteban Rogelios").with_age(93));

    team_preventers.heroes.push(&hero_tarantula);
    team_preventers.heroes.push(&hero_dr_weird);
    team_preventers.heroes.push(&hero_cap);
    session.add(&mut team_preventers);
    session.commit().await?;

    session.refresh(&mut hero_tarantula).await?;
    session.refresh(&mut hero_dr_weird).await?;
    session.refresh(&mut hero_cap).await?;
    println!("Preventers new hero: {hero_tarantula:?}");
    println!("Preventers new hero: {hero_dr_weird:?}");
    println!("Preventers new hero: {hero_cap:?}");
    Ok(())
}

async fn select_heroes(engine: &Engine) -> relata::Result<()> {
    let mut session = Session::new(engine);
    // A relation that is not loaded cannot be read: `with` loads it with the teams.
    let statement = select(Team).filter(Team.name.eq("Preventers")).with(Team.heroes);
    let team_preventers = session.exec(statement).one().await?;
    println!("Preventers heroes: {:?}", team_preventers.heroes);
    Ok(())
}

async fn update_heroes(engine: &Engine) -> relata::Result<()> {
    let mut session = Session::new(engine);
    let statement = select(Hero).filter(Hero.name.eq("Spider-Boy"));
    let mut hero_spider_boy = session.exec(statement).one().await?;

    let statement = select(Team).filter(Team.name.eq("Preventers")).with(Team.heroes);
    let mut preventers_team = session.exec(statement).one().await?;

    println!("Hero Spider-Boy: {hero_spider_boy:?}");
    println!("Preventers Team: {preventers_team:?}");
    println!("Preventers Team Heroes: {:?}", preventers_team.heroes);

    hero_spider_boy.team.clear();

    println!("Spider-Boy without team: {hero_spider_boy:?}");

    // A value does not change under its owner: the other side is seen where it is loaded again,
    // which writes first what was added.
    session.add(&mut hero_spider_boy);
    session.load(&mut preventers_team, Team.heroes).await?;
    println!("Preventers Team Heroes again: {:?}", preventers_team.heroes);

    session.commit().await?;
    println!("After committing");

    session.refresh(&mut hero_spider_boy).await?;
    println!("Spider-Boy after commit: {hero_spider_boy:?}");

    session.refresh(&mut preventers_team).await?;
    println!("Preventers Team Heroes after commit: {:?}", preventers_team.heroes);
    Ok(())
}

#[tokio::main]
async fn main() -> relata::Result<()> {
    let url = std::env::var("RELATA_URL").unwrap_or("sqlite://back_populates.db".into());
    let engine = Engine::builder(url).echo(true).await?;
    create_db_and_tables(&engine).await?;
    create_heroes(&engine).await?;
    select_heroes(&engine).await?;
    update_heroes(&engine).await
}
