//! What SQL written by hand says to each database.

use super::{fixture::Hero, *};
use crate::{
    Id, Result,
    connection::Row,
    sql::{self, Dialect, Rendered},
    value::{Cell, Json},
};
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, de::DeserializeOwned};
use uuid::Uuid;

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
fn an_expression_by_hand() {
    let at = || raw_expr::<i64>("instr(hero.name, :it)").bind("it", "'; --");
    let statement = select((Hero.id, at().label("at")))
        .filter((at() + 1).gt(at()) & Hero.name.like(raw_expr::<String>("hero.name")))
        .group_by(at())
        .order_by((at(), at().desc()));
    let rendered = statement.into_query().render(Dialect::Postgres).unwrap();
    insta::assert_snapshot!(rendered.sql, @r"
    SELECT hero.id, (instr(hero.name, $1)) AS at
    FROM hero
    WHERE (instr(hero.name, $1)) + CAST($2 AS BIGINT) > (instr(hero.name, $1)) AND hero.name LIKE (hero.name) ESCAPE '\'
    GROUP BY (instr(hero.name, $1))
    ORDER BY (instr(hero.name, $1)), (instr(hero.name, $1)) DESC
    ");
    assert_eq!(rendered.params[0], crate::value::Value::Text("'; --".into()));
    let misses = |fragment: RawExpr<i64>| {
        select(fragment).into_query().render(Dialect::Sqlite).unwrap_err().to_string()
    };
    insta::assert_snapshot!(misses(raw_expr("length(:it)")), @r#"the SQL has a parameter `:it` that was not given; add `.bind("it", …)`, or write `\:it` where it is none"#);
    insta::assert_snapshot!(misses(at().bind("other", 1)), @"`other` is bound, but the SQL has no parameter `:other`; remove it, or use it");
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
        "PRAGMA table_info(hero)",
        "PRAGMA main.Table_Info ('a = b')",
        "PRAGMA user_version",
        "WITH x AS (SELECT replace(name, 'a', 'b') FROM hero) SELECT * FROM x",
        "EXPLAIN ANALYZE SELECT 1",
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
        "WITH x AS (SELECT 1) replace /* all */ into hero SELECT * FROM x",
        "PRAGMA user_version = 3",
        "PRAGMA user_version(3)",
        "PRAGMA main.user_version (table_info)",
        "PRAGMA \"table_info\"(hero)",
        "EXPLAIN ANALYZE DELETE FROM hero",
        "",
    ] {
        assert!(!sql::reads(writing), "{writing}");
        assert!(raw(writing).into_query().writes());
    }
}

/// One column named `it`.
struct One(Cell<'static>);

impl Row for One {
    fn cell(&self, _: usize) -> Result<Cell<'_>> {
        Ok(self.0)
    }

    fn width(&self) -> usize {
        1
    }

    fn name(&self, _: usize) -> Option<&str> {
        Some("it")
    }
}

#[derive(Deserialize)]
struct Holds<T> {
    it: T,
}

fn read<T: DeserializeOwned + Send + 'static>(cell: Cell<'static>) -> Result<T> {
    let row = One(cell);
    Ok(<Fields<Holds<T>>>::decode_with(&row, &<Fields<Holds<T>>>::layout(&row)?, &mut 0)?.it)
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Rank {
    Private,
    Captain,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Wrapped(Option<i16>);

#[test]
fn every_cell_is_read_as_what_fits_it() {
    assert!(read::<bool>(Cell::Int(1)).unwrap() && read::<bool>(Cell::Bool(true)).unwrap());
    assert_eq!(read::<u8>(Cell::Int(7)).unwrap(), 7);
    assert_eq!(read::<f32>(Cell::Int(7)).unwrap(), 7.0);
    assert_eq!(read::<Option<String>>(Cell::Null).unwrap(), None);
    assert_eq!(read::<Option<String>>(Cell::Text("x")).unwrap().as_deref(), Some("x"));
    assert_eq!(read::<Wrapped>(Cell::Int(3)).unwrap(), Wrapped(Some(3)));
    assert_eq!(read::<Rank>(Cell::Text("captain")).unwrap(), Rank::Captain);
    assert_eq!(read::<Vec<u8>>(Cell::Bytes(&[1, 2])).unwrap(), [1, 2]);
    assert_eq!(read::<char>(Cell::Text("x")).unwrap(), 'x');
}

#[test]
fn types_of_other_crates_are_read_from_cells_of_their_own() {
    let moment = DateTime::from_timestamp_micros(1_896_094_800_123_456).unwrap();
    let local = moment.naive_utc();
    assert_eq!(read::<DateTime<Utc>>(Cell::Timestamp(moment)).unwrap(), moment);
    assert_eq!(read::<NaiveDateTime>(Cell::DateTime(local)).unwrap(), local);
    assert_eq!(read::<NaiveDate>(Cell::Date(local.date())).unwrap(), local.date());
    assert_eq!(read::<NaiveTime>(Cell::Time(local.time())).unwrap(), local.time());
    let spaced = Cell::Text("2030-01-31 13:00:00.123456");
    assert_eq!(read::<NaiveDateTime>(spaced).unwrap(), local);
    assert_eq!(read::<DateTime<Utc>>(spaced).unwrap(), moment);
    assert_eq!(read::<String>(spaced).unwrap(), "2030-01-31 13:00:00.123456");
    let code = Uuid::from_u128(7);
    assert_eq!(read::<Uuid>(Cell::Uuid(code)).unwrap(), code);
    assert_eq!(read::<Uuid>(Cell::Text("00000000000000000000000000000007")).unwrap(), code);
    let price: Decimal = "12.50".parse().unwrap();
    assert_eq!(read::<Decimal>(Cell::Decimal(price)).unwrap(), price);
    assert_eq!(read::<Decimal>(Cell::Real(12.5)).unwrap(), price);
}

#[test]
fn only_the_text_of_a_column_is_a_document() {
    let texts =
        read::<Vec<Json<serde_json::Value>>>(Cell::Text(r#"["1", "a", {"b": 2}]"#)).unwrap();
    let texts: Vec<_> = texts.into_iter().map(|json| json.0).collect();
    assert_eq!(
        texts,
        [serde_json::json!("1"), serde_json::json!("a"), serde_json::json!({"b": 2})]
    );
    let texts = read::<Vec<Json<String>>>(Cell::Text(r#"["a"]"#)).unwrap();
    assert_eq!(texts, [Json("a".to_owned())]);
    assert_eq!(read::<Json<String>>(Cell::Text(r#""a""#)).unwrap(), Json("a".to_owned()));
    assert_eq!(read::<[i32; 2]>(Cell::Text("[1, 2]")).unwrap(), [1, 2]);
    assert_eq!(read::<(i32, String)>(Cell::Text(r#"[1, "a"]"#)).unwrap(), (1, "a".to_owned()));
}

#[test]
fn a_cell_that_does_not_fit_names_its_column() {
    let fault = |error: Option<crate::Error>| error.unwrap().to_string();
    insta::assert_snapshot!(fault(read::<i8>(Cell::Int(300)).err()), @"column `it`: found an integer that does not fit, expected i8");
    insta::assert_snapshot!(fault(read::<Rank>(Cell::Text("general")).err()), @"column `it`: found another name than `private`, `captain`");
    insta::assert_snapshot!(fault(read::<String>(Cell::Null).err()), @"column `it`: found NULL; make the field an `Option`");
    insta::assert_snapshot!(fault(read::<bool>(Cell::Int(2)).err()), @"column `it`: found an integer, expected a boolean");
}

#[test]
fn a_comment_ends_before_the_parenthesis() {
    let commented = |sql: &'static str| {
        let query = select(Hero.id).filter(condition(sql)).filter(Hero.id.eq(1)).into_query();
        let text = each(&query);
        text.split("SELECT hero.id\nFROM hero\n").skip(1).collect::<String>()
    };
    insta::assert_snapshot!(commented("hero.age > 1 -- grown"), @r"
    WHERE (hero.age > 1 -- grown
    ) AND hero.id = ?
    WHERE (hero.age > 1 -- grown
    ) AND hero.id = $1
    WHERE (hero.age > 1 -- grown
    ) AND hero.id = ?
    ");
    insta::assert_snapshot!(commented("hero.age > 1 # 2"), @r"
    WHERE (hero.age > 1 # 2) AND hero.id = ?
    WHERE (hero.age > 1 # 2) AND hero.id = $1
    WHERE (hero.age > 1 # 2
    ) AND hero.id = ?
    ");
}
