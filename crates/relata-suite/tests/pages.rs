//! Statements read page by page.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod support;

use relata::{ErrorKind, prelude::*};

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
    name: String,
    age: Option<i32>,
    #[field(foreign_key = Team.id)]
    team_id: Option<Id<Team>>,
    #[relationship(back_populates = heroes)]
    team: One<Option<Team>>,
}

/// Heroes of ages 0, 1, 2, NULL, 0, 1, …, the even ones in a team.
async fn heroes(count: usize) -> (support::Db, Session) {
    let db = support::engine(Metadata::of((Team, Hero))).await;
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
    statement: relata::Select<relata::Entity<Hero>>,
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

#[tokio::test]
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

#[tokio::test]
async fn every_order_gives_every_row_once() {
    let (_db, mut session) = heroes(25).await;
    let orders: [fn() -> relata::Select<relata::Entity<Hero>>; 8] = [
        || select(Hero).order_by(Hero.name),
        || select(Hero).order_by((Hero.name.desc(), Hero.id.desc())),
        || select(Hero).order_by(Hero.age),
        || select(Hero).order_by(Hero.age.desc()),
        || select(Hero).order_by(Hero.age.asc().nulls_last()),
        || select(Hero).order_by((Hero.age.desc().nulls_first(), Hero.name)),
        || select(Hero).order_by((Hero.name.desc(), Hero.age, Hero.id.desc())),
        || select(Hero).order_by(Hero.age + 1),
    ];
    for order in orders {
        // the key last, as the pages have it
        let whole = session.exec(order().order_by(Hero.id)).all().await.unwrap();
        let whole: Vec<_> = whole.iter().map(|hero| hero.id.get().unwrap()).collect();
        for size in [1, 2, 7, 24, 25, 26] {
            let pages = ids(order(), size, &mut session).await;
            assert!(pages.iter().rev().skip(1).all(|page| page.len() as u64 == size));
            assert_eq!(pages.concat(), whole, "{:?}", order());
        }
    }
}

#[tokio::test]
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
    assert!(db.values("SELECT id FROM hero WHERE age IS NOT 100").is_empty());
}

#[tokio::test]
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

#[tokio::test]
async fn what_has_no_order_has_no_pages() {
    let error = select(Hero.name).pages(10).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::InvalidStatement);
    assert_eq!(
        error.to_string(),
        "pages need an order that tells each row from the others; add `order_by`"
    );
    let error = select(Hero).distinct().pages(10).err().unwrap();
    assert_eq!(error.to_string(), "a `distinct` select cannot be read in pages; use `group_by`");
}
