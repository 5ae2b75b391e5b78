//! Comments, as the servers keep them.

use crate::support::{Db, Kind, everywhere};
use relata::blocking::{Engine, Session, prelude::*};

#[model(table, comment = r#"who's "who" of \heroes\; -- für é"#)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    #[field(index, comment = r"it's \' a trap\")]
    name: String,
    #[field(server_default = "1", comment = "how 'often'")]
    lives: Option<i32>,
    said: i32,
}

const TABLE: &str = r#"who's "who" of \heroes\; -- für é"#;

/// That of the table, and of each column.
fn comments(db: &Db, engine: &Engine) -> Vec<String> {
    let sql = match db.kind {
        Kind::Sqlite => return Vec::new(),
        Kind::Postgres => {
            "SELECT COALESCE(obj_description('hero'::regclass), '') \
             UNION ALL (SELECT COALESCE(col_description(attrelid, attnum), '') FROM pg_attribute \
             WHERE attrelid = 'hero'::regclass AND attnum > 0 ORDER BY attnum)"
        }
        Kind::MySql => {
            "SELECT CONVERT(note USING utf8mb4) FROM (\
             SELECT 0 AS place, table_comment AS note FROM information_schema.tables \
             WHERE table_schema = database() AND table_name = 'hero' \
             UNION ALL SELECT ordinal_position, column_comment FROM information_schema.columns \
             WHERE table_schema = database() AND table_name = 'hero') AS notes ORDER BY place"
        }
    };
    let rows = engine.exec(raw(sql).into_tuple::<(String,)>()).all().unwrap();
    rows.into_iter().map(|(note,)| note).collect()
}

#[test]
fn comments_are_kept_as_they_are() {
    everywhere("comments_are_kept", &[], |db| {
        let engine = db.engine();
        Metadata::of(Hero).create_all(&engine).unwrap();
        if db.kind != Kind::Sqlite {
            let expected = [TABLE, "", r"it's \' a trap\", "how 'often'", ""];
            assert_eq!(comments(db, &engine), expected);
        }
        let mut session = Session::new(&engine);
        session.add(Hero::new("Deadpond", 3));
        session.commit().unwrap();
        Metadata::of(Hero).drop_all(&engine).unwrap();
    });
}

/// What a backslash is in quotes depends on settings of the servers.
#[test]
fn comments_do_not_depend_on_settings() {
    everywhere("comments_do_not_depend_on_settings", &[], |db| {
        let setting = match db.kind {
            Kind::Sqlite => return,
            Kind::Postgres => "SET standard_conforming_strings = off",
            Kind::MySql => "SET sql_mode = 'NO_BACKSLASH_ESCAPES,ANSI_QUOTES'",
        };
        let engine = Engine::builder(&*db.url).pool_size(1).build().unwrap();
        engine.exec(raw(setting)).run().unwrap();
        Metadata::of(Hero).create_all(&engine).unwrap();
        let found = comments(db, &engine);
        assert_eq!((&*found[0], &*found[2]), (TABLE, r"it's \' a trap\"));
    });
}
