//! How often a program waits for the server, counted and not timed.

use crate::{
    meter::Meter,
    support::{Schema, inside},
};
use relata::{Metadata, Result, prelude::*};

#[model(table)]
struct HeroTeamLink {
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
    #[relationship(back_populates = teams, link_model = HeroTeamLink)]
    heroes: Many<Hero>,
}

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    name: String,
    age: Option<i32>,
    #[relationship(back_populates = heroes, link_model = HeroTeamLink)]
    teams: Many<Team>,
}

/// An engine with one connection, by way of a meter.
async fn metered(schema: &Schema) -> (Meter, Engine) {
    let (meter, port) = Meter::to(&schema.place()).await;
    let engine = Engine::builder(schema.by_way_of(port)).pool_size(1).await.unwrap();
    Metadata::of((Team, Hero, HeroTeamLink)).create_all(&engine).await.unwrap();
    (meter, engine)
}

/// So many new heroes, each in three of a hundred new teams.
fn add_heroes(session: &mut Session, count: usize) -> Vec<Tracked<Hero>> {
    let teams = (0..100).map(|number| Team::new(format!("team {number}")));
    let teams = session.add_all(teams);
    let hero = |number: usize| {
        let own = [0, 1, 2].map(|next| &teams[(number + next) % teams.len()]);
        Hero::new(format!("hero {number}")).with_teams(own)
    };
    session.add_all((0..count).map(hero))
}

#[test]
fn a_row_by_its_key_takes_one() {
    inside("trips_get", async |schema| {
        let (meter, engine) = metered(schema).await;
        let mut session = Session::new(&engine);
        session.add(Hero::new("Deadpond"));
        session.commit().await.unwrap();
        // The first time the statement is prepared.
        for expected in [2, 1, 1] {
            let mut session = Session::new(&engine);
            let (trips, hero) = meter.of(session.get(Hero, 1)).await;
            assert_eq!(hero.unwrap().unwrap().name, "Deadpond");
            assert_eq!(trips, expected, "BEGIN goes with it");
            let (trips, hero) = meter.of(session.get(Hero, 1)).await;
            assert_eq!((trips, hero.unwrap().is_some()), (1, true));
            let (trips, ended) = meter.of(session.commit()).await;
            assert_eq!((trips, ended.is_ok()), (1, true));
            let (trips, heroes) = meter.of(engine.exec(select(Hero)).all()).await;
            assert_eq!((trips, heroes.unwrap().len()), (expected, 1));
        }
    });
}

#[test]
fn a_flush_takes_one_for_each_level() {
    inside("trips_flush", async |schema| {
        let (meter, engine) = metered(schema).await;
        let mut links = 0;
        // What the first prepares serves any number of rows.
        for (number, expected) in [(1_023, 4), (1_000, 2), (779, 2), (10_000, 2)] {
            let mut session = Session::new(&engine);
            let heroes = add_heroes(&mut session, number);
            // Teams and heroes, whose keys the links need; the links and COMMIT.
            let (trips, committed) = meter.of(session.commit()).await;
            committed.unwrap();
            assert_eq!(trips, expected, "{number} heroes");
            let new = select((Hero.id, Hero.name)).filter(Hero.id.ge(heroes[0].id.get().unwrap()));
            let stored = session.exec(new.order_by(Hero.id)).all().await.unwrap();
            let named = heroes.iter().map(|hero| (hero.id.clone(), hero.name.clone()));
            assert_eq!(stored, named.collect::<Vec<_>>());
            links += 3 * number as i64;
            let stored = session.exec(select(count(HeroTeamLink.hero_id))).one().await.unwrap();
            assert_eq!(stored, links);
        }
    });
}

#[test]
fn changes_take_one_for_any_number_of_rows() {
    inside("trips_changes", async |schema| {
        let (meter, engine) = metered(schema).await;
        // The first time statements are prepared. COMMIT waits for the word that all rows were there.
        for (number, expected) in [(100, 3), (1_000, 2)] {
            let mut session = Session::new(&engine);
            let mut heroes = add_heroes(&mut session, number);
            session.commit().await.unwrap();
            for hero in &mut heroes {
                hero.age = Some(30);
                session.add(hero);
            }
            let (trips, committed) = meter.of(session.commit()).await;
            assert_eq!((trips, committed.is_ok()), (expected, true), "{number} updates");
            heroes.iter().for_each(|hero| session.delete(hero));
            let (trips, committed) = meter.of(session.commit()).await;
            assert_eq!((trips, committed.is_ok()), (expected, true), "{number} deletes");
            let left = session.exec(select(count(HeroTeamLink.hero_id))).one().await.unwrap();
            assert_eq!(left, 0);
        }
    });
}

#[test]
fn relations_take_one_for_each_level() {
    inside("trips_eager", async |schema| {
        let (meter, engine) = metered(schema).await;
        let mut session = Session::new(&engine);
        add_heroes(&mut session, 300);
        session.commit().await.unwrap();
        for expected in [4, 2] {
            let mut session = Session::new(&engine);
            let (trips, heroes) = meter.of(session.exec(select(Hero).with(Hero.teams)).all()).await;
            let heroes = heroes.unwrap();
            assert_eq!((trips, heroes.len()), (expected, 300));
            assert!(heroes.iter().all(|hero| hero.teams.get().unwrap().len() == 3));
        }
        let (trips, heroes) = meter.of(engine.exec(select(Hero).with(Hero.teams)).all()).await;
        assert_eq!((trips, heroes.unwrap().len()), (2, 300));
    });
}

#[test]
fn a_unit_of_work_takes_what_its_statements_take() {
    inside("trips_unit", async |schema| {
        let (meter, engine) = metered(schema).await;
        for (expected, add) in [(2, 1), (1, 1)] {
            let unit = engine.transact(async move |session| -> Result<()> {
                session.add_all((0..add).map(|_| Hero::new("Deadpond")));
                Ok(())
            });
            let (trips, done) = meter.of(unit).await;
            done.unwrap();
            assert_eq!(trips, expected);
        }
        let unit = engine.transact(async |session| -> Result<()> {
            let mut hero = session.get(Hero, 1).await?.unwrap();
            hero.age = Some(30);
            session.add(&mut hero);
            Ok(())
        });
        let (trips, done) = meter.of(unit).await;
        done.unwrap();
        assert_eq!(trips, 5);
        let nothing = engine.transact(async |_| Ok::<_, relata::Error>(()));
        assert_eq!(meter.of(nothing).await.0, 0);
    });
}
