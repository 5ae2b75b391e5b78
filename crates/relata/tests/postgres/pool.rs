//! The pool, by what the server has of its connections.

use crate::{
    polled::polled,
    support::{Schema, inside},
};
use relata::{ErrorKind, Metadata, blocking, prelude::*};
use std::time::Duration;

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
}

/// Begins so many sessions, each of which then holds a connection.
async fn hold(engine: &Engine, count: usize) -> Vec<Session> {
    let mut held = Vec::new();
    for _ in 0..count {
        let mut session = Session::new(engine);
        session.begin_write().await.unwrap();
        held.push(session);
    }
    held
}

#[test]
fn a_pool_with_no_connection_left_says_how_many_are_out() {
    inside("pool_exhausted", async |schema| {
        for (size, limit, message) in [
            (
                3,
                50,
                "no connection became free within 0.05 s; all 3 are in use; end sessions that are no longer needed, or raise `pool_size`",
            ),
            (
                1,
                0,
                "no connection became free within 0 s; the only one is in use; end the session that holds it first, or raise `pool_size`",
            ),
        ] {
            let limit = Duration::from_millis(limit);
            let engine = Engine::builder(schema.url()).pool_size(size).pool_timeout(limit);
            let engine = engine.await.unwrap();
            let mut held = hold(&engine, size).await;
            let error = Session::new(&engine).begin_write().await.unwrap_err();
            assert_eq!((error.kind(), &*error.to_string()), (ErrorKind::PoolTimeout, message));
            held.pop();
            hold(&engine, 1).await;
        }
    });
}

#[test]
fn who_gives_up_waiting_loses_no_place() {
    inside("pool_cancelled", async |schema| {
        let limit = Duration::from_millis(10);
        let engine = Engine::builder(schema.url()).pool_size(2).pool_timeout(limit);
        let engine = engine.max_lifetime(Duration::ZERO).await.unwrap();
        // The first two wait for a connection to be opened, the last for one to be given back.
        for (count, ends) in [(0, true), (1, true), (2, false)] {
            for polls in 0.. {
                let held = hold(&engine, count).await;
                let mut session = Session::new(&engine);
                let begun = polled(polls, session.begin_write()).await;
                drop((session, held));
                let status = engine.pool_status();
                assert_eq!((status.in_use(), status.waiting), (0, 0), "{polls}");
                if let Some(begun) = begun {
                    assert_eq!(begun.is_ok(), ends, "{polls}");
                    break;
                }
            }
            assert_eq!(hold(&engine, 2).await.len(), 2);
        }
        assert_eq!(engine.pool_status().size, 2);
    });
}

#[test]
fn connections_are_opened_with_the_engine_and_closed_with_it() {
    let Some(schema) = Schema::new("pool_warm") else { return };
    let engine = blocking::Engine::builder(schema.url()).pool_size(5).min_connections(3);
    let engine = engine.build().unwrap();
    let warm = schema.processes();
    assert_eq!(warm.len(), 3);
    Metadata::of(Hero).create_all(&engine).unwrap();
    let mut held = blocking::Session::new(&engine);
    held.add(Hero::new());
    held.flush().unwrap();
    assert_eq!(schema.processes(), warm, "none was opened that was not needed");
    engine.close();
    schema.await_processes(1);
    held.commit().unwrap();
    schema.await_processes(0);
    drop((held, engine));

    let engine = blocking::Engine::connect(schema.url()).unwrap();
    assert_eq!(schema.processes().len(), 1);
    assert_eq!(engine.exec(select(Hero)).all().unwrap().len(), 1);
    drop(engine);
    schema.await_processes(0);
}

#[test]
fn connections_are_replaced_when_they_are_old_or_idle() {
    let Some(schema) = Schema::new("pool_ages") else { return };
    let pid = || relata::query::raw("SELECT pg_backend_pid()").into_tuple::<(i32,)>();
    let builder = || blocking::Engine::builder(schema.url()).pool_size(3).min_connections(2);
    let old = builder().max_lifetime(Duration::ZERO).build().unwrap();
    let seen = [(), (), ()].map(|()| old.exec(pid()).one().unwrap());
    assert!(seen[0] != seen[1] && seen[1] != seen[2], "{seen:?}");
    drop(old);
    schema.await_processes(0);

    let idle = builder().max_idle(Duration::ZERO).build().unwrap();
    let mut held = [(), (), ()].map(|()| blocking::Session::new(&idle));
    held.iter_mut().for_each(|session| session.begin_write().unwrap());
    assert_eq!(schema.processes().len(), 3);
    drop(held);
    assert_eq!(idle.pool_status().idle, 3, "nobody looked");
    idle.exec(pid()).one().unwrap();
    schema.await_processes(2);
    let seen = [(), (), ()].map(|()| idle.exec(pid()).one().unwrap());
    assert!(seen[0] == seen[1] && seen[1] == seen[2], "so many are kept: {seen:?}");
}
