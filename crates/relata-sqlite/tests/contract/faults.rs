//! Errors: their kind, their words, what they name, and whether the transaction outlives them.

use crate::support::*;
use relata_core::{
    Error, ErrorKind,
    connection::{Begin, Step},
    value::Value,
};
use relata_sqlite::Placement;

const SCHEMA: [&str; 4] = [
    "CREATE TABLE team (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)",
    "CREATE TABLE hero (id INTEGER PRIMARY KEY, name TEXT NOT NULL, age INTEGER,
     team_id INTEGER REFERENCES team (id),
     CONSTRAINT ck_hero_age CHECK (age >= 0), UNIQUE (name, age))",
    "CREATE TABLE fan (team_id INTEGER REFERENCES team (id) ON DELETE RESTRICT)",
    "CREATE UNIQUE INDEX ix_team_lower ON team (lower(name))",
];

fn heroes(placement: Placement) -> Conn {
    let mut conn = memory(placement);
    run(&mut conn, SCHEMA.map(sql)).unwrap();
    run(&mut conn, [sql("INSERT INTO team (name) VALUES ('Preventers')")]).unwrap();
    conn
}

fn hero(name: Value, age: i64, team: i64) -> Step {
    let sql = "INSERT INTO hero (name, age, team_id) VALUES (?, ?, ?)";
    write(sql, "hero", vec![name, Value::Int(age), Value::Int(team)])
}

#[track_caller]
fn assert_names(error: &Error, table: Option<&str>, columns: &[&str], constraint: Option<&str>) {
    assert_eq!(error.table(), table);
    assert_eq!(error.columns().collect::<Vec<_>>(), columns);
    assert_eq!(error.constraint(), constraint);
}

#[test]
fn unique() {
    let mut conn = heroes(Placement::Inline);
    run(&mut conn, [hero(text("Deadpond"), 40, 1)]).unwrap();
    let error = failure(&mut conn, hero(text("Deadpond"), 40, 1)).error;
    assert!(error.is_unique_violation());
    assert_eq!(error.to_string(), "unique constraint failed: `hero.name`, `hero.age`");
    assert_names(&error, Some("hero"), &["name", "age"], None);
    assert_eq!(error.code(), Some("2067"));
    assert!(error.statement().unwrap().starts_with("INSERT INTO hero"));

    let error = failure(&mut conn, sql("INSERT INTO team VALUES (1, 'Z-Force')")).error;
    assert!(error.is_unique_violation());
    assert_eq!(error.to_string(), "unique constraint failed: `team.id`");
    assert_names(&error, Some("team"), &["id"], None);

    let step = write("INSERT INTO team (name) VALUES (?)", "team", vec![text("PREVENTERS")]);
    let error = failure(&mut conn, step).error;
    assert!(error.is_unique_violation());
    assert_eq!(error.to_string(), "unique constraint failed: index `ix_team_lower`");
    assert_names(&error, Some("team"), &[], Some("ix_team_lower"));
}

#[test]
fn not_null() {
    let error = failure(&mut heroes(Placement::Inline), hero(Value::Null, 1, 1)).error;
    assert!(error.is_not_null_violation());
    assert_eq!(error.to_string(), "not null constraint failed: `hero.name`");
    assert_names(&error, Some("hero"), &["name"], None);
}

#[test]
fn check() {
    let error = failure(&mut heroes(Placement::Inline), hero(text("Deadpond"), -1, 1)).error;
    assert!(error.is_check_violation());
    assert_eq!(error.to_string(), "check constraint failed on table `hero`: `ck_hero_age`");
    assert_names(&error, Some("hero"), &[], Some("ck_hero_age"));
    assert!(!format!("{error:?}").contains("Deadpond"));
}

#[test]
fn foreign_keys() {
    let mut conn = heroes(Placement::Inline);
    let error = failure(&mut conn, hero(text("Deadpond"), 1, 9)).error;
    assert!(error.is_foreign_key_violation());
    assert_eq!(
        error.to_string(),
        "foreign key constraint failed on table `hero`: the row that `team_id` refers to does not exist; add that first"
    );
    assert_names(&error, Some("hero"), &["team_id"], None);

    run(&mut conn, [sql("INSERT INTO fan VALUES (1)")]).unwrap();
    let error = failure(&mut conn, write("DELETE FROM team", "team", vec![])).error;
    assert!(error.is_foreign_key_violation(), "RESTRICT: {error:?}");
    assert_eq!(
        error.to_string(),
        "foreign key constraint failed on table `team`: other rows refer to it; remove those first"
    );
    assert_names(&error, Some("team"), &["id"], None);
}

#[test]
fn a_deferred_foreign_key_fails_the_commit_and_leaves_the_transaction_open() {
    for placement in PLACEMENTS {
        let mut conn = heroes(placement);
        let steps = [
            Step::Begin(Begin::Write),
            sql("PRAGMA defer_foreign_keys = on"),
            hero(text("Deadpond"), 1, 9),
            Step::Commit,
        ];
        let failure = run(&mut conn, steps).unwrap_err();
        assert_eq!((failure.step, failure.in_transaction), (3, true));
        assert_eq!(failure.error.statement(), Some("COMMIT"));
        assert_eq!(
            failure.error.to_string(),
            "foreign key constraint failed: the row that it refers to does not exist, or other rows refer to it; add that first, or remove those"
        );
    }
}

#[test]
fn missing_tables_and_columns() {
    let mut conn = heroes(Placement::Inline);
    let error = failure(&mut conn, read("SELECT * FROM villain")).error;
    assert_eq!(error.kind(), ErrorKind::MissingTable);
    assert_eq!(
        error.to_string(),
        "table `villain` does not exist; create it with `metadata().create_all(&engine)`"
    );
    assert_names(&error, Some("villain"), &[], None);
    for (text, table) in [
        (r#"SELECT "nme" FROM hero"#, None),
        ("SELECT hero.nme FROM hero", Some("hero")),
        ("INSERT INTO hero (nme) VALUES (1)", Some("hero")),
        ("UPDATE hero SET nme = 1", None),
    ] {
        let error = failure(&mut conn, read(text)).error;
        assert_eq!(error.kind(), ErrorKind::MissingColumn, "{text}: {error}");
        assert_names(&error, table, &["nme"], None);
    }
}

#[test]
fn texts_that_are_no_single_statement() {
    let mut conn = heroes(Placement::Inline);
    for (text, message) in [
        ("SELEC 1", "near \"SELEC\": syntax error"),
        ("SELECT 1; SELECT 2", "the text holds more than one statement; send one by one"),
        ("SELECT 1\0 FROM", "the statement's text contains a NUL byte; remove it"),
    ] {
        let error = failure(&mut conn, read(text)).error;
        assert_eq!(error.kind(), ErrorKind::Database);
        assert_eq!(error.to_string(), message);
        assert_eq!(error.statement(), Some(text));
    }
}

const LOCKED: &str = "the database is locked by another connection; try again, or wait longer for it with `busy_timeout` in the URL";

#[test]
fn a_write_lock_is_held_by_one() {
    for placement in PLACEMENTS {
        let file = File::new();
        let (mut one, mut two) = (file.connect("", placement), file.connect("", placement));
        run(&mut one, [Step::Begin(Begin::Write)]).unwrap();
        let failure = run(&mut two, [Step::Begin(Begin::Write)]).unwrap_err();
        assert_eq!((failure.step, failure.in_transaction), (0, false));
        assert_eq!(failure.error.kind(), ErrorKind::Busy);
        assert_eq!(failure.error.to_string(), LOCKED);
        assert_eq!(failure.error.code(), Some("5"));
        assert!(failure.error.is_retryable());
        run(&mut two, [Step::Begin(Begin::Read), read("SELECT * FROM sqlite_schema")]).unwrap();
    }
}

#[test]
fn a_snapshot_that_others_wrote_after_cannot_write() {
    let file = File::new();
    let mut one = file.connect("", Placement::Inline);
    let mut two = file.connect("", Placement::Inline);
    run(&mut one, [sql("CREATE TABLE hero (id INTEGER)")]).unwrap();
    run(&mut one, [Step::Begin(Begin::Read), read("SELECT * FROM hero")]).unwrap();
    run(&mut two, [sql("INSERT INTO hero VALUES (1)")]).unwrap();
    let failure = failure(&mut one, sql("INSERT INTO hero VALUES (2)"));
    assert_eq!(failure.error.kind(), ErrorKind::Busy);
    assert_eq!(failure.error.code(), Some("517"));
    assert_eq!(
        failure.error.to_string(),
        "another connection has written since this transaction first read; roll back and do the work again"
    );
    assert!(failure.in_transaction);
}

#[test]
fn a_commit_that_is_locked_out_leaves_the_transaction_open() {
    let file = File::new();
    let mut reader = file.connect("&journal_mode=delete", Placement::Inline);
    let mut writer = file.connect("&journal_mode=delete", Placement::Inline);
    run(&mut writer, [sql("CREATE TABLE hero (id INTEGER)")]).unwrap();
    run(&mut reader, [Step::Begin(Begin::Read), read("SELECT * FROM hero")]).unwrap();

    let insert = |key: i64| sql(&format!("INSERT INTO hero VALUES ({key})"));
    let begin = || Step::Begin(Begin::Write);
    let failure = run(&mut writer, [begin(), insert(1), insert(2), Step::Commit]).unwrap_err();
    assert_eq!((failure.step, failure.in_transaction), (3, true));
    assert_eq!(failure.error.kind(), ErrorKind::Busy);

    run(&mut reader, [Step::Commit]).unwrap();
    assert!(!run(&mut writer, [Step::Commit]).unwrap().in_transaction);
    assert_eq!(rows(&mut reader, "SELECT * FROM hero"), ["Int(1)", "Int(2)"]);

    // that of a single write is undone
    run(&mut reader, [Step::Begin(Begin::Read), read("SELECT * FROM hero")]).unwrap();
    let failure = run(&mut writer, [begin(), insert(3), Step::Commit]).unwrap_err();
    assert_eq!((failure.step, failure.in_transaction), (1, false));
    assert_eq!(failure.error.kind(), ErrorKind::Busy);
    run(&mut reader, [Step::Commit]).unwrap();
    assert_eq!(rows(&mut reader, "SELECT * FROM hero"), ["Int(1)", "Int(2)"]);
}

#[test]
fn a_full_database_may_end_the_transaction() {
    for placement in PLACEMENTS {
        let mut conn = memory(placement);
        let setup = ["CREATE TABLE hero (body BLOB)", "PRAGMA max_page_count = 20"];
        run(&mut conn, setup.map(sql)).unwrap();
        let steps = [
            Step::Begin(Begin::Write),
            sql("INSERT INTO hero VALUES (1)"),
            sql("INSERT INTO hero VALUES (zeroblob(1000000))"),
            Step::Commit,
        ];
        let failure = run(&mut conn, steps).unwrap_err();
        assert_eq!(failure.step, 2);
        assert_eq!(failure.error.kind(), ErrorKind::Full);
        assert_eq!(
            failure.error.to_string(),
            "the disk, or the size that the database may take, is full; make room for it"
        );
        assert!(!failure.in_transaction, "SQLite has rolled back by itself");
        run(&mut conn, [Step::Rollback]).unwrap();
        assert!(rows(&mut conn, "SELECT * FROM hero").is_empty());
    }
}
