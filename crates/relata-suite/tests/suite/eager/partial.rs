//! A list of which a part was loaded: it can be read, and nothing is concluded from it.

use super::models::*;
use relata::{ErrorKind, prelude::*};
use relata_suite::{Db, Log};

/// Team 1 with its heroes of age: Deadpond and Rusty-Man, but not Spider-Boy.
async fn adults(session: &mut Session) -> relata::Result<Tracked<Team>> {
    let adults = Team.heroes.filter(Hero.age.ge(18)).order_by(Hero.id);
    session.exec(select(Team).filter(Team.id.eq(1)).with(adults)).one().await
}

/// Hero 2 with one of its two missions: Rescue.
async fn rescuer(session: &mut Session) -> relata::Result<Tracked<Hero>> {
    let some = Hero.missions.filter(Mission.title.eq("Rescue"));
    session.exec(select(Hero).filter(Hero.id.eq(2)).with(some)).one().await
}

async fn hero(session: &mut Session, id: i64) -> relata::Result<Tracked<Hero>> {
    Ok(session.get(Hero, id).await?.unwrap())
}

async fn mission(session: &mut Session, id: i64) -> relata::Result<Tracked<Mission>> {
    Ok(session.get(Mission, id).await?.unwrap())
}

fn written(log: &Log) -> Vec<String> {
    log.outline().into_iter().filter(|sent| !sent.starts_with("SELECT")).collect()
}

const TEAM: [&str; 3] = ["Deadpond", "Rusty-Man", "Spider-Boy"];

#[case]
async fn it_is_read_but_not_known_to_be_whole() -> relata::Result<()> {
    let db = stored().await;
    let mut session = Session::new(&db.engine);
    let mut team = adults(&mut session).await?;
    assert_eq!(names(team.heroes.get()?), ["Deadpond", "Rusty-Man"]);
    assert!(!team.heroes.is_loaded());
    assert!(format!("{team:?}").ends_with("heroes: [1, 2, ..] }"), "{team:?}");

    team.name.push('!');
    let log = Log::start();
    session.add(&mut team);
    session.commit().await?;
    assert_eq!(log.outline(), ["UPDATE team"]);
    assert_eq!(members(&db, 1), TEAM);
    Ok(())
}

#[case]
async fn pushes_and_removes_are_just_these() -> relata::Result<()> {
    let db = stored().await;
    let mut session = Session::new(&db.engine);
    let mut team = adults(&mut session).await?;
    let (deadpond, loner) = (hero(&mut session, 1).await?, hero(&mut session, 5).await?);
    let hidden = hero(&mut session, 3).await?;
    team.heroes.push(&loner);
    team.heroes.push(&deadpond); // is there
    team.heroes.remove(&hidden); // not loaded, but removed all the same
    assert_eq!(names(team.heroes.get()?), ["Deadpond", "Rusty-Man", "Loner"]);
    session.add(&mut team);
    session.commit().await?;
    assert_eq!(members(&db, 1), ["Deadpond", "Rusty-Man", "Loner"]);

    let log = Log::start();
    team.heroes.remove(&deadpond);
    session.add(&mut team);
    session.commit().await?;
    assert_eq!(members(&db, 1), ["Rusty-Man", "Loner"]);
    assert_eq!(written(&log), ["UPDATE hero"]);
    // back again, and nothing else
    team.heroes.push(&deadpond);
    session.add(&mut team);
    session.commit().await?;
    assert_eq!(members(&db, 1), ["Deadpond", "Rusty-Man", "Loner"]);
    session.add(&mut team);
    log.take();
    session.commit().await?;
    assert_eq!(written(&log), [""; 0]);
    Ok(())
}

#[case]
async fn links_of_a_part() -> relata::Result<()> {
    let db = stored().await;
    let mut session = Session::new(&db.engine);
    let mut rusty = rescuer(&mut session).await?;
    assert_eq!(titles(&rusty), ["Rescue"]);
    let (rescue, ambush) = (mission(&mut session, 1).await?, mission(&mut session, 2).await?);
    rusty.missions.push(&ambush); // is there, though it was not loaded
    rusty.missions.push(Mission::new("Parade"));
    session.add(&mut rusty);
    session.commit().await?;
    assert_eq!(assignments(&db), ["1|1", "2|1", "2|2", "2|3", "4|2"]);
    assert_eq!(titles(&rusty), ["Rescue", "Ambush", "Parade"]);
    rusty.missions.remove(&rescue);
    rusty.missions.remove(&ambush);
    session.add(&mut rusty);
    session.commit().await?;
    assert_eq!(assignments(&db), ["1|1", "2|3", "4|2"]);
    Ok(())
}

#[case]
async fn set_and_clear_are_about_the_whole_list() -> relata::Result<()> {
    let db = stored().await;
    let mut session = Session::new(&db.engine);
    let mut rusty = rescuer(&mut session).await?;
    let rescue = mission(&mut session, 1).await?;
    let log = Log::start();
    rusty.missions.set([&rescue]); // what it reads like, but the other mission goes
    session.add(&mut rusty);
    session.commit().await?;
    assert_eq!(log.outline(), ["SELECT assignment", "DELETE assignment"]);
    assert_eq!(assignments(&db), ["1|1", "2|1", "4|2"]);
    assert!(rusty.missions.is_loaded());

    let mut team = adults(&mut session).await?;
    team.heroes.clear();
    session.add(&mut team);
    session.commit().await?;
    assert_eq!(members(&db, 1), [""; 0]);
    Ok(())
}

#[case]
async fn changed_rows_of_a_part_are_added_with_their_owner() -> relata::Result<()> {
    let db = stored().await;
    let mut session = Session::new(&db.engine);
    let mut team = adults(&mut session).await?;
    for hero in team.heroes.iter_mut()? {
        hero.age += 1;
    }
    session.add(&mut team);
    session.commit().await?;
    assert_eq!(db.rows("SELECT age FROM hero ORDER BY id"), ["31", "49", "16", "48", "70"]);
    assert_eq!(members(&db, 1), TEAM);
    Ok(())
}

#[case]
async fn removed_from_a_list_that_owns_its_rows() -> relata::Result<()> {
    let db = stored().await;
    let mut session = Session::new(&db.engine);
    let long = Mission.reports.filter(Report.pages.gt(50));
    let mut rescue =
        session.exec(select(Mission).filter(Mission.id.eq(1)).with(long)).one().await?;
    let report = rescue.reports.get()?[0].clone();
    assert_eq!(report.pages, 90);
    rescue.title.push('!');
    session.add(&mut rescue);
    session.commit().await?;
    assert_eq!(db.count("report"), 3);
    rescue.reports.remove(&report);
    session.add(&mut rescue);
    session.commit().await?;
    assert_eq!(db.rows("SELECT id FROM report ORDER BY id"), ["1", "3"]);
    // what was not loaded goes with its owner too
    session.delete(rescue);
    session.commit().await?;
    assert_eq!(db.rows("SELECT id FROM report"), ["3"]);
    Ok(())
}

#[case]
async fn refresh_forgets_the_part_and_load_makes_it_whole() -> relata::Result<()> {
    let db = stored().await;
    let mut session = Session::new(&db.engine);
    let mut team = adults(&mut session).await?;
    let log = Log::start();
    session.refresh(&mut team).await?;
    assert_eq!(log.outline(), ["SELECT team"]);
    assert_eq!(team.heroes.get().unwrap_err().kind(), ErrorKind::NotLoaded);

    let mut team = adults(&mut session).await?;
    let deadpond = hero(&mut session, 1).await?;
    team.heroes.remove(&deadpond);
    team.heroes.push(Hero::new("New", 20));
    session.load(&mut team, Team.heroes.order_by(Hero.id)).await?;
    assert_eq!(names(team.heroes.get()?), ["Rusty-Man", "Spider-Boy", "New"]);
    assert!(team.heroes.is_loaded());
    session.add(&mut team);
    session.commit().await?;
    assert_eq!(members(&db, 1), ["Rusty-Man", "Spider-Boy", "New"]);
    Ok(())
}

#[case]
async fn a_part_over_what_was_asked_before() -> relata::Result<()> {
    let db = stored().await;
    let mut session = Session::new(&db.engine);
    let minors = || Team.heroes.filter(Hero.age.lt(18));
    // an unloaded list with changes that were not added
    let mut team = session.get(Team, 1).await?.unwrap();
    let (deadpond, loner) = (hero(&mut session, 1).await?, hero(&mut session, 5).await?);
    team.heroes.push(&loner);
    team.heroes.remove(&deadpond);
    session.load(&mut team, minors()).await?;
    assert_eq!(names(team.heroes.get()?), ["Spider-Boy", "Loner"]);
    session.add(&mut team);
    session.commit().await?;
    assert_eq!(members(&db, 1), ["Rusty-Man", "Spider-Boy", "Loner"]);

    // those that were added by now are shown if they are among what is loaded
    session.load(&mut team, minors()).await?;
    assert_eq!(names(team.heroes.get()?), ["Spider-Boy"]);
    session.add(&mut team);
    session.commit().await?;
    assert_eq!(members(&db, 1), ["Rusty-Man", "Spider-Boy", "Loner"]);

    // a whole list with changes that were not added
    session.load(&mut team, Team.heroes).await?;
    team.heroes.remove(&loner);
    team.heroes.push(&deadpond);
    session.load(&mut team, minors()).await?;
    assert_eq!(names(team.heroes.get()?), ["Spider-Boy", "Deadpond"]);
    session.add(&mut team);
    session.commit().await?;
    assert_eq!(members(&db, 1), ["Deadpond", "Rusty-Man", "Spider-Boy"]);

    // a list that was set says all there is to be
    let mut team = session.get(Team, 1).await?.unwrap();
    team.heroes.set([&loner]);
    session.load(&mut team, minors()).await?;
    assert_eq!(names(team.heroes.get()?), ["Loner"]);
    session.add(&mut team);
    session.commit().await?;
    assert_eq!(members(&db, 1), ["Loner"]);
    Ok(())
}

/// What is stored after a rollback, when the same value is added again.
async fn added_again(db: &Db, session: &mut Session, team: &mut Tracked<Team>) -> Vec<String> {
    session.rollback().await.unwrap();
    assert_eq!(members(db, 1), TEAM);
    session.add(team);
    session.commit().await.unwrap();
    members(db, 1)
}

#[case]
async fn after_a_rollback_the_same_changes_are_added_again() -> relata::Result<()> {
    let db = stored().await;
    let mut session = Session::new(&db.engine);
    let (deadpond, loner) = (hero(&mut session, 1).await?, hero(&mut session, 5).await?);
    let everyone = || Team.heroes.filter(Hero.age.ge(0));
    // pushed on an unloaded list, and seen in the part that is loaded then
    let mut team = session.get(Team, 1).await?.unwrap();
    team.heroes.push(&loner);
    team.heroes.remove(&deadpond);
    session.add(&mut team);
    session.load(&mut team, everyone()).await?;
    assert_eq!(names(team.heroes.get()?), ["Rusty-Man", "Spider-Boy", "Loner"]);
    assert_eq!(
        added_again(&db, &mut session, &mut team).await,
        ["Rusty-Man", "Spider-Boy", "Loner"]
    );

    // the same of a list that was whole
    db.execute("UPDATE hero SET team_id = 1 WHERE id IN (1, 2, 3); UPDATE hero SET team_id = NULL WHERE id = 5");
    let mut team = session.exec(select(Team).filter(Team.id.eq(1)).with(Team.heroes)).one().await?;
    team.heroes.push(&loner);
    team.heroes.remove(&deadpond);
    session.add(&mut team);
    session.load(&mut team, everyone()).await?;
    let rusty = hero(&mut session, 2).await?;
    team.heroes.remove(&rusty);
    session.add(&mut team);
    session.flush().await?;
    assert_eq!(added_again(&db, &mut session, &mut team).await, ["Spider-Boy", "Loner"]);
    Ok(())
}

#[case]
async fn after_a_savepoint_is_rolled_back_too() -> relata::Result<()> {
    let db = stored().await;
    let mut session = Session::new(&db.engine);
    let (deadpond, loner) = (hero(&mut session, 1).await?, hero(&mut session, 5).await?);
    let mut team = session.exec(select(Team).filter(Team.id.eq(1)).with(Team.heroes)).one().await?;
    team.heroes.push(&loner);
    session.add(&mut team);
    session.flush().await?;

    let mut savepoint = session.begin_nested().await?;
    team.heroes.remove(&deadpond);
    savepoint.add(&mut team);
    savepoint.load(&mut team, Team.heroes.filter(Hero.age.lt(18))).await?;
    assert_eq!(names(team.heroes.get()?), ["Spider-Boy"]);
    savepoint.rollback().await?;

    let log = Log::start();
    session.add(&mut team);
    session.flush().await?;
    assert_eq!(written(&log), ["UPDATE hero"]);
    session.commit().await?;
    assert_eq!(members(&db, 1), ["Rusty-Man", "Spider-Boy", "Loner"]);
    Ok(())
}

#[case]
async fn a_new_owner_with_a_part_is_added_again_whole() -> relata::Result<()> {
    let db = stored().await;
    let mut session = Session::new(&db.engine);
    let rusty = hero(&mut session, 2).await?;
    let mut team = session.add(Team::new("New").with_heroes([&rusty]));
    session.load(&mut team, Team.heroes.filter(Hero.age.lt(18))).await?;
    assert!(team.heroes.get()?.is_empty());
    session.rollback().await?;
    session.add(&mut team);
    session.commit().await?;
    assert_eq!(members(&db, *team.id.get().as_ref().unwrap()), ["Rusty-Man"]);
    Ok(())
}

#[case]
async fn a_list_set_unseen_in_this_transaction_is_not_loaded_in_part() -> relata::Result<()> {
    let db = stored().await;
    let mut session = Session::new(&db.engine);
    let loner = hero(&mut session, 5).await?;
    let mut team = session.get(Team, 1).await?.unwrap();
    team.heroes.set([&loner]);
    session.add(&mut team);
    let error = session.load(&mut team, Team.heroes.limit(1)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(error.to_string().contains("a part of `Team.heroes` cannot be loaded"), "{error}");
    session.commit().await?;
    session.load(&mut team, Team.heroes.limit(1)).await?;
    assert_eq!(names(team.heroes.get()?), ["Loner"]);
    Ok(())
}

#[case]
async fn one_row_that_is_filtered_out_stays_related() -> relata::Result<()> {
    let db = stored().await;
    let mut session = Session::new(&db.engine);
    let strong = select(Hero).order_by(Hero.id).with(Hero.team.filter(Team.name.eq("Z-Force")));
    let mut heroes = session.exec(strong).all().await?;
    assert!(heroes[0].team.get()?.is_none());
    assert_eq!(heroes[3].team.get()?.unwrap().name, "Z-Force");
    for hero in &mut heroes {
        hero.age += 1;
        session.add(hero);
    }
    session.commit().await?;
    assert_eq!(members(&db, 1), TEAM);

    // a changed key leads elsewhere
    heroes[3].team_id = Some(Id::from(3));
    session.add(&mut heroes[3]);
    session.commit().await?;
    assert_eq!(heroes[3].team.get().unwrap_err().kind(), ErrorKind::NotLoaded);
    heroes[0].team.clear();
    session.add(&mut heroes[0]);
    session.commit().await?;
    assert_eq!(members(&db, 1), ["Rusty-Man", "Spider-Boy"]);
    Ok(())
}
