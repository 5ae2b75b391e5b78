//! What is created and dropped, in a database in memory.

use super::*;
use crate::blocking::Engine;
use relata_core::{
    ErrorKind,
    connection::{Row, Rows, Statement, Step},
    schema::{ColumnDef, ModelDef, Reference},
    value::Cell,
};

const fn reference(model: &'static str, table: &'static str) -> Option<Reference> {
    Some(Reference { model, name: model, table, schema: None, column: "id", on_delete: None })
}

const fn model(
    identity: &'static str,
    table: &'static str,
    columns: &'static [ColumnDef],
) -> ModelDef {
    ModelDef {
        identity,
        name: identity,
        table,
        schema: None,
        columns,
        relations: &[],
        primary_key: &[0],
        uniques: &[],
        indexes: &[],
        checks: &[],
        comment: None,
        source: ("app.rs", 1),
    }
}

const fn id() -> ColumnDef {
    ColumnDef::of::<i64>("id", "id").primary_key().generated(true)
}

static HERO: ModelDef = {
    static COLUMNS: [ColumnDef; 3] = [
        id(),
        ColumnDef::of::<String>("name", "name").index(),
        ColumnDef::of::<Option<i64>>("team_id", "team_id").references(reference("Team", "team")),
    ];
    model("Hero", "hero", &COLUMNS)
};

static TEAM: ModelDef = {
    static COLUMNS: [ColumnDef; 2] = [id(), ColumnDef::of::<String>("name", "name")];
    model("Team", "team", &COLUMNS)
};

/// Two tables that refer to each other.
static CHICKEN: ModelDef = {
    static COLUMNS: [ColumnDef; 2] = [
        id(),
        ColumnDef::of::<Option<i64>>("egg_id", "egg_id").references(reference("Egg", "egg")),
    ];
    model("Chicken", "chicken", &COLUMNS)
};

static EGG: ModelDef = {
    static COLUMNS: [ColumnDef; 2] = [
        id(),
        ColumnDef::of::<Option<i64>>("chicken_id", "chicken_id")
            .references(reference("Chicken", "chicken")),
    ];
    model("Egg", "egg", &COLUMNS)
};

/// A table whose CREATE TABLE the database refuses.
static WRONG: ModelDef = {
    static COLUMNS: [ColumnDef; 2] =
        [id(), ColumnDef::of::<i64>("id", "id").references(reference("Hero", "hero"))];
    model("Wrong", "wrong", &COLUMNS)
};

macro_rules! sets {
    ($($name:ident: [$($def:ident),*];)*) => {$(
        struct $name;
        impl Models for $name {
            fn defs() -> Vec<&'static ModelDef> {
                vec![$(&$def),*]
            }
        }
    )*};
}

sets! {
    Heroes: [HERO, TEAM];
    HeroAlone: [HERO];
    TeamAlone: [TEAM];
    Farm: [CHICKEN, EGG];
    Broken: [WRONG, HERO, TEAM];
}

fn engine() -> Engine {
    Engine::connect("sqlite://").unwrap()
}

/// Runs statements, each in a transaction of its own.
fn execute(engine: &Engine, sql: &[&str]) -> Result<()> {
    crate::mode::Blocking::run(async {
        let mut lease = engine.acquire().await?;
        let steps = sql.iter().map(|sql| Step::Run(Statement::text(*sql))).collect();
        change::send(&mut lease, steps).await.map(drop)
    })
}

#[derive(Default)]
struct Names(Vec<String>);

impl Rows for Names {
    fn row(&mut self, row: &dyn Row) -> Result<()> {
        if let Cell::Text(name) = row.cell(0)? {
            self.0.push(name.to_owned());
        }
        Ok(())
    }
}

/// The names of what is in the database, SQLite's own aside.
fn names(engine: &Engine) -> Vec<String> {
    crate::mode::Blocking::run(async {
        let mut lease = engine.acquire().await.unwrap();
        let ask = Statement {
            rows: Some(Box::new(Names::default())),
            ..Statement::text(
                "SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name",
            )
        };
        let mut reply = change::send(&mut lease, vec![Step::Run(ask)]).await.unwrap();
        assert!(!reply.in_transaction);
        reply.done[0].take::<Names>().unwrap().0
    })
}

#[test]
fn what_is_missing_is_created() {
    let engine = engine();
    Metadata::of(TeamAlone).create_all(&engine).unwrap();
    assert_eq!(names(&engine), ["team"]);
    execute(&engine, &["INSERT INTO team (name) VALUES ('Preventers')"]).unwrap();

    let all = Metadata::of(Heroes);
    assert_eq!(all.tables().collect::<Vec<_>>(), ["hero", "team"]);
    for _ in 0..2 {
        all.create_all(&engine).unwrap();
        assert_eq!(names(&engine), ["hero", "ix_hero_name", "team"]);
    }
    execute(&engine, &["INSERT INTO hero (name, team_id) VALUES ('Rusty-Man', 1)"]).unwrap();
}

#[test]
fn the_case_of_a_name_is_the_databases_affair() {
    let engine = engine();
    execute(&engine, &["CREATE TABLE Team (id INTEGER)"]).unwrap();
    Metadata::of(TeamAlone).create_all(&engine).unwrap();
    assert_eq!(names(&engine), ["Team"]);
    Metadata::of(TeamAlone).drop_all(&engine).unwrap();
    assert!(names(&engine).is_empty());
}

#[test]
fn all_or_none_is_created() {
    let engine = engine();
    let error = Metadata::of(Broken).create_all(&engine).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Database);
    assert!(error.to_string().contains("duplicate column name: id"), "{error}");
    assert!(error.statement().unwrap().starts_with("CREATE TABLE wrong ("), "{error:?}");
    assert!(names(&engine).is_empty());
    Metadata::of(Heroes).create_all(&engine).unwrap();
}

#[test]
fn a_set_that_lacks_a_table_is_refused() {
    let engine = engine();
    let set = Metadata::of(HeroAlone);
    for error in [
        set.create_all(&engine).unwrap_err(),
        set.drop_all(&engine).unwrap_err(),
        set.create_sql(Dialect::Sqlite).unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Metadata);
        assert_eq!(
            error.to_string(),
            "`Hero.team_id` refers to the table `team`, which is not among these tables; add `Team` to `Metadata::of(..)`"
        );
    }
}

#[test]
fn what_is_there_is_dropped() {
    let engine = engine();
    Metadata::of(Heroes).drop_all(&engine).unwrap();
    Metadata::of(TeamAlone).create_all(&engine).unwrap();
    Metadata::of(Heroes).drop_all(&engine).unwrap();
    assert!(names(&engine).is_empty());

    Metadata::of(Heroes).create_all(&engine).unwrap();
    let rows = ["INSERT INTO team VALUES (1, 'Preventers')", "INSERT INTO hero VALUES (1, 'R', 1)"];
    execute(&engine, &rows).unwrap();
    Metadata::of(Heroes).drop_all(&engine).unwrap();
    assert!(names(&engine).is_empty());
}

#[test]
fn tables_that_refer_to_each_other() {
    let engine = engine();
    let farm = Metadata::of(Farm);
    farm.create_all(&engine).unwrap();
    let rows = [
        "INSERT INTO chicken VALUES (1, NULL)",
        "INSERT INTO egg VALUES (2, 1)",
        "UPDATE chicken SET egg_id = 2",
    ];
    execute(&engine, &rows).unwrap();
    farm.drop_all(&engine).unwrap();
    assert!(names(&engine).is_empty());
}

#[test]
fn what_others_refer_to_stays() {
    let engine = engine();
    Metadata::of(Heroes).create_all(&engine).unwrap();
    let rows = ["INSERT INTO team VALUES (1, 'Preventers')", "INSERT INTO hero VALUES (1, 'R', 1)"];
    execute(&engine, &rows).unwrap();
    let error = Metadata::of(TeamAlone).drop_all(&engine).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ForeignKeyViolation);
    assert_eq!(names(&engine), ["hero", "ix_hero_name", "team"]);
}

#[test]
fn the_statements() {
    insta::assert_snapshot!(
        Metadata::of(Heroes).create_sql(Dialect::Sqlite).unwrap().join(";\n").replace(" \n", "\n"),
        @r"
    CREATE TABLE team (
    	id INTEGER NOT NULL,
    	name VARCHAR NOT NULL,
    	PRIMARY KEY (id)
    );
    CREATE TABLE hero (
    	id INTEGER NOT NULL,
    	name VARCHAR NOT NULL,
    	team_id INTEGER,
    	PRIMARY KEY (id),
    	FOREIGN KEY(team_id) REFERENCES team (id)
    );
    CREATE INDEX ix_hero_name ON hero (name)
    "
    );
}

#[test]
fn async_programs_too() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let done = runtime.block_on(async {
        let engine = crate::engine::Engine::connect("sqlite://").await?;
        Metadata::of(Heroes).create_all(&engine).await?;
        Metadata::of(Heroes).drop_all(&engine).await
    });
    done.unwrap();
}
