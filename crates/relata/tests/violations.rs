//! What is violated is told the same on each database: the kind of the error, the table that was
//! written to, the columns, and the name of the constraint where the database has one. One test on a
//! list of databases.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a broken expectation may panic")]
#![allow(dead_code, reason = "a part of what tests share")]

#[path = "common/databases.rs"]
mod databases;

use databases::Database;
use relata::{Error, ErrorKind, Metadata, Result, blocking::Engine, blocking::prelude::*};

#[model(table)]
struct Team {
    #[field(primary_key)]
    id: Id<Team>,
    #[field(unique)]
    name: String,
}

#[model(table)]
struct Page {
    #[field(primary_key)]
    path: String,
    hits: i64,
}

#[model(table, unique(name, city))]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    name: String,
    city: String,
    #[field(check = "age >= 0")]
    age: Option<i32>,
    #[field(foreign_key = Team.id)]
    team_id: Option<Id<Team>>,
}

#[model(table)]
struct Badge {
    #[field(primary_key, foreign_key = Team.id)]
    team_id: Id<Team>,
    #[field(primary_key, foreign_key = Hero.id)]
    hero_id: Id<Hero>,
}

/// The same table, by a program that takes names for optional.
mod careless {
    use relata::prelude::*;

    #[model(table = "hero")]
    pub(crate) struct Hero {
        #[field(primary_key)]
        id: Id<Hero>,
        pub(crate) name: Option<String>,
        city: String,
    }
}

/// What violates something in a database that has team 1 "Preventers" with hero 1 "Wasp" of "York",
/// hero 2 of no team, and a page "/".
type Work = fn(&mut Session) -> Result<()>;

struct Case {
    name: &'static str,
    work: Work,
    kind: ErrorKind,
    table: &'static str,
    columns: &'static [&'static str],
    /// On SQLite, PostgreSQL and MariaDB.
    constraint: [Option<&'static str>; 3],
}

const NONE: [Option<&str>; 3] = [None; 3];

const CASES: &[Case] = &[
    Case {
        name: "unique on one column",
        work: |session| {
            session.add(Team::new("Preventers"));
            session.commit()
        },
        kind: ErrorKind::UniqueViolation,
        table: "team",
        columns: &["name"],
        constraint: [None, Some("team_name_key"), Some("name")],
    },
    Case {
        name: "unique on two columns",
        work: |session| {
            session.add(Hero::new("Wasp", "York"));
            session.commit()
        },
        kind: ErrorKind::UniqueViolation,
        table: "hero",
        columns: &["name", "city"],
        constraint: [None, Some("hero_name_city_key"), Some("name")],
    },
    Case {
        name: "unique, by an update",
        work: |session| {
            let mut hero = session.get(Hero, 2)?.unwrap();
            hero.name = "Wasp".into();
            session.add(&mut hero);
            session.commit()
        },
        kind: ErrorKind::UniqueViolation,
        table: "hero",
        columns: &["name", "city"],
        constraint: [None, Some("hero_name_city_key"), Some("name")],
    },
    Case {
        name: "primary key",
        work: |session| {
            session.add(Page::new("/", 1));
            session.commit()
        },
        kind: ErrorKind::UniqueViolation,
        table: "page",
        columns: &["path"],
        constraint: [None, Some("page_pkey"), Some("PRIMARY")],
    },
    Case {
        name: "primary key of two columns",
        work: |session| {
            session.add(Badge::new(1, 1));
            session.commit()
        },
        kind: ErrorKind::UniqueViolation,
        table: "badge",
        columns: &["team_id", "hero_id"],
        constraint: [None, Some("badge_pkey"), Some("PRIMARY")],
    },
    Case {
        name: "primary key, of rows of a statement",
        work: |session| {
            let pages = (0..40).map(|number| Page::new(format!("/{}", number % 39), 1));
            session.exec(insert(Page).values(pages)).run().map(drop)
        },
        kind: ErrorKind::UniqueViolation,
        table: "page",
        columns: &["path"],
        constraint: [None, Some("page_pkey"), Some("PRIMARY")],
    },
    Case {
        name: "foreign key, by an insert",
        work: |session| {
            session.add(Hero::new("Hulk", "York").with_team_id(Some(Id::from(9))));
            session.commit()
        },
        kind: ErrorKind::ForeignKeyViolation,
        table: "hero",
        columns: &["team_id"],
        constraint: [None, Some("hero_team_id_fkey"), Some("hero_ibfk_1")],
    },
    Case {
        name: "foreign key, by an update",
        work: |session| {
            let mut hero = session.get(Hero, 2)?.unwrap();
            hero.team_id = Some(Id::from(9));
            session.add(&mut hero);
            session.commit()
        },
        kind: ErrorKind::ForeignKeyViolation,
        table: "hero",
        columns: &["team_id"],
        constraint: [None, Some("hero_team_id_fkey"), Some("hero_ibfk_1")],
    },
    Case {
        name: "foreign key, by a delete of what it refers to",
        work: |session| session.exec(delete(Hero).filter(Hero.id.eq(1))).run().map(drop),
        kind: ErrorKind::ForeignKeyViolation,
        table: "hero",
        columns: &["id"],
        constraint: [None, Some("badge_hero_id_fkey"), Some("badge_ibfk_2")],
    },
    Case {
        name: "foreign key, by a new key of what it refers to",
        work: |session| {
            let hero = update(Hero).set(Hero.id, Id::from(7)).filter(Hero.id.eq(1));
            session.exec(hero).run().map(drop)
        },
        kind: ErrorKind::ForeignKeyViolation,
        table: "hero",
        columns: &["id"],
        constraint: [None, Some("badge_hero_id_fkey"), Some("badge_ibfk_2")],
    },
    Case {
        name: "one of two foreign keys",
        work: |session| {
            session.add(Badge::new(1, 9));
            session.commit()
        },
        kind: ErrorKind::ForeignKeyViolation,
        table: "badge",
        columns: &["hero_id"],
        constraint: [None, Some("badge_hero_id_fkey"), Some("badge_ibfk_2")],
    },
    Case {
        name: "not null, by an insert",
        work: |session| {
            session.add(careless::Hero::new("York"));
            session.commit()
        },
        kind: ErrorKind::NotNullViolation,
        table: "hero",
        columns: &["name"],
        constraint: NONE,
    },
    Case {
        name: "not null, by an update",
        work: |session| {
            let mut hero = session.get(careless::Hero, 2)?.unwrap();
            hero.name = None;
            session.add(&mut hero);
            session.commit()
        },
        kind: ErrorKind::NotNullViolation,
        table: "hero",
        columns: &["name"],
        constraint: NONE,
    },
    Case {
        name: "check, by an insert",
        work: |session| {
            session.add(Hero::new("Hulk", "York").with_age(-1));
            session.commit()
        },
        kind: ErrorKind::CheckViolation,
        table: "hero",
        columns: &["age"],
        constraint: [Some("ck_hero_age"); 3],
    },
    Case {
        name: "check, by an update",
        work: |session| session.exec(update_all(Hero).set(Hero.age, Some(-1))).run().map(drop),
        kind: ErrorKind::CheckViolation,
        table: "hero",
        columns: &["age"],
        constraint: [Some("ck_hero_age"); 3],
    },
];

fn shown(error: &Error) -> String {
    let columns: Vec<_> = error.columns().collect();
    format!("{:?} {:?} {columns:?} {:?}", error.kind(), error.table(), error.constraint())
}

#[test]
fn violations_are_told_alike() {
    let databases =
        [Some(Database::sqlite()), Database::postgres("violations"), Database::mysql("violations")];
    let mut wrong = Vec::new();
    for (at, database) in databases.iter().enumerate() {
        let Some(database) = database else { continue };
        let engine = Engine::connect(database.url()).unwrap();
        Metadata::of((Team, Page, Hero, Badge)).create_all(&engine).unwrap();
        let mut session = Session::new(&engine);
        let team = session.add(Team::new("Preventers"));
        let hero = session.add(Hero::new("Wasp", "York").with_team_id(Some(team.id.clone())));
        session.add(Hero::new("Ant-Man", "York"));
        session.add(Badge::new(&team.id, &hero.id));
        session.add(Page::new("/", 0));
        session.commit().unwrap();
        for case in CASES {
            let mut session = Session::new(&engine);
            let error = (case.work)(&mut session).unwrap_err();
            let Case { kind, table, columns, constraint, .. } = case;
            let expected = format!("{kind:?} {:?} {columns:?} {:?}", Some(table), constraint[at]);
            if shown(&error) != expected {
                wrong.push(format!(
                    "{}, {}:\n  {}\n  {expected}\n  {error}",
                    database.name(),
                    case.name,
                    shown(&error)
                ));
            }
            session.rollback().unwrap();
            // Nothing of it stays.
            let heroes = session.exec(select(count(Hero.id))).one().unwrap();
            assert_eq!(heroes, 2, "{}", case.name);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
