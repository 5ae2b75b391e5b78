//! Exact decimals.

use relata::prelude::*;
use relata::rust_decimal::Decimal;

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    #[field(index)]
    name: String,
    secret_name: String,
    #[field(index)]
    age: Option<i32>,
    #[field(default = Decimal::ZERO, max_digits = 5, decimal_places = 3)]
    money: Decimal,
}

/// Every run starts with new tables.
async fn create_db_and_tables(engine: &Engine) -> relata::Result<()> {
    relata::metadata().drop_all(engine).await?;
    relata::metadata().create_all(engine).await
}

async fn create_heroes(engine: &Engine) -> relata::Result<()> {
    // `Decimal::new(11, 1)` is 11 with one decimal place: 1.1.
    let hero_1 = Hero::new("Deadpond", "Dive Wilson").with_money(Decimal::new(11, 1));
    let hero_2 = Hero::new("Spider-Boy", "Pedro Parqueador").with_money(Decimal::new(1, 3));
    let hero_3 = Hero::new("Rusty-Man", "Tommy Sharp").with_age(48).with_money(Decimal::new(22, 1));

    let mut session = Session::new(engine);
    session.add(hero_1);
    session.add(hero_2);
    session.add(hero_3);

    session.commit().await
}

async fn select_heroes(engine: &Engine) -> relata::Result<()> {
    let mut session = Session::new(engine);
    let statement = select(Hero).filter(Hero.name.eq("Deadpond"));
    let hero_1 = session.exec(statement).one().await?;
    println!("Hero 1: {hero_1:?}");

    let statement = select(Hero).filter(Hero.name.eq("Rusty-Man"));
    let hero_2 = session.exec(statement).one().await?;
    println!("Hero 2: {hero_2:?}");

    let total_money = hero_1.money + hero_2.money;
    println!("Total money: {total_money}");
    Ok(())
}

#[tokio::main]
async fn main() -> relata::Result<()> {
    let url = std::env::var("RELATA_URL").unwrap_or("sqlite://decimal.db".into());
    let engine = Engine::builder(url).echo(true).await?;
    create_db_and_tables(&engine).await?;
    create_heroes(&engine).await?;
    select_heroes(&engine).await
}
