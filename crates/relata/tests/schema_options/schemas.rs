//! Programs whose tables are in several schemas.

use crate::support::{Db, Kind, everywhere};
use relata::{
    ErrorKind,
    blocking::{Session, prelude::*},
};

const SCHEMA: &str = "relata_opt_archive";

/// Tables of a schema.
mod archive {
    use relata::prelude::*;

    #[model(table, schema = "relata_opt_archive")]
    pub(super) struct Team {
        #[field(primary_key)]
        pub(super) id: Id<Team>,
        #[field(index, unique)]
        pub(super) name: String,
        #[relationship(back_populates = team)]
        pub(super) heroes: Many<Hero>,
    }

    /// Of the same name as one that says no schema.
    #[model(table, schema = "relata_opt_archive")]
    pub(super) struct Hero {
        #[field(primary_key)]
        pub(super) id: Id<Hero>,
        #[field(unique)]
        pub(super) name: String,
        pub(super) age: Option<i32>,
        #[field(foreign_key = Team.id)]
        pub(super) team_id: Option<Id<Team>>,
        #[field(foreign_key = super::Hero.id)]
        pub(super) now_id: Option<Id<super::Hero>>,
        #[relationship(back_populates = heroes)]
        pub(super) team: One<Option<Team>>,
        #[relationship(back_populates = past)]
        pub(super) now: One<Option<super::Hero>>,
        #[relationship(back_populates = heroes, link_model = Deed)]
        pub(super) missions: Many<super::Mission>,
    }

    #[model(table, schema = "relata_opt_archive")]
    pub(super) struct Deed {
        #[field(primary_key, foreign_key = Hero.id)]
        pub(super) hero_id: Id<Hero>,
        #[field(primary_key, foreign_key = super::Mission.id)]
        pub(super) mission_id: Id<super::Mission>,
    }
}

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    #[field(index)]
    name: String,
    #[relationship(back_populates = now)]
    past: Many<archive::Hero>,
}

#[model(table)]
struct Mission {
    #[field(primary_key)]
    id: Id<Mission>,
    name: String,
    #[relationship(back_populates = missions, link_model = archive::Deed)]
    heroes: Many<archive::Hero>,
}

use archive::{Deed, Team};

fn tables() -> Metadata {
    Metadata::of((Team, archive::Hero, Deed, Hero, Mission))
}

/// A database with two heroes who were once others, and what those did.
fn filled(db: &Db) -> relata::blocking::Engine {
    let engine = db.engine();
    tables().create_all(&engine).unwrap();
    let mut session = Session::new(&engine);
    let wade = session.add(Hero::new("Wade"));
    let peter = session.add(Hero::new("Peter"));
    let team = session.add(Team::new("Z-Force"));
    let rescue = session.add(Mission::new("rescue"));
    let deadpond = archive::Hero::new("Deadpond").with_age(30).with_team(&team).with_now(&wade);
    session.add(deadpond.with_missions([&rescue]));
    session.add(archive::Hero::new("Spider-Boy").with_now(&peter));
    session.commit().unwrap();
    drop(session);
    engine
}

#[test]
fn names_of_tables() {
    let names = tables().tables().collect::<Vec<_>>();
    let in_schema = |name: &str| format!("{SCHEMA}.{name}");
    assert_eq!(
        names,
        [&*in_schema("team"), &in_schema("hero"), &in_schema("deed"), "hero", "mission"]
    );
}

#[test]
fn tables_are_created_and_dropped_where_they_belong() {
    everywhere("tables_are_created_and_dropped", &[SCHEMA], |db| {
        let engine = db.engine();
        let exist = |table: &str| {
            let count = format!("SELECT count(*) FROM {table}");
            engine.exec(raw(count).into_tuple::<(i64,)>()).one().is_ok()
        };
        let archived = match db.kind {
            Kind::Sqlite => format!("\"{SCHEMA}.hero\""),
            Kind::Postgres | Kind::MySql => format!("{SCHEMA}.hero"),
        };
        // one that is there already, in one of the two places
        Metadata::of(Hero).create_all(&engine).unwrap();
        assert!(exist("hero") && !exist(&archived));
        for _ in 0..2 {
            tables().create_all(&engine).unwrap();
            assert!(exist("hero") && exist(&archived));
        }
        for _ in 0..2 {
            tables().drop_all(&engine).unwrap();
            assert!(!exist("hero") && !exist(&archived));
        }
        tables().create_all(&engine).unwrap();
        assert!(exist("hero") && exist(&archived));
    });
}

#[test]
fn rows_are_read_along_relations() {
    everywhere("rows_are_read_along_relations", &[SCHEMA], |db| {
        let engine = filled(db);
        let mut session = Session::new(&engine);
        let read = select(archive::Hero)
            .with(archive::Hero.team)
            .with(archive::Hero.now)
            .with(archive::Hero.missions)
            .order_by(archive::Hero.id);
        let heroes = session.exec(read).all().unwrap();
        assert_eq!(heroes[0].team.get().unwrap().unwrap().name, "Z-Force");
        assert_eq!(heroes[0].now.get().unwrap().unwrap().name, "Wade");
        assert_eq!(heroes[0].missions.get().unwrap()[0].name, "rescue");
        assert!(heroes[1].team.get().unwrap().is_none());

        let mut nows = session.exec(select(Hero).order_by(Hero.id)).all().unwrap();
        session.load(&mut nows, Hero.past).unwrap();
        assert_eq!(nows[1].past.get().unwrap()[0].name, "Spider-Boy");
        let first = Hero.past.order_by(archive::Hero.name.desc()).limit(1);
        session.load(&mut nows, first).unwrap();
        assert_eq!(nows[0].past.get().unwrap().len(), 1);

        let joined = select(archive::Hero).with(archive::Hero.now.joined());
        let joined = session.exec(joined.order_by(archive::Hero.name)).all().unwrap();
        assert_eq!(joined[1].now.get().unwrap().unwrap().name, "Peter");

        let mut missions = session.exec(select(Mission).with(Mission.heroes)).all().unwrap();
        let names = |mission: &Mission| {
            mission.heroes.get().unwrap().iter().map(|hero| hero.name.clone()).collect::<Vec<_>>()
        };
        assert_eq!(names(&missions[0]), ["Deadpond"]);
        missions[0].heroes.push(&heroes[1]);
        missions[0].heroes.remove(&heroes[0]);
        session.add(&mut missions[0]);
        session.commit().unwrap();
        session.load(&mut missions, Mission.heroes).unwrap();
        assert_eq!(names(&missions[0]), ["Spider-Boy"]);
    });
}

#[test]
fn two_tables_of_one_name_are_told_apart() {
    everywhere("two_tables_of_one_name", &[SCHEMA], |db| {
        let engine = filled(db);
        let both = || select((Hero.name, archive::Hero.name)).order_by(Hero.name);
        let expected = [("Peter", "Spider-Boy"), ("Wade", "Deadpond")];
        let expected = expected.map(|(now, then)| (now.to_owned(), then.to_owned()));
        assert_eq!(engine.exec(both().join(Hero.past)).all().unwrap(), expected);
        assert_eq!(engine.exec(both().join(archive::Hero.now)).all().unwrap(), expected);
        let on = archive::Hero.on(archive::Hero.now_id.eq(Hero.id));
        assert_eq!(engine.exec(both().select_from(Hero).join(on)).all().unwrap(), expected);
        let other = archive::Hero.alias("other");
        let three = select((Hero.name, archive::Hero.name, other.name))
            .join(Hero.past)
            .join(other.on(other.now_id.eq(Hero.id)))
            .order_by(archive::Hero.name.desc());
        let (now, then, same) = engine.exec(three).first().unwrap().unwrap();
        assert_eq!((&*now, &*then, &*same), ("Peter", "Spider-Boy", "Spider-Boy"));

        // one inside of a statement that reads the other
        let was_deadpond = Hero.past.any(archive::Hero.name.eq("Deadpond"));
        assert_eq!(engine.exec(select(Hero.name).filter(was_deadpond)).one().unwrap(), "Wade");
        let is_peter = archive::Hero.now.has(Hero.name.eq("Peter"));
        let found = engine.exec(select(archive::Hero.name).filter(is_peter)).one().unwrap();
        assert_eq!(found, "Spider-Boy");
        let latest = select(max(archive::Hero.name)).filter(archive::Hero.now_id.eq(Hero.id));
        let found = select((Hero.name, latest.scalar())).order_by(Hero.name);
        let found = engine.exec(found).all().unwrap();
        assert_eq!(found[1], ("Wade".to_owned(), Some("Deadpond".to_owned())));
        let known = select(Hero.id).filter(Hero.id.eq(archive::Hero.now_id));
        let found = select(archive::Hero.id).filter(archive::Hero.now_id.is_in(known));
        assert_eq!(engine.exec(found).count().unwrap(), 2);
        // a name that the other's alias would have had
        let taken = Mission.alias("hero_1");
        let found = select((Hero.name, archive::Hero.name, taken.name)).join(Hero.past);
        let found = found.join(taken.on(taken.id.eq(1))).order_by(Hero.name);
        assert_eq!(engine.exec(found).all().unwrap()[0].2, "rescue");
    });
}

#[test]
fn its_columns_are_those_of_a_derived_table() {
    everywhere("its_columns_are_those_of_a_derived_table", &[SCHEMA], |db| {
        let engine = filled(db);
        let heroes = || select(archive::Hero).order_by(archive::Hero.id);
        assert_eq!(engine.exec(heroes().limit(1)).count().unwrap(), 1);
        assert_eq!(engine.exec(select(archive::Hero).distinct()).count().unwrap(), 2);
        assert!(engine.exec(heroes().limit(1)).exists().unwrap());

        let first = heroes().limit(1).subquery("first");
        let hero = engine.exec(select(&first)).one().unwrap();
        assert_eq!((&*hero.name, hero.age), ("Deadpond", Some(30)));
        let spiders = archive::Hero.name.starts_with("Spider");
        let spiders = select(archive::Hero).filter(spiders).cte("spiders");
        let names = select(spiders.name).select_from(&spiders);
        assert_eq!(engine.exec(names).one().unwrap(), "Spider-Boy");
        let either = select(archive::Hero).union(heroes().limit(1)).subquery("either");
        let names = select(either.name).select_from(&either).order_by(either.name);
        assert_eq!(engine.exec(names).all().unwrap(), ["Deadpond", "Spider-Boy"]);
        let later =
            select(archive::Hero).filter(archive::Hero.id.eq(1)).recursive("later", |found| {
                select(archive::Hero).join(found.on(archive::Hero.id.gt(found.id)))
            });
        let names = select(later.name).select_from(&later).order_by(later.id);
        assert_eq!(engine.exec(names).all().unwrap(), ["Deadpond", "Spider-Boy"]);
        // of which one gives way to the other
        let pairs = select((Hero, archive::Hero)).join(Hero.past).cte("pairs");
        let names = select((pairs.0.name, pairs.1.name)).select_from(&pairs).order_by(pairs.0.id);
        let names = engine.exec(names).all().unwrap();
        assert_eq!(names[0], ("Wade".to_owned(), "Deadpond".to_owned()));
    });
}

#[test]
fn rows_are_changed_by_statements() {
    everywhere("rows_are_changed_by_statements", &[SCHEMA], |db| {
        let engine = filled(db);
        let hero = |name: &str, age| archive::Hero::new(name).with_age(age);
        let again = insert(archive::Hero).value(hero("Deadpond", 5)).on_any_conflict();
        engine.exec(again.do_nothing()).run().unwrap();
        assert_eq!(engine.exec(select(archive::Hero)).count().unwrap(), 2);
        if db.kind != Kind::MySql {
            let older = insert(archive::Hero)
                .value(hero("Deadpond", 5))
                .on_conflict(archive::Hero.name)
                .do_update()
                .set(archive::Hero.age, archive::Hero.age + excluded(archive::Hero.age))
                .returning(archive::Hero.age);
            assert_eq!(engine.exec(older).one().unwrap(), Some(35));
        } else {
            let older = insert(archive::Hero)
                .value(hero("Deadpond", 5))
                .on_any_conflict()
                .do_update()
                .set(archive::Hero.age, archive::Hero.age + excluded(archive::Hero.age));
            engine.exec(older).run().unwrap();
        }
        let read = || select(archive::Hero.age).filter(archive::Hero.name.eq("Deadpond"));
        assert_eq!(engine.exec(read()).one().unwrap(), Some(35));
        let of_wade = select(Hero.id).filter(Hero.name.eq("Wade"));
        let older = update(archive::Hero)
            .set(archive::Hero.age, archive::Hero.age + 1)
            .filter(archive::Hero.now_id.is_in(of_wade));
        assert_eq!(engine.exec(older).run().unwrap(), 1);
        assert_eq!(engine.exec(read()).one().unwrap(), Some(36));
        let renamed = update(Hero)
            .set(Hero.name, "Logan")
            .filter(Hero.past.any(archive::Hero.name.eq("Spider-Boy")));
        assert_eq!(engine.exec(renamed).run().unwrap(), 1);
        let copied = insert(Hero)
            .columns(Hero.name)
            .from_select(select(archive::Hero.name).filter(archive::Hero.age.gt(30)));
        assert_eq!(engine.exec(copied).run().unwrap(), 1);
        let names = engine.exec(select(Hero.name).order_by(Hero.id)).all().unwrap();
        assert_eq!(names, ["Wade", "Logan", "Deadpond"]);
        engine.exec(delete_all(Deed)).run().unwrap();
        let gone = delete(archive::Hero).filter(archive::Hero.name.eq("Deadpond"));
        assert_eq!(engine.exec(gone).run().unwrap(), 1);
        let mut session = Session::new(&engine);
        let mut hero = session.get(archive::Hero, 2).unwrap().unwrap();
        hero.age = Some(16);
        session.add(&mut hero);
        session.commit().unwrap();
        session.refresh(&mut hero).unwrap();
        assert_eq!(hero.age, Some(16));
        session.delete(&mut hero);
        session.commit().unwrap();
        assert_eq!(engine.exec(select(archive::Hero)).count().unwrap(), 0);
    });
}

#[test]
fn rows_come_in_streams_and_pages() {
    everywhere("rows_come_in_streams_and_pages", &[SCHEMA], |db| {
        let engine = filled(db);
        let mut session = Session::new(&engine);
        let ordered = || select((archive::Hero.name, Hero.name)).join(archive::Hero.now);
        let mut names = Vec::new();
        for row in session.exec(ordered().order_by(Hero.id)).stream() {
            names.push(row.unwrap().0);
        }
        assert_eq!(names, ["Deadpond", "Spider-Boy"]);
        let mut pages = ordered().order_by(archive::Hero.name.desc()).pages(1).unwrap();
        let mut names = Vec::new();
        while let Some(page) = pages.next(&mut session).unwrap() {
            names.extend(page.into_iter().map(|(name, _)| name));
        }
        assert_eq!(names, ["Spider-Boy", "Deadpond"]);
    });
}

#[test]
fn errors_name_a_table_as_the_model_does() {
    let hero = format!("{SCHEMA}.hero");
    everywhere("errors_name_a_table", &[SCHEMA], |db| {
        let engine = filled(db);
        let mut session = Session::new(&engine);
        session.add(archive::Hero::new("Deadpond"));
        let error = session.commit().unwrap_err();
        assert!(error.is_unique_violation(), "{error:?}");
        assert_eq!(error.to_string(), format!("unique constraint failed: `{hero}.name`"));
        assert_eq!(error.table(), Some(&*hero));
        assert_eq!(error.columns().collect::<Vec<_>>(), ["name"]);
        session.rollback().unwrap();

        // both tables are named as they are, whichever is written to
        let gone = delete(Hero).filter(Hero.name.eq("Wade"));
        let error = engine.exec(gone).run().unwrap_err();
        assert_eq!((error.kind(), error.table()), (ErrorKind::ForeignKeyViolation, Some("hero")));
        if db.kind == Kind::MySql {
            let said = format!("rows of `{hero}` refer to it");
            assert!(error.to_string().contains(&said), "{error}");
        }
        let lost =
            insert(archive::Hero).set(archive::Hero.name, "x").set(archive::Hero.team_id, 77);
        let error = engine.exec(lost).run().unwrap_err();
        assert_eq!((error.kind(), error.table()), (ErrorKind::ForeignKeyViolation, Some(&*hero)));
        assert!(error.to_string().contains(&format!("on table `{hero}`")), "{error}");

        let nameless = insert(archive::Hero).set(archive::Hero.age, 3);
        let error = engine.exec(nameless).run().unwrap_err();
        assert_eq!((error.kind(), error.table()), (ErrorKind::NotNullViolation, Some(&*hero)));
        assert_eq!(error.to_string(), format!("not null constraint failed: `{hero}.name`"));

        drop(session);
        tables().drop_all(&engine).unwrap();
        let missing = engine.exec(select(archive::Hero)).all().unwrap_err();
        assert_eq!((missing.kind(), missing.table()), (ErrorKind::MissingTable, Some(&*hero)));
        let missing = engine.exec(insert(archive::Hero).set(archive::Hero.name, "x")).run();
        assert_eq!(missing.unwrap_err().table(), Some(&*hero));
        let missing = engine.exec(select(Hero)).all().unwrap_err();
        assert_eq!((missing.kind(), missing.table()), (ErrorKind::MissingTable, Some("hero")));
    });
}

#[test]
fn a_key_may_lead_out_of_a_schema() {
    // the key of `archive::Hero` to `Hero`, which says none
    everywhere("a_key_may_lead_out_of_a_schema", &[SCHEMA], |db| {
        let engine = filled(db);
        let mut session = Session::new(&engine);
        let mut wade = session.exec(select(Hero).filter(Hero.name.eq("Wade"))).one().unwrap();
        session.delete(&mut wade);
        session.commit().unwrap();
        let left = select(archive::Hero.now_id).filter(archive::Hero.name.eq("Deadpond"));
        assert_eq!(session.exec(left).one().unwrap(), None);
    });
}
