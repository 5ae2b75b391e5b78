//! Which types of enums some tables have, and what is sent for them.

use super::super::fixture::{column, id, model, string};
use super::*;
use crate::{schema::ColumnDef, value::ColumnType as _};

const RANK: &EnumType = &EnumType {
    name: "rank",
    variants: &["rookie", "it's", "lead"],
    enum_name: "Rank",
    identity: "app::Rank",
    source: ("src/app.rs", 3),
};
const OTHER: &EnumType =
    &EnumType { identity: "app::other::Rank", source: ("src/other.rs", 7), ..*RANK };

fn of(field: &'static str, ty: SqlType) -> ColumnDef {
    ColumnDef { ty, ..string(field) }
}

fn names(defs: &[&ModelDef], dialect: Dialect) -> Result<Vec<&'static str>> {
    Ok(enums(defs, dialect)?.iter().map(|of| of.name).collect())
}

#[test]
fn each_type_is_there_once_for_all_its_columns() {
    const ARRAY: SqlType = SqlType::Array(&SqlType::Enum(RANK));
    let hero = model("Hero", [id(), of("rank", SqlType::Enum(RANK)), of("past", ARRAY)], []);
    let team = model("Team", [id(), of("least", SqlType::Enum(RANK))], []);
    assert_eq!(names(&[hero, team], Dialect::Postgres).unwrap(), ["rank"]);
    let only_array = model("Hero", [id(), of("past", ARRAY)], []);
    assert_eq!(names(&[only_array], Dialect::Postgres).unwrap(), ["rank"]);
    assert!(names(&[hero, team], Dialect::Sqlite).unwrap().is_empty());
    assert!(names(&[hero, team], Dialect::MySql).unwrap().is_empty());
    let plain = model("Plain", [id(), column::<Vec<i64>>("numbers")], []);
    assert!(names(&[plain], Dialect::Postgres).unwrap().is_empty());
    assert_eq!(Vec::<i64>::TYPE, SqlType::Array(&SqlType::Integer(64)));
}

#[test]
fn two_enums_of_one_name_are_refused() {
    let hero = model("Hero", [id(), of("rank", SqlType::Enum(RANK))], []);
    let team = model("Team", [id(), of("rank", SqlType::Enum(OTHER))], []);
    assert_eq!(
        names(&[hero, team], Dialect::Postgres).unwrap_err().to_string(),
        "two enums have the type `rank`: `app::Rank` (src/app.rs:3) and `app::other::Rank` \
         (src/other.rs:7); give one of them another: `#[column(type = \"...\")]`"
    );
    assert!(names(&[hero, team], Dialect::MySql).is_ok(), "types have no names there");
    let rank = model("Rank", [id(), of("rank", SqlType::Enum(RANK))], []);
    let error = names(&[rank], Dialect::Postgres).unwrap_err();
    assert_eq!((error.kind(), error.table()), (ErrorKind::Metadata, Some("rank")));
    assert!(error.to_string().contains("are both called `rank`, and in PostgreSQL"), "{error}");
}

#[test]
fn types_of_the_database_itself_are_refused() {
    const PATH: &EnumType = &EnumType { name: "path", identity: "app::Path", ..*RANK };
    let hero = model("Hero", [id(), of("path", SqlType::Enum(PATH))], []);
    assert_eq!(
        names(&[hero], Dialect::Postgres).unwrap_err().to_string(),
        "the type of the enum `app::Path` (src/app.rs:3) is called `path`, and PostgreSQL has a type of that name itself; give the enum another: `#[column(type = \"...\")]`"
    );
    assert!(names(&[hero], Dialect::MySql).is_ok() && names(&[hero], Dialect::Sqlite).is_ok());
}

#[test]
fn a_word_that_is_no_type_is_quoted() {
    const POSITION: &EnumType = &EnumType { name: "position", ..*RANK };
    assert_eq!(drop_enum(POSITION, Dialect::Postgres), "DROP TYPE \"position\"");
}

fn extended(stored: &[&str]) -> Vec<String> {
    let stored = (String::from("rank"), stored.iter().map(|name| String::from(*name)).collect());
    create_enum(RANK, Some(&stored), Dialect::Postgres)
}

#[test]
fn a_type_is_created_and_dropped() {
    assert_eq!(
        create_enum(RANK, None, Dialect::Postgres),
        ["CREATE TYPE rank AS ENUM ('rookie', 'it''s', 'lead')"]
    );
    const ORDER: &EnumType = &EnumType { name: "Order", ..*RANK };
    assert_eq!(drop_enum(ORDER, Dialect::Postgres), "DROP TYPE \"Order\"");
}

#[test]
fn variants_are_added_at_their_place() {
    const ADD: &str = "ALTER TYPE rank ADD VALUE IF NOT EXISTS";
    assert!(extended(&["rookie", "it's", "lead"]).is_empty());
    assert!(extended(&["lead", "old", "rookie", "it's"]).is_empty(), "no more is changed");
    assert_eq!(extended(&["rookie", "lead"]), [format!("{ADD} 'it''s' AFTER 'rookie'")]);
    assert_eq!(
        extended(&["old", "it's"]),
        [format!("{ADD} 'rookie' BEFORE 'it''s'"), format!("{ADD} 'lead' AFTER 'it''s'")]
    );
    assert_eq!(
        extended(&["old"]),
        [
            format!("{ADD} 'rookie'"),
            format!("{ADD} 'it''s' AFTER 'rookie'"),
            format!("{ADD} 'lead' AFTER 'it''s'")
        ]
    );
}
