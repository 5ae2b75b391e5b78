//! How often a program waits for the server, counted and not timed.

use super::*;
use crate::meter::Meter;
use relata::Isolation;

/// An engine with one connection, by way of a meter.
async fn metered(db: &Db) -> (Meter, Engine) {
    let (scheme, rest) = db.url.split_once("://").unwrap();
    let (address, rest) = rest.split_once('/').unwrap();
    let (user, address) = address.rsplit_once('@').unwrap_or(("", address));
    let port = if address.contains(':') { "" } else { ":3306" };
    let (meter, port) = Meter::to(&format!("{address}{port}"));
    let url = format!("{scheme}://{user}@127.0.0.1:{port}/{rest}&ssl-mode=disabled");
    let engine = Engine::builder(url).pool_size(1).await.unwrap();
    Metadata::of((Team, Hero)).create_all(&engine).await.unwrap();
    // What `create_all` does alone is behind it.
    for name in ["Deadpond", "Rusty-Man"] {
        let mut session = Session::new(&engine);
        session.add(Hero::new(name));
        session.commit().await.unwrap();
    }
    (meter, engine)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_begin_without_any() {
    for db in databases("sessions_begin_without_any") {
        let (meter, engine) = metered(&db).await;
        // The first time the statement is prepared.
        for (at, expected) in [2, 1, 1].into_iter().enumerate() {
            let mut session = Session::new(&engine);
            let (trips, hero) = meter.of(session.get(Hero, 1)).await;
            assert_eq!((trips, hero.unwrap().is_some()), (expected, true), "BEGIN is none");
            let (trips, hero) = meter.of(session.get(Hero, 1)).await;
            assert_eq!((trips, hero.unwrap().is_some()), (1, true));
            let (trips, ended) = meter.of(session.commit()).await;
            assert_eq!((trips, ended.is_ok()), (1, true));

            session.add(Hero::new(format!("hero {at}")));
            let (trips, ended) = meter.of(session.commit()).await;
            assert_eq!((trips, ended.is_ok()), (2, true), "INSERT and COMMIT");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn statements_alone_pay_for_nothing_else() {
    for db in databases("statements_alone_pay") {
        let (meter, engine) = metered(&db).await;
        // It is prepared, and the connection no longer begins transactions by itself.
        for expected in [3, 1, 1] {
            let (trips, heroes) = meter.of(engine.exec(select(Hero)).all()).await;
            assert_eq!((trips, heroes.unwrap().len()), (expected, 2));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_both_come_in_turns_only_sessions_pay() {
    for db in databases("where_both_come_in_turns") {
        let (meter, engine) = metered(&db).await;
        let alone = async || meter.of(engine.exec(select(Hero)).all()).await.0;
        let begun = async || {
            let mut session = Session::new(&engine);
            let (trips, hero) = meter.of(session.get(Hero, 1)).await;
            hero.unwrap().unwrap();
            session.commit().await.unwrap();
            trips
        };
        assert_eq!((alone().await, begun().await), (3, 3), "both are prepared");
        for _ in 0..3 {
            assert_eq!((alone().await, begun().await), (1, 2), "BEGIN is said");
        }
        // Where sessions are all there is, it is said for the last time.
        assert_eq!([begun().await, begun().await, begun().await], [2, 1, 1]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_savepoint_or_options_are_one_with_begin() {
    for db in databases("a_savepoint_or_options") {
        let (meter, engine) = metered(&db).await;
        let mut session = Session::new(&engine);
        let (trips, savepoint) = meter.of(session.begin_nested()).await;
        assert_eq!((trips, savepoint.is_ok()), (1, true));
        drop(savepoint);
        session.rollback().await.unwrap();
        let (trips, begun) = meter.of(session.begin_with(Isolation::ReadCommitted)).await;
        assert_eq!((trips, begun.is_ok()), (1, true));
        for expected in [2, 1] {
            let (trips, hero) = meter.of(session.get(Hero, 1)).await;
            assert_eq!((trips, hero.unwrap().is_some()), (expected, true), "it is prepared first");
        }
    }
}
