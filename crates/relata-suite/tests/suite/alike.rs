//! Where databases differ by themselves, and a program means the same nevertheless.

use relata::{
    ErrorKind,
    prelude::*,
    query::{
        abs, avg, case, coalesce, count, count_rows, greatest, least, length, raw_expr, round,
        string_agg, sum, tuple, upper, value,
    },
};
use relata_suite::{Log, Need, has, pick};
use rust_decimal::Decimal;
use serde_json::json;

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    #[field(unique, max_length = 40)]
    name: String,
    age: Option<i32>,
    #[field(default = 0)]
    points: i64,
    #[field(default = 0.0)]
    weight: f64,
    salary: Option<Decimal>,
    data: Option<Json<serde_json::Value>>,
}

#[model(table)]
struct Team {
    #[field(primary_key, key = String, max_length = 20)]
    id: Id<Team>,
    motto: String,
}

async fn db() -> (relata_suite::Db, Session) {
    let db = relata_suite::engine(Metadata::of((Hero, Team))).await;
    let session = Session::new(&db.engine);
    (db, session)
}

async fn named<const N: usize>(names: [&str; N]) -> (relata_suite::Db, Session) {
    let (db, mut session) = db().await;
    session.add_all(names.map(Hero::new));
    session.commit().await.unwrap();
    (db, session)
}

async fn aged<const N: usize>(ages: [Option<i32>; N]) -> (relata_suite::Db, Session) {
    let (db, mut session) = db().await;
    for (at, age) in ages.into_iter().enumerate() {
        let mut hero = Hero::new(format!("hero {at}"));
        hero.age = age;
        session.add(hero);
    }
    session.commit().await.unwrap();
    (db, session)
}

#[case]
async fn texts_are_the_same_letter_by_letter() {
    let (db, mut session) = named(["a", "A", "a ", "\u{e1}", "a\u{301}", "ss", "\u{df}"]).await;
    let mut found = async |condition: relata::Predicate| {
        let names = select(Hero.name).filter(condition).order_by(Hero.id);
        session.exec(names).all().await.unwrap()
    };
    assert_eq!(found(Hero.name.eq("a")).await, ["a"]);
    assert_eq!(found(Hero.name.eq("A")).await, ["A"]);
    assert_eq!(found(Hero.name.eq("ss")).await, ["ss"]);
    assert_eq!(found(Hero.name.is_in(["a ", "\u{e1}"])).await, ["a ", "\u{e1}"]);
    assert_eq!(found(Hero.name.ne("a") & Hero.name.starts_with("a")).await, ["a ", "a\u{301}"]);
    assert_eq!(found(Hero.name.contains("A")).await, ["A"]);
    assert_eq!(found(Hero.name.ends_with("s")).await, ["ss"]);
    assert_eq!(found(Hero.name.like("A%")).await, ["A"]);
    assert_eq!(found(Hero.name.ilike("A%")).await, ["a", "A", "a ", "a\u{301}"]);
    assert!(
        found(value("a").eq("A") | value("a").eq("a ") | value("a").like("A")).await.is_empty()
    );
    assert_eq!(found(tuple((Hero.name, Hero.points)).eq(("A", 0))).await, ["A"]);
    let upper_case = (upper(Hero.name)).eq(Hero.name) & Hero.name.lt("a");
    assert_eq!(found(upper_case).await, ["A"]);
    let distinct = select(Hero.name).distinct();
    assert_eq!(session.exec(distinct).count().await.unwrap(), 7);
    let other = Hero.alias("other");
    let pairs = select(count_rows()).select_from(Hero).join(other.on(other.name.eq(Hero.name)));
    assert_eq!(session.exec(pairs).one().await.unwrap(), 7);
    let groups = select(count_rows()).select_from(Hero).group_by(Hero.name);
    assert_eq!(session.exec(groups).all().await.unwrap(), [1; 7]);
    // PostgreSQL orders by the rules of the language that the database was made for
    if !has(Need::Postgres) {
        let ordered = select(Hero.name).order_by(Hero.name).limit(4);
        let ordered = session.exec(ordered).all().await.unwrap();
        assert_eq!(ordered, ["A", "a", "a ", "a\u{301}"]);
    }
    let again = insert(Hero).set(Hero.name, "a");
    assert!(db.engine.exec(again).run().await.unwrap_err().is_unique_violation());
}

#[case]
async fn keys_of_text_are_the_same_letter_by_letter() {
    let (_db, mut session) = db().await;
    for key in ["a", "A", "a "] {
        session.add(Team::new(Id::from(key.to_owned()), key));
    }
    session.commit().await.unwrap();
    for key in ["a", "A", "a "] {
        let team = session.get(Team, key).await.unwrap().unwrap();
        assert_eq!(team.motto, key);
    }
    assert!(session.get(Team, "\u{e1}").await.unwrap().is_none());
}

#[case]
async fn what_is_divided_by_zero_is_null() {
    let (db, mut session) = aged([Some(7), Some(0)]).await;
    let zero = || Hero.age * 0;
    let quotients = select((
        Hero.age / zero(),
        Hero.age % zero(),
        Hero.age / 0,
        Hero.weight / (Hero.weight * 2.0),
        value(Decimal::from(3)) / Hero.age.cast::<Decimal>(),
    ));
    let rows = session.exec(quotients.order_by(Hero.id)).all().await.unwrap();
    let of_seven = rows[0].4.unwrap();
    assert!((of_seven - Decimal::from(3) / Decimal::from(7)).abs() < Decimal::new(1, 12));
    assert_eq!((rows[0].0, rows[0].1, rows[0].2, rows[0].3), (None, None, None, None));
    assert_eq!(rows[1], (None, None, None, None, None));
    assert!(
        session.exec(select(Hero).filter((Hero.age / 0).gt(1))).all().await.unwrap().is_empty()
    );
    // also where MySQL would refuse to store it
    let update = update_all(Hero).set(Hero.age, Hero.age / zero());
    assert_eq!(session.exec(update).run().await.unwrap(), 2);
    let copied = select((Hero.name + "!", Hero.age % zero()));
    let insert = insert(Hero).columns((Hero.name, Hero.age)).from_select(copied);
    assert_eq!(session.exec(insert).run().await.unwrap(), 2);
    session.commit().await.unwrap();
    assert_eq!(db.rows("SELECT DISTINCT age FROM hero"), ["NULL"]);
}

#[case]
async fn numbers_are_averaged_and_rounded_alike() {
    let (_db, mut session) = aged([Some(24), Some(25), Some(25)]).await;
    let mut one = async |it: relata::query::Sql<Option<f64>>| {
        session.exec(select(it).select_from(Hero).limit(1)).one().await.unwrap().unwrap()
    };
    assert_eq!(one(avg(Hero.age).label("average").optional()).await, 74.0 / 3.0);
    assert_eq!(one(round(avg(Hero.age), 1)).await, 24.7);
    // what is half way goes away from zero
    for (number, digits, rounded) in [
        (2.5, 0, 3.0),
        (-2.5, 0, -3.0),
        (0.5, 0, 1.0),
        (80.25, 1, 80.3),
        (-0.125, 2, -0.13),
        (9_007_199_254_740_991.0, 2, 9_007_199_254_740_991.0),
        (1e300, 2, 1e300),
    ] {
        assert_eq!(one(round(value(number), digits).optional()).await, rounded, "{number}");
    }
    for (number, whole) in [(2.7, 2), (-2.7, -2), (2.5, 2), (-0.9, 0)] {
        let cast = one(value(number).cast::<i64>().cast::<f64>().optional()).await;
        assert_eq!(cast, f64::from(whole), "{number}");
        let decimal: Decimal = number.to_string().parse().unwrap();
        let cast = one(value(decimal).cast::<i64>().cast::<f64>().optional()).await;
        assert_eq!(cast, f64::from(whole), "{number}");
    }
}

#[case]
async fn sums_that_are_too_large_are_errors() {
    let (_db, mut session) = named(["a", "b"]).await;
    session.exec(update_all(Hero).set(Hero.points, i64::MAX)).run().await.unwrap();
    let error = session.exec(select(sum(Hero.points))).one().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OutOfRange, "{error}");
    session.rollback().await.unwrap();
    // SQLite makes a float of it
    let doubled = select(Hero.points + i64::MAX - 1).filter(Hero.name.eq("a"));
    session.exec(update_all(Hero).set(Hero.points, i64::MAX)).run().await.unwrap();
    let error = session.exec(doubled).one().await.unwrap_err();
    let kind = pick(ErrorKind::Decode, ErrorKind::OutOfRange, ErrorKind::OutOfRange);
    assert_eq!(error.kind(), kind, "{error}");
}

#[case]
async fn rows_are_grouped_by_what_is_computed_with_values() {
    let (_db, mut session) = aged([Some(16), Some(18), Some(31), None]).await;
    let decade = || Hero.age / 10 * 10;
    let below = select(-decade())
        .group_by(decade())
        .having(decade().gt(0) & count(decade()).gt(0))
        .order_by(decade());
    let below = session.exec(below).all().await;
    if has(Need::SeenGroups) {
        assert_eq!(below.unwrap_err().kind(), ErrorKind::InvalidStatement);
    } else {
        assert_eq!(below.unwrap(), [Some(-10), Some(-30)]);
    }
    if has(Need::MySql) {
        let strict = raw("SET SESSION sql_mode = CONCAT(@@sql_mode, ',ONLY_FULL_GROUP_BY')");
        session.exec(strict).run().await.unwrap();
    }
    let decades = select((decade(), count_rows())).group_by(decade());
    let decades = decades.having(count_rows().gt(0)).order_by(decade().desc()).limit(2);
    let decades = decades.filter(Hero.age.is_not_null());
    let rows = session.exec(decades).all().await.unwrap();
    assert_eq!(rows, [(Some(30), 1), (Some(10), 2)]);
    let kind = || case().when(Hero.age.ge(18), "it's old").when(Hero.age.lt(18), "young?").end();
    let kinds = select((kind(), count_rows())).group_by(kind()).order_by(kind());
    let kinds = session.exec(kinds.filter(Hero.age.is_not_null())).all().await.unwrap();
    assert_eq!(kinds, [(Some("it's old".into()), 2), (Some("young?".to_owned()), 1)]);
    let shown = || Hero.name + "-" + coalesce((Hero.age.cast::<String>(), "none"));
    let each = select(shown()).distinct().order_by(shown().desc()).limit(2);
    assert_eq!(session.exec(each).all().await.unwrap(), ["hero 3-none", "hero 2-31"]);
    let by_hand = || raw_expr::<Option<i32>>("hero.age % :by").bind("by", 3);
    let rest = select((by_hand(), count_rows())).select_from(Hero).filter(Hero.age.is_not_null());
    let rest = rest.group_by(by_hand()).order_by(by_hand());
    assert_eq!(session.exec(rest).all().await.unwrap(), [(Some(0), 1), (Some(1), 2)]);
}

#[case]
async fn null_makes_null() {
    let (_db, mut session) = aged([Some(30), None]).await;
    let most = select((
        greatest((Hero.age, 18)),
        least((Hero.age, 18)),
        greatest((abs(Hero.age), least((Hero.age, 18)), 1)),
    ));
    let rows = session.exec(most.order_by(Hero.id)).all().await.unwrap();
    assert_eq!(rows, [(Some(30), Some(18), Some(30)), (None, None, None)]);
    // what is known of the comparison of rows is a value like others
    let pair = || tuple((Hero.age, Hero.points));
    let known = select((
        coalesce((pair().eq((30, 0)).value(), false)),
        pair().ge((20, 5)).value().is_null().value(),
        coalesce((pair().is_in([(30, 0)]).value(), false)),
        coalesce((pair().not_in([(30, 0)]).value(), false)),
    ));
    let rows = session.exec(known.order_by(Hero.id)).all().await.unwrap();
    assert_eq!(rows[0], (true, Some(false), true, false));
    assert_eq!(rows[1], (false, Some(true), false, false));
    let none: Option<&str> = None;
    let nothing = select((value(none).is_null().value(), value("x").is_not_null().value()));
    let nothing = session.exec(nothing.select_from(Hero).limit(1)).one().await.unwrap();
    assert_eq!(nothing, (Some(true), Some(true)));
}

#[case]
async fn long_texts_of_many_rows_are_whole() {
    let (_db, mut session) = db().await;
    session.add_all((0..100).map(|at| Hero::new(format!("{at:040}"))));
    let all = select(length(string_agg(Hero.name, ", ").order_by(Hero.name))).select_from(Hero);
    assert_eq!(session.exec(all).one().await.unwrap(), Some(100 * 42 - 2));
}

#[case]
async fn texts_of_documents_are_compared_as_others() {
    let (_db, mut session) = db().await;
    let data = json!({"name": "a", "-": "minus", "-%_\\": {"-'\"": [7]}});
    session.add(Hero::new("a").with_data(Json(data)));
    session.add(Hero::new("A").with_data(Json(json!({"name": "a", "-": null}))));
    let name = || Hero.data.at("name").text();
    let mut found = async |condition: relata::Predicate| {
        let names = select(Hero.name).filter(condition).order_by(Hero.id);
        session.exec(names).all().await.unwrap()
    };
    assert_eq!(found(name().eq("a")).await, ["a", "A"]);
    assert!(found(name().eq("A")).await.is_empty());
    assert_eq!(found(name().eq(Hero.name)).await, ["a"]);
    assert_eq!(found((name() + Hero.name).eq("aA")).await, ["A"]);
    assert_eq!(found(Hero.data.at("-").text().eq("minus")).await, ["a"]);
    let deep = Hero.data.at("-%_\\").at("-'\"").at(0).int();
    assert_eq!(found(deep.eq(7)).await, ["a"]);
}

/// MySQL has no full join, and says so before anything is sent.
#[case(MySql)]
async fn a_full_join_is_refused() {
    let (_db, mut session) = db().await;
    session.exec(select(Team)).all().await.unwrap();
    let log = Log::start();
    let team = Team.alias("team_2");
    let joined = select((Team.id.optional(), team.motto.optional()));
    let joined = joined.select_from(Team).full_join(team.on(team.motto.eq(Team.motto)));
    let error = session.exec(joined).all().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidStatement);
    assert_eq!(
        error.to_string(),
        "MySQL and MariaDB have no full join; unite two left joins by `union`"
    );
    assert!(log.sql().is_empty());
}
