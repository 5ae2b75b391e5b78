//! Opening files: what is wrong with one is told at once, and what is set holds.

use crate::support::*;
use relata_core::{
    Error, ErrorKind,
    connection::{Begin, Driver, Params, Step},
    value::Value,
};
use relata_sqlite::{Placement, SqliteDriver};
use std::fs;

fn refused(path: &str, options: &str) -> Error {
    let url = format!("sqlite://{path}{options}");
    let errors = PLACEMENTS.map(|placement| connect(&url, placement).err().unwrap());
    assert_eq!(errors[0].to_string(), errors[1].to_string());
    let [error, _] = errors;
    assert_eq!(error.kind(), ErrorKind::CannotOpen);
    error
}

#[test]
fn defaults() {
    let file = File::new();
    let mut conn = connect(&format!("sqlite://{}", file.path()), Placement::Inline).unwrap();
    assert_eq!(rows(&mut conn, "PRAGMA journal_mode"), [r#"Text("wal")"#]);
    assert_eq!(rows(&mut conn, "PRAGMA foreign_keys"), ["Int(1)"]);
    assert_eq!(rows(&mut conn, "SELECT 'a' LIKE 'A'"), ["Int(0)"]);
    assert_eq!(rows(&mut conn, "PRAGMA busy_timeout"), ["Int(5000)"]);
    assert_eq!(rows(&mut conn, "PRAGMA synchronous"), ["Int(2)"]);
}

#[test]
fn options_are_set() {
    let file = File::new();
    let options = "&journal_mode=truncate&foreign_keys=off&case_sensitive_like=off&stable_plans=off&synchronous=normal";
    let mut conn = file.connect(options, Placement::Inline);
    assert_eq!(rows(&mut conn, "PRAGMA journal_mode"), [r#"Text("truncate")"#]);
    assert_eq!(rows(&mut conn, "PRAGMA foreign_keys"), ["Int(0)"]);
    assert_eq!(rows(&mut conn, "SELECT 'a' LIKE 'A'"), ["Int(1)"]);
    assert_eq!(rows(&mut conn, "PRAGMA busy_timeout"), ["Int(0)"]);
    assert_eq!(rows(&mut conn, "PRAGMA synchronous"), ["Int(1)"]);
}

#[test]
fn a_relative_path_is_relative_to_the_working_directory() {
    // The tests share a working directory, so nothing is created: the message shows the path.
    assert_eq!(
        refused("nowhere/heroes.db", "").to_string(),
        "cannot open the database file `nowhere/heroes.db`: the directory `nowhere` does not exist; create it first"
    );
    assert_eq!(
        refused("file:heroes.db", "?mode=ro").to_string(),
        "cannot open the database file `file:heroes.db`: it does not exist; `mode=rwc` creates it"
    );
}

#[test]
fn a_path_in_the_root_directory_may_be_meant_as_relative() {
    let error = refused("/heroes-that-nobody-has.db", "?mode=rw");
    assert_eq!(
        error.to_string(),
        "cannot open the database file `/heroes-that-nobody-has.db`: it does not exist; `mode=rwc` creates it; a relative path is written `sqlite://heroes-that-nobody-has.db`"
    );
    assert_eq!(error.code(), Some("14"));
}

#[test]
fn a_directory_is_no_database() {
    let file = File::new();
    fs::create_dir(file.path()).unwrap();
    assert_eq!(
        refused(&file.path(), "").to_string(),
        format!("cannot open the database file `{}`: it is a directory", file.path())
    );
}

#[test]
fn any_other_file_is_no_database() {
    let file = File::new();
    fs::write(file.path(), "heroes, one a line, and surely not a database".repeat(50)).unwrap();
    for options in ["", "?mode=ro", "?journal_mode=off"] {
        let error = refused(&file.path(), options);
        assert_eq!(
            error.to_string(),
            format!(
                "cannot open the database file `{}`: it is not an SQLite database",
                file.path()
            )
        );
        assert_eq!(error.code(), Some("26"));
    }
}

#[test]
fn read_only() {
    for placement in PLACEMENTS {
        let file = File::new();
        let mut writer = file.connect("&journal_mode=delete", placement);
        run(&mut writer, [sql("CREATE TABLE hero (id INTEGER)")]).unwrap();
        let mut reader = file.connect("&mode=ro", placement);
        assert_eq!(rows(&mut reader, "PRAGMA journal_mode"), [r#"Text("delete")"#]);
        assert!(rows(&mut reader, "SELECT * FROM hero").is_empty());
        let steps = [Step::Begin(Begin::Write), sql("INSERT INTO hero VALUES (1)")];
        let failure = run(&mut reader, steps).unwrap_err();
        assert_eq!((failure.step, failure.in_transaction), (1, true));
        let error = failure.error;
        assert_eq!(error.kind(), ErrorKind::ReadOnly);
        assert_eq!(
            error.to_string(),
            "the database is read only; open it without `mode=ro`, and let the program write to the file and its directory"
        );
    }
}

#[test]
fn a_journal_mode_that_was_asked_for_is_not_given_up_in_silence() {
    let error = connect("sqlite://?journal_mode=wal", Placement::Inline).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::CannotOpen);
    assert_eq!(
        error.to_string(),
        "the database keeps the journal mode `memory`; remove `journal_mode` from its URL"
    );
}

#[test]
fn a_file_in_use_in_another_journal_mode_is_opened_as_it_is() {
    let file = File::new();
    let mut old = file.connect("&journal_mode=delete", Placement::Inline);
    let begin = ["CREATE TABLE hero (id INTEGER)", "BEGIN IMMEDIATE"];
    run(&mut old, begin.map(sql)).unwrap();
    let mut new = file.connect("", Placement::Inline);
    assert_eq!(rows(&mut new, "PRAGMA journal_mode"), [r#"Text("delete")"#]);
}

#[test]
fn many_connections_open_a_fresh_file_at_once() {
    let file = File::new();
    let url = format!("sqlite://{}", file.path());
    let driver = SqliteDriver::from_url(&url, Placement::Inline).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let mut conn = block_on(driver.connect()).unwrap();
                assert_eq!(rows(&mut conn, "PRAGMA journal_mode"), [r#"Text("wal")"#]);
            });
        }
    });
}

#[test]
fn what_is_written_is_there_for_the_next_connection() {
    let file = File::new();
    let mut one = file.connect("", Placement::Thread);
    run(&mut one, ["CREATE TABLE hero (id INTEGER)", "INSERT INTO hero VALUES (1)"].map(sql))
        .unwrap();
    // The thread closes the file at its leisure, so this one waits for locks as it does by default.
    drop(one);
    let mut two = connect(&format!("sqlite://{}?mode=rw", file.path()), Placement::Inline).unwrap();
    assert_eq!(rows(&mut two, "SELECT id FROM hero"), ["Int(1)"]);
}

#[test]
fn plans_depend_on_values_only_where_that_is_asked_for() {
    let plan = |options: &str, question: &str, values: Vec<Value>| {
        let mut conn = connect(&format!("sqlite://{options}"), Placement::Inline).unwrap();
        let table = ["CREATE TABLE hero (name TEXT)", "CREATE INDEX ix_name ON hero (name)"];
        run(&mut conn, table.map(sql)).unwrap();
        let explain = format!("EXPLAIN QUERY PLAN SELECT name FROM hero WHERE {question}");
        let step = read_with(&explain, Params::once(values));
        let plan = grid(&mut run(&mut conn, [step]).unwrap(), 0).join(" ");
        plan.contains("SEARCH hero USING COVERING INDEX ix_name")
    };
    assert!(!plan("", "name LIKE ?", vec![text("Dead%")]));
    assert!(plan("?stable_plans=off", "name LIKE ?", vec![text("Dead%")]));
    // as `starts_with` is written
    let range = "(name LIKE ? AND name >= ? AND name < ?)";
    assert!(plan("", range, vec![text("Dead%"), text("Dead"), text("Deae")]));
}
