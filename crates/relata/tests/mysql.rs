//! Whole programs on MySQL or MariaDB: the server of `RELATA_MYSQL_URL`, such as
//! `mysql://root@127.0.0.1:3306`. Without it the tests are skipped, and say so.

#![expect(clippy::unwrap_used, reason = "helpers of tests, outside of `#[test]`")]

use relata::{ErrorKind, Metadata, blocking, prelude::*};
use std::{
    env,
    io::{self, Write},
    sync::atomic::{AtomicU32, Ordering},
};

#[model(table)]
struct Team {
    #[field(primary_key)]
    id: Id<Team>,
    #[field(unique)]
    name: String,
    #[field(foreign_key = Hero.id)]
    leader_id: Option<Id<Hero>>,
    #[relationship(foreign_key = leader_id)]
    leader: One<Option<Hero>>,
    #[relationship(back_populates = team, foreign_key = team_id)]
    heroes: Many<Hero>,
}

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    #[field(index, unique)]
    name: String,
    #[field(foreign_key = Team.id)]
    team_id: Option<Id<Team>>,
    #[relationship(back_populates = heroes, foreign_key = team_id)]
    team: One<Option<Team>>,
}

#[model(table)]
struct Node {
    #[field(primary_key)]
    id: Id<Node>,
    #[field(index)]
    its_name_which_with_that_of_the_table_is_too_long_for_an_index: String,
    #[field(foreign_key = Node.id)]
    parent_id: Option<Id<Node>>,
}

/// A database of its own, dropped by [`Db::drop`].
struct Db {
    url: String,
    name: String,
}

#[expect(clippy::explicit_write, reason = "`eprintln` is captured")]
fn database(test: &str) -> Option<Db> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let Ok(url) = env::var("RELATA_MYSQL_URL") else {
        // Past the capture of the test's own output.
        writeln!(io::stderr(), "SKIPPED {test}: `RELATA_MYSQL_URL` names no server").unwrap();
        return None;
    };
    let (scheme, rest) = url.split_once("://").unwrap();
    let server = format!("{scheme}://{}", rest.split('/').next().unwrap());
    let next = NEXT.fetch_add(1, Ordering::Relaxed);
    let name = format!("relata_programs_{}_{next}", std::process::id());
    let db = Db { url: format!("{server}/{name}"), name };
    // One that cannot hold every text, as older servers make them.
    db.execute(&server, &format!("CREATE DATABASE {} CHARACTER SET latin1", db.name));
    Some(db)
}

impl Db {
    fn execute(&self, url: &str, sql: &str) {
        use relata_core::connection::{Batch, Driver, Statement, Step};
        use relata_mysql::{MySqlDriver, Placement};
        let work = || {
            let builder = tokio::runtime::Builder::new_current_thread().enable_all().build();
            builder.unwrap().block_on(async {
                let driver = MySqlDriver::from_url(url, Placement::Caller).unwrap();
                let mut conn = driver.connect().await.unwrap();
                conn.run(Batch { steps: vec![Step::Run(Statement::text(sql))] }).await.unwrap();
            });
        };
        // A test may be in a runtime already.
        std::thread::scope(|scope| scope.spawn(work).join().unwrap());
    }
}

impl Drop for Db {
    fn drop(&mut self) {
        self.execute(&self.url, &format!("DROP DATABASE {}", self.name));
    }
}

/// Both ways to learn a key, where the server has both.
const WAYS: [&str; 2] = ["?returning=on", "?returning=off"];

// Two threads, because dropping the database blocks one while connections end in the other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_get_their_own_keys_whichever_way_they_are_learned() {
    let Some(db) = database("rows_get_their_own_keys") else { return };
    for way in WAYS {
        let engine = Engine::connect(format!("{}{way}", db.url)).await.unwrap();
        let metadata = Metadata::of((Team, Hero));
        metadata.create_all(&engine).await.unwrap();
        metadata.create_all(&engine).await.unwrap();
        let mut session = Session::new(&engine);
        let mut team = session.add(Team::new("Z-Force 🦸"));
        let names: Vec<String> = (0..1200).map(|at| format!("hero {}", (at * 7) % 1200)).collect();
        let heroes: Vec<_> = names
            .iter()
            .map(|name| session.add(Hero::new(name.as_str()).with_team(&team)))
            .collect();
        team.leader.set(&heroes[3]);
        session.add(&mut team);
        session.commit().await.unwrap();
        for hero in &heroes {
            let stored = session.get(Hero, hero.id.get().unwrap()).await.unwrap().unwrap();
            assert_eq!(stored.name, hero.name, "{way}");
        }
        let read = session.exec(select(Team).with(Team.leader)).one().await.unwrap();
        assert_eq!(read.name, "Z-Force 🦸");
        assert_eq!(read.leader.get().unwrap().unwrap().name, names[3]);
        drop(session);
        metadata.drop_all(&engine).await.unwrap();
        metadata.drop_all(&engine).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_violation_names_the_table_columns_and_constraint() {
    let Some(db) = database("a_violation_names") else { return };
    let engine = Engine::connect(&*db.url).await.unwrap();
    Metadata::of((Team, Hero)).create_all(&engine).await.unwrap();
    let mut session = Session::new(&engine);
    session.add(Hero::new("Deadpond"));
    session.commit().await.unwrap();
    session.add(Hero::new("Deadpond"));
    let error = session.commit().await.unwrap_err();
    assert!(error.is_unique_violation());
    assert_eq!(error.to_string(), "unique constraint failed: `hero.name`");
    assert_eq!((error.table(), error.constraint()), (Some("hero"), Some("ix_hero_name")));
    assert_eq!(error.columns().collect::<Vec<_>>(), ["name"]);
    session.rollback().await.unwrap();
    let mut stale = session.exec(select(Hero)).one().await.unwrap();
    db.execute(&db.url, "DELETE FROM hero");
    session.rollback().await.unwrap();
    stale.name = "Wade".into();
    session.add(&mut stale);
    assert_eq!(session.commit().await.unwrap_err().kind(), ErrorKind::Stale);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_that_refers_to_itself_is_deleted() {
    let Some(db) = database("a_row_that_refers_to_itself") else { return };
    let engine = Engine::connect(&*db.url).await.unwrap();
    Metadata::of((Node,)).create_all(&engine).await.unwrap();
    let mut session = Session::new(&engine);
    let mut node = Node::new("a");
    node.parent_id = Some(node.id.clone());
    let mut node = session.add(node);
    session.commit().await.unwrap();
    assert_eq!(session.exec(select(Node)).one().await.unwrap().parent_id, Some(node.id.clone()));
    session.delete(&mut node);
    session.commit().await.unwrap();
    assert!(session.exec(select(Node)).all().await.unwrap().is_empty());
}

#[test]
fn blocking_programs_need_no_runtime() {
    let Some(db) = database("blocking_programs") else { return };
    let engine = blocking::Engine::connect(&*db.url).unwrap();
    Metadata::of((Team, Hero)).create_all(&engine).unwrap();
    let mut session = blocking::Session::new(&engine);
    let hero = session.add(Hero::new("Deadpond").with_team(Team::new("Z-Force")));
    session.commit().unwrap();
    let mut names = Vec::new();
    for found in session.exec(select(Hero)).stream() {
        names.push(found.unwrap().name.clone());
    }
    assert_eq!(names, ["Deadpond"]);
    assert_eq!(hero.id.get(), Some(1));
}

#[test]
fn many_threads_share_an_engine() {
    let Some(db) = database("many_threads") else { return };
    let engine = blocking::Engine::builder(&*db.url).pool_size(3).build().unwrap();
    Metadata::of((Team, Hero)).create_all(&engine).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..6 {
            let engine = &engine;
            scope.spawn(move || {
                for at in 0..20 {
                    let mut session = blocking::Session::new(engine);
                    session.add(Hero::new(format!("{thread} {at}")));
                    session.commit().unwrap();
                }
            });
        }
    });
    let mut session = blocking::Session::new(&engine);
    assert_eq!(session.exec(select(Hero)).all().unwrap().len(), 120);
}
