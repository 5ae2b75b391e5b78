//! Errors: their kind, their words, what they name, and whether the transaction outlives them.

use crate::support::*;
use relata_core::{
    Error, ErrorKind,
    connection::{Begin, Step},
    value::Value,
};

fn insert(name: Value, age: i64, team: Value) -> Step {
    let sql = "INSERT INTO hero (name, age, team_id) VALUES ($1, $2, $3)";
    write(sql, "hero", vec![name, Value::Int(age), team])
}

#[track_caller]
fn assert_names(error: &Error, table: Option<&str>, columns: &[&str], constraint: Option<&str>) {
    assert_eq!(error.table(), table);
    assert_eq!(error.columns().collect::<Vec<_>>(), columns);
    assert_eq!(error.constraint(), constraint);
}

#[test]
fn constraints() {
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        let mut conn = schema.heroes(way);
        run(&mut conn, [insert(text("Deadpond"), 40, Value::Null)]).unwrap();
        let error = failure(&mut conn, insert(text("Deadpond"), 40, Value::Null)).error;
        assert!(error.is_unique_violation());
        assert_eq!(error.to_string(), "unique constraint failed: `hero.name`, `hero.age`");
        assert_names(&error, Some("hero"), &["name", "age"], Some("hero_name_age_key"));
        assert_eq!(error.code(), Some("23505"));
        assert!(error.statement().unwrap().starts_with("INSERT INTO hero"));
        let shown = format!("{error:?} {:?}", std::error::Error::source(&error));
        assert!(!shown.contains("Deadpond"), "no values: {shown}");

        let error = failure(&mut conn, insert(Value::Null, 1, Value::Null)).error;
        assert!(error.is_not_null_violation());
        assert_eq!(error.to_string(), "not null constraint failed: `hero.name`");
        assert_names(&error, Some("hero"), &["name"], None);

        let error = failure(&mut conn, insert(text("a"), -1, Value::Null)).error;
        assert!(error.is_check_violation());
        assert_eq!(error.to_string(), "check constraint failed on table `hero`: `ck_hero_age`");
        assert_names(&error, Some("hero"), &[], Some("ck_hero_age"));
    }
}

#[test]
fn foreign_keys() {
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        let mut conn = schema.heroes(way);
        let error = failure(&mut conn, insert(text("Deadpond"), 1, Value::Int(9))).error;
        assert!(error.is_foreign_key_violation());
        assert_eq!(
            error.to_string(),
            "foreign key constraint failed on table `hero`: the row that `team_id` refers to does not exist; add that first"
        );
        assert_names(&error, Some("hero"), &["team_id"], Some("hero_team_id_fkey"));
        run(&mut conn, [sql("INSERT INTO team VALUES (1, 'Z-Force')")]).unwrap();
        run(&mut conn, [insert(text("Deadpond"), 1, Value::Int(1))]).unwrap();
        let error = failure(&mut conn, write("DELETE FROM team", "team", vec![])).error;
        assert!(error.is_foreign_key_violation());
        assert_names(&error, Some("team"), &["id"], Some("hero_team_id_fkey"));
    }
}

#[test]
fn a_deferred_constraint_fails_the_commit_and_ends_the_transaction() {
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        let mut conn = schema.heroes(way);
        run(
            &mut conn,
            [sql(
                "ALTER TABLE hero ALTER CONSTRAINT hero_team_id_fkey DEFERRABLE INITIALLY DEFERRED",
            )],
        )
        .unwrap();
        let hero = |name| insert(text(name), 1, Value::Int(9));
        let steps = [Step::Begin(Begin::Write), hero("a"), hero("b"), Step::Commit];
        let failure = run(&mut conn, steps).unwrap_err();
        assert_eq!((failure.step, failure.in_transaction), (3, false));
        assert!(failure.error.is_foreign_key_violation());
        assert_eq!(failure.error.statement(), Some("COMMIT"));
        // The server commits one write by itself, and fails it for what fails its commit.
        let steps = [Step::Begin(Begin::Write), hero("a"), Step::Commit];
        let failure = run(&mut conn, steps).unwrap_err();
        assert_eq!((failure.step, failure.in_transaction), (1, false));
        assert!(failure.error.is_foreign_key_violation());
    }
}

#[test]
fn missing_tables_and_columns() {
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        let mut conn = schema.heroes(way);
        let error = failure(&mut conn, read("SELECT * FROM villain")).error;
        assert_eq!(error.kind(), ErrorKind::MissingTable);
        assert_eq!(
            error.to_string(),
            "table `villain` does not exist; create it with `metadata().create_all(&engine)`"
        );
        assert_names(&error, Some("villain"), &[], None);
        for (text, table) in [
            ("SELECT nme FROM hero", None),
            ("SELECT hero.nme FROM hero", Some("hero")),
            ("INSERT INTO hero (nme) VALUES (1)", Some("hero")),
            ("UPDATE hero SET nme = 1", Some("hero")),
        ] {
            let error = failure(&mut conn, read(text)).error;
            assert_eq!(error.kind(), ErrorKind::MissingColumn, "{text}: {error}");
            assert_names(&error, table, &["nme"], None);
        }
    }
}

#[test]
fn texts_that_are_no_single_statement() {
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        let mut conn = schema.heroes(way);
        for (text, message) in [
            ("SELEC 1", "syntax error at or near \"SELEC\"; at character 1 of the statement"),
            ("SELECT 1; SELECT 2", "the text holds more than one statement; send one by one"),
            (
                "DROP TABLE hero; DROP TABLE team",
                "the text holds more than one statement; send one by one",
            ),
            ("SELECT 1\0 FROM", "the statement's text contains a NUL byte; remove it"),
        ] {
            let error = failure(&mut conn, read(text)).error;
            assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Database, message));
            assert_eq!(error.statement(), Some(text));
        }
    }
}

#[test]
fn a_lock_that_another_holds() {
    let Some(schema) = Schema::new() else { return };
    let mut one = schema.heroes(Way::Own);
    let mut two = schema.connect_with(Way::Own, "&lock_timeout=20");
    run(&mut one, [hero("a"), Step::Begin(Begin::Write), sql("UPDATE hero SET age = 1")]).unwrap();
    let failure = run(&mut two, [Step::Begin(Begin::Write), sql("UPDATE hero SET age = 2")]);
    let failure = failure.unwrap_err();
    assert!(failure.error.is_retryable());
    assert_eq!((failure.step, failure.in_transaction), (1, true));
    assert_eq!(
        failure.error.to_string(),
        "the lock is held by another connection; try again, or wait longer for it with `lock_timeout` in the URL"
    );
    assert_eq!(failure.error.code(), Some("55P03"));
}

#[test]
fn write_skew_is_retryable_also_at_commit() {
    let Some(schema) = Schema::new() else { return };
    let mut one = schema.heroes(Way::Own);
    let mut two = schema.connect(Way::Caller);
    run(&mut one, [hero("a"), hero("b")]).unwrap();
    let serializable = || sql("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE");
    for (conn, name) in [(&mut one, "a"), (&mut two, "b")] {
        let count = read("SELECT count(*) FROM hero WHERE age IS NULL");
        run(conn, [Step::Begin(Begin::Write), serializable(), count]).unwrap();
        let update = "UPDATE hero SET age=1 WHERE name = $1";
        run(conn, [write(update, "hero", vec![text(name)])]).unwrap();
    }
    run(&mut one, [Step::Commit]).unwrap();
    let failure = failure(&mut two, Step::Commit);
    assert!(failure.error.is_retryable(), "{:?}", failure.error);
    assert_eq!(failure.error.code(), Some("40001"));
    assert!(!failure.in_transaction);
}

#[test]
fn a_deadlock_fails_one_of_both() {
    let Some(schema) = Schema::new() else { return };
    let mut one = schema.heroes(Way::Own);
    run(&mut one, [hero("a"), hero("b")]).unwrap();
    let mut two = schema.connect(Way::Own);
    let update = |name| write("UPDATE hero SET age=1 WHERE name = $1", "hero", vec![text(name)]);
    run(&mut one, [sql("SET deadlock_timeout = '10s'")]).unwrap();
    run(&mut two, [sql("SET deadlock_timeout = '10ms'")]).unwrap();
    run(&mut one, [Step::Begin(Begin::Write), update("a")]).unwrap();
    run(&mut two, [Step::Begin(Begin::Write), update("b")]).unwrap();
    let other = std::thread::spawn(move || {
        run(&mut one, [update("b")]).unwrap();
        run(&mut one, [Step::Commit]).unwrap();
    });
    let failure = failure(&mut two, update("a"));
    assert_eq!(failure.error.code(), Some("40P01"));
    assert!(failure.error.is_retryable() && failure.in_transaction);
    run(&mut two, [Step::Rollback]).unwrap();
    other.join().unwrap();
}

#[test]
fn a_statement_that_takes_too_long() {
    let Some(schema) = Schema::new() else { return };
    let mut conn = schema.connect_with(Way::Own, "&statement_timeout=20");
    let error = failure(&mut conn, read("SELECT pg_sleep(60)")).error;
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(
        error.to_string(),
        "canceling statement due to statement timeout; make it faster, or raise `statement_timeout` in the URL"
    );
    assert_eq!(rows(&mut conn, "SELECT 7"), ["Int(7)"]);
}

#[test]
fn a_transaction_that_only_reads() {
    let Some(schema) = Schema::new() else { return };
    let mut conn = schema.heroes(Way::Own);
    run(&mut conn, [sql("SET default_transaction_read_only = on")]).unwrap();
    assert_eq!(failure(&mut conn, hero("a")).error.kind(), ErrorKind::ReadOnly);
}

#[test]
fn a_connection_that_the_server_ends() {
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        let mut conn = schema.heroes(way);
        run(&mut conn, [Step::Begin(Begin::Write), hero("a")]).unwrap();
        let kill = "SELECT pg_terminate_backend(pg_backend_pid())";
        let failure = run(&mut conn, [hero("b"), read(kill), hero("c"), Step::Commit]).unwrap_err();
        assert_eq!((failure.step, failure.in_transaction), (1, false));
        assert_eq!(failure.error.kind(), ErrorKind::ConnectionLost);
        assert_eq!(
            failure.error.to_string(),
            "the connection to the server was lost: terminating connection due to administrator command; do the work again in a new session"
        );
        assert!(!conn.is_open() && !conn.reset());
        let failure = super::support::failure(&mut conn, read("SELECT 1"));
        assert_eq!((failure.step, failure.in_transaction), (0, false));
        assert_eq!(failure.error.kind(), ErrorKind::ConnectionLost);
        assert!(rows(&mut schema.connect(way), NAMES).is_empty());
    }
}

#[test]
fn a_connection_that_is_ended_while_nobody_uses_it_says_so() {
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        let mut conn = schema.connect(way);
        let pid = process(&mut conn);
        let kill = format!("SELECT pg_terminate_backend({pid}, 10000)");
        assert_eq!(rows(&mut schema.connect(Way::Own), &kill), ["Bool(true)"]);
        await_end(&mut conn);
        assert!(!conn.reset());
    }
}
