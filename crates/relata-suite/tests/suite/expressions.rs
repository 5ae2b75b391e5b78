//! What expressions give, each function once with real rows: text with letters of more than one byte,
//! NULL, dates, windows, JSON documents, tuples.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, SubsecRound, TimeDelta, Utc};
use relata::{
    ErrorKind,
    prelude::*,
    query::{
        FromRow, Part, Predicate, Sql, Subselect, abs, case, ceil, coalesce, count_rows, cume_dist,
        current_date, dense_rank, first_value, floor, function, greatest, lag, lag_or, last_value,
        lead, lead_or, least, length, lower, ltrim, now, nth_value, ntile, null, nullif,
        percent_rank, random, rank, raw_expr, replace, round, row_number, rtrim, string_agg,
        substr, substr_from, trim, tuple, upper, value, window,
    },
};
use relata_suite::{Need, has, pick};
use rust_decimal::Decimal;
use serde_json::{Value as Any, json};

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    name: String,
    team: String,
    weight: f64,
    nick: Option<String>,
    age: Option<i32>,
    salary: Option<Decimal>,
    born: Option<NaiveDate>,
    wakes: Option<NaiveTime>,
    seen: Option<DateTime<Utc>>,
    data: Option<Json<Any>>,
}

fn moment(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

async fn heroes() -> (relata_suite::Db, Session) {
    let db = relata_suite::engine(Metadata::of(Hero)).await;
    let mut session = Session::new(&db.engine);
    let data = json!({
        "city": "Köln", "tags": ["strong", "green"], "size": 3, "ratio": 0.5, "good": true,
        "none": null, "home": {"zip": "50667"}, "big": 9_007_199_254_740_993_i64,
        "huge": u64::MAX,
    });
    session.add(
        Hero::new("Éric Müller", "A", 80.25)
            .with_nick("  Zoë ")
            .with_age(30)
            .with_salary("10.255".parse::<Decimal>().unwrap())
            .with_born("2024-02-29".parse::<NaiveDate>().unwrap())
            .with_wakes("06:07:08.9".parse::<NaiveTime>().unwrap())
            .with_seen(moment("1999-12-31T23:59:58.999999999Z"))
            .with_data(Json(data)),
    );
    session.add(Hero::new("Bob", "A", -1.5).with_age(-7));
    session.add(Hero::new("Cleo", "B", 2.0).with_age(30).with_nick("C"));
    session.add(Hero::new("Dan", "B", 3.0));
    session.commit().await.unwrap();
    (db, session)
}

/// What an expression gives for each hero.
async fn all<S: relata::Selection>(session: &mut Session, selection: S) -> Vec<RowOf<S>> {
    session.exec(select(selection).order_by(Hero.id)).all().await.unwrap()
}

type RowOf<S> = <<S as relata::Selection>::Rows as FromRow>::Row;

/// What it gives without a table.
async fn one<S: relata::Selection<Rows: Subselect>>(session: &mut Session, it: S) -> RowOf<S> {
    session.exec(select(it)).one().await.unwrap()
}

fn some<T>(value: T) -> Option<T> {
    Some(value)
}

#[case]
async fn text() {
    let (_db, mut session) = heroes().await;
    let first = select((lower(Hero.name), upper(Hero.name), length(Hero.name), length(Hero.nick)));
    let rows = session.exec(first.order_by(Hero.id)).all().await.unwrap();
    // SQLite knows the letters of ASCII
    let (low, high) = pick(
        ("Éric müller", "ÉRIC MüLLER"),
        ("éric müller", "ÉRIC MÜLLER"),
        ("éric müller", "ÉRIC MÜLLER"),
    );
    assert_eq!(rows[0], (low.into(), high.into(), 11, some(6)));
    assert_eq!(rows[1], ("bob".into(), "BOB".into(), 3, None));
    assert_eq!(all(&mut session, trim(Hero.nick)).await[0].as_deref(), Some("Zoë"));
    assert_eq!(all(&mut session, ltrim(Hero.nick)).await[0].as_deref(), Some("Zoë "));
    assert_eq!(all(&mut session, rtrim(Hero.nick)).await[0].as_deref(), Some("  Zoë"));
    assert_eq!(all(&mut session, replace(Hero.name, "ü", "ue")).await[0], "Éric Mueller");
    let with_nick = replace(Hero.name, Hero.nick, "?");
    assert_eq!(
        all(&mut session, with_nick).await,
        [some("Éric Müller".into()), None, some("?leo".into()), None]
    );
    let parts = (substr(Hero.name, 1, 2), substr_from(Hero.name, length(Hero.name) - 1));
    assert_eq!(all(&mut session, parts).await[0], ("Ér".to_owned(), "er".to_owned()));
    let by_age = substr(Hero.name, 1, Hero.age);
    assert_eq!(all(&mut session, by_age).await[3], None);
    let found = select(Hero.name).filter(lower(Hero.name).eq("bob") | upper(Hero.nick).eq("C"));
    assert_eq!(session.exec(found.order_by(Hero.id)).all().await.unwrap(), ["Bob", "Cleo"]);
}

#[case]
async fn numbers() {
    let (_db, mut session) = heroes().await;
    assert_eq!(all(&mut session, abs(Hero.age)).await, [some(30), some(7), some(30), None]);
    assert_eq!(all(&mut session, round(Hero.weight, 1)).await, [80.3, -1.5, 2.0, 3.0]);
    assert_eq!(
        all(&mut session, round(Hero.age, 1)).await,
        [some(30.0), some(-7.0), some(30.0), None]
    );
    let cents: Vec<Option<Decimal>> = all(&mut session, round(Hero.salary, 2)).await;
    assert_eq!(cents[0], some("10.26".parse().unwrap()));
    assert_eq!(all(&mut session, floor(Hero.weight)).await, [80.0, -2.0, 2.0, 3.0]);
    assert_eq!(all(&mut session, ceil(Hero.weight)).await, [81.0, -1.0, 2.0, 3.0]);
    assert_eq!(all(&mut session, ceil(Hero.salary)).await[0], some(Decimal::from(11)));
    assert_eq!(all(&mut session, floor(Hero.age)).await[3], None);
    assert_eq!(one(&mut session, floor(value(-1e300))).await, -1e300);
    let throw = || floor(random() * 6.0);
    let throws = select((throw().label("dice"), value(1).label("number")));
    let throws = throws.recursive_all("throws", |throws| {
        let number = throws.1;
        select((throw(), number + 1)).select_from(throws).filter(number.lt(200))
    });
    let dice = session.exec(select(throws.0).select_from(&throws)).all().await.unwrap();
    assert_eq!(dice.len(), 200);
    assert!(
        dice.iter().all(|throw| (0.0..6.0).contains(throw) && throw.fract() == 0.0),
        "{dice:?}"
    );
    let shuffled = select(Hero.name).order_by(random());
    assert_eq!(session.exec(shuffled).all().await.unwrap().len(), 4);
}

#[case]
async fn choices() {
    let (_db, mut session) = heroes().await;
    let shown: Vec<String> = all(&mut session, coalesce((trim(Hero.nick), Hero.name))).await;
    assert_eq!(shown, ["Zoë", "Bob", "C", "Dan"]);
    let none: Vec<Option<i32>> = all(&mut session, coalesce((Hero.age, null::<i32>()))).await;
    assert_eq!(none[3], None);
    let total = coalesce((sum(Hero.age).filter(Hero.age.gt(1_000)), 0));
    assert_eq!(one(&mut session, total).await, 0_i64);
    let without = all(&mut session, nullif(Hero.age, 30)).await;
    assert_eq!(without, [None, some(-7), None, None]);
    // NULL where one of them is
    let most = all(&mut session, greatest((Hero.age, 18, -1))).await;
    assert_eq!(most, [some(30), some(18), some(30), None]);
    assert_eq!(all(&mut session, least((Hero.weight, 2.5))).await, [2.5, -1.5, 2.0, 2.5]);
    assert_eq!(all(&mut session, least((Hero.name, "Bz"))).await, ["Bz", "Bob", "Bz", "Bz"]);
}

#[case]
async fn cases() {
    let (_db, mut session) = heroes().await;
    let kind = || case().when(Hero.age.lt(18), "minor").when(Hero.age.is_null(), Hero.name);
    let kinds: Vec<String> = all(&mut session, kind().otherwise("adult")).await;
    assert_eq!(kinds, ["adult", "minor", "adult", "Dan"]);
    let kinds: Vec<Option<String>> = all(&mut session, kind().end()).await;
    assert_eq!(kinds, [None, some("minor".into()), None, some("Dan".into())]);
    let counted = select((kind().otherwise("adult").label("kind"), count_rows()))
        .group_by(kind().otherwise("adult"))
        .order_by(kind().otherwise("adult").label("kind"));
    let counted = session.exec(counted).all().await.unwrap();
    assert_eq!(counted, [("Dan".into(), 1), ("adult".into(), 2), ("minor".to_owned(), 1)]);
    let young = sum(case().when(Hero.age.lt(18), 1).otherwise(0));
    let young: Option<i64> = one(&mut session, young).await;
    assert_eq!(young, some(1));
    let either = case().when(Hero.name.eq("Bob"), Hero.nick).otherwise(Hero.name);
    let either: Vec<Option<String>> = all(&mut session, either).await;
    assert_eq!(either[..2], [some("Éric Müller".into()), None]);
}

#[case]
async fn any_function_and_fragment() {
    let (_db, mut session) = heroes().await;
    let at: Sql<i64> = function(pick("instr", "strpos", "instr"), (Hero.name, "o"));
    assert_eq!(all(&mut session, at).await, [0, 2, 4, 0]);
    let tags = pick(
        function::<Option<i64>>("json_array_length", (Hero.data, "$.tags")),
        function("jsonb_array_length", (Hero.data.at("tags").json::<Any>(),)),
        function("json_length", (Hero.data, "$.tags")),
    );
    assert_eq!(all(&mut session, tags).await, [some(2), None, None, None]);
    let bytes = raw_expr::<i64>("octet_length(hero.name)") - length(Hero.name);
    assert_eq!(all(&mut session, bytes).await, [2, 0, 0, 0]);
    let error = session.exec(select(function::<i64>("1; DROP", ()))).all().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidStatement);
}

#[case]
async fn moments() {
    let (db, mut session) = heroes().await;
    let before = Utc::now().trunc_subsecs(3);
    let (moment, day) = one(&mut session, (now(), current_date())).await;
    let after = Utc::now();
    assert!(before <= moment && moment <= after, "{before} {moment} {after}");
    assert!(before.date_naive() <= day && day <= after.date_naive());
    // it compares with what is stored, to the digit
    for hero in session.exec(select(Hero)).all().await.unwrap() {
        let mut hero = hero;
        hero.seen = Some(moment);
        session.add(hero);
    }
    session.commit().await.unwrap();
    let same = select(Hero).filter(Hero.seen.eq(moment));
    assert_eq!(session.exec(same).all().await.unwrap().len(), 4);
    let past = select(count_rows()).select_from(Hero).filter(Hero.seen.le(now()));
    assert_eq!(session.exec(past).one().await.unwrap(), 4);
    assert_eq!(db.rows("SELECT count(DISTINCT seen) FROM hero"), ["1"]);
    if has(Need::Sqlite) {
        let stored =
            "SELECT DISTINCT length(seen), length(strftime('%Y-%m-%d %H:%M:%f000')) FROM hero";
        assert_eq!(db.rows(stored), ["26|26"]);
    }
    // it is that of the statement, not of the transaction
    let first = one(&mut session, now()).await;
    let second = one(&mut session, now()).await;
    assert!(first < second || has(Need::Sqlite) && first <= second, "{first} {second}");
}

#[case]
async fn parts_of_dates_and_times() {
    let (_db, mut session) = heroes().await;
    let day = |part| Hero.born.extract(part);
    let rows = all(
        &mut session,
        (
            day(Part::Year),
            day(Part::Month),
            day(Part::Day),
            day(Part::DayOfWeek),
            day(Part::DayOfYear),
            day(Part::Week),
            day(Part::Epoch),
        ),
    )
    .await;
    assert_eq!(
        rows[0],
        (some(2024), some(2), some(29), some(4), some(60), some(9), some(1_709_164_800))
    );
    assert_eq!(rows[1], (None, None, None, None, None, None, None));
    let time = |part| Hero.wakes.extract(part);
    let rows = all(&mut session, (time(Part::Hour), time(Part::Minute), time(Part::Second))).await;
    assert_eq!(rows[..2], [(some(6), some(7), some(8)), (None, None, None)]);
    let seen = |part| Hero.seen.extract(part);
    let rows = all(
        &mut session,
        (seen(Part::Year), seen(Part::Second), seen(Part::Week), seen(Part::Epoch)),
    )
    .await;
    assert_eq!(rows[0], (some(1999), some(58), some(52), some(946_684_798)));
    let in_leap_years = select(Hero.name).filter((Hero.born.extract(Part::Year) % 4).eq(0));
    assert_eq!(session.exec(in_leap_years).all().await.unwrap(), ["Éric Müller"]);
}

#[case]
async fn windows() {
    let (_db, mut session) = heroes().await;
    let team = || window().partition_by(Hero.team).order_by(Hero.name);
    let rows = all(
        &mut session,
        (
            row_number().over(team()),
            lag(Hero.name, 1).over(team()),
            lag_or(Hero.name, 1, "-").over(team()),
            lead(Hero.name, 1).over(team()),
            lead_or(Hero.age, 1, 0).over(team()),
            first_value(Hero.name).over(team()),
            last_value(Hero.name).over(team().rows(..)),
            nth_value(Hero.name, 2).over(team()),
        ),
    )
    .await;
    let name = |name: &str| Some(name.to_owned());
    let (eric, bob) = ("Éric Müller", "Bob");
    assert_eq!(
        rows[0],
        (2, name(bob), bob.to_owned(), None, some(0), name(bob), name(eric), name(eric))
    );
    assert_eq!(rows[1], (1, None, "-".into(), name(eric), some(30), name(bob), name(eric), None));
    let by_age = || window().order_by(Hero.age.desc().nulls_last());
    let rows = all(
        &mut session,
        (
            rank().over(by_age()),
            dense_rank().over(by_age()),
            ntile(2).over(by_age()),
            percent_rank().over(by_age()),
            cume_dist().over(by_age()),
        ),
    )
    .await;
    assert_eq!(rows[0], (1, 1, 1, 0.0, 0.5));
    assert_eq!(rows[3], (4, 3, 2, 1.0, 1.0));
    let nulls_said_nothing_of = rank().over(window().order_by(Hero.age.desc()));
    let ranks = pick([1, 3, 1, 4], [2, 4, 2, 1], [1, 3, 1, 4]);
    assert_eq!(all(&mut session, nulls_said_nothing_of).await, ranks);
    let running = sum(Hero.age).over(window().order_by(Hero.id).rows(..=0));
    assert_eq!(all(&mut session, running).await, [some(30), some(23), some(53), some(53)]);
    let around = count_rows().over(window().order_by(Hero.weight).range(-1..=1));
    assert_eq!(all(&mut session, around).await, [1, 1, 2, 2]);
    let others = count(Hero.age).filter(Hero.age.gt(0)).over(window().partition_by(Hero.team));
    assert_eq!(all(&mut session, others).await, [1, 1, 1, 1]);

    let numbered = select((Hero.name, row_number().over(team()))).subquery("numbered");
    let firsts = select(numbered.0).filter(numbered.1.eq(1)).select_from(&numbered);
    assert_eq!(session.exec(firsts.order_by(numbered.0)).all().await.unwrap(), ["Bob", "Cleo"]);
}

#[case]
async fn texts_of_many_rows() {
    let (_db, mut session) = heroes().await;
    let names = select((Hero.team, string_agg(Hero.name, " & ").order_by(Hero.name.desc())))
        .group_by(Hero.team)
        .order_by(Hero.team);
    let names = session.exec(names).all().await.unwrap();
    assert_eq!(
        names,
        [
            ("A".into(), some("Éric Müller & Bob".into())),
            ("B".to_owned(), some("Dan & Cleo".to_owned()))
        ]
    );
    let odd = string_agg(Hero.team, "'?\n").order_by(Hero.id).filter(Hero.age.is_not_null());
    assert_eq!(one(&mut session, odd).await.as_deref(), Some("A'?\nA'?\nB"));
    let teams = string_agg(Hero.team, ",").distinct().order_by(Hero.team);
    assert_eq!(one(&mut session, teams).await.as_deref(), Some("A,B"));
    let nobody = string_agg(Hero.name, ",").filter(Hero.age.gt(1_000));
    assert_eq!(one(&mut session, nobody).await, None);
}

#[case]
async fn places_in_documents() {
    let (_db, mut session) = heroes().await;
    let at = |key| Hero.data.at(key);
    let rows = all(
        &mut session,
        (
            at("city").text(),
            at("tags").at(1).text(),
            at("home").at("zip").text(),
            at("size").int(),
            at("ratio").float(),
            at("good").bool(),
            at("big").int(),
            at("size").float(),
        ),
    )
    .await;
    let text = |text: &str| Some(text.to_owned());
    let found = (
        text("Köln"),
        text("green"),
        text("50667"),
        some(3),
        some(0.5),
        some(true),
        some(9_007_199_254_740_993),
        some(3.0),
    );
    assert_eq!(rows[0], found);
    assert_eq!(rows[1], (None, None, None, None, None, None, None, None));
    let missing = (
        at("none").text(),
        at("none").int(),
        at("nowhere").at("city").bool(),
        at("tags").at(2).text(),
        at("size").text(),
    );
    assert_eq!(all(&mut session, missing).await[0], (None, None, None, None, text("3")));
    let found =
        select(Hero.name).filter(at("size").int().gt(2) & at("city").text().starts_with("K"));
    assert_eq!(session.exec(found).all().await.unwrap(), ["Éric Müller"]);
}

#[case]
async fn parts_of_documents() {
    let (_db, mut session) = heroes().await;
    let at = |key| Hero.data.at(key);
    let parts = (
        at("tags").json::<Vec<String>>(),
        at("home").json::<Any>(),
        at("city").json::<String>(),
        at("none").json::<Any>(),
        at("nowhere").json::<Any>(),
    );
    let parts = all(&mut session, parts).await;
    assert_eq!(
        parts[0],
        (
            some(Json(vec!["strong".into(), "green".into()])),
            some(Json(json!({"zip": "50667"}))),
            some(Json("Köln".into())),
            some(Json(Any::Null)),
            None
        )
    );
    assert_eq!(parts[1], (None, None, None, None, None));
}

/// It is neither 0 nor false.
#[case]
async fn what_is_no_such_value_in_a_document_is_an_error() {
    let (_db, mut session) = heroes().await;
    let at = |key| Hero.data.at(key);
    for wrong in [at("city").int(), at("ratio").int(), at("tags").int(), at("huge").int()] {
        let error = session.exec(select(wrong)).all().await.unwrap_err();
        let computed = ErrorKind::OutOfRange;
        assert_eq!(error.kind(), pick(ErrorKind::Decode, computed, computed));
        session.rollback().await.unwrap();
    }
    assert!(session.exec(select(at("city").float())).all().await.is_err());
    session.rollback().await.unwrap();
    assert!(session.exec(select(at("city").bool())).all().await.is_err());
}

#[case]
async fn tuples() {
    let (_db, mut session) = heroes().await;
    let pair = || tuple((Hero.team, Hero.age));
    let mut names = async |condition: relata::Predicate| {
        let heroes = select(Hero.name).filter(condition).order_by(Hero.id);
        session.exec(heroes).all().await.unwrap()
    };
    assert_eq!(names(pair().eq(("A", 30))).await, ["Éric Müller"]);
    assert_eq!(names(!pair().eq(("A", 30))).await, ["Bob", "Cleo", "Dan"]);
    assert_eq!(names(pair().is_in([("A", -7), ("B", 30), ("C", 1)])).await, ["Bob", "Cleo"]);
    assert_eq!(names(pair().not_in([("A", -7), ("B", 30)])).await, ["Éric Müller"]);
    assert_eq!(names(pair().gt(("A", 29))).await, ["Éric Müller", "Cleo", "Dan"]);
    assert_eq!(names(pair().le(("B", 30))).await, ["Éric Müller", "Bob", "Cleo"]);
    let oldest = select((Hero.team, max(Hero.age))).group_by(Hero.team);
    assert_eq!(names(pair().is_in(oldest)).await, ["Éric Müller", "Cleo"]);
    assert_eq!(names(tuple((Hero.id, Hero.name)).eq((Hero.id, Hero.nick))).await, [""; 0]);
}

#[case]
async fn everything_nests() {
    let (_db, mut session) = heroes().await;
    let shown = upper(trim(coalesce((Hero.nick, Hero.name)))) + "/" + Hero.team;
    let rows = all(&mut session, (shown.clone().label("shown"), -abs(Hero.age) + 1)).await;
    assert_eq!(rows[2], ("C/B".to_owned(), some(-29)));
    let longest = select(max(length(shown))).scalar();
    let share = length(Hero.name).cast::<f64>() / coalesce((longest, 1)).cast::<f64>();
    let share = select(round(share, 2)).filter(Hero.name.eq("Bob"));
    assert_eq!(session.exec(share).one().await.unwrap(), some(0.6));
}

#[case]
async fn null_is_a_value_to_same_as() {
    let (_db, mut session) = heroes().await;
    let mut named = async |condition: Predicate| {
        let query = select(Hero.name).filter(condition).order_by(Hero.id);
        session.exec(query).all().await.unwrap()
    };
    let (age, unknown) = (Some(30), None::<i32>);
    assert_eq!(named(Hero.age.same_as(age)).await, ["Éric Müller", "Cleo"]);
    let nick = Some(String::from("C"));
    assert_eq!(named(Hero.nick.same_as(&nick)).await, ["Cleo"]);
    assert_eq!(named(Hero.age.same_as(30)).await, ["Éric Müller", "Cleo"]);
    assert_eq!(named(Hero.age.same_as(Hero.age + 0)).await.len(), 4);
    assert_eq!(named(Hero.age.same_as(unknown)).await, ["Dan"]);
    assert_eq!(named(Hero.age.same_as(None)).await, ["Dan"]);
    assert_eq!(named(Hero.age.differs_from(unknown)).await, ["Éric Müller", "Bob", "Cleo"]);
    assert_eq!(named(Hero.age.differs_from(age)).await, ["Bob", "Dan"]);

    // a column that is never NULL
    assert_eq!(named(Hero.name.same_as(Some("Bob".to_owned()))).await, ["Bob"]);
    assert_eq!(named(Hero.name.same_as("Bob")).await, ["Bob"]);
    assert!(named(Hero.name.same_as(None)).await.is_empty());
    assert_eq!(named(Hero.name.differs_from(None)).await.len(), 4);
    assert_eq!(named(Hero.id.same_as(Some(Id::from(2)))).await, ["Bob"]);
    assert_eq!(named(Hero.id.differs_from(2)).await, ["Éric Müller", "Cleo", "Dan"]);
    let query = select(Hero.id).filter(Hero.nick.same_as(nick));
    assert_eq!(format!("{query:?}"), "SELECT hero.id\nFROM hero\nWHERE hero.nick IS ?");
}

#[case]
async fn values_by_themselves() {
    let (_db, mut session) = heroes().await;
    let (kind, none): (&str, Option<&str>) = ("hero", None);
    let long: Sql<i64> = value(7);
    let query = select((value(kind), value(none), value(Some(kind)), value(1_i16), long));
    let row: (String, Option<String>, Option<String>, i16, i64) =
        session.exec(query.select_from(Hero).limit(1)).one().await.unwrap();
    assert_eq!(row, ("hero".into(), None, Some("hero".into()), 1, 7));

    let nick = case().when(Hero.age.is_null(), Some("?")).otherwise(Hero.nick);
    let nicks: Vec<Option<String>> =
        session.exec(select(nick).order_by(Hero.id)).all().await.unwrap();
    assert_eq!(nicks[2..], [Some("C".into()), Some("?".into())]);
}

#[case]
async fn casts_of_dates_and_times_give_what_columns_store() {
    let (_db, mut session) = heroes().await;
    let mut names = async |condition: relata::Predicate| {
        session.exec(select(Hero.name).filter(condition)).all().await.unwrap().len()
    };
    let day: NaiveDate = "1999-12-31".parse().unwrap();
    let nine: NaiveTime = "23:59:58.999999999".parse().unwrap();
    let born: NaiveDate = "2024-02-29".parse().unwrap();
    let midnight = born.and_hms_opt(0, 0, 0).unwrap();
    assert_eq!(names(Hero.seen.cast::<NaiveDate>().eq(day)).await, 1);
    assert_eq!(names(Hero.seen.cast::<NaiveTime>().eq(nine)).await, 1);
    assert_eq!(names(Hero.seen.cast::<NaiveDateTime>().eq(day.and_time(nine))).await, 1);
    assert_eq!(names(Hero.born.cast::<NaiveDateTime>().eq(midnight)).await, 1);
    assert_eq!(names(Hero.born.cast::<DateTime<Utc>>().eq(midnight.and_utc())).await, 1);
    assert_eq!(names(Hero.born.cast::<NaiveDateTime>().cast::<NaiveDate>().eq(born)).await, 1);
    assert_eq!(names(Hero.seen.cast::<NaiveDate>().is_null()).await, 3);
    let (text, time) = (|| value("2024-02-29T06:07:08.9Z".to_owned()), "06:07:08.9");
    let time: NaiveTime = time.parse().unwrap();
    assert_eq!(names(text().cast::<NaiveDate>().eq(Hero.born)).await, 1);
    assert_eq!(names(text().cast::<NaiveTime>().eq(Hero.wakes)).await, 1);
    assert_eq!(names(text().cast::<NaiveDateTime>().eq(born.and_time(time))).await, 4);
    assert_eq!(names(text().cast::<DateTime<Utc>>().eq(born.and_time(time).and_utc())).await, 4);
    let all = (Hero.seen.cast::<NaiveDate>(), Hero.wakes.cast::<NaiveTime>());
    let first = session.exec(select(all).filter(Hero.id.eq(1))).one().await.unwrap();
    assert_eq!(first, (some(day), some(time)));

    let wrong = session.exec(select(Hero.born.cast::<NaiveTime>())).all().await.unwrap_err();
    assert_eq!(wrong.kind(), ErrorKind::InvalidStatement);
    let no_dates = select(count_rows()).select_from(Hero);
    let no_dates = no_dates.filter(Hero.name.cast::<NaiveDate>().is_null());
    match session.exec(no_dates).one().await {
        Ok(found) => assert_eq!(found, 4),
        Err(error) => {
            assert!(has(Need::Postgres), "{error}");
            assert_eq!(error.kind(), ErrorKind::OutOfRange);
        }
    }
    assert_eq!(
        wrong.to_string(),
        "a date has nothing to make a time of day of, so it cannot be `cast` to one; cast a date and time"
    );
}

#[case]
async fn numbers_are_true_where_they_are_not_zero() {
    let (_db, mut session) = heroes().await;
    let all = select((Hero.age.cast::<bool>(), (Hero.weight - 2.0).cast::<bool>()));
    assert!(format!("{all:?}").starts_with("SELECT (hero.age != 0), (hero.weight - ? != 0)"));
    let rows = session.exec(all.order_by(Hero.id)).all().await.unwrap();
    let ages: Vec<_> = rows.iter().map(|row| row.0).collect();
    assert_eq!(ages, [some(true), some(true), some(true), None]);
    assert_eq!(rows.iter().map(|row| row.1).collect::<Vec<_>>(), [true, true, false, true]);
}

#[case]
async fn what_does_not_fit_is_answered_with_what_an_expression_can_do() {
    let (_db, mut session) = heroes().await;
    for (sql, message) in [
        (
            pick("1.5", "CAST(1.5 AS DOUBLE PRECISION)", "1.5e0"),
            "value 1 of the row: found a floating point number, expected an integer for `i64`; `cast` the expression to the type that is wanted",
        ),
        (
            "NULL",
            "value 1 of the row: found NULL, expected an integer for `i64`; read it as an `Option`, by `.optional()` on the column of an outer join, or give another value for NULL by `coalesce`",
        ),
    ] {
        let error = session.exec(select(raw_expr::<i64>(sql))).one().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert_eq!(error.to_string(), message);
    }
    let tenth = pick("0.1", "CAST(0.1 AS DOUBLE PRECISION)", "0.1e0");
    let error = session.exec(select(raw_expr::<f32>(tenth))).one().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "value 1 of the row: the number does not fit `f32` exactly; `cast` the expression to the type that is wanted"
    );
}

#[model(table)]
struct Job {
    #[field(primary_key)]
    id: Id<Job>,
    wait: TimeDelta,
    micros: i64,
}

#[case]
async fn intervals_are_cast_to_their_microseconds() {
    let db = relata_suite::engine(Metadata::of(Job)).await;
    let mut session = Session::new(&db.engine);
    let waits = [TimeDelta::microseconds(-1), TimeDelta::days(400) + TimeDelta::microseconds(1)];
    for wait in waits {
        session.add(Job::new(wait, wait.num_microseconds().unwrap()));
    }
    session.commit().await.unwrap();
    let casts = select((Job.wait.cast::<i64>(), Job.micros.cast::<TimeDelta>())).order_by(Job.id);
    let rows = session.exec(casts).all().await.unwrap();
    assert_eq!(rows, waits.map(|wait| (wait.num_microseconds().unwrap(), wait)));
    let same = select(Job.id).filter(Job.wait.eq(Job.micros.cast::<TimeDelta>()));
    assert_eq!(session.exec(same).count().await.unwrap(), 2);
    let wrong = session.exec(select(Job.wait.cast::<String>())).all().await.unwrap_err();
    assert_eq!(wrong.kind(), ErrorKind::InvalidStatement);
}
