//! Keys that the program makes: an id is known before the row is saved.

use relata::prelude::*;
use relata::uuid::Uuid;

#[model(table)]
struct Hero {
    #[field(primary_key, key = Uuid)]
    id: Id<Hero>,
    #[field(index)]
    name: String,
    secret_name: String,
    #[field(index)]
    age: Option<i32>,
}

/// Every run starts with new tables.
async fn create_db_and_tables(engine: &Engine) -> relata::Result<()> {
    relata::metadata().drop_all(engine).await?;
    relata::metadata().create_all(engine).await
}

async fn create_hero(engine: &Engine) -> relata::Result<()> {
    let mut session = Session::new(engine);
    let hero = Hero::new("Deadpond", "Dive Wilson");
    println!("The hero before saving in the DB");
    println!("{hero:?}");
    println!("The hero ID was already set");
    println!("{}", hero.id);

    let mut hero = session.add(hero);
    session.commit().await?;
    session.refresh(&mut hero).await?;
    println!("After saving in the DB");
    println!("{hero:?}");
    Ok(())
}

async fn select_hero(engine: &Engine) -> relata::Result<()> {
    let mut session = Session::new(engine);
    let hero_2 = Hero::new("Spider-Boy", "Pedro Parqueador");
    let mut hero_2 = session.add(hero_2);
    session.commit().await?;
    session.refresh(&mut hero_2).await?;
    let hero_id = hero_2.id.clone();
    println!("Created hero:");
    println!("{hero_2:?}");
    println!("Created hero ID:");
    println!("{hero_id}");

    let statement = select(Hero).filter(Hero.id.eq(hero_id));
    let hero = session.exec(statement).one().await?;
    println!("Selected hero:");
    println!("{hero:?}");
    println!("Selected hero ID:");
    println!("{}", hero.id);
    Ok(())
}

#[tokio::main]
async fn main() -> relata::Result<()> {
    let url = std::env::var("RELATA_URL").unwrap_or("sqlite://uuid_keys.db".into());
    let engine = Engine::builder(url).echo(true).await?;
    create_db_and_tables(&engine).await?;
    create_hero(&engine).await?;
    select_hero(&engine).await
}
