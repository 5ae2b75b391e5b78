//! SQL written by hand: parameters by name, rows by name and by position.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use relata::{
    ColumnEnum, ErrorKind,
    prelude::*,
    query::{condition, raw_expr},
};
use relata_suite::{Log, Need, has, pick};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    name: String,
    age: Option<i32>,
    #[field(column = "is_active", default = true)]
    active: bool,
}

#[derive(ColumnEnum, Clone, Copy, Debug, Deserialize, Serialize, PartialEq)]
enum Rank {
    Private,
    Captain,
}

#[model(table)]
struct Event {
    #[field(primary_key)]
    id: Id<Event>,
    code: Uuid,
    day: NaiveDate,
    hour: NaiveTime,
    local: NaiveDateTime,
    moment: DateTime<Utc>,
    price: Decimal,
    weight: f64,
    rank: Rank,
    data: Vec<u8>,
    note: Option<String>,
}

async fn db() -> (relata_suite::Db, Session) {
    let db = relata_suite::engine(Metadata::of((Hero, Event))).await;
    let mut session = Session::new(&db.engine);
    session.add(Hero::new("Deadpond"));
    session.add(Hero::new("Rusty-Man").with_age(48).with_active(false));
    session.add(Hero::new("Spider-Boy").with_age(16));
    session.commit().await.unwrap();
    (db, session)
}

#[case]
async fn rows_by_position() {
    let (db, mut session) = db().await;
    let older = || raw("SELECT name, age FROM hero WHERE age > :age OR age IS NULL ORDER BY id");
    let rows = older().bind("age", 35).into_tuple::<(String, Option<i32>)>();
    let rows: Vec<(String, Option<i32>)> = session.exec(rows).all().await.unwrap();
    assert_eq!(rows, [("Deadpond".into(), None), ("Rusty-Man".into(), Some(48))]);
    let count = raw("SELECT count(*) FROM hero").into_tuple::<i64>();
    assert_eq!(db.engine.exec(count).one().await.unwrap(), 3);
    let first = older().bind("age", 0).into_tuple::<(String,)>();
    assert_eq!(session.exec(first).first().await.unwrap(), Some(("Deadpond".into(),)));

    let short = raw("SELECT name FROM hero").into_tuple::<(String, i32)>();
    let error = session.exec(short).all().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert_eq!(error.to_string(), "the row has 1 columns, so none at position 1");
    let wrong = raw("SELECT id, name FROM hero").into_tuple::<(i64, i64)>();
    let error = session.exec(wrong).all().await.unwrap_err();
    assert!(error.to_string().starts_with("value 2 of the row: found text"), "{error}");
}

#[case]
async fn models_by_the_names_of_columns() {
    let (db, mut session) = db().await;
    let shuffled =
        "SELECT 1 AS other, is_active, NAME, age, hero.id FROM hero WHERE name LIKE :name";
    let boys = raw(shuffled).bind("name", "%Boy").into_model(Hero);
    let mut boy: Tracked<Hero> = session.exec(boys.clone()).one().await.unwrap();
    assert_eq!((boy.id.get(), boy.age, boy.active), (Some(3), Some(16), true));
    boy.age = Some(17);
    session.add(&mut boy);
    session.commit().await.unwrap();
    let plain: Hero = db.engine.exec(boys).one().await.unwrap();
    assert_eq!(plain.age, Some(17));

    let missing = raw("SELECT id, name, age FROM hero").into_model(Hero);
    let error = session.exec(missing).all().await.unwrap_err();
    assert_eq!((error.kind(), error.table()), (ErrorKind::Decode, Some("hero")));
    assert_eq!(
        error.to_string(),
        "the rows have no column `is_active`, which `Hero` needs; select it, or name another column so: `… AS is_active`"
    );
    let twice = raw("SELECT * FROM hero JOIN hero AS other ON TRUE").into_model(Hero);
    let error = session.exec(twice).all().await.unwrap_err();
    assert!(error.to_string().starts_with("the rows have two columns `id`"), "{error}");
    let nobody = raw("SELECT name FROM hero WHERE FALSE").into_model(Hero);
    assert!(session.exec(nobody).all().await.unwrap().is_empty());
}

#[derive(Debug, Deserialize, PartialEq)]
struct Stats {
    name: String,
    age: Option<u8>,
    active: bool,
    share: f64,
    #[serde(default)]
    missing: i32,
}

#[case]
async fn structs_by_the_names_of_columns() {
    let (_db, mut session) = db().await;
    let share = |number| match has(Need::Sqlite) {
        true => format!("{number} AS share"),
        // a number with a point is a decimal there
        false => format!("{number} + {} AS share", pick("", "CAST(0 AS DOUBLE PRECISION)", "0e0")),
    };
    let stats = format!(
        "SELECT 'x' AS ignored, is_active AS active, age, name, {} FROM hero ORDER BY id",
        share("0.5")
    );
    let rows: Vec<Stats> = session.exec(raw(stats).into_struct()).all().await.unwrap();
    assert_eq!(
        rows[1],
        Stats { name: "Rusty-Man".into(), age: Some(48), active: false, share: 0.5, missing: 0 }
    );
    assert_eq!(rows[0].age, None);
    let map = raw("SELECT age, id FROM hero WHERE age = 48").into_struct::<BTreeMap<String, i64>>();
    assert_eq!(
        session.exec(map).one().await.unwrap(),
        BTreeMap::from([("age".into(), 48), ("id".into(), 2)])
    );

    let more = share("1.5");
    for (sql, message) in [
        ("SELECT name FROM hero".to_owned(), "the row is no `Stats`: missing field `active`"),
        (
            format!("SELECT 1 AS active, 'a' AS name, {more}, 300 AS age"),
            "column `age`: found an integer that does not fit, expected u8",
        ),
        (
            format!("SELECT 2 AS active, 'a' AS name, {more}"),
            "column `active`: found an integer, expected a boolean",
        ),
        (
            format!("SELECT 1 AS active, NULL AS name, {more}"),
            "column `name`: found NULL; make the field an `Option`",
        ),
    ] {
        let error = session.exec(raw(sql).into_struct::<Stats>()).first().await.unwrap_err();
        assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Decode, message));
    }
}

#[derive(Debug, Deserialize, PartialEq)]
struct Kilos(f64);

#[derive(Debug, Deserialize)]
struct Read {
    id: Id<Event>,
    code: Uuid,
    day: NaiveDate,
    hour: NaiveTime,
    local: NaiveDateTime,
    moment: DateTime<Utc>,
    price: Decimal,
    weight: Kilos,
    rank: Rank,
    data: Vec<u8>,
    note: Option<String>,
}

#[case]
async fn every_type_of_a_column() {
    let (_db, mut session) = db().await;
    let moment = DateTime::from_timestamp_micros(1_896_094_800_123_456).unwrap();
    let local = moment.naive_utc();
    let (day, hour) = (local.date(), local.time());
    let (code, price) = (Uuid::from_u128(7), "12.50".parse::<Decimal>().unwrap());
    let note = "2030-01-31 13:00:00";
    let event =
        Event::new(code, day, hour, local, moment, price, 80.5, Rank::Captain, vec![0, 255]);
    session.add(event.with_note(note));
    let read: Read = session.exec(raw("SELECT * FROM event").into_struct()).one().await.unwrap();
    assert_eq!((read.id.get(), read.code, read.day, read.hour), (Some(1), code, day, hour));
    assert_eq!((read.local, read.moment, read.price), (local, moment, price));
    assert_eq!((read.weight, read.rank, read.data), (Kilos(80.5), Rank::Captain, vec![0, 255]));
    assert_eq!(read.note.as_deref(), Some(note), "text stays as it is");

    let same = raw(
        "SELECT * FROM event WHERE code = :code AND day = :day AND moment = :moment AND event.rank = :rank AND price = :price AND note = :note AND id = :id AND data = :data",
    )
    .bind("code", code)
    .bind("day", day)
    .bind("moment", moment)
    .bind("rank", Rank::Captain)
    .bind("price", price)
    .bind("note", Some(String::from(note)))
    .bind("id", &read.id)
    .bind("data", vec![0_u8, 255]);
    let event = session.exec(same.into_model(Event)).one().await.unwrap();
    assert_eq!((event.moment, event.rank), (moment, Rank::Captain));
}

#[case]
async fn statements_without_rows() {
    let (db, mut session) = db().await;
    let log = Log::start();
    let older =
        raw("UPDATE hero SET age = age + :by WHERE age > :age").bind("by", 1).bind("age", 1);
    assert_eq!(session.exec(older).run().await.unwrap(), 2);
    assert_eq!(log.sql(), ["UPDATE hero SET age = age + ? WHERE age > ?"]);
    let created = raw("CREATE TABLE log (line TEXT)");
    assert_eq!(session.exec(created).run().await.unwrap(), 0);
    assert_eq!(session.exec(raw("SELECT * FROM hero")).run().await.unwrap(), 0);
    session.rollback().await.unwrap();
    // what creates a table commits on MySQL
    let sum = if has(Need::TransactionalDdl) { "64" } else { "66" };
    assert_eq!(db.rows("SELECT sum(age) FROM hero"), [sum]);
    db.engine.exec(raw(pick("VACUUM", "VACUUM", "OPTIMIZE TABLE hero"))).run().await.unwrap();
    if has(Need::InsertReturning) {
        let gone = raw("DELETE FROM hero WHERE name LIKE :name RETURNING *").bind("name", "Rusty%");
        let gone: Hero = db.engine.exec(gone.into_model(Hero)).one().await.unwrap();
        assert_eq!(gone.name, "Rusty-Man");
    } else {
        let gone = raw("DELETE FROM hero WHERE name LIKE :name").bind("name", "Rusty%");
        assert_eq!(db.engine.exec(gone).run().await.unwrap(), 1);
    }
    assert_eq!(db.count("hero"), 2);
}

#[case]
async fn a_transaction_is_not_ended_unseen() {
    let (_db, mut session) = db().await;
    session.add(Hero::new("Tarantula"));
    let error = session.exec(raw("COMMIT")).run().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidStatement);
    session.rollback().await.unwrap();
    assert_eq!(session.exec(select(Hero)).count().await.unwrap(), 3);
}

#[case]
async fn what_a_statement_wrote_is_not_committed_by_the_next_flush() {
    let (db, mut session) = db().await;
    let sqlite = [
        "WITH x AS (SELECT 1) REPLACE INTO hero (id, name, is_active) SELECT 1, 'Wade', 1 FROM x RETURNING id",
        "PRAGMA user_version(5)",
    ];
    let postgres = [
        "WITH x AS (UPDATE hero SET name = 'Wade' WHERE id = 1 RETURNING id) SELECT id FROM x",
        "UPDATE hero SET name = 'Wade' WHERE id = 1 RETURNING id",
    ];
    let mysql = [
        "REPLACE INTO hero (id, name, is_active) SELECT 1, 'Wade', 1",
        "UPDATE hero SET name = 'Wade' WHERE id = 1",
    ];
    for writing in pick(sqlite, postgres, mysql) {
        session.exec(raw(writing).into_tuple::<i64>()).all().await.unwrap();
        session.add(Hero::new("Tarantula"));
        session.flush().await.unwrap();
        session.rollback().await.unwrap();
        assert_eq!(db.rows("SELECT name FROM hero WHERE id = 1"), ["Deadpond"]);
        if has(Need::Sqlite) {
            assert_eq!(db.rows("PRAGMA user_version"), ["0"]);
        }
    }
}

#[case(Sqlite)]
async fn the_database_says_what_writes() {
    let (db, mut session) = db().await;
    db.execute("PRAGMA auto_vacuum = incremental; VACUUM");
    db.execute("CREATE TABLE big AS SELECT zeroblob(100000) AS it; DROP TABLE big");
    let free = db.rows("PRAGMA freelist_count");
    assert_ne!(free, ["0"]);
    // nothing in its text tells that it writes
    session.exec(raw("PRAGMA incremental_vacuum")).run().await.unwrap();
    session.add(Hero::new("Tarantula"));
    session.flush().await.unwrap();
    session.rollback().await.unwrap();
    assert_eq!(db.rows("PRAGMA freelist_count"), free);
}

/// As `the_database_says_what_writes`: a function of the server is called by a SELECT.
#[case(Server)]
async fn a_function_that_writes_is_undone() {
    let (db, mut session) = db().await;
    db.execute(pick(
        "",
        "CREATE FUNCTION rename_all() RETURNS integer LANGUAGE sql AS \
            $$ UPDATE hero SET name = 'Wade'; SELECT 1 $$",
        "CREATE FUNCTION rename_all() RETURNS integer MODIFIES SQL DATA \
            BEGIN UPDATE hero SET name = 'Wade'; RETURN 1; END",
    ));
    let renamed = || raw("SELECT rename_all()").into_tuple::<i32>();
    assert_eq!(session.exec(renamed()).one().await.unwrap(), 1);
    session.add(Hero::new("Tarantula"));
    session.flush().await.unwrap();
    session.rollback().await.unwrap();
    let names = "SELECT name FROM hero ORDER BY id";
    assert_eq!(db.rows(names), ["Deadpond", "Rusty-Man", "Spider-Boy"]);
    session.exec(renamed()).one().await.unwrap();
    session.commit().await.unwrap();
    assert_eq!(db.rows(names), ["Wade"; 3]);
}

#[case]
async fn mistakes_name_the_parameter() {
    let (_db, mut session) = db().await;
    let missing = raw("SELECT name FROM hero WHERE age > :age").into_tuple::<String>();
    let error = session.exec(missing).all().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidStatement);
    assert!(error.to_string().contains("`:age` that was not given"), "{error}");
    let syntax = session.exec(raw("SELEKT 1")).run().await.unwrap_err();
    assert_eq!((syntax.kind(), syntax.statement()), (ErrorKind::Database, Some("SELEKT 1")));
    session.rollback().await.unwrap();
    let table = session.exec(raw("DELETE FROM heroes")).run().await.unwrap_err();
    assert_eq!(table.kind(), ErrorKind::MissingTable);
}

#[case]
async fn a_condition_by_hand() {
    let (_db, mut session) = db().await;
    let minors = condition("hero.age < :age OR hero.age IS NULL").bind("age", 18);
    let found = select(Hero.name).filter(minors.clone()).filter(Hero.active).order_by(Hero.id);
    assert_eq!(session.exec(found).all().await.unwrap(), ["Deadpond", "Spider-Boy"]);
    let both = select(Hero.name).filter(Hero.name.contains("-") & minors);
    assert_eq!(session.exec(both).all().await.unwrap(), ["Spider-Boy"]);
}

#[case]
async fn an_expression_by_hand() {
    let (_db, mut session) = db().await;
    let function = pick("instr", "strpos", "instr");
    let at = |it: &str| raw_expr::<i64>(format!("{function}(hero.name, :it)")).bind("it", it);
    let found = select((Hero.name, at("-") - 1)).filter(at("' OR 1 = 1").eq(0)).order_by(at("-"));
    let rows: Vec<(String, i64)> = session.exec(found).all().await.unwrap();
    let rows: Vec<_> = rows.iter().map(|(name, at)| (name.as_str(), *at)).collect();
    assert_eq!(rows, [("Deadpond", -1), ("Rusty-Man", 5), ("Spider-Boy", 6)]);
}

#[case]
async fn a_condition_by_hand_joins_others() {
    let (_db, mut session) = db().await;
    let minors = || condition("hero.age < :age OR hero.age IS NULL").bind("age", 18);
    let either = select(Hero.name).filter(minors() | Hero.name.like("Rusty%"));
    assert_eq!(
        format!("{either:?}"),
        "SELECT hero.name\nFROM hero\nWHERE (hero.age < ? OR hero.age IS NULL) OR hero.name LIKE ?"
    );
    let found = session.exec(either.order_by(Hero.id)).all().await.unwrap();
    assert_eq!(found, ["Deadpond", "Rusty-Man", "Spider-Boy"]);
    let both = select(Hero.name).filter(minors() & Hero.age.is_null());
    assert_eq!(session.exec(both).all().await.unwrap(), ["Deadpond"]);
    let neither = select(Hero.name).filter(!minors() & condition("hero.id > 0"));
    assert_eq!(
        format!("{neither:?}"),
        "SELECT hero.name\nFROM hero\nWHERE NOT ((hero.age < ? OR hero.age IS NULL)) AND (hero.id > 0)"
    );
    assert_eq!(session.exec(neither).all().await.unwrap(), ["Rusty-Man"]);
}

#[model(table)]
struct Diary {
    #[field(primary_key)]
    id: Id<Diary>,
    local: Vec<NaiveDateTime>,
    moments: Vec<Option<DateTime<Utc>>>,
    codes: Vec<Uuid>,
    flags: Vec<bool>,
    data: Json<Vec<BTreeMap<String, i64>>>,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Entry {
    local: Vec<NaiveDateTime>,
    moments: Vec<Option<DateTime<Utc>>>,
    codes: Vec<Uuid>,
    flags: Vec<bool>,
    data: Vec<BTreeMap<String, i64>>,
}

#[case]
async fn arrays_of_any_type_by_name() {
    let db = relata_suite::engine(Metadata::of(Diary)).await;
    let mut session = Session::new(&db.engine);
    let local: NaiveDateTime = "2024-02-29T06:07:08.9".parse().unwrap();
    let entry = || Entry {
        local: vec![local],
        moments: vec![Some(local.and_utc()), None],
        codes: vec![Uuid::from_u128(7)],
        flags: vec![true, false],
        data: vec![BTreeMap::from([("a".to_owned(), 1)])],
    };
    let Entry { local, moments, codes, flags, data } = entry();
    session.add(Diary::new(local, moments, codes, flags, Json(data)));
    session.commit().await.unwrap();
    let read: Entry = session.exec(raw("SELECT * FROM diary").into_struct()).one().await.unwrap();
    assert_eq!(read, entry());
}

#[model(table)]
struct Report {
    #[field(primary_key)]
    id: Id<Report>,
    meta: Json<Meta>,
    note: Json<String>,
    size: Option<Json<i64>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Meta {
    client: String,
    tags: Vec<String>,
    at: DateTime<Utc>,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Reported<M> {
    meta: M,
    note: Json<String>,
    size: Option<Json<i64>>,
}

#[case]
async fn documents_are_read_as_what_they_hold() {
    let db = relata_suite::engine(Metadata::of(Report)).await;
    let mut session = Session::new(&db.engine);
    let at = DateTime::from_timestamp_micros(1_896_094_800_123_456).unwrap();
    let meta = Meta { client: "web".into(), tags: vec!["a".into()], at };
    let json = serde_json::to_value(&meta).unwrap();
    session.add(Report::new(Json(meta.clone()), Json("\"a\"".to_owned())).with_size(Json(7)));
    session.commit().await.unwrap();
    let all = "SELECT meta, note, size FROM report";
    let (note, size) = (Json("\"a\"".to_owned()), Some(Json(7)));
    let map: BTreeMap<String, serde_json::Value> = serde_json::from_value(json.clone()).unwrap();
    let read = session.exec(raw(all).into_struct::<Reported<Meta>>()).one().await.unwrap();
    assert_eq!(read, Reported { meta: meta.clone(), note: note.clone(), size });
    let read = session.exec(raw(all).into_struct::<Reported<Json<Meta>>>()).one().await.unwrap();
    assert_eq!(read, Reported { meta: Json(meta), note: note.clone(), size });
    let read = session.exec(raw(all).into_struct::<Reported<Json<_>>>()).one().await.unwrap();
    assert_eq!(read, Reported { meta: Json(json), note: note.clone(), size });
    let read =
        session.exec(raw(all).into_struct::<Reported<BTreeMap<_, _>>>()).one().await.unwrap();
    assert_eq!(read, Reported { meta: map, note, size });
}

/// Who logs an error logs no row.
#[case]
async fn what_does_not_fit_is_not_shown() {
    let db = relata_suite::engine(Metadata::of(Report)).await;
    let mut session = Session::new(&db.engine);
    let meta =
        Meta { client: "secret, expected or not".into(), tags: vec![], at: DateTime::UNIX_EPOCH };
    session.add(Report::new(Json(meta), Json("secret".to_owned())));
    session.commit().await.unwrap();

    #[model(table = "report")]
    struct Other {
        #[field(primary_key)]
        id: Id<Other>,
        note: Json<bool>,
    }
    let text = || raw("SELECT :v AS v").bind("v", r#"a "secret", expected"#);
    let errors = [
        session.exec(text().into_struct::<BTreeMap<String, i64>>()).one().await.unwrap_err(),
        session.exec(text().into_struct::<BTreeMap<String, Rank>>()).one().await.unwrap_err(),
        session
            .exec(raw("SELECT meta FROM report").into_struct::<BTreeMap<String, Json<Vec<u8>>>>())
            .one()
            .await
            .unwrap_err(),
        session
            .exec(raw("SELECT note FROM report").into_tuple::<Json<bool>>())
            .one()
            .await
            .unwrap_err(),
        session.exec(select(Other)).one().await.unwrap_err(),
    ];
    let said = [
        "column `v`: found text, expected i64",
        "column `v`: found another name than `Private`, `Captain`",
        "column `meta`: invalid type: map, expected a sequence",
        "value 1 of the row: the JSON does not fit the type: invalid type: string, expected a boolean",
        "column `report.note`: the JSON does not fit the type: invalid type: string, expected a boolean",
    ];
    for (error, said) in errors.into_iter().zip(said) {
        let message = error.to_string();
        let message = message.split(" at line").next().unwrap();
        assert_eq!((error.kind(), message), (ErrorKind::Decode, said));
        assert!(!format!("{error:?}").contains("secret"), "{error:?}");
    }
}

#[derive(Debug, Deserialize)]
struct Numbers {
    #[expect(dead_code, reason = "it is never read")]
    v: Vec<i64>,
}

#[case]
async fn what_stands_behind_an_array_is_a_fault() {
    let (_db, mut session) = db().await;
    let text = raw("SELECT '[1] x' AS v").into_struct::<Numbers>();
    let error = session.exec(text).one().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(error.to_string().contains("trailing characters"), "{error}");
}
