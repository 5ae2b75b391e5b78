//! What questions about relations say in SQL.

use super::*;
use crate::{
    ErrorKind, Id,
    entity::Tracked,
    query::{
        Expression, Reads, Select, Subselect, count,
        fixture::{Hero, HeroTeamLink, Person, Site, Team, Visit},
        select,
    },
    sql::{self, Dialect, Rendered},
    value::Value,
};

fn render<S: Subselect>(statement: Select<S>, dialect: Dialect) -> Rendered {
    sql::read(&statement.into_ast(), dialect).unwrap()
}

/// The text; for each dialect, where they differ by more than placeholders.
fn text<S: Subselect>(statement: Select<S>) -> String {
    let texts = [Dialect::Sqlite, Dialect::Postgres, Dialect::MySql].map(|dialect| {
        let mut sql = render(statement.clone(), dialect).sql;
        (1..9).for_each(|at| sql = sql.replace(&format!("${at}"), "?"));
        sql
    });
    let same = texts.iter().all(|text| *text == texts[0]);
    if same { texts[0].clone() } else { texts.join("\n\n") }
}

fn heroes(condition: Predicate) -> String {
    text(select(Hero.id).filter(condition))
}

fn people(condition: Predicate) -> String {
    text(select(Person.id).filter(condition))
}

fn fault<S: Subselect>(statement: Select<S>) -> (ErrorKind, String) {
    let error = sql::read(&statement.into_ast(), Dialect::Sqlite).unwrap_err();
    (error.kind(), error.to_string())
}

#[test]
fn any_through_a_link_and_by_a_key() {
    insta::assert_snapshot!(heroes(Hero.teams.any(Team.name.eq("Z-Force"))), @r"
    SELECT hero.id
    FROM hero
    WHERE EXISTS (SELECT 1
    FROM heroteamlink JOIN team ON team.id = heroteamlink.team_id
    WHERE heroteamlink.hero_id = hero.id AND team.name = ?)
    ");
    insta::assert_snapshot!(text(select(Team.id).filter(!Team.heroes.any(Hero.age.ge(18) | Hero.age.is_null()))), @r"
    SELECT team.id
    FROM team
    WHERE NOT EXISTS (SELECT 1
    FROM hero
    WHERE hero.home_id = team.id AND (hero.age >= ? OR hero.age IS NULL))
    ");
    insta::assert_snapshot!(heroes(Hero.home.has(Team.name.eq("Z-Force"))), @r"
    SELECT hero.id
    FROM hero
    WHERE EXISTS (SELECT 1
    FROM team
    WHERE team.id = hero.home_id AND team.name = ?)
    ");
    insta::assert_snapshot!(heroes(Hero.teams.any(HeroTeamLink.team_id.gt(3))), @r"
    SELECT hero.id
    FROM hero
    WHERE EXISTS (SELECT 1
    FROM heroteamlink JOIN team ON team.id = heroteamlink.team_id
    WHERE heroteamlink.hero_id = hero.id AND heroteamlink.team_id > ?)
    ");
}

#[test]
fn conditions_nest() {
    let statement =
        select(Team.id).filter(Team.heroes.any(Hero.teams.any(Team.name.eq("Z-Force"))));
    insta::assert_snapshot!(text(statement), @r"
    SELECT team.id
    FROM team
    WHERE EXISTS (SELECT 1
    FROM hero
    WHERE hero.home_id = team.id AND EXISTS (SELECT 1
    FROM heroteamlink JOIN team AS team_1 ON team_1.id = heroteamlink.team_id
    WHERE heroteamlink.hero_id = hero.id AND team_1.name = ?))
    ");
}

#[test]
fn the_inner_row_is_meant_where_a_model_leads_to_itself() {
    insta::assert_snapshot!(people(Person.reports.any(Person.name.eq("Ann"))), @r"
    SELECT person.id
    FROM person
    WHERE EXISTS (SELECT 1
    FROM person AS person_1
    WHERE person_1.boss_id = person.id AND person_1.name = ?)
    ");
    insta::assert_snapshot!(people(Person.boss.has(Person.boss.has(Person.name.eq("Ann")))), @r"
    SELECT person.id
    FROM person
    WHERE EXISTS (SELECT 1
    FROM person AS person_1
    WHERE person_1.id = person.boss_id AND EXISTS (SELECT 1
    FROM person AS person_2
    WHERE person_2.id = person_1.boss_id AND person_2.name = ?))
    ");
    insta::assert_snapshot!(people(Person.friends.any(Person.friends.any(Person.name.eq("Ann")))), @r"
    SELECT person.id
    FROM person
    WHERE EXISTS (SELECT 1
    FROM friendship JOIN person AS person_1 ON person_1.id = friendship.friend_id
    WHERE friendship.person_id = person.id AND EXISTS (SELECT 1
    FROM friendship AS friendship_1 JOIN person AS person_2 ON person_2.id = friendship_1.friend_id
    WHERE friendship_1.person_id = person_1.id AND person_2.name = ?))
    ");
}

#[test]
fn an_alias_asks_for_itself() {
    let boss = Person.alias("boss");
    let same = boss.reports.any(Person.name.eq(boss.name));
    insta::assert_snapshot!(text(select(boss.id).select_from(&boss).filter(same)), @r"
    SELECT boss.id
    FROM person AS boss
    WHERE EXISTS (SELECT 1
    FROM person
    WHERE person.boss_id = boss.id AND person.name = boss.name)
    ");
    // a name that is taken is passed over
    let taken = Person.alias("person_1");
    let both = select((Person.id, taken.id))
        .select_from((Person, &taken))
        .filter(Person.reports.any(Person.name.eq(taken.name)));
    insta::assert_snapshot!(text(both), @r"
    SELECT person.id, person_1.id
    FROM person, person AS person_1
    WHERE EXISTS (SELECT 1
    FROM person AS person_2
    WHERE person_2.boss_id = person.id AND person_2.name = person_1.name)
    ");
}

#[test]
fn a_row_is_among_the_related_ones() {
    let team = Id::<Team>::given(5);
    insta::assert_snapshot!(heroes(Hero.teams.contains(&team)), @r"
    SELECT hero.id
    FROM hero
    WHERE EXISTS (SELECT 1
    FROM heroteamlink
    WHERE heroteamlink.hero_id = hero.id AND heroteamlink.team_id = ?)
    ");
    insta::assert_snapshot!(text(select(Team.id).filter(!Team.heroes.contains(7))), @r"
    SELECT team.id
    FROM team
    WHERE NOT EXISTS (SELECT 1
    FROM hero
    WHERE hero.home_id = team.id AND hero.id = ?)
    ");
    let tracked = Tracked::loaded(Team { id: team, name: "Z-Force".into(), motto: None });
    let rendered = render(select(Hero.id).filter(Hero.teams.contains(&tracked)), Dialect::Sqlite);
    assert_eq!(rendered.params, [Value::Int(5)]);
}

#[test]
fn a_row_is_the_related_one() {
    insta::assert_snapshot!(heroes(Hero.home.is(5)), @r"
    SELECT hero.id
    FROM hero
    WHERE hero.home_id = ?
    ");
    insta::assert_snapshot!(heroes(!Hero.home.is(5)), @r"
    SELECT hero.id
    FROM hero
    WHERE hero.home_id IS NOT ?

    SELECT hero.id
    FROM hero
    WHERE hero.home_id IS DISTINCT FROM ?

    SELECT hero.id
    FROM hero
    WHERE NOT (hero.home_id <=> ?)
    ");
    assert_eq!(heroes(Hero.home.eq(5)), heroes(Hero.home.is(5)));
    assert_eq!(heroes(Hero.home.ne(5)), heroes(!Hero.home.is(5)));
    let visits = |condition| text(select(Visit.id).filter(condition));
    insta::assert_snapshot!(visits(Visit.site.is(("FR".to_owned(), 1))), @r"
    SELECT visit.id
    FROM visit
    WHERE (visit.country = ? AND visit.number = ?)
    ");
    insta::assert_snapshot!(visits(!Visit.site.is(("FR".to_owned(), 1)) & Visit.id.gt(3)), @r"
    SELECT visit.id
    FROM visit
    WHERE (visit.country IS NOT ? OR visit.number IS NOT ?) AND visit.id > ?

    SELECT visit.id
    FROM visit
    WHERE (visit.country IS DISTINCT FROM ? OR visit.number IS DISTINCT FROM ?) AND visit.id > ?

    SELECT visit.id
    FROM visit
    WHERE (NOT (visit.country <=> ?) OR NOT (visit.number <=> ?)) AND visit.id > ?
    ");
}

#[test]
fn whether_there_is_any() {
    insta::assert_snapshot!(heroes(Hero.teams.exists() & Hero.home.is_empty()), @r"
    SELECT hero.id
    FROM hero
    WHERE EXISTS (SELECT 1
    FROM heroteamlink
    WHERE heroteamlink.hero_id = hero.id) AND hero.home_id IS NULL
    ");
    insta::assert_snapshot!(text(select(Site.number).filter(Site.visits.is_empty())), @r"
    SELECT site.number
    FROM site
    WHERE NOT EXISTS (SELECT 1
    FROM visit
    WHERE visit.country = site.country AND visit.number = site.number)
    ");
    insta::assert_snapshot!(text(select(Visit.id).filter(Visit.site.is_empty())), @r"
    SELECT visit.id
    FROM visit
    WHERE (visit.country IS NULL OR visit.number IS NULL)
    ");
}

#[test]
fn some_of_the_related_rows_are_counted() {
    let named = Hero
        .teams
        .count_where(Team.name.eq("Z") & Team.heroes.count_where(Hero.name.eq("A")).gt(1));
    insta::assert_snapshot!(text(select(named)), @r"
    SELECT (SELECT count(*)
    FROM heroteamlink JOIN team ON team.id = heroteamlink.team_id
    WHERE heroteamlink.hero_id = hero.id AND team.name = ? AND (SELECT count(*)
    FROM hero AS hero_1
    WHERE hero_1.home_id = team.id AND hero_1.name = ?) > ?)
    FROM hero

    SELECT (SELECT count(*)
    FROM heroteamlink JOIN team ON team.id = heroteamlink.team_id
    WHERE heroteamlink.hero_id = hero.id AND team.name = ? AND (SELECT count(*)
    FROM hero AS hero_1
    WHERE hero_1.home_id = team.id AND hero_1.name = ?) > CAST(? AS BIGINT))
    FROM hero

    SELECT (SELECT count(*)
    FROM heroteamlink JOIN team ON team.id = heroteamlink.team_id
    WHERE heroteamlink.hero_id = hero.id AND team.name = ? AND (SELECT count(*)
    FROM hero AS hero_1
    WHERE hero_1.home_id = team.id AND hero_1.name = ?) > CAST(? AS SIGNED))
    FROM hero
    ");
}

#[test]
fn related_rows_are_counted() {
    let counted = select((Team.name, Team.heroes.count()))
        .filter(Team.heroes.count().gt(1))
        .order_by(Team.heroes.count().desc());
    insta::assert_snapshot!(text(counted), @r"
    SELECT team.name, (SELECT count(*)
    FROM hero
    WHERE hero.home_id = team.id)
    FROM team
    WHERE (SELECT count(*)
    FROM hero
    WHERE hero.home_id = team.id) > ?
    ORDER BY (SELECT count(*)
    FROM hero
    WHERE hero.home_id = team.id) DESC

    SELECT team.name, (SELECT count(*)
    FROM hero
    WHERE hero.home_id = team.id)
    FROM team
    WHERE (SELECT count(*)
    FROM hero
    WHERE hero.home_id = team.id) > CAST(? AS BIGINT)
    ORDER BY (SELECT count(*)
    FROM hero
    WHERE hero.home_id = team.id) DESC

    SELECT team.name, (SELECT count(*)
    FROM hero
    WHERE hero.home_id = team.id)
    FROM team
    WHERE (SELECT count(*)
    FROM hero
    WHERE hero.home_id = team.id) > CAST(? AS SIGNED)
    ORDER BY (SELECT count(*)
    FROM hero
    WHERE hero.home_id = team.id) DESC
    ");
    insta::assert_snapshot!(text(select(Hero.teams.count())), @r"
    SELECT (SELECT count(*)
    FROM heroteamlink
    WHERE heroteamlink.hero_id = hero.id)
    FROM hero
    ");
    insta::assert_snapshot!(text(select(count(Person.id)).filter(Person.boss.exists())), @r"
    SELECT count(person.id)
    FROM person
    WHERE person.boss_id IS NOT NULL
    ");
}

#[test]
fn a_row_that_is_not_saved_is_told_with_its_column() {
    let unsaved = Id::<Team>::new();
    let (kind, message) = fault(select(Hero).filter(Hero.teams.contains(&unsaved)));
    assert_eq!(kind, ErrorKind::UnboundId);
    assert!(
        message.contains(
            "`heroteamlink.team_id` is compared with the id of a row that is not saved yet"
        ),
        "{message}"
    );
    assert_eq!(fault(select(Hero).filter(!Hero.home.is(&unsaved))).0, ErrorKind::UnboundId);

    let (kind, message) = fault(select(Team).filter(Hero.teams.exists()));
    assert_eq!(kind, ErrorKind::InvalidStatement);
    assert!(
        message.contains("`hero.id` is used, but the statement reads only `team`"),
        "{message}"
    );
    // inside of the condition nothing else is read
    assert!(
        fault(select(Hero).filter(Hero.teams.any(Person.id.eq(1))))
            .1
            .contains("`person.id` is used")
    );
}

#[test]
fn a_name_inside_does_not_hide_one_that_was_given() {
    let inner = |name| {
        let inner = Person.alias(name);
        select(inner.id).select_from(&inner).filter(inner.boss_id.eq(Person.id)).exists()
    };
    let named = |name| select(Person.id).filter(Person.reports.any(inner(name)));
    let (kind, message) = fault(named("person_1"));
    assert_eq!(kind, ErrorKind::InvalidStatement);
    assert!(message.contains("`person_1` is also the name that a table around it was given"));
    insta::assert_snapshot!(text(named("person_2")), @r"
    SELECT person.id
    FROM person
    WHERE EXISTS (SELECT 1
    FROM person AS person_1
    WHERE person_1.boss_id = person.id AND EXISTS (SELECT person_2.id
    FROM person AS person_2
    WHERE person_2.boss_id = person_1.id))
    ");
}

#[test]
fn questions_nest_as_deep_as_conditions() {
    let mut condition = Person.name.eq("Ann");
    for _ in 0..300 {
        condition = Person.boss.has(condition);
    }
    assert_eq!(fault(select(Person).filter(condition)).0, ErrorKind::InvalidStatement);
}
