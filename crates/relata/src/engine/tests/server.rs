//! The pool with connections to a server and time that a test lets pass: which connection is lent, by
//! the server's process for it. On the server that `RELATA_POSTGRES_URL` names.

#[path = "../../../tests/common/skipped.rs"]
mod skipped;

use super::*;
use crate::engine::{
    pool::{Limits, Pool},
    report::Reporter,
};
use relata_postgres::{Placement, PostgresDriver};

const SECOND: Duration = Duration::from_secs(1);

/// An engine whose connections work in this thread, so that it is known when they hear something.
fn engine(limits: Limits) -> Option<(Engine, Clock)> {
    let Ok(url) = std::env::var("RELATA_POSTGRES_URL") else {
        let test = thread::current().name().unwrap_or_default().to_owned();
        skipped::skipped(&test, "RELATA_POSTGRES_URL is not set");
        return None;
    };
    let driver = Arc::new(PostgresDriver::from_url(&url, Placement::Caller).unwrap());
    let clock = Clock::set(0.0);
    let pool = Pool::new(driver, limits, clock.clone()).unwrap();
    Some((EngineOf::new(pool, Reporter::new(false, false), String::new()), clock))
}

fn inside<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(work)
}

/// The server's process for a connection.
async fn process(lease: &mut Lease) -> i64 {
    let ask = read("SELECT pg_backend_pid()::bigint");
    let mut reply = lease.run(batch([ask])).await.unwrap();
    reply.done[0].take::<Numbers>().unwrap().0[0]
}

async fn next(engine: &Engine) -> i64 {
    process(&mut engine.acquire().await.unwrap()).await
}

/// Ends a connection on the server, while this thread does nothing else.
fn end(process: i64) {
    let url = std::env::var("RELATA_POSTGRES_URL").unwrap();
    let work = move || {
        let engine = BlockingEngine::connect(url).unwrap();
        let end = format!("SELECT pg_terminate_backend({process}, 10000)");
        run(&mut acquire(&engine).unwrap(), [sql(&end)]);
    };
    thread::spawn(work).join().unwrap();
}

#[test]
fn a_connection_that_ended_while_it_rested_is_replaced() {
    let Some((engine, clock)) = engine(Limits::default()) else { return };
    inside(async {
        let first = next(&engine).await;
        assert_eq!(next(&engine).await, first);
        clock.pass(5 * SECOND);
        assert_eq!(next(&engine).await, first, "it says that it works");
        clock.pass(5 * SECOND);
        end(first);
        let mut lease = engine.acquire().await.unwrap();
        assert_ne!(process(&mut lease).await, first);
        assert_eq!((engine.pool_status().open, engine.pool_status().idle), (1, 0));
    });
}

#[test]
fn connections_end_by_age_and_rest() {
    let lifetime = Limits { max_lifetime: Some(100 * SECOND), ..Limits::default() };
    let Some((old, clock)) = engine(lifetime) else { return };
    inside(async {
        let first = next(&old).await;
        clock.pass(99 * SECOND);
        assert_eq!(next(&old).await, first);
        clock.pass(SECOND);
        assert_ne!(next(&old).await, first);
        assert_eq!(old.pool_status().open, 1);
    });

    let idle = Limits { max_idle: Some(60 * SECOND), min: 2, ..Limits::default() };
    let Some((idle, clock)) = engine(idle) else { return };
    inside(async {
        let mut held = Vec::new();
        for _ in 0..4 {
            held.push(idle.acquire().await.unwrap());
        }
        drop(held);
        clock.pass(59 * SECOND);
        let last = next(&idle).await;
        assert_eq!(idle.pool_status().open, 4);
        clock.pass(SECOND);
        assert_eq!(next(&idle).await, last, "it was used in between");
        assert_eq!(idle.pool_status().open, 2);
    });
}
