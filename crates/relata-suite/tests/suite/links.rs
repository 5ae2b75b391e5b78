//! Links between two models: set semantics, lists that are loaded and lists that are not, and what
//! a change of a list costs.

use relata::{ErrorKind, Member, prelude::*};
use relata_suite::{Db, Log, engine};

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
    name: String,
    #[relationship(back_populates = teams, link_model = Link)]
    heroes: Many<Hero>,
}

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    name: String,
    #[relationship(back_populates = heroes, link_model = Link, order_by = name)]
    teams: Many<Team>,
}

/// Heroes 1 and 2, teams 1, 2 and 3, and these links from heroes to teams.
async fn stored(links: &[(i64, i64)]) -> Db {
    let db = engine(Metadata::of((Hero, Team, Link))).await;
    db.execute("INSERT INTO hero (id, name) VALUES (1, 'Deadpond'), (2, 'Rusty-Man')");
    db.execute(
        "INSERT INTO team (id, name) VALUES (1, 'Avengers'), (2, 'Preventers'), (3, 'Z-Force')",
    );
    for (hero, team) in links {
        db.execute(&format!("INSERT INTO link (hero_id, team_id) VALUES ({hero}, {team})"));
    }
    db
}

/// Each link as `hero|team`.
fn links(db: &Db) -> Vec<String> {
    db.rows("SELECT hero_id, team_id FROM link ORDER BY hero_id, team_id")
}

async fn hero(session: &mut Session, id: i64) -> relata::Result<Tracked<Hero>> {
    Ok(session.get(Hero, id).await?.expect("a stored hero"))
}

/// The hero with all teams loaded.
async fn whole_hero(session: &mut Session, id: i64) -> relata::Result<Tracked<Hero>> {
    session.exec(select(Hero).filter(Hero.id.eq(id)).with(Hero.teams)).one().await
}

async fn team(session: &mut Session, id: i64) -> relata::Result<Tracked<Team>> {
    Ok(session.get(Team, id).await?.expect("a stored team"))
}

fn team_names(hero: &Hero) -> relata::Result<Vec<&str>> {
    Ok(hero.teams.get()?.iter().map(|team| team.name.as_str()).collect())
}

#[case]
async fn pair_appended_from_both_sides_is_one_row() -> relata::Result<()> {
    let db = engine(Metadata::of((Hero, Team, Link))).await;
    let log = Log::start();
    let mut session = Session::new(&db.engine);
    let mut hero = session.add(Hero::new("Deadpond"));
    let mut team = session.add(Team::new("Z-Force"));
    hero.teams.push(&team);
    team.heroes.push(&hero);
    session.add(&mut hero);
    session.add(&mut team);
    session.commit().await?;
    assert_eq!(links(&db), ["1|1"]);
    assert_eq!(log.outline(), ["INSERT hero", "INSERT team", "INSERT link"]);
    Ok(())
}

#[case]
async fn pair_of_stored_rows_from_both_sides_is_one_row() -> relata::Result<()> {
    let db = stored(&[]).await;
    let mut session = Session::new(&db.engine);
    let (mut hero, mut team) = (hero(&mut session, 1).await?, team(&mut session, 3).await?);
    hero.teams.push(&team);
    team.heroes.push(Id::from(1));
    session.add(&mut hero);
    session.add(&mut team);
    session.commit().await?;
    assert_eq!(links(&db), ["1|3"]);
    Ok(())
}

#[case]
async fn sides_that_contradict_each_other_are_refused() -> relata::Result<()> {
    for before in [&[][..], &[(1, 3)]] {
        let db = stored(before).await;
        let mut session = Session::new(&db.engine);
        let (mut hero, mut team) = (hero(&mut session, 1).await?, team(&mut session, 3).await?);
        hero.teams.push(&team);
        team.heroes.remove(&hero);
        session.add(&mut hero);
        session.add(&mut team);
        let error = session.commit().await.unwrap_err();
        assert_eq!((error.kind(), error.table()), (ErrorKind::Conflict, Some("link")));
        assert!(error.to_string().contains("added and removed in one flush"), "{error}");
        assert_eq!(db.count("link"), i64::from(!before.is_empty()));
    }
    Ok(())
}

#[case]
async fn adding_a_link_twice_is_idempotent() -> relata::Result<()> {
    let db = stored(&[]).await;
    let mut session = Session::new(&db.engine);
    let (mut hero, team) = (hero(&mut session, 1).await?, team(&mut session, 2).await?);
    hero.teams.push(&team);
    hero.teams.push(&team);
    hero.teams.push(Id::from(2));
    session.add(&mut hero);
    session.add(&mut hero);
    hero.teams.push(&team);
    session.add(&mut hero);
    session.commit().await?;
    assert_eq!(links(&db), ["1|2"]);
    let log = Log::start();
    hero.teams.push(&team);
    session.add(&mut hero);
    session.commit().await?;
    assert_eq!(links(&db), ["1|2"]);
    assert!(log.sql().len() <= 1, "what was said already costs no more than one look");
    Ok(())
}

#[case]
async fn link_that_another_session_added_first_is_no_error() -> relata::Result<()> {
    let db = stored(&[]).await;
    let mut slow = Session::new(&db.engine);
    let mut seen = whole_hero(&mut slow, 1).await?;
    assert!(seen.teams.get()?.is_empty());
    slow.commit().await?;

    let mut fast = Session::new(&db.engine);
    let mut same = hero(&mut fast, 1).await?;
    same.teams.push(Id::from(2));
    fast.add(&mut same);
    fast.commit().await?;

    seen.teams.push(Id::from(2));
    seen.teams.push(Id::from(3));
    slow.add(&mut seen);
    slow.commit().await?;
    assert_eq!(links(&db), ["1|2", "1|3"]);
    Ok(())
}

#[case]
async fn link_removed_by_another_session_first_is_no_error() -> relata::Result<()> {
    let db = stored(&[(1, 1), (1, 2)]).await;
    let mut session = Session::new(&db.engine);
    let mut hero = whole_hero(&mut session, 1).await?;
    session.commit().await?;
    db.execute("DELETE FROM link WHERE team_id = 1");
    hero.teams.remove(Id::from(1));
    session.add(&mut hero);
    session.commit().await?;
    assert_eq!(links(&db), ["1|2"]);
    Ok(())
}

#[case]
async fn appended_then_removed_before_the_flush_leaves_nothing() -> relata::Result<()> {
    let db = stored(&[]).await;
    let mut session = Session::new(&db.engine);
    let mut stored_hero = hero(&mut session, 1).await?;
    let team = team(&mut session, 2).await?;
    let mut new_hero = session.add(Hero::new("Spider-Boy").with_teams([&team]));
    for hero in [&mut stored_hero, &mut new_hero] {
        hero.teams.push(&team);
        session.add(&mut *hero);
        hero.teams.remove(&team);
        session.add(&mut *hero);
    }
    let log = Log::start();
    session.commit().await?;
    assert!(links(&db).is_empty());
    assert_eq!(db.count("hero"), 3);
    assert!(log.sql().iter().all(|sql| !sql.starts_with("INSERT INTO link")));
    Ok(())
}

#[case]
async fn addition_to_an_unloaded_list_is_kept_by_a_load() -> relata::Result<()> {
    let db = stored(&[(1, 3)]).await;
    let mut session = Session::new(&db.engine);
    let (mut hero, team) = (hero(&mut session, 1).await?, team(&mut session, 1).await?);
    hero.teams.push(&team);
    assert_eq!(hero.teams.get().unwrap_err().kind(), ErrorKind::NotLoaded);

    let log = Log::start();
    session.load(&mut hero, Hero.teams).await?;
    assert_eq!(team_names(&hero)?, ["Z-Force", "Avengers"]);
    assert_eq!(log.outline(), ["SELECT link"]);
    assert_eq!(links(&db), ["1|3"]);

    session.add(&mut hero);
    session.commit().await?;
    assert_eq!(log.outline(), ["INSERT link"]);
    assert_eq!(links(&db), ["1|1", "1|3"]);
    Ok(())
}

/// Each of these looks at every row of the list for every row, where it searches.
#[case]
async fn a_long_list_is_not_searched_for_each_change() -> relata::Result<()> {
    const MANY: i64 = 20_000;
    let db = stored(&[]).await;
    let mut session = Session::new(&db.engine);
    let mut large =
        session.exec(select(Team).filter(Team.id.eq(1)).with(Team.heroes)).one().await?;
    for n in 0..MANY {
        large.heroes.push(Hero::new(n.to_string()));
    }
    // what was pushed and not added is in the list again behind what was read
    session.load(&mut large, Team.heroes).await?;
    assert_eq!(large.heroes.get()?.len(), MANY as usize);
    session.add(&mut large);
    session.commit().await?;
    assert_eq!(db.count("link"), MANY);

    let mut session = Session::new(&db.engine);
    let ids = session.exec(select(Link.hero_id).order_by(Link.hero_id)).all().await?;
    let mut large = team(&mut session, 1).await?;
    ids.iter().for_each(|id| large.heroes.remove(id));
    session.load(&mut large, Team.heroes).await?;
    assert!(large.heroes.get()?.is_empty());
    ids.iter().for_each(|id| large.heroes.push(id));
    session.load(&mut large, Team.heroes).await?;
    assert_eq!(large.heroes.get()?.len(), MANY as usize);
    // taken out from the front, each between two that are put in
    for id in &ids {
        large.heroes.remove(id);
        large.heroes.push(id);
        large.heroes.remove(id);
    }
    assert!(large.heroes.get()?.is_empty());
    session.add(&mut large);
    session.commit().await?;
    assert_eq!(links(&db), [""; 0]);
    Ok(())
}

#[case]
async fn a_row_taken_out_of_a_long_list_can_be_put_in_again() -> relata::Result<()> {
    let db = stored(&[]).await;
    let mut session = Session::new(&db.engine);
    let mut large = team(&mut session, 1).await?;
    let heroes: Vec<_> = (0..50).map(|n| session.add(Hero::new(format!("{n:02}")))).collect();
    heroes.iter().for_each(|hero| large.heroes.push(hero));
    // by a late key, before and after it is known
    large.heroes.remove(&heroes[7]);
    large.heroes.push(&heroes[7]);
    session.flush().await?;
    large.heroes.remove(&heroes[8]);
    let key = heroes[9].id.get().expect("a key");
    large.heroes.remove(key);
    large.heroes.push(&heroes[8]);
    large.heroes.push(&heroes[8]);
    session.add(&mut large);
    session.commit().await?;
    assert_eq!(db.count("link"), 49);
    assert_eq!(db.rows(&format!("SELECT count(*) FROM link WHERE hero_id = {key}")), ["0"]);
    Ok(())
}

#[case]
async fn replacing_a_loaded_list_writes_the_difference() -> relata::Result<()> {
    let db = stored(&[(1, 1), (1, 2), (2, 1)]).await;
    let mut session = Session::new(&db.engine);
    let mut hero = whole_hero(&mut session, 1).await?;
    let log = Log::start();
    hero.teams.set([Id::from(2), Id::from(3)]);
    session.add(&mut hero);
    session.commit().await?;
    assert_eq!(log.outline(), ["DELETE link", "INSERT link"]);
    assert_eq!(links(&db), ["1|2", "1|3", "2|1"]);
    assert_eq!(db.count("team"), 3);
    Ok(())
}

#[case]
async fn replacing_an_unloaded_list_asks_once_and_writes_the_difference() -> relata::Result<()> {
    let db = stored(&[(1, 1), (1, 2), (2, 1)]).await;
    let mut session = Session::new(&db.engine);
    let mut hero = hero(&mut session, 1).await?;
    let log = Log::start();
    hero.teams.set([Id::from(2), Id::from(3)]);
    session.add(&mut hero);
    session.commit().await?;
    assert_eq!(log.outline(), ["SELECT link", "DELETE link", "INSERT link"]);
    assert_eq!(links(&db), ["1|2", "1|3", "2|1"]);
    assert_eq!(db.count("team"), 3);
    Ok(())
}

#[case]
async fn assigning_nothing_removes_the_links_and_keeps_the_targets() -> relata::Result<()> {
    let db = stored(&[(1, 1), (1, 2), (2, 2), (2, 3)]).await;
    let mut session = Session::new(&db.engine);
    let (mut unloaded, mut loaded) =
        (hero(&mut session, 1).await?, whole_hero(&mut session, 2).await?);
    unloaded.teams.clear();
    loaded.teams.set(Vec::<Id<Team>>::new());
    session.add(&mut unloaded);
    session.add(&mut loaded);
    session.commit().await?;
    assert!(links(&db).is_empty());
    assert_eq!((db.count("team"), db.count("hero")), (3, 2));
    Ok(())
}

#[case]
async fn cleared_then_refilled_in_part_ends_as_the_part() -> relata::Result<()> {
    for add_between in [false, true] {
        let db = stored(&[(1, 1), (1, 2), (1, 3)]).await;
        let mut session = Session::new(&db.engine);
        let mut hero = whole_hero(&mut session, 1).await?;
        let log = Log::start();
        hero.teams.clear();
        if add_between {
            session.add(&mut hero);
        }
        hero.teams.push(Id::from(2));
        session.add(&mut hero);
        session.commit().await?;
        assert_eq!(links(&db), ["1|2"], "added in between: {add_between}");
        let inserted = log.sql().iter().any(|sql| sql.starts_with("INSERT"));
        assert!(!inserted, "a link that stays is not written, added in between: {add_between}");
    }
    Ok(())
}

#[case]
async fn cleared_then_refilled_in_part_on_an_unloaded_list() -> relata::Result<()> {
    let db = stored(&[(1, 1), (1, 2), (1, 3)]).await;
    let mut session = Session::new(&db.engine);
    let mut hero = hero(&mut session, 1).await?;
    hero.teams.clear();
    session.add(&mut hero);
    hero.teams.push(Id::from(2));
    session.add(&mut hero);
    session.commit().await?;
    assert_eq!(links(&db), ["1|2"]);
    Ok(())
}

#[case]
async fn list_set_from_a_query_over_itself_is_read_before_it_is_cleared() -> relata::Result<()> {
    let db = stored(&[(1, 1), (1, 2), (1, 3)]).await;
    let mut session = Session::new(&db.engine);
    let mut hero = hero(&mut session, 1).await?;
    let read = whole_hero(&mut session, 1).await?;
    hero.teams.set(read.teams.get()?.iter().filter(|team| team.name != "Preventers"));
    session.add(&mut hero);
    session.commit().await?;
    assert_eq!(links(&db), ["1|1", "1|3"]);

    let mut hero = whole_hero(&mut session, 1).await?;
    let kept: Vec<_> = hero.teams.get()?.iter().skip(1).cloned().collect();
    hero.teams.set(&kept);
    session.add(&mut hero);
    session.commit().await?;
    assert_eq!(links(&db), ["1|3"]);
    Ok(())
}

#[case]
async fn scalar_change_with_an_unloaded_list_leaves_the_links_alone() -> relata::Result<()> {
    let db = stored(&[(1, 1)]).await;
    let mut session = Session::new(&db.engine);
    let mut hero = hero(&mut session, 1).await?;
    let log = Log::start();
    hero.name = "Wade".into();
    session.add(&mut hero);
    session.commit().await?;
    assert_eq!(log.sql(), ["UPDATE hero SET name=? WHERE hero.id = ?"]);
    assert_eq!(links(&db), ["1|1"]);
    assert_eq!(db.rows("SELECT name FROM hero WHERE id = 1"), ["Wade"]);
    Ok(())
}

#[case]
async fn ordered_relation_loads_in_its_order() -> relata::Result<()> {
    let db = stored(&[(1, 3), (1, 1), (1, 2), (2, 2), (2, 1)]).await;
    let mut session = Session::new(&db.engine);
    let names = ["Avengers", "Preventers", "Z-Force"];
    let mut heroes = session.exec(select(Hero).with(Hero.teams).order_by(Hero.id)).all().await?;
    assert_eq!(team_names(&heroes[0])?, names);
    assert_eq!(team_names(&heroes[1])?, names[..2]);

    let mut alone = hero(&mut session, 1).await?;
    session.load(&mut alone, Hero.teams).await?;
    assert_eq!(team_names(&alone)?, names);

    db.execute("UPDATE team SET name = 'Zz' WHERE id = 1");
    session.rollback().await?;
    session.refresh(&mut heroes).await?;
    assert_eq!(team_names(&heroes[0])?, ["Preventers", "Z-Force", "Zz"]);
    Ok(())
}

#[case]
async fn link_to_a_missing_row_names_the_link_and_writes_nothing() -> relata::Result<()> {
    let db = stored(&[]).await;
    let mut session = Session::new(&db.engine);
    let mut stored_hero = hero(&mut session, 1).await?;
    stored_hero.name = "Wade".into();
    stored_hero.teams.push(Id::from(99));
    session.add(&mut stored_hero);
    let new_hero = session.add(Hero::new("Spider-Boy"));
    let error = session.commit().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ForeignKeyViolation);
    assert_eq!(error.table(), Some("link"));
    assert!(error.statement().is_some_and(|sql| sql.starts_with("INSERT INTO link")));
    assert_eq!(db.rows("SELECT name FROM hero ORDER BY id"), ["Deadpond", "Rusty-Man"]);
    assert!(links(&db).is_empty());
    assert_eq!(new_hero.id.get(), None);
    Ok(())
}

#[case]
async fn link_of_two_unsaved_rows_comes_last() -> relata::Result<()> {
    let db = engine(Metadata::of((Hero, Team, Link))).await;
    let log = Log::start();
    let mut session = Session::new(&db.engine);
    let hero = session.add(Hero::new("Deadpond").with_teams([Team::new("Z-Force")]));
    session.commit().await?;
    let sent = log.outline();
    assert_eq!(sent.len(), 3, "{sent:?}");
    assert_eq!(sent[2], "INSERT link");
    assert_eq!(links(&db), ["1|1"]);
    assert_eq!(hero.id.get(), Some(1));
    assert_eq!(hero.teams.get()?[0].id.get(), Some(1));
    Ok(())
}

#[case]
async fn changed_list_is_not_stale_after_eager_loading() -> relata::Result<()> {
    let db = stored(&[(1, 1), (1, 2)]).await;
    let mut session = Session::new(&db.engine);
    let mut hero = whole_hero(&mut session, 1).await?;
    let third = team(&mut session, 3).await?;

    change(&mut session, &mut hero, |teams| teams.push(&third)).await?;
    assert_eq!(team_names(&hero)?, ["Avengers", "Preventers", "Z-Force"]);
    change(&mut session, &mut hero, |teams| teams.remove(Id::from(1))).await?;
    assert_eq!(team_names(&hero)?, ["Preventers", "Z-Force"]);
    assert_eq!(links(&db), ["1|2", "1|3"]);
    change(&mut session, &mut hero, |teams| teams.set([&third])).await?;
    assert_eq!(team_names(&hero)?, ["Z-Force"]);
    assert_eq!(links(&db), ["1|3"]);
    change(&mut session, &mut hero, |teams| teams.push(Team::new("New"))).await?;
    assert_eq!(team_names(&hero)?, ["Z-Force", "New"]);
    change(&mut session, &mut hero, Many::clear).await?;
    assert!(hero.teams.get()?.is_empty());
    assert!(links(&db).is_empty());
    Ok(())
}

/// Changes the list, commits, and looks that a fresh read and a refresh say the same as the list.
async fn change(
    session: &mut Session,
    hero: &mut Tracked<Hero>,
    with: impl FnOnce(&mut Many<Team>),
) -> relata::Result<()> {
    with(&mut hero.teams);
    session.add(&mut *hero);
    session.commit().await?;
    let sorted = |hero: &Hero| -> relata::Result<Vec<String>> {
        let mut names: Vec<_> = team_names(hero)?.into_iter().map(String::from).collect();
        names.sort();
        Ok(names)
    };
    let said = sorted(hero)?;
    let fresh = whole_hero(session, hero.id.key()?).await?;
    assert_eq!(sorted(&fresh)?, said);
    let mut refreshed = hero.clone();
    session.refresh(&mut refreshed).await?;
    assert_eq!(sorted(&refreshed)?, said);
    session.commit().await
}

#[case]
async fn unsaved_team_shared_by_three_heroes_is_one_row() -> relata::Result<()> {
    let db = engine(Metadata::of((Hero, Team, Link))).await;
    let log = Log::start();
    let mut session = Session::new(&db.engine);
    let team = session.add(Team::new("Preventers"));
    for name in ["Deadpond", "Rusty-Man", "Spider-Boy"] {
        session.add(Hero::new(name).with_teams([&team]));
    }
    session.commit().await?;
    assert_eq!(db.rows("SELECT id, name FROM team"), ["1|Preventers"]);
    assert_eq!(links(&db), ["1|1", "2|1", "3|1"]);
    assert_eq!(log.outline(), ["INSERT team", "INSERT hero", "INSERT link"]);
    Ok(())
}

#[case]
async fn every_kind_of_member_makes_one_link() -> relata::Result<()> {
    async fn linked(member: impl Member<Team>) -> relata::Result<Vec<String>> {
        let db = stored(&[]).await;
        let mut session = Session::new(&db.engine);
        let mut hero = hero(&mut session, 1).await?;
        hero.teams.push(member);
        session.add(&mut hero);
        session.commit().await?;
        Ok(links(&db))
    }
    let db = stored(&[]).await;
    let read = team(&mut Session::new(&db.engine), 2).await?;
    assert_eq!(linked(&read).await?, ["1|2"]);
    assert_eq!(linked(read.id.clone()).await?, ["1|2"]);
    assert_eq!(linked(&read.id).await?, ["1|2"]);
    assert_eq!(linked(Team::new("Fourth")).await?, ["1|4"]);
    assert_eq!(linked(read).await?, ["1|2"]);
    Ok(())
}
