//! Behind pgbouncer in its transaction mode: each transaction is on whichever connection to the
//! server is free, and nothing of a session outlives it.

use crate::{
    patience::Patience,
    polled::polled,
    port::on_free_port,
    programs::{self, Running},
    skipped::skipped,
    support::Schema,
};
use relata::{ErrorKind, Metadata, Result, blocking, prelude::*};
use std::{
    fs,
    pin::pin,
    process::Command,
    task::{Context, Waker},
};

/// A pgbouncer in front of the server, and the schema that its connections work in.
struct Bouncer {
    port: u16,
    _running: Running,
    _directory: tempfile::TempDir,
    /// Dropped when nobody is connected any more.
    schema: Schema,
}

impl Bouncer {
    /// One that has so many connections to the server.
    fn start(test: &str, connections: usize) -> Option<Self> {
        let schema = Schema::new(test)?;
        let Some(program) = programs::find("pgbouncer") else {
            skipped(test, "pgbouncer is not installed");
            return None;
        };
        let directory = programs::directory();
        let version = Command::new(&program).arg("--version").output().unwrap().stdout;
        let version = String::from_utf8(version).unwrap();
        let digits = |part: &str| part.trim().parse::<u32>().unwrap();
        let mut numbers = version.split_whitespace().nth(1).unwrap().split('.').map(digits);
        // Later ones know named statements, unless they are told not to.
        let old = (numbers.next(), numbers.next()) < (Some(1), Some(21));
        let none = if old { "" } else { "max_prepared_statements = 0" };
        let (place, user, password, database) = schema.parts();
        let (host, server) = place.rsplit_once(':').unwrap();
        let password =
            password.map_or_else(String::new, |password| format!("password='{password}'"));
        let name = &schema.name;
        let settings = format!(
            "[databases]
relata = host={host} port={server} dbname={database} user={user} {password} connect_query='SET search_path TO {name}'
[pgbouncer]
listen_addr = 127.0.0.1
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {connections}
max_client_conn = 100
{none}
"
        );
        let path = directory.path().join("pgbouncer.ini");
        let (port, running) = on_free_port(|port| {
            fs::write(&path, format!("{settings}listen_port = {port}\n")).unwrap();
            let mut command = programs::command(&program);
            command.arg(&path);
            Running::start(command, "process up").map(|running| (port, running))
        });
        Some(Bouncer { port, _running: running, _directory: directory, schema })
    }

    /// How many of its connections sleep for this test, as the server says.
    fn sleeping(&self) -> i64 {
        let schema = &self.schema.name;
        self.schema.numbers(format!(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND query LIKE '%{schema}%'"
        ))[0]
    }

    fn url(&self, options: &str) -> String {
        format!("postgres://anyone@127.0.0.1:{}/relata?sslmode=disable{options}", self.port)
    }
}

#[model(table)]
struct Link {
    #[field(primary_key, foreign_key = Team.id)]
    team_id: Id<Team>,
    #[field(primary_key, foreign_key = Hero.id)]
    hero_id: Id<Hero>,
}

#[model(table)]
struct Team {
    #[field(primary_key)]
    id: Id<Team>,
    #[field(unique)]
    name: String,
    #[relationship(back_populates = teams, link_model = Link)]
    heroes: Many<Hero>,
}

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    name: String,
    power: i64,
    #[relationship(back_populates = heroes, link_model = Link)]
    teams: Many<Team>,
}

fn tables() -> Metadata {
    Metadata::of((Team, Hero, Link))
}

const OFF: &str = "&statement_cache=0";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whole_programs_with_no_statement_cache() {
    let Some(bouncer) = Bouncer::start("bouncer_programs", 2) else { return };
    let engine = Engine::builder(bouncer.url(OFF)).pool_size(4).await.unwrap();
    tables().create_all(&engine).await.unwrap();
    tables().create_all(&engine).await.unwrap();
    let mut session = Session::new(&engine);
    let preventers = session.add(Team::new("Preventers"));
    let hero = |number: i64| Hero::new(format!("hero {number}"), number).with_teams([&preventers]);
    let mut heroes = session.add_all((0..1_000).map(hero));
    session.commit().await.unwrap();
    heroes[0].power = 7;
    session.add(&mut heroes[0]);
    session.delete(&heroes[1]);
    session.commit().await.unwrap();
    let read = session.exec(select(Hero).with(Hero.teams).order_by(Hero.id)).all().await.unwrap();
    assert_eq!((read.len(), read[0].power), (999, 7));
    assert!(read.iter().all(|hero| hero.teams.get().unwrap()[0].name == "Preventers"));

    // Two streams of two connections at once, one of them left half-way, one read to its end.
    let mut left = session.exec(select(Hero).order_by(Hero.id)).stream();
    assert_eq!(left.next().await.unwrap().unwrap().name, "hero 0");
    let mut whole = engine.exec(select(Hero).order_by(Hero.id)).stream();
    let mut count = 0;
    while whole.next().await.unwrap().is_some() {
        count += 1;
    }
    assert_eq!(count, 999);
    drop((left, whole));
    {
        let mut nested = session.begin_nested().await.unwrap();
        nested.add(Team::new("Preventers"));
        assert!(nested.flush().await.unwrap_err().is_unique_violation());
        nested.rollback().await.unwrap();
    }
    session.add(Team::new("Z-Force"));
    session.commit().await.unwrap();
    assert_eq!(engine.exec(select(Team.name).order_by(Team.id)).all().await.unwrap().len(), 2);
    tables().drop_all(&engine).await.unwrap();
    drop(session);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_tasks_share_few_connections() {
    let Some(bouncer) = Bouncer::start("bouncer_tasks", 2) else { return };
    let engine = Engine::builder(bouncer.url(OFF)).pool_size(10).await.unwrap();
    tables().create_all(&engine).await.unwrap();
    let mut session = Session::new(&engine);
    session.add(Hero::new("Deadpond", 0));
    session.commit().await.unwrap();
    let serializable = engine.with_options(relata::Isolation::Serializable);
    let serializable = serializable.with_retry(relata::Retry::new().attempts(1_000));
    let tasks = (0..10).map(|task| {
        let (engine, plain) = (serializable.clone(), engine.clone());
        tokio::spawn(async move {
            for round in 0..10 {
                let name = format!("{task} {round}");
                let unit = engine.transact(async move |session| -> Result<()> {
                    let mut hero = session.get(Hero, 1).await?.unwrap();
                    hero.power += 1;
                    session.add(&mut hero);
                    session.add(Team::new(&*name));
                    Ok(())
                });
                unit.await.unwrap();
                plain.exec(select(Team)).all().await.unwrap();
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    assert_eq!(engine.exec(select(Hero.power)).one().await.unwrap(), 100);
    assert_eq!(engine.exec(select(count(Team.id))).one().await.unwrap(), 100);
    assert_eq!(engine.pool_status().in_use(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_dropped_half_way_disturbs_nobody() {
    let Some(bouncer) = Bouncer::start("bouncer_drops", 1) else { return };
    let engine = Engine::builder(bouncer.url(OFF)).pool_size(2).await.unwrap();
    tables().create_all(&engine).await.unwrap();
    for polls in 0.. {
        assert!(polls < 1_000, "it does not end");
        let mut session = Session::new(&engine);
        session.add_all(["a", "b"].map(|name| Hero::new(name, polls as i64)));
        let done = polled(polls, session.commit()).await.is_some();
        drop(session);
        let found = select(Hero).filter(Hero.power.eq(polls as i64));
        let found = engine.exec(found).all().await.unwrap().len();
        assert!(found == 2 || found == 0 && !done, "{found} after {polls}");
        if done {
            break;
        }
    }
    // Whose sleep it is stands in a comment.
    let slow = raw(format!("SELECT pg_sleep(600) /* {} */", bouncer.schema.name));
    {
        let mut session = Session::new(&engine);
        let mut sleeping = pin!(session.exec(slow).run());
        let mut context = Context::from_waker(Waker::noop());
        let patience = Patience::until("the server sleeps");
        while bouncer.sleeping() == 0 {
            assert!(sleeping.as_mut().poll(&mut context).is_pending());
            patience.again();
        }
    }
    // The only connection to the server is free again.
    assert_eq!(engine.exec(select(Team)).all().await.unwrap().len(), 0);
}

#[test]
fn blocking_programs_with_no_statement_cache() {
    let Some(bouncer) = Bouncer::start("bouncer_blocking", 2) else { return };
    for spelled in ["statement_cache=0", "statement_cache_size=0", "pgbouncer=true"] {
        let engine = blocking::Engine::connect(bouncer.url(&format!("&{spelled}"))).unwrap();
        tables().create_all(&engine).unwrap();
        for _ in 0..3 {
            let mut session = blocking::Session::new(&engine);
            session.add(Team::new("Z-Force").with_heroes([Hero::new("Deadpond", 1)]));
            session.flush().unwrap();
            let teams = session.exec(select(Team).with(Team.heroes)).all().unwrap();
            assert_eq!(teams[0].heroes.get().unwrap()[0].name, "Deadpond");
        }
        tables().drop_all(&engine).unwrap();
    }
}

#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, ColumnEnum)]
enum Mood {
    Glad,
    Sad,
}

#[model(table)]
struct Pet {
    #[field(primary_key)]
    id: Id<Pet>,
    mood: Mood,
    past: Vec<Mood>,
}

/// What a type of the database's own is, is asked by nobody: a statement for that would have a name.
#[test]
fn types_of_the_database_s_own() {
    let Some(bouncer) = Bouncer::start("bouncer_types", 2) else { return };
    let engine = blocking::Engine::builder(bouncer.url(OFF)).pool_size(2).build().unwrap();
    Metadata::of(Pet).create_all(&engine).unwrap();
    for count in 1..=3 {
        // Whichever connection to the server is free.
        let mut one = blocking::Session::new(&engine);
        one.add(Pet::new(Mood::Sad, [Mood::Glad, Mood::Sad]));
        one.flush().unwrap();
        let sad = select(Pet).filter(Pet.mood.eq(Mood::Sad));
        assert_eq!(engine.exec(sad.clone()).all().unwrap().len(), count - 1);
        one.commit().unwrap();
        let pets = engine.exec(sad).all().unwrap();
        assert_eq!(pets.len(), count);
        assert!(pets.iter().all(|pet| pet.past == [Mood::Glad, Mood::Sad]));
    }
    let named = raw("SELECT count(*) FROM pg_prepared_statements").into_tuple::<(i64,)>();
    assert_eq!(engine.exec(named).one().unwrap(), (0,));
}

/// The server's connection that has the statement is in use by another, so the next one has not.
#[test]
fn a_statement_that_is_elsewhere_names_the_switch() {
    let Some(bouncer) = Bouncer::start("bouncer_elsewhere", 2) else { return };
    let off = blocking::Engine::connect(bouncer.url(OFF)).unwrap();
    tables().create_all(&off).unwrap();
    let engine = blocking::Engine::builder(bouncer.url("")).pool_size(1).build().unwrap();
    engine.exec(select(Team)).all().unwrap();
    let mut other = blocking::Session::new(&off);
    other.begin_write().unwrap();
    let error = engine.exec(select(Team)).all().unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Database, Some("26000")));
    assert!(error.to_string().ends_with(SWITCH), "{error}");
    other.rollback().unwrap();
}

/// Another process gave its statement the same name.
#[test]
fn a_statement_of_another_names_the_switch() {
    let Some(bouncer) = Bouncer::start("bouncer_another", 1) else { return };
    let off = blocking::Engine::connect(bouncer.url(OFF)).unwrap();
    tables().create_all(&off).unwrap();
    let mut session = blocking::Session::new(&off);
    for number in 0..2_000 {
        let name = format!("PREPARE s{number} AS SELECT 1");
        session.exec(raw(name)).run().unwrap();
    }
    session.commit().unwrap();
    let engine = blocking::Engine::connect(bouncer.url("")).unwrap();
    let error = engine.exec(select(Team)).all().unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Database, Some("42P05")));
    assert!(error.to_string().ends_with(SWITCH), "{error}");
}

const SWITCH: &str = "; where a proxy such as pgbouncer shares connections between transactions, write `statement_cache=0` in the URL";

#[test]
fn options_that_pgbouncer_does_not_pass_on() {
    let Some(bouncer) = Bouncer::start("bouncer_options", 1) else { return };
    let error = blocking::Engine::connect(bouncer.url("&lock_timeout=50")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CannotOpen);
    assert_eq!(
        error.to_string(),
        format!(
            "the server at `127.0.0.1:{}` refused the session: unsupported startup parameter: options; check the options in the URL",
            bouncer.port
        )
    );
}
