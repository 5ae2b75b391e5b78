//! Rows that are in several hands at once: new rows in lists that were copied before they were added, and
//! changes that came along with a copy.

use relata::{Error, ErrorKind, prelude::*};
use relata_suite::{Db, engine};

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
    #[relationship(back_populates = home, order_by = id)]
    residents: Many<Hero>,
    #[relationship(back_populates = teams, link_model = Membership, order_by = id)]
    members: Many<Hero>,
    #[relationship(back_populates = team)]
    badges: Many<Badge>,
}

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    name: String,
    age: Option<i32>,
    #[field(foreign_key = Team.id)]
    home_id: Option<Id<Team>>,
    #[relationship(back_populates = residents)]
    home: One<Option<Team>>,
    #[relationship(back_populates = members, link_model = Membership)]
    teams: Many<Team>,
}

/// Its key is given by the program.
#[model(table)]
struct Badge {
    #[field(primary_key)]
    code: String,
    #[field(foreign_key = Team.id)]
    team_id: Option<Id<Team>>,
    #[relationship(back_populates = badges)]
    team: One<Option<Team>>,
}

const HEROES: &str = "SELECT name, age, home_id FROM hero ORDER BY name";
const LINKS: &str =
    "SELECT hero.name, team_id FROM membership JOIN hero ON hero.id = hero_id ORDER BY 1, 2";
const BADGES: &str = "SELECT code, team_id FROM badge ORDER BY code";

async fn database() -> Db {
    engine(Metadata::of((Team, Hero, Membership, Badge))).await
}

/// A team with new rows in each of its lists, and a hero that holds a copy of it.
async fn team_and_copy(session: &mut Session) -> (Tracked<Team>, Tracked<Hero>) {
    let mut team = session.add(Team::new("Z-Force"));
    session.commit().await.unwrap();
    team.residents.push(Hero::new("Ant-Man"));
    team.members.push(Hero::new("Bee"));
    team.badges.push(Badge::new("gold"));
    let mut hero = session.add(Hero::new("Wasp"));
    hero.home.set(&team);
    (team, hero)
}

/// A team and a hero that are saved, and have nothing to do with each other.
async fn team_and_hero(session: &mut Session) -> (Tracked<Team>, Tracked<Hero>) {
    let saved = (session.add(Team::new("Z-Force")), session.add(Hero::new("Wasp")));
    session.commit().await.unwrap();
    saved
}

fn refused(error: &Error, message: &str) {
    assert_eq!((error.kind(), &*error.to_string()), (ErrorKind::Conflict, message));
}

fn stored_once(db: &Db) {
    assert_eq!(db.rows(HEROES), ["Ant-Man|NULL|1", "Bee|NULL|NULL", "Wasp|NULL|1"]);
    assert_eq!(db.rows(LINKS), ["Bee|1"]);
    assert_eq!(db.rows(BADGES), ["gold|1"]);
}

#[case]
async fn new_rows_in_the_lists_of_two_copies_are_one_row_each() {
    for (hero_first, flushes) in [(true, false), (false, false), (true, true), (false, true)] {
        let db = database().await;
        let mut session = Session::new(&db.engine);
        let (mut team, mut hero) = team_and_copy(&mut session).await;
        if hero_first {
            session.add(&mut hero);
        } else {
            session.add(&mut team);
        }
        if flushes {
            session.flush().await.unwrap();
        }
        session.add(&mut team);
        session.add(&mut hero);
        session.commit().await.unwrap();
        stored_once(&db);
        // Every copy of the row knows that it is saved.
        let bee = team.members.get().unwrap()[0].clone();
        assert!(!Tracked::is_new(&bee));
        session.delete(&bee);
        session.commit().await.unwrap();
        assert!(db.rows(LINKS).is_empty());
    }
}

#[case]
async fn new_rows_of_a_clone_that_was_added_first() {
    for commits in [false, true] {
        let db = database().await;
        let mut session = Session::new(&db.engine);
        let (mut team, hero) = team_and_copy(&mut session).await;
        let mut clone = team.clone();
        session.add(&mut clone);
        if commits {
            session.commit().await.unwrap();
        }
        session.add(&mut team);
        session.add(hero);
        session.commit().await.unwrap();
        stored_once(&db);
    }
}

#[case]
async fn a_new_row_that_was_rolled_back_with_one_copy_is_added_with_the_other() {
    let db = database().await;
    let mut session = Session::new(&db.engine);
    let (mut team, mut hero) = team_and_copy(&mut session).await;
    session.add(&mut hero);
    session.flush().await.unwrap();
    session.rollback().await.unwrap();
    session.add(&mut team);
    session.add(&mut hero);
    session.commit().await.unwrap();
    stored_once(&db);
}

#[case]
async fn what_was_changed_in_one_copy_of_a_new_row_is_written() {
    for changed_first in [false, true] {
        let db = database().await;
        let mut session = Session::new(&db.engine);
        let (mut team, mut hero) = team_and_copy(&mut session).await;
        for resident in team.residents.iter_mut().unwrap() {
            resident.age = Some(30);
        }
        if changed_first {
            session.add(&mut team);
            session.add(&mut hero);
        } else {
            session.add(&mut hero);
            session.add(&mut team);
        }
        session.commit().await.unwrap();
        assert_eq!(db.rows(HEROES), ["Ant-Man|30|1", "Bee|NULL|NULL", "Wasp|NULL|1"]);
    }
}

#[case]
async fn two_new_rows_with_one_given_key_are_still_two() {
    let db = database().await;
    let mut session = Session::new(&db.engine);
    let mut team = session.add(Team::new("Z-Force"));
    team.badges.push(Badge::new("gold"));
    let mut other = session.add(Team::new("X-Force"));
    other.badges.push(Badge::new("gold"));
    session.add(&mut team);
    session.add(&mut other);
    let error = session.commit().await.unwrap_err();
    refused(
        &error,
        "two new rows of `Badge` have the same key; give one of them another, or change the first through its `Tracked`",
    );
}

#[case]
async fn changes_that_came_along_with_a_copy_do_not_undo_those_of_the_row() {
    let db = database().await;
    let mut session = Session::new(&db.engine);
    let (mut team, mut hero) = team_and_hero(&mut session).await;
    hero.age = Some(1);
    team.members.push(&hero); // with its change
    hero.age = Some(2);
    session.add(&mut hero);
    session.add(&mut team);
    refused(
        &session.commit().await.unwrap_err(),
        "two values of one `Hero` have different changes of `Hero.age`, and one of them came along in a relation; add a row before it is given to another, and change it after that",
    );
    session.rollback().await.unwrap();
    assert_eq!(db.rows(HEROES), ["Wasp|NULL|NULL"]);

    // The row itself, added after what came along, is the last word.
    session.add(&mut team);
    session.add(&mut hero);
    session.commit().await.unwrap();
    assert_eq!(db.rows(HEROES), ["Wasp|2|NULL"]);
    // Alike, or one after the other, they are no conflict.
    hero.age = Some(3);
    team.members.push(&hero);
    session.add(&mut hero);
    session.add(&mut team);
    for member in team.members.iter_mut().unwrap() {
        member.age = Some(4);
    }
    session.add(&mut team);
    session.commit().await.unwrap();
    assert_eq!(db.rows(HEROES), ["Wasp|4|NULL"]);
}

#[case]
async fn a_row_in_the_lists_of_two_owners_is_refused() {
    let db = database().await;
    let mut session = Session::new(&db.engine);
    let hero = session.add(Hero::new("Wasp"));
    let mut teams = session.add_all([Team::new("Z-Force"), Team::new("X-Force")]);
    session.commit().await.unwrap();
    for team in &mut teams {
        team.residents.push(&hero);
        session.add(team);
    }
    refused(
        &session.commit().await.unwrap_err(),
        "a row of `Hero` is in the list `Team.residents`, but its key `Hero.home_id` or another list says something else; change one of them",
    );
}

#[case]
async fn a_row_of_which_a_copy_was_added_after_a_rollback_is_refreshed_first() {
    let db = database().await;
    let mut session = Session::new(&db.engine);
    let mut hero = session.add(Hero::new("Wasp"));
    let mut copy = hero.clone();
    session.flush().await.unwrap();
    session.rollback().await.unwrap();
    session.add(&mut copy);
    session.commit().await.unwrap();
    session.add(&mut hero);
    let error = session.commit().await.unwrap_err();
    assert_eq!(
        (error.kind(), &*error.to_string()),
        (
            ErrorKind::AlreadyStored,
            "this `Hero` was rolled back, and a copy of it was added since; `refresh` this one, or go on with the copy"
        )
    );
    session.rollback().await.unwrap();
    session.refresh(&mut hero).await.unwrap();
    hero.age = Some(1);
    session.add(&mut hero);
    session.commit().await.unwrap();
    assert_eq!(db.rows(HEROES), ["Wasp|1|NULL"]);
}

#[case]
async fn what_waits_in_the_lists_of_a_row_does_not_come_with_its_copies() {
    let db = database().await;
    let mut session = Session::new(&db.engine);
    let (mut team, wasp) = team_and_hero(&mut session).await;
    team.residents.push(&wasp);
    let mut bee = Hero::new("Bee");
    bee.home.set(&team); // a copy that has Wasp in its list
    team.residents.set([bee]);
    session.add(&mut team);
    session.commit().await.unwrap();
    assert_eq!(db.rows(HEROES), ["Bee|NULL|1", "Wasp|NULL|NULL"]);

    // The copy alone writes the foreign key and the columns that were changed, but no list.
    team.name = "X-Force".into();
    team.members.push(&wasp);
    let mut ant = session.add(Hero::new("Ant-Man"));
    ant.home.set(&team);
    session.add(&mut ant);
    session.commit().await.unwrap();
    assert_eq!(db.rows("SELECT name FROM team"), ["X-Force"]);
    assert!(db.rows(LINKS).is_empty());
    session.add(&mut team);
    session.commit().await.unwrap();
    assert_eq!(db.rows(LINKS), ["Wasp|1"]);
}

#[case]
async fn each_copy_of_a_new_row_says_what_it_changed() {
    let db = database().await;
    let mut session = Session::new(&db.engine);
    let mut team = session.add(Team::new("Z-Force"));
    session.commit().await.unwrap();
    team.residents.push(Hero::new("Ant-Man"));
    let mut other = team.clone();
    for resident in team.residents.iter_mut().unwrap() {
        resident.age = Some(30);
    }
    let shares_it = team.clone();
    for resident in other.residents.iter_mut().unwrap() {
        resident.name = "Giant".into();
    }
    session.add(&mut other);
    session.add(&mut team);
    session.add(shares_it);
    session.commit().await.unwrap();
    assert_eq!(db.rows(HEROES), ["Giant|30|1"]);
}

#[case]
async fn a_copy_that_nobody_changed_does_not_contradict_its_row_after_a_rollback() {
    let db = database().await;
    let mut session = Session::new(&db.engine);
    let (mut team, mut hero) = team_and_hero(&mut session).await;
    hero.age = Some(1);
    session.add(&mut hero);
    team.members.push(&hero);
    session.add(&mut team);
    session.rollback().await.unwrap();
    hero.age = Some(2);
    session.add(&mut hero);
    session.add(&mut team);
    session.commit().await.unwrap();
    assert_eq!(db.rows(HEROES), ["Wasp|2|NULL"]);
    assert_eq!(db.rows(LINKS), ["Wasp|1"]);
}
