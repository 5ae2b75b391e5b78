//! Choices by conditions, and what is inside of JSON documents.

use super::{
    super::fixture::{Hero, Mission, Team},
    *,
};
use crate::value::Json;

#[test]
fn cases() {
    let _: Sql<String> = case().when(Hero.age.lt(18), "minor").otherwise("adult");
    let _: Sql<Option<String>> = case().when(Hero.age.lt(18), "minor").end();
    let _: Sql<Option<String>> =
        case().when(Hero.age.lt(18), Team.name).when(Hero.age.lt(60), Team.motto).otherwise("");
    let _: Sql<i32> = case().when(Hero.age.lt(18), 1).otherwise(2);
    insta::assert_snapshot!(each((
        case().when(Hero.age.lt(18), "minor").when(Hero.age.lt(60), Hero.name).otherwise("old"),
        case().when(Hero.age.is_null() | Hero.name.eq("x"), 1).end(),
        case().when(Hero.age.gt(3), Hero.age).otherwise(coalesce((Hero.age, 0))) + 1,
    )), @r#"
    CASE WHEN hero.age < ? THEN ? WHEN hero.age < ? THEN hero.name ELSE ? END, CASE WHEN hero.age IS NULL OR hero.name = ? THEN ? END, CASE WHEN hero.age > ? THEN hero.age ELSE coalesce(hero.age, ?) END + ? -- (18, "minor", 60, "old", "x", 1, 3, 0, 1)
    CASE WHEN hero.age < $1 THEN $2 WHEN hero.age < $3 THEN hero.name ELSE $4 END, CASE WHEN hero.age IS NULL OR hero.name = $5 THEN CAST($6 AS BIGINT) END, CASE WHEN hero.age > $7 THEN hero.age ELSE coalesce(hero.age, CAST($8 AS BIGINT)) END + CAST($9 AS BIGINT)
    CASE WHEN hero.age < ? THEN ? WHEN hero.age < ? THEN hero.name ELSE ? END, CASE WHEN hero.age IS NULL OR hero.name = ? THEN CAST(? AS SIGNED) END, CASE WHEN hero.age > ? THEN hero.age ELSE coalesce(hero.age, CAST(? AS SIGNED)) END + CAST(? AS SIGNED)
    "#);
    insta::assert_snapshot!(
        each(sum(case().when(Hero.age.lt(18), 1).otherwise(0))),
        @r"
        sum(CASE WHEN hero.age < ? THEN ? ELSE ? END) -- (18, 1, 0)
        CAST(sum(CASE WHEN hero.age < $1 THEN CAST($2 AS BIGINT) ELSE CAST($3 AS BIGINT) END) AS BIGINT)
        (sum(CASE WHEN hero.age < ? THEN CAST(? AS SIGNED) ELSE CAST(? AS SIGNED) END) DIV 1)
        "
    );
    assert_eq!(
        where_(!case().when(Hero.age.lt(18), "a").otherwise("b").eq("a")),
        "CASE WHEN hero.age < ? THEN ? ELSE ? END != ?"
    );
}

#[test]
fn places_in_documents() {
    let city = || Mission.plan.at("address").at("city");
    insta::assert_snapshot!(each((city().text(), city().at(0).json::<Vec<i32>>())), @r#"
    CAST(mission.plan ->> '$."address"."city"' AS TEXT), (mission.plan -> '$."address"."city"[0]')
    (mission.plan #>> '{"address","city"}'), (mission.plan #> '{"address","city",0}')
    CASE WHEN json_type(json_extract(mission.plan, '$."address"."city"')) != 'NULL' COLLATE utf8mb4_bin THEN CAST(json_unquote(json_extract(mission.plan, '$."address"."city"')) AS CHAR) END, json_extract(mission.plan, '$."address"."city"[0]')
    "#);
    // where a path to it would find nothing on MariaDB
    insta::assert_snapshot!(each(Mission.plan.at("a").at("-b_").at(0).json::<i32>()), @r#"
    (mission.plan -> '$."a"."-b_"[0]')
    (mission.plan #> '{"a","-b_",0}')
    json_extract(json_extract(json_extract(json_extract(mission.plan, '$."a"'), '$.*'), json_unquote(json_search(json_keys(json_extract(mission.plan, '$."a"')), 'one', ? COLLATE utf8mb4_bin))), '$[0]')
    "#);
    insta::assert_snapshot!(each((city().int(), city().float(), city().bool())), @r#"
    (mission.plan ->> '$."address"."city"'), (mission.plan ->> '$."address"."city"'), (mission.plan ->> '$."address"."city"')
    CAST(mission.plan #>> '{"address","city"}' AS BIGINT), CAST(mission.plan #>> '{"address","city"}' AS DOUBLE PRECISION), CAST(mission.plan #>> '{"address","city"}' AS BOOLEAN)
    CASE WHEN json_type(json_extract(mission.plan, '$."address"."city"')) IN ('INTEGER' COLLATE utf8mb4_bin, 'UNSIGNED INTEGER') AND CAST(json_unquote(json_extract(mission.plan, '$."address"."city"')) AS DECIMAL(65, 0)) BETWEEN -9223372036854775808 AND 9223372036854775807 THEN CAST(json_extract(mission.plan, '$."address"."city"') AS SIGNED) WHEN json_type(json_extract(mission.plan, '$."address"."city"')) != 'NULL' COLLATE utf8mb4_bin THEN 9223372036854775807 + char_length(json_extract(mission.plan, '$."address"."city"')) END, CASE WHEN json_type(json_extract(mission.plan, '$."address"."city"')) IN ('INTEGER' COLLATE utf8mb4_bin, 'UNSIGNED INTEGER', 'DOUBLE', 'DECIMAL') THEN CAST(json_extract(mission.plan, '$."address"."city"') AS DOUBLE) WHEN json_type(json_extract(mission.plan, '$."address"."city"')) != 'NULL' COLLATE utf8mb4_bin THEN 9223372036854775807 + char_length(json_extract(mission.plan, '$."address"."city"')) END, CASE WHEN json_type(json_extract(mission.plan, '$."address"."city"')) = 'BOOLEAN' COLLATE utf8mb4_bin THEN CAST(json_extract(mission.plan, '$."address"."city"') AS CHAR) = 'true' WHEN json_type(json_extract(mission.plan, '$."address"."city"')) != 'NULL' COLLATE utf8mb4_bin THEN 9223372036854775807 + char_length(json_extract(mission.plan, '$."address"."city"')) END
    "#);
    insta::assert_snapshot!(
        each((Mission.plan.at("it's \"a\" key\\").at("größe.[x] ").text(), Mission.plan.at("").int())),
        @r#"
        CAST(mission.plan ->> ? AS TEXT), (mission.plan ->> '$.""') -- "$.\"it's \\\"a\\\" key\\\\\".\"größe.[x] \""
        (mission.plan #>> CAST(CAST($1 AS TEXT) AS TEXT[])), CAST(mission.plan #>> '{""}' AS BIGINT)
        CASE WHEN json_type(json_extract(mission.plan, ?)) != 'NULL' COLLATE utf8mb4_bin THEN CAST(json_unquote(json_extract(mission.plan, ?)) AS CHAR) END, CASE WHEN json_type(json_extract(mission.plan, '$.""')) IN ('INTEGER' COLLATE utf8mb4_bin, 'UNSIGNED INTEGER') AND CAST(json_unquote(json_extract(mission.plan, '$.""')) AS DECIMAL(65, 0)) BETWEEN -9223372036854775808 AND 9223372036854775807 THEN CAST(json_extract(mission.plan, '$.""') AS SIGNED) WHEN json_type(json_extract(mission.plan, '$.""')) != 'NULL' COLLATE utf8mb4_bin THEN 9223372036854775807 + char_length(json_extract(mission.plan, '$.""')) END
        "#
    );
    let _: Sql<Option<Json<Vec<i32>>>> = city().json();
    let older = select(Mission).filter(city().int().gt(3) & city().text().starts_with("B"));
    insta::assert_snapshot!(format!("{older:?}").split_once("WHERE ").unwrap().1, @r#"(mission.plan ->> '$."address"."city"') > ? AND CAST(mission.plan ->> '$."address"."city"' AS TEXT) LIKE ?"#);
}
