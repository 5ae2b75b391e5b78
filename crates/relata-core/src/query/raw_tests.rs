//! What SQL written by hand says to each database.

use super::{fixture::Hero, *};
use crate::{
    Id,
    sql::{self, Dialect, Rendered},
};

const DIALECTS: [Dialect; 3] = [Dialect::Sqlite, Dialect::Postgres, Dialect::MySql];

fn each<S>(query: &Query<S>) -> String {
    DIALECTS.map(|dialect| query.render(dialect).unwrap().sql).join("\n")
}

fn fault(statement: Raw) -> String {
    statement.into_query().render(Dialect::Sqlite).unwrap_err().to_string()
}

fn by_hand(sql: &'static str, dialect: Dialect) -> String {
    let statement = raw(sql).bind("a", 1).bind("b", "x");
    match statement.into_query().render(dialect) {
        Ok(Rendered { sql, params }) => format!("{sql} {params:?}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn parameters_by_name() {
    let all = |sql| DIALECTS.map(|dialect| by_hand(sql, dialect)).join("\n");
    insta::assert_snapshot!(all("SELECT :a, :b, :a"), @r#"
    SELECT ?, ?, ? [Int(1), Text("x"), Int(1)]
    SELECT $1, $2, $3 [Int(1), Text("x"), Int(1)]
    SELECT ?, ?, ? [Int(1), Text("x"), Int(1)]
    "#);
    insta::assert_snapshot!(all("SELECT ':no' || \":no\" || 'it''s :no', :a -- :no\n, :b /* :no */"), @r#"
    SELECT ':no' || ":no" || 'it''s :no', ? -- :no
    , ? /* :no */ [Int(1), Text("x")]
    SELECT ':no' || ":no" || 'it''s :no', $1 -- :no
    , $2 /* :no */ [Int(1), Text("x")]
    SELECT ':no' || ":no" || 'it''s :no', ? -- :no
    , ? /* :no */ [Int(1), Text("x")]
    "#);
    insta::assert_snapshot!(by_hand("SELECT :a::text, x[1\\:2], E'\\':no', date'x', $$ :no $$, $t$ :no $$ :no $t$, :b /* /* */ :no */", Dialect::Postgres), @r#"SELECT $1::text, x[1:2], E'\':no', date'x', $$ :no $$, $t$ :no $$ :no $t$, $2 /* /* */ :no */ [Int(1), Text("x")]"#);
    insta::assert_snapshot!(by_hand(r"SELECT 'it\':no', `:no`, @x := :a, :b # :no", Dialect::MySql), @r#"SELECT 'it\':no', `:no`, @x := ?, ? # :no [Int(1), Text("x")]"#);
    insta::assert_snapshot!(by_hand("SELECT [a:no], `:no`, :a, :b, 'open :no", Dialect::Sqlite), @r#"SELECT [a:no], `:no`, ?, ?, 'open :no [Int(1), Text("x")]"#);
    insta::assert_snapshot!(by_hand("SELECT é, 'ü', :a,:b;", Dialect::Sqlite), @r#"SELECT é, 'ü', ?,?; [Int(1), Text("x")]"#);
}

#[test]
fn parameters_that_do_not_match() {
    insta::assert_snapshot!(by_hand("SELECT :a, :b, :c", Dialect::Sqlite), @r#"the SQL has a parameter `:c` that was not given; add `.bind("c", …)`, or write `\:c` where it is none"#);
    insta::assert_snapshot!(by_hand("SELECT :a", Dialect::Sqlite), @"`b` is bound, but the SQL has no parameter `:b`; remove it, or use it");
    insta::assert_snapshot!(by_hand("SELECT :a, :b, ?", Dialect::Sqlite), @"the SQL has a parameter `?` by position; give it a name, as in `:name`, and bind that");
    insta::assert_snapshot!(by_hand("SELECT :a, :b, $1", Dialect::Postgres), @"the SQL has a parameter `$1` by position; give it a name, as in `:name`, and bind that");
    assert!(
        by_hand("SELECT :a, :b, x ? 'y'", Dialect::Postgres).starts_with("SELECT $1, $2, x ? 'y'")
    );
    insta::assert_snapshot!(fault(raw("SELECT :a").bind("a", 1).bind("a", 2)), @"`:a` is bound twice; bind it once");
    insta::assert_snapshot!(fault(raw("SELECT :a").bind("a", u64::MAX)), @"the parameter `:a`: 18446744073709551615 is out of range for a 64-bit integer column");
    insta::assert_snapshot!(fault(raw("SELECT :a").bind("a", Id::<Hero>::new())), @"the parameter `:a` is the id of a row that is not saved yet, which has no key; flush or commit first");
    insta::assert_snapshot!(fault(raw("-- done\n commit")), @"`COMMIT` would end or begin a transaction unseen; use the session's `commit`, `rollback`, `begin_write` and `begin_nested`");
}

#[test]
fn a_condition_by_hand() {
    let older = condition("hero.age > :age OR hero.age IS NULL").bind("age", 35);
    let statement = select(Hero.id).filter(Hero.name.ne("x")).filter(older);
    insta::assert_snapshot!(each(&statement.into_query()), @r"
    SELECT hero.id
    FROM hero
    WHERE hero.name != ? AND (hero.age > ? OR hero.age IS NULL)
    SELECT hero.id
    FROM hero
    WHERE hero.name != $1 AND (hero.age > $2 OR hero.age IS NULL)
    SELECT hero.id
    FROM hero
    WHERE hero.name != ? AND (hero.age > ? OR hero.age IS NULL)
    ");
}

#[test]
fn what_reads_and_what_writes() {
    for reading in [
        "SELECT 1",
        "  /* x */ select 1",
        "WITH x AS (SELECT 1) SELECT * FROM x",
        "VALUES (1)",
        "-- first\nEXPLAIN DELETE FROM hero",
        "(SELECT 1) UNION (SELECT 2)",
        "WITH x AS (SELECT 'DELETE') SELECT \"update\" FROM x",
    ] {
        assert!(sql::reads(reading), "{reading}");
        assert!(!raw(reading).into_query().writes());
        assert!(raw(reading).writes().into_query().writes());
    }
    for writing in [
        "INSERT INTO hero VALUES (1)",
        "WITH x AS (SELECT 1) DELETE FROM hero",
        "with x as (update hero set age = 1 returning id) select * from x",
        "CREATE TABLE x (y)",
        "",
    ] {
        assert!(!sql::reads(writing), "{writing}");
        assert!(raw(writing).into_query().writes());
    }
}
