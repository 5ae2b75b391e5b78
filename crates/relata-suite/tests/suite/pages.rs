//! Statements read page by page.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use relata::{
    ErrorKind, Select,
    prelude::*,
    query::{Subselect, row_number, value, window},
};
use relata_suite::{Need, has};

#[model(table)]
struct Team {
    #[field(primary_key)]
    id: Id<Team>,
    name: String,
    #[relationship(back_populates = team)]
    heroes: Many<Hero>,
    #[relationship(back_populates = missions, link_model = Mission)]
    guests: Many<Hero>,
}

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    name: String,
    age: Option<i32>,
    #[field(foreign_key = Team.id)]
    team_id: Option<Id<Team>>,
    #[relationship(back_populates = heroes)]
    team: One<Option<Team>>,
    #[relationship(back_populates = guests, link_model = Mission)]
    missions: Many<Team>,
}

#[model(table)]
struct Mission {
    #[field(primary_key, foreign_key = Team.id)]
    team_id: Id<Team>,
    #[field(primary_key, foreign_key = Hero.id)]
    hero_id: Id<Hero>,
}

/// Heroes of ages 0, 1, 2, NULL, 0, 1, …, the even ones in a team.
async fn heroes(count: usize) -> (relata_suite::Db, Session) {
    let db = relata_suite::engine(Metadata::of((Team, Hero, Mission))).await;
    let mut session = Session::new(&db.engine);
    let team = session.add(Team::new("Preventers"));
    for at in 0..count {
        let mut hero = Hero::new(format!("hero {}", at % 3));
        hero.age = [Some(0), Some(1), Some(2), None][at % 4];
        session.add(if at % 2 == 0 { hero.with_team(&team) } else { hero });
    }
    session.commit().await.unwrap();
    (db, session)
}

/// Every page, as the ids of its rows.
async fn ids(
    statement: Select<relata::Entity<Hero>>,
    size: u64,
    on: &mut Session,
) -> Vec<Vec<i64>> {
    let mut pages = statement.pages(size).unwrap();
    let mut all = Vec::new();
    while let Some(page) = pages.next(on).await.unwrap() {
        all.push(page.iter().map(|hero| hero.id.get().unwrap()).collect());
    }
    assert!(pages.next(on).await.unwrap().is_none());
    all
}

#[case]
async fn a_model_alone_is_ordered_by_its_key() {
    let (_db, mut session) = heroes(7).await;
    assert_eq!(ids(select(Hero), 3, &mut session).await, [vec![1, 2, 3], vec![4, 5, 6], vec![7]]);
    assert_eq!(ids(select(Hero), 7, &mut session).await, [vec![1, 2, 3, 4, 5, 6, 7]]);
    assert_eq!(
        ids(select(Hero).limit(5).offset(1), 2, &mut session).await,
        [vec![2, 3], vec![4, 5], vec![6]]
    );
    assert_eq!(ids(select(Hero).limit(0), 2, &mut session).await, Vec::<Vec<i64>>::new());
    assert_eq!(ids(select(Hero), 0, &mut session).await.len(), 7, "a page has at least one row");
}

#[case]
async fn every_order_gives_every_row_once() {
    let (_db, mut session) = heroes(25).await;
    type Orders = [fn() -> Select<relata::Entity<Hero>>; 8];
    let orders: Orders = [
        || select(Hero).order_by(Hero.name),
        || select(Hero).order_by((Hero.name.desc(), Hero.id.desc())),
        || select(Hero).order_by(Hero.age),
        || select(Hero).order_by(Hero.age.desc()),
        || select(Hero).order_by(Hero.age.asc().nulls_last()),
        || select(Hero).order_by((Hero.age.desc().nulls_first(), Hero.name)),
        || select(Hero).order_by((Hero.name.desc(), Hero.age, Hero.id.desc())),
        || select(Hero).order_by(Hero.age + 1),
    ];
    // pages have NULLs where SQLite and MySQL have them if nothing is said
    let mut said = orders;
    if has(Need::Postgres) {
        said[2] = || select(Hero).order_by(Hero.age.asc().nulls_first());
        said[3] = || select(Hero).order_by(Hero.age.desc().nulls_last());
        said[6] = || {
            let by_age = Hero.age.asc().nulls_first();
            select(Hero).order_by((Hero.name.desc(), by_age, Hero.id.desc()))
        };
        said[7] = || select(Hero).order_by((Hero.age + 1).asc().nulls_first());
    }
    for (order, said) in orders.into_iter().zip(said) {
        // the key last, as the pages have it
        let whole = session.exec(said().order_by(Hero.id)).all().await.unwrap();
        let whole: Vec<_> = whole.iter().map(|hero| hero.id.get().unwrap()).collect();
        for size in [1, 2, 7, 24, 25, 26] {
            let pages = ids(order(), size, &mut session).await;
            assert!(pages.iter().rev().skip(1).all(|page| page.len() as u64 == size));
            assert_eq!(pages.concat(), whole, "{:?}", order());
        }
    }
}

#[case]
async fn rows_are_changed_and_committed_between_pages() {
    let (db, mut session) = heroes(9).await;
    let mut pages = select(Hero).order_by(Hero.name).with(Hero.team).pages(2).unwrap();
    let mut seen = 0;
    while let Some(mut page) = pages.next(&mut session).await.unwrap() {
        for hero in &mut page {
            assert_eq!(hero.team.get().unwrap().is_some(), hero.team_id.is_some());
            hero.age = Some(100);
            session.add(&mut *hero);
            seen += 1;
        }
        session.commit().await.unwrap();
        // a row before the page's end shifts none
        db.execute("INSERT INTO hero (name, age) VALUES ('a', 100)");
    }
    assert_eq!(seen, 9);
    assert!(db.values("SELECT id FROM hero WHERE age IS NULL OR age != 100").is_empty());
}

#[case]
async fn tuples_joins_and_groups() {
    let (_db, mut session) = heroes(9).await;
    let mut pages = select((Hero, Team.optional())).left_join(Hero.team).pages(4).unwrap();
    let mut read = Vec::new();
    while let Some(page) = pages.next(&mut session).await.unwrap() {
        read.extend(page.into_iter().map(|(hero, team)| (hero.id.get().unwrap(), team.is_some())));
    }
    read.sort_unstable();
    assert_eq!(read, (1..=9).map(|id| (id, id % 2 == 1)).collect::<Vec<_>>());

    let grouped =
        select((Hero.name, count(Hero.id))).group_by(Hero.name).order_by(Hero.name.desc());
    let mut pages = grouped.pages(2).unwrap();
    let first = pages.next(&mut session).await.unwrap().unwrap();
    assert_eq!(first, [("hero 2".to_owned(), 3), ("hero 1".to_owned(), 3)]);
    let second = pages.next(&mut session).await.unwrap().unwrap();
    assert_eq!(second, [("hero 0".to_owned(), 3)]);
}

/// Every row of every page, in the order of the pages.
async fn paged<S: Subselect>(statement: Select<S>, size: u64, on: &mut Session) -> Vec<S::Row> {
    let mut pages = statement.pages(size).unwrap();
    let mut all = Vec::new();
    while let Some(page) = pages.next(on).await.unwrap() {
        all.extend(page);
    }
    all
}

#[case]
async fn rows_that_are_alike_are_all_read() {
    let (_db, mut session) = heroes(9).await;
    for size in 1..5 {
        let alike = paged(select((Hero.name, Hero.age)).order_by(Hero.age), size, &mut session);
        let ages: Vec<_> = alike.await.into_iter().map(|(_, age)| age).collect();
        let [none, zero, one, two] = [None, Some(0), Some(1), Some(2)];
        assert_eq!(ages, [none, none, zero, zero, zero, one, one, two, two], "{size}");

        let counted = select((Hero.age, count(Hero.id))).group_by(Hero.age);
        let mut counts = paged(counted.order_by(count(Hero.id).desc()), size, &mut session).await;
        counts[1..].sort_unstable();
        assert_eq!(counts, [(zero, 3), (none, 2), (one, 2), (two, 2)], "{size}");
    }
    assert_eq!(paged(select(Hero.name), 2, &mut session).await.len(), 9);
}

#[case]
async fn a_row_that_is_joined_to_several_is_read_with_each() {
    let (db, mut session) = heroes(3).await;
    db.execute(
        "INSERT INTO team (name) VALUES ('a'), ('b'), ('c'); \
         INSERT INTO mission (hero_id, team_id) SELECT hero.id, team.id FROM hero, team",
    );
    let both = || select((Hero.id, Team.name.optional())).left_join(Hero.missions);
    for size in 1..6 {
        let joined = paged(select(Hero).join(Hero.missions), size, &mut session).await;
        let read: Vec<_> = joined.iter().map(|hero| hero.id.get().unwrap()).collect();
        assert_eq!(read, [1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3], "{size}");
        let other = Team.alias("other");
        let pairs = select(&other).join(other.heroes).join(Hero.missions);
        assert_eq!(paged(pairs.order_by(Hero.name), size, &mut session).await.len(), 8);
        assert_eq!(paged(both().order_by(Team.name.desc()), size, &mut session).await.len(), 12);
        // the link is read twice, the second time under a name of its own
        let guest = Hero.alias("guest");
        let twice = select((Hero.id, guest.id)).join(Hero.missions).join(Team.guests.to(&guest));
        assert_eq!(paged(twice, size, &mut session).await.len(), 36);
        let crossed = select(Hero.id).cross_join(Team);
        assert_eq!(paged(crossed, size, &mut session).await.len(), 12);
    }
}

#[case]
async fn rows_of_subqueries_are_told_apart_by_what_these_read() {
    let (_db, mut session) = heroes(9).await;
    let all = select(Hero).subquery("every");
    let united = select(Hero.name).union(select(Team.name)).subquery("united");
    let ages = select((Hero.age.label("years"), count(Hero.id))).group_by(Hero.age).cte("ages");
    for size in 1..5 {
        assert_eq!(paged(select(&all), size, &mut session).await.len(), 9);
        assert_eq!(paged(select(&all).order_by(all.age), size, &mut session).await.len(), 9);
        assert_eq!(paged(select(&united), size, &mut session).await.len(), 4);
        assert_eq!(paged(select(&ages).order_by(ages.1), size, &mut session).await.len(), 4);
    }

    let twice = select(Hero).union_all(select(Hero)).subquery("twice");
    let error = select(&twice).pages(2).err().unwrap();
    assert_eq!(
        error.to_string(),
        "`twice` may give the same row twice, which pages cannot tell apart; let it select the key of what it reads, or each row once (`distinct`, `union`, `recursive`)"
    );
    let names = select(Hero.name).subquery("names");
    assert!(select(&names).pages(2).is_err());
    // ordered by the key, it is taken for one
    assert!(select(&twice).order_by(twice.id).pages(2).is_ok());
}

#[case]
async fn what_has_no_order_has_no_pages() {
    let error = select(value(1)).pages(10).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::InvalidStatement);
    assert_eq!(
        error.to_string(),
        "pages need an order that tells each row from the others, and the statement reads no table; execute it as it is"
    );
    let error = select(count(Hero.id)).pages(10).err().unwrap();
    assert_eq!(
        error.to_string(),
        "without `group_by` an aggregate gives a single row, which has no pages; execute the statement"
    );
    let numbered = (Hero.name, row_number().over(window().order_by(Hero.name)));
    let error = select(numbered).pages(10).err().unwrap();
    assert_eq!(
        error.to_string(),
        "in pages a window function would see the rows of one page; compute it in a `subquery`, and read the pages of that"
    );
    let error = select(Hero).distinct().pages(10).err().unwrap();
    assert_eq!(error.to_string(), "a `distinct` select cannot be read in pages; use `group_by`");
}
