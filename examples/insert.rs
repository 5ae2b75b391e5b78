//! Rows: values are added to a session, which inserts them all when it commits.
//! An argument chooses the page: `cargo run --example insert -- tutorial001`.

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

/// The session is closed by hand.
async fn tutorial001(engine: &Engine) -> relata::Result<()> {
    let hero_1 = Hero::new("Deadpond", "Dive Wilson");
    let hero_2 = Hero::new("Spider-Boy", "Pedro Parqueador");
    let hero_3 = Hero::new("Rusty-Man", "Tommy Sharp").with_age(48);

    let mut session = Session::new(engine);

    session.add(hero_1);
    session.add(hero_2);
    session.add(hero_3);

    session.commit().await?;

    drop(session);
    Ok(())
}

/// The session is closed at the end of its block.
async fn tutorial002(engine: &Engine) -> relata::Result<()> {
    let hero_1 = Hero::new("Deadpond", "Dive Wilson");
    let hero_2 = Hero::new("Spider-Boy", "Pedro Parqueador");
    let hero_3 = Hero::new("Rusty-Man", "Tommy Sharp").with_age(48);

    let mut session = Session::new(engine);
    session.add(hero_1);
    session.add(hero_2);
    session.add(hero_3);
    session.commit().await
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::var("RELATA_URL").unwrap_or("sqlite://insert.db".into());
    let engine = Engine::builder(url).echo(true).await?;
    create_db_and_tables(&engine).await?;

    let page = std::env::args().nth(1);
    match page.as_deref().unwrap_or("tutorial002") {
        "tutorial001" => tutorial001(&engine).await?,
        "tutorial002" | "tutorial003" => tutorial002(&engine).await?,
        page => return Err(format!("this chapter has no page `{page}`").into()),
    }
    Ok(())
}
