//! Keys that the database makes: what a value knows of its row before and after the commit.

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

    println!("Before interacting with the database");
    println!("Hero 1: {hero_1:?}");
    println!("Hero 2: {hero_2:?}");
    println!("Hero 3: {hero_3:?}");

    let mut session = Session::new(engine);
    let mut hero_1 = session.add(hero_1);
    let mut hero_2 = session.add(hero_2);
    let mut hero_3 = session.add(hero_3);

    println!("After adding to the session");
    println!("Hero 1: {hero_1:?}");
    println!("Hero 2: {hero_2:?}");
    println!("Hero 3: {hero_3:?}");

    session.commit().await?;

    // A commit tells the values their keys. It does not expire them: they keep all their fields,
    // and reading one sends nothing.
    println!("After committing the session");
    println!("Hero 1: {hero_1:?}");
    println!("Hero 2: {hero_2:?}");
    println!("Hero 3: {hero_3:?}");

    println!("After committing the session, show IDs");
    println!("Hero 1 ID: {}", hero_1.id);
    println!("Hero 2 ID: {}", hero_2.id);
    println!("Hero 3 ID: {}", hero_3.id);

    println!("After committing the session, show names");
    println!("Hero 1 name: {}", hero_1.name);
    println!("Hero 2 name: {}", hero_2.name);
    println!("Hero 3 name: {}", hero_3.name);

    session.refresh(&mut hero_1).await?;
    session.refresh(&mut hero_2).await?;
    session.refresh(&mut hero_3).await?;

    println!("After refreshing the heroes");
    println!("Hero 1: {hero_1:?}");
    println!("Hero 2: {hero_2:?}");
    println!("Hero 3: {hero_3:?}");

    drop(session);

    println!("After the session closes");
    println!("Hero 1: {hero_1:?}");
    println!("Hero 2: {hero_2:?}");
    println!("Hero 3: {hero_3:?}");
    Ok(())
}

#[tokio::main]
async fn main() -> relata::Result<()> {
    let url = std::env::var("RELATA_URL").unwrap_or("sqlite://automatic_id_none_refresh.db".into());
    let engine = Engine::builder(url).echo(true).await?;
    create_db_and_tables(&engine).await?;
    create_heroes(&engine).await
}
