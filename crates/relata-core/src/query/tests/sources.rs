//! What statements read, and under which names.

use super::*;
use crate::query::fixture::Person;

#[track_caller]
fn message<S: Subselect>(statement: Select<S>) -> String {
    let (kind, message) = fault(&statement);
    assert_eq!(kind, ErrorKind::InvalidStatement);
    message
}

#[test]
fn a_join_needs_something_before_it() {
    insta::assert_snapshot!(
        message(select(Team).join(Team.on(Team.name.eq("x")))),
        @"`team` is joined, but nothing is read before it; add `.select_from(…)` or use `filter`"
    );
    insta::assert_snapshot!(
        message(select(count_rows()).left_join(Hero.on(Hero.age.gt(1)))),
        @"`hero` is joined, but nothing is read before it; add `.select_from(…)` or use `filter`"
    );
    let home = || Hero.home_id.eq(Team.id);
    let both = select((Hero, Team)).join(Hero.on(Hero.age.gt(1))).join(Team.on(home()));
    insta::assert_snapshot!(
        message(both),
        @"`hero` is joined, but nothing is read before it; add `.select_from(…)` or use `filter`"
    );
    let read = select(count_rows()).select_from(Hero).join(Team.on(home()));
    insta::assert_snapshot!(format!("{read:?}"), @r"
    SELECT count(*)
    FROM hero JOIN team ON hero.home_id = team.id
    ");
}

#[test]
fn one_name_is_of_one_thing() {
    let read_twice = |name: &str| {
        format!(
            "the statement reads `{name}` twice under one name; give it another one, as in `let other = Model.alias(\"other\")`, and read `&other`"
        )
    };
    let (hero, team) = (Hero.alias("x"), Team.alias("x"));
    assert_eq!(message(select((&hero, &team))), read_twice("x"));
    assert_eq!(message(select(&hero).join(team.on(team.id.eq(hero.home_id)))), read_twice("x"));
    assert_eq!(message(select((&hero, &Team.alias("X")))), read_twice("X"));
    let subquery = select((Team.id, Team.name)).subquery("hero");
    assert_eq!(message(select((Hero, &subquery))), read_twice("hero"));
    assert_eq!(
        message(select(Hero).join(subquery.on(Hero.home_id.eq(subquery.0)))),
        read_twice("hero")
    );
    let built = || select(Hero).subquery("built");
    assert_eq!(message(select((&built(), &built()))), read_twice("built"));
    let built = built();
    insta::assert_snapshot!(
        format!("{:?}", select((&built.alias("other"), built.name)).join(built.on(built.age.gt(1)))),
        @r"
    SELECT other.id, other.name, other.secret_name, other.age, other.home_id, built.name
    FROM (SELECT hero.id, hero.name, hero.secret_name, hero.age, hero.home_id
    FROM hero) AS other JOIN (SELECT hero.id, hero.name, hero.secret_name, hero.age, hero.home_id
    FROM hero) AS built ON built.age > ?
    "
    );
}

#[test]
fn a_name_inside_does_not_hide_one_outside() {
    let message_of = |name: &str| {
        format!(
            "a column of `{name}` is used inside of a subquery that reads another `{name}`; give one of them another name"
        )
    };
    let (boss, inner) = (Person.alias("boss"), Team.alias("boss"));
    let same_name = select(inner.id).filter(inner.name.eq(boss.name));
    assert_eq!(
        message(select(&boss).filter(same_name.select_from(&inner).exists())),
        message_of("boss")
    );

    let pairs = select((Hero.id, Hero.name)).subquery("pairs");
    let inner = Team.alias("pairs");
    let same_name = select(inner.id).select_from(&inner).filter(inner.name.eq(pairs.1));
    assert_eq!(message(select(&pairs).filter(same_name.exists())), message_of("pairs"));

    let (boss, team) = (Person.alias("boss"), Team.alias("team_of"));
    let same_name = select(team.id).select_from(&team).filter(team.name.eq(boss.name));
    insta::assert_snapshot!(format!("{:?}", select(boss.id).select_from(&boss).filter(same_name.exists())), @r"
    SELECT boss.id
    FROM person AS boss
    WHERE EXISTS (SELECT team_of.id
    FROM team AS team_of
    WHERE team_of.name = boss.name)
    ");
}
