//! Conditions on related rows: which rows they find.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use relata::{ErrorKind, Predicate, prelude::*};
use relata_suite::{Db, Log};

#[model(table)]
struct Team {
    #[field(primary_key)]
    id: Id<Team>,
    name: String,
    #[relationship(back_populates = team)]
    heroes: Many<Hero>,
    #[relationship(back_populates = guest_of, link_model = Visit)]
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
    #[field(foreign_key = Hero.id)]
    boss_id: Option<Id<Hero>>,
    #[relationship(back_populates = staff, foreign_key = boss_id)]
    boss: One<Option<Hero>>,
    #[relationship(back_populates = boss, foreign_key = boss_id)]
    staff: Many<Hero>,
    #[relationship(back_populates = guests, link_model = Visit)]
    guest_of: Many<Team>,
    #[relationship(link_model = Friendship(hero_id, friend_id))]
    friends: Many<Hero>,
    #[relationship(back_populates = hero)]
    badge: One<Option<Badge>>,
}

#[model(table)]
struct Visit {
    #[field(primary_key, foreign_key = Team.id)]
    team_id: Id<Team>,
    #[field(primary_key, foreign_key = Hero.id)]
    hero_id: Id<Hero>,
    #[field(default = 1)]
    days: i32,
}

#[model(table)]
struct Friendship {
    #[field(primary_key, foreign_key = Hero.id)]
    hero_id: Id<Hero>,
    #[field(primary_key, foreign_key = Hero.id)]
    friend_id: Id<Hero>,
}

#[model(table)]
struct Badge {
    #[field(primary_key)]
    id: Id<Badge>,
    color: String,
    #[field(foreign_key = Hero.id, unique)]
    hero_id: Option<Id<Hero>>,
    #[relationship(back_populates = badge)]
    hero: One<Option<Hero>>,
}

/// Ann leads Bob and Cid, Cid leads Dan; Ann and Bob are in team 1, Cid in team 2. Bob visits both
/// teams, Dan the second; Ann is a friend of Bob, who is one of Dan.
async fn stored() -> Db {
    let db = relata_suite::engine(Metadata::of((Team, Hero, Visit, Friendship, Badge))).await;
    db.execute(
        "INSERT INTO team (id, name) VALUES (1, 'Preventers'), (2, 'Z-Force'), (3, 'Empty');
         INSERT INTO hero (id, name, age, team_id, boss_id) VALUES
            (1, 'Ann', 40, 1, NULL), (2, 'Bob', 20, 1, 1), (3, 'Cid', NULL, 2, 1), (4, 'Dan', 17, NULL, 3);
         INSERT INTO visit (hero_id, team_id, days) VALUES (2, 1, 3), (2, 2, 9), (4, 2, 1);
         INSERT INTO friendship (hero_id, friend_id) VALUES (1, 2), (2, 4);
         INSERT INTO badge (id, color, hero_id) VALUES (1, 'red', 2), (2, 'blue', 3), (3, 'red', NULL);",
    );
    db
}

async fn heroes(db: &Db, condition: Predicate) -> Vec<String> {
    let names = select(Hero.name).filter(condition).order_by(Hero.id);
    db.engine.exec(names).all().await.unwrap()
}

async fn teams(db: &Db, condition: Predicate) -> Vec<String> {
    let names = select(Team.name).filter(condition).order_by(Team.id);
    db.engine.exec(names).all().await.unwrap()
}

const NONE: [&str; 0] = [];

#[case]
async fn any_and_has() {
    let db = &stored().await;
    assert_eq!(teams(db, Team.heroes.any(Hero.age.ge(18))).await, ["Preventers"]);
    assert_eq!(teams(db, !Team.heroes.any(Hero.age.ge(18))).await, ["Z-Force", "Empty"]);
    assert_eq!(teams(db, Team.guests.any(Hero.name.eq("Dan"))).await, ["Z-Force"]);
    assert_eq!(heroes(db, Hero.guest_of.any(Team.name.eq("Preventers"))).await, ["Bob"]);
    assert_eq!(heroes(db, Hero.team.has(Team.name.eq("Z-Force"))).await, ["Cid"]);
    assert_eq!(heroes(db, !Hero.team.has(Team.name.eq("Z-Force"))).await, ["Ann", "Bob", "Dan"]);
    assert_eq!(heroes(db, Hero.badge.has(Badge.color.eq("red"))).await, ["Bob"]);
    // however many rows it finds, each owner comes once
    assert_eq!(teams(db, Team.heroes.any(Hero.id.gt(0))).await, ["Preventers", "Z-Force"]);
    // on the link itself
    assert_eq!(heroes(db, Hero.guest_of.any(Visit.days.gt(5))).await, ["Bob"]);
    assert_eq!(
        teams(db, Team.guests.any(Visit.days.lt(5) & Hero.name.eq("Bob"))).await,
        ["Preventers"]
    );
}

#[case]
async fn inside_of_each_other() {
    let db = &stored().await;
    let condition = Team.heroes.any(Hero.guest_of.any(Team.name.eq("Z-Force")));
    assert_eq!(teams(db, condition).await, ["Preventers"]);
    let condition = Team.heroes.any(Hero.badge.exists() & !Hero.guest_of.exists());
    assert_eq!(teams(db, condition).await, ["Z-Force"]);
    let condition = Team.guests.any(Hero.staff.is_empty() & Hero.team.is_empty());
    assert_eq!(teams(db, condition).await, ["Z-Force"]);
}

#[case]
async fn a_model_that_leads_to_itself() {
    let db = &stored().await;
    assert_eq!(heroes(db, Hero.staff.any(Hero.name.eq("Bob"))).await, ["Ann"]);
    assert_eq!(heroes(db, Hero.boss.has(Hero.name.eq("Ann"))).await, ["Bob", "Cid"]);
    assert_eq!(heroes(db, Hero.boss.has(Hero.boss.has(Hero.name.eq("Ann")))).await, ["Dan"]);
    assert_eq!(heroes(db, Hero.friends.any(Hero.name.eq("Dan"))).await, ["Bob"]);
    let of_a_friend = Hero.friends.any(Hero.friends.any(Hero.name.eq("Dan")));
    assert_eq!(heroes(db, of_a_friend).await, ["Ann"]);
    // an alias means the row around, the model the row inside
    let outer = Hero.alias("outer_hero");
    let older = outer.staff.any(Hero.age.lt(outer.age));
    let names = select(outer.name).select_from(&outer).filter(older);
    assert_eq!(db.engine.exec(names).all().await.unwrap(), ["Ann"]);
}

#[case]
async fn rows_that_are_named() -> relata::Result<()> {
    let db = &stored().await;
    let mut session = Session::new(&db.engine);
    let team = session.get(Team, 2).await?.unwrap();
    let bob = session.get(Hero, 2).await?.unwrap();
    assert_eq!(heroes(db, Hero.guest_of.contains(&team)).await, ["Bob", "Dan"]);
    assert_eq!(heroes(db, !Hero.guest_of.contains(&team.id)).await, ["Ann", "Cid"]);
    assert_eq!(teams(db, Team.heroes.contains(&bob)).await, ["Preventers"]);
    assert_eq!(teams(db, Team.heroes.contains(3)).await, ["Z-Force"]);
    assert_eq!(heroes(db, Hero.friends.contains(2)).await, ["Ann"]);
    assert_eq!(heroes(db, Hero.team.is(&team)).await, ["Cid"]);
    assert_eq!(heroes(db, !Hero.team.is(Id::from(2))).await, ["Ann", "Bob", "Dan"]);
    assert_eq!(heroes(db, Hero.team.eq(&team)).await, ["Cid"]);
    assert_eq!(heroes(db, Hero.team.ne(&team)).await, ["Ann", "Bob", "Dan"]);
    // the columns of keys take rows too
    assert_eq!(heroes(db, Hero.team_id.eq(&team)).await, ["Cid"]);
    assert_eq!(heroes(db, Hero.team_id.ne(&team)).await, ["Ann", "Bob"]);
    assert_eq!(heroes(db, Hero.id.eq(&bob) | Hero.boss_id.eq(&bob.id)).await, ["Bob"]);
    let all = session.exec(select(Team)).all().await?;
    assert_eq!(heroes(db, Hero.team_id.is_in(&all)).await, ["Ann", "Bob", "Cid"]);
    assert_eq!(heroes(db, Hero.badge.is(1)).await, ["Bob"]);
    assert_eq!(heroes(db, !Hero.badge.is(1)).await, ["Ann", "Cid", "Dan"]);
    Ok(())
}

#[case]
async fn a_row_that_waits_is_flushed_first_and_a_plain_one_is_an_error() -> relata::Result<()> {
    let db = stored().await;
    let mut session = Session::new(&db.engine);
    let team = session.add(Team::new("New"));
    session.add(Hero::new("Eve").with_team(&team).with_guest_of([&team]));
    let log = Log::start();
    let found = session.exec(select(Hero.name).filter(Hero.guest_of.contains(&team))).all().await?;
    assert_eq!(found, ["Eve"]);
    assert_eq!(log.outline().last().unwrap(), "SELECT hero");
    assert_eq!(session.exec(select(Hero.name).filter(Hero.team.is(&team))).all().await?, ["Eve"]);
    session.rollback().await?;
    // its key is gone again
    for condition in [Hero.guest_of.contains(&team), !Hero.team.is(&team), Hero.badge.is(Id::new())]
    {
        let error = session.exec(select(Hero).filter(condition)).all().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnboundId);
    }
    Ok(())
}

#[case]
async fn counts_of_some() {
    let db = &stored().await;
    for (count, expected) in [
        (Team.heroes.count_where(Hero.name.ne("Ann")), [1, 1, 0]),
        (Team.guests.count_where(Hero.name.ne("Bob")), [0, 1, 0]),
        (Team.guests.count_where(Visit.days.gt(2)), [1, 1, 0]),
        (Team.heroes.count_where(Hero.staff.count_where(Hero.age.ge(18)).eq(1)), [1, 0, 0]),
    ] {
        let counted = select((Team.id, count.clone())).order_by(Team.id);
        let counted = db.engine.exec(counted).all().await.unwrap();
        assert_eq!(counted.iter().map(|(_, count)| *count).collect::<Vec<_>>(), expected);
    }
    let one = |count: relata::query::Sql<i64>| count.eq(1);
    let with_bob = one(Team.guests.count_where(Hero.name.eq("Bob")));
    assert_eq!(teams(db, with_bob).await, ["Preventers", "Z-Force"]);
    assert_eq!(heroes(db, one(Hero.boss.count_where(Hero.name.eq("Ann")))).await, ["Bob", "Cid"]);
}

#[case]
async fn emptiness_and_counts() {
    let db = &stored().await;
    assert_eq!(teams(db, Team.heroes.is_empty()).await, ["Empty"]);
    assert_eq!(teams(db, Team.guests.exists()).await, ["Preventers", "Z-Force"]);
    assert_eq!(heroes(db, Hero.boss.is_empty()).await, ["Ann"]);
    assert_eq!(heroes(db, Hero.badge.exists()).await, ["Bob", "Cid"]);
    assert_eq!(heroes(db, Hero.guest_of.count().eq(2)).await, ["Bob"]);
    assert_eq!(heroes(db, Hero.staff.count().gt(Hero.friends.count())).await, ["Ann", "Cid"]);
    assert_eq!(heroes(db, Hero.staff.is_empty() & Hero.staff.exists()).await, NONE);
    let counted = select((Team.name, Team.heroes.count(), Team.guests.count()))
        .order_by((Team.guests.count().desc(), Team.id));
    let counted = db.engine.exec(counted).all().await.unwrap();
    let expected = [("Z-Force", 1, 2), ("Preventers", 2, 1), ("Empty", 0, 0)];
    assert_eq!(counted, expected.map(|(name, heroes, guests)| (name.to_owned(), heroes, guests)));
}
