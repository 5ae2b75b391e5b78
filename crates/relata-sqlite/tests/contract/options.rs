//! Transactions with options: what is read only refuses whatever writes, until it ends.

use super::support::*;
use relata_core::{
    ErrorKind, Isolation, TransactionOptions,
    connection::{Begin, Statement, Step},
};

const NAMES: &str = "SELECT name FROM hero ORDER BY id";

fn heroes(placement: relata_sqlite::Placement) -> Conn {
    let mut conn = memory(placement);
    let create = sql("CREATE TABLE hero (id INTEGER PRIMARY KEY, name TEXT)");
    run(&mut conn, [create, sql("INSERT INTO hero VALUES (1, 'Deadpond')")]).unwrap();
    conn
}

fn read_only() -> Step {
    Step::BeginWith(Begin::Read, Isolation::Serializable.read_only())
}

#[test]
fn whatever_writes_is_refused_in_a_transaction_that_is_read_only() {
    for placement in PLACEMENTS {
        let mut conn = heroes(placement);
        let reply = run(&mut conn, [read_only(), read(NAMES)]);
        assert_eq!(grid(&mut reply.unwrap(), 1), [r#"Text("Deadpond")"#]);
        for text in [
            "DELETE FROM hero",
            "INSERT INTO hero VALUES (2, 'x') RETURNING id",
            "CREATE TABLE team (id INTEGER)",
            "DROP TABLE hero",
        ] {
            let failure = failure(&mut conn, sql(text));
            assert_eq!(failure.error.kind(), ErrorKind::ReadOnly);
            assert_eq!(
                failure.error.to_string(),
                "the transaction is read only; begin one without `read_only` to write"
            );
            assert_eq!(failure.error.statement(), Some(text));
            assert!(failure.in_transaction);
        }
        assert_eq!(rows(&mut conn, NAMES), [r#"Text("Deadpond")"#]);
    }
}

#[test]
fn writes_are_allowed_again_however_the_transaction_ends() {
    let write = || sql("INSERT INTO hero (name) VALUES ('x')");
    for placement in PLACEMENTS {
        let mut conn = heroes(placement);
        for end in [Step::Commit, Step::Rollback] {
            // In one batch, and in the one after it.
            run(&mut conn, [read_only(), read(NAMES), end, write()]).unwrap();
            run(&mut conn, [write()]).unwrap();
        }
        run(&mut conn, [read_only()]).unwrap();
        assert!(conn.reset());
        run(&mut conn, [write()]).unwrap();

        // What the database ends by itself.
        let ended = [read_only(), sql("ROLLBACK"), sql("nonsense")];
        assert!(!run(&mut conn, ended).unwrap_err().in_transaction);
        run(&mut conn, [write()]).unwrap();

        // A cursor of it, left open.
        run(&mut conn, [read_only()]).unwrap();
        block_on(conn.open(Statement::text(NAMES))).unwrap();
        run(&mut conn, [Step::Rollback]).unwrap();
        run(&mut conn, [Step::Begin(Begin::Write), write(), Step::Commit]).unwrap();
        assert_eq!(rows(&mut conn, NAMES).len(), 8);
    }
}

#[test]
fn every_level_is_serializable() {
    let file = File::new();
    for placement in PLACEMENTS {
        let (mut one, mut two) = (file.connect("", placement), file.connect("", placement));
        let create = "CREATE TABLE IF NOT EXISTS hero (id INTEGER PRIMARY KEY, name TEXT)";
        run(&mut two, [sql(create), sql("DELETE FROM hero")]).unwrap();
        for level in Isolation::ALL {
            let begin = Step::BeginWith(Begin::Read, level.into());
            let mut reply = run(&mut one, [begin, read(NAMES)]).unwrap();
            let before = grid(&mut reply, 1);
            run(&mut two, [sql("INSERT INTO hero (name) VALUES ('x')")]).unwrap();
            assert_eq!(rows(&mut one, NAMES), before);
            run(&mut one, [Step::Commit]).unwrap();
            assert_eq!(rows(&mut one, NAMES).len(), before.len() + 1);
        }
        let deferrable = TransactionOptions::new().deferrable();
        run(&mut one, [Step::BeginWith(Begin::Write, deferrable)]).unwrap();
        let busy = failure(&mut two, Step::Begin(Begin::Write));
        assert_eq!(busy.error.kind(), ErrorKind::Busy);
    }
}

/// Begins for writing in each way that there is.
const BEGINS: [fn() -> Step; 3] = [
    || Step::Begin(Begin::Write),
    || Step::Begin(Begin::WriteNow),
    || Step::BeginWith(Begin::Write, TransactionOptions::new().deferrable()),
];
const NOTES: &str = "SELECT text FROM note";

fn note(text: &str) -> Step {
    sql(&format!("INSERT INTO note VALUES ('{text}')"))
}

/// Two connections to a file with an empty table, which wait so long for a lock.
fn two(file: &File, placement: relata_sqlite::Placement, patience: u32) -> [Conn; 2] {
    let url = format!("sqlite://{}?busy_timeout={patience}", file.path());
    let [mut one, two] = [0; 2].map(|_| connect(&url, placement).unwrap());
    run(&mut one, [sql("CREATE TABLE note (text)")]).unwrap();
    [one, two]
}

#[test]
fn a_transaction_that_has_read_goes_on_to_write_where_nobody_else_has() {
    for (placement, begin) in PLACEMENTS.iter().flat_map(|at| BEGINS.map(|begin| (*at, begin))) {
        // A file for each: what was closed just now may still hold it.
        let file = File::new();
        let [mut one, mut two] = two(&file, placement, 0);
        // What it wrote itself before does not count.
        for text in ["a", "b"] {
            run(&mut one, [Step::Begin(Begin::Read), read(NOTES)]).unwrap();
            assert!(run(&mut one, [begin(), note(text)]).unwrap().in_transaction);
            assert_eq!(failure(&mut two, Step::Begin(Begin::Write)).error.kind(), ErrorKind::Busy);
            run(&mut one, [Step::Commit]).unwrap();
        }
        assert_eq!(rows(&mut two, NOTES), [r#"Text("a")"#, r#"Text("b")"#]);

        run(&mut one, [Step::Begin(Begin::Read), read(NOTES)]).unwrap();
        run(&mut two, [note("c")]).unwrap();
        let late = run(&mut one, [begin(), note("d")]).unwrap_err();
        assert_eq!((late.step, late.in_transaction), (0, false));
        assert_eq!(late.error.kind(), ErrorKind::Busy);
        assert_eq!(
            late.error.to_string(),
            "another connection has written since this transaction first read; roll back and do the work again"
        );
        let found = rows(&mut one, NOTES);
        assert_eq!(found, ["a", "b", "c"].map(|text| format!("Text({text:?})")));

        // One that has written, by SQL that does not say so, has the lock.
        run(&mut one, [Step::Begin(Begin::Read), read(NOTES), note("e")]).unwrap();
        run(&mut one, [begin(), note("f"), Step::Rollback]).unwrap();
        assert_eq!(rows(&mut two, NOTES), found);
    }
}

#[test]
fn a_transaction_that_goes_on_waits_for_who_has_the_lock() {
    for placement in PLACEMENTS {
        for wrote in [true, false] {
            let file = File::new();
            let [mut one, mut two] = two(&file, placement, 60_000);
            run(&mut one, [Step::Begin(Begin::Read), read(NOTES)]).unwrap();
            run(&mut two, [Step::Begin(Begin::Write), note("a")]).unwrap();
            // Where the other were done first, it would go on, or fail, as it does when it has waited.
            let goes_on = std::thread::spawn(move || {
                let steps = [Step::Begin(Begin::Write), note("b"), Step::Commit];
                run(&mut one, steps).map(drop).map_err(|late| late.error.kind())
            });
            run(&mut two, [if wrote { Step::Commit } else { Step::Rollback }]).unwrap();
            let expected = if wrote { Err(ErrorKind::Busy) } else { Ok(()) };
            assert_eq!(goes_on.join().unwrap(), expected);
            assert_eq!(
                rows(&mut two, NOTES),
                [if wrote { r#"Text("a")"# } else { r#"Text("b")"# }]
            );
        }
    }
}

#[test]
fn a_connection_that_works_says_so() {
    for placement in PLACEMENTS {
        let mut conn = heroes(placement);
        assert!(conn.is_open());
        block_on(conn.ping()).unwrap();
    }
}

#[test]
fn who_does_not_wait_once_waits_the_next_time() {
    const PATIENCE: &str = "PRAGMA busy_timeout";
    let file = File::new();
    for placement in PLACEMENTS {
        let url = format!("sqlite://{}?busy_timeout=60000", file.path());
        let (mut one, mut two) = (file.connect("", placement), connect(&url, placement).unwrap());
        run(&mut one, [Step::Begin(Begin::Write)]).unwrap();
        let busy = failure(&mut two, Step::Begin(Begin::WriteNow));
        assert_eq!((busy.error.kind(), busy.in_transaction), (ErrorKind::Busy, false));
        assert_eq!(
            busy.error.to_string(),
            "the database is locked by another connection, and `no_wait` does not wait for it; try again later"
        );
        assert_eq!(busy.error.statement(), Some("BEGIN IMMEDIATE"));
        assert_eq!(rows(&mut two, PATIENCE), ["Int(60000)"]);
        run(&mut one, [Step::Commit]).unwrap();
        assert!(run(&mut two, [Step::Begin(Begin::WriteNow)]).unwrap().in_transaction);
        assert_eq!(rows(&mut two, PATIENCE), ["Int(60000)"]);
        run(&mut two, [Step::Commit]).unwrap();
    }
}
