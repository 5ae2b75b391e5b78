//! What CREATE TABLE says, statement by statement.

mod foreign_keys;
mod options;
mod tutorial;

use super::*;
use crate::{
    schema::{
        ColumnDef,
        fixture::{column, id, key, model, string, table},
    },
    value::{ColumnType, EnumType, Json, SqlType},
};
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

/// The statements with white space folded, as the reference keeps them.
fn folded(def: &ModelDef) -> Vec<String> {
    let fold = |text: &String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    create_table(def, Dialect::Sqlite).iter().map(fold).collect()
}

/// The statements, without the space that ends a line.
fn shown(def: &ModelDef, dialect: Dialect) -> String {
    create_table(def, dialect).join(";\n").replace(" \n", "\n")
}

/// The statements for several tables, in a database of which nothing is known.
fn created(defs: &[&ModelDef], dialect: Dialect) -> Vec<String> {
    create_tables(defs, &Site::new(dialect)).unwrap()
}

/// The tutorial's hero, with these columns at its end.
fn hero(more: impl IntoIterator<Item = ColumnDef>) -> &'static ModelDef {
    let columns =
        [id(), string("name").index(), string("secret_name"), column::<Option<i32>>("age").index()];
    model("Hero", columns.into_iter().chain(more).collect::<Vec<_>>(), [])
}

fn team_id() -> ColumnDef {
    key("team_id", "Team.id").null()
}

fn link(more: impl IntoIterator<Item = ColumnDef>) -> &'static ModelDef {
    let keys = [key("team_id", "Team.id").primary_key(), key("hero_id", "Hero.id").primary_key()];
    model("HeroTeamLink", keys.into_iter().chain(more).collect::<Vec<_>>(), [])
}

#[test]
fn the_layout() {
    let team = model("Team", [id(), string("name"), string("headquarters")], []);
    assert_eq!(
        create_table(team, Dialect::Sqlite),
        [
            "CREATE TABLE team (\n\tid INTEGER NOT NULL, \n\tname VARCHAR NOT NULL, \n\theadquarters VARCHAR NOT NULL, \n\tPRIMARY KEY (id)\n)"
        ]
    );
    assert_eq!(drop_table(team, Dialect::Sqlite), "DROP TABLE team");
}

#[test]
fn a_key_that_is_never_used_again() {
    let def = model("Journal", [id().autoincrement(), string("entry")], []);
    assert_eq!(
        folded(def),
        [
            "CREATE TABLE journal ( id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, entry VARCHAR NOT NULL )"
        ]
    );
    assert!(create_table(def, Dialect::Postgres)[0].ends_with("PRIMARY KEY (id)\n)"));
}

#[test]
fn uniques_and_indexes() {
    let def = table(
        "Seat",
        [id(), string("code").unique(), string("tag").unique().index(), string("line")],
        [],
    )
    .uniques(vec![
        IndexDef { name: None, columns: &[1, 3] },
        IndexDef { name: Some("one_tag_a_line"), columns: &[2, 3] },
    ])
    .indexes(vec![
        IndexDef { name: None, columns: &[3, 1] },
        IndexDef { name: Some("by_line"), columns: &[3] },
    ]);
    insta::assert_snapshot!(shown(&def, Dialect::Sqlite), @r#"
    CREATE TABLE seat (
    	id INTEGER NOT NULL,
    	code VARCHAR NOT NULL,
    	tag VARCHAR NOT NULL,
    	line VARCHAR NOT NULL,
    	PRIMARY KEY (id),
    	UNIQUE (code),
    	UNIQUE (code, line),
    	CONSTRAINT one_tag_a_line UNIQUE (tag, line)
    );
    CREATE UNIQUE INDEX ix_seat_tag ON seat (tag);
    CREATE INDEX ix_seat_line_code ON seat (line, code);
    CREATE INDEX by_line ON seat (line)
    "#);
}

#[test]
fn checks() {
    let def = table("Hero", [id(), column::<i32>("age")], []).checks(vec![
        CheckDef { name: None, column: Some("age"), sql: "age >= 0" },
        CheckDef { name: None, column: None, sql: "age <> 13" },
        CheckDef { name: Some("grown_up"), column: None, sql: "age < 200" },
    ]);
    insta::assert_snapshot!(shown(&def, Dialect::Sqlite), @r#"
    CREATE TABLE hero (
    	id INTEGER NOT NULL,
    	age INTEGER NOT NULL,
    	PRIMARY KEY (id),
    	CONSTRAINT ck_hero_age CHECK (age >= 0),
    	CHECK (age <> 13),
    	CONSTRAINT grown_up CHECK (age < 200)
    )
    "#);
}

#[test]
fn odd_names_are_quoted() {
    let columns =
        [id(), ColumnDef { name: "Order", ..string("order") }.index(), key("group", "Group.id")];
    insta::assert_snapshot!(shown(&table("Order", columns, []), Dialect::Sqlite), @r#"
    CREATE TABLE "order" (
    	id INTEGER NOT NULL,
    	"Order" VARCHAR NOT NULL,
    	"group" INTEGER NOT NULL,
    	PRIMARY KEY (id),
    	FOREIGN KEY("group") REFERENCES "group" (id)
    );
    CREATE INDEX "ix_order_Order" ON "order" ("Order")
    "#);
    assert_eq!(drop_table(&table("Order", [id()], []), Dialect::MySql), "DROP TABLE `order`");
}

fn typed<V: ColumnType>(field: &'static str) -> ColumnDef {
    column::<V>(field)
}

const COLOUR: &EnumType = &EnumType {
    name: "Colour",
    variants: &["Red", "Scarlet's", "Ros\\é"],
    enum_name: "Colour",
    identity: "app::Colour",
    source: ("app.rs", 9),
};

/// A table with every type.
fn every_type() -> ModelDef {
    let columns = [
        id(),
        typed::<i16>("of_i16"),
        typed::<Option<i32>>("of_i32"),
        typed::<f32>("of_f32"),
        typed::<f64>("of_f64"),
        typed::<bool>("of_bool"),
        typed::<String>("of_text"),
        typed::<String>("of_short_text").length(50),
        typed::<Vec<u8>>("of_bytes"),
        typed::<Uuid>("of_uuid"),
        typed::<Decimal>("of_decimal"),
        typed::<Decimal>("of_price").precision(5, 3),
        typed::<NaiveDate>("of_day"),
        typed::<NaiveTime>("of_time"),
        typed::<NaiveDateTime>("of_local"),
        typed::<DateTime<Utc>>("of_moment"),
        typed::<Json<Vec<i32>>>("of_json"),
        typed::<TimeDelta>("of_interval"),
        ColumnDef { ty: SqlType::Enum(COLOUR), ..typed::<String>("of_enum") },
        typed::<Vec<String>>("of_texts"),
        typed::<Vec<Option<DateTime<Utc>>>>("of_moments"),
        ColumnDef { ty: SqlType::Array(&SqlType::Enum(COLOUR)), ..typed::<String>("of_enums") },
    ];
    table("Every", columns, [])
}

#[test]
fn types_of_sqlite() {
    insta::assert_snapshot!(shown(&every_type(), Dialect::Sqlite), @r#"
    CREATE TABLE every (
    	id INTEGER NOT NULL,
    	of_i16 INTEGER NOT NULL,
    	of_i32 INTEGER,
    	of_f32 FLOAT NOT NULL,
    	of_f64 FLOAT NOT NULL,
    	of_bool BOOLEAN NOT NULL,
    	of_text VARCHAR NOT NULL,
    	of_short_text VARCHAR(50) NOT NULL,
    	of_bytes BLOB NOT NULL,
    	of_uuid CHAR(32) NOT NULL,
    	of_decimal NUMERIC NOT NULL,
    	of_price NUMERIC(5, 3) NOT NULL,
    	of_day DATE NOT NULL,
    	of_time TIME NOT NULL,
    	of_local DATETIME NOT NULL,
    	of_moment DATETIME NOT NULL,
    	of_json JSON NOT NULL,
    	of_interval BIGINT NOT NULL,
    	of_enum VARCHAR(9) NOT NULL,
    	of_texts JSON NOT NULL,
    	of_moments JSON NOT NULL,
    	of_enums JSON NOT NULL,
    	PRIMARY KEY (id)
    )
    "#);
}

#[test]
fn types_of_postgres() {
    insta::assert_snapshot!(shown(&every_type(), Dialect::Postgres), @r#"
    CREATE TABLE every (
    	id BIGSERIAL NOT NULL,
    	of_i16 SMALLINT NOT NULL,
    	of_i32 INTEGER,
    	of_f32 REAL NOT NULL,
    	of_f64 DOUBLE PRECISION NOT NULL,
    	of_bool BOOLEAN NOT NULL,
    	of_text VARCHAR NOT NULL,
    	of_short_text VARCHAR(50) NOT NULL,
    	of_bytes BYTEA NOT NULL,
    	of_uuid UUID NOT NULL,
    	of_decimal NUMERIC NOT NULL,
    	of_price NUMERIC(5, 3) NOT NULL,
    	of_day DATE NOT NULL,
    	of_time TIME WITHOUT TIME ZONE NOT NULL,
    	of_local TIMESTAMP WITHOUT TIME ZONE NOT NULL,
    	of_moment TIMESTAMP WITH TIME ZONE NOT NULL,
    	of_json JSONB NOT NULL,
    	of_interval INTERVAL NOT NULL,
    	of_enum "Colour" NOT NULL,
    	of_texts VARCHAR[] NOT NULL,
    	of_moments TIMESTAMP WITH TIME ZONE[] NOT NULL,
    	of_enums "Colour"[] NOT NULL,
    	PRIMARY KEY (id)
    )
    "#);
}

#[test]
fn types_of_mysql() {
    insta::assert_snapshot!(shown(&every_type(), Dialect::MySql), @r"
    CREATE TABLE every (
    	id BIGINT NOT NULL AUTO_INCREMENT,
    	of_i16 SMALLINT NOT NULL,
    	of_i32 INTEGER,
    	of_f32 FLOAT NOT NULL,
    	of_f64 DOUBLE NOT NULL,
    	of_bool BOOL NOT NULL,
    	of_text VARCHAR(255) NOT NULL,
    	of_short_text VARCHAR(50) NOT NULL,
    	of_bytes LONGBLOB NOT NULL,
    	of_uuid CHAR(32) NOT NULL,
    	of_decimal NUMERIC(65, 28) NOT NULL,
    	of_price NUMERIC(5, 3) NOT NULL,
    	of_day DATE NOT NULL,
    	of_time TIME(6) NOT NULL,
    	of_local DATETIME(6) NOT NULL,
    	of_moment DATETIME(6) NOT NULL,
    	of_json JSON NOT NULL,
    	of_interval BIGINT NOT NULL,
    	of_enum ENUM('Red','Scarlet''s','Ros\\é') NOT NULL,
    	of_texts JSON NOT NULL,
    	of_moments JSON NOT NULL,
    	of_enums JSON NOT NULL,
    	PRIMARY KEY (id)
    ) CHARACTER SET utf8mb4 /*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */
    ");
}

#[test]
fn tables_that_refer_to_each_other_in_a_circle() {
    let team = model("Team", [id(), key("leader_id", "Hero.id").null()], []);
    let hero = model("Hero", [id(), team_id(), key("mentor_id", "Hero.id").null()], []);
    let lines = |dialect| {
        let statements = created(&[team, hero], dialect).into_iter();
        let all = statements.chain(drop_tables(&[team, hero], dialect)).collect::<Vec<_>>();
        let fold = |text: &String| text.split_whitespace().collect::<Vec<_>>().join(" ");
        all.iter().map(fold).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(lines(Dialect::MySql), @"
    CREATE TABLE team ( id BIGINT NOT NULL AUTO_INCREMENT, leader_id BIGINT, PRIMARY KEY (id) ) CHARACTER SET utf8mb4 /*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */
    CREATE TABLE hero ( id BIGINT NOT NULL AUTO_INCREMENT, team_id BIGINT, mentor_id BIGINT, PRIMARY KEY (id), FOREIGN KEY(team_id) REFERENCES team (id), FOREIGN KEY(mentor_id) REFERENCES hero (id) ) CHARACTER SET utf8mb4 /*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */
    ALTER TABLE team ADD CONSTRAINT fk_team_leader_id FOREIGN KEY(leader_id) REFERENCES hero (id)
    DROP TABLE hero
    DROP TABLE team
    ");
    insta::assert_snapshot!(lines(Dialect::Postgres), @"
    CREATE TABLE team ( id BIGSERIAL NOT NULL, leader_id BIGINT, PRIMARY KEY (id) )
    CREATE TABLE hero ( id BIGSERIAL NOT NULL, team_id BIGINT, mentor_id BIGINT, PRIMARY KEY (id), FOREIGN KEY(team_id) REFERENCES team (id), FOREIGN KEY(mentor_id) REFERENCES hero (id) )
    ALTER TABLE team ADD CONSTRAINT fk_team_leader_id FOREIGN KEY(leader_id) REFERENCES hero (id)
    DROP TABLE hero, team
    ");
    insta::assert_snapshot!(lines(Dialect::Sqlite), @"
    CREATE TABLE team ( id INTEGER NOT NULL, leader_id INTEGER, PRIMARY KEY (id), FOREIGN KEY(leader_id) REFERENCES hero (id) )
    CREATE TABLE hero ( id INTEGER NOT NULL, team_id INTEGER, mentor_id INTEGER, PRIMARY KEY (id), FOREIGN KEY(team_id) REFERENCES team (id), FOREIGN KEY(mentor_id) REFERENCES hero (id) )
    DROP TABLE hero
    DROP TABLE team
    ");
}

#[test]
fn names_that_are_made_are_cut_where_the_server_limits_them() {
    let long = "a_name_that_with_the_name_of_its_table_is_too_long_for_a_server";
    let def = model("Hero", [id(), string(long).index()], []);
    let index = |dialect| create_table(def, dialect).remove(1);
    assert_eq!(index(Dialect::Sqlite), format!("CREATE INDEX ix_hero_{long} ON hero ({long})"));
    let name = index(Dialect::MySql).split(' ').nth(2).unwrap().to_owned();
    assert_eq!(name.len(), 63);
    assert!(name.starts_with("ix_hero_a_name_that_with_the_name_of_its_table_"), "{name}");
}
