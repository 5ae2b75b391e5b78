//! What a rollback, a savepoint, a failed flush and a dropped future leave behind: in the database,
//! in the values and in the session.

use relata::{ErrorKind, IdState, prelude::*};
use relata_suite::{Db, Need, has, pick};
use std::{future::poll_fn, pin::pin, task::Poll};

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
    age: Option<i32>,
    #[field(foreign_key = Team.id)]
    team_id: Option<Id<Team>>,
    #[relationship(back_populates = heroes)]
    team: One<Option<Team>>,
    #[relationship(back_populates = heroes, link_model = HeroPower)]
    powers: Many<Power>,
}

#[model(table)]
struct Power {
    #[field(primary_key)]
    id: Id<Power>,
    name: String,
    #[relationship(back_populates = powers, link_model = HeroPower)]
    heroes: Many<Hero>,
}

#[model(table)]
struct HeroPower {
    #[field(primary_key, foreign_key = Hero.id)]
    hero_id: Id<Hero>,
    #[field(primary_key, foreign_key = Power.id)]
    power_id: Id<Power>,
}

const HEROES: &str = "SELECT id, name, age FROM hero ORDER BY id";
const LINKS: &str = "SELECT hero_id, power_id FROM heropower ORDER BY 1, 2";
const NAMES: &str = "SELECT name, age FROM hero ORDER BY name";

async fn database() -> Db {
    relata_suite::engine_single(Metadata::of((Team, Hero, Power, HeroPower))).await
}

/// The key of the next new row, where so many were given to rows that were rolled back since. Only
/// SQLite gives them again.
fn next_key(given: i64) -> i64 {
    pick(1, 1 + given, 1 + given)
}

async fn names(session: &mut Session) -> Vec<String> {
    let heroes = session.exec(select(Hero).order_by(Hero.name)).all().await.unwrap();
    heroes.iter().map(|hero| hero.name.clone()).collect()
}

#[case]
async fn after_a_rollback_new_rows_are_new_again_and_commit() {
    let db = database().await;
    let mut session = Session::new(&db.engine);
    let mut hero = session.add(Hero::new("Deadpond").with_age(30));
    session.flush().await.unwrap();
    assert_eq!((hero.id.get(), hero.id.state()), (Some(1), IdState::Bound));

    session.rollback().await.unwrap();
    assert_eq!((hero.id.get(), hero.id.state()), (None, IdState::Free));
    assert!(Tracked::is_new(&hero));
    assert_eq!((&*hero.name, hero.age), ("Deadpond", Some(30)));
    assert_eq!(db.count("hero"), 0);

    session.add(&mut hero);
    session.commit().await.unwrap();
    let key = next_key(1);
    assert_eq!(hero.id.get(), Some(key));
    assert_eq!(db.rows(HEROES), [format!("{key}|Deadpond|30")]);
}

#[case]
async fn after_a_rollback_ids_are_unbound_wherever_they_were_copied_to() {
    let db = database().await;
    let mut session = Session::new(&db.engine);
    let mut team = session.add(Team::new("Preventers"));
    let id = team.id.clone();
    let mut hero = session.add(Hero::new("Rusty-Man").with_team_id(&id));
    session.flush().await.unwrap();
    assert_eq!(id.get(), Some(1));
    assert_eq!(hero.team_id.as_ref().unwrap().get(), Some(1));

    session.rollback().await.unwrap();
    assert_eq!((id.get(), hero.team_id.as_ref().unwrap().get()), (None, None));

    // Another row takes the key that was theirs for a while, or the next.
    let mut other = Session::new(&db.engine);
    other.add(Team::new("Z-Force"));
    other.commit().await.unwrap();

    session.add(&mut team);
    session.add(&mut hero);
    session.commit().await.unwrap();
    let key = next_key(1) + 1;
    assert_eq!(id.get(), Some(key));
    assert_eq!(db.rows("SELECT name, team_id FROM hero"), [format!("Rusty-Man|{key}")]);
}

#[case]
async fn after_a_rollback_deleted_rows_are_back() {
    let db = database().await;
    db.execute("INSERT INTO hero (id, name) VALUES (1, 'read'), (2, 'changed')");
    let mut session = Session::new(&db.engine);
    let mut read = session.get(Hero, 1).await.unwrap().unwrap();
    let mut changed = session.get(Hero, 2).await.unwrap().unwrap();
    changed.age = Some(1);
    let mut added = session.add(Hero::new("added"));
    session.add(&mut changed);
    session.commit().await.unwrap();

    session.delete(&mut read);
    session.delete(&mut changed);
    session.delete(&mut added);
    session.flush().await.unwrap();
    assert_eq!(names(&mut session).await, [""; 0]);
    session.rollback().await.unwrap();
    assert_eq!(db.rows(HEROES), ["1|read|NULL", "2|changed|1", "3|added|NULL"]);

    for hero in [&mut read, &mut changed, &mut added] {
        assert!(!Tracked::is_new(hero), "{hero:?}");
        hero.age = Some(40);
        session.add(hero);
    }
    session.commit().await.unwrap();
    assert_eq!(db.rows(HEROES), ["1|read|40", "2|changed|40", "3|added|40"]);
}

#[case]
async fn a_deleted_row_is_refused_until_the_delete_is_rolled_back() {
    let db = database().await;
    let mut session = Session::new(&db.engine);
    let mut hero = session.add(Hero::new("Deadpond"));
    session.commit().await.unwrap();
    session.delete(&mut hero);
    session.commit().await.unwrap();
    hero.age = Some(1);
    session.add(&mut hero);
    assert_eq!(session.commit().await.unwrap_err().kind(), ErrorKind::Deleted);
    assert_eq!(db.count("hero"), 0);
}

#[case]
async fn what_was_committed_stays_so_after_a_later_rollback() {
    let db = database().await;
    let mut session = Session::new(&db.engine);
    let mut first = session.add(Hero::new("first"));
    session.commit().await.unwrap();
    let second = session.add(Hero::new("second"));
    first.age = Some(7);
    session.add(&mut first);
    session.flush().await.unwrap();
    session.rollback().await.unwrap();

    assert_eq!((first.id.get(), first.id.state()), (Some(1), IdState::Bound));
    assert!(!Tracked::is_new(&first));
    assert!(Tracked::is_new(&second));
    assert_eq!(db.rows(HEROES), ["1|first|NULL"]);

    // The change was undone in the database, so it is one again.
    session.add(&mut first);
    session.commit().await.unwrap();
    assert_eq!(db.rows(HEROES), ["1|first|7"]);
}

#[case]
async fn a_childs_violation_undoes_its_parent() {
    let db = database().await;
    let mut session = Session::new(&db.engine);
    let twins = [Hero::new("twin"), Hero::new("twin")];
    let mut team = session.add(Team::new("Preventers").with_heroes(twins));
    let error = session.commit().await.unwrap_err();
    assert!(error.is_unique_violation());
    assert_eq!(error.table(), Some("hero"));
    assert_eq!(error.columns().collect::<Vec<_>>(), ["name"]);
    assert!(error.statement().unwrap().starts_with("INSERT INTO hero "), "{error:?}");
    assert_eq!((db.count("team"), db.count("hero")), (0, 0));
    assert_eq!(team.id.get(), None);
    assert!(team.heroes.get().unwrap().iter().all(|hero| hero.id.get().is_none()));

    session.rollback().await.unwrap();
    let second = team.heroes.iter_mut().unwrap().nth(1).unwrap();
    second.name = "other twin".into();
    session.add(&mut team);
    session.commit().await.unwrap();
    assert_eq!(
        db.rows("SELECT t.name, h.name FROM team t JOIN hero h ON h.team_id = t.id ORDER BY h.id"),
        ["Preventers|twin", "Preventers|other twin"]
    );
}

#[case]
async fn a_failed_flush_is_reported_by_every_use_until_a_rollback() {
    let db = database().await;
    db.execute("INSERT INTO hero (id, name) VALUES (1, 'taken')");
    let mut session = Session::new(&db.engine);
    let mut old = session.get(Hero, 1).await.unwrap().unwrap();
    let mut power = session.add(Power::new("flight"));
    let mut hero = session.add(Hero::new("taken").with_powers([&power]));
    let first = session.flush().await.unwrap_err();
    assert!(first.is_unique_violation());

    let again = [
        session.flush().await.unwrap_err(),
        session.commit().await.unwrap_err(),
        session.begin_write().await.unwrap_err(),
        session.begin_nested().await.map(drop).unwrap_err(),
        session.exec(select(Hero)).all().await.unwrap_err(),
        session.get(Hero, 1).await.unwrap_err(),
        session.refresh(&mut old).await.unwrap_err(),
        session.load(&mut old, Hero.powers).await.unwrap_err(),
        session.merge(Hero::new("x").with_id(1)).await.unwrap_err(),
    ];
    let expected = format!("{first}; the session was rolled back; call `rollback` to go on");
    for error in again {
        assert_eq!(error.kind(), ErrorKind::UniqueViolation);
        assert_eq!(error.to_string(), expected);
        assert_eq!(error.table(), Some("hero"));
    }
    assert_eq!((hero.id.get(), power.id.get()), (None, None));
    assert_eq!(db.count("power"), 0);

    session.rollback().await.unwrap();
    hero.name = "free".into();
    session.add(&mut power);
    session.add(&mut hero);
    session.commit().await.unwrap();
    assert_eq!(db.rows("SELECT name FROM hero ORDER BY name"), ["free", "taken"]);
    assert_eq!(db.count("heropower"), 1);
}

#[case]
async fn a_savepoint_rolled_back_undoes_what_came_after_it_and_no_more() {
    let db = database().await;
    let mut session = Session::new(&db.engine);
    let mut hero = session.add(Hero::new("Deadpond"));
    hero.powers.push(Power::new("before"));
    session.add(&mut hero);

    let mut savepoint = session.begin_nested().await.unwrap();
    hero.powers.push(Power::new("after"));
    hero.age = Some(30);
    savepoint.add(&mut hero);
    let inner = savepoint.add(Hero::new("inner"));
    savepoint.flush().await.unwrap();
    assert_eq!(names(&mut savepoint).await, ["Deadpond", "inner"]);
    savepoint.rollback().await.unwrap();

    assert_eq!((hero.id.get(), inner.id.get()), (Some(1), None));
    assert_eq!(names(&mut session).await, ["Deadpond"]);
    session.commit().await.unwrap();
    assert_eq!(db.rows(HEROES), ["1|Deadpond|NULL"]);
    assert_eq!((db.rows(LINKS), db.count("power")), (vec!["1|1".to_owned()], 1));

    // The value still says what was undone, so that adding it again writes just that.
    session.add(&mut hero);
    session.commit().await.unwrap();
    assert_eq!(db.rows(HEROES), ["1|Deadpond|30"]);
    assert_eq!(db.rows("SELECT name FROM power ORDER BY id"), ["before", "after"]);
    assert_eq!(db.rows(LINKS), ["1|1".to_owned(), format!("1|{}", next_key(1) + 1)]);
}

#[case]
async fn rows_read_changed_and_deleted_in_a_savepoint_are_as_they_were_after_it() {
    let db = database().await;
    db.execute("INSERT INTO hero (id, name) VALUES (1, 'changed'), (2, 'deleted')");
    let mut session = Session::new(&db.engine);
    let mut changed = session.get(Hero, 1).await.unwrap().unwrap();
    let mut deleted = session.get(Hero, 2).await.unwrap().unwrap();
    let mut savepoint = session.begin_nested().await.unwrap();
    changed.age = Some(1);
    savepoint.add(&mut changed);
    savepoint.delete(&mut deleted);
    assert_eq!(names(&mut savepoint).await, ["changed"]);
    savepoint.rollback().await.unwrap();

    assert_eq!(names(&mut session).await, ["changed", "deleted"]);
    session.add(&mut changed);
    deleted.age = Some(2);
    session.add(&mut deleted);
    session.commit().await.unwrap();
    assert_eq!(db.rows(HEROES), ["1|changed|1", "2|deleted|2"]);
}

#[case]
async fn a_given_key_is_given_again_after_a_rollback() {
    let db = database().await;
    let mut session = Session::new(&db.engine);
    let mut hero = session.add(Hero::new("Deadpond").with_id(7));
    session.flush().await.unwrap();
    assert_eq!((hero.id.get(), hero.id.state()), (Some(7), IdState::Bound));
    session.rollback().await.unwrap();
    assert_eq!((hero.id.get(), hero.id.state()), (Some(7), IdState::Given));
    session.add(&mut hero);
    session.commit().await.unwrap();
    assert_eq!(db.rows(HEROES), ["7|Deadpond|NULL"]);
}

#[case]
async fn a_savepoint_keeps_what_it_commits_as_long_as_its_transaction() {
    let db = database().await;
    let mut session = Session::new(&db.engine);
    for keep in [false, true] {
        let mut savepoint = session.begin_nested().await.unwrap();
        let hero = savepoint.add(Hero::new("Deadpond"));
        savepoint.commit().await.unwrap();
        assert_eq!(hero.id.get(), Some(if keep { next_key(1) } else { 1 }));
        if keep {
            session.commit().await.unwrap();
        } else {
            session.rollback().await.unwrap();
        }
        assert_eq!((hero.id.get().is_some(), db.count("hero")), (keep, i64::from(keep)));
    }
}

#[case]
async fn a_dropped_savepoint_is_rolled_back() {
    let db = database().await;
    let mut session = Session::new(&db.engine);
    session.add(Hero::new("kept"));
    let mut savepoint = session.begin_nested().await.unwrap();
    savepoint.add(Hero::new("flushed"));
    savepoint.flush().await.unwrap();
    savepoint.add(Hero::new("queued"));
    drop(savepoint);
    assert_eq!(names(&mut session).await, ["kept"]);
    session.commit().await.unwrap();
    assert_eq!(db.rows("SELECT name FROM hero"), ["kept"]);
}

#[case]
async fn four_nested_savepoints_unwind_one_at_a_time() {
    let db = database().await;
    let mut session = Session::new(&db.engine);
    session.add(Hero::new("0"));
    {
        let mut one = session.begin_nested().await.unwrap();
        one.add(Hero::new("1"));
        {
            let mut two = one.begin_nested().await.unwrap();
            two.add(Hero::new("2"));
            {
                let mut three = two.begin_nested().await.unwrap();
                three.add(Hero::new("3"));
                let mut four = three.begin_nested().await.unwrap();
                four.add(Hero::new("4"));
                assert_eq!(names(&mut four).await, ["0", "1", "2", "3", "4"]);
                four.rollback().await.unwrap();
                assert_eq!(names(&mut three).await, ["0", "1", "2", "3"]);
                three.rollback().await.unwrap();
            }
            assert_eq!(names(&mut two).await, ["0", "1", "2"]);
            two.rollback().await.unwrap();
        }
        assert_eq!(names(&mut one).await, ["0", "1"]);
        one.rollback().await.unwrap();
    }
    assert_eq!(names(&mut session).await, ["0"]);
    session.commit().await.unwrap();
    assert_eq!(db.rows("SELECT name FROM hero"), ["0"]);
}

#[case]
async fn a_rolled_back_savepoint_takes_those_released_inside_it_along() {
    let db = database().await;
    let mut session = Session::new(&db.engine);
    let mut outer = session.begin_nested().await.unwrap();
    let mut inner = outer.begin_nested().await.unwrap();
    let mut hero = inner.add(Hero::new("Deadpond"));
    inner.commit().await.unwrap();
    assert_eq!(hero.id.get(), Some(1));
    outer.rollback().await.unwrap();
    assert_eq!(hero.id.get(), None);
    session.add(&mut hero);
    session.commit().await.unwrap();
    assert_eq!(db.rows(HEROES), [format!("{}|Deadpond|NULL", next_key(1))]);
}

#[case]
async fn after_a_failure_in_a_savepoint_earlier_work_commits() {
    let db = database().await;
    let mut session = Session::new(&db.engine);
    let mut kept = session.add(Hero::new("kept"));
    let mut savepoint = session.begin_nested().await.unwrap();
    let mut twin = savepoint.add(Hero::new("kept"));
    let error = savepoint.flush().await.unwrap_err();
    assert!(error.is_unique_violation());
    let again = savepoint.exec(select(Hero)).all().await.unwrap_err();
    assert!(again.is_unique_violation());
    savepoint.rollback().await.unwrap();

    assert_eq!((kept.id.get(), twin.id.get()), (Some(1), None));
    twin.name = "twin".into();
    kept.age = Some(3);
    session.add(&mut kept);
    session.add(&mut twin);
    session.commit().await.unwrap();
    assert_eq!(db.rows("SELECT name, age FROM hero ORDER BY id"), ["kept|3", "twin|NULL"]);
}

#[case]
async fn after_a_failed_commit_of_a_savepoint_earlier_work_commits() {
    let db = database().await;
    let mut session = Session::new(&db.engine);
    session.add(Hero::new("kept"));
    let mut savepoint = session.begin_nested().await.unwrap();
    savepoint.add(Hero::new("kept"));
    assert!(savepoint.commit().await.unwrap_err().is_unique_violation());
    session.commit().await.unwrap();
    assert_eq!(db.rows("SELECT name FROM hero"), ["kept"]);
}

#[case]
async fn a_failed_flush_inside_a_savepoint_asks_for_the_rollback_of_that() {
    let db = database().await;
    let mut session = Session::new(&db.engine);
    session.add(Hero::new("kept"));
    let mut savepoint = session.begin_nested().await.unwrap();
    savepoint.add(Hero::new("kept"));
    let first = savepoint.flush().await.unwrap_err();
    let again = savepoint.flush().await.unwrap_err();
    let expected =
        format!("{first}; the savepoint was rolled back; call `rollback` on it to go on");
    assert_eq!(again.to_string(), expected);
    savepoint.rollback().await.unwrap();
    session.commit().await.unwrap();
    assert_eq!(db.rows("SELECT name FROM hero"), ["kept"]);
}

#[case(Sqlite)]
async fn a_begin_that_fails_loses_no_connection() {
    let db = database().await;
    let lock = db.lock("hero");
    let mut session = Session::new(&db.engine);
    let error = session.begin_write().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Busy);
    assert!(error.is_retryable());
    drop(lock);
    drop(session);

    let mut session = Session::new(&db.engine);
    session.add(Hero::new("Deadpond"));
    session.commit().await.unwrap();
    assert_eq!(db.rows(HEROES), ["1|Deadpond|NULL"]);
}

/// Servers lock rows, so it is a statement that finds the lock and not BEGIN.
#[case(Server)]
async fn a_write_that_fails_for_a_lock_loses_no_connection() {
    let db = database().await;
    let lock = db.lock("hero");
    let mut session = Session::new(&db.engine);
    session.begin_write().await.unwrap();
    let mut hero = session.add(Hero::new("Deadpond"));
    let error = session.flush().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Busy);
    assert!(error.is_retryable());
    drop(lock);
    drop(session);
    assert_eq!(hero.id.get(), None);

    let mut session = Session::new(&db.engine);
    session.add(&mut hero);
    session.commit().await.unwrap();
    assert_eq!(db.rows(NAMES), ["Deadpond|NULL"]);
}

#[case(Sqlite)]
async fn a_transaction_that_the_database_ends_itself_saves_nothing_later() {
    let db = database().await;
    db.execute(
        "CREATE TRIGGER no_villains BEFORE INSERT ON hero WHEN new.name = 'villain'
         BEGIN SELECT RAISE(ROLLBACK, 'no villains'); END",
    );
    saves_nothing_later(&db, async |savepoint| {
        savepoint.add(Hero::new("villain"));
        let error = savepoint.flush().await.unwrap_err();
        assert_eq!((error.kind(), &*error.to_string()), (ErrorKind::Database, "no villains"));
        error
    })
    .await;
}

#[case(Server)]
async fn a_transaction_whose_connection_ends_saves_nothing_later() {
    let db = database().await;
    saves_nothing_later(&db, async |savepoint| {
        let own = pick("", "SELECT pg_backend_pid()", "SELECT CAST(connection_id() AS SIGNED)");
        let own: i64 = savepoint.exec(raw(own).into_tuple::<i64>()).one().await.unwrap();
        db.execute(&pick(
            String::new(),
            format!("SELECT pg_terminate_backend({own})"),
            format!("KILL {own}"),
        ));
        savepoint.add(Hero::new("too late"));
        let error = savepoint.flush().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionLost, "{error}");
        error
    })
    .await;
}

/// Of two transactions that wait for each other MySQL and MariaDB roll back the one that wrote less.
#[case(MySql)]
async fn a_transaction_that_was_rolled_back_for_a_deadlock_saves_nothing_later() {
    let db = patient_database().await;
    saves_nothing_later(&db, async |savepoint| deadlock(&db, savepoint).await).await;
}

/// On PostgreSQL a deadlock fails what came after the savepoint, as any other error does.
#[case(Postgres)]
async fn after_a_deadlock_in_a_savepoint_earlier_work_commits() {
    let db = patient_database().await;
    let mut session = Session::new(&db.engine);
    let team = session.add(Team::new("Preventers"));
    let mut savepoint = session.begin_nested().await.unwrap();
    deadlock(&db, &mut savepoint).await;
    savepoint.rollback().await.unwrap();
    session.commit().await.unwrap();
    assert_eq!(team.id.get(), Some(1));
    assert_eq!(db.rows("SELECT name FROM team"), ["Preventers"]);
}

/// A database whose statements wait for locks, with two powers.
async fn patient_database() -> Db {
    let db = relata_suite::engine(Metadata::of((Team, Hero, Power, HeroPower))).await;
    db.execute("INSERT INTO power (id, name) VALUES (1, 'flight'), (2, 'strength')");
    db
}

/// Has a session fail because it and another connection wait for each other.
async fn deadlock(db: &Db, session: &mut Session) -> relata::Error {
    let mut flight = session.get(Power, 1).await.unwrap().unwrap();
    let mut strength = session.get(Power, 2).await.unwrap().unwrap();
    flight.name = "flying".into();
    session.add(&mut flight);
    session.flush().await.unwrap();

    let mut other = db.plain();
    // Who is patient is not the one that fails.
    other.execute(pick("", "BEGIN; SET deadlock_timeout = '1h'", "BEGIN")).unwrap();
    other.execute("INSERT INTO hero (name) VALUES ('a'), ('b'), ('c'), ('d')").unwrap();
    other.execute("UPDATE power SET name = 'power' WHERE id = 2").unwrap();
    // Whichever comes second is the one that makes them wait for each other.
    let waits = std::thread::spawn(move || {
        other.execute("UPDATE power SET name = 'power' WHERE id = 1; ROLLBACK").unwrap();
    });
    strength.name = "force".into();
    session.add(&mut strength);
    let error = session.flush().await.unwrap_err();
    assert!(error.is_retryable(), "{error}");
    assert_eq!((error.kind(), error.code()), (ErrorKind::Busy, Some(pick("", "40P01", "1213"))));
    waits.join().unwrap();
    error
}

/// Has the database end the transaction inside of a savepoint.
async fn saves_nothing_later(db: &Db, fail: impl AsyncFnOnce(&mut Session) -> relata::Error) {
    let mut session = Session::new(&db.engine);
    let mut team = session.add(Team::new("Preventers"));
    session.flush().await.unwrap();
    let mut savepoint = session.begin_nested().await.unwrap();
    let error = fail(&mut savepoint).await;
    savepoint.rollback().await.unwrap();

    // The whole transaction is gone, not just the savepoint.
    assert_eq!(team.id.get(), None);
    session.add(Hero::new("too late"));
    assert_eq!(session.commit().await.unwrap_err().kind(), error.kind());
    assert_eq!((db.count("team"), db.count("hero")), (0, 0));

    session.rollback().await.unwrap();
    session.add(&mut team);
    session.commit().await.unwrap();
    assert_eq!(db.rows("SELECT name FROM team"), ["Preventers"]);
}

#[case(DeferredConstraints)]
async fn a_commit_that_the_database_refuses_saves_nothing() {
    let db = database().await;
    db.execute(pick(
        "DROP TABLE hero;
         CREATE TABLE hero (id INTEGER PRIMARY KEY, name TEXT NOT NULL, age INTEGER,
             team_id INTEGER REFERENCES team (id) DEFERRABLE INITIALLY DEFERRED)",
        "ALTER TABLE hero ALTER CONSTRAINT hero_team_id_fkey DEFERRABLE INITIALLY DEFERRED",
        "",
    ));
    let mut session = Session::new(&db.engine);
    let mut hero = session.add(Hero::new("Deadpond").with_team_id(99));
    session.flush().await.unwrap();
    assert_eq!(hero.id.get(), Some(1));
    let error = session.commit().await.unwrap_err();
    assert!(error.is_foreign_key_violation(), "{error:?}");
    assert_eq!((hero.id.get(), db.count("hero")), (None, 0));

    session.rollback().await.unwrap();
    hero.team_id = None;
    session.add(&mut hero);
    session.commit().await.unwrap();
    assert_eq!(db.rows(NAMES), ["Deadpond|NULL"]);
}

#[case(threads)]
async fn a_dropped_session_leaves_no_open_transaction() {
    let db = database().await;
    let mut session = Session::new(&db.engine);
    let hero = session.add(Hero::new("Deadpond"));
    session.flush().await.unwrap();
    drop(session);
    assert_eq!(hero.id.get(), None);

    // The connection rolls back in its own time.
    drop(db.lock("hero"));
    assert_eq!(db.count("hero"), 0);
    let mut session = Session::new(&db.engine);
    session.add(hero);
    session.commit().await.unwrap();
    assert_eq!(db.rows(NAMES), ["Deadpond|NULL"]);
}

/// When a future is dropped.
#[derive(Clone, Copy)]
enum When {
    /// While what it waits for is under way and soon done.
    Early,
    /// While what it waits for is under way and takes its time, so that it has to be stopped.
    Slow,
    /// When it could go on.
    Late,
}

const EVER: [When; 3] = [When::Early, When::Slow, When::Late];

/// Polls a future so many times, each time after it asked for it; whether it is done.
async fn polled<T>(future: impl Future<Output = T>, times: usize, when: When) -> Option<T> {
    let (mut future, mut polls) = (pin!(future), 0);
    poll_fn(|context| {
        if polls == times {
            return Poll::Ready(None);
        }
        polls += 1;
        match future.as_mut().poll(context) {
            Poll::Pending if polls == times && !matches!(when, When::Late) => Poll::Ready(None),
            polled => polled.map(Some),
        }
    })
    .await
}

/// Polls a future until something holds, which is looked at before each poll; it is not done then.
async fn polled_until<T>(future: impl Future<Output = T>, holds: impl Fn() -> bool) {
    let mut future = pin!(future);
    poll_fn(|context| match holds() {
        true => Poll::Ready(()),
        false => future.as_mut().poll(context).map(|_| panic!("it was done before")),
    })
    .await
}

/// A database whose inserts take so long that no reply to them is there at once.
async fn slow_database(when: When) -> Db {
    let db = database().await;
    let milliseconds = if matches!(when, When::Slow) { 60 } else { 3 };
    match pick(0, 1, 2) {
        0 => db.execute(
            "CREATE VIEW slow (n) AS
             WITH RECURSIVE counted (n) AS
                 (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < 20000)
             SELECT n FROM counted",
        ),
        1 => db.execute(&format!(
            "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN PERFORM pg_sleep({milliseconds} / 1000.0); RETURN new; END $$"
        )),
        _ => {}
    }
    for table in ["team", "hero", "power", "heropower"] {
        let trigger = format!("CREATE TRIGGER slow_{table} BEFORE INSERT ON {table}");
        db.execute(&pick(
            format!("{trigger} BEGIN SELECT count(*) FROM slow; END"),
            format!("{trigger} FOR EACH ROW EXECUTE FUNCTION slow()"),
            format!("{trigger} FOR EACH ROW DO SLEEP({milliseconds} / 1000)"),
        ));
    }
    db
}

/// Three levels of inserts, the first two of which make keys that the next needs.
fn queue(session: &mut Session) -> Tracked<Team> {
    let hero = Hero::new("Deadpond").with_powers([Power::new("flight")]);
    session.add(Team::new("Z-Force").with_heroes([hero]))
}

/// A flush dropped at some point; whether it was done before.
async fn drop_flush(times: usize, when: When) -> bool {
    let db = slow_database(when).await;
    let mut session = Session::new(&db.engine);
    let mut team = queue(&mut session);
    let done = polled(session.flush(), times, when).await.is_some();
    if done {
        return true;
    }
    if times > 0 {
        for error in [
            session.flush().await.unwrap_err(),
            session.commit().await.unwrap_err(),
            session.get(Team, 1).await.unwrap_err(),
            session.begin_nested().await.map(|_| ()).unwrap_err(),
        ] {
            assert_eq!(error.kind(), ErrorKind::RollbackRequired, "{times} polls");
            assert_eq!(
                error.to_string(),
                "an earlier call on this session was dropped before it ended; call `rollback` to go on"
            );
        }
    }
    session.rollback().await.unwrap();
    assert_eq!(team.id.get(), None, "{times} polls");
    assert_eq!((db.count("team"), db.count("hero")), (0, 0), "{times} polls");

    // The only connection of the pool is free again, and clean.
    session.add(&mut team);
    session.commit().await.unwrap();
    let mut other = Session::new(&db.engine);
    drop(session);
    assert_eq!(names(&mut other).await, ["Deadpond"]);
    assert_eq!((db.count("team"), db.count("heropower")), (1, 1));
    false
}

#[case]
async fn a_flush_dropped_at_any_point_writes_nothing_and_asks_for_a_rollback() {
    for when in EVER {
        let mut times = 0;
        while !drop_flush(times, when).await {
            times += 1;
        }
        assert!(
            times >= 3,
            "the flush waits for its batches one by one, it was polled {times} times"
        );
    }
}

/// Whether a team whose commit was not answered is saved, and with it what was added with it.
async fn find_out(session: &mut Session, team: &mut Tracked<Team>) -> bool {
    let found = session.refresh(team).await;
    if found.is_ok() {
        return true;
    }
    assert!(found.unwrap_err().is_not_found());
    for hero in team.heroes.iter_mut().unwrap() {
        assert!(session.refresh(hero).await.unwrap_err().is_not_found());
        for power in hero.powers.iter_mut().unwrap() {
            assert!(session.refresh(power).await.unwrap_err().is_not_found());
        }
    }
    false
}

/// A commit dropped at some point; whether it was done before.
async fn drop_commit(times: usize, when: When) -> bool {
    let db = slow_database(when).await;
    let mut session = Session::new(&db.engine);
    let mut team = queue(&mut session);
    if polled(session.commit(), times, when).await.is_some() {
        return true;
    }
    session.rollback().await.unwrap();
    let saved = db.count("team") == 1;
    if team.id.state() == IdState::Unknown {
        assert_eq!(find_out(&mut session, &mut team).await, saved, "{times} polls");
    } else {
        assert!(!saved, "{times} polls");
    }
    let rows = i64::from(saved);
    for table in ["team", "hero", "power", "heropower"] {
        assert_eq!(db.count(table), rows, "{table} after {times} polls");
    }
    assert_eq!(Tracked::is_new(&team), !saved, "{times} polls");
    session.add(&mut team);
    session.commit().await.unwrap();
    for table in ["team", "hero", "power", "heropower"] {
        assert_eq!(db.count(table), 1, "{table} after {times} polls");
    }
    false
}

#[case]
async fn a_commit_dropped_at_any_point_writes_all_or_nothing_and_nothing_twice() {
    for when in EVER {
        let mut times = 0;
        while !drop_commit(times, when).await {
            times += 1;
        }
        assert!(times >= 3, "the commit waits for its batches, it was polled {times} times");
    }
}

#[case]
async fn a_row_whose_commit_was_not_answered_is_refused_until_it_is_refreshed() {
    let db = slow_database(When::Early).await;
    let mut session = Session::new(&db.engine);
    let mut hero = session.add(Hero::new("Deadpond").with_id(1));
    // One batch begins, inserts and commits; it is done, but its answer is not taken.
    polled_until(session.commit(), || db.count("hero") == 1).await;
    session.rollback().await.unwrap();
    assert_eq!(hero.id.state(), IdState::Unknown);
    session.add(&mut hero);
    assert_eq!(session.commit().await.unwrap_err().kind(), ErrorKind::UnknownId);
    session.rollback().await.unwrap();

    assert_eq!(db.count("hero"), 1);
    let refreshed = session.refresh(&mut hero).await;
    assert_eq!(refreshed.map_err(|error| error.to_string()), Ok(()));
    hero.age = Some(5);
    session.add(&mut hero);
    session.commit().await.unwrap();
    assert_eq!(db.rows(HEROES), ["1|Deadpond|5"]);
}

#[case]
async fn a_row_whose_key_was_lost_with_the_answer_is_never_written_twice() {
    let db = slow_database(When::Early).await;
    let mut session = Session::new(&db.engine);
    let mut hero = session.add(Hero::new("Deadpond"));
    polled_until(session.commit(), || db.count("hero") == 1).await;
    session.rollback().await.unwrap();
    // Where INSERT gives no keys back, the key is told before COMMIT is sent.
    let known = (!has(Need::InsertReturning)).then_some(1);
    assert_eq!((hero.id.get(), hero.id.state()), (known, IdState::Unknown));
    session.add(&mut hero);
    assert_eq!(session.commit().await.unwrap_err().kind(), ErrorKind::UnknownId);
    session.rollback().await.unwrap();
    assert_eq!(db.count("hero"), 1);
    let refreshed = session.refresh(&mut hero).await;
    if known.is_some() {
        return assert_eq!(refreshed.map_err(|error| error.to_string()), Ok(()));
    }
    let error = refreshed.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownId);
    assert_eq!(
        error.to_string(),
        "the answer to the commit that wrote this `Hero` was lost before its key was known; look for it with a query, and add a new value where it is not there"
    );
}

/// A savepoint that is begun, written and committed, dropped at some point; whether it was done.
async fn drop_savepoint(times: usize, when: When) -> bool {
    let db = slow_database(when).await;
    let mut session = Session::new(&db.engine);
    let mut kept = session.add(Hero::new("kept"));
    let nested = async {
        let mut savepoint = session.begin_nested().await?;
        queue(&mut savepoint);
        savepoint.commit().await
    };
    if polled(nested, times, when).await.is_some() {
        return true;
    }
    if times > 0 {
        let error = session.flush().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::RollbackRequired, "{times} polls");
    }
    session.rollback().await.unwrap();
    assert_eq!((kept.id.get(), db.count("hero")), (None, 0), "{times} polls");
    session.add(&mut kept);
    session.commit().await.unwrap();
    assert_eq!(db.rows(NAMES), ["kept|NULL"]);
    false
}

#[case]
async fn a_savepoint_dropped_at_any_point_writes_nothing_and_asks_for_a_rollback() {
    for when in EVER {
        let mut times = 0;
        while !drop_savepoint(times, when).await {
            times += 1;
        }
        assert!(times >= 4, "the savepoint waits for its batches, it was polled {times} times");
    }
}

/// A commit and its session dropped at some point; whether it was done before.
async fn drop_session(times: usize, when: When) -> bool {
    let db = slow_database(when).await;
    let mut session = Session::new(&db.engine);
    queue(&mut session);
    if polled(session.commit(), times, when).await.is_some() {
        return true;
    }
    drop(session);
    // The connection serves what comes next after it has ended what was under way.
    let mut session = Session::new(&db.engine);
    let before = names(&mut session).await.len();
    session.commit().await.unwrap();
    assert!(before <= 1, "{before}");
    session.add(Hero::new("next"));
    session.commit().await.unwrap();
    for (table, rows) in [("team", before), ("hero", before + 1), ("heropower", before)] {
        assert_eq!(usize::try_from(db.count(table)), Ok(rows), "{table} after {times} polls");
    }
    false
}

#[case]
async fn a_session_dropped_with_its_commit_leaves_all_or_nothing_and_a_clean_connection() {
    for when in EVER {
        let mut times = 0;
        while !drop_session(times, when).await {
            times += 1;
        }
    }
}

#[case]
async fn what_is_added_after_a_dropped_commit_is_new_after_the_rollback() {
    let db = slow_database(When::Early).await;
    let mut session = Session::new(&db.engine);
    session.add(Hero::new("first"));
    polled_until(session.commit(), || db.count("hero") == 1).await;
    let mut second = session.add(Hero::new("second"));
    session.rollback().await.unwrap();
    assert_eq!(second.id.state(), IdState::Free);
    session.add(&mut second);
    session.commit().await.unwrap();
    assert_eq!(db.rows("SELECT name FROM hero ORDER BY id"), ["first", "second"]);
}

#[case]
async fn a_query_dropped_at_once_leaves_the_pool_usable() {
    let db = database().await;
    for times in 0..3 {
        let mut session = Session::new(&db.engine);
        let query = session.exec(select(Hero));
        if polled(query.all(), times, When::Early).await.is_none() && times > 0 {
            let error = session.exec(select(Hero)).all().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::RollbackRequired);
            session.rollback().await.unwrap();
        }
        assert_eq!(names(&mut session).await, [""; 0]);
    }
}
