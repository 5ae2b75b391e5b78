//! Connections that are cut: what is known of a COMMIT then, and what is not.

use crate::{proxy::Proxy, support::*};
use relata_core::{
    ErrorKind,
    connection::{Begin, Step},
};

/// A connection to tables `team` and `hero` through a proxy; none without a server on TCP.
fn through(schema: &Schema, way: Way) -> Option<(Proxy, Conn)> {
    drop(schema.heroes(Way::Own));
    let url = schema.url("&sslmode=disable");
    let (start, rest) = url.split_once("://").unwrap();
    let (user, rest) = rest.split_once('@').unwrap_or(("", rest));
    let (place, rest) = rest.split_once('/').unwrap();
    let place = if place.contains(':') { place.to_owned() } else { format!("{place}:5432") };
    let proxy = Proxy::to(&place);
    let cache = if way == Way::Unnamed { "&statement_cache=0" } else { "" };
    let url = format!("{start}://{user}@127.0.0.1:{}/{rest}{cache}", proxy.port);
    let placement = match way {
        Way::Caller => relata_postgres::Placement::Caller,
        _ => relata_postgres::Placement::Own,
    };
    Some((proxy, connect(&url, placement).unwrap()))
}

#[test]
fn a_commit_whose_answer_is_lost_is_not_known() {
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        for together in [true, false] {
            let Some((proxy, mut conn)) = through(&schema, way) else { return };
            // Its statement is prepared before the cut.
            run(&mut conn, [Step::Begin(Begin::Write), hero("a"), Step::Rollback]).unwrap();
            let work = [Step::Begin(Begin::Write), hero("b")];
            let (failure, step) = if together {
                proxy.cut_at_the_next_answer();
                (run(&mut conn, work.into_iter().chain([Step::Commit])).unwrap_err(), 2)
            } else {
                run(&mut conn, work).unwrap();
                proxy.cut_at_the_next_answer();
                (failure(&mut conn, Step::Commit), 0)
            };
            assert_eq!(failure.error.kind(), ErrorKind::CommitUnknown, "{:?}", failure.error);
            assert_eq!((failure.step, failure.in_transaction), (step, false));
            assert!(!conn.is_open() && !conn.reset());
        }
    }
}

#[test]
fn a_cut_before_the_commit_was_sent_is_a_lost_connection() {
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        let Some((proxy, mut conn)) = through(&schema, way) else { return };
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
    let Some((proxy, mut conn)) = through(&schema, Way::Own) else { return };
    run(&mut conn, [Step::Begin(Begin::Write), hero("a")]).unwrap();
    proxy.cut_at_the_next_answer();
    assert_eq!(failure(&mut conn, Step::Rollback).error.kind(), ErrorKind::ConnectionLost);
}

#[test]
fn a_cut_while_nothing_happens_is_seen() {
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        let Some((proxy, mut conn)) = through(&schema, way) else { return };
        proxy.cut();
        while conn.is_open() {
            std::thread::yield_now();
        }
        // With nothing open there is nothing to be unsure of.
        let steps = [Step::Begin(Begin::Write), hero("b"), Step::Commit];
        let failure = run(&mut conn, steps).unwrap_err();
        assert_eq!((failure.step, failure.error.kind()), (0, ErrorKind::ConnectionLost));
    }
}
