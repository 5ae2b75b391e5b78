//! What a database refuses of a statement, and how the error says what to write instead.

use relata::{ErrorKind, prelude::*};
use relata_suite::{Db, Need, has, pick};

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    name: String,
    age: Option<i32>,
}

/// A database with three heroes, whose connections wait for locks.
async fn database() -> Db {
    let db = relata_suite::engine(Metadata::of(Hero)).await;
    let heroes = [("Deadpond", 28), ("Rusty-Man", 48), ("Tarantula", 48)];
    let heroes = heroes.map(|(name, age)| Hero::new(name).with_age(age));
    db.engine.exec(insert(Hero).values(heroes)).run().await.unwrap();
    db
}

#[case]
async fn no_wait_is_busy_at_once() {
    let db = database().await;
    let hero = || select(Hero.name).filter(Hero.name.eq("Deadpond")).for_update();
    let mut first = Session::new(&db.engine);
    assert_eq!(first.exec(hero()).one().await.unwrap(), "Deadpond");

    let mut second = Session::new(&db.engine);
    let errors = [
        second.exec(hero().no_wait()).one().await.unwrap_err(),
        db.engine.exec(hero().no_wait()).one().await.unwrap_err(),
    ];
    // those that have waited say that the time was up
    let server =
        "another transaction has locked a row, and `no_wait` does not wait for it; try again later";
    let sqlite = "the database is locked by another connection, and `no_wait` does not wait for it; try again later";
    for error in errors {
        let told = (error.kind(), error.to_string());
        assert_eq!(told, (ErrorKind::Busy, pick(sqlite, server, server).to_owned()));
        assert!(error.is_retryable() && error.code().is_some() && error.statement().is_some());
    }
    second.rollback().await.unwrap();

    first.commit().await.unwrap();
    assert_eq!(second.exec(hero().no_wait()).one().await.unwrap(), "Deadpond");
    let older = update(Hero).set(Hero.age, Some(29)).filter(Hero.name.eq("Deadpond"));
    second.exec(older).run().await.unwrap();
    second.commit().await.unwrap();
    assert_eq!(db.rows("SELECT age FROM hero WHERE name = 'Deadpond'"), ["29"]);
}

#[case]
async fn no_wait_is_busy_after_a_read_too() {
    let db = database().await;
    let heroes = || select(Hero.name).order_by(Hero.name).for_update();
    let mut second = Session::new(&db.engine);
    assert_eq!(second.exec(select(Hero)).all().await.unwrap().len(), 3);
    let mut first = Session::new(&db.engine);
    first.exec(heroes()).all().await.unwrap();
    let error = second.exec(heroes().no_wait()).all().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Busy);
    second.rollback().await.unwrap();
    first.rollback().await.unwrap();
    assert_eq!(second.exec(heroes().no_wait()).all().await.unwrap().len(), 3);
}

/// Whether a statement is refused, by an error that ends with this cure.
fn refuses<T: std::fmt::Debug>(answer: relata::Result<T>, cure: &str) -> bool {
    let Err(error) = answer else { return false };
    assert!(error.statement().is_some() && error.code().is_some(), "{error:?}");
    assert_eq!(error.kind(), ErrorKind::InvalidStatement, "{error}");
    assert!(error.to_string().ends_with(&format!("; {cure}")), "{error}");
    true
}

#[case]
async fn what_a_server_refuses_is_an_invalid_statement_that_says_the_cure() {
    let db = database().await;
    let engine = &db.engine;
    // MariaDB takes any of the rows, as SQLite does
    let exact = has(Need::Postgres) || has(Need::SeenGroups);

    let grouped = select((Hero.age, Hero.name)).group_by(Hero.age);
    let cure = "give the column to `group_by` too, or select an aggregate of it, such as `max`";
    assert_eq!(refuses(engine.exec(grouped).all().await, cure), exact);

    let distinct = select(Hero.age).distinct().order_by(Hero.name);
    let cure = "select what `order_by` names too, or order by what is selected";
    assert_eq!(refuses(engine.exec(distinct).all().await, cure), exact);

    let locked = select((Hero.age, count(Hero.id))).group_by(Hero.age).for_update();
    let cure = "lock the rows in a statement of their own, and group or combine them in another";
    assert_eq!(refuses(engine.exec(locked).all().await, cure), has(Need::Postgres));
    let locked = select(Hero.age).distinct().for_update();
    assert_eq!(refuses(engine.exec(locked).all().await, cure), has(Need::Postgres));
}

#[case]
async fn a_subquery_of_several_rows_is_no_value() {
    let db = database().await;
    let query = select(Hero.name).filter(Hero.age.eq(select(Hero.age).scalar()));
    let cure = "narrow it to one row by `filter`, or with `order_by` and `limit(1)`; for any of several rows use `is_in`";
    assert_eq!(refuses(db.engine.exec(query).all().await, cure), has(Need::Server));
}
