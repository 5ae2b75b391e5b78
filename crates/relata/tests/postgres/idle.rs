//! Connections that the server closes while they rest: who uses them next sees nothing of it.

use crate::support::{Schema, inside};
use relata::{ErrorKind, Metadata, Result, blocking, prelude::*};

#[model(table)]
struct Team {
    #[field(primary_key)]
    id: Id<Team>,
    name: String,
}

/// Ends all connections of the schema, and waits until they are gone on the server.
fn end_all(schema: &Schema) {
    let name = &schema.name;
    let ended = schema.numbers(format!(
        "SELECT pg_terminate_backend(pid, 10000)::int::bigint FROM pg_stat_activity WHERE application_name = '{name}'"
    ));
    assert!(!ended.is_empty());
}

/// Each use of an engine or session that has none yet.
const USES: usize = 6;

async fn used(engine: &Engine, how: usize) -> Result<()> {
    let mut session = Session::new(engine);
    match how {
        0 => engine.exec(select(Team)).all().await.map(drop),
        1 => engine.exec(insert(Team).value(Team::new("one"))).run().await.map(drop),
        2 => engine.exec(select(Team)).stream().next().await.map(drop),
        3 => {
            session.add(Team::new("one"));
            session.commit().await
        }
        4 => session.exec(select(Team)).stream().next().await.map(drop),
        _ => engine.transact(async |session| session.get(Team, 1).await.map(drop)).await,
    }
}

#[test]
fn in_async_programs() {
    inside("idle_async", async |schema| {
        for size in [1, 3] {
            let engine = Engine::builder(schema.url()).pool_size(size).min_connections(size);
            let engine = engine.await.unwrap();
            Metadata::of(Team).create_all(&engine).await.unwrap();
            for how in 0..USES {
                for prepared in [false, true] {
                    // The first time after its statements were prepared, the second time not.
                    if prepared {
                        used(&engine, how).await.unwrap();
                    }
                    end_all(schema);
                    used(&engine, how).await.unwrap_or_else(|error| panic!("{how}: {error:?}"));
                    assert_eq!(engine.pool_status().in_use(), 0);
                }
            }
        }
        let engine = Engine::connect(schema.url()).await.unwrap();
        let names = engine.exec(select(Team.name)).all().await.unwrap();
        assert_eq!(names.len(), 2 * 2 * 3, "each was saved once: {names:?}");
    });
}

#[test]
fn in_blocking_programs() {
    let Some(schema) = Schema::new("idle_blocking") else { return };
    let engine = blocking::Engine::builder(schema.url()).pool_size(1).build().unwrap();
    Metadata::of(Team).create_all(&engine).unwrap();
    for count in 1..=3 {
        end_all(&schema);
        let mut session = blocking::Session::new(&engine);
        session.add(Team::new("Preventers"));
        session.commit().unwrap();
        end_all(&schema);
        let teams: Result<Vec<Team>> = engine.exec(select(Team)).stream().collect();
        assert_eq!(teams.unwrap().len(), count);
    }
}

#[test]
fn after_the_time_that_the_server_gives_them() {
    let Some(schema) = Schema::new("idle_timeout") else { return };
    let url = format!("{}&options=-c%20idle_session_timeout%3D100", schema.url());
    let engine = blocking::Engine::builder(url).pool_size(2).min_connections(2).build().unwrap();
    for _ in 0..3 {
        schema.await_processes(0);
        assert!(engine.exec(relata::query::raw("SELECT 7").into_tuple::<(i32,)>()).one().is_ok());
    }
}

#[test]
fn what_was_open_is_lost() {
    inside("idle_open", async |schema| {
        let engine = Engine::builder(schema.url()).pool_size(1).await.unwrap();
        Metadata::of(Team).create_all(&engine).await.unwrap();
        let mut session = Session::new(&engine);
        session.add(Team::new("one"));
        session.flush().await.unwrap();
        end_all(schema);
        session.add(Team::new("two"));
        let error = session.commit().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionLost);
        assert_eq!(
            error.to_string(),
            "the connection to the server was lost: terminating connection due to administrator command; do the work again in a new session"
        );
        session.rollback().await.unwrap();
        session.add(Team::new("three"));
        session.commit().await.unwrap();
        assert_eq!(engine.exec(select(Team.name)).all().await.unwrap(), ["three"]);
    });
}
