//! Heroes and teams, many to many, where each link carries a field of its own.

use relata::prelude::*;

#[model(table)]
struct HeroTeamLink {
    #[field(primary_key, foreign_key = Team.id)]
    team_id: Id<Team>,
    #[field(primary_key, foreign_key = Hero.id)]
    hero_id: Id<Hero>,
    #[field(default = false)]
    is_training: bool,

    #[relationship(back_populates = hero_links)]
    team: One<Team>,
    #[relationship(back_populates = team_links)]
    hero: One<Hero>,
}

#[model(table)]
struct Team {
    #[field(primary_key)]
    id: Id<Team>,
    #[field(index)]
    name: String,
    headquarters: String,

    #[relationship(back_populates = team)]
    hero_links: Many<HeroTeamLink>,
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

    #[relationship(back_populates = hero)]
    team_links: Many<HeroTeamLink>,
}

async fn create_heroes(engine: &Engine) -> relata::Result<()> {
    let mut session = Session::new(engine);
    let mut z_force = session.add(Team::new("Z-Force", "Sister Margaret's Bar"));
    let mut preventers = session.add(Team::new("Preventers", "Sharp Tower"));

    let deadpond = session.add(Hero::new("Deadpond", "Dive Wilson"));
    let spider_boy = session.add(Hero::new("Spider-Boy", "Pedro Parqueador"));
    let rusty_man = session.add(Hero::new("Rusty-Man", "Tommy Sharp").with_age(48));

    session.add(HeroTeamLink::new(&z_force, &deadpond));
    session.add(HeroTeamLink::new(&preventers, &deadpond).with_is_training(true));
    session.add(HeroTeamLink::new(&preventers, &spider_boy).with_is_training(true));
    session.add(HeroTeamLink::new(&preventers, &rusty_man));
    session.commit().await?;

    load_heroes(&mut session, &mut z_force).await?;
    for link in z_force.hero_links.get()? {
        println!("Z-Force hero: {:?} is training: {}", link.hero.get()?, link.is_training);
    }
    load_heroes(&mut session, &mut preventers).await?;
    for link in preventers.hero_links.get()? {
        println!("Preventers hero: {:?} is training: {}", link.hero.get()?, link.is_training);
    }
    Ok(())
}

async fn update_heroes(engine: &Engine) -> relata::Result<()> {
    let mut session = Session::new(engine);
    let spider_boy = select(Hero).filter(Hero.name.eq("Spider-Boy"));
    let mut spider_boy = session.exec(spider_boy).one().await?;
    let z_force = select(Team).filter(Team.name.eq("Z-Force"));
    let mut z_force = session.exec(z_force).one().await?;

    let link = HeroTeamLink::new(&z_force, &spider_boy).with_is_training(true);
    z_force.hero_links.push(link);
    session.add(&mut z_force);
    session.commit().await?;

    session.load(&mut spider_boy, Hero.team_links).await?;
    session.refresh(&mut z_force).await?;
    println!("Updated Spider-Boy's Teams: {:?}", spider_boy.team_links);
    println!("Z-Force heroes: {:?}", z_force.hero_links);

    load_teams(&mut session, &mut spider_boy).await?;
    for link in spider_boy.team_links.iter_mut()? {
        if link.team.get()?.name == "Preventers" {
            link.is_training = false;
        }
    }
    session.add(&mut spider_boy);
    session.commit().await?;

    for link in spider_boy.team_links.get()? {
        println!("Spider-Boy team: {:?} is training: {}", link.team.get()?, link.is_training);
    }
    Ok(())
}

/// The links of a team, and the hero of each: two statements.
async fn load_heroes(session: &mut Session, team: &mut Tracked<Team>) -> relata::Result<()> {
    session.load(team, Team.hero_links).await?;
    let mut links: Vec<_> = team.hero_links.iter_mut()?.collect();
    session.load(&mut links, HeroTeamLink.hero).await
}

/// The team of each link of a hero: one statement.
async fn load_teams(session: &mut Session, hero: &mut Tracked<Hero>) -> relata::Result<()> {
    let mut links: Vec<_> = hero.team_links.iter_mut()?.collect();
    session.load(&mut links, HeroTeamLink.team).await
}

#[tokio::main]
async fn main() -> relata::Result<()> {
    let url = std::env::var("RELATA_URL").unwrap_or("sqlite://database.db".into());
    let engine = Engine::builder(url).echo(true).await?;
    relata::metadata().create_all(&engine).await?;
    create_heroes(&engine).await?;
    update_heroes(&engine).await
}
