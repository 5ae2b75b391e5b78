//! Engines: both modes, and what becomes of connections whose session or server went away.

use crate::{
    polled::polled,
    support::{Schema, inside},
};
use relata::{ErrorKind, Isolation, Metadata, Result, blocking, prelude::*};

#[model(table)]
struct Team {
    #[field(primary_key)]
    id: Id<Team>,
    #[field(unique)]
    name: String,
    #[relationship(back_populates = team)]
    heroes: Many<Hero>,
}

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    name: String,
    #[field(foreign_key = Team.id)]
    team_id: Option<Id<Team>>,
    #[relationship(back_populates = heroes)]
    team: One<Option<Team>>,
}

fn names(heroes: &[Tracked<Hero>]) -> Vec<&str> {
    heroes.iter().map(|hero| &*hero.name).collect()
}

#[test]
fn async_programs() {
    inside("async", async |schema| {
        let engine = Engine::connect(schema.url()).await.unwrap();
        Metadata::of((Team, Hero)).create_all(&engine).await.unwrap();
        let mut session = Session::new(&engine);
        let team = session.add(Team::new("Preventers"));
        session.add(Hero::new("Deadpond").with_team(&team));
        session.add(Hero::new("Rusty-Man"));
        session.commit().await.unwrap();
        let query = select(Hero).filter(Hero.name.is_in(["Deadpond", "Nobody"])).with(Hero.team);
        let heroes = session.exec(query).all().await.unwrap();
        assert_eq!(names(&heroes), ["Deadpond"]);
        assert_eq!(heroes[0].team.get().unwrap().unwrap().name, "Preventers");
        session.add(Team::new("Preventers"));
        let error = session.commit().await.unwrap_err();
        assert_eq!(error.to_string(), "unique constraint failed: `team.name`");
        session.rollback().await.unwrap();
        let mut stream = session.exec(select(Hero).order_by(Hero.id)).stream();
        assert_eq!(stream.next().await.unwrap().unwrap().name, "Deadpond");
        drop(stream);
        session.add(Hero::new("Spider-Boy"));
        session.commit().await.unwrap();
        assert_eq!(engine.exec(select(Hero)).all().await.unwrap().len(), 3);
        Metadata::of((Team, Hero)).drop_all(&engine).await.unwrap();
    });
}

#[test]
fn blocking_programs() {
    let Some(schema) = Schema::new("blocking") else { return };
    let engine = blocking::Engine::connect(schema.url()).unwrap();
    Metadata::of((Team, Hero)).create_all(&engine).unwrap();
    let mut session = blocking::Session::new(&engine);
    session.add(Team::new("Preventers").with_heroes([Hero::new("Deadpond"), Hero::new("Wasp")]));
    session.commit().unwrap();
    let mut teams = session.exec(select(Team)).all().unwrap();
    session.load(&mut teams, Team.heroes).unwrap();
    assert_eq!(teams[0].heroes.get().unwrap().len(), 2);
    drop(session);
    let heroes: Result<Vec<_>> = engine.exec(select(Hero).order_by(Hero.id)).stream().collect();
    assert_eq!(heroes.unwrap()[1].name, "Wasp");
}

#[test]
fn a_dropped_call_gives_its_connection_back_clean() {
    inside("dropped", async |schema| {
        let engine = Engine::builder(schema.url()).pool_size(1).await.unwrap();
        Metadata::of((Team, Hero)).create_all(&engine).await.unwrap();
        let mut least = 0;
        for polls in 0.. {
            assert!(polls < 1_000, "it does not end");
            let mut session = Session::new(&engine);
            session.add(Hero::new("a"));
            session.add(Hero::new("b"));
            let done = polled(polls, session.commit()).await.is_some();
            drop(session);
            least += usize::from(done) * 2;
            let found = engine.exec(select(Hero)).all().await.unwrap().len();
            assert!(found >= least && found.is_multiple_of(2), "{found} after {polls}");
            let mut session = Session::new(&engine);
            session.add(Hero::new("c"));
            session.add(Hero::new("d"));
            session.commit().await.unwrap();
            least += 2;
            if done {
                break;
            }
        }
    });
}

mod circle {
    use relata::prelude::*;

    #[model(table)]
    pub(crate) struct Employee {
        #[field(primary_key)]
        id: Id<Employee>,
        #[field(foreign_key = Department.id)]
        department_id: Option<Id<Department>>,
    }

    #[model(table)]
    pub(crate) struct Department {
        #[field(primary_key)]
        id: Id<Department>,
        #[field(foreign_key = Employee.id)]
        head_id: Option<Id<Employee>>,
    }
}

/// The keys of one that was created again have other names than those that were added later.
#[test]
fn tables_in_a_circle_are_dropped_whichever_was_created_last() {
    use circle::{Department, Employee};
    let Some(schema) = Schema::new("circle") else { return };
    let engine = blocking::Engine::connect(schema.url()).unwrap();
    let tables = Metadata::of((Employee, Department));
    for again in [None, Some("employee"), Some("department")] {
        tables.create_all(&engine).unwrap();
        if let Some(table) = again {
            schema.raw(format!("DROP TABLE {}.{table} CASCADE", schema.name));
            tables.create_all(&engine).unwrap();
        }
        let mut session = blocking::Session::new(&engine);
        session.add(Employee::new());
        session.add(Department::new().with_head_id(1));
        session.commit().unwrap();
        tables.drop_all(&engine).unwrap();
        let error = engine.exec(select(Employee)).all().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::MissingTable);
    }
}

/// Tests often make the tables anew, and keep the engine.
#[test]
fn connections_forget_tables_and_types_that_are_made_anew() {
    #[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, ColumnEnum)]
    enum Mood {
        Sad,
        Glad,
    }
    #[model(table)]
    struct Day {
        #[field(primary_key)]
        id: Id<Day>,
        mood: Mood,
    }
    let Some(schema) = Schema::new("made_anew") else { return };
    let engine = blocking::Engine::connect(schema.url()).unwrap();
    let tables = Metadata::of(Day);
    for _ in 0..3 {
        tables.create_all(&engine).unwrap();
        let mut sessions = [0; 3].map(|_| blocking::Session::new(&engine));
        for session in &mut sessions {
            session.add(Day::new(Mood::Glad));
            session.flush().unwrap();
            assert_eq!(session.exec(select(Day)).one().unwrap().mood, Mood::Glad);
        }
        for session in &mut sessions {
            session.commit().unwrap();
        }
        assert_eq!(engine.exec(select(Day).filter(Day.mood.eq(Mood::Sad))).count().unwrap(), 0);
        drop(sessions);
        tables.drop_all(&engine).unwrap();
    }
}

#[test]
fn tables_that_a_session_still_uses_are_not_waited_for_without_end() {
    let Some(schema) = Schema::new("in_use") else { return };
    let engine = blocking::Engine::connect(format!("{}&lock_timeout=20", schema.url())).unwrap();
    let tables = Metadata::of((Team, Hero));
    tables.create_all(&engine).unwrap();
    let mut session = blocking::Session::new(&engine);
    session.begin_write().unwrap();
    session.exec(select(Hero)).all().unwrap();
    let error = tables.drop_all(&engine).unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Busy, Some("55P03")));
    assert_eq!(
        error.to_string(),
        "another transaction uses the tables, maybe of a session of this program that is still open; end it, then create or drop them again"
    );
    // Other schemas have locks of their own.
    let Some(other) = Schema::new("not_in_use") else { return };
    let lock = "SELECT pg_advisory_xact_lock(hashtextextended('relata ' || current_schema(), 0))";
    let there = blocking::Engine::connect(other.url()).unwrap();
    let mut holder = blocking::Session::new(&there);
    holder.begin_write().unwrap();
    holder.exec(raw(lock)).run().unwrap();
    session.rollback().unwrap();
    tables.drop_all(&engine).unwrap();
    let there = blocking::Engine::connect(format!("{}&lock_timeout=20", other.url())).unwrap();
    let error = tables.create_all(&there).unwrap_err();
    assert_eq!(
        error.to_string(),
        "another program creates or drops tables of this database; try again when it is done"
    );
}

#[test]
fn transactions_are_what_they_are_asked_to_be() {
    let Some(schema) = Schema::new("options") else { return };
    let engine = blocking::Engine::connect(schema.url()).unwrap();
    Metadata::of((Team, Hero)).create_all(&engine).unwrap();
    let heroes = || select(Hero);
    let mut one = blocking::Session::new(&engine);
    one.begin_with(Isolation::Serializable).unwrap();
    assert!(one.exec(heroes()).all().unwrap().is_empty());
    let mut two = blocking::Session::new(&engine);
    two.begin_with(Isolation::Serializable).unwrap();
    assert!(two.exec(heroes()).all().unwrap().is_empty());
    one.add(Hero::new("Deadpond"));
    two.add(Hero::new("Wasp"));
    one.commit().unwrap();
    let error = two.commit().unwrap_err();
    assert!(error.is_retryable(), "{error:?}");
    assert_eq!(error.code(), Some("40001"));
    two.rollback().unwrap();
    two.begin_with(Isolation::RepeatableRead.read_only()).unwrap();
    two.add(Hero::new("Wasp"));
    assert_eq!(two.commit().unwrap_err().kind(), ErrorKind::ReadOnly);
}
