//! Futures that are dropped after every number of polls, on each database: what was not committed is
//! gone, what was is there, no transaction stays open, and the pool has its connection again.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a broken expectation may panic")]

#[path = "common/databases.rs"]
mod databases;
#[path = "common/polled.rs"]
mod polled;

use databases::Database;
use polled::polled;
use relata::{Metadata, Result, prelude::*};
use std::{future::Future, pin::Pin};

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
    name: String,
    #[relationship(back_populates = teams, link_model = Link)]
    heroes: Many<Hero>,
}

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    #[field(index)]
    round: i64,
    #[relationship(back_populates = heroes, link_model = Link)]
    teams: Many<Team>,
}

type Work<'a> = Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>>;

/// Something that a program does, in a session or on an engine, with the number of its round.
struct Case {
    name: &'static str,
    work: for<'a> fn(&'a mut Session, &'a Engine, i64) -> Work<'a>,
    /// How many heroes of the round it saves, if it does.
    saves: usize,
}

fn two(round: i64) -> [Hero; 2] {
    [Hero::new(round), Hero::new(round)]
}

const CASES: &[Case] = &[
    Case {
        name: "begin",
        work: |session, _, _| Box::pin(async { session.begin_write().await }),
        saves: 0,
    },
    Case {
        name: "query",
        work: |session, _, _| {
            Box::pin(async { session.exec(select(Hero).with(Hero.teams)).all().await.map(drop) })
        },
        saves: 0,
    },
    Case {
        name: "flush and query",
        work: |session, _, round| {
            Box::pin(async move {
                session.add_all(two(round));
                session.exec(select(Team)).all().await.map(drop)
            })
        },
        saves: 0,
    },
    Case {
        name: "commit",
        work: |session, _, round| {
            Box::pin(async move {
                let team = session.add(Team::new("Preventers"));
                session.add_all(two(round).map(|hero| hero.with_teams([&team])));
                session.commit().await
            })
        },
        saves: 2,
    },
    Case {
        name: "commit after flush",
        work: |session, _, round| {
            Box::pin(async move {
                session.add(Hero::new(round));
                session.flush().await?;
                session.add(Hero::new(round));
                session.commit().await
            })
        },
        saves: 2,
    },
    Case {
        name: "savepoint",
        work: |session, _, round| {
            Box::pin(async move {
                let mut nested = session.begin_nested().await?;
                nested.add_all(two(round));
                nested.commit().await?;
                let mut nested = session.begin_nested().await?;
                nested.add(Hero::new(round));
                nested.flush().await?;
                nested.rollback().await?;
                session.commit().await
            })
        },
        saves: 2,
    },
    Case {
        name: "rollback",
        work: |session, _, round| {
            Box::pin(async move {
                session.add_all(two(round));
                session.flush().await?;
                session.rollback().await
            })
        },
        saves: 0,
    },
    Case {
        name: "fetch",
        work: |session, _, round| {
            Box::pin(async move {
                session.add_all(two(round));
                let mut heroes = session.exec(select(Hero)).stream();
                while heroes.next().await?.is_some() {}
                drop(heroes);
                session.commit().await
            })
        },
        saves: 2,
    },
    Case {
        name: "fetch on the engine",
        work: |_, engine, _| {
            Box::pin(async {
                let mut heroes = engine.exec(select(Hero)).stream();
                while heroes.next().await?.is_some() {}
                Ok(())
            })
        },
        saves: 0,
    },
    Case {
        name: "statement on the engine",
        work: |_, engine, round| {
            Box::pin(
                async move { engine.exec(insert(Hero).values(two(round))).run().await.map(drop) },
            )
        },
        saves: 2,
    },
    Case {
        name: "statements on the engine",
        work: |_, engine, round| {
            Box::pin(async move {
                let many = (0..600).map(|_| Hero::new(round));
                engine.exec(insert(Hero).values(many)).run().await.map(drop)
            })
        },
        saves: 600,
    },
    Case {
        name: "unit of work",
        work: |_, engine, round| {
            Box::pin(engine.transact(async move |session| {
                session.add_all(two(round));
                session.exec(select(Team)).all().await.map(drop)
            }))
        },
        saves: 2,
    },
];

/// What a test does with the session after the drop.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Then {
    RollBack,
    Drop,
}

async fn drop_everywhere(database: &Database) {
    let url = database.url();
    let engine = Engine::builder(url).pool_size(1).await.unwrap();
    let others = Engine::builder(url).pool_size(1).await.unwrap();
    let tables = Metadata::of((Team, Hero, Link));
    tables.create_all(&engine).await.unwrap();
    others.exec(insert(Hero).values((0..40).map(|_| Hero::new(-1)))).run().await.unwrap();
    let (mut round, mut witnesses) = (0, 0);
    for case in CASES {
        for then in [Then::RollBack, Then::Drop] {
            for polls in 0.. {
                round += 1;
                let place = format!("{} {then:?} after {polls} on {}", case.name, database.name());
                assert!(polls < 1_000, "{place} does not end");
                let mut session = Session::new(&engine);
                let outcome = polled(polls, (case.work)(&mut session, &engine, round)).await;
                let done = outcome.is_some();
                outcome.unwrap_or(Ok(())).unwrap_or_else(|error| panic!("{place}: {error:?}"));
                if then == Then::RollBack {
                    session.rollback().await.unwrap();
                    session.add(Team::new("witness"));
                    session.commit().await.unwrap_or_else(|error| panic!("{place}: {error:?}"));
                    witnesses += 1;
                }
                drop(session);
                assert_eq!(engine.pool_status().in_use(), 0, "{place}");

                // Nothing is locked, and nothing of others is lost.
                let mut other = Session::new(&others);
                other.begin_write().await.unwrap_or_else(|error| panic!("{place}: {error:?}"));
                other.add(Team::new("witness"));
                other.commit().await.unwrap_or_else(|error| panic!("{place}: {error:?}"));
                witnesses += 1;
                let found = select(count(Hero.id)).filter(Hero.round.eq(round));
                let found = engine.exec(found).one().await.unwrap() as usize;
                assert!(found == case.saves || found == 0 && !done, "{place}: {found} saved");
                if done {
                    break;
                }
            }
        }
    }
    let kept = select(count(Team.id)).filter(Team.name.eq("witness"));
    assert_eq!(engine.exec(kept).one().await.unwrap(), witnesses);
    assert_eq!(database.open_transactions().await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite() {
    drop_everywhere(&Database::sqlite()).await;
}

#[cfg(feature = "postgres")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres() {
    let Some(database) = Database::postgres("dropped") else { return };
    drop_everywhere(&database).await;
}

#[cfg(feature = "mysql")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_mysql() {
    let Some(database) = Database::mysql("dropped") else { return };
    drop_everywhere(&database).await;
}
