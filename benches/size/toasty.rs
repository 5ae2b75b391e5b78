//! Heroes and teams with Toasty.

use toasty::Db;

#[derive(Debug, toasty::Model)]
struct Team {
    #[key]
    #[auto]
    id: u64,
    name: String,
    headquarters: String,
}

#[derive(Debug, toasty::Model)]
struct Hero {
    #[key]
    #[auto]
    id: u64,
    name: String,
    secret_name: String,
    age: Option<i32>,
}

#[derive(Debug, toasty::Model)]
#[key(team_id, hero_id)]
struct HeroTeamLink {
    team_id: u64,
    #[index]
    hero_id: u64,
}

async fn add_hero(
    db: &mut Db,
    (name, secret_name, age): (&str, &str, Option<i32>),
    teams: &[u64],
) -> toasty::Result<()> {
    let hero = Hero::create().name(name).secret_name(secret_name);
    let hero = match age {
        Some(age) => hero.age(age).exec(db).await?,
        None => hero.exec(db).await?,
    };
    for team in teams {
        HeroTeamLink::create().team_id(*team).hero_id(hero.id).exec(db).await?;
    }
    Ok(())
}

#[tokio::main]
async fn main() -> toasty::Result<()> {
    let mut builder = Db::builder();
    builder.models(toasty::models!(Team, Hero, HeroTeamLink));
    let mut db = builder.connect("sqlite:database.db").await?;
    db.push_schema().await?;
    let z_force = Team::create().name("Z-Force").headquarters("Sister Margaret's Bar");
    let z_force = z_force.exec(&mut db).await?.id;
    let preventers = Team::create().name("Preventers").headquarters("Sharp Tower");
    let preventers = preventers.exec(&mut db).await?.id;
    add_hero(&mut db, ("Deadpond", "Dive Wilson", None), &[z_force, preventers]).await?;
    add_hero(&mut db, ("Rusty-Man", "Tommy Sharp", Some(48)), &[preventers]).await?;
    add_hero(&mut db, ("Spider-Boy", "Pedro Parqueador", None), &[preventers]).await?;
    for hero in Hero::all().exec(&mut db).await? {
        let links = HeroTeamLink::filter(HeroTeamLink::fields().hero_id().eq(hero.id));
        let keys: Vec<u64> = links.exec(&mut db).await?.iter().map(|link| link.team_id).collect();
        let teams = Team::filter(Team::fields().id().in_list(keys)).exec(&mut db).await?;
        println!("{hero:?}: {teams:?}");
    }
    Ok(())
}
