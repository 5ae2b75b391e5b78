//! Futures that are dropped half-way: nothing is mixed up, nothing goes on, nothing is lost.

use crate::support::*;
use relata_core::{
    ErrorKind,
    connection::{Begin, Step},
};
use std::task::{Context, Waker};

/// Polls so many times, with time for an answer in between, and drops. Whether it was done before.
fn dropped_after(conn: &mut Conn, polls: usize, steps: Vec<Step>) -> bool {
    let mut future = conn.run(batch(steps));
    for _ in 0..polls {
        let polled = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        if polled.is_ready() {
            return true;
        }
        std::thread::yield_now();
    }
    false
}

#[test]
fn a_dropped_batch_is_not_mixed_up_with_the_next() {
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        for polls in 0..12 {
            let mut conn = schema.heroes(way);
            let steps = vec![
                Step::Begin(Begin::Write),
                hero("a"),
                read("SELECT generate_series(1, 1000)"),
                read(NAMES),
            ];
            let done = dropped_after(&mut conn, polls, steps);
            assert_eq!(
                run(&mut conn, []).unwrap().in_transaction,
                done || polls > 0 && is_open(&mut conn)
            );
            run(&mut conn, [Step::Rollback]).unwrap();
            assert_eq!(rows(&mut conn, "SELECT 7"), ["Int(7)"]);
            run(&mut conn, [Step::Begin(Begin::Write), hero("b"), Step::Commit]).unwrap();
            assert_eq!(rows(&mut conn, NAMES), [r#"Text("b")"#]);
        }
    }
}

fn is_open(conn: &mut Conn) -> bool {
    run(conn, []).unwrap().in_transaction
}

#[test]
fn a_dropped_commit_has_happened_or_not_and_all_of_it() {
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        for polls in 0..12 {
            let mut conn = schema.heroes(way);
            let steps = vec![Step::Begin(Begin::Write), hero("a"), hero("b"), Step::Commit];
            let done = dropped_after(&mut conn, polls, steps);
            if run(&mut conn, []).unwrap().in_transaction {
                run(&mut conn, [Step::Rollback]).unwrap();
            }
            let count = rows(&mut conn, NAMES).len();
            assert!(count == 2 || count == 0 && !done, "{count} after {polls}");
        }
    }
}

#[test]
fn what_takes_long_is_stopped_on_the_server() {
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        let mut conn = schema.heroes(way);
        run(&mut conn, [Step::Begin(Begin::Write), hero("a")]).unwrap();
        assert!(!dropped_after(&mut conn, 2, vec![read("SELECT pg_sleep(600)")]));
        // Answered only when the sleep has ended.
        let reply = run(&mut conn, []).unwrap();
        assert!(reply.in_transaction);
        // The rest of the transaction goes with what was stopped, and nothing is saved silently.
        if let Err(failure) = run(&mut conn, [hero("b"), Step::Commit]) {
            assert_eq!(failure.error.kind(), ErrorKind::RollbackRequired);
            run(&mut conn, [Step::Rollback]).unwrap();
            assert!(rows(&mut conn, NAMES).is_empty());
        }
        assert_eq!(rows(&mut conn, "SELECT 7"), ["Int(7)"]);
    }
}

#[test]
fn a_reset_does_not_wait_for_what_was_dropped() {
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        let mut conn = schema.heroes(way);
        run(&mut conn, [Step::Begin(Begin::Write), hero("a")]).unwrap();
        assert!(!dropped_after(&mut conn, 2, vec![read("SELECT pg_sleep(600)")]));
        if conn.reset() {
            assert!(!run(&mut conn, []).unwrap().in_transaction);
        }
        drop(conn);
        // The lock on the row goes although nobody waits for it.
        let mut other = schema.connect(way);
        run(&mut other, [sql("DROP TABLE hero")]).unwrap();
    }
}

#[test]
fn a_dropped_connection_leaves_nothing_on_the_server() {
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        let mut conn = schema.heroes(way);
        run(&mut conn, [Step::Begin(Begin::Write), hero("a")]).unwrap();
        drop(conn);
        run(&mut schema.connect(way), [sql("DROP TABLE hero")]).unwrap();
    }
}
