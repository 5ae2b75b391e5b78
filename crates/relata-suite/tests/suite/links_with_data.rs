//! Links that carry data: the short view, a list of the other side, and the long one, a list of the
//! link's own rows, are two views of the same rows.

use relata::{ErrorKind, prelude::*};
use relata_suite::{Db, Log, engine};

#[model(table)]
struct Link {
    #[field(primary_key, foreign_key = Team.id)]
    team_id: Id<Team>,
    #[field(primary_key, foreign_key = Hero.id)]
    hero_id: Id<Hero>,
    #[field(default = false)]
    is_training: bool,
    #[field(default = "member")]
    role: String,
    #[relationship(back_populates = hero_links)]
    team: One<Team>,
    #[relationship(back_populates = team_links)]
    hero: One<Hero>,
}

#[model(table)]
struct Team {
    #[field(primary_key)]
    id: Id<Team>,
    name: String,
    #[relationship(back_populates = teams, link_model = Link)]
    heroes: Many<Hero>,
    #[relationship(back_populates = team)]
    hero_links: Many<Link>,
}

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    name: String,
    #[relationship(back_populates = heroes, link_model = Link)]
    teams: Many<Team>,
    #[relationship(back_populates = hero)]
    team_links: Many<Link>,
}

/// Hero 1, teams 1 and 2, and this SQL.
async fn stored(sql: &str) -> Db {
    let db = engine(Metadata::of((Hero, Team, Link))).await;
    db.execute("INSERT INTO hero (id, name) VALUES (1, 'Deadpond')");
    db.execute("INSERT INTO team (id, name) VALUES (1, 'Preventers'), (2, 'Z-Force')");
    db.execute(sql);
    db
}

/// A link of hero 1 to team 1 whose data are not the defaults.
const SPECIAL: &str = "INSERT INTO link VALUES (1, 1, TRUE, 'boss')";

/// Each link as `hero|team|is_training|role`.
fn links(db: &Db) -> Vec<String> {
    db.rows("SELECT hero_id, team_id, is_training, role FROM link ORDER BY hero_id, team_id")
}

async fn hero(session: &mut Session) -> relata::Result<Tracked<Hero>> {
    Ok(session.get(Hero, 1).await?.expect("a stored hero"))
}

async fn whole_hero(session: &mut Session) -> relata::Result<Tracked<Hero>> {
    session.exec(select(Hero).with(Hero.teams).with(Hero.team_links)).one().await
}

#[case]
async fn short_view_writes_the_defaults() -> relata::Result<()> {
    let db = stored("").await;
    let mut session = Session::new(&db.engine);
    let mut hero = hero(&mut session).await?;
    hero.teams.push(Id::from(1));
    session.add(&mut hero);
    session.add(Hero::new("Rusty-Man").with_teams([Team::new("New")]));
    session.commit().await?;
    assert_eq!(links(&db), ["1|1|0|member", "2|3|0|member"]);
    Ok(())
}

#[case]
async fn link_rows_are_upserted_by_the_rows_that_they_link() -> relata::Result<()> {
    let db = stored(SPECIAL).await;
    let mut session = Session::new(&db.engine);
    let hero = hero(&mut session).await?;
    for (team, role) in [(1, "chief"), (2, "guest")] {
        let link = Link::new(Id::from(team), &hero).with_role(role);
        let upsert = insert(Link).value(link).on_conflict((Link.team_id, Link.hero_id)).do_update();
        assert_eq!(session.exec(upsert.set_excluded(Link.role)).run().await?, 1);
    }
    session.commit().await?;
    assert_eq!(links(&db), ["1|1|1|chief", "1|2|0|guest"]);

    let link = Link::new(Team::new("new"), &hero);
    let error = session.exec(insert(Link).value(link)).run().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidStatement);
    assert!(error.to_string().starts_with("`Link.team` holds a new row"), "{error}");
    Ok(())
}

#[case]
async fn link_row_is_inserted_updated_and_deleted_by_its_whole_key() -> relata::Result<()> {
    let db = stored("INSERT INTO link VALUES (2, 1, FALSE, 'other')").await;
    let mut session = Session::new(&db.engine);
    let mut link = session.add(Link::new(Id::from(1), Id::from(1)).with_is_training(true));
    session.commit().await?;
    assert_eq!(links(&db), ["1|1|1|member", "1|2|0|other"]);

    let log = Log::start();
    link.role = "boss".into();
    session.add(&mut link);
    session.commit().await?;
    assert_eq!(log.sql(), ["UPDATE link SET role=? WHERE link.team_id = ? AND link.hero_id = ?"]);
    assert_eq!(links(&db), ["1|1|1|boss", "1|2|0|other"]);

    session.delete(&link);
    session.commit().await?;
    assert_eq!(links(&db), ["1|2|0|other"]);
    Ok(())
}

#[case]
async fn link_to_new_rows_is_filled_by_its_relations() -> relata::Result<()> {
    let db = engine(Metadata::of((Hero, Team, Link))).await;
    let log = Log::start();
    let mut session = Session::new(&db.engine);
    let link = Link::new(Team::new("Z-Force"), Hero::new("Deadpond")).with_role("boss");
    let link = session.add(link);
    session.commit().await?;
    assert_eq!(links(&db), ["1|1|0|boss"]);
    assert_eq!(log.outline().last().map(String::as_str), Some("INSERT link"));
    assert_eq!((link.team_id.get(), link.hero_id.get()), (Some(1), Some(1)));
    assert_eq!(link.team.get()?.name, "Z-Force");
    Ok(())
}

#[case]
async fn both_views_of_a_new_link_are_one_row_with_its_data() -> relata::Result<()> {
    for short_first in [false, true] {
        let db = engine(Metadata::of((Hero, Team, Link))).await;
        let mut session = Session::new(&db.engine);
        let team = session.add(Team::new("Z-Force"));
        let mut hero = session.add(Hero::new("Deadpond"));
        let link = Link::new(&team, &hero).with_is_training(true).with_role("trainee");
        if short_first {
            hero.teams.push(&team);
            session.add(&mut hero);
            session.add(link);
        } else {
            session.add(link);
            hero.teams.push(&team);
            session.add(&mut hero);
        }
        session.commit().await?;
        assert_eq!(links(&db), ["1|1|1|trainee"], "the short view first: {short_first}");
    }
    Ok(())
}

#[case]
async fn both_views_in_the_lists_of_one_value_are_one_row() -> relata::Result<()> {
    let db = stored("").await;
    let mut session = Session::new(&db.engine);
    let mut hero = hero(&mut session).await?;
    let mut team = session.get(Team, 1).await?.expect("a stored team");
    let link = Link::new(&team, &hero).with_role("boss");
    hero.team_links.push(link);
    hero.teams.push(&team);
    team.heroes.push(&hero);
    session.add(&mut hero);
    session.add(&mut team);
    session.commit().await?;
    assert_eq!(links(&db), ["1|1|0|boss"]);
    Ok(())
}

#[case]
async fn removal_from_the_short_view_beats_an_update_of_the_link() -> relata::Result<()> {
    let db = stored(SPECIAL).await;
    let mut session = Session::new(&db.engine);
    let mut hero = whole_hero(&mut session).await?;
    let mut link = hero.team_links.get()?[0].clone();
    link.role = "trainee".into();
    session.add(&mut link);
    hero.teams.remove(Id::from(1));
    session.add(&mut hero);
    session.commit().await?;
    assert!(links(&db).is_empty());
    assert_eq!(db.count("team"), 2);
    Ok(())
}

#[case]
async fn removal_from_both_views_is_one_removal() -> relata::Result<()> {
    let db = stored(SPECIAL).await;
    let mut session = Session::new(&db.engine);
    let mut hero = whole_hero(&mut session).await?;
    session.delete(&hero.team_links.get()?[0]);
    hero.teams.remove(Id::from(1));
    session.add(&mut hero);
    session.commit().await?;
    assert!(links(&db).is_empty());
    Ok(())
}

#[case]
async fn links_of_a_deleted_row_are_deleted_once() -> relata::Result<()> {
    let db = stored(&format!("{SPECIAL}, (2, 1, FALSE, 'member')")).await;
    let mut session = Session::new(&db.engine);
    let hero = hero(&mut session).await?;
    let log = Log::start();
    session.delete(&hero);
    session.commit().await?;
    assert_eq!(log.outline(), ["DELETE link", "DELETE hero"]);
    assert!(links(&db).is_empty());
    assert_eq!((db.count("hero"), db.count("team")), (0, 2));
    Ok(())
}

#[case]
async fn a_link_may_be_changed_or_deleted_along_with_its_row() -> relata::Result<()> {
    for delete in [false, true] {
        let db = stored(SPECIAL).await;
        let mut session = Session::new(&db.engine);
        let hero = whole_hero(&mut session).await?;
        let mut link = hero.team_links.get()?[0].clone();
        if delete {
            session.delete(&link);
        } else {
            link.role = "trainee".into();
            session.add(&mut link);
        }
        session.delete(&hero);
        session.commit().await?;
        assert!(links(&db).is_empty(), "deleted: {delete}");
        assert_eq!(db.count("hero"), 0);
    }
    Ok(())
}

#[case]
async fn a_link_removed_from_a_list_goes_with_the_row_that_it_led_to() -> relata::Result<()> {
    let db = stored(SPECIAL).await;
    let mut session = Session::new(&db.engine);
    let mut hero = whole_hero(&mut session).await?;
    let team = hero.teams.get()?[0].clone();
    hero.teams.remove(&team);
    session.add(&mut hero);
    session.delete(&team);
    let log = Log::start();
    session.commit().await?;
    assert_eq!(log.outline(), ["DELETE link", "DELETE team"]);
    assert!(links(&db).is_empty());
    Ok(())
}

#[case]
async fn a_changed_link_goes_with_the_row_that_it_led_to() -> relata::Result<()> {
    let db = stored(SPECIAL).await;
    let mut session = Session::new(&db.engine);
    let mut hero = whole_hero(&mut session).await?;
    let mut link = hero.team_links.get()?[0].clone();
    link.role = "trainee".into();
    session.add(&mut link);
    let team = hero.teams.get()?[0].clone();
    hero.teams.remove(&team);
    session.add(&mut hero);
    session.delete(&team);
    let log = Log::start();
    session.commit().await?;
    assert_eq!(log.outline(), ["UPDATE link", "DELETE link", "DELETE team"]);
    assert!(links(&db).is_empty());
    Ok(())
}

#[case]
async fn links_of_a_row_in_the_place_of_a_deleted_one_are_its_own() -> relata::Result<()> {
    let db = stored(&format!("{SPECIAL}, (2, 1, FALSE, 'member')")).await;
    let mut session = Session::new(&db.engine);
    let old = hero(&mut session).await?;
    session.delete(&old);
    let mut new = Hero::new("Wade").with_teams([Id::from(1)]);
    new.id = Id::from(1);
    session.add(new);
    session.commit().await?;
    assert_eq!(links(&db), ["1|1|0|member"]);
    assert_eq!(db.rows("SELECT id, name FROM hero"), ["1|Wade"]);
    Ok(())
}

#[case]
async fn new_link_that_the_other_view_removes_is_a_conflict() -> relata::Result<()> {
    let db = stored("").await;
    let mut session = Session::new(&db.engine);
    let mut hero = hero(&mut session).await?;
    session.add(Link::new(Id::from(1), Id::from(1)));
    hero.teams.remove(Id::from(1));
    session.add(&mut hero);
    let error = session.commit().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert_eq!(error.table(), Some("link"));
    assert!(error.to_string().contains("its list and its own row"), "{error}");
    assert!(links(&db).is_empty());
    Ok(())
}

#[case]
async fn link_that_another_session_added_first_is_a_unique_violation() -> relata::Result<()> {
    let db = stored("").await;
    let mut session = Session::new(&db.engine);
    let mut hero = whole_hero(&mut session).await?;
    session.commit().await?;
    db.execute(SPECIAL);
    hero.name = "Wade".into();
    hero.teams.push(Id::from(1));
    session.add(&mut hero);
    let error = session.commit().await.unwrap_err();
    assert!(error.is_unique_violation(), "{error}");
    assert_eq!(error.table(), Some("link"));
    assert_eq!(error.columns().collect::<Vec<_>>(), ["team_id", "hero_id"]);
    assert_eq!(links(&db), ["1|1|1|boss"]);
    assert_eq!(db.rows("SELECT name FROM hero"), ["Deadpond"]);
    Ok(())
}

#[case]
async fn link_that_is_pushed_unseen_is_a_unique_violation_where_it_is_there() -> relata::Result<()>
{
    let db = stored(SPECIAL).await;
    let mut session = Session::new(&db.engine);
    let mut hero = hero(&mut session).await?;
    assert!(!hero.teams.is_loaded());
    hero.teams.push(Id::from(1));
    session.add(&mut hero);
    let error = session.commit().await.unwrap_err();
    assert!(error.is_unique_violation(), "{error}");
    assert_eq!(links(&db), ["1|1|1|boss"]);
    Ok(())
}

#[case]
async fn link_row_is_inserted_by_its_columns() -> relata::Result<()> {
    let db = stored("").await;
    let team = Id::<Team>::from(1);
    let by_columns = insert(Link).set(Link.team_id, &team).set(Link.hero_id, 1);
    assert_eq!(db.engine.exec(by_columns).run().await?, 1);
    assert_eq!(db.rows("SELECT team_id, hero_id FROM link"), ["1|1"]);
    Ok(())
}

#[case]
async fn link_that_stays_in_a_refilled_list_keeps_its_data() -> relata::Result<()> {
    for add_between in [false, true] {
        let db = stored(&format!("{SPECIAL}, (2, 1, FALSE, 'member')")).await;
        let mut session = Session::new(&db.engine);
        let mut hero = whole_hero(&mut session).await?;
        hero.teams.clear();
        if add_between {
            session.add(&mut hero);
        }
        hero.teams.push(Id::from(1));
        session.add(&mut hero);
        session.commit().await?;
        assert_eq!(links(&db), ["1|1|1|boss"], "added in between: {add_between}");
    }
    Ok(())
}

#[case]
async fn link_that_stays_in_a_refilled_unloaded_list_keeps_its_data() -> relata::Result<()> {
    for add_between in [false, true] {
        let db = stored(&format!("{SPECIAL}, (2, 1, FALSE, 'member')")).await;
        let mut session = Session::new(&db.engine);
        let mut hero = hero(&mut session).await?;
        hero.teams.clear();
        if add_between {
            session.add(&mut hero);
        }
        hero.teams.push(Id::from(1));
        session.add(&mut hero);
        session.commit().await?;
        assert_eq!(links(&db), ["1|1|1|boss"], "added in between: {add_between}");
    }
    Ok(())
}

#[case]
async fn link_removed_and_pushed_unseen_is_there_once() -> relata::Result<()> {
    for before in [SPECIAL, ""] {
        let db = stored(before).await;
        let mut session = Session::new(&db.engine);
        let mut hero = hero(&mut session).await?;
        hero.teams.remove(Id::from(1));
        session.add(&mut hero);
        hero.teams.push(Id::from(1));
        session.add(&mut hero);
        session.commit().await?;
        assert_eq!(links(&db), ["1|1|0|member"], "before: {before:?}");
    }
    Ok(())
}

#[case]
async fn both_views_load_the_same_links() -> relata::Result<()> {
    let db = stored(&format!("{SPECIAL}, (2, 1, FALSE, 'member')")).await;
    let mut session = Session::new(&db.engine);
    let hero = whole_hero(&mut session).await?;
    let mut teams: Vec<_> = hero.teams.get()?.iter().map(|team| team.id.get()).collect();
    let links = hero.team_links.get()?;
    let mut linked: Vec<_> = links.iter().map(|link| link.team_id.get()).collect();
    teams.sort();
    linked.sort();
    assert_eq!((teams, linked), (vec![Some(1), Some(2)], vec![Some(1), Some(2)]));
    let special = links.iter().find(|link| link.role == "boss").expect("the special link");
    assert!(special.is_training);
    Ok(())
}
