//! The text of the statements that load relations, and of those that read related rows along.

use super::*;
use crate::{
    query::{
        Eager, Expression, IntoEager, IntoQuery, Reads,
        fixture::{Hero, HeroTeamLink, Person, Site, Team, Visit},
        select,
    },
    value::Value,
};

const ALL: [Dialect; 3] = [Dialect::Sqlite, Dialect::Postgres, Dialect::MySql];

/// For two owners, or for one.
fn load<M>(relation: impl IntoEager<M>, owners: i64) -> [Rendered; 3] {
    let eager: Eager = relation.into_eager();
    let keys: Vec<RowKey> = (1..=owners).map(|key| RowKey::One(Value::Int(key))).collect();
    ALL.map(|dialect| select_targets(dialect, &eager, eager.described().order_by, &keys).unwrap())
}

fn texts(rendered: [Rendered; 3]) -> String {
    rendered.map(|rendered| rendered.sql).join("\n\n")
}

#[test]
fn filters_and_orders() {
    let teams = Hero.teams.filter(Team.name.eq("a") | HeroTeamLink.team_id.gt(3));
    let rendered = load(teams.order_by((Team.motto.asc().nulls_last(), Team.name.desc())), 2);
    assert_eq!(
        rendered[0].params,
        [Value::Json("[1,2]".into()), Value::Text("a".into()), Value::Int(3)]
    );
    insta::assert_snapshot!(texts(rendered), @r"
    SELECT heroteamlink.hero_id, team.id, team.name, team.motto
    FROM heroteamlink JOIN team ON team.id = heroteamlink.team_id
    WHERE heroteamlink.hero_id IN (SELECT value FROM json_each(?)) AND (team.name = ? OR heroteamlink.team_id > ?)
    ORDER BY team.motto NULLS LAST, team.name DESC

    SELECT heroteamlink.hero_id, team.id, team.name, team.motto
    FROM heroteamlink JOIN team ON team.id = heroteamlink.team_id
    WHERE heroteamlink.hero_id = ANY ($1) AND (team.name = $2 OR heroteamlink.team_id > $3)
    ORDER BY team.motto NULLS LAST, team.name DESC

    SELECT heroteamlink.hero_id, team.id, team.name, team.motto
    FROM heroteamlink JOIN team ON team.id = heroteamlink.team_id
    WHERE heroteamlink.hero_id IN (?, ?) AND (team.name = ? OR heroteamlink.team_id > ?)
    ORDER BY (team.motto) IS NULL, team.motto, team.name DESC
    ");
    let heroes = Team.heroes.filter(Hero.age.ge(18)).filter(Hero.teams.any(Team.name.eq("a")));
    insta::assert_snapshot!(load(heroes, 1)[0].sql, @r"
    SELECT hero.home_id, hero.id, hero.name, hero.secret_name, hero.age, hero.home_id
    FROM hero
    WHERE hero.home_id = ? AND hero.age >= ? AND EXISTS (SELECT 1
    FROM heroteamlink JOIN team ON team.id = heroteamlink.team_id
    WHERE heroteamlink.hero_id = hero.id AND team.name = ?)
    ");
    insta::assert_snapshot!(load(Person.friends.filter(Person.name.eq("a")), 2)[1].sql, @r"
    SELECT friendship.person_id, person.id, person.name, person.boss_id
    FROM friendship JOIN person ON person.id = friendship.friend_id
    WHERE friendship.person_id = ANY ($1) AND person.name = $2
    ");
}

#[test]
fn a_limit_numbers_the_rows_of_each_owner() {
    let oldest = || Team.heroes.order_by(Hero.age.desc());
    insta::assert_snapshot!(texts(load(oldest().limit(3), 2)), @r"
    SELECT c1, c2, c3, c4, c5, c6
    FROM (SELECT hero.home_id AS c1, hero.id AS c2, hero.name AS c3, hero.secret_name AS c4, hero.age AS c5, hero.home_id AS c6, row_number() OVER (PARTITION BY hero.home_id ORDER BY hero.age DESC, hero.id) AS place
    FROM hero
    WHERE hero.home_id IN (SELECT value FROM json_each(?))) AS numbered
    WHERE place <= 3
    ORDER BY place

    SELECT c1, c2, c3, c4, c5, c6
    FROM (SELECT hero.home_id AS c1, hero.id AS c2, hero.name AS c3, hero.secret_name AS c4, hero.age AS c5, hero.home_id AS c6, row_number() OVER (PARTITION BY hero.home_id ORDER BY hero.age DESC, hero.id) AS place
    FROM hero
    WHERE hero.home_id = ANY ($1)) AS numbered
    WHERE place <= 3
    ORDER BY place

    SELECT c1, c2, c3, c4, c5, c6
    FROM (SELECT hero.home_id AS c1, hero.id AS c2, hero.name AS c3, hero.secret_name AS c4, hero.age AS c5, hero.home_id AS c6, row_number() OVER (PARTITION BY hero.home_id ORDER BY hero.age DESC, hero.id) AS place
    FROM hero
    WHERE hero.home_id IN (?, ?)) AS numbered
    WHERE place <= 3
    ORDER BY place
    ");
    let later = load(Hero.teams.filter(Team.name.ne("a")).limit(2).offset(1_500), 2);
    insta::assert_snapshot!(later[0].sql, @r"
    SELECT c1, c2, c3, c4
    FROM (SELECT heroteamlink.hero_id AS c1, team.id AS c2, team.name AS c3, team.motto AS c4, row_number() OVER (PARTITION BY heroteamlink.hero_id ORDER BY team.id) AS place
    FROM heroteamlink JOIN team ON team.id = heroteamlink.team_id
    WHERE heroteamlink.hero_id IN (SELECT value FROM json_each(?)) AND team.name != ?) AS numbered
    WHERE place > ? AND place <= ?
    ORDER BY place
    ");
    assert_eq!(later[0].params[2..], [Value::Int(1_500), Value::Int(1_502)]);
    insta::assert_snapshot!(load(Team.heroes.offset(5), 2)[0].sql, @r"
    SELECT c1, c2, c3, c4, c5, c6
    FROM (SELECT hero.home_id AS c1, hero.id AS c2, hero.name AS c3, hero.secret_name AS c4, hero.age AS c5, hero.home_id AS c6, row_number() OVER (PARTITION BY hero.home_id ORDER BY hero.id) AS place
    FROM hero
    WHERE hero.home_id IN (SELECT value FROM json_each(?))) AS numbered
    WHERE place > 5
    ORDER BY place
    ");

    let keys = [("FR", 1), ("DE", 2)];
    let keys = keys.map(|(country, number)| {
        RowKey::Many([Value::Text(country.into()), Value::Int(number)].into())
    });
    let eager = Site.visits.order_by(Visit.id.desc()).limit(1).into_eager();
    let rendered = select_targets(Dialect::Postgres, &eager, &[], &keys).unwrap();
    insta::assert_snapshot!(rendered.sql, @r"
    SELECT c1, c2, c3, c4, c5
    FROM (SELECT visit.country AS c1, visit.number AS c2, visit.id AS c3, visit.country AS c4, visit.number AS c5, row_number() OVER (PARTITION BY visit.country, visit.number ORDER BY visit.id DESC, visit.id) AS place
    FROM visit
    WHERE (visit.country, visit.number) IN (SELECT * FROM unnest($1::VARCHAR[], $2::BIGINT[]))) AS numbered
    WHERE place <= 1
    ORDER BY place
    ");
}

#[test]
fn a_limit_of_one_owner_is_a_plain_one() {
    let oldest = Team.heroes.order_by(Hero.age.desc()).limit(3).offset(2);
    insta::assert_snapshot!(texts(load(oldest, 1)), @r"
    SELECT hero.home_id, hero.id, hero.name, hero.secret_name, hero.age, hero.home_id
    FROM hero
    WHERE hero.home_id = ?
    ORDER BY hero.age DESC, hero.id
    LIMIT 3 OFFSET 2

    SELECT hero.home_id, hero.id, hero.name, hero.secret_name, hero.age, hero.home_id
    FROM hero
    WHERE hero.home_id = $1
    ORDER BY hero.age DESC, hero.id
    LIMIT 3 OFFSET 2

    SELECT hero.home_id, hero.id, hero.name, hero.secret_name, hero.age, hero.home_id
    FROM hero
    WHERE hero.home_id = ?
    ORDER BY hero.age DESC, hero.id
    LIMIT 3 OFFSET 2
    ");
}

#[test]
fn what_is_said_of_a_relation_twice_is_said_of_one() {
    let statement = select(Team)
        .with(Team.heroes.filter(Hero.age.ge(18)).order_by(Hero.name).limit(9).with(Hero.home))
        .with(Team.heroes.filter(Hero.age.lt(60)).order_by(Hero.id).limit(3).with(Hero.teams));
    let [eager] = statement.eager() else { panic!("one relation") };
    assert_eq!(eager.nested.len(), 2);
    let rendered = select_targets(Dialect::Sqlite, eager, &[], &[RowKey::One(Value::Int(1))]);
    insta::assert_snapshot!(rendered.unwrap().sql, @r"
    SELECT hero.home_id, hero.id, hero.name, hero.secret_name, hero.age, hero.home_id
    FROM hero
    WHERE hero.home_id = ? AND hero.age >= ? AND hero.age < ?
    ORDER BY hero.name, hero.id, hero.id
    LIMIT 3
    ");
}

#[test]
fn deep_nests_are_refused() {
    let mut deep = Person.reports.with(Person.reports);
    for _ in 0..100_000 {
        deep = Person.reports.with(deep);
    }
    let error = deep.into_eager().check(true).unwrap_err();
    assert!(error.to_string().contains("nest more than 100 levels deep"), "{error}");
}

#[test]
fn a_joined_relation_is_read_behind_the_rest() {
    let statement = select((Hero.name, Hero))
        .filter(Hero.age.gt(18))
        .order_by(Hero.name)
        .limit(2)
        .with(Hero.home.joined());
    let texts = ALL.map(|dialect| statement.clone().into_query().render(dialect).unwrap().sql);
    assert_eq!(texts[0].replace('?', "$1"), texts[1]);
    assert_eq!(texts[0], texts[2]);
    insta::assert_snapshot!(texts[0], @r"
    SELECT hero.name, hero.id, hero.name, hero.secret_name, hero.age, hero.home_id, team_1.id, team_1.name, team_1.motto
    FROM hero LEFT JOIN team AS team_1 ON hero.home_id = team_1.id
    WHERE hero.age > ?
    ORDER BY hero.name
    LIMIT 2
    ");
    let boss = Person.alias("boss");
    let statement =
        select(&boss).with(boss.boss.joined()).join(boss.boss.to(&Person.alias("person_1")));
    insta::assert_snapshot!(statement.into_query().render(Dialect::Sqlite).unwrap().sql, @r"
    SELECT boss.id, boss.name, boss.boss_id, person_2.id, person_2.name, person_2.boss_id
    FROM person AS boss JOIN person AS person_1 ON boss.boss_id = person_1.id LEFT JOIN person AS person_2 ON boss.boss_id = person_2.id
    ");
    let visits = select(Visit).with(Visit.site.joined());
    insta::assert_snapshot!(visits.clone().into_query().render(Dialect::Sqlite).unwrap().sql, @r"
    SELECT visit.id, visit.country, visit.number, site_1.country, site_1.number
    FROM visit LEFT JOIN site AS site_1 ON visit.country = site_1.country AND visit.number = site_1.number
    ");
    // as a subquery it is its rows only
    let inside = select(Visit.id).filter(visits.exists()).into_query();
    assert!(!inside.render(Dialect::Sqlite).unwrap().sql.contains("JOIN"));
}
