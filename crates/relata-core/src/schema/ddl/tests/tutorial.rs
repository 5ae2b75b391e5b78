//! The tables of SQLModel's tutorial, as SQLAlchemy creates them.

use super::*;

const INDEXES: [&str; 2] =
    ["CREATE INDEX ix_hero_name ON hero (name)", "CREATE INDEX ix_hero_age ON hero (age)"];

/// Asserts a table's text, and the indexes of every hero after it.
#[track_caller]
fn check_hero(def: &ModelDef, table: &str) {
    assert_eq!(folded(def), [table, INDEXES[0], INDEXES[1]]);
}

#[test]
fn hero_alone() {
    check_hero(
        hero([]),
        "CREATE TABLE hero ( id INTEGER NOT NULL, name VARCHAR NOT NULL, secret_name VARCHAR NOT NULL, age INTEGER, PRIMARY KEY (id) )",
    );
}

#[test]
fn hero_with_a_uuid() {
    let columns = [
        column::<Uuid>("id").primary_key(),
        string("name").index(),
        string("secret_name"),
        column::<Option<i32>>("age").index(),
    ];
    check_hero(
        model("Hero", columns, []),
        "CREATE TABLE hero ( id CHAR(32) NOT NULL, name VARCHAR NOT NULL, secret_name VARCHAR NOT NULL, age INTEGER, PRIMARY KEY (id) )",
    );
}

#[test]
fn hero_with_money() {
    check_hero(
        hero([column::<Decimal>("money").precision(5, 3)]),
        "CREATE TABLE hero ( id INTEGER NOT NULL, name VARCHAR NOT NULL, secret_name VARCHAR NOT NULL, age INTEGER, money NUMERIC(5, 3) NOT NULL, PRIMARY KEY (id) )",
    );
}

#[test]
fn team() {
    let columns = [id(), string("name").index(), string("headquarters")];
    assert_eq!(
        folded(model("Team", columns, [])),
        [
            "CREATE TABLE team ( id INTEGER NOT NULL, name VARCHAR NOT NULL, headquarters VARCHAR NOT NULL, PRIMARY KEY (id) )",
            "CREATE INDEX ix_team_name ON team (name)",
        ]
    );
}

#[test]
fn hero_of_a_team() {
    check_hero(
        hero([team_id()]),
        "CREATE TABLE hero ( id INTEGER NOT NULL, name VARCHAR NOT NULL, secret_name VARCHAR NOT NULL, age INTEGER, team_id INTEGER, PRIMARY KEY (id), FOREIGN KEY(team_id) REFERENCES team (id) )",
    );
}

#[test]
fn hero_of_a_team_with_a_rule() {
    check_hero(
        hero([team_id().on_delete(OnDelete::Cascade)]),
        "CREATE TABLE hero ( id INTEGER NOT NULL, name VARCHAR NOT NULL, secret_name VARCHAR NOT NULL, age INTEGER, team_id INTEGER, PRIMARY KEY (id), FOREIGN KEY(team_id) REFERENCES team (id) ON DELETE CASCADE )",
    );
    check_hero(
        hero([team_id().on_delete(OnDelete::SetNull)]),
        "CREATE TABLE hero ( id INTEGER NOT NULL, name VARCHAR NOT NULL, secret_name VARCHAR NOT NULL, age INTEGER, team_id INTEGER, PRIMARY KEY (id), FOREIGN KEY(team_id) REFERENCES team (id) ON DELETE SET NULL )",
    );
}

#[test]
fn links() {
    assert_eq!(
        folded(link([])),
        [
            "CREATE TABLE heroteamlink ( team_id INTEGER NOT NULL, hero_id INTEGER NOT NULL, PRIMARY KEY (team_id, hero_id), FOREIGN KEY(team_id) REFERENCES team (id), FOREIGN KEY(hero_id) REFERENCES hero (id) )"
        ]
    );
    assert_eq!(
        folded(link([column::<bool>("is_training")])),
        [
            "CREATE TABLE heroteamlink ( team_id INTEGER NOT NULL, hero_id INTEGER NOT NULL, is_training BOOLEAN NOT NULL, PRIMARY KEY (team_id, hero_id), FOREIGN KEY(team_id) REFERENCES team (id), FOREIGN KEY(hero_id) REFERENCES hero (id) )"
        ]
    );
}
