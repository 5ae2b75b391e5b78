//! What is written twice and has to be seen as one by servers.

use super::{
    super::fixture::{Hero, Team},
    *,
};

fn text(query: impl Reads, dialect: Dialect) -> String {
    sql::read(&query.into_ast(), dialect).unwrap().sql
}

#[test]
fn what_rows_are_grouped_by() {
    let kind = || case().when(Hero.age.lt(-5), "young").otherwise("it's old");
    let kinds = select((kind().label("kind"), count(kind()), upper(kind())))
        .filter(Hero.age.ne(-5))
        .group_by(kind())
        .having(kind().ne("x") & count_rows().gt(1))
        .order_by(kind());
    insta::assert_snapshot!(text(kinds.clone(), Dialect::Sqlite), @"
    SELECT CASE WHEN hero.age < ? THEN ? ELSE ? END AS kind, count(CASE WHEN hero.age < ? THEN ? ELSE ? END), upper(CASE WHEN hero.age < ? THEN ? ELSE ? END)
    FROM hero
    WHERE hero.age != ?
    GROUP BY CASE WHEN hero.age < ? THEN ? ELSE ? END
    HAVING CASE WHEN hero.age < ? THEN ? ELSE ? END != ? AND count(*) > ?
    ORDER BY CASE WHEN hero.age < ? THEN ? ELSE ? END
    ");
    insta::assert_snapshot!(text(kinds.clone(), Dialect::Postgres), @"
    SELECT CASE WHEN hero.age < $1 THEN $2 ELSE $3 END AS kind, count(CASE WHEN hero.age < $4 THEN $5 ELSE $6 END), upper(CASE WHEN hero.age < $1 THEN $2 ELSE $3 END)
    FROM hero
    WHERE hero.age != $7
    GROUP BY CASE WHEN hero.age < $1 THEN $2 ELSE $3 END
    HAVING CASE WHEN hero.age < $1 THEN $2 ELSE $3 END != $8 AND count(*) > CAST($9 AS BIGINT)
    ORDER BY CASE WHEN hero.age < $1 THEN $2 ELSE $3 END
    ");
    insta::assert_snapshot!(text(kinds.clone(), Dialect::MySql), @"
    SELECT CASE WHEN hero.age < (-5) THEN 'young' ELSE _utf8mb4 X'69742773206F6C64' END AS kind, count(CASE WHEN hero.age < ? THEN ? ELSE ? END), upper(CASE WHEN hero.age < (-5) THEN 'young' ELSE _utf8mb4 X'69742773206F6C64' END)
    FROM hero
    WHERE hero.age != ?
    GROUP BY CASE WHEN hero.age < (-5) THEN 'young' ELSE _utf8mb4 X'69742773206F6C64' END
    HAVING min(CASE WHEN hero.age < (-5) THEN 'young' ELSE _utf8mb4 X'69742773206F6C64' END) != ? AND count(*) > CAST(? AS SIGNED)
    ORDER BY CASE WHEN hero.age < (-5) THEN 'young' ELSE _utf8mb4 X'69742773206F6C64' END
    ");
    assert_eq!(sql::read(&kinds.into_ast(), Dialect::Postgres).unwrap().params.len(), 9);
}

#[test]
fn what_each_row_once_is_ordered_by() {
    let next = || Hero.age + 1;
    let once = select(next()).distinct().order_by(next().desc());
    insta::assert_snapshot!(text(once, Dialect::Postgres), @"
    SELECT DISTINCT hero.age + $1
    FROM hero
    ORDER BY hero.age + $1 DESC
    ");
    let again = select(next()).order_by(next().desc());
    insta::assert_snapshot!(text(again, Dialect::Postgres), @"
    SELECT hero.age + $1
    FROM hero
    ORDER BY hero.age + $2 DESC
    ");
}

#[test]
fn a_subquery_has_its_own() {
    let older = || Hero.age + 1;
    let same = select(count_rows()).select_from(Hero).filter(older().gt(3)).scalar();
    let query = select((older(), same)).group_by(older());
    insta::assert_snapshot!(text(query, Dialect::Postgres), @"
    SELECT hero.age + $1, (SELECT count(*)
    FROM hero
    WHERE hero.age + $2 > CAST($3 AS BIGINT))
    FROM hero
    GROUP BY hero.age + $1
    ");
}

#[test]
fn a_relation_has_rows_of_its_own() {
    let bob = || Team.heroes.any(Hero.name.eq("Bob"));
    let grouped = select((Hero.name, count_rows())).join(Hero.home).filter(bob());
    insta::assert_snapshot!(text(grouped.group_by(Hero.name), Dialect::Postgres), @"
    SELECT hero.name, count(*)
    FROM hero JOIN team ON hero.home_id = team.id
    WHERE EXISTS (SELECT 1
    FROM hero AS hero_1
    WHERE hero_1.home_id = team.id AND hero_1.name = $1)
    GROUP BY hero.name
    ");
    let once = select(Hero.name).join(Hero.home).filter(bob()).distinct().order_by(Hero.name);
    insta::assert_snapshot!(text(once, Dialect::Postgres), @"
    SELECT DISTINCT hero.name
    FROM hero JOIN team ON hero.home_id = team.id
    WHERE EXISTS (SELECT 1
    FROM hero AS hero_1
    WHERE hero_1.home_id = team.id AND hero_1.name = $1)
    ORDER BY hero.name
    ");
    let having = select((lower(Hero.name), count_rows())).join(Hero.home);
    let having = having
        .group_by((lower(Hero.name), Team.id))
        .having(Team.heroes.any(lower(Hero.name).eq("bob")));
    insta::assert_snapshot!(text(having.clone(), Dialect::MySql), @"
    SELECT lower(hero.name), count(*)
    FROM hero JOIN team ON hero.home_id = team.id
    GROUP BY lower(hero.name), team.id
    HAVING EXISTS (SELECT 1
    FROM hero AS hero_1
    WHERE hero_1.home_id = team.id AND lower(hero_1.name) = ?)
    ");
    insta::assert_snapshot!(text(having, Dialect::Sqlite), @"
    SELECT lower(hero.name), count(*)
    FROM hero JOIN team ON hero.home_id = team.id
    GROUP BY lower(hero.name), team.id
    HAVING EXISTS (SELECT 1
    FROM hero AS hero_1
    WHERE hero_1.home_id = team.id AND lower(hero_1.name) = ?)
    ");
    let asked = case().when(Team.heroes.any(Hero.age.gt(40)), 1).otherwise(0);
    let by_answer = select((asked.clone(), count_rows())).select_from(Team).group_by(asked);
    insta::assert_snapshot!(text(by_answer, Dialect::MySql), @"
    SELECT CASE WHEN EXISTS (SELECT 1
    FROM hero
    WHERE hero.home_id = team.id AND hero.age > 40) THEN 1 ELSE 0 END, count(*)
    FROM team
    GROUP BY CASE WHEN EXISTS (SELECT 1
    FROM hero
    WHERE hero.home_id = team.id AND hero.age > 40) THEN 1 ELSE 0 END
    ");
}

#[test]
fn a_window_sees_what_rows_are_grouped_to() {
    let kind = || case().when(Hero.age.lt(18), "young").otherwise("old");
    let running = sum(count_rows()).over(window().order_by(kind()));
    let query = select((kind(), running)).group_by(kind());
    insta::assert_snapshot!(text(query.clone(), Dialect::Postgres), @"
    SELECT CASE WHEN hero.age < $1 THEN $2 ELSE $3 END, CAST(sum(count(*)) OVER (ORDER BY CASE WHEN hero.age < $1 THEN $2 ELSE $3 END) AS BIGINT)
    FROM hero
    GROUP BY CASE WHEN hero.age < $1 THEN $2 ELSE $3 END
    ");
    insta::assert_snapshot!(text(query, Dialect::MySql), @"
    SELECT CASE WHEN hero.age < 18 THEN 'young' ELSE 'old' END, (sum(count(*)) OVER (ORDER BY CASE WHEN hero.age < 18 THEN 'young' ELSE 'old' END) DIV 1)
    FROM hero
    GROUP BY CASE WHEN hero.age < 18 THEN 'young' ELSE 'old' END
    ");
}

#[test]
fn no_aggregate_stands_in_another() {
    let high = || upper(lower(Hero.name));
    let query = select(count_rows()).select_from(Hero);
    let query = query.group_by((high(), lower(Hero.name))).having(high().eq("X"));
    insta::assert_snapshot!(text(query, Dialect::MySql), @"
    SELECT count(*)
    FROM hero
    GROUP BY upper(lower(hero.name)), lower(hero.name)
    HAVING min(upper(lower(hero.name))) = ?
    ");
}

#[test]
fn values_of_each_type_are_written_alike() {
    use super::super::fixture::{Badge, Mission, Rank};
    let kind = |condition: Predicate| case().when(condition, 1).otherwise(0);
    let grouped = |condition: Predicate| {
        let query = select(count_rows()).select_from((Mission, Badge));
        let sql = text(query.group_by(kind(condition)), Dialect::MySql);
        let by = sql.split_once("WHEN ").unwrap().1;
        by.split_once(" THEN 1 ELSE 0 END").unwrap().0.to_owned()
    };
    let time: chrono::NaiveDateTime = "2030-01-31T12:13:14.567891234".parse().unwrap();
    assert_eq!(grouped(Mission.cost.gt(1.5)), "mission.cost > 1.5e0");
    assert_eq!(grouped(Mission.cost.gt(-1e300)), "mission.cost > (-1e300)");
    assert_eq!(
        grouped(Mission.budget.gt(rust_decimal::Decimal::new(150, 2))),
        "mission.budget > CAST('1.50' AS DECIMAL(57, 2))"
    );
    assert_eq!(grouped(Mission.day.gt(time.date())), "mission.day > DATE'2030-01-31'");
    assert_eq!(grouped(Mission.time.gt(time.time())), "mission.time > TIME'12:13:14.567891'");
    assert_eq!(
        grouped(Mission.starts.gt(time.and_utc())),
        "mission.starts > TIMESTAMP'2030-01-31 12:13:14.567891'"
    );
    assert_eq!(
        grouped(Mission.ends.gt(time)),
        "mission.ends > TIMESTAMP'2030-01-31 12:13:14.567891'"
    );
    assert_eq!(grouped(Badge.rank.eq(Rank::Lead)), "badge.`rank` = _utf8mb4 X'69742773'");
    assert_eq!(grouped(value(true).eq(false)), "TRUE = FALSE");
    let code = uuid::Uuid::from_u128(1);
    assert_eq!(grouped(value(code).eq(code)).len(), 2 * 34 + 3);
}

#[test]
fn a_value_alone_is_no_place_of_a_column() {
    let query = || select((Hero.name, value(1))).select_from(Hero);
    let grouped = query().group_by((Hero.name, value(1)));
    insta::assert_snapshot!(text(grouped, Dialect::MySql), @"
    SELECT hero.name, 1
    FROM hero
    GROUP BY hero.name, NULL
    ");
    let ordered = query().distinct().order_by((value(2).desc(), Hero.name));
    insta::assert_snapshot!(text(ordered, Dialect::MySql), @"
    SELECT DISTINCT hero.name, CAST(? AS SIGNED)
    FROM hero
    ORDER BY NULL DESC, hero.name
    ");
}
