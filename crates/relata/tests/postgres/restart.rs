//! A server that is stopped and started while tasks write: what they were told is true.

use crate::{patience::Patience, server::Server};
use relata::{Error, ErrorKind, Metadata, Result, prelude::*};
use std::{
    collections::HashSet,
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
};
use tokio::task::{spawn_blocking, yield_now};

#[model(table)]
struct Entry {
    #[field(primary_key)]
    id: Id<Entry>,
    #[field(unique)]
    name: String,
}

type Work<'a> = Pin<Box<dyn Future<Output = Result<bool>> + Send + 'a>>;

/// Writes an entry of this name; whether it was meant to stay.
type Write = for<'a> fn(&'a Engine, String) -> Work<'a>;

const WRITES: [Write; 6] = [
    |engine, name| {
        Box::pin(async move {
            let mut session = Session::new(engine);
            session.add(Entry::new(name));
            session.commit().await.map(|()| true)
        })
    },
    |engine, name| {
        Box::pin(async move {
            let mut session = Session::new(engine);
            session.add(Entry::new(name));
            session.flush().await?;
            session.exec(select(Entry).limit(3)).all().await?;
            session.commit().await.map(|()| true)
        })
    },
    |engine, name| {
        Box::pin(async move {
            engine.exec(insert(Entry).value(Entry::new(name))).run().await.map(|_| true)
        })
    },
    |engine, name| {
        Box::pin(engine.transact(async move |session| {
            session.add(Entry::new(&*name));
            session.exec(select(Entry).limit(3)).all().await?;
            Ok(true)
        }))
    },
    |engine, name| {
        Box::pin(async move {
            let mut session = Session::new(engine);
            session.add(Entry::new(name));
            session.flush().await?;
            session.rollback().await.map(|()| false)
        })
    },
    |engine, name| {
        Box::pin(async move {
            let mut session = Session::new(engine);
            let mut stream = session.exec(select(Entry).limit(40)).stream();
            while stream.next().await?.is_some() {}
            drop(stream);
            session.add(Entry::new(name));
            session.commit().await.map(|()| true)
        })
    },
];

/// What a task was told of its entries.
#[derive(Default)]
struct Told {
    saved: HashSet<String>,
    undone: HashSet<String>,
    unknown: HashSet<String>,
    errors: Vec<Error>,
}

/// How far all tasks are.
#[derive(Default)]
struct Progress {
    saved: AtomicUsize,
    failed: AtomicUsize,
    enough: AtomicBool,
}

async fn write(engine: Engine, task: usize, progress: Arc<Progress>) -> Told {
    let mut told = Told::default();
    for number in 0.. {
        if progress.enough.load(SeqCst) {
            break;
        }
        let name = format!("{task} {number}");
        match WRITES[task % WRITES.len()](&engine, name.clone()).await {
            Ok(true) => {
                told.saved.insert(name);
                progress.saved.fetch_add(1, SeqCst);
            }
            Ok(false) => {
                told.undone.insert(name);
            }
            Err(error) => {
                let unknown = error.kind() == ErrorKind::CommitUnknown;
                if unknown { &mut told.unknown } else { &mut told.undone }.insert(name);
                told.errors.push(error);
                progress.failed.fetch_add(1, SeqCst);
            }
        }
        yield_now().await;
    }
    told
}

async fn more(counter: &AtomicUsize, than: usize) {
    let before = counter.load(SeqCst);
    let patience = Patience::until("the tasks have done more");
    while counter.load(SeqCst) < before + than {
        patience.again();
        yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_is_restarted_while_tasks_write() {
    let Some(server) = Server::start("restart") else { return };
    let server = Arc::new(server);
    let engine = Engine::builder(server.url()).pool_size(4).await.unwrap();
    Metadata::of(Entry).create_all(&engine).await.unwrap();
    let progress = Arc::<Progress>::default();
    let tasks: Vec<_> = (0..2 * WRITES.len())
        .map(|task| tokio::spawn(write(engine.clone(), task, Arc::clone(&progress))))
        .collect();
    for mode in ["immediate", "fast", "immediate", "fast"] {
        more(&progress.saved, 100).await;
        let stopped = Arc::clone(&server);
        spawn_blocking(move || stopped.stop(mode)).await.unwrap();
        more(&progress.failed, 20).await;
        let started = Arc::clone(&server);
        spawn_blocking(move || started.go_on()).await.unwrap();
    }
    more(&progress.saved, 100).await;
    progress.enough.store(true, SeqCst);

    let mut told = Vec::new();
    for task in tasks {
        told.push(task.await.unwrap());
    }
    let there = engine.exec(select(Entry.name)).all().await.unwrap();
    let mut left: HashSet<&str> = there.iter().map(|name| &**name).collect();
    for Told { saved, undone, unknown, errors } in &told {
        let kinds = [ErrorKind::ConnectionLost, ErrorKind::CommitUnknown, ErrorKind::CannotOpen];
        for error in errors {
            assert!(kinds.contains(&error.kind()), "{error:?}");
        }
        for name in saved {
            assert!(left.remove(&**name), "`{name}` was saved");
        }
        for name in undone {
            assert!(!left.contains(&**name), "`{name}` was undone");
        }
        for name in unknown {
            left.remove(&**name);
        }
    }
    assert!(left.is_empty(), "nobody wrote {left:?}");

    assert_eq!(engine.pool_status().in_use(), 0);
    let mut whole = Vec::new();
    for _ in 0..4 {
        let mut session = Session::new(&engine);
        session.exec(select(Entry).limit(1)).all().await.unwrap();
        whole.push(session);
    }
    assert_eq!((engine.pool_status().open, engine.pool_status().in_use()), (4, 4));
    drop(whole);
    // No transaction is open but the one that asks.
    let open = "SELECT count(*) FROM pg_stat_activity WHERE datname = 'postgres' AND xact_start IS NOT NULL";
    let open = || relata::query::raw(open).into_tuple::<(i64,)>();
    let patience = Patience::until("no transaction is open");
    while engine.exec(open()).one().await.unwrap() != (1,) {
        patience.again();
    }
}
