//! Many rows that are changed or deleted in one flush, which servers are given as a list: every value
//! arrives as it would alone, rows that have gone are told, and order is kept where it counts.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use relata::{ErrorKind, prelude::*};
use relata_suite::{Log, Need, engine, for_rows, has, pick};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Clone, Copy, Debug, PartialEq, Serialize, ColumnEnum)]
enum Colour {
    Red,
    #[column(name = "it's \"blue\"")]
    Blue,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Costume {
    parts: Vec<String>,
}

/// The list of values goes by a name of its own beside this table.
#[model(table = "given")]
struct Thing {
    #[field(primary_key)]
    id: Id<Thing>,
    c0: Option<String>,
    truth: Option<bool>,
    small: Option<i16>,
    large: Option<i64>,
    real: Option<f64>,
    single: Option<f32>,
    #[field(max_digits = 12, decimal_places = 3)]
    exact: Option<Decimal>,
    unique: Option<Uuid>,
    day: Option<NaiveDate>,
    time: Option<NaiveTime>,
    local: Option<NaiveDateTime>,
    moment: Option<DateTime<Utc>>,
    took: Option<TimeDelta>,
    colour: Option<Colour>,
    costume: Option<Json<Costume>>,
}

fn filled(text: &str, number: i64) -> Thing {
    let day = NaiveDate::from_ymd_opt(2030, 1, 31).unwrap();
    let time = NaiveTime::from_hms_micro_opt(23, 59, 59, 999_999).unwrap();
    let mut thing = Thing::new();
    thing.c0 = Some(text.into());
    thing.truth = Some(number % 2 == 0);
    thing.small = Some(i16::MIN);
    thing.large = Some(number);
    thing.real = Some(0.1 + number as f64 / 3.0);
    thing.single = Some(1.1);
    thing.exact = Some(Decimal::new(-123_456, 3));
    thing.unique = Some(Uuid::from_u128(number.unsigned_abs().into()));
    thing.day = Some(day);
    thing.time = Some(time);
    thing.local = Some(day.and_time(time));
    thing.moment = Some(day.and_time(time).and_utc());
    thing.took = Some(TimeDelta::microseconds(-number));
    thing.colour = Some(if number > 5 { Colour::Blue } else { Colour::Red });
    thing.costume = Some(Json(Costume { parts: vec![text.into(), "ca\"pe".into()] }));
    thing
}

fn copied(from: &Thing, to: &mut Thing) {
    let id = to.id.clone();
    *to = Thing { id, ..from.clone() };
}

#[case]
async fn every_value_arrives_as_it_would_alone() -> relata::Result<()> {
    let db = engine(Metadata::of(Thing)).await;
    let mut session = Session::new(&db.engine);
    let mut things: Vec<_> = (0..4).map(|_| session.add(Thing::new())).collect();
    session.commit().await?;

    let wanted = [
        filled("it's \"quoted\" \\ {1,2} 😀\n\t", 7),
        filled("", i64::MIN + 1),
        Thing::new(),
        filled("null", i64::MAX),
    ];
    let log = Log::start();
    for (thing, wanted) in things.iter_mut().zip(&wanted) {
        copied(wanted, thing);
        session.add(thing);
    }
    session.commit().await?;
    assert_eq!(log.outline(), [for_rows("UPDATE given", 3)]);

    let mut session = Session::new(&db.engine);
    for (thing, mut wanted) in things.iter().zip(wanted) {
        wanted.id = thing.id.clone();
        let read = session.get(Thing, &thing.id).await?.expect("a stored thing");
        assert_eq!(serde_json::to_value(&*read).unwrap(), serde_json::to_value(&wanted).unwrap());
    }

    // and NULL again
    for thing in &mut things {
        copied(&Thing::new(), thing);
        session.add(thing);
    }
    session.commit().await?;
    let empty = "SELECT count(*) FROM given WHERE c0 IS NULL AND costume IS NULL AND exact IS NULL \
        AND colour IS NULL AND moment IS NULL";
    assert_eq!(db.rows(empty), ["4"]);
    Ok(())
}

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    #[field(unique)]
    name: String,
    story: String,
    #[field(default = 0)]
    age: i32,
}

const HEROES: &str = "SELECT name, age FROM hero ORDER BY id";

/// Heroes of the age 0, by these names.
async fn heroes(names: &[&str]) -> (relata_suite::Db, Session, Vec<Tracked<Hero>>) {
    let db = engine(Metadata::of(Hero)).await;
    let mut session = Session::new(&db.engine);
    let heroes = names.iter().map(|name| session.add(Hero::new(*name, ""))).collect();
    session.commit().await.unwrap();
    (db, session, heroes)
}

#[case]
async fn a_row_that_has_gone_is_named() -> relata::Result<()> {
    let (db, mut session, mut heroes) = heroes(&["Ann", "Bob", "Cid"]).await;
    if has(Need::Server) {
        // what the transaction sees of other reads is the moment of this one
        assert_eq!(session.exec(select(Hero)).all().await?.len(), 3);
    }
    db.execute("DELETE FROM hero WHERE id = 2");
    for hero in &mut heroes {
        hero.age = 30;
        session.add(hero);
    }
    session.add(Hero::new("Dan", ""));
    let error = session.commit().await.unwrap_err();
    assert_eq!((error.kind(), error.table()), (ErrorKind::Stale, Some("hero")));
    let gone =
        "the `Hero` with key 2 has gone since it was read: it was deleted, or has another key now";
    let again = "roll back, then read again, or `merge` the value to insert it anew";
    assert_eq!(error.to_string(), format!("{gone}; {again}"));
    session.rollback().await?;
    assert_eq!(db.rows(HEROES), ["Ann|0", "Cid|0"]);

    for hero in &heroes {
        session.delete(hero);
    }
    let error = session.commit().await.unwrap_err();
    assert_eq!((error.kind(), error.table()), (ErrorKind::Stale, Some("hero")));
    let rest = "roll back, and delete only what is still there";
    assert_eq!(error.to_string(), format!("{gone}; {rest}"));
    session.rollback().await?;
    assert_eq!(db.rows(HEROES), ["Ann|0", "Cid|0"]);

    db.execute("DELETE FROM hero");
    for hero in [&heroes[0], &heroes[2]] {
        session.delete(hero);
    }
    let error = session.commit().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Stale);
    assert!(error.to_string().starts_with("the `Hero` with key "), "{error}");
    Ok(())
}

/// With the transaction go the rows that it inserted, so that only their number is known.
#[case]
async fn rows_that_have_gone_are_counted_where_they_cannot_be_told_from_those_undone()
-> relata::Result<()> {
    let (db, mut session, stored) = heroes(&["Ann", "Zoe"]).await;
    db.execute("DELETE FROM hero WHERE id = 1");
    let new = session.add_all(["Bob", "Cid"].map(|name| Hero::new(name, "")));
    session.flush().await?;
    for hero in stored[..1].iter().chain(&new) {
        session.delete(hero);
    }
    let error = session.commit().await.unwrap_err();
    let named = "the `Hero` with key 1 has gone since it was read: it was deleted, or has another key now; \
        roll back, and delete only what is still there";
    let counted = "1 of 3 rows of `Hero` that are to be deleted have gone since they were read; \
        roll back and read them again";
    assert_eq!(error.to_string(), pick(named, counted, counted));
    assert_eq!((error.kind(), error.table()), (ErrorKind::Stale, Some("hero")));
    Ok(())
}

#[case]
async fn rows_that_the_transaction_deleted_itself_are_there_again() -> relata::Result<()> {
    let (db, mut session, heroes) = heroes(&["Ann", "Bob"]).await;
    session.exec(delete(Hero).filter(Hero.id.eq(2))).run().await?;
    heroes.iter().for_each(|hero| session.delete(hero));
    let error = session.commit().await.unwrap_err();
    let kept = "rows of `Hero` were not deleted, though they are there; see whether the transaction \
        deleted them before, or a trigger or a policy of the database keeps them";
    let named = "the `Hero` with key 2 has gone since it was read: it was deleted, or has another key now; \
        roll back, and delete only what is still there";
    assert_eq!(error.to_string(), pick(named, kept, kept));
    session.rollback().await?;
    assert_eq!(db.count("hero"), 2);
    Ok(())
}

/// The savepoint goes with what was done in it, and what was done before it stands.
#[case]
async fn a_list_with_rows_that_have_gone_leaves_what_is_around_its_savepoint() -> relata::Result<()>
{
    let (db, mut session, mut heroes) = heroes(&["Ann", "Bob", "Cid"]).await;
    db.execute("DELETE FROM hero WHERE id = 2");
    for delete in [false, true] {
        session.add(Hero::new(if delete { "Eve" } else { "Dan" }, ""));
        session.flush().await?;
        let mut savepoint = session.begin_nested().await?;
        for hero in &mut heroes {
            hero.age += 30;
            match delete {
                true => savepoint.delete(hero),
                false => savepoint.add(hero),
            }
        }
        let error = savepoint.flush().await.unwrap_err();
        assert_eq!((error.kind(), error.table()), (ErrorKind::Stale, Some("hero")));
        let named = "the `Hero` with key 2 has gone";
        let counted = "1 of 3 rows of `Hero` that are to be deleted have gone since they were read";
        let told = if delete { pick(named, counted, counted) } else { named };
        assert!(error.to_string().starts_with(told), "{error}");
        savepoint.rollback().await?;
        let names = session.exec(select(Hero.name).order_by(Hero.name)).all().await?;
        let expected = ["Ann", "Cid", "Dan", "Eve"];
        assert_eq!(names, expected[..if delete { 4 } else { 3 }], "deleted: {delete}");
    }
    session.commit().await?;
    assert_eq!(db.rows(HEROES), ["Ann|0", "Cid|0", "Dan|0", "Eve|0"]);
    Ok(())
}

#[case]
async fn rows_that_were_as_they_are_made_have_not_gone() -> relata::Result<()> {
    let (db, mut session, mut heroes) = heroes(&["Ann", "Bob"]).await;
    db.execute("UPDATE hero SET age = 30");
    for hero in &mut heroes {
        hero.age = 30;
        session.add(hero);
    }
    session.commit().await?;
    assert_eq!(db.rows(HEROES), ["Ann|30", "Bob|30"]);
    Ok(())
}

#[case]
async fn unique_values_are_handed_on_in_turn() -> relata::Result<()> {
    let (db, mut session, mut heroes) = heroes(&["Ann", "Bob", "Cid"]).await;
    let log = Log::start();
    for (hero, name) in heroes.iter_mut().zip(["Zed", "Ann", "Bob"]) {
        hero.name = name.into();
        session.add(hero);
    }
    session.commit().await?;
    assert_eq!(log.outline(), ["UPDATE hero x3"]);
    assert_eq!(db.rows(HEROES), ["Zed|0", "Ann|0", "Bob|0"]);
    Ok(())
}

#[case]
async fn long_values_are_sent_in_pieces() -> relata::Result<()> {
    let (db, mut session, mut heroes) = heroes(&["Ann", "Bob", "Cid", "Dan", "Eve"]).await;
    db.execute(pick(
        "SELECT 1",
        "ALTER TABLE hero ALTER COLUMN story TYPE TEXT",
        "ALTER TABLE hero MODIFY story LONGTEXT NOT NULL",
    ));
    let log = Log::start();
    for (at, hero) in heroes.iter_mut().enumerate() {
        hero.story = "é".repeat(50_000 + at);
        session.add(hero);
    }
    session.commit().await?;
    let pieces = pick(vec!["UPDATE hero x5"], vec!["UPDATE hero"; 3], vec!["UPDATE hero"; 3]);
    assert_eq!(log.outline(), pieces);
    for hero in heroes.iter_mut().take(2) {
        hero.story = "\n".repeat(9_000_000);
        session.add(hero);
    }
    session.commit().await?;
    assert_eq!(log.outline(), ["UPDATE hero x2"], "each is sent by itself");
    heroes[0].story = "é".repeat(50_000);
    heroes[1].story = "é".repeat(50_001);
    session.add(&mut heroes[0]);
    session.add(&mut heroes[1]);
    session.commit().await?;
    let lengths = db.rows(
        "SELECT char_length(story) FROM hero ORDER BY id"
            .replace("char_length", pick("length", "char_length", "char_length"))
            .as_str(),
    );
    assert_eq!(lengths, ["50000", "50001", "50002", "50003", "50004"]);
    Ok(())
}

#[case]
async fn what_the_database_refuses_of_one_row_is_written_of_none() -> relata::Result<()> {
    let (db, mut session, mut heroes) = heroes(&["Ann", "Bob", "Cid"]).await;
    db.execute("UPDATE hero SET story = CASE id WHEN 1 THEN 'a' ELSE 'b' END, age = id");
    db.execute("CREATE UNIQUE INDEX ages ON hero (age, story)");
    for (hero, age) in heroes.iter_mut().zip([7, 8, 8]) {
        hero.age = age;
        session.add(hero);
    }
    let error = session.commit().await.unwrap_err();
    assert_eq!((error.kind(), error.table()), (ErrorKind::UniqueViolation, Some("hero")));
    session.rollback().await?;
    assert_eq!(db.rows(HEROES), ["Ann|1", "Bob|2", "Cid|3"]);
    Ok(())
}

#[model(table)]
struct Visit {
    #[field(primary_key)]
    country: String,
    #[field(primary_key)]
    number: i64,
    note: Option<String>,
}

#[case]
async fn rows_by_keys_of_several_columns() -> relata::Result<()> {
    let db = engine(Metadata::of(Visit)).await;
    let mut session = Session::new(&db.engine);
    let keys = [("fr", 1), ("fr", 2), ("FR", 1), ("it's", 1)];
    let mut visits: Vec<_> =
        keys.iter().map(|(country, number)| session.add(Visit::new(*country, *number))).collect();
    session.commit().await?;
    for (at, visit) in visits.iter_mut().enumerate().take(3) {
        visit.note = Some(format!("note {at}"));
        session.add(visit);
    }
    session.commit().await?;
    let stored = "SELECT country, number, note FROM visit ORDER BY note, country";
    let mut rows = db.rows(stored);
    rows.sort();
    assert_eq!(rows, ["FR|1|note 2", "fr|1|note 0", "fr|2|note 1", "it's|1|NULL"]);
    visits.iter().take(2).for_each(|visit| session.delete(visit));
    session.commit().await?;
    let mut rows = db.rows(stored);
    rows.sort();
    assert_eq!(rows, ["FR|1|note 2", "it's|1|NULL"]);
    Ok(())
}

/// The names are words of SQL, or have to be quoted for their letters.
#[model(table = "order")]
struct Order {
    #[field(primary_key, column = "from")]
    id: Id<Order>,
    #[field(column = "Of Whom", foreign_key = Hero.id)]
    hero_id: Option<Id<Hero>>,
    #[field(column = "group", default = 0)]
    count: i32,
}

#[case]
async fn quoted_names_and_foreign_keys_of_which_some_become_null() -> relata::Result<()> {
    let db = engine(Metadata::of((Hero, Order))).await;
    let mut session = Session::new(&db.engine);
    let heroes = session.add_all(["Ann", "Bob"].map(|name| Hero::new(name, "")));
    let mut orders = session.add_all((0..3).map(|_| Order::new().with_hero_id(&heroes[0].id)));
    session.commit().await?;
    let log = Log::start();
    let wanted = [None, Some(heroes[1].id.clone()), None];
    for (order, hero) in orders.iter_mut().zip(wanted) {
        order.hero_id = hero;
        order.count = 5;
        session.add(order);
    }
    session.commit().await?;
    let name = pick("\"order\"", "\"order\"", "`order`");
    assert_eq!(log.outline(), [for_rows(&format!("UPDATE {name}"), 3)]);
    let stored = pick(
        "SELECT \"Of Whom\", \"group\" FROM \"order\" ORDER BY \"from\"",
        "SELECT \"Of Whom\", \"group\" FROM \"order\" ORDER BY \"from\"",
        "SELECT `Of Whom`, `group` FROM `order` ORDER BY `from`",
    );
    assert_eq!(db.rows(stored), ["NULL|5", "2|5", "NULL|5"]);

    // a key that no row has fails for all
    for order in &mut orders {
        order.hero_id = Some(Id::from(9));
        session.add(order);
    }
    let error = session.commit().await.unwrap_err();
    assert!(error.is_foreign_key_violation(), "{error}");
    session.rollback().await?;
    orders.iter().for_each(|order| session.delete(order));
    session.commit().await?;
    assert_eq!(log.outline().last(), Some(&for_rows(&format!("DELETE {name}"), 3)));
    assert!(db.rows(stored).is_empty());
    Ok(())
}

#[case]
async fn a_value_that_is_refused_is_named_by_its_column() -> relata::Result<()> {
    let (db, mut session, mut heroes) = heroes(&["Ann", "Bob"]).await;
    for hero in &mut heroes {
        hero.story = "a\0b".into();
        session.add(hero);
    }
    let done = session.commit().await;
    if has(Need::NulInText) {
        return done;
    }
    let error = done.unwrap_err();
    assert_eq!((error.kind(), error.table()), (ErrorKind::OutOfRange, Some("hero")));
    assert_eq!(error.columns().collect::<Vec<_>>(), ["story"]);
    session.rollback().await?;
    assert_eq!(db.rows("SELECT story FROM hero"), ["", ""]);
    Ok(())
}

/// The columns of a database that others made may have types that the model knows nothing of.
#[case(Postgres)]
async fn values_take_the_types_of_the_columns() -> relata::Result<()> {
    let db = engine(Metadata::of(Visit)).await;
    db.execute("CREATE TYPE mood AS ENUM ('calm', 'sad')");
    db.execute(
        "CREATE TABLE hero (id BIGSERIAL PRIMARY KEY, name VARCHAR(5) NOT NULL, story mood NOT NULL, age INTEGER NOT NULL)",
    );
    let mut session = Session::new(&db.engine);
    let mut heroes = session.add_all(["Ann", "Bob"].map(|name| Hero::new(name, "calm")));
    session.commit().await?;
    for hero in &mut heroes {
        hero.story = "sad".into();
        session.add(hero);
    }
    session.add_all(["Cid", "Dan"].map(|name| Hero::new(name, "calm")));
    session.commit().await?;
    let stories = "SELECT name, story FROM hero ORDER BY id";
    assert_eq!(db.rows(stories), ["Ann|sad", "Bob|sad", "Cid|calm", "Dan|calm"]);

    // none is cut
    session.add_all(["Eve", "Fitzgerald"].map(|name| Hero::new(name, "calm")));
    let error = session.commit().await.unwrap_err();
    assert_eq!((error.kind(), error.table()), (ErrorKind::OutOfRange, Some("hero")));
    session.rollback().await?;
    assert_eq!(db.count("hero"), 4);
    session.delete(&heroes[0]);
    session.delete(&heroes[1]);
    session.commit().await?;
    assert_eq!(db.rows(stories), ["Cid|calm", "Dan|calm"]);
    Ok(())
}
