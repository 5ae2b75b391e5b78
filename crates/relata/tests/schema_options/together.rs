//! Programs that create and drop the same tables at the same moment.

use crate::{
    polled::polled,
    support::{Db, Kind, everywhere},
};
use relata::{
    Metadata,
    blocking::{Engine, Session},
    prelude::{ColumnEnum, Id, Many, One, insert, model, raw, select},
};
use std::{sync::Barrier, thread};

const SCHEMA: &str = "relata_opt_together";

/// A type of its own on PostgreSQL, which is created along.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, ColumnEnum)]
enum Mood {
    Calm,
    Angry,
}

#[model(table, schema = "relata_opt_together", comment = "those who lead")]
struct Team {
    #[field(primary_key, identity)]
    id: Id<Team>,
    #[field(index, unique)]
    name: String,
    #[field(default = Mood::Calm, server_default = "'Calm'")]
    mood: Mood,
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
    #[field(index)]
    name: String,
    #[field(foreign_key = Team.id)]
    team_id: Option<Id<Team>>,
    #[relationship(back_populates = heroes, foreign_key = team_id)]
    team: One<Option<Team>>,
}

const PROGRAMS: usize = 8;

fn tables() -> Metadata {
    Metadata::of((Team, Hero))
}

/// Does something in several programs, each with an engine of its own, at the same moment.
fn together(db: &Db, act: impl Fn(usize, &Engine) + Sync) {
    let start = Barrier::new(PROGRAMS);
    thread::scope(|scope| {
        for program in 0..PROGRAMS {
            let (start, act) = (&start, &act);
            scope.spawn(move || {
                let engine = db.engine();
                start.wait();
                act(program, &engine);
            });
        }
    });
}

/// The names of indexes, which are there once if all went well.
fn indexes(db: &Db, engine: &Engine) -> Vec<String> {
    let sql = match db.kind {
        Kind::Sqlite => {
            "SELECT name FROM sqlite_master WHERE type = 'index' AND name LIKE 'ix%' ORDER BY name"
        }
        Kind::Postgres => {
            "SELECT indexname::text FROM pg_indexes WHERE indexname LIKE 'ix%' ORDER BY 1"
        }
        Kind::MySql => {
            "SELECT CONVERT(index_name USING utf8mb4) FROM information_schema.statistics \
             WHERE table_schema IN (database(), 'relata_opt_together') AND index_name LIKE 'ix%' \
             ORDER BY index_name"
        }
    };
    let rows = engine.exec(raw(sql).into_tuple::<(String,)>()).all().unwrap();
    rows.into_iter().map(|(name,)| name).collect()
}

#[test]
fn all_of_them_succeed() {
    everywhere("all_of_them_succeed", &[SCHEMA], |db| {
        for _ in 0..3 {
            // what one finds created is whole: it can be used at once
            together(db, |program, engine| {
                tables().create_all(engine).unwrap();
                let mut session = Session::new(engine);
                let hero = session.add(Hero::new(format!("hero {program}")));
                let team = Team::new(format!("team {program}")).with_leader(&hero);
                session.add(team.with_heroes([&hero]));
                session.commit().unwrap();
            });
            let engine = db.engine();
            let moods = engine.exec(select(Team.mood)).all().unwrap();
            assert_eq!(moods, [Mood::Calm; PROGRAMS]);
            let of_team = match db.kind {
                Kind::Sqlite => "ix_relata_opt_together.team_name",
                Kind::Postgres | Kind::MySql => "ix_relata_opt_together_team_name",
            };
            assert_eq!(indexes(db, &engine), ["ix_hero_name", of_team]);
            together(db, |_, engine| tables().drop_all(engine).unwrap());
            assert!(indexes(db, &engine).is_empty());
        }
    });
}

#[test]
fn some_may_drop_what_others_create() {
    everywhere("some_may_drop_what_others_create", &[SCHEMA], |db| {
        together(db, |program, engine| {
            for round in 0..4 {
                match (program + round) % 2 {
                    0 => tables().create_all(engine).unwrap(),
                    _ => tables().drop_all(engine).unwrap(),
                }
            }
        });
        let engine = db.engine();
        tables().create_all(&engine).unwrap();
        engine.exec(insert(Hero).value(Hero::new("Deadpond"))).run().unwrap();
        tables().drop_all(&engine).unwrap();
    });
}

/// The locks are of a connection; they do not outlive what they are for.
#[test]
fn nothing_is_locked_behind_a_failure() {
    everywhere("nothing_is_locked_behind_a_failure", &[SCHEMA], |db| {
        mod broken {
            use relata::prelude::*;

            #[model(table = "hero", check("no_such_column > 0"))]
            pub(super) struct Broken {
                #[field(primary_key)]
                id: Id<Broken>,
            }
        }
        let engine = Engine::builder(&*db.url).pool_size(1).build().unwrap();
        let metadata = Metadata::of(broken::Broken);
        for _ in 0..2 {
            metadata.create_all(&engine).unwrap_err();
        }
        // another program, and then the same one
        tables().create_all(&db.engine()).unwrap();
        tables().drop_all(&engine).unwrap();
    });
}

/// Tasks of one program share an engine, and a call may be dropped at any point.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_may_be_dropped() {
    // what blocks is not done in a task
    let databases = thread::spawn(|| {
        let databases = std::sync::Mutex::new(Vec::new());
        crate::support::each("calls_may_be_dropped", &[], |db| databases.lock().unwrap().push(db));
        databases.into_inner().unwrap()
    });
    for db in databases.join().unwrap() {
        let engine = relata::Engine::builder(&*db.url).pool_size(2).await.unwrap();
        let hero = Metadata::of(alone::Hero);
        for polls in 0.. {
            assert!(polls < 1_000, "it does not end");
            let done = polled(polls, hero.create_all(&engine)).await.is_some();
            let calls = (0..PROGRAMS).map(|_| {
                let (hero, engine) = (hero.clone(), engine.clone());
                tokio::spawn(async move { hero.create_all(&engine).await })
            });
            for call in calls.collect::<Vec<_>>() {
                call.await.unwrap().unwrap();
            }
            hero.drop_all(&engine).await.unwrap();
            if done {
                break;
            }
        }
        engine.close();
        thread::spawn(|| drop(db)).join().unwrap();
    }
}

mod alone {
    use relata::prelude::*;

    #[model(table)]
    pub(super) struct Hero {
        #[field(primary_key)]
        id: Id<Hero>,
        #[field(index)]
        name: String,
    }
}
