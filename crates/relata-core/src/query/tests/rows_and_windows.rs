//! Tuples that are compared, and functions over windows.

use super::{
    super::fixture::{Hero, Team},
    *,
};

#[test]
fn tuples_compare_part_by_part() {
    let pair = || tuple((Hero.name, Hero.age));
    assert_eq!(where_(pair().eq(("Bob", 5))), "(hero.name, hero.age) = (?, ?)");
    assert_eq!(
        where_(!pair().lt((Hero.secret_name, 5))),
        "(hero.name, hero.age) >= (hero.secret_name, ?)"
    );
    assert_eq!(where_(pair().is_in(Vec::<(String, i32)>::new())), "FALSE");
    assert_eq!(where_(pair().not_in(Vec::<(String, i32)>::new())), "TRUE");
    assert_eq!(
        where_(pair().not_in(select((Team.name, length(Team.name).cast::<i32>())))),
        "(hero.name, hero.age) NOT IN (SELECT team.name, CAST(length(team.name) AS INTEGER)\nFROM team)"
    );
    insta::assert_snapshot!(
        each(pair().is_in([("a", 1), ("b", 2)]) & pair().gt(("c", 3)) | pair().ne(("d", 4))),
        @r#"
        (hero.name, hero.age) IN (VALUES (?, ?), (?, ?)) AND (hero.name, hero.age) > (?, ?) OR (hero.name, hero.age) != (?, ?) -- ("a", 1, "b", 2, "c", 3, "d", 4)
        (hero.name, hero.age) IN (($1, CAST($2 AS BIGINT)), ($3, CAST($4 AS BIGINT))) AND (hero.name, hero.age) > ($5, CAST($6 AS BIGINT)) OR (hero.name, hero.age) != ($7, CAST($8 AS BIGINT))
        (hero.name, hero.age) IN ((?, CAST(? AS SIGNED)), (?, CAST(? AS SIGNED))) AND (hero.name > ? OR hero.name = ? AND hero.age > ?) OR (hero.name != ? OR hero.age != ?)
        "#
    );
    let many = pair().is_in((0..501).map(|age| (format!("{age}"), age)));
    let many = select(Hero.id).filter(many).into_ast();
    let rendered = [Dialect::Sqlite, Dialect::Postgres, Dialect::MySql].map(|dialect| {
        let rendered = sql::read(&many, dialect).unwrap();
        let condition = rendered.sql.split_once("WHERE ").unwrap().1.to_owned();
        (condition, rendered.params.len())
    });
    assert_eq!(
        rendered[0].0,
        "(hero.name, hero.age) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?))"
    );
    assert_eq!(
        rendered[1].0,
        "(hero.name, hero.age) IN (SELECT * FROM unnest($1::VARCHAR[], $2::INTEGER[]))"
    );
    assert_eq!(rendered.map(|(_, params)| params), [1, 2, 1002]);
    let key = tuple((Hero.age, Hero.id)).gt((30, 7));
    assert_eq!(params(key.clone()), [Value::Int(30), Value::Int(7)]);
    assert_eq!(where_(key), "(hero.age, hero.id) > (?, ?)");
}

#[test]
fn tuples_with_arrays_are_compared_apart_on_mysql() {
    use super::super::fixture::Badge;
    let pair = || tuple((Badge.id, Badge.tags));
    let rows = |count| (0..count).map(|at| (at, vec![String::from("a")])).collect::<Vec<_>>();
    let mysql = |condition: Predicate| {
        let query = select(Badge.id).filter(condition).into_ast();
        let sql = sql::read(&query, Dialect::MySql).unwrap().sql;
        sql.split_once("WHERE ").unwrap().1.to_owned()
    };
    insta::assert_snapshot!(mysql(pair().is_in(rows(2))), @"((badge.id = ? AND json_extract(badge.tags, '$') = json_extract(?, '$')) OR (badge.id = ? AND json_extract(badge.tags, '$') = json_extract(?, '$')))");
    insta::assert_snapshot!(mysql(pair().not_in(rows(2)) & pair().not_in(rows(1))), @"((badge.id != ? OR json_extract(badge.tags, '$') != json_extract(?, '$')) AND (badge.id != ? OR json_extract(badge.tags, '$') != json_extract(?, '$'))) AND (badge.id != ? OR json_extract(badge.tags, '$') != json_extract(?, '$'))");
}

#[test]
fn windows() {
    let by_team = || window().partition_by(Hero.home_id).order_by((Hero.age.desc(), Hero.id));
    let by_name = || window().order_by(Hero.name);
    let _: Sql<i64> = row_number().over(by_team());
    let _: Sql<Option<String>> = lag(Hero.name, 1).over(by_team());
    let _: Sql<String> = lag_or(Hero.name, 1, "").over(by_team());
    let _: Sql<Option<String>> = lead_or(Hero.name, 1, Team.motto).over(by_team());
    insta::assert_snapshot!(each((
        row_number().over(by_team()),
        rank().over(window().order_by(Hero.age)),
        dense_rank().over(by_name()),
        percent_rank().over(by_name()),
        cume_dist().over(by_name()),
        ntile(4).over(by_name().partition_by((Hero.name, Hero.age))),
    )), @r"
    row_number() OVER (PARTITION BY hero.home_id ORDER BY hero.age DESC, hero.id), rank() OVER (ORDER BY hero.age), dense_rank() OVER (ORDER BY hero.name), percent_rank() OVER (ORDER BY hero.name), cume_dist() OVER (ORDER BY hero.name), ntile(4) OVER (PARTITION BY hero.name, hero.age ORDER BY hero.name)
    row_number() OVER (PARTITION BY hero.home_id ORDER BY hero.age DESC, hero.id), rank() OVER (ORDER BY hero.age), dense_rank() OVER (ORDER BY hero.name), percent_rank() OVER (ORDER BY hero.name), cume_dist() OVER (ORDER BY hero.name), ntile(4) OVER (PARTITION BY hero.name, hero.age ORDER BY hero.name)
    row_number() OVER (PARTITION BY hero.home_id ORDER BY hero.age DESC, hero.id), rank() OVER (ORDER BY hero.age), dense_rank() OVER (ORDER BY hero.name), percent_rank() OVER (ORDER BY hero.name), cume_dist() OVER (ORDER BY hero.name), ntile(4) OVER (PARTITION BY hero.name, hero.age ORDER BY hero.name)
    ");
    insta::assert_snapshot!(each((
        lag(Hero.name, 1).over(by_name()),
        lag_or(Hero.name, 1, "-").over(by_name()),
        lead(Hero.name, 2).over(by_name()),
        lead_or(Hero.age, 2, 0).over(by_name()),
        first_value(Hero.name).over(by_name()),
        last_value(Hero.name).over(by_name()),
        nth_value(Hero.name, 2).over(by_name()),
    )), @r#"
    lag(hero.name, 1) OVER (ORDER BY hero.name), lag(hero.name, 1, ?) OVER (ORDER BY hero.name), lead(hero.name, 2) OVER (ORDER BY hero.name), lead(hero.age, 2, ?) OVER (ORDER BY hero.name), first_value(hero.name) OVER (ORDER BY hero.name), last_value(hero.name) OVER (ORDER BY hero.name), nth_value(hero.name, 2) OVER (ORDER BY hero.name) -- ("-", 0)
    lag(hero.name, 1) OVER (ORDER BY hero.name), lag(hero.name, 1, $1) OVER (ORDER BY hero.name), lead(hero.name, 2) OVER (ORDER BY hero.name), lead(hero.age, 2, CAST($2 AS BIGINT)) OVER (ORDER BY hero.name), first_value(hero.name) OVER (ORDER BY hero.name), last_value(hero.name) OVER (ORDER BY hero.name), nth_value(hero.name, 2) OVER (ORDER BY hero.name)
    lag(hero.name, 1) OVER (ORDER BY hero.name), CASE WHEN lag(CAST(? AS SIGNED), 1) OVER (ORDER BY hero.name) IS NULL THEN ? ELSE lag(hero.name, 1) OVER (ORDER BY hero.name) END, lead(hero.name, 2) OVER (ORDER BY hero.name), CASE WHEN lead(CAST(? AS SIGNED), 2) OVER (ORDER BY hero.name) IS NULL THEN CAST(? AS SIGNED) ELSE lead(hero.age, 2) OVER (ORDER BY hero.name) END, first_value(hero.name) OVER (ORDER BY hero.name), last_value(hero.name) OVER (ORDER BY hero.name), nth_value(hero.name, 2) OVER (ORDER BY hero.name)
    "#);
    insta::assert_snapshot!(each((
        sum(Hero.age).over(by_team()),
        count_rows().filter(Hero.age.gt(3)).over(window()) * 2,
    )), @r"
    sum(hero.age) OVER (PARTITION BY hero.home_id ORDER BY hero.age DESC, hero.id), count(*) FILTER (WHERE hero.age > ?) OVER () * ? -- (3, 2)
    CAST(sum(hero.age) OVER (PARTITION BY hero.home_id ORDER BY hero.age DESC, hero.id) AS BIGINT), count(*) FILTER (WHERE hero.age > $1) OVER () * CAST($2 AS BIGINT)
    (sum(hero.age) OVER (PARTITION BY hero.home_id ORDER BY hero.age DESC, hero.id) DIV 1), count(CASE WHEN hero.age > ? THEN 1 END) OVER () * CAST(? AS SIGNED)
    ");
}

#[test]
fn frames() {
    let ordered = || window().order_by(Hero.age);
    insta::assert_snapshot!(each((
        count_rows().over(ordered().rows(-2..=0)),
        count_rows().over(ordered().rows(..0)),
        count_rows().over(ordered().rows(1..)),
        count_rows().over(ordered().range(-5..=5)),
        count_rows().over(window().rows(..)),
    )), @r"
    count(*) OVER (ORDER BY hero.age ROWS BETWEEN 2 PRECEDING AND CURRENT ROW), count(*) OVER (ORDER BY hero.age ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), count(*) OVER (ORDER BY hero.age ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING), count(*) OVER (ORDER BY hero.age RANGE BETWEEN 5 PRECEDING AND 5 FOLLOWING), count(*) OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
    count(*) OVER (ORDER BY hero.age ROWS BETWEEN 2 PRECEDING AND CURRENT ROW), count(*) OVER (ORDER BY hero.age ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), count(*) OVER (ORDER BY hero.age ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING), count(*) OVER (ORDER BY hero.age RANGE BETWEEN 5 PRECEDING AND 5 FOLLOWING), count(*) OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
    count(*) OVER (ORDER BY hero.age ROWS BETWEEN 2 PRECEDING AND CURRENT ROW), count(*) OVER (ORDER BY hero.age ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), count(*) OVER (ORDER BY hero.age ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING), count(*) OVER (ORDER BY hero.age RANGE BETWEEN 5 PRECEDING AND 5 FOLLOWING), count(*) OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
    ");
    let (from, to) = (1, -1);
    assert_eq!(
        fault(&select(count_rows().over(ordered().rows(from..=to)))).1,
        "the frame of a window ends before it starts: from 1 to -1; write the smaller distance first"
    );
}

#[test]
fn what_is_computed_has_a_bound_too() {
    let deep = (0..300).fold(lower(Hero.name), |text, _| lower(text));
    assert_eq!(fault(&select(deep)).0, ErrorKind::InvalidStatement);
    let deep = (0..300).fold(value(1_i64), |number, _| {
        case().when(number.eq(1), count(Hero.age).over(window())).otherwise(0)
    });
    assert_eq!(fault(&select(deep)).0, ErrorKind::InvalidStatement);
}
