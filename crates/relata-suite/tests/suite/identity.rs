//! Which row a value names, what a copy may write, and what a value knows of the database.

use relata::{Error, ErrorKind, IdState, prelude::*};
use relata_suite::{Db, Log, pick};

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

#[model(table)]
struct Country {
    #[field(primary_key)]
    code: String,
    name: String,
}

const HEROES: &str = "SELECT id, name, age FROM hero ORDER BY id";

async fn database() -> Db {
    relata_suite::engine_single(Metadata::of((Team, Hero, Power, HeroPower, Country))).await
}

/// A database with Deadpond, who is 30.
async fn with_deadpond() -> Db {
    let db = database().await;
    db.execute("INSERT INTO hero (id, name, age) VALUES (1, 'Deadpond', 30)");
    db
}

async fn deadpond(session: &mut Session) -> Tracked<Hero> {
    session.get(Hero, 1).await.unwrap().unwrap()
}

fn refused(error: &Error, kind: ErrorKind, message: &str) {
    assert_eq!((error.kind(), &*error.to_string()), (kind, message));
}

#[case]
async fn an_id_pending_in_one_session_is_refused_by_another() {
    let db = database().await;
    let mut first = Session::new(&db.engine);
    let team = first.add(Team::new("Preventers"));
    assert_eq!(team.id.state(), IdState::Pending);

    let mut second = Session::new(&db.engine);
    second.add(Hero::new("Rusty-Man").with_team_id(&team.id));
    let error = second.commit().await.unwrap_err();
    refused(
        &error,
        ErrorKind::ForeignId,
        "the id is pending in another session; commit that session first, or add the row here",
    );
    assert_eq!((error.table(), error.columns().next()), (Some("hero"), Some("team_id")));
    second.rollback().await.unwrap();

    for delete in [false, true] {
        if delete {
            second.delete(&team);
        } else {
            second.add(team.clone());
        }
        refused(
            &second.commit().await.unwrap_err(),
            ErrorKind::ForeignId,
            "this `Team` was added to or deleted from another session; commit that session first",
        );
        second.rollback().await.unwrap();
    }
    assert_eq!((db.count("team"), db.count("hero")), (0, 0));

    first.commit().await.unwrap();
    second.add(Hero::new("Rusty-Man").with_team_id(&team.id));
    second.commit().await.unwrap();
    assert_eq!(db.rows("SELECT name, team_id FROM hero"), ["Rusty-Man|1"]);
}

#[case]
async fn a_row_stands_for_its_id() {
    let db = database().await;
    let mut session = Session::new(&db.engine);
    let team = session.add(Team::new("Preventers"));
    let hero = session.add(Hero::new("Rusty-Man").with_team_id(&team)); // neither is saved yet
    session.commit().await.unwrap();
    assert_eq!(hero.team_id, Some(team.id.clone()));
    session.add(Hero::new("Deadpond").with_team_id(&team)); // saved
    session.commit().await.unwrap();
    assert_eq!(
        db.rows("SELECT name, team_id FROM hero ORDER BY id"),
        ["Rusty-Man|1", "Deadpond|1"]
    );
}

#[case]
async fn a_plain_copy_of_a_stored_row_is_refused_and_told_of_merge() {
    let db = with_deadpond().await;
    let mut session = Session::new(&db.engine);
    let row = deadpond(&mut session).await;
    let mut added = session.add(Hero::new("Rusty-Man"));
    session.commit().await.unwrap();
    added.age = Some(1);
    for mut copy in [(*row).clone(), Tracked::into_inner(row.clone()), (*added).clone()] {
        copy.name = "stranger".into();
        session.add(copy);
        refused(
            &session.commit().await.unwrap_err(),
            ErrorKind::AlreadyStored,
            "this plain `Hero` has the id of a row that is saved or added already; use `session.merge(value)`, or change the row through its `Tracked`",
        );
        session.rollback().await.unwrap();
    }
    assert_eq!(db.rows(HEROES), ["1|Deadpond|30", "2|Rusty-Man|NULL"]);
}

#[case]
async fn ten_clones_of_a_new_value_are_ten_rows_and_of_its_id_one() {
    let db = database().await;
    let mut session = Session::new(&db.engine);
    let team = Team::new("Preventers");
    let teams: Vec<_> = (0..10).map(|_| session.add(team.clone())).collect();
    let ids: Vec<Id<Team>> = (0..10).map(|_| teams[0].id.clone()).collect();
    let heroes = ids.iter().enumerate().map(|(n, id)| Hero::new(format!("{n}")).with_team_id(id));
    session.add_all(heroes.collect::<Vec<_>>());
    session.commit().await.unwrap();
    assert_eq!(db.count("team"), 10);
    let mut keys: Vec<_> = teams.iter().filter_map(|team| team.id.get()).collect();
    keys.sort_unstable();
    assert_eq!(keys, (1..=10).collect::<Vec<_>>());
    let key = teams[0].id.get();
    assert!(ids.iter().all(|id| id.get() == key && *id == teams[0].id));
    assert_eq!(db.rows("SELECT count(*), count(DISTINCT team_id) FROM hero"), ["10|1"]);
}

#[case]
async fn ten_clones_of_a_tracked_value_are_one_row() {
    let db = database().await;
    let mut session = Session::new(&db.engine);
    let hero = session.add(Hero::new("Deadpond"));
    let mut clones: Vec<_> = (0..10).map(|_| hero.clone()).collect();
    for clone in &mut clones {
        session.add(clone);
    }
    session.commit().await.unwrap();
    assert!(clones.iter().all(|clone| clone.id.get() == Some(1)));
    assert_eq!(db.rows(HEROES), ["1|Deadpond|NULL"]);
}

#[case]
async fn back_and_forth_over_two_commits_is_two_updates() {
    let db = with_deadpond().await;
    let log = Log::start();
    let mut session = Session::new(&db.engine);
    let mut hero = deadpond(&mut session).await;
    log.take();
    for name in ["Dead", "Deadpond"] {
        hero.name = name.into();
        session.add(&mut hero);
        session.commit().await.unwrap();
        assert_eq!(log.sql(), ["UPDATE hero SET name=? WHERE hero.id = ?"]);
        assert_eq!(db.rows(HEROES), [format!("1|{name}|30")]);
    }
    session.add(&mut hero);
    session.commit().await.unwrap();
    assert_eq!(log.sql(), [""; 0]);
}

#[case]
async fn a_change_taken_back_before_the_add_writes_nothing() {
    let db = with_deadpond().await;
    let log = Log::start();
    let mut session = Session::new(&db.engine);
    let mut hero = deadpond(&mut session).await;
    log.take();
    hero.age = Some(31);
    hero.age = Some(30);
    session.add(&mut hero);
    session.commit().await.unwrap();
    assert_eq!(log.sql(), [""; 0]);
}

#[case]
async fn a_stale_copy_writes_the_columns_that_it_changed_and_no_others() {
    let db = with_deadpond().await;
    let log = Log::start();
    let (mut first, mut second) = (Session::new(&db.engine), Session::new(&db.engine));
    let mut stale = deadpond(&mut first).await;
    first.commit().await.unwrap();
    let mut fresh = deadpond(&mut second).await;
    fresh.name = "Wade".into();
    second.add(&mut fresh);
    second.commit().await.unwrap();
    log.take();

    stale.age = Some(31);
    first.add(&mut stale);
    first.commit().await.unwrap();
    assert_eq!(log.sql(), ["UPDATE hero SET age=? WHERE hero.id = ?"]);
    assert_eq!(&*stale.name, "Deadpond");
    assert_eq!(db.rows(HEROES), ["1|Wade|31"]);
}

#[case]
async fn two_clones_of_a_row_in_one_flush_each_write_what_they_changed() {
    let db = with_deadpond().await;
    let mut session = Session::new(&db.engine);
    let mut first = deadpond(&mut session).await;
    let mut second = first.clone();
    first.name = "Wade".into();
    second.age = None;
    session.add(&mut first);
    session.add(&mut second);
    session.commit().await.unwrap();
    assert_eq!(db.rows(HEROES), ["1|Wade|NULL"]);
}

#[case]
async fn a_row_removed_meanwhile_is_stale_and_nothing_is_half_written() {
    let db = with_deadpond().await;
    let mut session = Session::new(&db.engine);
    let mut hero = deadpond(&mut session).await;
    session.commit().await.unwrap();
    db.execute("DELETE FROM hero");
    for delete in [false, true] {
        session.add(Team::new("Preventers"));
        if delete {
            session.delete(&mut hero);
        } else {
            hero.age = Some(31);
            session.add(&mut hero);
        }
        let error = session.commit().await.unwrap_err();
        assert!(error.is_stale());
        let cure = match delete {
            true => "roll back, and delete only what is still there",
            false => "roll back, then read again, or `merge` the value to insert it anew",
        };
        let gone = "the `Hero` with key 1 has gone since it was read: it was deleted, or has another key now";
        refused(&error, ErrorKind::Stale, &format!("{gone}; {cure}"));
        assert_eq!(error.table(), Some("hero"));
        session.rollback().await.unwrap();
        assert_eq!((db.count("team"), db.count("hero")), (0, 0));
    }
}

#[case]
async fn what_a_stale_error_says_to_do_works_for_rows_that_are_gone_or_have_another_key() {
    let db = with_deadpond().await;
    let mut session = Session::new(&db.engine);
    let mut hero = deadpond(&mut session).await;
    session.commit().await.unwrap();
    db.execute("UPDATE hero SET id = 7");
    hero.age = Some(31);
    session.add(&mut hero);
    assert!(session.commit().await.unwrap_err().is_stale());
    session.rollback().await.unwrap();
    let moved = select(Hero).filter(Hero.name.eq(&hero.name));
    assert_eq!(session.exec(moved).one().await.unwrap().id, 7);
    session.commit().await.unwrap();

    db.execute("DELETE FROM hero");
    session.merge((*hero).clone()).await.unwrap();
    session.commit().await.unwrap();
    assert_eq!(db.rows(HEROES), ["1|Deadpond|31"]);
}

#[case]
async fn a_row_that_has_gone_is_none_to_get_and_not_found_to_refresh() {
    let db = with_deadpond().await;
    let mut session = Session::new(&db.engine);
    let mut hero = deadpond(&mut session).await;
    session.commit().await.unwrap();
    db.execute("DELETE FROM hero");
    assert!(session.get(Hero, 1).await.unwrap().is_none());
    let error = session.refresh(&mut hero).await.unwrap_err();
    assert!(error.is_not_found());
    refused(
        &error,
        ErrorKind::NotFound,
        "this `Hero` is not in the database any more; it was deleted, or rolled back",
    );
    assert_eq!(error.table(), Some("hero"));
    // A read that finds nothing is no failure of the session.
    session.add(Hero::new("Rusty-Man"));
    session.commit().await.unwrap();
    assert_eq!(db.count("hero"), 1);
}

#[case]
async fn one_and_first_tell_none_one_and_many_apart() {
    let db = database().await;
    let mut session = Session::new(&db.engine);
    let all = || select(Hero).order_by(Hero.name);
    assert!(session.exec(all()).first().await.unwrap().is_none());
    assert!(session.exec(all()).one_or_none().await.unwrap().is_none());
    let error = session.exec(all()).one().await.unwrap_err();
    refused(
        &error,
        ErrorKind::NotFound,
        "no row of `hero` was found when one was required; use `one_or_none` or `first`",
    );
    session.add_all([Hero::new("a"), Hero::new("b")]);
    assert_eq!(session.exec(all()).first().await.unwrap().unwrap().name, "a");
    for error in [
        session.exec(all()).one().await.unwrap_err(),
        session.exec(all()).one_or_none().await.unwrap_err(),
    ] {
        refused(
            &error,
            ErrorKind::MultipleFound,
            "more than one row of `hero` was found when one was required; narrow the filter or use `first`",
        );
        assert_eq!(error.table(), Some("hero"));
    }
}

#[case]
async fn what_is_not_saved_cannot_be_read_or_deleted() {
    let db = database().await;
    let mut session = Session::new(&db.engine);
    let mut hero = session.add(Hero::new("Deadpond"));
    session.rollback().await.unwrap();
    refused(
        &session.refresh(&mut hero).await.unwrap_err(),
        ErrorKind::UnboundId,
        "this `Hero` is not saved, so it cannot be refreshed; add it and flush or commit first",
    );
    refused(
        &session.get(Hero, &hero.id).await.unwrap_err(),
        ErrorKind::UnboundId,
        "no `Hero` can be found by the id of a row that is not saved; add that row to this session first, or flush the one that has it",
    );
    assert_eq!(hero.id.key().unwrap_err().kind(), ErrorKind::UnboundId);
    session.delete(&mut hero);
    refused(
        &session.flush().await.unwrap_err(),
        ErrorKind::NotFound,
        "this `Hero` is not saved, so it cannot be deleted; `add` it first",
    );
}

#[case]
async fn a_foreign_key_to_a_row_that_is_in_no_session_is_named() {
    let db = database().await;
    let mut session = Session::new(&db.engine);
    let team = Team::new("Preventers");
    session.add(Hero::new("Rusty-Man").with_team_id(&team.id));
    let error = session.commit().await.unwrap_err();
    refused(
        &error,
        ErrorKind::UnboundId,
        "`Hero.team_id` names a row of `Team` that is not saved; add that row to the session too, and not a clone of it, which is another row",
    );
    assert_eq!((error.table(), error.columns().next()), (Some("hero"), Some("team_id")));
    assert_eq!(db.count("hero"), 0);
}

#[case]
async fn a_relation_that_is_not_loaded_is_an_error_and_never_empty() {
    let db = with_deadpond().await;
    let mut session = Session::new(&db.engine);
    let mut hero = deadpond(&mut session).await;
    assert!(!hero.powers.is_loaded());
    refused(
        &hero.powers.get().unwrap_err(),
        ErrorKind::NotLoaded,
        "relation `Hero.powers` is not loaded; add `.with(Hero.powers)` to the query or call `session.load(&mut row, Hero.powers)`",
    );
    assert_eq!(hero.powers.iter_mut().map(drop).unwrap_err().kind(), ErrorKind::NotLoaded);
    assert_eq!(hero.team.get().map(drop).unwrap_err().kind(), ErrorKind::NotLoaded);
    // To change it is no reading.
    hero.powers.push(Power::new("flight"));
    assert_eq!(hero.powers.get().map(drop).unwrap_err().kind(), ErrorKind::NotLoaded);
    session.load(&mut hero, Hero.powers).await.unwrap();
    session.load(&mut hero, Hero.team).await.unwrap();
    assert_eq!(hero.powers.get().unwrap().len(), 1);
    assert!(hero.team.get().unwrap().is_none());
}

#[case]
async fn a_query_flushes_what_is_queued_and_says_so_where_that_fails() {
    let db = with_deadpond().await;
    let mut session = Session::new(&db.engine);
    let hero = session.add(Hero::new("Rusty-Man"));
    let found = session.exec(select(Hero).order_by(Hero.id)).all().await.unwrap();
    assert_eq!(found.iter().map(|hero| hero.id.get()).collect::<Vec<_>>(), [Some(1), Some(2)]);
    assert_eq!(hero.id.get(), Some(2));

    session.add(Hero::new("Deadpond"));
    let error = session.exec(select(Hero)).all().await.unwrap_err();
    assert!(error.is_unique_violation());
    assert_eq!(
        error.to_string(),
        "unique constraint failed: `hero.name`; raised while queued changes were flushed before a query"
    );
    assert_eq!(hero.id.get(), None);
}

#[case]
async fn a_target_pushed_and_committed_can_be_removed_from_the_unloaded_list() {
    let db = with_deadpond().await;
    db.execute(
        "INSERT INTO power VALUES (1, 'flight'), (2, 'other'); INSERT INTO heropower VALUES (1, 2)",
    );
    let mut session = Session::new(&db.engine);
    let mut hero = deadpond(&mut session).await;
    let flight = session.get(Power, 1).await.unwrap().unwrap();
    hero.powers.push(&flight);
    session.add(&mut hero);
    session.commit().await.unwrap();
    assert_eq!(db.count("heropower"), 2);

    assert!(!hero.powers.is_loaded());
    hero.powers.remove(&flight);
    session.add(&mut hero);
    session.commit().await.unwrap();
    assert_eq!(db.rows("SELECT hero_id, power_id FROM heropower"), ["1|2"]);

    hero.powers.push(&flight);
    session.add(&mut hero);
    session.commit().await.unwrap();
    assert_eq!(db.count("heropower"), 2);
}

#[case]
async fn a_foreign_key_set_by_the_parents_list_is_not_undone_by_the_child() {
    let db = with_deadpond().await;
    let mut session = Session::new(&db.engine);
    let mut child = deadpond(&mut session).await;
    let mut parent = session.add(Team::new("Z-Force"));
    parent.heroes.push(&child);
    session.add(&mut parent);
    session.commit().await.unwrap();
    assert!(child.team_id.is_none());

    child.age = Some(31);
    session.add(&mut child);
    session.commit().await.unwrap();
    assert_eq!(db.rows("SELECT age, team_id FROM hero"), ["31|1"]);
    session.refresh(&mut child).await.unwrap();
    assert_eq!(child.team_id.as_ref().unwrap().get(), Some(1));
}

#[case]
async fn refresh_shows_what_others_wrote_and_forgets_what_was_not_added() {
    let db = with_deadpond().await;
    db.execute("INSERT INTO power VALUES (1, 'flight')");
    let log = Log::start();
    let mut session = Session::new(&db.engine);
    let mut hero = session.exec(select(Hero).with(Hero.powers)).one().await.unwrap();
    session.commit().await.unwrap();
    assert!(hero.powers.get().unwrap().is_empty());
    db.execute("UPDATE hero SET name = 'Wade'; INSERT INTO heropower VALUES (1, 1)");
    hero.age = Some(99);
    session.refresh(&mut hero).await.unwrap();
    assert_eq!((&*hero.name, hero.age), ("Wade", Some(30)));
    assert_eq!(hero.powers.get().unwrap()[0].name, "flight");
    log.take();
    session.add(&mut hero);
    session.commit().await.unwrap();
    assert_eq!(log.sql(), [""; 0]);
}

#[case]
async fn merge_writes_what_differs_from_the_stored_row() {
    let db = with_deadpond().await;
    let log = Log::start();
    let mut session = Session::new(&db.engine);
    let merged = session.merge(Hero::new("Wade").with_id(1).with_age(30)).await.unwrap();
    assert_eq!((merged.id.get(), &*merged.name), (Some(1), "Wade"));
    log.take();
    session.commit().await.unwrap();
    assert_eq!(log.sql(), ["UPDATE hero SET name=? WHERE hero.id = ?"]);
    assert_eq!(db.rows(HEROES), ["1|Wade|30"]);

    let copy = (*merged).clone();
    session.merge(copy).await.unwrap();
    log.take();
    session.commit().await.unwrap();
    assert_eq!(log.sql(), [""; 0]);
}

#[case]
async fn merge_inserts_what_is_not_there() {
    let db = with_deadpond().await;
    let mut session = Session::new(&db.engine);
    let given = session.merge(Hero::new("seventh").with_id(7)).await.unwrap();
    let made = session.merge(Hero::new("made")).await.unwrap();
    session.commit().await.unwrap();
    // A sequence of PostgreSQL does not see keys that are given.
    let key = pick(8, 2, 8);
    assert_eq!((given.id.get(), made.id.get()), (Some(7), Some(key)));
    let mut expected =
        ["1|Deadpond|30".into(), "7|seventh|NULL".into(), format!("{key}|made|NULL")];
    expected.sort();
    assert_eq!(db.rows(HEROES), expected);
}

#[case]
async fn merge_leaves_lists_that_the_value_does_not_speak_of() {
    let db = with_deadpond().await;
    db.execute("INSERT INTO power VALUES (1, 'flight'); INSERT INTO heropower VALUES (1, 1)");
    let mut session = Session::new(&db.engine);
    session.merge(Hero::new("Wade").with_id(1)).await.unwrap();
    session.commit().await.unwrap();
    assert_eq!(db.rows(HEROES), ["1|Wade|NULL"]);
    assert_eq!(db.count("heropower"), 1);
}

#[case]
async fn natural_keys_are_inserted_changed_and_merged() {
    let db = database().await;
    let mut session = Session::new(&db.engine);
    let mut sweden = session.add(Country::new("se", "Sverige"));
    session.commit().await.unwrap();
    sweden.name = "Sweden".into();
    session.add(&mut sweden);
    session.commit().await.unwrap();
    assert_eq!(db.rows("SELECT * FROM country"), ["se|Sweden"]);
    let found = session.get(Country, "se").await.unwrap().unwrap();
    assert_eq!(found.name, "Sweden");
    session.merge(Country::new("se", "Suède")).await.unwrap();
    session.merge(Country::new("fr", "France")).await.unwrap();
    session.commit().await.unwrap();
    assert_eq!(db.rows("SELECT * FROM country ORDER BY code"), ["fr|France", "se|Suède"]);

    session.add(Country::new("se", "again"));
    let error = session.commit().await.unwrap_err();
    assert!(error.is_unique_violation());
    assert_eq!(error.columns().collect::<Vec<_>>(), ["code"]);
}

#[case]
async fn a_natural_key_that_changes_updates_the_row_it_was_read_from() {
    let db = database().await;
    db.execute("INSERT INTO country VALUES ('sv', 'Sweden')");
    let mut session = Session::new(&db.engine);
    let mut sweden = session.get(Country, "sv").await.unwrap().unwrap();
    sweden.code = "se".into();
    session.add(&mut sweden);
    session.commit().await.unwrap();
    assert_eq!(db.rows("SELECT * FROM country"), ["se|Sweden"]);
    sweden.name = "Sverige".into();
    session.add(&mut sweden);
    session.commit().await.unwrap();
    assert_eq!(db.rows("SELECT * FROM country"), ["se|Sverige"]);
}
