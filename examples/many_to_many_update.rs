//! Heroes and teams, many to many: a hero joins a team and leaves it again.

use relata::prelude::*;

#[model(table)]
struct HeroTeamLink {
    #[field(primary_key, foreign_key = Team.id)]
    team_id: Id<Team>,
    #[field(primary_key, foreign_key = Hero.id)]
    hero_id: Id<Hero>,
}

#[model(table)]
struct Team {
    #[field(primary_key)]
    id: Id<Team>,
    #[field(index)]
    name: String,
    headquarters: String,

    #[relationship(back_populates = teams, link_model = HeroTeamLink)]
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

    #[relationship(back_populates = heroes, link_model = HeroTeamLink)]
    teams: Many<Team>,
}

async fn create_heroes(engine: &Engine) -> relata::Result<()> {
    let mut session = Session::new(engine);
    let z_force = session.add(Team::new("Z-Force", "Sister Margaret's Bar"));
    let preventers = session.add(Team::new("Preventers", "Sharp Tower"));

    let deadpond = Hero::new("Deadpond", "Dive Wilson").with_teams([&z_force, &preventers]);
    let mut deadpond = session.add(deadpond);
    let rusty_man = Hero::new("Rusty-Man", "Tommy Sharp").with_age(48).with_teams([&preventers]);
    let mut rusty_man = session.add(rusty_man);
    let spider_boy = Hero::new("Spider-Boy", "Pedro Parqueador").with_teams([&preventers]);
    let mut spider_boy = session.add(spider_boy);
    session.commit().await?;

    session.refresh(&mut deadpond).await?;
    session.refresh(&mut rusty_man).await?;
    session.refresh(&mut spider_boy).await?;

    println!("Deadpond: {deadpond:?}");
    println!("Deadpond teams: {:?}", deadpond.teams);
    println!("Rusty-Man: {rusty_man:?}");
    println!("Rusty-Man Teams: {:?}", rusty_man.teams);
    println!("Spider-Boy: {spider_boy:?}");
    println!("Spider-Boy Teams: {:?}", spider_boy.teams);
    Ok(())
}

async fn update_heroes(engine: &Engine) -> relata::Result<()> {
    let mut session = Session::new(engine);
    let spider_boy = select(Hero).filter(Hero.name.eq("Spider-Boy"));
    let mut spider_boy = session.exec(spider_boy).one().await?;
    let z_force = select(Team).filter(Team.name.eq("Z-Force"));
    let mut z_force = session.exec(z_force).one().await?;

    z_force.heroes.push(&spider_boy);
    session.add(&mut z_force);
    session.commit().await?;

    session.load(&mut spider_boy, Hero.teams).await?;
    session.load(&mut z_force, Team.heroes).await?;
    println!("Updated Spider-Boy's Teams: {:?}", spider_boy.teams);
    println!("Z-Force heroes: {:?}", z_force.heroes);

    spider_boy.teams.remove(&z_force);
    session.add(&mut spider_boy);
    session.commit().await?;

    session.refresh(&mut z_force).await?;
    session.refresh(&mut spider_boy).await?;
    println!("Reverted Z-Force's heroes: {:?}", z_force.heroes);
    println!("Reverted Spider-Boy's teams: {:?}", spider_boy.teams);
    Ok(())
}

#[tokio::main]
async fn main() -> relata::Result<()> {
    let url = std::env::var("RELATA_URL").unwrap_or("sqlite://database.db".into());
    let engine = Engine::builder(url).echo(true).await?;
    relata::metadata().create_all(&engine).await?;
    create_heroes(&engine).await?;
    update_heroes(&engine).await
}
