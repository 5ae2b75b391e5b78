//! The text of every statement that is not written by the user.

use super::*;
use crate::{
    ErrorKind, Id, Model,
    entity::decode_node,
    key::RowKey,
    query::{
        Eager, Reads,
        fixture::{Hero, HeroTeamLink, Order, Team},
        select as select_,
    },
    schema::{ModelDef, OrderDef},
};
use uuid::Uuid;

const ALL: [Dialect; 3] = [Dialect::Sqlite, Dialect::Postgres, Dialect::MySql];

fn each(write: impl Fn(Dialect) -> String) -> String {
    ALL.map(write).join("\n")
}

fn one(key: i64) -> RowKey {
    RowKey::One(Value::Int(key))
}

fn two(first: i64, second: i64) -> RowKey {
    RowKey::Many([Value::Int(first), Value::Int(second)].into())
}

fn by_key(dialect: Dialect, def: &'static ModelDef, keys: &[RowKey]) -> Rendered {
    select_by(dialect, def, &[1], def.primary_key, keys).unwrap()
}

#[test]
fn inserts() {
    let hero = |columns: &[usize], rows, returning: &[usize], ignore| {
        each(|dialect| insert(dialect, Hero::DEF, columns, rows, returning, ignore))
    };
    insta::assert_snapshot!(hero(&[1, 2], 2, &[0], false), @r"
    INSERT INTO hero (name, secret_name) VALUES (?, ?), (?, ?) RETURNING id
    INSERT INTO hero (name, secret_name) VALUES ($1, $2), ($3, $4) RETURNING id
    INSERT INTO hero (name, secret_name) VALUES (?, ?), (?, ?) RETURNING id
    ");
    insta::assert_snapshot!(hero(&[], 1, &[0, 1], false), @r"
    INSERT INTO hero DEFAULT VALUES RETURNING id, name
    INSERT INTO hero DEFAULT VALUES RETURNING id, name
    INSERT INTO hero () VALUES () RETURNING id, name
    ");
    let links = each(|dialect| insert(dialect, HeroTeamLink::DEF, &[0, 1], 1, &[], true));
    insta::assert_snapshot!(links, @r"
    INSERT INTO heroteamlink (team_id, hero_id) VALUES (?, ?) ON CONFLICT DO NOTHING
    INSERT INTO heroteamlink (team_id, hero_id) VALUES ($1, $2) ON CONFLICT DO NOTHING
    INSERT INTO heroteamlink (team_id, hero_id) VALUES (?, ?) ON DUPLICATE KEY UPDATE team_id=heroteamlink.team_id
    ");
}

#[test]
fn updates_and_deletes() {
    insta::assert_snapshot!(each(|dialect| update(dialect, Hero::DEF, &[3, 1], &[0])), @r"
    UPDATE hero SET age=?, name=? WHERE hero.id = ?
    UPDATE hero SET age=$1, name=$2 WHERE hero.id = $3
    UPDATE hero SET age=?, name=? WHERE hero.id = ?
    ");
    insta::assert_snapshot!(set_null(Dialect::Postgres, Hero::DEF, &[4], &[4, 0]), @"UPDATE hero SET home_id=NULL WHERE hero.home_id = $1 AND hero.id = $2");
    insta::assert_snapshot!(delete(Dialect::Sqlite, HeroTeamLink::DEF, &[0, 1]), @"DELETE FROM heroteamlink WHERE heroteamlink.team_id = ? AND heroteamlink.hero_id = ?");
    insta::assert_snapshot!(each(|dialect| update(dialect, Order::DEF, &[1], &[0])), @r#"
    UPDATE "order" SET "select"=? WHERE "order".id = ?
    UPDATE "order" SET "select"=$1 WHERE "order".id = $2
    UPDATE `order` SET `select`=? WHERE `order`.id = ?
    "#);
}

#[test]
fn rows_by_one_key() {
    let none = by_key(Dialect::Sqlite, Hero::DEF, &[]);
    assert_eq!(none.sql, "SELECT hero.name\nFROM hero\nWHERE FALSE");
    let hero = by_key(Dialect::Sqlite, Hero::DEF, &[one(7)]);
    assert_eq!(hero.sql, "SELECT hero.name\nFROM hero\nWHERE hero.id = ?");
    assert_eq!(hero.params, [Value::Int(7)]);
    let link = by_key(Dialect::Postgres, HeroTeamLink::DEF, &[two(1, 2)]);
    insta::assert_snapshot!(link.sql, @r"
    SELECT heroteamlink.hero_id
    FROM heroteamlink
    WHERE heroteamlink.team_id = $1 AND heroteamlink.hero_id = $2
    ");
}

#[test]
fn rows_by_many_keys() {
    let keys = [one(7), one(8), one(9)];
    let heroes = each(|dialect| by_key(dialect, Hero::DEF, &keys).sql);
    insta::assert_snapshot!(heroes, @r"
    SELECT hero.name
    FROM hero
    WHERE hero.id IN (SELECT value FROM json_each(?))
    SELECT hero.name
    FROM hero
    WHERE hero.id = ANY ($1)
    SELECT hero.name
    FROM hero
    WHERE hero.id IN (?, ?, ?)
    ");
    assert_eq!(by_key(Dialect::Sqlite, Hero::DEF, &keys).params, [Value::Json("[7,8,9]".into())]);
    let list = |values: [i64; 3]| Value::List(values.map(Value::Int).into());
    assert_eq!(by_key(Dialect::Postgres, Hero::DEF, &keys).params, [list([7, 8, 9])]);

    let keys = [two(1, 2), two(3, 4)];
    let links = each(|dialect| by_key(dialect, HeroTeamLink::DEF, &keys).sql);
    insta::assert_snapshot!(links, @r"
    SELECT heroteamlink.hero_id
    FROM heroteamlink
    WHERE (heroteamlink.team_id, heroteamlink.hero_id) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?))
    SELECT heroteamlink.hero_id
    FROM heroteamlink
    WHERE (heroteamlink.team_id, heroteamlink.hero_id) IN (SELECT * FROM unnest($1::BIGINT[], $2::BIGINT[]))
    SELECT heroteamlink.hero_id
    FROM heroteamlink
    WHERE (heroteamlink.team_id, heroteamlink.hero_id) IN ((?, ?), (?, ?))
    ");
    let rendered = by_key(Dialect::Sqlite, HeroTeamLink::DEF, &keys);
    assert_eq!(rendered.params, [Value::Json("[[1,2],[3,4]]".into())]);
    let rendered = by_key(Dialect::Postgres, HeroTeamLink::DEF, &keys);
    let list = |values: [i64; 2]| Value::List(values.map(Value::Int).into());
    assert_eq!(rendered.params, [list([1, 3]), list([2, 4])]);
}

#[test]
fn many_rows_by_one_list() {
    let servers = |what, by: &[usize], values: &[Value]| {
        [Dialect::Postgres, Dialect::MySql]
            .map(|dialect| listed(dialect, Hero::DEF, what, by, values).unwrap().sql)
            .join("\n")
    };
    let text = |text: &str| Value::Text(text.into());
    let values = [text("Ann"), Value::Null, Value::Int(7), text("it's"), text("x"), Value::Int(8)];
    let insert = |returning, ignore_conflict| {
        let what = Listed::Insert { columns: &[1, 2], returning, ignore_conflict };
        listed(Dialect::Postgres, Hero::DEF, what, &[], &values[3..5]).unwrap().sql
    };
    insta::assert_snapshot!(insert(&[0], false), @r"
    INSERT INTO hero (name, secret_name) SELECT * FROM unnest(array_cat(ARRAY(SELECT hero.name FROM ONLY hero LIMIT 0), $1), array_cat(ARRAY(SELECT hero.secret_name FROM ONLY hero LIMIT 0), $2)) AS given (c0, c1) RETURNING id
    ");
    insta::assert_snapshot!(insert(&[], true), @r"
    INSERT INTO hero (name, secret_name) SELECT * FROM unnest(array_cat(ARRAY(SELECT hero.name FROM ONLY hero LIMIT 0), $1), array_cat(ARRAY(SELECT hero.secret_name FROM ONLY hero LIMIT 0), $2)) AS given (c0, c1) ON CONFLICT DO NOTHING
    ");
    insta::assert_snapshot!(servers(Listed::Update(&[1, 2]), &[0], &values), @r"
    UPDATE hero SET name=given.c0, secret_name=given.c1 FROM unnest(array_cat(ARRAY(SELECT hero.name FROM ONLY hero LIMIT 0), $1), array_cat(ARRAY(SELECT hero.secret_name FROM ONLY hero LIMIT 0), $2), array_cat(ARRAY(SELECT hero.id FROM ONLY hero LIMIT 0), $3)) AS given (c0, c1, c2) WHERE hero.id = given.c2
    UPDATE JSON_TABLE(?, '$[*]' COLUMNS (c0 LONGTEXT CHARACTER SET utf8mb4 PATH '$.c0' ERROR ON ERROR, c1 LONGTEXT CHARACTER SET utf8mb4 PATH '$.c1' ERROR ON ERROR, c2 BIGINT PATH '$.c2' ERROR ON ERROR)) AS given STRAIGHT_JOIN hero ON hero.id = given.c2 SET hero.name=given.c0, hero.secret_name=given.c1
    ");
    insta::assert_snapshot!(servers(Listed::SetNull(&[4]), &[0], &values[2..3]), @r"
    UPDATE hero SET home_id=NULL FROM unnest(array_cat(ARRAY(SELECT hero.id FROM ONLY hero LIMIT 0), $1)) AS given (c0) WHERE hero.id = given.c0
    UPDATE JSON_TABLE(?, '$[*]' COLUMNS (c0 BIGINT PATH '$.c0' ERROR ON ERROR)) AS given STRAIGHT_JOIN hero ON hero.id = given.c0 SET hero.home_id=NULL
    ");
    insta::assert_snapshot!(servers(Listed::Delete, &[0], &values[2..3]), @r"
    DELETE FROM hero USING unnest(array_cat(ARRAY(SELECT hero.id FROM ONLY hero LIMIT 0), $1)) AS given (c0) WHERE hero.id = given.c0
    DELETE hero FROM JSON_TABLE(?, '$[*]' COLUMNS (c0 BIGINT PATH '$.c0' ERROR ON ERROR)) AS given STRAIGHT_JOIN hero ON hero.id = given.c0
    ");

    let code = [Value::Uuid(Uuid::from_u128(7)), Value::Uuid(Uuid::from_u128(8)), Value::Int(1)];
    let by_code = listed(Dialect::MySql, Order::DEF, Listed::Update(&[3]), &[3, 0], &code).unwrap();
    insta::assert_snapshot!(by_code.sql, @"UPDATE JSON_TABLE(?, '$[*]' COLUMNS (c0 CHAR(32) CHARACTER SET ascii PATH '$.c0' ERROR ON ERROR, c1 CHAR(32) CHARACTER SET ascii PATH '$.c1' ERROR ON ERROR, c2 BIGINT PATH '$.c2' ERROR ON ERROR)) AS given STRAIGHT_JOIN `order` ON `order`.code = given.c1 AND `order`.id = given.c2 SET `order`.code=given.c0");

    let params = |dialect| {
        listed(dialect, Hero::DEF, Listed::Update(&[1, 2]), &[0], &values).unwrap().params
    };
    let list = |values: [Value; 2]| Value::List(values.into());
    let arrays = [
        list([text("Ann"), text("it's")]),
        list([Value::Null, text("x")]),
        list([Value::Int(7), Value::Int(8)]),
    ];
    assert_eq!(params(Dialect::Postgres), arrays);
    let document = r#"[{"c0":"Ann","c2":7},{"c0":"it's","c1":"x","c2":8}]"#;
    assert_eq!(params(Dialect::MySql), [Value::Json(document.into())]);
}

#[test]
fn rows_that_no_list_takes() {
    let none = |dialect, by: &[usize], value: Value| {
        let values = [value, Value::Int(7)];
        listed(dialect, Hero::DEF, Listed::Update(&[1]), by, &values).is_none()
    };
    let name = || Value::Text("Ann".into());
    assert!(none(Dialect::Sqlite, &[0], name()));
    // MySQL finds texts by the collation of their column, and JSON has no bytes.
    assert!(none(Dialect::MySql, &[1], name()));
    assert!(none(Dialect::MySql, &[0], Value::Bytes([0].into())));
    assert!(!none(Dialect::MySql, &[0], name()));
    assert!(!none(Dialect::Postgres, &[1], name()));
}

#[test]
fn keys_that_json_would_change_are_listed() {
    let real = |value| RowKey::One(Value::Real(value));
    let one = select_by(Dialect::Sqlite, Order::DEF, &[0], &[1], &[real(0.5), real(1.5)]).unwrap();
    assert!(one.sql.ends_with(r#"WHERE "order"."select" IN (?, ?)"#), "{}", one.sql);
    assert_eq!(one.params, [Value::Real(0.5), Value::Real(1.5)]);
    let pair = |value| RowKey::Many([Value::Int(1), Value::Real(value)].into());
    let two = select_by(Dialect::Sqlite, Order::DEF, &[0], &[0, 1], &[pair(0.5), pair(1.5)]);
    let two = two.unwrap();
    assert!(
        two.sql.ends_with(r#"WHERE ("order".id, "order"."select") IN (VALUES (?, ?), (?, ?))"#),
        "{}",
        two.sql
    );
    assert_eq!(two.params.len(), 4);
}

#[test]
fn uuids_and_text_as_they_are_stored() {
    let key = |last| RowKey::One(Value::Uuid(Uuid::from_u128(last)));
    let codes = select_by(Dialect::Sqlite, Order::DEF, &[0], &[3], &[key(1), key(255)]).unwrap();
    let array = r#"["00000000000000000000000000000001","000000000000000000000000000000ff"]"#;
    assert_eq!(codes.params, [Value::Json(array.into())]);
    let name = |name: &str| RowKey::One(Value::Text(name.into()));
    let names = select_by(Dialect::Sqlite, Hero::DEF, &[0], &[1], &[name("a\"b"), name("ü\n")]);
    assert_eq!(names.unwrap().params, [Value::Json(r#"["a\"b","ü\n"]"#.into())]);
}

fn targets(
    owner: &'static ModelDef,
    relation: usize,
    order: &[OrderDef],
    keys: &[RowKey],
) -> String {
    let eager = Eager::new(owner, relation, decode_node::<Team>);
    select_targets(Dialect::Sqlite, &eager, order, keys).unwrap().sql
}

#[test]
fn the_targets_of_relations() {
    let keys = [one(1), one(2)];
    insta::assert_snapshot!(targets(Hero::DEF, 0, &[], &keys), @r"
    SELECT heroteamlink.hero_id, team.id, team.name, team.motto
    FROM heroteamlink JOIN team ON team.id = heroteamlink.team_id
    WHERE heroteamlink.hero_id IN (SELECT value FROM json_each(?))
    ");
    insta::assert_snapshot!(targets(Hero::DEF, 1, &[], &keys[..1]), @r"
    SELECT team.id, team.id, team.name, team.motto
    FROM team
    WHERE team.id = ?
    ");
    let by_age = [
        OrderDef { field: "age", descending: true },
        OrderDef { field: "name", descending: false },
    ];
    insta::assert_snapshot!(targets(Team::DEF, 0, &by_age, &keys), @r"
    SELECT hero.home_id, hero.id, hero.name, hero.secret_name, hero.age, hero.home_id
    FROM hero
    WHERE hero.home_id IN (SELECT value FROM json_each(?))
    ORDER BY hero.age DESC, hero.name
    ");
}

#[test]
fn the_targets_of_an_unsaved_row_cannot_be_loaded() {
    let unsaved = Id::<Hero>::new().row_key();
    let eager = Eager::new(Hero::DEF, 0, decode_node::<Team>);
    let error = select_targets(Dialect::Sqlite, &eager, &[], &[one(1), unsaved]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnboundId);
    assert_eq!(
        error.to_string(),
        "the `Team` of this `Hero` cannot be loaded, because a row is not saved yet and has no key; flush or commit first"
    );
}

#[test]
fn limit_and_offset() {
    let window = |limit: Option<u64>, offset: Option<u64>| {
        let mut statement = select_(Team);
        if let Some(limit) = limit {
            statement = statement.limit(limit);
        }
        if let Some(offset) = offset {
            statement = statement.offset(offset);
        }
        ALL.map(|dialect| {
            let rendered = read(&statement.clone().into_ast(), dialect).unwrap();
            let text = rendered.sql.split_once("FROM team").unwrap().1.trim_start().to_owned();
            (text, rendered.params)
        })
    };
    let texts = |limit, offset| window(limit, offset).map(|(text, _)| text);
    assert_eq!(texts(None, None), ["", "", ""]);
    assert_eq!(texts(Some(0), None), ["LIMIT 0"; 3]);
    assert_eq!(
        texts(None, Some(20)),
        ["LIMIT -1 OFFSET 20", "LIMIT ALL OFFSET 20", "LIMIT 18446744073709551615 OFFSET 20"]
    );
    let [sqlite, postgres, _] = window(Some(1_001), Some(u64::MAX));
    let bound = vec![Value::Int(1_001), Value::Int(i64::MAX)];
    assert_eq!(sqlite, ("LIMIT ? OFFSET ?".to_owned(), bound.clone()));
    assert_eq!(postgres, ("LIMIT $1 OFFSET $2".to_owned(), bound));
}
