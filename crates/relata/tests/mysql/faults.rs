//! What becomes of programs when others, or the server, get in between.

use super::*;
use patience::Patience;
use private::Private;
use relata::{ErrorKind, Retry};
use std::{
    collections::HashSet,
    sync::{Arc, Mutex, atomic::AtomicUsize},
    time::Duration,
};
use tokio::sync::Barrier;

async fn engine(db: &Db) -> Engine {
    let engine = Engine::builder(&*db.url).pool_size(1).await.unwrap();
    Metadata::of((Team, Hero)).create_all(&engine).await.unwrap();
    engine
}

async fn names(engine: &Engine) -> Vec<String> {
    let heroes = engine.exec(select(Hero).order_by(Hero.id)).all().await.unwrap();
    heroes.into_iter().map(|hero| hero.name).collect()
}

/// The server's number for the connection of a session.
async fn number(session: &mut Session) -> i64 {
    session.exec(raw("SELECT CONNECTION_ID()").into_tuple::<i64>()).one().await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_unit_that_lost_a_deadlock_is_run_again() {
    for db in databases("a_unit_that_lost_a_deadlock") {
        let engine = Engine::connect(&*db.url).await.unwrap();
        Metadata::of((Team, Hero)).create_all(&engine).await.unwrap();
        let mut session = Session::new(&engine);
        session.add_all([Hero::new("one"), Hero::new("two")]);
        session.commit().await.unwrap();

        let (meeting, attempts) = (Arc::new(Barrier::new(2)), Arc::new(AtomicUsize::new(0)));
        let rename = async |first: i64, second: i64, name: &'static str| {
            let (meeting, attempts) = (Arc::clone(&meeting), Arc::clone(&attempts));
            let engine = engine.with_retry(Retry::new().wait(Duration::ZERO, Duration::ZERO));
            let unit = async move |session: &mut Session| -> relata::Result<()> {
                let attempt = attempts.fetch_add(1, Ordering::SeqCst);
                for (at, key) in [first, second].into_iter().enumerate() {
                    let mut hero = session.get(Hero, key).await?.unwrap();
                    hero.name = format!("{name} {key}");
                    session.add(&mut hero);
                    session.flush().await?;
                    if at == 0 && attempt < 2 {
                        meeting.wait().await;
                    }
                }
                Ok(())
            };
            engine.transact(unit).await.unwrap();
        };
        tokio::join!(rename(1, 2, "a"), rename(2, 1, "b"));
        assert_eq!(attempts.load(Ordering::SeqCst), 3, "one of them ran again");
        let names = names(&engine).await;
        assert!(names == ["a 1", "a 2"] || names == ["b 1", "b 2"], "{names:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_was_killed_in_the_pool_is_not_noticed() {
    for db in databases("a_connection_that_was_killed_in_the_pool") {
        let engine = engine(&db).await;
        let mut session = Session::new(&engine);
        let killed = number(&mut session).await;
        drop(session);
        db.execute(&format!("KILL {killed}"));
        let mut session = Session::new(&engine);
        session.add(Hero::new("Deadpond"));
        session.commit().await.unwrap();
        assert_eq!(names(&engine).await, ["Deadpond"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_whose_connection_was_killed_rolls_back_and_goes_on() {
    for db in databases("a_session_whose_connection_was_killed") {
        let engine = engine(&db).await;
        let mut session = Session::new(&engine);
        let mut hero = session.add(Hero::new("Deadpond"));
        session.flush().await.unwrap();
        assert_eq!(hero.id.get(), Some(1));
        let killed = number(&mut session).await;
        db.execute(&format!("KILL {killed}"));
        session.add(Hero::new("Rusty-Man"));
        let error = session.commit().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionLost);
        assert_eq!(hero.id.get(), None, "it was not saved");
        session.rollback().await.unwrap();
        session.add(&mut hero);
        session.commit().await.unwrap();
        assert_ne!(number(&mut session).await, killed);
        drop(session);
        assert_eq!(names(&engine).await, ["Deadpond"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_was_given_up_leaves_its_connection_to_others() {
    for db in databases("a_call_that_was_given_up") {
        let engine = engine(&db).await;
        let mut session = Session::new(&engine);
        session.add(Hero::new("lost"));
        session.flush().await.unwrap();
        let before = number(&mut session).await;
        let slow = raw("SELECT SLEEP(600)").into_tuple::<i64>();
        let given_up = tokio::time::timeout(Duration::ZERO, session.exec(slow).one()).await;
        assert!(given_up.is_err());
        drop(session);
        // The pool has no other connection.
        let mut session = Session::new(&engine);
        session.add(Hero::new("saved"));
        session.commit().await.unwrap();
        assert_eq!(number(&mut session).await, before);
        drop(session);
        assert_eq!(names(&engine).await, ["saved"]);
    }
}

/// What programs were told while they added heroes.
#[derive(Default)]
struct Told {
    saved: HashSet<String>,
    unknown: HashSet<String>,
    lost: usize,
}

async fn add_heroes(engine: Engine, who: usize, told: Arc<Mutex<Told>>, enough: Arc<AtomicUsize>) {
    for at in 0.. {
        let name = format!("{who} {at}");
        let mut session = Session::new(&engine);
        session.add(Hero::new(&*name));
        let outcome = session.commit().await;
        drop(session);
        {
            let mut told = told.lock().unwrap();
            match outcome.map_err(|error| error.kind()) {
                Ok(()) => {
                    told.saved.insert(name);
                    if told.saved.len() >= enough.load(Ordering::SeqCst) {
                        return;
                    }
                }
                Err(ErrorKind::CommitUnknown) => {
                    told.unknown.insert(name);
                }
                Err(kind) => {
                    assert!(
                        matches!(kind, ErrorKind::ConnectionLost | ErrorKind::CannotOpen),
                        "{kind:?}"
                    );
                    told.lost += 1;
                }
            }
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_goes_on_when_the_server_crashes_and_nothing_is_lost_that_was_saved() {
    let Some(mut server) = Private::start("work_goes_on", &[]) else { return };
    let db = Db::create(&server.url(), "connect_timeout=5");
    let engine = Engine::builder(&*db.url).pool_size(4).await.unwrap();
    Metadata::of((Team, Hero)).create_all(&engine).await.unwrap();
    let (told, enough) = (Arc::<Mutex<Told>>::default(), Arc::new(AtomicUsize::new(usize::MAX)));
    let programs: Vec<_> = (0..6)
        .map(|who| {
            let (told, enough) = (Arc::clone(&told), Arc::clone(&enough));
            tokio::spawn(add_heroes(engine.clone(), who, told, enough))
        })
        .collect();
    for _ in 0..2 {
        let before = told.lock().unwrap().saved.len();
        let patience = Patience::until("the tasks have saved more");
        while told.lock().unwrap().saved.len() < before + 100 {
            patience.again();
            tokio::task::yield_now().await;
        }
        tokio::task::block_in_place(|| {
            server.crash();
            server.restart();
        });
    }
    let before = told.lock().unwrap().saved.len();
    enough.store(before + 200, Ordering::SeqCst);
    for program in programs {
        program.await.unwrap();
    }
    let stored = names(&engine).await;
    let found: HashSet<String> = stored.iter().cloned().collect();
    assert_eq!(found.len(), stored.len(), "none is there twice");
    let told = told.lock().unwrap();
    assert!(told.lost > 0, "the server was not missed");
    let missing: Vec<_> = told.saved.difference(&found).collect();
    assert!(missing.is_empty(), "said to be saved and not there: {missing:?}");
    let strange: Vec<_> = found
        .iter()
        .filter(|name| !told.saved.contains(*name) && !told.unknown.contains(*name))
        .collect();
    assert!(strange.is_empty(), "there, and said to be lost: {strange:?}");
    drop(engine);
}
