//! Rows that are there already: they stay, or are changed.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use relata::{ErrorKind, prelude::*};

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    #[field(unique)]
    name: String,
    age: Option<i32>,
    #[field(default = 0)]
    seen: i64,
}

#[model(table, unique(room, day))]
struct Booking {
    #[field(primary_key)]
    id: Id<Booking>,
    room: String,
    day: i32,
    guest: String,
}

async fn db() -> (relata_suite::Db, Session) {
    let db = relata_suite::engine(Metadata::of((Hero, Booking))).await;
    let mut session = Session::new(&db.engine);
    session.add(Hero::new("Deadpond").with_age(30));
    session.add(Booking::new("blue", 1, "Ann"));
    session.commit().await.unwrap();
    (db, session)
}

const HEROES: &str = "SELECT id, name, age, seen FROM hero ORDER BY id";

#[case]
async fn rows_that_are_there_stay() {
    let (db, mut session) = db().await;
    let heroes = || [Hero::new("Deadpond").with_age(1), Hero::new("Rusty-Man")];
    let inserted = insert(Hero).values(heroes()).on_conflict(Hero.name).do_nothing();
    let made = session.exec(inserted.returning(Hero.name)).all().await.unwrap();
    assert_eq!(made, ["Rusty-Man"]);
    let again = insert(Hero).values(heroes()).on_any_conflict().do_nothing();
    assert_eq!(session.exec(again).run().await.unwrap(), 0);
    session.commit().await.unwrap();
    assert_eq!(db.rows(HEROES), ["1|Deadpond|30|0", "2|Rusty-Man|NULL|0"]);
}

#[case]
async fn rows_that_are_there_are_changed() {
    let (db, mut session) = db().await;
    let upsert = |age: i32| {
        insert(Hero)
            .value(Hero::new("Deadpond").with_age(age))
            .on_conflict(Hero.name)
            .do_update()
            .set(Hero.age, excluded(Hero.age))
            .set(Hero.seen, Hero.seen + 1)
    };
    assert_eq!(session.exec(upsert(31)).run().await.unwrap(), 1);
    let only_older = upsert(5).filter(Hero.age.lt(excluded(Hero.age)));
    assert_eq!(session.exec(only_older).run().await.unwrap(), 0);
    let hero = session.exec(upsert(32).returning(Hero)).one().await.unwrap();
    assert_eq!((hero.id.get(), hero.age, hero.seen), (Some(1), Some(32), 2));
    session.commit().await.unwrap();
    assert_eq!(db.rows(HEROES), ["1|Deadpond|32|2"]);
}

#[case]
async fn several_columns_take_what_was_to_be_inserted() {
    let (db, mut session) = db().await;
    let bookings = [Booking::new("blue", 1, "Bob"), Booking::new("blue", 2, "Cat")];
    let upsert = insert(Booking)
        .values(bookings)
        .on_conflict((Booking.room, Booking.day))
        .do_update()
        .set_excluded((Booking.guest, Booking.day));
    assert_eq!(session.exec(upsert).run().await.unwrap(), 2);
    session.commit().await.unwrap();
    assert_eq!(
        db.rows("SELECT room, day, guest FROM booking ORDER BY day"),
        ["blue|1|Bob", "blue|2|Cat"]
    );
}

#[case]
async fn a_conflict_in_other_columns_is_an_error() {
    let (db, mut session) = db().await;
    let same_key = Hero { id: Id::from(1), ..Hero::new("other") };
    let by_name = insert(Hero).value(same_key.clone()).on_conflict(Hero.name).do_nothing();
    let error = session.exec(by_name).run().await.unwrap_err();
    assert!(error.is_unique_violation());
    assert_eq!(error.columns().collect::<Vec<_>>(), ["id"]);
    let any = insert(Hero).value(same_key).on_any_conflict().do_update().set(Hero.age, 99);
    assert_eq!(session.exec(any).run().await.unwrap(), 1);
    let not_unique = insert(Hero).value(Hero::new("x")).on_conflict(Hero.age).do_nothing();
    assert_eq!(session.exec(not_unique).run().await.unwrap_err().kind(), ErrorKind::Database);
    session.commit().await.unwrap();
    assert_eq!(db.rows(HEROES), ["1|Deadpond|99|0"]);
}

#[case]
async fn an_engine_upserts_many_rows() {
    let (db, _) = db().await;
    let heroes = |age: i32| {
        let heroes = (0..1_200).map(move |at| Hero::new(format!("hero {at}")).with_age(age));
        insert(Hero).values(heroes).on_conflict(Hero.name).do_update().set_excluded(Hero.age)
    };
    assert_eq!(db.engine.exec(heroes(1)).run().await.unwrap(), 1_200);
    assert_eq!(db.engine.exec(heroes(2)).run().await.unwrap(), 1_200);
    assert_eq!(
        db.rows("SELECT count(*), sum(age) FROM hero WHERE name != 'Deadpond'"),
        ["1200|2400"]
    );
}
