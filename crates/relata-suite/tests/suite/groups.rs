//! Groups, and what stands in them twice: each database has to see it as one.

use relata::{
    ErrorKind,
    prelude::*,
    query::{case, count_rows, lower, sum, upper, value, window},
};
use relata_suite::{Need, has};

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
    weight: f64,
    #[field(foreign_key = Team.id)]
    team_id: Option<Id<Team>>,
    #[relationship(back_populates = heroes)]
    team: One<Option<Team>>,
}

/// Ann and Bob are in the first team, Cleo is in the second.
async fn heroes() -> (relata_suite::Db, Session) {
    let db = relata_suite::engine(Metadata::of((Team, Hero))).await;
    let mut session = Session::new(&db.engine);
    let first = session.add(Team::new("First"));
    let second = session.add(Team::new("Second"));
    session.add(Hero::new("Ann", 1.0).with_team(&first));
    session.add(Hero::new("Bob", 2.0).with_team(&first));
    session.add(Hero::new("Cleo", 3.0).with_team(&second));
    session.commit().await.unwrap();
    (db, session)
}

#[case]
async fn relations_ask_for_their_own_rows() {
    let (_db, mut session) = heroes().await;
    let bob = || Team.heroes.any(Hero.name.eq("Bob"));
    let grouped = select((Hero.name, count_rows())).join(Hero.team).filter(bob());
    let grouped = grouped.group_by(Hero.name).order_by(Hero.name);
    let rows = session.exec(grouped).all().await.unwrap();
    assert_eq!(rows, [("Ann".into(), 1), ("Bob".into(), 1)]);
    let once = select(Hero.name).join(Hero.team).filter(bob()).distinct().order_by(Hero.name);
    assert_eq!(session.exec(once).all().await.unwrap(), ["Ann", "Bob"]);
    let having = select(lower(Hero.name)).join(Hero.team).group_by((lower(Hero.name), Team.id));
    let having = having.having(Team.heroes.any(lower(Hero.name).eq("bob")));
    let rows = session.exec(having.order_by(lower(Hero.name))).all().await.unwrap();
    assert_eq!(rows, ["ann", "bob"]);
    let asked = case().when(bob(), 1).otherwise(0);
    let teams = select((asked.clone(), count_rows())).select_from(Team).group_by(asked.clone());
    let rows = session.exec(teams.order_by(asked)).all().await;
    if has(Need::SeenGroups) {
        assert_eq!(rows.unwrap_err().kind(), ErrorKind::InvalidStatement);
    } else {
        assert_eq!(rows.unwrap(), [(0, 1), (1, 1)]);
    }
}

#[case]
async fn windows_see_what_rows_are_grouped_to() {
    let (_db, mut session) = heroes().await;
    let kind = || case().when(Hero.name.lt("Bz"), "early").otherwise("late");
    let running = sum(count_rows()).over(window().order_by(kind()));
    let query = select((kind(), running)).group_by(kind()).order_by(kind());
    let rows = session.exec(query).all().await.unwrap();
    assert_eq!(rows, [("early".to_owned(), Some(2)), ("late".to_owned(), Some(3))]);
}

#[case]
async fn groups_by_one_expression_inside_of_another() {
    let (_db, mut session) = heroes().await;
    let high = || upper(lower(Hero.name));
    let query = select(count_rows()).select_from(Hero);
    let query = query.group_by((high(), lower(Hero.name))).having(high().eq("BOB"));
    assert_eq!(session.exec(query).all().await.unwrap(), [1]);
}

#[case]
async fn groups_by_values_of_any_type() {
    let (_db, mut session) = heroes().await;
    if has(Need::MySql) {
        let strict = raw("SET SESSION sql_mode = CONCAT(@@sql_mode, ',ONLY_FULL_GROUP_BY')");
        session.exec(strict).run().await.unwrap();
    }
    let kind = || case().when(Hero.weight.gt(1.5), true).otherwise(false);
    let query = select((kind(), count_rows())).group_by(kind()).order_by(kind());
    let rows = session.exec(query).all().await.unwrap();
    assert_eq!(rows, [(false, 1), (true, 2)]);
}

#[case]
async fn values_alone_are_no_places_of_columns() {
    let (_db, mut session) = heroes().await;
    let grouped = select((count_rows(), value(1))).select_from(Hero).group_by(value(1));
    assert_eq!(session.exec(grouped).all().await.unwrap(), [(3, 1)]);
    let ordered = select((Hero.name, Hero.weight)).order_by((value(2).desc(), Hero.name));
    let rows = session.exec(ordered).all().await.unwrap();
    assert_eq!(rows[0], ("Ann".to_owned(), 1.0));
}
