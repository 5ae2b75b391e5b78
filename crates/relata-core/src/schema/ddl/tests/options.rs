//! Schemas, comments, server defaults and identity columns, on each database.

use super::*;
use crate::schema::{CheckDef, IdentityDef, IndexDef, ServerDefault};

const DIALECTS: [Dialect; 3] = [Dialect::Sqlite, Dialect::Postgres, Dialect::MySql];

/// All statements, a line each.
fn lines(statements: &[String]) -> String {
    let fold = |text: &String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    statements.iter().map(fold).collect::<Vec<_>>().join("\n")
}

fn each(defs: &[&ModelDef]) -> String {
    let all = |dialect| {
        let mut all = create_schemas(defs, dialect);
        all.extend(created(defs, dialect));
        all.extend(drop_tables(defs, dialect));
        lines(&all)
    };
    DIALECTS.map(all).join("\n\n")
}

fn in_archive() -> [&'static ModelDef; 3] {
    let team = table("Team", [id(), string("name").index()], []);
    let hero = table(
        "Hero",
        [
            id(),
            string("name").index().unique(),
            key("team_id", "Team.id").into_schema("archive"),
            key("boss_id", "Hero.id").into_schema("archive").null(),
        ],
        [],
    );
    let hero = hero
        .indexes(vec![IndexDef { name: Some("by_team"), columns: &[2, 1] }])
        .checks(vec![CheckDef { name: Some("named"), column: None, sql: "name <> ''" }]);
    let own = table("Hero", [id(), key("was_id", "Hero.id").into_schema("archive")], []);
    [team.in_schema("archive").keep(), hero.in_schema("archive").keep(), own.keep()]
}

#[test]
fn tables_of_a_schema() {
    insta::assert_snapshot!(each(&in_archive()), @r#"
    CREATE TABLE "archive.team" ( id INTEGER NOT NULL, name VARCHAR NOT NULL, PRIMARY KEY (id) )
    CREATE INDEX "ix_archive.team_name" ON "archive.team" (name)
    CREATE TABLE "archive.hero" ( id INTEGER NOT NULL, name VARCHAR NOT NULL, team_id INTEGER NOT NULL, boss_id INTEGER, PRIMARY KEY (id), FOREIGN KEY(team_id) REFERENCES "archive.team" (id), FOREIGN KEY(boss_id) REFERENCES "archive.hero" (id), CONSTRAINT named CHECK (name <> '') )
    CREATE UNIQUE INDEX "ix_archive.hero_name" ON "archive.hero" (name)
    CREATE INDEX "archive.by_team" ON "archive.hero" (team_id, name)
    CREATE TABLE hero ( id INTEGER NOT NULL, was_id INTEGER NOT NULL, PRIMARY KEY (id), FOREIGN KEY(was_id) REFERENCES "archive.hero" (id) )
    DROP TABLE hero
    DROP TABLE "archive.hero"
    DROP TABLE "archive.team"

    CREATE SCHEMA IF NOT EXISTS archive
    CREATE TABLE archive.team ( id BIGSERIAL NOT NULL, name VARCHAR NOT NULL, PRIMARY KEY (id) )
    CREATE INDEX ix_archive_team_name ON archive.team (name)
    CREATE TABLE archive.hero ( id BIGSERIAL NOT NULL, name VARCHAR NOT NULL, team_id BIGINT NOT NULL, boss_id BIGINT, PRIMARY KEY (id), FOREIGN KEY(team_id) REFERENCES archive.team (id), FOREIGN KEY(boss_id) REFERENCES archive.hero (id), CONSTRAINT named CHECK (name <> '') )
    CREATE UNIQUE INDEX ix_archive_hero_name ON archive.hero (name)
    CREATE INDEX by_team ON archive.hero (team_id, name)
    CREATE TABLE hero ( id BIGSERIAL NOT NULL, was_id BIGINT NOT NULL, PRIMARY KEY (id), FOREIGN KEY(was_id) REFERENCES archive.hero (id) )
    DROP TABLE hero, archive.hero, archive.team

    CREATE SCHEMA IF NOT EXISTS archive
    CREATE TABLE archive.team ( id BIGINT NOT NULL AUTO_INCREMENT, name VARCHAR(255) NOT NULL, PRIMARY KEY (id) ) CHARACTER SET utf8mb4 /*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */
    CREATE INDEX ix_archive_team_name ON archive.team (name)
    CREATE TABLE archive.hero ( id BIGINT NOT NULL AUTO_INCREMENT, name VARCHAR(255) NOT NULL, team_id BIGINT NOT NULL, boss_id BIGINT, PRIMARY KEY (id), FOREIGN KEY(team_id) REFERENCES archive.team (id), FOREIGN KEY(boss_id) REFERENCES archive.hero (id), CONSTRAINT named CHECK (name <> '') ) CHARACTER SET utf8mb4 /*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */
    CREATE UNIQUE INDEX ix_archive_hero_name ON archive.hero (name)
    CREATE INDEX by_team ON archive.hero (team_id, name)
    CREATE TABLE hero ( id BIGINT NOT NULL AUTO_INCREMENT, was_id BIGINT NOT NULL, PRIMARY KEY (id), FOREIGN KEY(was_id) REFERENCES archive.hero (id) ) CHARACTER SET utf8mb4 /*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */
    DROP TABLE hero
    DROP TABLE archive.hero
    DROP TABLE archive.team
    "#);
}

#[test]
fn each_part_of_a_name_is_quoted_by_itself() {
    let def = table("Order", [id(), string("select").index()], []).in_schema("My.Data").keep();
    insta::assert_snapshot!(each(&[def]), @r#"
    CREATE TABLE "My.Data.order" ( id INTEGER NOT NULL, "select" VARCHAR NOT NULL, PRIMARY KEY (id) )
    CREATE INDEX "ix_My.Data.order_select" ON "My.Data.order" ("select")
    DROP TABLE "My.Data.order"

    CREATE SCHEMA IF NOT EXISTS "My.Data"
    CREATE TABLE "My.Data"."order" ( id BIGSERIAL NOT NULL, "select" VARCHAR NOT NULL, PRIMARY KEY (id) )
    CREATE INDEX "ix_My_Data_order_select" ON "My.Data"."order" ("select")
    DROP TABLE "My.Data"."order"

    CREATE SCHEMA IF NOT EXISTS `My.Data`
    CREATE TABLE `My.Data`.`order` ( id BIGINT NOT NULL AUTO_INCREMENT, `select` VARCHAR(255) NOT NULL, PRIMARY KEY (id) ) CHARACTER SET utf8mb4 /*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */
    CREATE INDEX `ix_My_Data_order_select` ON `My.Data`.`order` (`select`)
    DROP TABLE `My.Data`.`order`
    "#);
}

#[test]
fn a_key_out_of_a_schema_names_the_database_on_mysql() {
    let team = model("Team", [id()], []);
    let hero = table("Hero", [id(), key("team_id", "Team.id")], []).in_schema("archive").keep();
    let mysql = Site::new(Dialect::MySql);
    let error = create_tables(&[team, hero], &mysql).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Metadata);
    assert_eq!((error.table(), error.columns().collect()), (Some("archive.hero"), vec!["team_id"]));
    assert_eq!(
        error.to_string(),
        "`Hero.team_id` leads from `archive.hero` to `team`, which says no schema, and MySQL and MariaDB want to be told its database; use `create_all`, which asks the server for it, or give `Team` a schema"
    );
    let known = Site { database: Some("My App".into()), ..mysql };
    let text = create_tables(&[team, hero], &known).unwrap().remove(1);
    assert!(text.contains("FOREIGN KEY(team_id) REFERENCES `My App`.team (id)"), "{text}");
    for dialect in [Dialect::Sqlite, Dialect::Postgres] {
        assert!(created(&[team, hero], dialect)[1].contains("REFERENCES team (id)"));
    }
}

#[test]
fn comments() {
    let columns = [id().comment("its number"), string("name").comment(r"as \'they\' say")];
    let def = table("Hero", columns, []).comment("who saves us; it's them").keep();
    insta::assert_snapshot!(each(&[def]), @r#"
    CREATE TABLE hero ( id INTEGER NOT NULL, name VARCHAR NOT NULL, PRIMARY KEY (id) )
    DROP TABLE hero

    CREATE TABLE hero ( id BIGSERIAL NOT NULL, name VARCHAR NOT NULL, PRIMARY KEY (id) )
    COMMENT ON TABLE hero IS 'who saves us; it''s them'
    COMMENT ON COLUMN hero.id IS 'its number'
    COMMENT ON COLUMN hero.name IS E'as \\''they\\'' say'
    DROP TABLE hero

    CREATE TABLE hero ( id BIGINT NOT NULL AUTO_INCREMENT COMMENT 'its number', name VARCHAR(255) NOT NULL COMMENT 'as \\''they\\'' say', PRIMARY KEY (id) ) CHARACTER SET utf8mb4 /*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */ COMMENT 'who saves us; it''s them'
    DROP TABLE hero
    "#);
}

#[test]
fn server_defaults() {
    let on = ServerDefault { sqlite: Some("1"), postgres: Some("2"), mysql: None };
    let columns = [
        id(),
        column::<Option<DateTime<Utc>>>("created").server_default("CURRENT_TIMESTAMP"),
        column::<i32>("lives").server_default("3 + 4"),
        column::<Option<i32>>("age").server_default_on(on),
    ];
    insta::assert_snapshot!(each(&[model("Hero", columns, [])]), @r#"
    CREATE TABLE hero ( id INTEGER NOT NULL, created DATETIME DEFAULT (CURRENT_TIMESTAMP), lives INTEGER DEFAULT (3 + 4) NOT NULL, age INTEGER DEFAULT (1), PRIMARY KEY (id) )
    DROP TABLE hero

    CREATE TABLE hero ( id BIGSERIAL NOT NULL, created TIMESTAMP WITH TIME ZONE DEFAULT (CURRENT_TIMESTAMP), lives INTEGER DEFAULT (3 + 4) NOT NULL, age INTEGER DEFAULT (2), PRIMARY KEY (id) )
    DROP TABLE hero

    CREATE TABLE hero ( id BIGINT NOT NULL AUTO_INCREMENT, created DATETIME(6) DEFAULT (CURRENT_TIMESTAMP), lives INTEGER DEFAULT (3 + 4) NOT NULL, age INTEGER, PRIMARY KEY (id) ) CHARACTER SET utf8mb4 /*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */
    DROP TABLE hero
    "#);
}

#[test]
fn identity_columns() {
    let key = |always, start, increment| {
        let def = model("Hero", [id().identity(IdentityDef { always, start, increment })], []);
        each(&[def])
            .split("\n\n")
            .map(|all| all.lines().next().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let all = [
        key(false, None, 1),
        key(true, Some(1000), 10),
        key(false, Some(-5), 1),
        key(false, Some(1000), -10),
        key(true, None, -1),
    ];
    insta::assert_snapshot!(all.map(|of_each| of_each.join("\n")).join("\n\n"), @r#"
    CREATE TABLE hero ( id INTEGER NOT NULL, PRIMARY KEY (id) )
    CREATE TABLE hero ( id BIGINT GENERATED BY DEFAULT AS IDENTITY NOT NULL, PRIMARY KEY (id) )
    CREATE TABLE hero ( id BIGINT NOT NULL AUTO_INCREMENT, PRIMARY KEY (id) ) CHARACTER SET utf8mb4 /*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */

    CREATE TABLE hero ( id INTEGER NOT NULL, PRIMARY KEY (id) )
    CREATE TABLE hero ( id BIGINT GENERATED ALWAYS AS IDENTITY (START WITH 1000 INCREMENT BY 10) NOT NULL, PRIMARY KEY (id) )
    CREATE TABLE hero ( id BIGINT NOT NULL AUTO_INCREMENT, PRIMARY KEY (id) ) CHARACTER SET utf8mb4 /*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */ AUTO_INCREMENT = 1000

    CREATE TABLE hero ( id INTEGER NOT NULL, PRIMARY KEY (id) )
    CREATE TABLE hero ( id BIGINT GENERATED BY DEFAULT AS IDENTITY (START WITH -5 MINVALUE -5) NOT NULL, PRIMARY KEY (id) )
    CREATE TABLE hero ( id BIGINT NOT NULL AUTO_INCREMENT, PRIMARY KEY (id) ) CHARACTER SET utf8mb4 /*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */

    CREATE TABLE hero ( id INTEGER NOT NULL, PRIMARY KEY (id) )
    CREATE TABLE hero ( id BIGINT GENERATED BY DEFAULT AS IDENTITY (START WITH 1000 INCREMENT BY -10 MAXVALUE 1000) NOT NULL, PRIMARY KEY (id) )
    CREATE TABLE hero ( id BIGINT NOT NULL AUTO_INCREMENT, PRIMARY KEY (id) ) CHARACTER SET utf8mb4 /*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */ AUTO_INCREMENT = 1000

    CREATE TABLE hero ( id INTEGER NOT NULL, PRIMARY KEY (id) )
    CREATE TABLE hero ( id BIGINT GENERATED ALWAYS AS IDENTITY (INCREMENT BY -1) NOT NULL, PRIMARY KEY (id) )
    CREATE TABLE hero ( id BIGINT NOT NULL AUTO_INCREMENT, PRIMARY KEY (id) ) CHARACTER SET utf8mb4 /*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */
    "#);
}
