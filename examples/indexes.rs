//! Indexes: `#[field(index)]`. Queries stay as they are.
//! An argument chooses the page: `cargo run --example indexes -- tutorial001`.

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

    let mut session = Session::new(engine);
    session.add(hero_1);
    session.add(hero_2);
    session.add(hero_3);
    session.commit().await
}

async fn create_more_heroes(engine: &Engine) -> relata::Result<()> {
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

/// By name.
async fn tutorial001(engine: &Engine) -> relata::Result<()> {
    create_heroes(engine).await?;

    let mut session = Session::new(engine);
    let statement = select(Hero).filter(Hero.name.eq("Deadpond"));
    let heroes = session.exec(statement).all().await?;
    for hero in heroes {
        println!("{hero:?}");
    }
    Ok(())
}

/// By age.
async fn tutorial002(engine: &Engine) -> relata::Result<()> {
    create_more_heroes(engine).await?;

    let mut session = Session::new(engine);
    let statement = select(Hero).filter(Hero.age.le(35));
    let heroes = session.exec(statement).all().await?;
    for hero in heroes {
        println!("{hero:?}");
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::var("RELATA_URL").unwrap_or("sqlite://indexes.db".into());
    let engine = Engine::builder(url).echo(true).await?;
    create_db_and_tables(&engine).await?;

    let page = std::env::args().nth(1);
    match page.as_deref().unwrap_or("tutorial002") {
        "tutorial001" => tutorial001(&engine).await?,
        "tutorial002" => tutorial002(&engine).await?,
        page => return Err(format!("this chapter has no page `{page}`").into()),
    }
    Ok(())
}
