//! Changing rows: `add` writes the fields that changed.
//! An argument chooses the page: `cargo run --example update -- tutorial001`.

use relata::prelude::*;

#[model(table)]
struct Hero {
    #[field(primary_key)]
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

async fn create_heroes(engine: &Engine) -> relata::Result<()> {
    let hero_1 = Hero::new("Deadpond", "Dive Wilson");
    let hero_2 = Hero::new("Spider-Boy", "Pedro Parqueador");
    let hero_3 = Hero::new("Rusty-Man", "Tommy Sharp").with_age(48);
    let hero_4 = Hero::new("Tarantula", "Natalia Roman-on").with_age(32);
    let hero_5 = Hero::new("Black Lion", "Trevor Challa").with_age(35);
    let hero_6 = Hero::new("Dr. Weird", "Steve Weird").with_age(36);
    let hero_7 = Hero::new("Captain North America", "Esteban Rogelios").with_age(93);

    let mut session = Session::new(engine);
    session.add(hero_1);
    session.add(hero_2);
    session.add(hero_3);
    session.add(hero_4);
    session.add(hero_5);
    session.add(hero_6);
    session.add(hero_7);
    session.commit().await
}

/// One hero.
async fn tutorial001(engine: &Engine) -> relata::Result<()> {
    let mut session = Session::new(engine);
    let statement = select(Hero).filter(Hero.name.eq("Spider-Boy"));
    let mut hero = session.exec(statement).one().await?;
    println!("Hero: {hero:?}");

    hero.age = Some(16);
    session.add(&mut hero);
    session.commit().await?;
    session.refresh(&mut hero).await?;
    println!("Updated hero: {hero:?}");
    Ok(())
}

/// Two heroes, in one transaction.
async fn tutorial003(engine: &Engine) -> relata::Result<()> {
    let mut session = Session::new(engine);
    let statement = select(Hero).filter(Hero.name.eq("Spider-Boy"));
    let mut hero_1 = session.exec(statement).one().await?;
    println!("Hero 1: {hero_1:?}");

    let statement = select(Hero).filter(Hero.name.eq("Captain North America"));
    let mut hero_2 = session.exec(statement).one().await?;
    println!("Hero 2: {hero_2:?}");

    hero_1.age = Some(16);
    hero_1.name = "Spider-Youngster".into();
    session.add(&mut hero_1);

    hero_2.name = "Captain North America Except Canada".into();
    hero_2.age = Some(110);
    session.add(&mut hero_2);

    session.commit().await?;
    session.refresh(&mut hero_1).await?;
    session.refresh(&mut hero_2).await?;

    println!("Updated hero 1: {hero_1:?}");
    println!("Updated hero 2: {hero_2:?}");
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::var("RELATA_URL").unwrap_or("sqlite://update.db".into());
    let engine = Engine::builder(url).echo(true).await?;
    create_db_and_tables(&engine).await?;
    create_heroes(&engine).await?;

    let page = std::env::args().nth(1);
    match page.as_deref().unwrap_or("tutorial003") {
        "tutorial001" | "tutorial002" => tutorial001(&engine).await?,
        "tutorial003" | "tutorial004" => tutorial003(&engine).await?,
        page => return Err(format!("this chapter has no page `{page}`").into()),
    }
    Ok(())
}
