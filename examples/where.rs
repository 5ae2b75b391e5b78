//! Choosing rows: `filter` is the WHERE of the statement.
//! An argument chooses the page: `cargo run --example where -- tutorial001`.

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

/// Equal.
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

/// Not equal.
async fn tutorial002(engine: &Engine) -> relata::Result<()> {
    create_heroes(engine).await?;

    let mut session = Session::new(engine);
    let statement = select(Hero).filter(Hero.name.ne("Deadpond"));
    let heroes = session.exec(statement).all().await?;
    for hero in heroes {
        println!("{hero:?}");
    }
    Ok(())
}

/// More than. Heroes whose age is NULL are neither more nor less.
async fn tutorial003(engine: &Engine) -> relata::Result<()> {
    create_more_heroes(engine).await?;

    let mut session = Session::new(engine);
    let statement = select(Hero).filter(Hero.age.gt(35));
    let heroes = session.exec(statement).all().await?;
    for hero in heroes {
        println!("{hero:?}");
    }
    Ok(())
}

/// More than or equal.
async fn tutorial004(engine: &Engine) -> relata::Result<()> {
    create_more_heroes(engine).await?;

    let mut session = Session::new(engine);
    let statement = select(Hero).filter(Hero.age.ge(35));
    let heroes = session.exec(statement).all().await?;
    for hero in heroes {
        println!("{hero:?}");
    }
    Ok(())
}

/// Less than.
async fn tutorial005(engine: &Engine) -> relata::Result<()> {
    create_more_heroes(engine).await?;

    let mut session = Session::new(engine);
    let statement = select(Hero).filter(Hero.age.lt(35));
    let heroes = session.exec(statement).all().await?;
    for hero in heroes {
        println!("{hero:?}");
    }
    Ok(())
}

/// Less than or equal.
async fn tutorial006(engine: &Engine) -> relata::Result<()> {
    create_more_heroes(engine).await?;

    let mut session = Session::new(engine);
    let statement = select(Hero).filter(Hero.age.le(35));
    let heroes = session.exec(statement).all().await?;
    for hero in heroes {
        println!("{hero:?}");
    }
    Ok(())
}

/// Several filters: all of them have to be true.
async fn tutorial007(engine: &Engine) -> relata::Result<()> {
    create_more_heroes(engine).await?;

    let mut session = Session::new(engine);
    let statement = select(Hero).filter(Hero.age.ge(35)).filter(Hero.age.lt(40));
    let heroes = session.exec(statement).all().await?;
    for hero in heroes {
        println!("{hero:?}");
    }
    Ok(())
}

/// One filter of several conditions: `&` is AND, `|` is OR, `!` is NOT.
async fn tutorial008(engine: &Engine) -> relata::Result<()> {
    create_more_heroes(engine).await?;

    let mut session = Session::new(engine);
    let statement = select(Hero).filter(Hero.age.ge(35) & Hero.age.lt(40));
    let heroes = session.exec(statement).all().await?;
    for hero in heroes {
        println!("{hero:?}");
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::var("RELATA_URL").unwrap_or("sqlite://where.db".into());
    let engine = Engine::builder(url).echo(true).await?;
    create_db_and_tables(&engine).await?;

    let page = std::env::args().nth(1);
    match page.as_deref().unwrap_or("tutorial008") {
        "tutorial001" => tutorial001(&engine).await?,
        "tutorial002" => tutorial002(&engine).await?,
        "tutorial003" => tutorial003(&engine).await?,
        "tutorial004" => tutorial004(&engine).await?,
        "tutorial005" => tutorial005(&engine).await?,
        "tutorial006" => tutorial006(&engine).await?,
        "tutorial007" => tutorial007(&engine).await?,
        "tutorial008" => tutorial008(&engine).await?,
        page => return Err(format!("this chapter has no page `{page}`").into()),
    }
    Ok(())
}
