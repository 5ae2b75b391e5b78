//! Every column type: what is written is read back, found by an equal value, and stored as it should
//! be; so is NULL in an `Option` of it. Keys of every kind.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use relata::{IdState, prelude::*, query::value};
use relata_suite::{Need, has, pick};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

#[derive(Clone, Copy, Debug, PartialEq, Serialize, ColumnEnum)]
enum Rank {
    Recruit,
    #[column(name = "team leader")]
    Leader,
}

#[derive(Clone, Debug, PartialEq, Serialize, ColumnNewtype)]
struct Email(String);

#[derive(Clone, Copy, Debug, PartialEq, Serialize, ColumnNewtype)]
struct Score {
    points: i32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Costume {
    colours: Vec<String>,
    sizes: BTreeMap<String, f64>,
    cape: Option<bool>,
}

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}
fn time(text: &str) -> NaiveTime {
    text.parse().unwrap()
}
fn date_time(text: &str) -> NaiveDateTime {
    text.parse().unwrap()
}
fn moment(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}
fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}
fn uuid(text: &str) -> Uuid {
    text.parse().unwrap()
}

/// For each type a table with it and an `Option` of it, and for each value what SQLite stores; some
/// values only where the backend has them.
macro_rules! round_trips {
    ($(
        $name:ident: $type:ty =
            [$($value:expr => $stored:expr),* $(,)?]
            $(, where $need:ident [$($more:expr => $as:expr),* $(,)?])*;
    )*) => {$(
        mod $name {
            use super::*;

            #[model(table)]
            struct Sample {
                #[field(primary_key)]
                id: Id<Sample>,
                value: $type,
                maybe: Option<$type>,
            }

            #[case]
            async fn round_trip() {
                let db = relata_suite::engine(Metadata::of((Sample,))).await;
                let values: Vec<($type, &str)> = vec![$(($value, $stored)),*];
                $(let values = match has(Need::$need) {
                    true => [values, vec![$(($more, $as)),*]].concat(),
                    false => values,
                };)*
                let mut session = Session::new(&db.engine);
                for (value, _) in &values {
                    let some = Sample::new(value.clone()).with_maybe(value.clone());
                    session.add_all([some, Sample::new(value.clone())]);
                }
                session.commit().await.unwrap();

                let rows = session.exec(select(Sample).order_by(Sample.id)).all().await.unwrap();
                assert_eq!(rows.len(), values.len() * 2);
                for ((value, stored), pair) in values.iter().zip(rows.chunks(2)) {
                    assert_eq!((&pair[0].value, &pair[0].maybe), (value, &Some(value.clone())));
                    assert_eq!((&pair[1].value, &pair[1].maybe), (value, &None));
                    let id = pair[0].id.get().unwrap();
                    if has(Need::Sqlite) {
                        let sql = format!("SELECT value, typeof(value) FROM sample WHERE id = {id}");
                        assert_eq!(db.rows(&sql), [*stored]);
                    }
                    let sql = format!("SELECT maybe = value FROM sample WHERE id = {id}");
                    assert_eq!(db.rows(&sql), ["1"]);

                    let equal = Sample.value.eq(value.clone()) & Sample.maybe.eq(value.clone());
                    let found = session.exec(select(Sample).filter(equal)).all().await.unwrap();
                    assert!(found.iter().any(|row| row.id.get() == Some(id)), "{value:?}");
                }
                let none = session.exec(select(Sample).filter(Sample.maybe.is_null())).all().await;
                assert_eq!(none.unwrap().len(), values.len());

                // Setting NULL and a value over NULL are changes like any other.
                for mut row in rows {
                    row.maybe = row.maybe.is_none().then(|| row.value.clone());
                    session.add(&mut row);
                }
                session.commit().await.unwrap();
                let rows = session.exec(select(Sample).order_by(Sample.id)).all().await.unwrap();
                for ((value, _), pair) in values.iter().zip(rows.chunks(2)) {
                    assert_eq!((&pair[0].maybe, &pair[1].maybe), (&None, &Some(value.clone())));
                }
            }
        }
    )*};
}

round_trips! {
    int_8: i8 = [i8::MIN => "-128|integer", 0 => "0|integer", i8::MAX => "127|integer"];
    int_16: i16 = [i16::MIN => "-32768|integer", i16::MAX => "32767|integer"];
    int_32: i32 = [i32::MIN => "-2147483648|integer", i32::MAX => "2147483647|integer"];
    int_64: i64 = [
        i64::MIN => "-9223372036854775808|integer",
        i64::MAX => "9223372036854775807|integer",
    ];
    int_size: isize = [isize::MIN => "-9223372036854775808|integer", -1 => "-1|integer"];
    int_128: i128 = [i128::from(i64::MIN) => "-9223372036854775808|integer", 7 => "7|integer"];
    unsigned_8: u8 = [0 => "0|integer", u8::MAX => "255|integer"];
    unsigned_16: u16 = [u16::MAX => "65535|integer"];
    unsigned_32: u32 = [u32::MAX => "4294967295|integer"];
    unsigned_64: u64 = [0 => "0|integer", i64::MAX as u64 => "9223372036854775807|integer"];
    unsigned_size: usize = [0 => "0|integer", 1 << 40 => "1099511627776|integer"];
    unsigned_128: u128 = [1 << 62 => "4611686018427387904|integer"];
    float_32: f32 = [
        0.1 => "0.10000000149011612|real",
        f32::MAX => "3.4028234663852886e38|real",
        f32::MIN_POSITIVE => "1.1754943508222875e-38|real",
        -0.5 => "-0.5|real",
    ], where Infinity [f32::INFINITY => "inf|real"];
    float_64: f64 = [
        0.1 => "0.1|real",
        3.0 => "3.0|real",
        f64::MAX => "1.7976931348623157e308|real",
        f64::MIN_POSITIVE => "2.2250738585072014e-308|real",
        1.0 / 3.0 => "0.3333333333333333|real",
    ], where Infinity [f64::INFINITY => "inf|real", f64::NEG_INFINITY => "-inf|real"];
    truth: bool = [false => "0|integer", true => "1|integer"];
    text: String = [
        String::new() => "|text",
        "Sister Margaret's \"Bar\"".into() => "Sister Margaret's \"Bar\"|text",
        "ünï😀".into() => "ünï😀|text",
        "12".into() => "12|text",
    ];
    bytes: Vec<u8> = [vec![] => "[]|blob", vec![0, 255, b'\''] => "[0, ff, 27]|blob"];
    universal_id: Uuid = [
        uuid("01234567-89ab-cdef-0123-456789abcdef") => "0123456789abcdef0123456789abcdef|text",
        Uuid::nil() => "00000000000000000000000000000000|text",
    ];
    exact: Decimal = [
        decimal("1.1") => "1.1|real",
        decimal("-12") => "-12|integer",
        decimal("99999999.9999") => "99999999.9999|real",
        decimal("0") => "0|integer",
    ];
    day: NaiveDate = [
        date("2030-01-31") => "2030-01-31|text",
        date("0001-01-01") => "0001-01-01|text",
        date("9999-12-31") => "9999-12-31|text",
    ], where YearZero [date("0000-01-01") => "0000-01-01|text"];
    time_of_day: NaiveTime = [
        time("13:00:00") => "13:00:00.000000|text",
        time("23:59:59.999999") => "23:59:59.999999|text",
    ];
    day_and_time: NaiveDateTime = [
        date_time("2030-01-31T13:00:00.000001") => "2030-01-31 13:00:00.000001|text",
    ];
    moment_in_utc: DateTime<Utc> = [
        moment("2030-01-31T13:00:00Z") => "2030-01-31 13:00:00.000000|text",
        moment("2030-01-31T13:00:00.5+02:00") => "2030-01-31 11:00:00.500000|text",
    ], where Nanoseconds [
        moment("2030-01-31T13:00:00.123456789Z") => "2030-01-31 13:00:00.123456789|text",
    ];
    document: Json<Costume> = [
        Json(Costume {
            colours: vec!["red".into(), "it's \"black\"".into()],
            sizes: BTreeMap::from([("cape".into(), 1.5)]),
            cape: None,
        }) => r#"{"colours":["red","it's \"black\""],"sizes":{"cape":1.5},"cape":null}|text"#,
    ];
    variant: Rank = [Rank::Recruit => "Recruit|text", Rank::Leader => "team leader|text"];
    newtype_of_text: Email = [Email("a@b.c".into()) => "a@b.c|text"];
    newtype_of_number: Score = [Score { points: -3 } => "-3|integer"];
}

#[model(table)]
struct Price {
    #[field(primary_key)]
    id: Id<Price>,
    #[field(max_digits = 10, decimal_places = 2)]
    amount: Decimal,
    #[field(max_digits = 10, decimal_places = 2)]
    discount: Option<Decimal>,
}

#[case]
async fn a_decimal_comes_back_with_the_places_that_its_column_declares() {
    let db = relata_suite::engine(Metadata::of((Price,))).await;
    let mut session = Session::new(&db.engine);
    session.add(Price::new(decimal("5")).with_discount(decimal("0.10")));
    session.add(Price::new(decimal("12345678.90")));
    session.commit().await.unwrap();
    let prices = session.exec(select(Price).order_by(Price.id)).all().await.unwrap();
    assert_eq!(prices[0].amount.to_string(), "5.00");
    assert_eq!(prices[0].discount.map(|d| d.to_string()), Some("0.10".into()));
    assert_eq!(prices[1].amount.to_string(), "12345678.90");
    assert_eq!(prices[1].discount, None);
    let dear = session.exec(select(Price).filter(Price.amount.gt(decimal("5.00")))).all().await;
    assert_eq!(dear.unwrap().len(), 1);
}

#[case]
async fn decimals_that_the_database_computes_have_no_noise() {
    use relata::query::round;
    let db = relata_suite::engine(Metadata::of((Price,))).await;
    let mut session = Session::new(&db.engine);
    let three = || Price.amount * decimal("3");
    session.add_all([Price::new(decimal("0.10")), Price::new(decimal("0.20"))]);
    session.commit().await.unwrap();
    let first = || Price.id.eq(1);
    // 0.1 * 3 and 0.1 + 0.2 are 0.30000000000000004 there
    let read = select(three()).filter(first());
    assert_eq!(session.exec(read).one().await.unwrap(), decimal("0.3"));
    let total = session.exec(select(sum(Price.amount))).one().await.unwrap();
    assert_eq!(total, Some(decimal("0.3")));
    let same = select(Price.id).filter(round(three(), 2).eq(round(value(decimal("0.3")), 2)));
    assert_eq!(session.exec(same).all().await.unwrap().len(), 1);

    let set = update(Price).set(Price.amount, three()).set(Price.discount, Price.amount);
    let set = set.filter(first());
    assert_eq!(
        format!("{set:?}"),
        "UPDATE price SET amount=round(price.amount * ?, 2), discount=price.amount WHERE price.id = ?"
    );
    session.exec(set).run().await.unwrap();
    let copy = insert(Price)
        .columns(Price.amount)
        .from_select(select(Price.amount * decimal("1.005")).order_by(Price.id));
    assert_eq!(
        format!("{copy:?}"),
        "INSERT INTO price (amount) SELECT round(part.column_1, 2)\n\
         FROM (SELECT price.amount * ? AS column_1\nFROM price\nORDER BY price.id) AS part"
    );
    session.exec(copy).run().await.unwrap();
    let again = insert(Price)
        .columns((Price.id, Price.amount))
        .from_select(select((Price.id, three())).filter(Price.id.eq(2)))
        .on_conflict(Price.id)
        .do_update()
        .set_excluded(Price.amount)
        .set(Price.discount, Price.amount / decimal("3"));
    session.exec(again).run().await.unwrap();
    let computed = value(decimal("0.1")) * decimal("3");
    session.exec(insert(Price).set(Price.amount, computed)).run().await.unwrap();
    session.commit().await.unwrap();
    assert_eq!(
        db.rows("SELECT amount, discount FROM price ORDER BY id"),
        pick(
            ["0.3|0.1", "0.6|0.07", "0.3|NULL", "0.2|NULL", "0.3|NULL"],
            ["0.30|0.10", "0.60|0.07", "0.30|NULL", "0.20|NULL", "0.30|NULL"],
            ["0.30|0.10", "0.60|0.07", "0.30|NULL", "0.20|NULL", "0.30|NULL"],
        )
    );
}

#[case]
async fn a_decimal_that_its_column_would_change_is_not_written() {
    let db = relata_suite::engine(Metadata::of((Price,))).await;
    let mut session = Session::new(&db.engine);
    for (amount, message) in [
        (
            "0.125",
            "column `price.amount`: the number has 3 decimal places and the column keeps 2; round it: `round_dp(2)`",
        ),
        (
            "-100000000",
            "column `price.amount`: the number has more than 8 digits before the point; raise `max_digits`",
        ),
    ] {
        session.add(Price::new(decimal(amount)));
        let error = session.commit().await.unwrap_err();
        assert_eq!(error.kind(), relata::ErrorKind::OutOfRange);
        assert_eq!(error.to_string(), message);
        session.rollback().await.unwrap();
    }
    session.add(Price::new(decimal("99999999.990")));
    session.commit().await.unwrap();
    assert_eq!(db.count("price"), 1);
}

#[model(table)]
struct Wardrobe {
    #[field(primary_key)]
    id: Id<Wardrobe>,
    costume: Json<Costume>,
}

#[case]
async fn a_change_inside_a_document_is_written() {
    let db = relata_suite::engine(Metadata::of((Wardrobe,))).await;
    let costume = Costume { colours: vec!["red".into()], sizes: BTreeMap::new(), cape: None };
    let mut session = Session::new(&db.engine);
    let mut wardrobe = session.add(Wardrobe::new(costume));
    session.commit().await.unwrap();
    wardrobe.costume.colours.push("black".into());
    session.add(&mut wardrobe);
    session.commit().await.unwrap();
    let stored: serde_json::Value =
        serde_json::from_str(&db.rows("SELECT costume FROM wardrobe")[0]).unwrap();
    assert_eq!(
        stored,
        serde_json::json!({ "colours": ["red", "black"], "sizes": {}, "cape": null })
    );
}

#[model(table)]
struct Document {
    #[field(primary_key, key = Uuid)]
    id: Id<Document>,
    title: String,
    #[relationship(back_populates = document, cascade_delete)]
    pages: Many<Page>,
}

#[model(table)]
struct Page {
    #[field(primary_key)]
    id: Id<Page>,
    #[field(foreign_key = Document.id)]
    document_id: Id<Document>,
    #[relationship(back_populates = pages)]
    document: One<Document>,
}

#[case]
async fn a_uuid_key_is_known_before_the_flush_and_stays_after_a_rollback() {
    let db = relata_suite::engine(Metadata::of((Document, Page))).await;
    let mut session = Session::new(&db.engine);
    let document = Document::new("a");
    let key = document.id.get().unwrap();
    assert_eq!((key.get_version_num(), document.id.state()), (7, IdState::Free));
    let mut document = session.add(document);
    let page = session.add(Page::new(&document.id));
    session.flush().await.unwrap();
    assert_eq!(document.id.state(), IdState::Bound);
    session.rollback().await.unwrap();
    assert_eq!((document.id.get(), document.id.state()), (Some(key), IdState::Free));

    session.add(page);
    session.add(&mut document);
    session.commit().await.unwrap();
    let stored = key.simple().to_string();
    assert_eq!(db.rows("SELECT id, title FROM document"), [format!("{stored}|a")]);
    assert_eq!(db.rows("SELECT document_id FROM page"), [stored]);
    let found = session.get(Document, key).await.unwrap().unwrap();
    assert_eq!((found.id.get(), &*found.title), (Some(key), "a"));
    let with_pages = session.exec(select(Document).with(Document.pages)).one().await.unwrap();
    assert_eq!(with_pages.pages.get().unwrap().len(), 1);
    assert!(session.get(Document, Uuid::nil()).await.unwrap().is_none());
}

#[model(table)]
struct Token {
    #[field(primary_key, foreign_key = Document.id)]
    document_id: Id<Document>,
    #[field(primary_key)]
    number: i32,
    value: Uuid,
    next: Option<Uuid>,
}

fn code(at: u16) -> Uuid {
    Uuid::from_u128(u128::from(at) << 80 | 0xABC)
}

/// Five documents with two tokens each.
async fn tokens() -> (relata_suite::Db, Session, Vec<Tracked<Document>>, Vec<Tracked<Token>>) {
    let db = relata_suite::engine(Metadata::of((Document, Page, Token))).await;
    let mut session = Session::new(&db.engine);
    let documents = (1..=5).map(|at| Document::new("a").with_id(code(at)));
    let documents = session.add_all(documents);
    let two = |document| [1, 2].map(|number| Token::new(document, number, code(0)));
    let tokens = session.add_all(documents.iter().flat_map(two));
    session.commit().await.unwrap();
    (db, session, documents, tokens)
}

#[case]
async fn rows_with_uuid_keys_are_changed_together() {
    let (db, mut session, mut documents, mut tokens) = tokens().await;
    let log = relata_suite::Log::start();
    for (at, document) in documents.iter_mut().enumerate().skip(1) {
        document.title = format!("{at}");
        session.add(document);
    }
    let next = |at: u16| at.is_multiple_of(2).then(|| code(at + 1));
    for (at, token) in (6..).zip(&mut tokens) {
        (token.value, token.next) = (code(at), next(at));
        session.add(token);
    }
    session.commit().await.unwrap();
    let mut sent = log.outline();
    sent.sort();
    // One for each form of row.
    let tables = [("document", 4), ("token", 5), ("token", 5)];
    let once = tables.map(|(table, rows)| relata_suite::for_rows(&format!("UPDATE {table}"), rows));
    assert_eq!(sent, once);
    assert_eq!(db.rows("SELECT title FROM document ORDER BY id"), ["a", "1", "2", "3", "4"]);
    let stored = select((Token.value, Token.next)).order_by((Token.document_id, Token.number));
    let stored = session.exec(stored).all().await.unwrap();
    assert_eq!(stored, (6..16).map(|at| (code(at), next(at))).collect::<Vec<_>>());
}

#[case]
async fn rows_with_uuid_keys_are_deleted_together() {
    let (db, mut session, _, mut tokens) = tokens().await;
    let gone = code(3);
    db.execute(&format!(
        "DELETE FROM token WHERE number = 2 AND document_id = '{}'",
        gone.simple()
    ));
    for token in &tokens {
        session.delete(token);
    }
    let error = session.commit().await.unwrap_err();
    assert_eq!((error.kind(), error.table()), (relata::ErrorKind::Stale, Some("token")));
    assert!(error.to_string().contains(&gone.to_string()), "{error}");
    session.rollback().await.unwrap();
    assert_eq!(db.count("token"), 9);

    let log = relata_suite::Log::start();
    tokens.remove(5);
    for token in &tokens {
        session.delete(token);
    }
    session.commit().await.unwrap();
    assert_eq!(log.outline(), [relata_suite::for_rows("DELETE token", 9)]);
    assert_eq!((db.count("token"), db.count("document")), (0, 5));
}

#[case]
async fn clones_of_a_new_value_with_a_uuid_key_are_rows_of_their_own() {
    let db = relata_suite::engine(Metadata::of((Document,))).await;
    let mut session = Session::new(&db.engine);
    let document = Document::new("a");
    session.add_all([document.clone(), document.clone(), document]);
    session.commit().await.unwrap();
    assert_eq!(db.rows("SELECT count(DISTINCT id) FROM document"), ["3"]);
}

#[model(table)]
struct Country {
    #[field(primary_key, key = String)]
    id: Id<Country>,
    name: String,
}

#[model(table)]
struct City {
    #[field(primary_key)]
    id: Id<City>,
    name: String,
    #[field(foreign_key = Country.id)]
    country_id: Id<Country>,
}

#[case]
async fn a_text_key_behind_an_id() {
    let db = relata_suite::engine(Metadata::of((Country, City))).await;
    let mut session = Session::new(&db.engine);
    session.add(City::new("Malmö", "se"));
    session.add(Country::new("se", "Sweden"));
    session.commit().await.unwrap();
    assert_eq!(db.rows("SELECT country_id FROM city"), ["se"]);
    let country = session.get(Country, "se").await.unwrap().unwrap();
    assert_eq!((country.id.get().as_deref(), &*country.name), (Some("se"), "Sweden"));
}

#[model(table)]
struct Seat {
    #[field(primary_key)]
    row: i32,
    #[field(primary_key)]
    letter: String,
    guest: Option<String>,
}

#[case]
async fn composite_keys_get_change_delete_and_merge() {
    let db = relata_suite::engine(Metadata::of((Seat,))).await;
    let mut session = Session::new(&db.engine);
    session.add_all([Seat::new(1, "a"), Seat::new(1, "b"), Seat::new(2, "a")]);
    session.commit().await.unwrap();
    let mut seat = session.get(Seat, (1, "b".to_owned())).await.unwrap().unwrap();
    assert_eq!((seat.row, &*seat.letter), (1, "b"));
    seat.guest = Some("Deadpond".into());
    session.add(&mut seat);
    let other = session.get(Seat, (2, "a".to_owned())).await.unwrap().unwrap();
    session.delete(&other);
    session.merge(Seat::new(1, "a").with_guest("Wade")).await.unwrap();
    session.commit().await.unwrap();
    assert_eq!(db.rows("SELECT * FROM seat ORDER BY 1, 2"), ["1|a|Wade", "1|b|Deadpond"]);
    assert!(session.get(Seat, (2, "a".to_owned())).await.unwrap().is_none());
    session.refresh(&mut seat).await.unwrap();
    assert_eq!(seat.guest.as_deref(), Some("Deadpond"));
}

#[model(table)]
struct Team {
    #[field(primary_key)]
    id: Id<Team>,
    name: String,
    #[relationship(back_populates = teams, link_model = Membership)]
    heroes: Many<Hero>,
}

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    name: String,
    #[relationship(back_populates = heroes, link_model = Membership)]
    teams: Many<Team>,
}

#[model(table)]
struct Membership {
    #[field(primary_key, foreign_key = Team.id)]
    team_id: Id<Team>,
    #[field(primary_key, foreign_key = Hero.id)]
    hero_id: Id<Hero>,
    #[field(default = false)]
    is_training: bool,
}

#[case]
async fn a_link_row_is_got_by_both_its_keys() {
    let db = relata_suite::engine(Metadata::of((Team, Hero, Membership))).await;
    let mut session = Session::new(&db.engine);
    session.add(Team::new("Z-Force"));
    let team = session.add(Team::new("Preventers"));
    session.add(Hero::new("Deadpond").with_teams([&team]));
    session.commit().await.unwrap();
    let mut link = session.get(Membership, (2, 1)).await.unwrap().unwrap();
    assert!(!link.is_training);
    assert!(session.get(Membership, (1, 1)).await.unwrap().is_none());
    link.is_training = true;
    session.add(&mut link);
    session.commit().await.unwrap();
    assert_eq!(db.rows("SELECT * FROM membership"), ["2|1|1"]);
}

#[case]
async fn a_link_row_is_got_by_its_ends() {
    let db = relata_suite::engine(Metadata::of((Team, Hero, Membership))).await;
    let mut session = Session::new(&db.engine);
    let (team, hero) = (session.add(Team::new("Preventers")), session.add(Hero::new("Deadpond")));
    session.add(Membership::new(&team, &hero).with_is_training(true));
    // The ends have their keys once the query has flushed them.
    let link = session.get(Membership, (&team, &hero.id)).await.unwrap().unwrap();
    assert!(link.is_training);
    session.commit().await.unwrap();
    for link in [
        session.get(Membership, (&team.id, &hero.id)).await.unwrap(),
        session.get(Membership, (link.team_id.clone(), &link.hero_id)).await.unwrap(),
        session.get(Membership, (team.id.key().unwrap(), &hero)).await.unwrap(),
        session.get(Membership, Id::from((1, 1))).await.unwrap(),
    ] {
        assert_eq!(link.unwrap().hero_id, hero.id);
    }
    let nobody = Hero::new("nobody");
    let error = session.get(Membership, (&team, &nobody.id)).await.unwrap_err();
    assert_eq!(error.kind(), relata::ErrorKind::UnboundId);
    assert_eq!(
        error.to_string(),
        "no `Membership` can be found by the id of a row that is not saved; add that row to this session first, or flush the one that has it"
    );
}

#[model(table)]
struct Essay {
    #[field(primary_key)]
    id: Id<Essay>,
    #[field(max_length = 16_383)]
    text: String,
    #[field(max_length = 10_000)]
    left: String,
    #[field(max_length = 10_000, server_default = "'none'")]
    right: Option<String>,
    #[field(max_length = 4_000)]
    title: String,
}

#[case]
async fn long_texts_side_by_side() {
    let db = relata_suite::engine(Metadata::of(Essay)).await;
    let mut session = Session::new(&db.engine);
    let long = |length| "ü".repeat(length);
    session.add(Essay::new(long(16_383), long(10_000), long(4_000)));
    session.commit().await.unwrap();
    let essay =
        session.exec(select(Essay).filter(Essay.left.eq(long(10_000)))).one().await.unwrap();
    assert_eq!((essay.text.len(), essay.title.len()), (2 * 16_383, 8_000));
    assert_eq!(essay.right.as_deref(), Some("none"));
}
