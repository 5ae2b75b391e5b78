//! Random expressions, computed by the database and by plain Rust with SQL's three-valued logic, which have
//! to agree; and random keys of JSON documents.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod build;
mod compute;
mod make;

use make::{Cond, Num, Text};
use proptest::{
    collection::vec,
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, TestRunner},
};
use relata::{blocking::prelude::*, query::count_rows};
use relata_suite::{Db, engine_blocking};
use serde_json::Value as Any;
use std::collections::BTreeMap;

#[model(table)]
struct Thing {
    #[field(primary_key)]
    id: Id<Thing>,
    number: i64,
    title: String,
    good: bool,
    maybe: Option<i64>,
    other: Option<i64>,
    note: Option<String>,
    known: Option<bool>,
}

#[model(table)]
struct Page {
    #[field(primary_key)]
    id: Id<Page>,
    data: Json<Any>,
}

/// The values of a row, as Rust computes with them.
#[derive(Clone, Debug)]
struct Row {
    number: i64,
    maybe: Option<i64>,
    other: Option<i64>,
    title: String,
    note: Option<String>,
    good: bool,
    known: Option<bool>,
}

fn row() -> impl Strategy<Value = Row> {
    let number = -20..=20_i64;
    let maybe = proptest::option::of(-5..=5_i64);
    (
        (number, maybe.clone(), maybe, any::<bool>()),
        (make::word(), proptest::option::of(make::word()), any::<Option<bool>>()),
    )
        .prop_map(|((number, maybe, other, good), (title, note, known))| Row {
            number,
            maybe,
            other,
            title,
            note,
            good,
            known,
        })
}

fn config(cases: u32) -> Config {
    Config { cases, failure_persistence: None, max_shrink_iters: 20_000, ..Config::default() }
}

/// A database with random rows, in the order of their keys.
fn things() -> (Db<Engine>, Vec<Row>) {
    let db = engine_blocking(Metadata::of(Thing));
    let mut runner = TestRunner::new(config(1));
    let rows = vec(row(), 30).new_tree(&mut runner).unwrap().current();
    let mut session = Session::new(&db.engine);
    for row in rows.iter().cloned() {
        let mut thing = Thing::new(row.number, row.title, row.good);
        (thing.maybe, thing.other) = (row.maybe, row.other);
        (thing.note, thing.known) = (row.note, row.known);
        session.add(thing);
    }
    session.commit().unwrap();
    (db, rows)
}

fn agree(
    engine: &Engine,
    rows: &[Row],
    (number, text, condition): &(Num, Text, Cond),
) -> Result<(), TestCaseError> {
    let all = (build::num(number), build::text(text), build::cond(condition));
    let statement = select(all).select_from(Thing).order_by(Thing.id);
    let shown = format!("{statement:?}");
    let found = engine.exec(statement).all();
    let found = found.map_err(|error| TestCaseError::fail(format!("{error}\n{shown}")))?;
    prop_assert_eq!(found.len(), rows.len());
    let mut holds = 0;
    for (row, found) in rows.iter().zip(found) {
        let computed =
            (compute::num(number, row), compute::text(text, row), compute::cond(condition, row));
        holds += i64::from(computed.2 == Some(true));
        prop_assert_eq!(found, computed, "{:?}\n{}", row, shown);
    }
    let counted = select(count_rows()).select_from(Thing).filter(build::cond(condition));
    prop_assert_eq!(engine.exec(counted).one().unwrap(), holds);
    let others = select(count_rows()).select_from(Thing).filter(!build::cond(condition));
    let unknown = rows.iter().filter(|row| compute::cond(condition, row).is_none()).count();
    let others = engine.exec(others).one().unwrap();
    prop_assert_eq!(others + holds + i64::try_from(unknown).unwrap(), 30, "{}", shown);
    Ok(())
}

#[case]
fn the_database_and_rust_agree() {
    let (db, rows) = things();
    let (number, text, condition) = make::expressions(4);
    let mut runner = TestRunner::new(config(500));
    runner
        .run(&(number, text, condition), |expressions| agree(&db.engine, &rows, &expressions))
        .unwrap_or_else(|failure| panic!("{failure}"));
}

/// Any text, and text of the letters that mean something to JSON, SQL or paths.
fn key() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[\\[\\]\"'\\\\.$#\\-0-9 ?:@{},%\n\t\u{1}né\u{1F600}]{0,6}"]
}

#[case]
fn any_key_finds_its_value_and_no_other() {
    let db = engine_blocking(Metadata::of(Page));
    let engine = &db.engine;
    let mut runner = TestRunner::new(config(200));
    let pages = (proptest::collection::btree_map(key(), key(), 1..6), key());
    runner
        .run(&pages, |(map, absent)| {
            let inner: BTreeMap<_, _> = map.iter().map(|(key, value)| (key, [value])).collect();
            let mut session = Session::new(engine);
            let data = serde_json::json!({ "outer": map, "inner": inner });
            let id = session.add(Page::new(Json(data))).id.clone();
            session.commit().unwrap();
            let read = |key: &str| {
                let outer = Page.data.at("outer").at(key).text();
                let inner = Page.data.at("inner").at(key).at(0).json::<String>();
                engine.exec(select((outer, inner)).filter(Page.id.eq(&id))).one()
            };
            for (key, value) in &map {
                let found = read(key).map_err(|error| TestCaseError::fail(error.to_string()))?;
                prop_assert_eq!(found, (Some(value.clone()), Some(Json(value.clone()))));
            }
            if !map.contains_key(&absent) {
                prop_assert_eq!(read(&absent).unwrap(), (None, None));
            }
            Ok(())
        })
        .unwrap_or_else(|failure| panic!("{failure}"));
}
