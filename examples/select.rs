//! Reading rows: all heroes.
//! An argument chooses the page: `cargo run --example select -- tutorial001`.

use relata::prelude::*;

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    name: String,
    secret_name: String,
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

/// One hero after the other.
async fn tutorial001(engine: &Engine) -> relata::Result<()> {
    let mut session = Session::new(engine);
    let statement = select(Hero);
    let heroes = session.exec(statement).all().await?;
    for hero in heroes {
        println!("{hero:?}");
    }
    Ok(())
}

/// A list of heroes.
async fn tutorial003(engine: &Engine) -> relata::Result<()> {
    let mut session = Session::new(engine);
    let statement = select(Hero);
    let heroes = session.exec(statement).all().await?;
    println!("{heroes:?}");
    Ok(())
}

/// The same in one line.
async fn tutorial004(engine: &Engine) -> relata::Result<()> {
    let mut session = Session::new(engine);
    let heroes = session.exec(select(Hero)).all().await?;
    println!("{heroes:?}");
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::var("RELATA_URL").unwrap_or("sqlite://select.db".into());
    let engine = Engine::builder(url).echo(true).await?;
    create_db_and_tables(&engine).await?;
    create_heroes(&engine).await?;

    let page = std::env::args().nth(1);
    match page.as_deref().unwrap_or("tutorial004") {
        "tutorial001" | "tutorial002" => tutorial001(&engine).await?,
        "tutorial003" => tutorial003(&engine).await?,
        "tutorial004" => tutorial004(&engine).await?,
        page => return Err(format!("this chapter has no page `{page}`").into()),
    }
    Ok(())
}
