//! Futures that are dropped half-way: nothing is mixed up, nothing goes on, nothing is lost.

use crate::{patience::Patience, polled::polled, support::*};
use relata_core::{
    ErrorKind,
    connection::{Begin, Step},
};
use std::task::{Context, Waker};

/// Polls as often as it is woken, so many times at most, and drops. Whether it was done before.
fn dropped_after(conn: &mut Conn, polls: usize, steps: Vec<Step>) -> bool {
    assert!(polls < 1_000, "it does not end");
    block_on(polled(polls, conn.run(batch(steps)))).is_some()
}

/// Drops a batch of one step when the server has begun to sleep for it.
fn dropped_asleep(conn: &mut Conn, other: &mut Conn) {
    let asleep = format!(
        "SELECT pid FROM pg_stat_activity WHERE pid = {} AND wait_event = 'PgSleep'",
        process(conn)
    );
    let mut future = conn.run(batch([read("SELECT pg_sleep(600)")]));
    let patience = Patience::until("the server sleeps");
    while rows(other, &asleep).is_empty() {
        let polled = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(polled.is_pending());
        patience.again();
    }
}

#[test]
fn a_dropped_batch_is_not_mixed_up_with_the_next() {
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        let mut other = schema.connect(way);
        for polls in 0.. {
            let mut conn = schema.heroes(way);
            let state =
                format!("SELECT state FROM pg_stat_activity WHERE pid = {}", process(&mut conn));
            let steps = vec![
                Step::Begin(Begin::Write),
                hero("a"),
                read("SELECT generate_series(1, 1000)"),
                read(NAMES),
            ];
            let done = dropped_after(&mut conn, polls, steps);
            let open = run(&mut conn, []).unwrap().in_transaction;
            // The server's own word, and that of another connection.
            let idle = rows(&mut other, &state) == [r#"Text("idle")"#];
            assert_eq!(open, !idle, "after {polls}");
            assert!(if polls == 0 { !open } else { open || !done }, "after {polls}");
            run(&mut conn, [Step::Rollback]).unwrap();
            assert_eq!(rows(&mut conn, "SELECT 7"), ["Int(7)"]);
            run(&mut conn, [Step::Begin(Begin::Write), hero("b"), Step::Commit]).unwrap();
            assert_eq!(rows(&mut conn, NAMES), [r#"Text("b")"#]);
            if done {
                break;
            }
        }
    }
}

#[test]
fn a_dropped_commit_has_happened_or_not_and_all_of_it() {
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        for polls in 0.. {
            let mut conn = schema.heroes(way);
            let steps = vec![Step::Begin(Begin::Write), hero("a"), hero("b"), Step::Commit];
            let done = dropped_after(&mut conn, polls, steps);
            if run(&mut conn, []).unwrap().in_transaction {
                run(&mut conn, [Step::Rollback]).unwrap();
            }
            let count = rows(&mut conn, NAMES).len();
            assert!(count == 2 || count == 0 && !done, "{count} after {polls}");
            if done {
                break;
            }
        }
    }
}

#[test]
fn what_takes_long_is_stopped_on_the_server() {
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        let mut conn = schema.heroes(way);
        run(&mut conn, [Step::Begin(Begin::Write), hero("a")]).unwrap();
        dropped_asleep(&mut conn, &mut schema.connect(way));
        // Answered only when the sleep has ended.
        let reply = run(&mut conn, []).unwrap();
        assert!(reply.in_transaction);
        // The rest of the transaction goes with what was stopped, and nothing is saved silently.
        let failure = run(&mut conn, [hero("b"), Step::Commit]).unwrap_err();
        assert_eq!(failure.error.kind(), ErrorKind::RollbackRequired);
        run(&mut conn, [Step::Rollback]).unwrap();
        assert!(rows(&mut conn, NAMES).is_empty());
        assert_eq!(rows(&mut conn, "SELECT 7"), ["Int(7)"]);
    }
}

#[test]
fn a_reset_does_not_wait_for_what_was_dropped() {
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        let mut conn = schema.heroes(way);
        run(&mut conn, [Step::Begin(Begin::Write), hero("a")]).unwrap();
        let mut other = schema.connect(way);
        dropped_asleep(&mut conn, &mut other);
        assert!(conn.reset());
        assert!(!run(&mut conn, []).unwrap().in_transaction);
        drop(conn);
        // The lock on the row goes although nobody waits for it.
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
