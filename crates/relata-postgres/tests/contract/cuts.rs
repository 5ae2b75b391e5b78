//! Connections that are cut: what is known of a COMMIT then, and what is not.

use crate::{proxy::Proxy, support::*};
use relata_core::{
    ErrorKind,
    connection::{Begin, Driver, Statement, Step},
};
use relata_postgres::{Placement, PostgresDriver};
use std::{
    task::{Context, Waker},
    time::Duration,
};

/// A proxy to the server, and a URL by way of it.
fn proxied(schema: &Schema, way: Way) -> (Proxy, String) {
    drop(schema.heroes(Way::Own));
    let url = schema.url("&sslmode=disable");
    let (start, rest) = url.split_once("://").unwrap();
    let (user, rest) = rest.split_once('@').unwrap_or(("", rest));
    let (place, rest) = rest.split_once('/').unwrap();
    let place = if place.contains(':') { place.to_owned() } else { format!("{place}:5432") };
    let proxy = Proxy::to(&place);
    let cache = if way == Way::Unnamed { "&statement_cache=0" } else { "" };
    let url = format!("{start}://{user}@127.0.0.1:{}/{rest}{cache}", proxy.port);
    (proxy, url)
}

/// A connection to tables `team` and `hero` through a proxy.
fn through(schema: &Schema, way: Way) -> (Proxy, Conn) {
    let (proxy, url) = proxied(schema, way);
    let placement = match way {
        Way::Caller => Placement::Caller,
        _ => Placement::Own,
    };
    (proxy, connect(&url, placement).unwrap())
}

#[test]
fn a_commit_whose_answer_is_lost_is_not_known() {
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        for together in [true, false] {
            let (proxy, mut conn) = through(&schema, way);
            // Its statement is prepared before the cut.
            run(&mut conn, [Step::Begin(Begin::Write), hero("a"), Step::Rollback]).unwrap();
            let work = [Step::Begin(Begin::Write), hero("b"), hero("c")];
            let (failure, step) = if together {
                proxy.cut_when_it_has_said("COMMIT\0");
                (run(&mut conn, work.into_iter().chain([Step::Commit])).unwrap_err(), 3)
            } else {
                run(&mut conn, work).unwrap();
                proxy.cut_when_it_has_said("COMMIT\0");
                (failure(&mut conn, Step::Commit), 0)
            };
            assert_eq!(failure.error.kind(), ErrorKind::CommitUnknown, "{:?}", failure.error);
            assert_eq!((failure.step, failure.in_transaction), (step, false));
            assert!(!conn.is_open() && !conn.reset());
            let saved = [r#"Text("b")"#, r#"Text("c")"#];
            assert_eq!(rows(&mut schema.connect(way), NAMES), saved);
        }
    }
}

#[test]
fn a_transaction_of_one_write_is_the_servers_own() {
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        let one = |name| [Step::Begin(Begin::Write), hero(name), Step::Commit];
        let (proxy, mut conn) = through(&schema, way);
        let reply = run(&mut conn, one("a")).unwrap();
        let counts: Vec<_> = reply.done.iter().map(|done| done.affected.clone()).collect();
        assert_eq!((counts, reply.in_transaction), (vec![vec![], vec![1], vec![]], false));
        run(&mut conn, [Step::Begin(Begin::Write), hero("lost"), Step::Rollback]).unwrap();

        // With nothing open, a connection that ended while it rested is replaced.
        proxy.cut();
        await_end(&mut conn);
        assert_eq!(run(&mut conn, one("b")).unwrap().done.len(), 3);

        // It ends before the server has told of a COMMIT, which nobody sent.
        proxy.cut_when_it_has_said("INSERT 0 1\0");
        let failure = run(&mut conn, one("c")).unwrap_err();
        assert_eq!(failure.error.kind(), ErrorKind::CommitUnknown, "{:?}", failure.error);
        assert_eq!((failure.step, failure.in_transaction), (1, false));
        assert!(!conn.is_open() && !conn.reset());
        let saved = [r#"Text("a")"#, r#"Text("b")"#, r#"Text("c")"#];
        assert_eq!(rows(&mut schema.connect(way), NAMES), saved);
    }
}

#[test]
fn a_proxy_that_lost_the_server_says_as_little_of_the_commit() {
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        for (word, kind) in
            [("COMMIT\0", ErrorKind::CommitUnknown), ("INSERT 0 1\0", ErrorKind::ConnectionLost)]
        {
            let (proxy, mut conn) = through(&schema, way);
            run(&mut conn, [Step::Begin(Begin::Write), hero("a"), Step::Rollback]).unwrap();
            let commits = (kind == ErrorKind::CommitUnknown).then_some(Step::Commit);
            if commits.is_none() {
                run(&mut conn, [Step::Begin(Begin::Write)]).unwrap();
            }
            proxy.crash_when_it_has_said(word);
            let begins = commits.is_some().then_some(Step::Begin(Begin::Write));
            let steps = begins.into_iter().chain([hero("b"), hero("c")]).chain(commits);
            let failure = run(&mut conn, steps).unwrap_err();
            assert_eq!(failure.error.kind(), kind, "{:?}", failure.error);
            assert!(
                failure.error.to_string().contains("server conn crashed?"),
                "{:?}",
                failure.error
            );
            assert!(!failure.in_transaction && !conn.is_open() && !conn.reset());
        }
    }
}

#[test]
fn a_statement_outside_of_a_transaction_whose_answer_is_lost_is_not_known() {
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        let (proxy, mut conn) = through(&schema, way);
        run(&mut conn, [hero("a")]).unwrap();
        proxy.cut_when_it_has_said("INSERT 0 1\0");
        let failure = run(&mut conn, [hero("b"), hero("c")]).unwrap_err();
        assert_eq!((failure.step, failure.in_transaction), (0, false));
        assert_eq!(failure.error.kind(), ErrorKind::CommitUnknown, "{:?}", failure.error);
        assert_eq!(failure.error.statement(), Some("INSERT INTO hero (name) VALUES ($1)"));
        let saved = [r#"Text("a")"#, r#"Text("b")"#];
        assert_eq!(rows(&mut schema.connect(way), NAMES), saved);

        // What only reads has nothing to be unsure of.
        let (proxy, mut conn) = through(&schema, way);
        rows(&mut conn, NAMES);
        proxy.cut_at_the_next_answer();
        let lost = super::support::failure(&mut conn, read(NAMES));
        assert_eq!(lost.error.kind(), ErrorKind::ConnectionLost);
    }
}

#[test]
fn a_commit_behind_a_cursor_whose_end_failed_is_refused() {
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        let (proxy, mut conn) = through(&schema, way);
        run(&mut conn, [Step::Begin(Begin::Write), hero("a")]).unwrap();
        block_on(conn.open(Statement::text(NAMES))).unwrap();
        // As if it were stopped: nobody listens to how it ends.
        proxy.garble("CLOSE relata_cursor", "CLOSE anothercursor");
        conn.close();
        let failure = failure(&mut conn, Step::Commit);
        assert_eq!(failure.error.kind(), ErrorKind::RollbackRequired, "{:?}", failure.error);
        assert_eq!((failure.step, failure.in_transaction), (0, true));
        run(&mut conn, [Step::Rollback]).unwrap();
        assert!(rows(&mut conn, NAMES).is_empty());
    }
}

#[test]
fn a_cut_before_the_commit_was_sent_is_a_lost_connection() {
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        let (proxy, mut conn) = through(&schema, way);
        run(&mut conn, [Step::Begin(Begin::Write), hero("a")]).unwrap();
        proxy.cut_at_the_next_answer();
        let failure = run(&mut conn, [hero("b"), hero("c")]).unwrap_err();
        assert_eq!(failure.error.kind(), ErrorKind::ConnectionLost, "{:?}", failure.error);
        assert_eq!((failure.step, failure.in_transaction), (0, false));
        assert!(!conn.reset());
        assert!(rows(&mut schema.connect(way), NAMES).is_empty());
    }
}

#[test]
fn a_rollback_that_is_lost_is_no_unknown_commit() {
    let Some(schema) = Schema::new() else { return };
    let (proxy, mut conn) = through(&schema, Way::Own);
    run(&mut conn, [Step::Begin(Begin::Write), hero("a")]).unwrap();
    proxy.cut_at_the_next_answer();
    assert_eq!(failure(&mut conn, Step::Rollback).error.kind(), ErrorKind::ConnectionLost);
}

#[test]
fn a_cut_while_nothing_happens_is_not_seen() {
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        let (proxy, mut conn) = through(&schema, way);
        for known in [true, false] {
            proxy.cut();
            if known {
                await_end(&mut conn);
                assert_eq!(block_on(conn.ping()).unwrap_err().kind(), ErrorKind::ConnectionLost);
            }
            // With nothing open there is nothing that could be lost.
            let begin = [Step::Begin(Begin::Write), hero("b")];
            assert!(run(&mut conn, begin).unwrap().in_transaction);
            run(&mut conn, [Step::Commit]).unwrap();
        }
        proxy.cut();
        await_end(&mut conn);
        assert_eq!(rows(&mut conn, NAMES).len(), 2);
        proxy.cut();
        await_end(&mut conn);
        block_on(conn.open(Statement::text(NAMES))).unwrap();
        run(&mut conn, [hero("c")]).unwrap();
    }
}

#[test]
fn what_was_open_is_not_begun_again() {
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        let (proxy, mut conn) = through(&schema, way);
        run(&mut conn, [Step::Begin(Begin::Write), hero("a")]).unwrap();
        proxy.cut();
        await_end(&mut conn);
        for _ in 0..2 {
            let failure = run(&mut conn, [hero("b"), Step::Commit]).unwrap_err();
            assert_eq!(failure.step, 0);
            assert!(!failure.in_transaction);
        }
        assert!(rows(&mut schema.connect(way), NAMES).is_empty());
    }
}

#[test]
fn a_server_that_has_gone_is_a_lost_connection() {
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        let (proxy, mut conn) = through(&schema, way);
        proxy.cut_at_the_next_answer();
        proxy.cut();
        let begin = [Step::Begin(Begin::Write), hero("b")];
        let failure = run(&mut conn, begin).unwrap_err();
        assert_eq!(failure.error.kind(), ErrorKind::ConnectionLost, "{:?}", failure.error);
        assert!(!conn.is_open());
    }
}

/// The answer and the end come together, and the end is known before the answer is looked at.
#[test]
fn an_answer_that_was_the_last_word_leaves_the_transaction_open() {
    let Some(schema) = Schema::new() else { return };
    for way in [Way::Caller, Way::Unnamed] {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (proxy, url) = proxied(&schema, way);
            let driver = PostgresDriver::from_url(&url, Placement::Caller).unwrap();
            let mut conn = driver.connect().await.unwrap();
            let steps = || batch([Step::Begin(Begin::Write), hero("a")]);
            conn.run(steps()).await.unwrap();
            conn.run(batch([Step::Rollback])).await.unwrap();

            let cut = proxy.cut_behind("INSERT 0 1\0Z\0\0\0\x05T");
            let reply = {
                let mut sent = conn.run(steps());
                let polled = sent.as_mut().poll(&mut Context::from_waker(Waker::noop()));
                assert!(polled.is_pending());
                tokio::task::yield_now().await;
                cut.recv_timeout(Duration::from_secs(120)).unwrap();
                sent.await.unwrap()
            };
            assert!(!conn.is_open() && reply.in_transaction);
            let failure = conn.run(batch([Step::Commit])).await.unwrap_err();
            assert_eq!(failure.error.kind(), ErrorKind::ConnectionLost);
        });
    }
}

#[test]
fn a_server_that_never_answers_keeps_nobody_waiting() {
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        let (proxy, url) = proxied(&schema, way);
        let placement = if way == Way::Caller { Placement::Caller } else { Placement::Own };
        let mut conn = connect(&format!("{url}&connect_timeout=2"), placement).unwrap();
        run(&mut conn, [Step::Begin(Begin::Write), hero("a")]).unwrap();
        proxy.cut_when_it_has_said("nothing that it ever says");
        let mut running = conn.run(batch([hero("b")]));
        assert!(running.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        drop(running);
        let failure = failure(&mut conn, hero("c"));
        assert_eq!(failure.error.kind(), ErrorKind::ConnectionLost, "{:?}", failure.error);
        assert!(failure.error.to_string().contains("did not stop a statement"));
        assert!(!failure.in_transaction && !conn.is_open() && !conn.reset());
    }
}
