//! Rows that are there already: they stay, or are changed.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use relata::{
    ErrorKind,
    prelude::*,
    query::{IntoQuery, NoRows},
};
use relata_suite::{Need, has, pick};

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
    if has(Need::Returning) {
        let made = session.exec(inserted.returning(Hero.name)).all().await.unwrap();
        assert_eq!(made, ["Rusty-Man"]);
    } else {
        assert_eq!(session.exec(inserted).run().await.unwrap(), 1);
    }
    let again = insert(Hero).values(heroes()).on_any_conflict().do_nothing();
    assert_eq!(session.exec(again).run().await.unwrap(), 0);
    let one = insert(Hero).value(Hero::new("Deadpond")).on_any_conflict().do_nothing();
    // MySQL does not tell one row that stays from one that is new
    assert_eq!(session.exec(one).run().await.unwrap(), pick(0, 0, 1));
    session.commit().await.unwrap();
    // servers count keys on for rows that stay
    let heroes = "SELECT name, age, seen FROM hero ORDER BY id";
    assert_eq!(db.rows(heroes), ["Deadpond|30|0", "Rusty-Man|NULL|0"]);
    assert_eq!(db.rows(HEROES)[0], "1|Deadpond|30|0");
}

/// A list of input often has a row twice.
#[case]
async fn two_rows_with_one_key() {
    let (db, mut session) = db().await;
    let ages = "SELECT age FROM hero WHERE name = 'Hulk'";
    let twice = || insert(Hero).values([7, 8].map(|age| Hero::new("Hulk").with_age(age)));
    session.exec(twice().on_conflict(Hero.name).do_nothing()).run().await.unwrap();
    session.commit().await.unwrap();
    assert_eq!(db.rows(ages), ["7"]);

    let upsert = twice().on_conflict(Hero.name).do_update().set_excluded(Hero.age);
    let done = session.exec(upsert).run().await;
    if pick(false, true, false) {
        let error = done.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidStatement);
        assert!(
            error
                .to_string()
                .ends_with("two of the rows that are inserted have the same key; give each once")
        );
        session.rollback().await.unwrap();
        assert_eq!(db.rows(ages), ["7"]);
    } else {
        done.unwrap();
        session.commit().await.unwrap();
        assert_eq!(db.rows(ages), ["8"]);
    }
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
    let only_older = session.exec(only_older).run().await;
    match has(Need::MySql) {
        false => assert_eq!(only_older.unwrap(), 0),
        true => assert_eq!(
            only_older.unwrap_err().to_string(),
            "MySQL and MariaDB cannot change only some of the rows that are there already; leave the `filter` of `do_update` out"
        ),
    }
    if has(Need::InsertReturning) {
        let hero = session.exec(upsert(32).returning(Hero)).one().await.unwrap();
        assert_eq!((hero.id.get(), hero.age, hero.seen), (Some(1), Some(32), 2));
    } else {
        assert_eq!(session.exec(upsert(32)).run().await.unwrap(), 1);
    }
    let same = insert(Hero).value(Hero::new("Deadpond").with_age(32)).on_conflict(Hero.name);
    let same = same.do_update().set_excluded(Hero.age);
    assert_eq!(session.exec(same).run().await.unwrap(), 1, "set, though nothing differs");
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

/// The error of a statement, in a savepoint, so that the session goes on on PostgreSQL too.
async fn refused(session: &mut Session, statement: impl IntoQuery<Rows = NoRows>) -> relata::Error {
    let mut nested = session.begin_nested().await.unwrap();
    let error = nested.exec(statement).run().await.unwrap_err();
    nested.rollback().await.unwrap();
    error
}

#[case]
async fn a_conflict_in_other_columns_is_an_error() {
    let (db, mut session) = db().await;
    let same_key = Hero { id: Id::from(1), ..Hero::new("other") };
    let by_name = insert(Hero).value(same_key.clone()).on_conflict(Hero.name).do_nothing();
    let error = refused(&mut session, by_name).await;
    if has(Need::MySql) {
        // it would take the other row for the conflicting one
        assert_eq!(
            error.to_string(),
            "MySQL and MariaDB cannot tell a conflict in `name` from one in `id`, which is unique too; use `on_any_conflict()`, which means both"
        );
    } else {
        assert!(error.is_unique_violation());
        assert_eq!(error.columns().collect::<Vec<_>>(), ["id"]);
    }
    let any = insert(Hero).value(same_key.clone()).on_any_conflict().do_update().set(Hero.age, 99);
    if has(Need::Postgres) {
        let error = session.exec(any).run().await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "PostgreSQL changes a row only where it is said which columns conflict; use `on_conflict(columns)` instead of `on_any_conflict()`"
        );
        let by_key = insert(Hero).value(same_key).on_conflict(Hero.id);
        let by_key = by_key.do_update().set(Hero.age, 99);
        assert_eq!(session.exec(by_key).run().await.unwrap(), 1);
    } else {
        assert_eq!(session.exec(any).run().await.unwrap(), 1);
    }
    let not_unique = insert(Hero).value(Hero::new("x")).on_conflict(Hero.age).do_nothing();
    let before = ErrorKind::InvalidStatement;
    let kind = pick(ErrorKind::Database, ErrorKind::Database, before);
    assert_eq!(refused(&mut session, not_unique).await.kind(), kind);
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

#[case(Sqlite)]
async fn a_row_that_a_trigger_leaves_out_is_not_written() {
    let (db, _) = db().await;
    db.execute("CREATE TRIGGER old BEFORE UPDATE ON hero WHEN new.age > 99 BEGIN SELECT raise(IGNORE); END");
    skips(&db).await;
}

#[case(Postgres)]
async fn a_row_that_a_function_leaves_out_is_not_written() {
    let (db, _) = db().await;
    let function =
        "CREATE FUNCTION skip() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'";
    db.execute(function);
    db.execute("CREATE TRIGGER old BEFORE UPDATE ON hero FOR EACH ROW WHEN (new.age > 99) EXECUTE FUNCTION skip()");
    skips(&db).await;
}

async fn skips(db: &relata_suite::Db) {
    let hero = |age| {
        let hero = insert(Hero).value(Hero::new("Deadpond").with_age(age));
        hero.on_conflict(Hero.name).do_update().set_excluded(Hero.age)
    };
    assert_eq!(db.engine.exec(hero(31)).run().await.unwrap(), 1);
    assert_eq!(db.engine.exec(hero(100)).run().await.unwrap(), 0);
}
