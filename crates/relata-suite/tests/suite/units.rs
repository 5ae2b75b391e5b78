//! Units of work on a real database: what failed for another connection's lock is run again, and
//! nothing of a failed attempt stays. And transactions with options.

use relata::{Error, ErrorKind, Isolation, Retry, TransactionOptions, blocking, prelude::*};
use relata_suite::{Db, Lock, Need, has, pick};
use std::{
    fmt,
    future::pending,
    pin::pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    task::{Context, Waker},
    time::Duration,
};

#[model(table)]
struct Team {
    #[field(primary_key)]
    id: Id<Team>,
    name: String,
    #[relationship(back_populates = team)]
    heroes: Many<Hero>,
}

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    #[field(unique)]
    name: String,
    #[field(foreign_key = Team.id)]
    team_id: Option<Id<Team>>,
    #[relationship(back_populates = heroes)]
    team: One<Option<Team>>,
}

const HEROES: &str = "SELECT id, name FROM hero ORDER BY id";

/// A database whose connections wait for no lock.
async fn database() -> Db {
    relata_suite::engine_impatient(Metadata::of((Team, Hero))).await
}

/// Three attempts, with no time in between.
fn at_once() -> Retry {
    Retry::new().attempts(3).wait(Duration::ZERO, Duration::ZERO)
}

/// A connection from elsewhere that holds the lock for writing until it is dropped.
fn locked(db: &Db) -> Lock {
    db.lock("hero")
}

/// The error of a program, as it has nothing to do with the library.
#[derive(Debug)]
enum Trouble {
    Database(Error),
    Refused,
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Trouble::Database(error)
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl std::error::Error for Trouble {}

#[case]
async fn a_unit_that_finds_the_database_locked_is_run_again() {
    let db = database().await;
    let lock = Arc::new(Mutex::new(Some(locked(&db))));
    let runs = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&runs);
    let patient = db.engine.with_retry(at_once());
    let id = patient.transact(async move |session| {
        // The other lets go before the last attempt.
        if seen.fetch_add(1, Relaxed) == 2 {
            drop(lock.lock().unwrap().take());
        }
        let hero = session.add(Hero::new("Deadpond"));
        session.flush().await?;
        Ok::<_, Trouble>(hero.id.get())
    });
    // MySQL counts a key that found a lock, too.
    let key = pick(1, 1, 3);
    assert_eq!((id.await.unwrap(), runs.load(Relaxed)), (Some(key), 3));
    assert_eq!(db.rows(HEROES), [format!("{key}|Deadpond")]);
}

#[case]
async fn a_commit_that_finds_the_database_locked_is_run_again() {
    let db = database().await;
    let lock = Arc::new(Mutex::new(Some(locked(&db))));
    let runs = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&runs);
    let unit = async move |session: &mut Session| -> relata::Result<()> {
        if seen.fetch_add(1, Relaxed) == 1 {
            drop(lock.lock().unwrap().take());
        }
        session.add(Hero::new("Deadpond"));
        Ok(())
    };
    db.engine.transact_with(at_once(), unit).await.unwrap();
    let key = pick(1, 1, 2);
    assert_eq!((db.rows(HEROES), runs.load(Relaxed)), (vec![format!("{key}|Deadpond")], 2));
}

#[case]
async fn a_database_that_stays_locked_is_an_error() {
    let db = database().await;
    let _lock = locked(&db);
    let runs = AtomicUsize::new(0);
    let unit = async |session: &mut Session| {
        runs.fetch_add(1, Relaxed);
        session.add(Hero::new("Deadpond"));
        session.flush().await
    };
    let error = db.engine.transact_with(at_once(), &unit).await.unwrap_err();
    assert_eq!((error.kind(), runs.load(Relaxed)), (ErrorKind::Busy, 3));
    assert!(db.engine.transact_with(Retry::never(), &unit).await.is_err());
    assert_eq!((runs.load(Relaxed), db.count("hero")), (4, 0));
    let status = db.engine.pool_status();
    assert_eq!((status.in_use(), status.waiting), (0, 0));
}

#[case(Sqlite)]
async fn another_writer_makes_a_serializable_unit_begin_again() {
    let db = database().await;
    db.execute("INSERT INTO team (id, name) VALUES (1, '0')");
    let serializable = db.engine.with_options(Isolation::Serializable).with_retry(at_once());
    let other = db.engine.clone();
    let runs = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&runs);
    // Reads, and writes what follows from it; nobody gets in between.
    let counted = serializable.transact(async move |session| {
        let mut team = session.get(Team, 1).await?.unwrap();
        if seen.fetch_add(1, Relaxed) == 0 {
            let mut rival = Session::new(&other);
            assert_eq!(rival.begin_write().await.unwrap_err().kind(), ErrorKind::Busy);
        }
        let next = team.name.parse::<u32>().unwrap() + 1;
        team.name = next.to_string();
        session.add(&mut team);
        Ok::<_, Error>(next)
    });
    assert_eq!((counted.await.unwrap(), runs.load(Relaxed)), (1, 1));

    let _lock = locked(&db);
    let read = serializable.transact(async |session| session.get(Team, 1).await).await;
    assert_eq!(read.unwrap_err().kind(), ErrorKind::Busy, "it begins as one that writes");
    let reading = serializable.with_options(TransactionOptions::new().read_only());
    let team = reading.transact(async |session| session.get(Team, 1).await).await.unwrap();
    assert_eq!(team.unwrap().name, "1");
}

/// Without a level that was asked for, units count what others wrote on SQLite all the same.
#[case(Sqlite)]
async fn a_unit_counts_what_a_rival_wrote() {
    let db = database().await;
    db.execute("INSERT INTO team (id, name) VALUES (1, '0')");
    let engine = db.engine.with_retry(at_once());
    let (other, runs) = (db.engine.clone(), Arc::new(AtomicUsize::new(0)));
    let seen = Arc::clone(&runs);
    let counted = engine.transact(async move |session| {
        let mut team = session.get(Team, 1).await?.unwrap();
        let ten = update(Team).set(Team.name, "10").filter(Team.id.eq(1));
        let rival = other.exec(ten).run().await;
        match seen.fetch_add(1, Relaxed) {
            0 => assert_eq!(rival?, 1),
            _ => assert_eq!(rival.unwrap_err().kind(), ErrorKind::Busy, "it is locked by now"),
        }
        let next = team.name.parse::<u32>().unwrap() + 1;
        team.name = next.to_string();
        session.add(&mut team);
        // Also where the unit does not take it for a failure.
        let _ = session.flush().await;
        Ok::<_, Error>(next)
    });
    assert_eq!((counted.await.unwrap(), runs.load(Relaxed)), (11, 2));
    assert_eq!(db.rows("SELECT name FROM team"), ["11"]);

    let _lock = locked(&db);
    let read = engine.transact(async |session| session.get(Team, 1).await).await;
    assert_eq!(read.unwrap().unwrap().name, "11", "to read hinders nobody");
}

/// Counts what is in a team's name, while a rival writes there.
#[case(Server)]
async fn a_serializable_unit_counts_what_a_rival_wrote() {
    let db = database().await;
    db.execute("INSERT INTO team (id, name) VALUES (1, '0')");
    let serializable = db.engine.with_options(Isolation::Serializable).with_retry(at_once());
    let other = db.engine.clone();
    let runs = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&runs);
    let counted = serializable.transact(async move |session| {
        let mut team = session.get(Team, 1).await?.unwrap();
        if seen.fetch_add(1, Relaxed) == 0 {
            let ten = update(Team).set(Team.name, "10").filter(Team.id.eq(1));
            refused_on_mysql(other.exec(ten).run().await);
        }
        let next = team.name.parse::<u32>().unwrap() + 1;
        team.name = next.to_string();
        session.add(&mut team);
        Ok::<_, Error>(next)
    });
    let (next, times) = pick((0, 0), (11, 2), (1, 1));
    assert_eq!((counted.await.unwrap(), runs.load(Relaxed)), (next, times));
    assert_eq!(db.rows("SELECT name FROM team"), [next.to_string()]);
}

/// Adds a team where there is none, while a rival does the same: neither changes what the other has
/// read.
#[case(Server)]
async fn serializable_units_do_not_overlook_each_other() {
    let db = database().await;
    let serializable = db.engine.with_options(Isolation::Serializable);
    let rival = serializable.with_retry(Retry::never());
    let runs = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&runs);
    let unit = async move |session: &mut Session| -> relata::Result<()> {
        let none = session.exec(select(Team)).all().await?.is_empty();
        if seen.fetch_add(1, Relaxed) == 0 {
            let unit = async |session: &mut Session| -> relata::Result<()> {
                assert!(session.exec(select(Team)).all().await?.is_empty());
                session.add(Team::new("rival"));
                Ok(())
            };
            refused_on_mysql(rival.transact(unit).await);
        }
        if none {
            session.add(Team::new("unit"));
        }
        Ok(())
    };
    serializable.with_retry(at_once()).transact(unit).await.unwrap();
    assert_eq!(runs.load(Relaxed), pick(0, 2, 1));
    assert_eq!(db.rows("SELECT name FROM team"), [pick("", "rival", "unit")]);
}

/// On PostgreSQL the first who commits wins. MySQL locks what a serializable transaction has read.
fn refused_on_mysql<T: fmt::Debug>(outcome: relata::Result<T>) {
    match pick(0, 1, 2) {
        1 => drop(outcome.unwrap()),
        _ => assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Busy),
    }
}

#[case]
async fn nothing_of_a_failed_attempt_stays() {
    let db = Arc::new(database().await);
    let lock = Arc::new(Mutex::new(None));
    // Servers give each attempt another key.
    let key = |run| i64::try_from(pick(1, run + 1, run + 1)).unwrap();
    // One value for all attempts.
    let kept = Arc::new(Mutex::new(None::<Tracked<Team>>));
    let runs = Arc::new(AtomicUsize::new(0));
    let (held, slot, seen, other) =
        (Arc::clone(&lock), Arc::clone(&kept), Arc::clone(&runs), Arc::clone(&db));
    let unit = async move |session: &mut Session| -> relata::Result<()> {
        let run = seen.fetch_add(1, Relaxed);
        {
            let mut team = slot.lock().unwrap();
            match &mut *team {
                None => {
                    let new = Team::new("Preventers").with_heroes([Hero::new("Rusty-Man")]);
                    *team = Some(session.add(new));
                }
                Some(team) => {
                    assert_eq!(team.id.get(), None, "the id is free again");
                    session.add(team);
                }
            }
        }
        session.flush().await?;
        assert_eq!(slot.lock().unwrap().as_ref().unwrap().id, key(run));
        if run < 2 {
            // The answer of the database, as if another had the lock.
            session.rollback().await?;
            *held.lock().unwrap() = Some(locked(&other));
            session.add(Hero::new("Spider-Boy"));
            let busy = session.flush().await;
            drop(held.lock().unwrap().take());
            busy?;
        }
        Ok(())
    };
    db.engine.transact_with(at_once(), unit).await.unwrap();
    assert_eq!(runs.load(Relaxed), 3);
    let (team, key) = (kept.lock().unwrap().take().unwrap(), key(2));
    assert_eq!(team.id, key);
    assert_eq!(db.rows("SELECT id, name FROM team"), [format!("{key}|Preventers")]);
    let hero = team.heroes.get().unwrap()[0].id.get().unwrap();
    assert_eq!(db.rows("SELECT id, name, team_id FROM hero"), [format!("{hero}|Rusty-Man|{key}")]);
}

#[case]
async fn an_error_of_the_program_rolls_back() {
    let db = database().await;
    let runs = AtomicUsize::new(0);
    let end = db.engine.transact(async |session| {
        runs.fetch_add(1, Relaxed);
        let hero = session.add(Hero::new("Deadpond"));
        session.flush().await?;
        assert_eq!(hero.id, 1);
        Err::<(), _>(Trouble::Refused)
    });
    assert!(matches!(end.await, Err(Trouble::Refused)));
    assert_eq!((runs.load(Relaxed), db.count("hero")), (1, 0));

    db.execute("INSERT INTO hero (name) VALUES ('Deadpond')");
    let end = db.engine.transact(async |session| {
        session.add(Hero::new("Deadpond"));
        Ok::<_, Trouble>(())
    });
    assert!(matches!(end.await, Err(Trouble::Database(error)) if error.is_unique_violation()));

    // An error that is of no type in particular.
    let end = db.engine.transact(async |session| {
        session.exec(select(Hero)).all().await?;
        Err::<(), Box<dyn std::error::Error + Send + Sync>>(Trouble::Refused.into())
    });
    assert_eq!(end.await.unwrap_err().to_string(), "Refused");
}

#[case]
async fn a_panic_in_a_unit_leaves_the_connection_clean() {
    let db = relata_suite::engine_single(Metadata::of((Team, Hero))).await;
    let engine = db.engine.clone();
    let task = tokio::spawn(async move {
        let unit = async |session: &mut Session| -> relata::Result<()> {
            session.add(Hero::new("Deadpond"));
            session.flush().await?;
            panic!("by the test")
        };
        engine.transact(unit).await
    });
    assert!(task.await.unwrap_err().is_panic());
    db.engine
        .transact(async |session| {
            assert!(session.exec(select(Hero)).all().await?.is_empty());
            session.add(Hero::new("Rusty-Man"));
            Ok::<_, Error>(())
        })
        .await
        .unwrap();
    let key = pick(1, 2, 2);
    assert_eq!(db.rows(HEROES), [format!("{key}|Rusty-Man")]);
}

#[case]
async fn a_dropped_unit_is_rolled_back() {
    let db = relata_suite::engine_single(Metadata::of((Team, Hero))).await;
    let flushed = AtomicUsize::new(0);
    {
        let mut unit = pin!(db.engine.transact(async |session| {
            session.add(Hero::new("Deadpond"));
            session.flush().await?;
            flushed.store(1, Relaxed);
            pending::<relata::Result<()>>().await
        }));
        while flushed.load(Relaxed) == 0 {
            let polled = unit.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            assert!(polled.is_pending());
            tokio::task::yield_now().await;
        }
    }
    let mut session = Session::new(&db.engine);
    assert!(session.exec(select(Hero)).all().await.unwrap().is_empty());
    session.add(Hero::new("Rusty-Man"));
    session.commit().await.unwrap();
    let key = pick(1, 2, 2);
    assert_eq!(db.rows(HEROES), [format!("{key}|Rusty-Man")]);
}

#[case]
async fn a_unit_in_a_unit_is_a_transaction_of_its_own() {
    let db = database().await;
    let engine = db.engine.clone();
    let end = db.engine.transact(async move |outer| {
        let inner = engine.transact(async move |session| -> relata::Result<()> {
            session.add(Hero::new("inner"));
            Ok(())
        });
        inner.await?;
        assert_eq!(outer.exec(select(Hero.name)).all().await?, ["inner"]);
        outer.add(Hero::new("outer"));
        outer.flush().await?;
        Err::<(), _>(Trouble::Refused)
    });
    assert!(matches!(end.await, Err(Trouble::Refused)));
    assert_eq!(db.rows(HEROES), ["1|inner"]);
}

#[case]
async fn savepoints_in_a_unit() {
    let db = database().await;
    db.engine
        .transact(async |session| {
            session.add(Hero::new("Deadpond"));
            let mut part = session.begin_nested().await?;
            part.add(Hero::new("Deadpond"));
            assert!(part.commit().await.unwrap_err().is_unique_violation());
            Ok::<_, Error>(())
        })
        .await
        .unwrap();
    assert_eq!(db.rows(HEROES), ["1|Deadpond"]);
}

#[case]
async fn a_read_only_session_writes_nothing() {
    let db = database().await;
    db.execute("INSERT INTO hero (name) VALUES ('Deadpond')");
    let read_only = TransactionOptions::new().read_only();
    let mut session = Session::new(&db.engine).with_options(read_only);
    let mut heroes = session.exec(select(Hero)).all().await.unwrap();
    heroes[0].name = String::from("Alivepond");
    session.add(&mut heroes[0]);
    let error = session.commit().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ReadOnly);
    session.rollback().await.unwrap();
    session.delete(&heroes[0]);
    assert_eq!(session.flush().await.unwrap_err().kind(), ErrorKind::ReadOnly);
    session.rollback().await.unwrap();
    session.exec(select(Hero)).all().await.unwrap();
    drop(session);

    // The same connection, and the same value.
    let mut session = Session::new(&db.engine);
    session.add(&mut heroes[0]);
    session.commit().await.unwrap();
    assert_eq!(db.rows(HEROES), ["1|Alivepond"]);
}

#[case]
async fn a_transaction_with_options_sees_one_state() {
    let db = database().await;
    let serializable = Isolation::Serializable.read_only().deferrable();
    let uncommitted = Isolation::ReadUncommitted.read_only();
    for options in [Isolation::RepeatableRead.read_only(), serializable, uncommitted] {
        let mut session = Session::new(&db.engine);
        session.begin_with(options).await.unwrap();
        let before = session.exec(select(Hero)).all().await.unwrap().len();
        let new = Hero::new(format!("other {before}"));
        let written = db.engine.exec(insert(Hero).value(new)).run().await;
        // MySQL locks what a serializable transaction has read.
        let locked = options == serializable && has(Need::MySql);
        let expected = if locked { Err(ErrorKind::Busy) } else { Ok(1) };
        assert_eq!(written.map_err(|error| error.kind()), expected);
        let after = before + usize::from(!locked);
        // SQLite has no level that is as loose.
        let loose = options == uncommitted && has(Need::Server);
        let seen = if loose { after } else { before };
        assert_eq!(session.exec(select(Hero)).all().await.unwrap().len(), seen);
        session.commit().await.unwrap();
        assert_eq!(session.exec(select(Hero)).all().await.unwrap().len(), after);
        session.add(Hero::new(format!("hero {before}")));
        session.commit().await.unwrap();
    }
    assert_eq!(db.count("hero"), pick(6, 6, 5));
}

#[case]
async fn a_closed_engine_lets_sessions_end() {
    let db = database().await;
    let mut session = Session::new(&db.engine);
    session.add(Hero::new("Deadpond"));
    session.flush().await.unwrap();
    db.engine.close();
    assert_eq!(db.engine.pool_status().open, 1);
    session.commit().await.unwrap();
    assert_eq!(db.engine.pool_status().open, 0);
    assert_eq!(db.rows(HEROES), ["1|Deadpond"]);

    let error = session.exec(select(Hero)).all().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::EngineClosed);
    let error = db.engine.exec(select(Hero)).all().await.unwrap_err();
    assert_eq!(error.to_string(), "the engine was closed; open another one");
    let error = db.engine.transact(async |session| session.begin_write().await).await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::EngineClosed);
}

#[case]
fn blocking_units() {
    let db = relata_suite::engine_blocking(Metadata::of((Team, Hero)));
    let engine = blocking::Engine::connect(db.impatient_url()).unwrap().with_retry(at_once());
    let rival = &db.engine;
    let lock = Mutex::new(Some(db.lock("hero")));

    // What a unit captures may be borrowed here.
    let names = [String::from("Deadpond"), String::from("Rusty-Man")];
    let runs = AtomicUsize::new(0);
    let added = engine.transact(|session| -> Result<usize, Trouble> {
        if runs.fetch_add(1, Relaxed) == 1 {
            drop(lock.lock().unwrap().take());
        }
        session.add_all(names.iter().map(|name| Hero::new(&**name)));
        Ok(session.exec(select(Hero)).all()?.len())
    });
    assert_eq!((added.unwrap(), runs.load(Relaxed)), (2, 2));
    assert_eq!(rival.exec(select(Hero)).all().unwrap().len(), 2);

    let end = engine.transact(|session| {
        session.add(Hero::new("Spider-Boy"));
        session.flush()?;
        Err::<(), _>(Trouble::Refused)
    });
    assert!(matches!(end, Err(Trouble::Refused)));
    assert_eq!(rival.exec(select(Hero)).all().unwrap().len(), 2);
}
