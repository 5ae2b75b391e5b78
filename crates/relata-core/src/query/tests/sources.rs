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

#[test]
fn a_cte_stands_in_front_once() {
    let grown = select((Hero.id, Hero.age)).filter(Hero.age.ge(18)).cte("grown");
    let ids = || select(grown.0).select_from(&grown);
    let (old, far) = (Hero.age.gt(60), grown.alias("far"));
    let read = select(Hero.name)
        .filter(old & Hero.id.is_in(ids()))
        .filter(Hero.home_id.not_in(select(Team.id).filter(ids().filter(grown.1.lt(20)).exists())))
        .join(far.on(far.0.eq(Hero.id)));
    let text = |dialect| sql::read(&read.clone().into_ast(), dialect).unwrap();
    let (sqlite, postgres) = (text(Dialect::Sqlite), text(Dialect::Postgres));
    insta::assert_snapshot!(postgres.sql, @r"
    WITH grown AS (SELECT hero.id, hero.age
    FROM hero
    WHERE hero.age >= $1)
    SELECT hero.name
    FROM hero JOIN grown AS far ON far.id = hero.id
    WHERE hero.age > $2 AND hero.id IN (SELECT grown.id
    FROM grown) AND hero.home_id NOT IN (SELECT team.id
    FROM team
    WHERE EXISTS (SELECT grown.id
    FROM grown
    WHERE grown.age < CAST($3 AS BIGINT)))
    ");
    assert_eq!(sqlite.params, [18, 60, 20].map(Value::Int));
    // MariaDB keeps the rows of a recursive one only
    let mysql = text(Dialect::MySql).sql;
    insta::assert_snapshot!(mysql.split_once("\nSELECT hero.name").unwrap().0, @"
    WITH RECURSIVE grown AS (SELECT hero.id, hero.age
    FROM hero
    WHERE hero.age >= ?
    UNION ALL
    SELECT * FROM grown WHERE FALSE)
    ");
    assert_eq!(postgres.params, sqlite.params);
    let counted = |ast: &ReadAst| sql::count(ast, Dialect::Sqlite).unwrap();
    let plain = counted(&read.clone().into_ast());
    assert!(
        plain.sql.starts_with("WITH grown AS MATERIALIZED (")
            && plain.sql.contains(")\nSELECT count(*)\nFROM hero JOIN"),
        "{}",
        plain.sql
    );
    assert_eq!(plain.params, sqlite.params);
}

#[test]
fn a_cte_stands_behind_those_that_it_reads() {
    let name = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
    let first = select(Hero.id).cte("first");
    let last = name.iter().fold(first, |before, name| {
        let again = before.alias("again");
        select(*before).select_from(&before).join(again.on(again.eq(*before))).cte(name)
    });
    let both =
        select(*last).select_from(&last).union_all(select(*last).select_from(&last).limit(1));
    let text = format!("{:?}", both.into_ast());
    assert_eq!(text.matches(" AS MATERIALIZED (SELECT ").count(), 11);
    let (front, rest) = text.split_at(text.find(",\nc AS").unwrap());
    insta::assert_snapshot!(front, @r"
    WITH first AS MATERIALIZED (SELECT hero.id
    FROM hero),
    a AS MATERIALIZED (SELECT first.id AS id
    FROM first JOIN first AS again ON again.id = first.id),
    b AS MATERIALIZED (SELECT a.id AS id
    FROM a JOIN a AS again ON again.id = a.id)
    ");
    insta::assert_snapshot!(rest.split_once("\nj AS MATERIALIZED ").unwrap().1, @r"
    (SELECT i.id AS id
    FROM i JOIN i AS again ON again.id = i.id)
    SELECT j.id
    FROM j
    UNION ALL
    SELECT * FROM (SELECT j.id AS id
    FROM j
    LIMIT 1) AS part
    ");
}

#[test]
fn a_recursive_step_reads_other_ctes() {
    let teams = select((Team.id, Team.name)).filter(Team.motto.is_null()).cte("teams");
    let tree = select(Hero.home_id).recursive("tree", |tree| {
        select(Hero.home_id)
            .join(tree.on(Hero.home_id.gt(**tree)))
            .join(teams.on(teams.0.eq(Hero.home_id)))
    });
    let read = select((*tree, teams.1)).select_from(&tree).join(teams.on(teams.0.eq(*tree)));
    insta::assert_snapshot!(format!("{read:?}"), @r"
    WITH RECURSIVE teams AS MATERIALIZED (SELECT team.id, team.name
    FROM team
    WHERE team.motto IS NULL),
    tree AS (SELECT hero.home_id
    FROM hero
    UNION
    SELECT hero.home_id
    FROM hero JOIN tree ON hero.home_id > tree.home_id JOIN teams ON teams.id = hero.home_id)
    SELECT tree.home_id, teams.name
    FROM tree JOIN teams ON teams.id = tree.home_id
    ");
}

#[test]
fn ctes_have_names_of_their_own() {
    let (heroes, teams) = (select(Hero.name).cte("x"), select(Team.name).cte("x").alias("y"));
    let both = select((*heroes, *teams)).select_from((&heroes, &teams));
    insta::assert_snapshot!(message(both), @"the statement reads two CTEs called `x`; build one and use it wherever it is read, or give one another name");
    let inside = select(*teams).select_from(&teams);
    insta::assert_snapshot!(
        message(select(*heroes).select_from(&heroes).filter(heroes.is_in(inside))),
        @"the statement reads two CTEs called `x`; build one and use it wherever it is read, or give one another name"
    );
    let hero = select(Hero).filter(Hero.age.gt(1)).cte("hero");
    insta::assert_snapshot!(message(select(&hero)), @"a CTE has the name of the table `hero`, which the statement reads too; give it another one");
    let named = select(Team.name).cte("Hero");
    let read = select(Hero.name).filter(Hero.name.is_in(select(*named).select_from(&named)));
    insta::assert_snapshot!(message(read), @"a CTE has the name of the table `hero`, which the statement reads too; give it another one");
}

#[test]
fn only_its_own_step_reads_the_rows_found_so_far() {
    let mut kept = None;
    let tree = select(Hero.home_id).recursive("tree", |tree| {
        kept = Some(tree.alias("tree"));
        select(Hero.home_id).join(tree.on(Hero.home_id.gt(**tree)))
    });
    let kept = kept.unwrap();
    insta::assert_snapshot!(message(select(*kept).select_from(&kept)), @"`tree` is read outside of its step with the handle that the step was given; read what `recursive` returned");
    assert!(
        format!("{:?}", select(*tree).select_from(&tree)).starts_with("WITH RECURSIVE tree AS (")
    );
    let tree = select(Hero.home_id).recursive("tree", |tree| {
        let inner = select(**tree).select_from(tree).cte("inner");
        select(Hero.home_id).join(inner.on(Hero.home_id.gt(*inner)))
    });
    insta::assert_snapshot!(message(select(*tree).select_from(&tree)), @"the CTE `inner` reads `tree`, in whose step it stands; make it a `subquery`, or a part of the step");
}

#[test]
fn several_statements_are_ordered_by_what_the_first_selects() {
    let pairs = || select((Hero.name, Team.name)).join(Hero.home);
    let united = pairs().union(pairs()).order_by((Team.name.desc().nulls_last(), Hero.name));
    let text = |dialect| sql::read(&united.clone().into_ast(), dialect).unwrap().sql;
    insta::assert_snapshot!(text(Dialect::Sqlite), @r"
    SELECT hero.name, team.name
    FROM hero JOIN team ON hero.home_id = team.id
    UNION
    SELECT hero.name, team.name
    FROM hero JOIN team ON hero.home_id = team.id
    ORDER BY 2 DESC NULLS LAST, 1
    ");
    insta::assert_snapshot!(text(Dialect::MySql), @r"
    SELECT hero.name, team.name AS name_2
    FROM hero JOIN team ON hero.home_id = team.id
    UNION
    SELECT hero.name, team.name
    FROM hero JOIN team ON hero.home_id = team.id
    ORDER BY name_2 IS NULL, 2 DESC, 1
    ");
    let unselected = select(Hero.name).union(select(Team.name)).order_by(Hero.age);
    insta::assert_snapshot!(format!("{:?}", unselected.into_ast()), @"several statements as one are ordered by what the first of them selects; select it there");
}

#[test]
fn names_are_found_once_however_deep() {
    let one = || value(1_i64).label("n");
    let first = select((one(), one(), one(), one())).subquery("s");
    let last = (0..40).fold(first, |before, _| {
        select((before.0, before.1, before.2, before.3)).select_from(&before).subquery("s")
    });
    let text = format!("{:?}", select(&last));
    assert!(
        text.starts_with("SELECT s.n, s.n_2, s.n_3, s.n_4\nFROM (SELECT s.n AS n, s.n_2 AS n_2,"),
        "{text}"
    );
    assert_eq!(text.matches("s.n_4").count(), 41);
    let capitals = select((Hero.name, Hero.age.label("Name"))).subquery("s");
    insta::assert_snapshot!(format!("{:?}", select(capitals.1).select_from(&capitals)), @r#"
    SELECT s."Name_2"
    FROM (SELECT hero.name, hero.age AS "Name_2"
    FROM hero) AS s
    "#);
}

#[test]
fn each_model_of_a_subquery_has_its_own_columns() {
    let pairs = select((Team, Hero)).join(Team.heroes).subquery("pairs");
    let read = select((pairs.1.name, pairs.0.name))
        .select_from(&pairs)
        .join(pairs.1.teams)
        .filter(pairs.1.age.gt(1));
    insta::assert_snapshot!(format!("{read:?}"), @r"
    SELECT pairs.name_2, pairs.name
    FROM (SELECT team.id, team.name, team.motto, hero.id AS id_2, hero.name AS name_2, hero.secret_name, hero.age, hero.home_id
    FROM team JOIN hero ON team.id = hero.home_id) AS pairs JOIN heroteamlink ON pairs.id_2 = heroteamlink.hero_id JOIN team ON heroteamlink.team_id = team.id
    WHERE pairs.age > ?
    ");
    let again = select((&pairs, pairs.1.name)).subquery("again");
    let outer = select((again.1, again.0.1.age)).select_from(&again).order_by(again.0.1.name);
    insta::assert_snapshot!(format!("{outer:?}"), @r"
    SELECT again.name_2_2, again.age
    FROM (SELECT pairs.id, pairs.name, pairs.motto, pairs.id_2, pairs.name_2, pairs.secret_name, pairs.age, pairs.home_id, pairs.name_2 AS name_2_2
    FROM (SELECT team.id, team.name, team.motto, hero.id AS id_2, hero.name AS name_2, hero.secret_name, hero.age, hero.home_id
    FROM team JOIN hero ON team.id = hero.home_id) AS pairs) AS again
    ORDER BY again.name_2
    ");
    let boss = Hero.alias("boss");
    let twice = select((Hero, &boss)).join(boss.on(boss.age.gt(Hero.age))).subquery("twice");
    insta::assert_snapshot!(message(select(twice.1.name).select_from(&twice)), @"`twice` has all columns of `hero` twice, which nothing tells apart; select them one by one, as in `(Model.id, other.id)`");
}
