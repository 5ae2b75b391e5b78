//! Relations of relations: a statement for each relation and level.

use super::models::*;
use relata::{ErrorKind, prelude::*};
use relata_suite::Log;

#[case]
async fn three_levels_are_four_statements() -> relata::Result<()> {
    let db = stored().await;
    let mut session = Session::new(&db.engine);
    let log = Log::start();
    let deep = Team.heroes.with(Hero.missions.with(Mission.reports.order_by(Report.pages.desc())));
    let teams = session.exec(select(Team).order_by(Team.id).with(deep)).all().await?;
    assert_eq!(log.outline(), ["SELECT team", "SELECT hero", "SELECT assignment", "SELECT report"]);

    let heroes = teams[0].heroes.get()?;
    assert_eq!(names(heroes), ["Deadpond", "Rusty-Man", "Spider-Boy"]);
    assert_eq!(titles(&heroes[1]), ["Ambush", "Rescue"]);
    assert_eq!(titles(&heroes[2]), [""; 0]);
    let rescue = &heroes[1].missions.get()?[1];
    let pages: Vec<i32> = rescue.reports.get()?.iter().map(|report| report.pages).collect();
    assert_eq!(pages, [90, 3]);
    // decoded once, and shared
    assert!(std::ptr::eq(&**rescue, &**heroes[0].missions.get()?.first().unwrap()));
    assert!(teams[2].heroes.get()?.is_empty());
    Ok(())
}

#[case]
async fn refresh_loads_what_the_related_rows_had_loaded() -> relata::Result<()> {
    let db = stored().await;
    let mut session = Session::new(&db.engine);
    let deep = Team.heroes.with(Hero.missions.with(Mission.reports));
    let mut teams = session.exec(select(Team).order_by(Team.id).with(deep)).all().await?;
    teams[0].name = "Avengers".into();
    session.add(&mut teams[0]);
    session.commit().await?;
    let log = Log::start();
    session.refresh(&mut teams).await?;
    assert_eq!(log.outline(), ["SELECT team", "SELECT hero", "SELECT assignment", "SELECT report"]);
    let heroes = teams[0].heroes.get()?;
    assert_eq!(names(heroes), ["Deadpond", "Rusty-Man", "Spider-Boy"]);
    assert_eq!(titles(&heroes[1]), ["Ambush", "Rescue"]);
    assert_eq!(heroes[1].missions.get()?[0].reports.get()?.len(), 1);
    assert!(heroes[1].team.get().is_err(), "nobody loaded it");
    Ok(())
}

#[case]
async fn a_row_that_was_pushed_by_its_id_is_read_once_it_is_added() -> relata::Result<()> {
    let db = stored().await;
    let mut session = Session::new(&db.engine);
    let mut team = session.exec(select(Team).with(Team.heroes).order_by(Team.id)).first().await?;
    let team = team.as_mut().expect("a team");
    team.heroes.push(Id::from(5));
    assert!(!team.heroes.is_loaded());
    assert_eq!(
        team.heroes.get().unwrap_err().to_string(),
        "this relation to `Hero` has a row that is known by its id only; `add` its owner and load it with `session.load` or `refresh`"
    );
    session.add(&mut *team);
    session.load(team, Team.heroes).await?;
    assert!(team.heroes.is_loaded());
    assert_eq!(names(team.heroes.get()?), ["Deadpond", "Rusty-Man", "Spider-Boy", "Loner"]);
    Ok(())
}

#[case]
async fn relations_of_one_level_go_together_and_merge() -> relata::Result<()> {
    let db = stored().await;
    let mut session = Session::new(&db.engine);
    let log = Log::start();
    let heroes = session.exec(
        select(Hero)
            .order_by(Hero.id)
            .with(Hero.team.with(Team.heroes))
            .with(Hero.missions.filter(Mission.title.ne("Ambush")))
            .with(Hero.missions.with(Mission.reports))
            .with(Hero.missions.with(Mission.heroes)),
    );
    let heroes = heroes.all().await?;
    assert_eq!(
        log.outline(),
        [
            "SELECT hero",
            "SELECT team",
            "SELECT assignment",
            "SELECT hero",
            "SELECT report",
            "SELECT assignment"
        ]
    );
    assert_eq!(titles(&heroes[1]), ["Rescue"]);
    let rescue = &heroes[1].missions.get()?[0];
    assert_eq!((rescue.reports.get()?.len(), rescue.heroes.get()?.len()), (2, 2));
    assert_eq!(heroes[0].team.get()?.unwrap().heroes.get()?.len(), 3);
    assert!(heroes[4].team.get()?.is_none());
    Ok(())
}

#[case]
async fn nothing_is_asked_where_there_are_no_owners() -> relata::Result<()> {
    let db = stored().await;
    let mut session = Session::new(&db.engine);
    let log = Log::start();
    let deep = || Hero.missions.with(Mission.reports);
    let none = session.exec(select(Hero).filter(Hero.age.gt(100)).with(deep())).all().await?;
    assert_eq!((none.len(), log.outline()), (0, vec!["SELECT hero".to_owned()]));
    let idle = session.exec(select(Hero).filter(Hero.id.eq(5)).with(deep())).one().await?;
    assert!(idle.missions.get()?.is_empty());
    assert_eq!(log.outline(), ["SELECT hero", "SELECT assignment"]);
    // no foreign key, so nothing to ask, and nothing further
    let alone = select(Hero).filter(Hero.id.eq(5)).with(Hero.team.with(Team.heroes));
    assert!(session.exec(alone).one().await?.team.get()?.is_none());
    assert_eq!(log.outline(), ["SELECT hero"]);
    Ok(())
}

#[case]
async fn the_same_in_load_and_with_no_session() -> relata::Result<()> {
    let db = stored().await;
    let deep =
        || Team.heroes.filter(Hero.age.ge(18)).order_by(Hero.name.desc()).with(Hero.missions);
    let mut session = Session::new(&db.engine);
    let mut teams = session.exec(select(Team).order_by(Team.id)).all().await?;
    let log = Log::start();
    session.load(&mut teams, deep()).await?;
    assert_eq!(log.outline(), ["SELECT hero", "SELECT assignment"]);
    assert_eq!(names(teams[0].heroes.get()?), ["Rusty-Man", "Deadpond"]);
    assert_eq!(titles(&teams[0].heroes.get()?[0]), ["Ambush", "Rescue"]);
    session.rollback().await?;

    log.take();
    let teams: Vec<Team> =
        db.engine.exec(select(Team).order_by(Team.id).with(deep())).all().await?;
    assert_eq!(log.outline(), ["SELECT team", "SELECT hero", "SELECT assignment"]);
    assert_eq!(names(teams[0].heroes.get()?), ["Rusty-Man", "Deadpond"]);
    assert_eq!(titles(&teams[0].heroes.get()?[0]), ["Ambush", "Rescue"]);
    // the connection is not left in a transaction
    assert_eq!(db.engine.exec(select(Team)).all().await?.len(), 3);
    Ok(())
}

#[case]
async fn a_limit_is_for_each_owner() -> relata::Result<()> {
    let db = stored().await;
    db.execute("INSERT INTO hero (id, name, age, team_id) VALUES (6, 'Captain', 48, 1)");
    let mut session = Session::new(&db.engine);
    let oldest = || Team.heroes.order_by(Hero.age.desc()).limit(2);
    let log = Log::start();
    let teams = session.exec(select(Team).order_by(Team.id).with(oldest())).all().await?;
    assert_eq!(log.outline().len(), 2);
    // of those who are as old, the one with the lesser key comes first
    assert_eq!(names(teams[0].heroes.get()?), ["Rusty-Man", "Captain"]);
    assert_eq!(names(teams[1].heroes.get()?), ["Tarantula"]);
    assert!(teams[2].heroes.get()?.is_empty());

    let rest = select(Team).order_by(Team.id).with(oldest().offset(2));
    let teams = session.exec(rest).all().await?;
    assert_eq!(names(teams[0].heroes.get()?), ["Deadpond", "Spider-Boy"]);
    let all_but_one = select(Team).order_by(Team.id).with(Team.heroes.offset(1));
    let teams = session.exec(all_but_one).all().await?;
    assert_eq!(names(teams[0].heroes.get()?), ["Rusty-Man", "Spider-Boy", "Captain"]);

    // of a single owner too
    let one = select(Team).filter(Team.id.eq(1)).with(oldest().offset(1));
    assert_eq!(names(session.exec(one).one().await?.heroes.get()?), ["Captain", "Deadpond"]);
    // and through links, by the order of the relation
    let first =
        session.exec(select(Hero).order_by(Hero.id).with(Hero.missions.limit(1))).all().await?;
    assert_eq!((titles(&first[0]), titles(&first[1])), (vec!["Rescue"], vec!["Ambush"]));
    Ok(())
}

#[case]
async fn filters_use_the_link_and_other_relations() -> relata::Result<()> {
    let db = stored().await;
    let mut session = Session::new(&db.engine);
    let late = Hero.missions.filter(Assignment.mission_id.gt(1) | Mission.title.eq("none"));
    let heroes = session.exec(select(Hero).order_by(Hero.id).with(late)).all().await?;
    assert_eq!(titles(&heroes[1]), ["Ambush"]);
    let busy = Team.heroes.filter(Hero.missions.any(Mission.reports.count().gt(1)));
    let teams = session.exec(select(Team).order_by(Team.id).with(busy)).all().await?;
    assert_eq!(names(teams[0].heroes.get()?), ["Deadpond", "Rusty-Man"]);

    let strange = select(Team).with(Team.heroes.filter(Mission.id.eq(1)));
    let error = session.exec(strange).all().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidStatement);
    assert!(error.to_string().contains("`mission.id` is used"), "{error}");
    Ok(())
}

#[case]
async fn tuples_get_the_relations_of_each_model() -> relata::Result<()> {
    let db = stored().await;
    let mut session = Session::new(&db.engine);
    let log = Log::start();
    let pairs = select((Hero, Team.optional(), Hero.name))
        .left_join(Hero.team)
        .order_by(Hero.id)
        .with(Team.heroes)
        .with(Hero.missions);
    let pairs = session.exec(pairs).all().await?;
    assert_eq!(log.outline(), ["SELECT hero", "SELECT hero", "SELECT assignment"]);
    assert_eq!(pairs[1].1.as_ref().unwrap().heroes.get()?.len(), 3);
    assert_eq!(titles(&pairs[1].0), ["Ambush", "Rescue"]);
    assert!(pairs[4].1.is_none());

    let error = session.exec(select((Hero, Hero.name)).with(Team.heroes)).all().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidStatement);
    assert_eq!(
        error.to_string(),
        "`Team.heroes` is to be loaded, but the statement selects no `Team`; select it too, or load inside of a relation that leads to it: `.with(….with(Team.heroes))`"
    );
    Ok(())
}

#[case]
async fn two_thousand_owners() -> relata::Result<()> {
    let db = relata_suite::engine(Metadata::of((Team, Hero, Assignment, Mission, Report))).await;
    let mut session = Session::new(&db.engine);
    let teams = (0..2_000).map(|n| {
        Team::new(format!("team {n}")).with_heroes((0..3).map(|h| Hero::new(format!("{h}"), h)))
    });
    for team in teams {
        session.add(team);
    }
    session.commit().await?;
    let log = Log::start();
    let both = Team.heroes.order_by(Hero.age.desc()).limit(2).with(Hero.team);
    let teams = session.exec(select(Team).with(both)).all().await?;
    let sent = log.sql();
    assert_eq!(sent.len(), 3);
    assert!(sent[1].contains("row_number() OVER (PARTITION BY hero.team_id"), "{}", sent[1]);
    assert_eq!(teams.len(), 2_000);
    for team in &teams {
        assert_eq!(names(team.heroes.get()?), ["2", "1"]);
        assert_eq!(team.heroes.get()?[0].team.get()?.unwrap().name, team.name);
    }
    Ok(())
}

#[model(table)]
struct Person {
    #[field(primary_key)]
    id: Id<Person>,
    name: String,
    #[field(foreign_key = Person.id)]
    boss_id: Option<Id<Person>>,
    #[relationship(back_populates = staff, foreign_key = boss_id)]
    boss: One<Option<Person>>,
    #[relationship(back_populates = boss, foreign_key = boss_id, order_by = name)]
    staff: Many<Person>,
    #[relationship(link_model = Friendship(person_id, friend_id))]
    friends: Many<Person>,
}

#[model(table)]
struct Friendship {
    #[field(primary_key, foreign_key = Person.id)]
    person_id: Id<Person>,
    #[field(primary_key, foreign_key = Person.id)]
    friend_id: Id<Person>,
}

async fn people() -> relata_suite::Db {
    let db = relata_suite::engine(Metadata::of((Person, Friendship))).await;
    db.execute(
        "INSERT INTO person (id, name, boss_id) VALUES
            (1, 'Ann', NULL), (2, 'Cid', 1), (3, 'Bob', 1), (4, 'Dan', 2), (5, 'Eve', 4);
         INSERT INTO friendship (person_id, friend_id) VALUES (1, 2), (2, 1), (2, 4), (4, 5);",
    );
    db
}

fn people_names<'a>(people: impl IntoIterator<Item = &'a Tracked<Person>>) -> Vec<&'a str> {
    people.into_iter().map(|person| person.name.as_str()).collect()
}

#[case]
async fn trees_and_links_of_a_model_to_itself() -> relata::Result<()> {
    let db = people().await;
    let mut session = Session::new(&db.engine);
    let log = Log::start();
    let tree = Person.staff.with(Person.staff.with(Person.staff));
    let tree = select(Person).filter(Person.boss_id.is_null()).with(tree);
    let ann = session.exec(tree).one().await?;
    assert_eq!(log.outline().len(), 4);
    let staff = ann.staff.get()?;
    assert_eq!(people_names(staff), ["Bob", "Cid"]);
    assert_eq!(people_names(staff[1].staff.get()?), ["Dan"]);
    assert_eq!(people_names(staff[1].staff.get()?[0].staff.get()?), ["Eve"]);
    assert!(!staff[1].staff.get()?[0].staff.get()?[0].staff.is_loaded());

    // each sees its own friends, who are who they are in this level only
    let friends = Person.friends.filter(Person.name.ne("Ann")).with(Person.friends);
    let people = session.exec(select(Person).order_by(Person.id).with(friends)).all().await?;
    assert_eq!(people_names(people[0].friends.get()?), ["Cid"]);
    assert_eq!(people_names(people[1].friends.get()?), ["Dan"]);
    assert_eq!(people_names(people[0].friends.get()?[0].friends.get()?), ["Ann", "Dan"]);
    Ok(())
}

#[model(table)]
struct Site {
    #[field(primary_key)]
    country: String,
    #[field(primary_key)]
    number: i64,
    #[relationship(back_populates = site)]
    visits: Many<Visit>,
}

#[model(table)]
struct Visit {
    #[field(primary_key)]
    id: Id<Visit>,
    day: i32,
    #[field(foreign_key = Site.country)]
    country: Option<String>,
    #[field(foreign_key = Site.number)]
    number: Option<i64>,
    #[relationship(back_populates = visits)]
    site: One<Option<Site>>,
}

#[case]
async fn composite_keys() -> relata::Result<()> {
    let db = relata_suite::engine(Metadata::of((Site, Visit))).await;
    db.execute(
        "INSERT INTO site (country, number) VALUES ('FR', 1), ('FR', 2), ('DE', 1);
         INSERT INTO visit (id, day, country, number) VALUES
            (1, 1, 'FR', 1), (2, 5, 'FR', 1), (3, 3, 'DE', 1), (4, 4, NULL, NULL), (5, 9, 'FR', 1);",
    );
    let mut session = Session::new(&db.engine);
    let latest = Site.visits.order_by(Visit.day.desc()).limit(2).with(Visit.site);
    let sites = select(Site).order_by((Site.country, Site.number)).with(latest);
    let sites = session.exec(sites).all().await?;
    let days = |site: &Site| -> Vec<i32> {
        site.visits.get().unwrap().iter().map(|visit| visit.day).collect()
    };
    assert_eq!((days(&sites[0]), days(&sites[1]), days(&sites[2])), (vec![3], vec![9, 5], vec![]));
    assert_eq!(sites[1].visits.get()?[0].site.get()?.unwrap().number, 1);

    let log = Log::start();
    let visits = select(Visit).order_by(Visit.id).with(Visit.site.joined().with(Site.visits));
    let visits = session.exec(visits).all().await?;
    assert_eq!(log.outline(), ["SELECT visit", "SELECT visit"]);
    assert_eq!(visits[0].site.get()?.unwrap().visits.get()?.len(), 3);
    assert!(visits[3].site.get()?.is_none());
    Ok(())
}
