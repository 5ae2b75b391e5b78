//! Keys that SQLite makes: told for each run, and only where they are the number of the row.

use crate::support::*;
use relata_core::{
    ErrorKind,
    connection::{Params, Statement, Step},
};

/// Inserts names one by one, and asks for the keys.
fn insert(names: &[&str]) -> Step {
    let values = names.iter().map(|name| text(name)).collect();
    let params = Params { width: 1, sets: names.len(), values };
    let statement = Statement::text("INSERT INTO hero (name) VALUES (?)");
    Step::Run(Statement { params, table: Some("hero"), key: Some("id"), ..statement })
}

#[test]
fn each_run_tells_its_own() {
    for placement in PLACEMENTS {
        let mut conn = memory(placement);
        let other = "CREATE TABLE other (id INTEGER PRIMARY KEY, name TEXT)";
        let log = "CREATE TRIGGER log AFTER INSERT ON hero BEGIN
            INSERT INTO other (id, name) VALUES (new.id * 100, new.name); END";
        let skip = "CREATE TRIGGER skip BEFORE INSERT ON hero WHEN new.name = 'nobody' BEGIN
            SELECT RAISE(IGNORE); END";
        let table = "CREATE TABLE hero (id INTEGER NOT NULL PRIMARY KEY, name TEXT)";
        run(&mut conn, [table, other, log, skip].map(sql)).unwrap();

        let reply = run(&mut conn, [insert(&["a", "nobody", "b"])]).unwrap();
        assert_eq!(reply.done[0].affected, [1, 0, 1]);
        assert_eq!(reply.done[0].inserted, [Some(1), None, Some(2)]);
        assert_eq!(rows(&mut conn, "SELECT id FROM other ORDER BY id"), ["Int(100)", "Int(200)"]);

        let last = "INSERT INTO hero VALUES (9223372036854775807, 'last')";
        run(&mut conn, ["DROP TRIGGER log", last].map(sql)).unwrap();
        let reply = run(&mut conn, [insert(&["anywhere"])]).unwrap();
        let id = reply.done[0].inserted[0].unwrap();
        let found = format!("SELECT name FROM hero WHERE id = {id}");
        assert_eq!(rows(&mut conn, &found), [r#"Text("anywhere")"#]);
        // nobody asked
        let quiet = write("INSERT INTO hero (name) VALUES (?)", "hero", vec![text("c")]);
        assert!(run(&mut conn, [quiet]).unwrap().done[0].inserted.is_empty());
    }
}

#[test]
fn a_key_that_is_not_the_number_of_the_row_is_refused() {
    for table in [
        "CREATE TABLE hero (id BIGINT PRIMARY KEY, name TEXT)",
        "CREATE TABLE hero (id INTEGER PRIMARY KEY DESC, name TEXT)",
        "CREATE TABLE hero (id INTEGER PRIMARY KEY, name TEXT) WITHOUT ROWID",
        "CREATE TABLE hero (name TEXT PRIMARY KEY, id INTEGER)",
        "CREATE TABLE hero (name TEXT, id INTEGER)",
        "CREATE VIEW hero AS SELECT 1 AS id, 'a' AS name",
    ] {
        let mut conn = memory(PLACEMENTS[0]);
        run(&mut conn, [sql(table)]).unwrap();
        let error = failure(&mut conn, insert(&["a"])).error;
        assert_eq!(error.kind(), ErrorKind::Database, "{table}");
        assert_eq!(
            error.to_string(),
            "SQLite makes no keys for `hero.id`; declare the column as `INTEGER PRIMARY KEY`, as `create_all` does",
            "{table}"
        );
    }
    for table in [
        "CREATE TABLE \"Hero\" (ID integer primary key autoincrement, name TEXT)",
        "CREATE TABLE hero (name TEXT, id INTEGER, PRIMARY KEY (id))",
        "CREATE TEMP TABLE hero (id INTEGER CONSTRAINT pk PRIMARY KEY, name TEXT UNIQUE)",
    ] {
        let mut conn = memory(PLACEMENTS[0]);
        run(&mut conn, [sql(table)]).unwrap();
        assert_eq!(
            run(&mut conn, [insert(&["a"])]).unwrap().done[0].inserted,
            [Some(1)],
            "{table}"
        );
    }
    let mut conn = memory(PLACEMENTS[0]);
    let missing = failure(&mut conn, insert(&["a"])).error;
    assert_eq!(missing.kind(), ErrorKind::MissingTable);
}
