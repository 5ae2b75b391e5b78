//! Values that no longer are as the database has it: lists that others changed since, and rows that were
//! deleted by way of another value.

use relata::{ErrorKind, prelude::*};
use relata_suite::{Db, Log, engine};

#[model(table)]
struct Membership {
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
    #[relationship(back_populates = home, cascade_delete, order_by = id)]
    residents: Many<Hero>,
    #[relationship(back_populates = teams, link_model = Membership, order_by = id)]
    members: Many<Hero>,
}

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    name: String,
    #[field(foreign_key = Team.id)]
    home_id: Option<Id<Team>>,
    #[relationship(back_populates = residents)]
    home: One<Option<Team>>,
    #[relationship(back_populates = members, link_model = Membership)]
    teams: Many<Team>,
}

const HOMES: &str = "SELECT id, home_id FROM hero ORDER BY id";
const LINKS: &str = "SELECT team_id, hero_id FROM membership ORDER BY 1, 2";

/// Hero 1 lives in team 1 and is its member.
async fn stored() -> Db {
    let db = engine(Metadata::of((Team, Hero, Membership))).await;
    db.execute("INSERT INTO team (id, name) VALUES (1, 'A'), (2, 'B')");
    db.execute("INSERT INTO hero (id, name, home_id) VALUES (1, 'Wasp', 1)");
    db.execute("INSERT INTO membership (team_id, hero_id) VALUES (1, 1)");
    db
}

async fn teams(session: &mut Session) -> relata::Result<[Tracked<Team>; 2]> {
    let all = select(Team).with(Team.residents).with(Team.members).order_by(Team.id);
    let teams = session.exec(all).all().await?;
    // what others do from here on is to be seen
    session.commit().await?;
    Ok(teams.try_into().expect("two teams"))
}

#[case]
async fn child_that_moves_there_and_back() -> relata::Result<()> {
    let db = stored().await;
    let mut session = Session::new(&db.engine);
    let [mut a, mut b] = teams(&mut session).await?;
    let hero = a.residents.get()?[0].clone();
    b.residents.push(&hero);
    session.add(&mut b);
    session.commit().await?;
    assert_eq!(db.rows(HOMES), ["1|2"]);
    // The list of `a` still has it.
    a.residents.push(&hero);
    b.residents.remove(&hero);
    session.add(&mut a);
    session.add(&mut b);
    session.commit().await?;
    assert_eq!(db.rows(HOMES), ["1|1"]);
    Ok(())
}

#[case]
async fn child_whose_key_was_changed_comes_back() -> relata::Result<()> {
    let db = stored().await;
    let mut session = Session::new(&db.engine);
    let [mut a, b] = teams(&mut session).await?;
    let mut hero = session.get(Hero, 1).await?.expect("a stored hero");
    hero.home_id = Some(b.id.clone());
    session.add(&mut hero);
    session.commit().await?;
    a.residents.push(&hero);
    session.add(&mut a);
    session.commit().await?;
    assert_eq!(db.rows(HOMES), ["1|1"]);
    Ok(())
}

#[case]
async fn link_that_was_removed_by_another_value() -> relata::Result<()> {
    let db = stored().await;
    let mut session = Session::new(&db.engine);
    let [mut a, _] = teams(&mut session).await?;
    let hero = a.members.get()?[0].clone();
    db.execute("DELETE FROM membership");
    a.members.push(&hero);
    session.add(&mut a);
    session.commit().await?;
    assert_eq!(db.rows(LINKS), ["1|1"]);
    // What was asked is done, so nothing is asked again.
    db.execute("DELETE FROM membership");
    a.name = "Z".to_owned();
    session.add(&mut a);
    session.commit().await?;
    assert_eq!(db.rows(LINKS), [""; 0]);
    Ok(())
}

#[case]
async fn rows_that_are_in_the_list_are_not_written() -> relata::Result<()> {
    let db = stored().await;
    let log = Log::start();
    let mut session = Session::new(&db.engine);
    let [mut a, _] = teams(&mut session).await?;
    let hero = a.members.get()?[0].clone();
    log.take();
    a.members.push(&hero);
    a.residents.push(&hero);
    session.add(&mut a);
    session.commit().await?;
    assert_eq!(log.outline(), ["SELECT hero", "SELECT membership"]);
    assert_eq!((db.rows(HOMES), db.rows(LINKS)), (vec!["1|1".to_owned()], vec!["1|1".to_owned()]));

    // A list that is loaded again knows.
    a.members.push(&hero);
    db.execute("DELETE FROM membership");
    session.load(&mut a, Team.members).await?;
    session.add(&mut a);
    session.commit().await?;
    assert_eq!(db.rows(LINKS), ["1|1"]);
    Ok(())
}

#[case]
async fn rows_that_were_deleted_are_not_added() -> relata::Result<()> {
    let db = stored().await;
    let mut session = Session::new(&db.engine);
    // never written
    let mut new = session.add(Hero::new("Ant-Man"));
    session.delete(&new);
    session.add(new.clone());
    assert_eq!(session.commit().await.unwrap_err().kind(), ErrorKind::Deleted);
    session.rollback().await?;
    let mut taken_back = session.add(Hero::new("Hulk"));
    session.delete(&taken_back);
    session.commit().await?;
    for changed in [false, true] {
        if changed {
            taken_back.name = "Banner".to_owned();
        }
        session.add(&mut taken_back);
        assert_eq!(session.commit().await.unwrap_err().kind(), ErrorKind::Deleted);
        session.rollback().await?;
    }
    // a rollback takes back that it was deleted
    session.add(&mut new);
    session.commit().await?;

    // stored
    let mut wasp = session.get(Hero, 1).await?.expect("a stored hero");
    for changed in [false, true] {
        if changed {
            wasp.name = "Janet".to_owned();
        }
        session.delete(&wasp);
        session.add(&mut wasp);
        let error = session.commit().await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "this `Hero` was deleted; to insert it again, add a plain value with a new id"
        );
        session.rollback().await?;
    }
    session.add(&mut wasp);
    session.commit().await?;
    assert_eq!(db.rows("SELECT name FROM hero ORDER BY 1"), ["Ant-Man", "Janet"]);
    Ok(())
}

/// What the program changed is told from what it said last, not from what a rollback brought back.
#[case]
async fn relations_that_are_set_after_a_rollback() -> relata::Result<()> {
    let db = stored().await;
    let mut session = Session::new(&db.engine);
    let [a, b] = teams(&mut session).await?;
    db.execute("INSERT INTO team (id, name) VALUES (3, 'C')");
    let c = session.get(Team, 3).await?.expect("a stored team");
    let read = select(Hero).filter(Hero.id.eq(1)).with(Hero.home);
    let after = async |session: &mut Session, first: Option<&Tracked<Team>>, flushed: bool| {
        let mut hero = session.exec(read.clone()).one().await?;
        hero.home.set(first);
        session.add(&mut hero);
        if flushed {
            session.flush().await?;
        }
        session.rollback().await?;
        relata::Result::Ok(hero)
    };
    for flushed in [false, true] {
        for first in [None, Some(&b), Some(&c)] {
            // to another one, and back to the one that is stored
            for (then, home) in [(&b, "1|2"), (&a, "1|1")] {
                let mut hero = after(&mut session, first, flushed).await?;
                hero.home.set(then);
                session.add(&mut hero);
                session.commit().await?;
                assert_eq!(db.rows(HOMES), [home], "{first:?} {flushed}");
            }
            // unchanged, it says what it said
            let mut hero = after(&mut session, first, flushed).await?;
            session.add(&mut hero);
            session.commit().await?;
            let home = first.map(|team| team.id.get().unwrap());
            assert_eq!(hero.home_id.as_ref().and_then(Id::get), home);
            // by the key alone
            let mut hero = after(&mut session, first, flushed).await?;
            hero.home_id = Some(a.id.clone());
            session.add(&mut hero);
            session.commit().await?;
            assert_eq!(db.rows(HOMES), ["1|1"]);
        }
    }
    let mut new = session.add(Hero::new("Ant-Man").with_home(&b));
    session.rollback().await?;
    new.home.set(&c);
    session.add(&mut new);
    session.commit().await?;
    assert_eq!(db.rows("SELECT home_id FROM hero WHERE name = 'Ant-Man'"), ["3"]);
    Ok(())
}

/// What was asked before of a list that is not loaded is asked again.
#[case]
async fn what_is_asked_once_more_of_a_list_that_is_not_loaded() -> relata::Result<()> {
    let db = stored().await;
    let mut session = Session::new(&db.engine);
    let hero = session.get(Hero, 1).await?.expect("a stored hero");
    let mut b = session.get(Team, 2).await?.expect("a stored team");
    let log = Log::start();
    // twice in one flush it is asked once
    for _ in 0..2 {
        b.residents.push(&hero);
        b.members.push(&hero);
    }
    session.add(&mut b);
    session.commit().await?;
    assert_eq!(
        (db.rows(HOMES), db.rows(LINKS)),
        (vec!["1|2".to_owned()], vec!["1|1".to_owned(), "2|1".to_owned()])
    );
    for _ in 0..2 {
        db.execute("UPDATE hero SET home_id = 1");
        db.execute("DELETE FROM membership WHERE team_id = 2");
        b.residents.push(&hero);
        b.members.push(&hero);
        session.add(&mut b);
        session.commit().await?;
        assert_eq!(db.rows(HOMES), ["1|2"]);
        assert_eq!(db.rows(LINKS), ["1|1", "2|1"]);
    }
    // and what is taken out
    for again in [false, true, true] {
        if again {
            db.execute("UPDATE hero SET home_id = 2");
            db.execute("INSERT INTO membership (team_id, hero_id) VALUES (2, 1)");
        }
        b.members.remove(&hero);
        session.add(&mut b);
        session.commit().await?;
        assert_eq!(db.rows(LINKS), ["1|1"], "{again}");
    }
    // nothing is asked for what was not
    b.name = "B!".to_owned();
    log.take();
    session.add(&mut b);
    session.commit().await?;
    assert_eq!(log.outline(), ["UPDATE team"]);
    // a list that is loaded in between does what was asked
    db.execute("INSERT INTO membership (team_id, hero_id) VALUES (2, 1)");
    b.members.remove(&hero);
    session.load(&mut b, Team.members).await?;
    assert!(b.members.get()?.is_empty());
    session.add(&mut b);
    session.commit().await?;
    assert_eq!(db.rows(LINKS), ["1|1"]);
    Ok(())
}
