//! Numbers at the end of their range and more values than one statement binds, on each database.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a broken expectation may panic")]
#![allow(dead_code, reason = "a part of what tests share")]

#[path = "common/databases.rs"]
mod databases;

use databases::Database;
use relata::{Metadata, blocking::Engine, blocking::prelude::*};
use std::collections::BTreeSet;

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
    #[relationship(back_populates = teams, link_model = Link)]
    heroes: Many<Hero>,
}

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    name: String,
    power: i64,
    #[field(index, foreign_key = Hero.id)]
    friend_id: Option<Id<Hero>>,
    #[relationship]
    friend: One<Option<Hero>>,
    #[relationship(back_populates = heroes, link_model = Link)]
    teams: Many<Team>,
}

/// A test on every database that is there.
fn on_each(test: &str, work: impl Fn(&Database, &Engine)) {
    let databases = [Some(Database::sqlite()), Database::postgres(test), Database::mysql(test)];
    for database in databases.iter().flatten() {
        let engine = Engine::connect(database.url()).unwrap();
        Metadata::of((Team, Hero, Link)).create_all(&engine).unwrap();
        work(database, &engine);
    }
}

/// From here on a float would not tell a number from the next.
const WIDE: i64 = (1 << 53) + 1;

#[test]
fn keys_of_64_bits() {
    on_each("wide_keys", |database, engine| {
        let name = database.name();
        let keys = [WIDE, WIDE + 1, i64::MAX - 1, i64::MAX];
        let mut session = Session::new(engine);
        let mut friend = None;
        for key in keys {
            let hero = Hero::new(format!("{key}"), i64::MIN + key - WIDE).with_id(key);
            let hero = session.add(match friend {
                Some(friend) => hero.with_friend_id(Some(Id::from(friend))),
                None => hero,
            });
            friend = hero.id.get();
        }
        session.commit().unwrap();
        for key in keys {
            let mut hero = session.get(Hero, key).unwrap().unwrap();
            assert_eq!((hero.id.get(), &*hero.name), (Some(key), &*format!("{key}")), "{name}");
            assert_eq!(hero.power, i64::MIN + key - WIDE, "{name}");
            hero.power = i64::MAX - (key - WIDE);
            session.add(&mut hero);
        }
        session.commit().unwrap();
        let heroes = select(Hero).filter(Hero.id.is_in(keys.map(Id::from))).order_by(Hero.id);
        let heroes = session.exec(heroes.with(Hero.friend)).all().unwrap();
        let friends: Vec<_> = heroes
            .iter()
            .map(|hero| (hero.power, hero.friend.get().unwrap().and_then(|friend| friend.id.get())))
            .collect();
        let expected: Vec<_> = keys
            .iter()
            .enumerate()
            .map(|(at, key)| (i64::MAX - (key - WIDE), at.checked_sub(1).map(|at| keys[at])))
            .collect();
        assert_eq!(friends, expected, "{name}");
        let largest = session.exec(select(max(Hero.id))).one().unwrap();
        assert_eq!(largest.and_then(|id| id.get()), Some(i64::MAX), "{name}");
        heroes.iter().rev().for_each(|hero| session.delete(hero));
        session.commit().unwrap();
        assert_eq!(session.exec(select(count(Hero.id))).one().unwrap(), 0, "{name}");
    });
}

#[test]
fn keys_that_the_database_makes() {
    on_each("made_keys", |database, engine| {
        let mut session = Session::new(engine);
        let made = match database.name() {
            "PostgreSQL" => format!("SELECT setval('hero_id_seq', {WIDE})"),
            "MySQL" => format!("ALTER TABLE hero AUTO_INCREMENT = {}", WIDE + 1),
            _ => format!("INSERT INTO hero (id, name, power) VALUES ({WIDE}, 'first', 0)"),
        };
        session.exec(raw(made).writes()).run().unwrap();
        let heroes = session.add_all((0..100).map(|at| Hero::new(format!("{at}"), at)));
        session.commit().unwrap();
        for (at, hero) in (1..).zip(&heroes) {
            assert_eq!(hero.id.get(), Some(WIDE + at), "{}", database.name());
            let stored = session.get(Hero, WIDE + at).unwrap().unwrap();
            assert_eq!(stored.power, at - 1);
        }
    });
}

#[test]
fn more_values_than_a_statement_binds() {
    const MANY: i64 = 20_000;
    on_each("many_values", |database, engine| {
        let name = database.name();
        let mut session = Session::new(engine);
        // Rows of four values.
        let mut heroes =
            session
                .add_all((0..MANY).map(|at| {
                    Hero::new(format!("hero {at}"), at).with_friend_id(None::<Id<Hero>>)
                }));
        session.commit().unwrap();
        let stored = session.exec(select((Hero.id, Hero.power)).order_by(Hero.id)).all().unwrap();
        let known = heroes.iter().map(|hero| (hero.id.clone(), hero.power));
        assert_eq!(stored, known.collect::<Vec<_>>(), "{name}");

        for hero in &mut heroes {
            hero.power += 1;
            hero.name.push('!');
            session.add(hero);
        }
        session.commit().unwrap();
        let changed = select(count(Hero.id)).filter(Hero.name.ends_with("!"));
        assert_eq!(session.exec(changed).one().unwrap(), MANY, "{name}");

        // Lists of keys, most of which are not there. MySQL has no form for longer ones than it binds.
        let most = if name == "MySQL" { 65_000 } else { 70_000 };
        let keys = || (1..=most).map(Id::from).collect::<Vec<Id<Hero>>>();
        let first = heroes[0].id.get().unwrap();
        let found = session.exec(select(Hero.id).filter(Hero.id.is_in(keys()))).all().unwrap();
        assert_eq!((found.len() as i64, first), (MANY, 1), "{name}");
        let powers: Vec<i64> = (1..=most).collect();
        let others = select(Hero).filter(!Hero.power.is_in(powers));
        assert!(session.exec(others).all().unwrap().is_empty(), "{name}");
        session.load(&mut heroes, Hero.teams).unwrap();
        assert!(heroes.iter().all(|hero| hero.teams.get().unwrap().is_empty()));

        let more = (0..MANY).map(|at| Hero::new(format!("more {at}"), -1));
        assert_eq!(session.exec(insert(Hero).values(more)).run().unwrap(), MANY as u64, "{name}");
        let gone = delete(Hero).filter(Hero.id.is_in(keys()) & Hero.power.lt(0));
        assert_eq!(session.exec(gone).run().unwrap(), MANY as u64, "{name}");

        heroes.iter().for_each(|hero| session.delete(hero));
        session.commit().unwrap();
        assert_eq!(session.exec(select(count(Hero.id))).one().unwrap(), 0, "{name}");
    });
}

#[test]
fn more_links_than_a_statement_binds() {
    const MANY: usize = 36_000;
    on_each("many_links", |database, engine| {
        let name = database.name();
        let mut session = Session::new(engine);
        let heroes = (0..MANY as i64).map(|at| Hero::new(format!("hero {at}"), at));
        assert_eq!(session.exec(insert(Hero).values(heroes)).run().unwrap(), MANY as u64);
        let keys = session.exec(select(Hero.id).order_by(Hero.id)).all().unwrap();
        let mut team = session.add(Team::new().with_heroes(keys.clone()));
        session.commit().unwrap();
        let links = |session: &mut Session| -> BTreeSet<i64> {
            let keys = session.exec(select(Link.hero_id)).all().unwrap();
            keys.into_iter().filter_map(|key| key.get()).collect()
        };
        let numbers = |keys: &[Id<Hero>]| keys.iter().filter_map(|key| key.get()).collect();
        assert_eq!(links(&mut session), numbers(&keys), "{name}");

        // All but one go, unseen, and one comes.
        let other = session.add(Hero::new("other", 0));
        session.flush().unwrap();
        team = session.get(Team, team.id.get().unwrap()).unwrap().unwrap();
        team.heroes.set([keys[7].clone(), other.id.clone()]);
        session.add(&mut team);
        session.commit().unwrap();
        assert_eq!(links(&mut session), numbers(&[keys[7].clone(), other.id.clone()]), "{name}");

        team.heroes.set(keys.clone());
        session.add(&mut team);
        session.commit().unwrap();
        assert_eq!(links(&mut session), numbers(&keys), "{name}");
        session.delete(&team);
        session.commit().unwrap();
        assert!(links(&mut session).is_empty(), "{name}");
    });
}
