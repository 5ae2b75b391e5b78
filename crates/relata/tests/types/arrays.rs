//! Arrays as columns: every element there and back, looked into, and what is none.

use crate::support::{self, message, pick};
use relata::{
    ErrorKind, Metadata, Select,
    chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc},
    prelude::*,
    query::Sql,
    rust_decimal::Decimal,
    uuid::Uuid,
};

#[model(table)]
struct Every {
    #[field(primary_key)]
    id: Id<Every>,
    truths: Vec<bool>,
    small: Vec<i16>,
    numbers: Vec<i64>,
    naturals: Vec<u64>,
    halves: Vec<f32>,
    floats: Vec<f64>,
    texts: Vec<String>,
    uuids: Vec<Uuid>,
    decimals: Vec<Decimal>,
    days: Vec<NaiveDate>,
    times: Vec<NaiveTime>,
    locals: Vec<NaiveDateTime>,
    moments: Vec<DateTime<Utc>>,
    spans: Vec<TimeDelta>,
    gaps: Vec<Option<String>>,
    maybe: Option<Vec<i32>>,
    bytes: Vec<u8>,
}

fn full() -> Every {
    let moment: DateTime<Utc> = "2030-01-31T12:34:56.789012Z".parse().unwrap();
    let decimals = ["1.50", "-79228162514264337593543950335", "0.0000000000000000000000000001"];
    Every {
        id: Id::new(),
        truths: vec![true, false],
        small: vec![i16::MIN, i16::MAX],
        numbers: vec![i64::MIN, -1, (1 << 53) + 1, i64::MAX],
        naturals: vec![0, i64::MAX as u64],
        halves: vec![0.1, f32::MAX, f32::MIN_POSITIVE],
        floats: vec![0.1, 1.0, -0.5, f64::MAX, f64::MIN_POSITIVE, 1.0 / 3.0],
        texts: ["", "a\"b\\c'", "{,}", "NULL", "null", " 🦸 ", "line\nbreak"]
            .map(String::from)
            .to_vec(),
        uuids: vec![Uuid::nil(), Uuid::max()],
        decimals: decimals.map(|text| text.parse().unwrap()).to_vec(),
        days: vec![moment.date_naive(), "0001-01-01".parse().unwrap()],
        times: vec![moment.time()],
        locals: vec![moment.naive_utc()],
        moments: vec![moment],
        spans: vec![TimeDelta::microseconds(-1), TimeDelta::days(400)],
        gaps: vec![None, Some("a".into()), None],
        maybe: Some(vec![1, 2]),
        bytes: vec![0, 255],
    }
}

fn empty() -> Every {
    Every {
        id: Id::new(),
        truths: vec![],
        small: vec![],
        numbers: vec![],
        naturals: vec![],
        halves: vec![],
        floats: vec![],
        texts: vec![],
        uuids: vec![],
        decimals: vec![],
        days: vec![],
        times: vec![],
        locals: vec![],
        moments: vec![],
        spans: vec![],
        gaps: vec![],
        maybe: None,
        bytes: vec![],
    }
}

/// A value without its id.
fn shown(every: &Every) -> String {
    format!("{every:?}").split_once("truths").unwrap().1.replace("1.50,", "1.5,")
}

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    tags: Vec<String>,
    #[field(default = Vec::new())]
    points: Vec<i64>,
    past: Option<Vec<Option<i32>>>,
}

/// Heroes 1 to 4.
async fn heroes() -> (support::Db, Session) {
    let db = support::engine(Metadata::of(Hero)).await;
    let mut session = Session::new(&db.engine);
    session.add(Hero::new(["strong", "green"]).with_points([i64::MAX, 1]).with_past(vec![Some(1)]));
    session.add(Hero::new(["Strong", "it's"]).with_points([i64::MAX - 1]));
    session.add(Hero::new(Vec::<String>::new()).with_past(vec![None, Some(2), None]));
    session.add(Hero::new(["a\"]b", "green", "green"]).with_past(vec![]));
    session.commit().await.unwrap();
    (db, session)
}

async fn ids(session: &mut Session, query: Select<Sql<Id<Hero>>>) -> Vec<i64> {
    let found = session.exec(query).all().await.unwrap();
    found.iter().map(|id| id.get().unwrap()).collect()
}

cases! {
    async fn every_element_comes_back_exactly() {
        let db = support::engine(Metadata::of(Every)).await;
        let mut session = Session::new(&db.engine);
        session.add_all([full(), empty()]);
        session.commit().await.unwrap();
        let rows = session.exec(select(Every).order_by(Every.id)).all().await.unwrap();
        assert_eq!(shown(&rows[0]), shown(&full()));
        assert_eq!(shown(&rows[1]), shown(&empty()));
        let plain = db.engine.exec(select((Every.numbers, Every.gaps, Every.maybe))).all().await.unwrap();
        assert_eq!(plain[0], (full().numbers, full().gaps, Some(vec![1, 2])));
    }

    async fn a_change_inside_is_written() {
        let (_db, mut session) = heroes().await;
        let mut hero = session.get(Hero, 1).await.unwrap().unwrap();
        hero.tags.push("tall".into());
        hero.points.clear();
        hero.past = None;
        session.add(&mut hero);
        session.commit().await.unwrap();
        session.refresh(&mut hero).await.unwrap();
        assert_eq!((hero.tags.len(), hero.points.len(), &hero.past), (3, 0, &None));
        session.exec(update(Hero).set(Hero.tags, ["one"]).filter(Hero.id.eq(2))).run().await.unwrap();
        let copied = update(Hero).set(Hero.tags, Hero.tags).set(Hero.past, None).filter(Hero.id.eq(3));
        session.exec(copied).run().await.unwrap();
        session.commit().await.unwrap();
        let hero = session.get(Hero, 2).await.unwrap().unwrap();
        assert_eq!(hero.tags, ["one"]);
    }

    async fn they_are_equal_as_a_whole() {
        let (_db, mut session) = heroes().await;
        let green = || vec![String::from("strong"), String::from("green")];
        let borrowed = green();
        for (condition, expected) in [
            (Hero.tags.eq(["strong", "green"]), &[1][..]),
            (Hero.tags.eq(["green", "strong"]), &[]),
            (Hero.tags.eq(green()), &[1]),
            (Hero.tags.eq(&borrowed), &[1]),
            (Hero.tags.ne(["strong", "green"]), &[2, 3, 4]),
            (Hero.tags.eq(Vec::new()), &[3]),
            (Hero.tags.is_in([green(), vec![]]), &[1, 3]),
            (Hero.tags.not_in([green(), vec![]]), &[2, 4]),
            (Hero.tags.is_in(vec![green(); 600]), &[1]),
            (Hero.past.eq([Some(1)]), &[1]),
            (Hero.past.eq([None, Some(2), None]), &[3]),
            (Hero.past.same_as(None::<Vec<Option<i32>>>), &[2]),
            (Hero.past.differs_from([Some(1)]), &[2, 3, 4]),
            (Hero.points.eq([i64::MAX, 1]), &[1]),
            (Hero.tags.eq(Hero.tags), &[1, 2, 3, 4]),
        ] {
            let query = select(Hero.id).filter(condition).order_by(Hero.id);
            let shown = format!("{query:?}");
            assert_eq!(ids(&mut session, query).await, expected, "{shown}");
        }
    }

    async fn they_are_looked_into() {
        let (_db, mut session) = heroes().await;
        for (condition, expected) in [
            (Hero.tags.has("green"), &[1, 4][..]),
            (Hero.tags.has("Strong"), &[2]),
            (Hero.tags.has("it's"), &[2]),
            (Hero.tags.has("a\"]b"), &[4]),
            (Hero.tags.has(String::from("gre")), &[]),
            (!Hero.tags.has("green"), &[2, 3]),
            (Hero.tags.has_all(["green", "strong"]), &[1]),
            (Hero.tags.has_all(["green", "green"]), &[1, 4]),
            (Hero.tags.has_all(Vec::<String>::new()), &[1, 2, 3, 4]),
            (Hero.tags.has_any(["it's", "strong", "x"]), &[1, 2]),
            (Hero.tags.has_any(Vec::<&str>::new()), &[]),
            (!Hero.tags.has_any(Vec::<&str>::new()), &[1, 2, 3, 4]),
            (Hero.points.has(i64::MAX), &[1]),
            (Hero.points.has(i64::MAX - 1), &[2]),
            (Hero.points.has(i64::MAX - 2), &[]),
            (Hero.points.has_all([1, i64::MAX]), &[1]),
            (Hero.points.has_any([i64::MAX - 1, 1]), &[1, 2]),
            (Hero.past.has(2), &[3]),
            // what is not there is not known to lack it
            (!Hero.past.has(2), &[1, 4]),
            (!Hero.past.has_any(Vec::<i32>::new()), &[1, 3, 4]),
            (Hero.past.has_all(Vec::<i32>::new()), &[1, 3, 4]),
            (Hero.tags.is_empty(), &[3]),
            (!Hero.past.is_empty(), &[1, 3]),
            (Hero.tags.len().gt(2) | Hero.past.len().eq(3), &[3, 4]),
            (Hero.past.len().is_null(), &[2]),
            (Hero.tags.has("green") & !Hero.tags.has("strong") | Hero.tags.has("it's"), &[2, 4]),
        ] {
            let query = select(Hero.id).filter(condition).order_by(Hero.id);
            let shown = format!("{query:?}");
            assert_eq!(ids(&mut session, query).await, expected, "{shown}");
        }
        let lengths = select((Hero.tags.len(), Hero.past.len())).order_by(Hero.id);
        assert_eq!(
            session.exec(lengths).all().await.unwrap(),
            [(2, Some(1)), (2, None), (0, Some(3)), (3, Some(0))]
        );
    }

    async fn elements_of_every_type_are_found() {
        let db = support::engine(Metadata::of(Every)).await;
        let mut session = Session::new(&db.engine);
        session.add_all([full(), empty()]);
        session.commit().await.unwrap();
        let it = full();
        for condition in [
            Every.truths.has(true),
            Every.small.has(i16::MIN),
            Every.numbers.has_all(&it.numbers),
            Every.naturals.has(i64::MAX as u64),
            Every.halves.has(0.1),
            Every.halves.has_all(&it.halves),
            Every.floats.has_all(&it.floats),
            Every.texts.has_all(&it.texts),
            Every.uuids.has(Uuid::max()),
            Every.decimals.has("1.5".parse::<Decimal>().unwrap()),
            Every.decimals.has_all(&it.decimals),
            Every.days.has_all(&it.days),
            Every.times.has(it.times[0]),
            Every.locals.has(it.locals[0]),
            Every.moments.has(it.moments[0]),
            Every.spans.has(TimeDelta::microseconds(-1)),
            Every.gaps.has("a"),
            Every.numbers.eq(&it.numbers) & Every.floats.eq(&it.floats) & Every.texts.eq(&it.texts),
            Every.decimals.eq(&it.decimals) & Every.spans.eq(&it.spans) & Every.moments.eq(&it.moments),
        ] {
            let query = select(Every.id).filter(condition);
            let shown = format!("{query:?}");
            let found = session.exec(query).all().await.unwrap();
            assert_eq!(found.iter().map(Id::get).collect::<Vec<_>>(), [Some(1)], "{shown}");
        }
        for condition in [
            Every.truths.has_all([true, true]) & Every.small.has(0),
            Every.floats.has(f64::from(0.1_f32)),
            Every.numbers.has(1 << 53),
            Every.texts.has("nul"),
            Every.times.has(NaiveTime::MIN),
        ] {
            let query = select(Every.id).filter(condition);
            assert!(session.exec(query).all().await.unwrap().is_empty());
        }
    }

    async fn they_are_computed_and_inserted_from_a_select() {
        let (_db, mut session) = heroes().await;
        let copy = insert(Hero).columns((Hero.tags, Hero.past));
        let from = select((Hero.tags, coalesce((Hero.past, vec![Some(7)])))).filter(Hero.id.eq(2));
        session.exec(copy.from_select(from)).run().await.unwrap();
        let copy = select(Hero).filter(Hero.id.eq(5));
        let hero = session.exec(copy).one().await.unwrap();
        assert_eq!((hero.tags.len(), hero.past.clone()), (2, Some(vec![Some(7)])));
        let case = case().when(Hero.tags.has("green"), vec![1_i32]).otherwise(vec![]);
        let found = session.exec(select(case).order_by(Hero.id)).all().await.unwrap();
        assert_eq!(found, [vec![1], vec![], vec![], vec![1], vec![]]);
        let grouped = select((Hero.tags, count(Hero.id))).group_by(Hero.tags).having(count(Hero.id).gt(1));
        assert_eq!(session.exec(grouped).one().await.unwrap().1, 2);
    }

    async fn what_is_no_array_of_the_type_is_an_error() {
        let (db, mut session) = heroes().await;
        session.rollback().await.unwrap();
        let null = "the element at index 1: found NULL; make the elements an `Option`: `Vec<Option<…>>`";
        let nested = pick(
            "the text is no JSON array of numbers, texts, truth values or null; store one, or make the field a `Json<…>`",
            "the array has 2 dimensions, and a `Vec` has one; cast it to text",
            "the text is no JSON array of numbers, texts, truth values or null; store one, or make the field a `Json<…>`",
        );
        for (json, array, why) in [
            (r#"["a",null]"#, r#"{a,NULL}"#, null),
            (r#"[["a"],["b"]]"#, r#"{{a},{b}}"#, nested),
        ] {
            let stored = pick(json, array, json);
            session.rollback().await.unwrap();
            db.execute(&format!("UPDATE hero SET tags = '{stored}' WHERE id = 1"));
            let error = session.exec(select(Hero).filter(Hero.id.eq(1))).one().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Decode);
            assert!(error.to_string().ends_with(why), "{error}");
            assert!(error.to_string().contains("tags`"), "{error}");
        }
        session.rollback().await.unwrap();
        if pick(false, true, false) {
            db.execute("UPDATE hero SET tags = '[0:1]={a,b}' WHERE id = 1");
            let error = message(session.exec(select(Hero.tags).filter(Hero.id.eq(1))).one().await);
            assert_eq!(
                error,
                "column `tags` cannot be read: the array's first index is 0 and not 1, which a `Vec` does not keep; cast it to text"
            );
            return;
        }
        for (json, why) in [
            ("{}", "the text is no JSON array of numbers, texts, truth values or null; store one, or make the field a `Json<…>`"),
            ("[1]", "the element at index 0: found an integer, expected text"),
        ] {
            session.rollback().await.unwrap();
            db.execute(&format!("UPDATE hero SET tags = '{json}' WHERE id = 1"));
            let error = message(session.exec(select(Hero).filter(Hero.id.eq(1))).one().await);
            assert!(error.ends_with(why), "{error}");
        }
        session.rollback().await.unwrap();
        db.execute("UPDATE hero SET tags = '[]', points = '[9223372036854775808]' WHERE id = 1");
        let error = message(session.exec(select(Hero).filter(Hero.id.eq(1))).one().await);
        assert!(error.ends_with("an integer is above 9223372036854775807; store it as a `Decimal` or as text"), "{error}");
    }

    async fn what_cannot_be_stored_names_the_column() {
        let db = support::engine(Metadata::of(Every)).await;
        let mut session = Session::new(&db.engine);
        for (value, why) in [
            (
                Every { floats: vec![1.0, f64::NAN], ..empty() },
                "column `every.floats`: the element at index 1: NaN cannot be stored in a column; use an `Option` and store NULL",
            ),
            (
                Every { naturals: vec![u64::MAX], ..empty() },
                "column `every.naturals`: the element at index 0: 18446744073709551615 is out of range for a 64-bit integer column",
            ),
            (
                Every { days: vec![NaiveDate::MAX], ..empty() },
                "column `every.days`: the element at index 0: the year 262142 is outside 0 to 9999",
            ),
        ] {
            session.add(value);
            let error = session.commit().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::OutOfRange);
            assert_eq!(error.to_string(), why);
            session.rollback().await.unwrap();
        }
        // JSON has no infinity
        session.add(Every { floats: vec![f64::INFINITY], ..empty() });
        let stored = session.commit().await;
        let json = "an array in JSON holds no infinity; use `Option` elements and store NULL";
        match pick(true, false, true) {
            true => assert!(message(stored).contains(json)),
            false => {
                stored.unwrap();
                let back = session.exec(select(Every.floats)).one().await.unwrap();
                assert_eq!(back, [f64::INFINITY]);
            }
        }
    }
}
