//! Reading two tables at once. A join goes along a relation.
//! An argument chooses the page: `cargo run --example connect_select -- tutorial001`.

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
    #[relationship]
    team: One<Option<Team>>,
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

/// The pairs that a filter leaves of all heroes with all teams.
async fn tutorial001(engine: &Engine) -> relata::Result<()> {
    let mut session = Session::new(engine);
    let statement = select((Hero, Team)).filter(Hero.team_id.eq(Team.id));
    for (hero, team) in session.exec(statement).all().await? {
        println!("Hero: {hero:?} Team: {team:?}");
    }
    Ok(())
}

/// The same by a join, which knows the foreign key.
async fn tutorial002(engine: &Engine) -> relata::Result<()> {
    let mut session = Session::new(engine);
    let statement = select((Hero, Team)).join(Hero.team);
    for (hero, team) in session.exec(statement).all().await? {
        println!("Hero: {hero:?} Team: {team:?}");
    }
    Ok(())
}

/// A left join: also the heroes that have no team.
async fn tutorial003(engine: &Engine) -> relata::Result<()> {
    let mut session = Session::new(engine);
    let statement = select((Hero, Team.optional())).left_join(Hero.team);
    for (hero, team) in session.exec(statement).all().await? {
        println!("Hero: {hero:?} Team: {team:?}");
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::var("RELATA_URL").unwrap_or("sqlite://connect_select.db".into());
    let engine = Engine::builder(url).echo(true).await?;
    create_db_and_tables(&engine).await?;
    create_heroes(&engine).await?;

    let page = std::env::args().nth(1);
    match page.as_deref().unwrap_or("tutorial003") {
        "tutorial001" => tutorial001(&engine).await?,
        "tutorial002" => tutorial002(&engine).await?,
        "tutorial003" => tutorial003(&engine).await?,
        page => return Err(format!("this chapter has no page `{page}`").into()),
    }
    Ok(())
}
