//! What is written twice and has to be seen as one by servers.

use super::{super::fixture::Hero, *};

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
    HAVING min(CASE WHEN hero.age < (-5) THEN 'young' ELSE _utf8mb4 X'69742773206F6C64' END) != ? AND count(*) > ?
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
