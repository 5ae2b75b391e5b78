//! Enums and other types of the database's own: bound, read, extended and made again.

use crate::support::*;
use relata_core::{
    ErrorKind,
    connection::{Begin, Params, Statement, Step},
    value::{EnumType, SqlType, Value},
};
use std::any::Any;

const MOOD: &EnumType = &EnumType {
    name: "mood",
    variants: &["sad", "it's, \"so\"", "glad"],
    enum_name: "Mood",
    identity: "contract::Mood",
    source: ("own_types.rs", 1),
};

fn mood(at: usize) -> Value {
    Value::Enum(MOOD, MOOD.variants[at])
}

fn moods(all: impl IntoIterator<Item = Value>) -> Value {
    Value::Array(&SqlType::Enum(MOOD), all.into_iter().collect())
}

const CREATE: &str = "CREATE TYPE mood AS ENUM ('sad', 'it''s, \"so\"', 'glad')";

/// A connection to a table `t` with columns `id`, `mood` and `past`.
fn table(schema: &Schema, way: Way) -> Conn {
    let mut conn = schema.connect(way);
    let tables = [
        sql("DROP TABLE IF EXISTS t"),
        sql("DROP TYPE IF EXISTS mood"),
        sql(CREATE),
        sql("CREATE TABLE t (id SERIAL PRIMARY KEY, mood mood, past mood[])"),
    ];
    run(&mut conn, tables).unwrap();
    conn
}

fn insert(values: Vec<Value>) -> Step {
    write("INSERT INTO t (mood, past) VALUES ($1, $2)", "t", values)
}

#[test]
fn variants_come_back_by_their_names() {
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        let mut conn = table(&schema, way);
        let all = [
            insert(vec![mood(1), moods([mood(2), Value::Null, mood(1)])]),
            insert(vec![Value::Null, moods([])]),
            insert(vec![mood(0), Value::Null]),
        ];
        run(&mut conn, all).unwrap();
        assert_eq!(
            rows(&mut conn, "SELECT mood, past FROM t ORDER BY id"),
            [
                r#"Text("it's, \"so\"") List([Text("glad"), Null, Text("it's, \"so\"")])"#,
                "Null List([])",
                r#"Text("sad") Null"#,
            ],
            "{way:?}"
        );
        for (condition, value, ids) in [
            ("mood = $1", mood(1), &["Int(1)"][..]),
            ("mood > $1", mood(0), &["Int(1)"]),
            ("mood = ANY ($1)", Value::List([mood(1), mood(0)].into()), &["Int(1)", "Int(3)"]),
            ("mood = CAST($1 AS mood)", mood(0), &["Int(3)"]),
            ("past = $1", moods([]), &["Int(2)"]),
            ("past @> CAST($1 AS mood[])", moods([mood(2)]), &["Int(1)"]),
        ] {
            let select = format!("SELECT id FROM t WHERE {condition} ORDER BY id");
            let step = read_with(&select, Params::once(vec![value]));
            assert_eq!(grid(&mut run(&mut conn, [step]).unwrap(), 0), ids, "{way:?} {condition}");
        }
    }
}

#[test]
fn a_variant_that_the_type_lacks_is_refused() {
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        let mut conn = table(&schema, way);
        for values in [
            vec![text("furious"), Value::Null],
            vec![Value::Enum(MOOD, "furious"), Value::Null],
            vec![Value::Null, moods([Value::Enum(MOOD, "furious")])],
        ] {
            let error = failure(&mut conn, insert(values)).error;
            assert_eq!((error.kind(), error.code()), (ErrorKind::OutOfRange, Some("22P02")));
            assert!(error.to_string().contains("mood: \"furious\""), "{error}");
        }
        run(&mut conn, [sql("ALTER TYPE mood ADD VALUE 'furious' BEFORE 'glad'")]).unwrap();
        run(&mut conn, [insert(vec![Value::Enum(MOOD, "furious"), Value::Null])]).unwrap();
        assert_eq!(
            rows(&mut conn, "SELECT mood FROM t WHERE mood < 'glad'"),
            ["Text(\"furious\")"]
        );
    }
}

/// More rows than fit the buffers, while the type was not seen before.
#[test]
fn many_rows_of_a_type_that_is_seen_first_do_not_wait_for_it() {
    const MANY: &str =
        "SELECT 'glad'::mood AS mood, repeat('x', 200) FROM generate_series(1, 3000)";
    let Some(schema) = Schema::new() else { return };
    drop(table(&schema, Way::Own));
    for way in WAYS {
        let mut conn = schema.connect(way);
        let mut reply = run(&mut conn, [Step::Begin(Begin::Read), read(MANY), read(MANY)]).unwrap();
        assert_eq!((grid(&mut reply, 1).len(), grid(&mut reply, 2).len()), (3_000, 3_000));
        let mut conn = schema.connect(way);
        block_on(conn.open(Statement::text(MANY))).unwrap();
        let mut portion = block_on(conn.fetch(Box::new(Grid::default()), 2_000));
        let grid = (portion.rows.take().unwrap() as Box<dyn Any>).downcast::<Grid>().unwrap();
        assert_eq!(grid.0.len(), 2_000);
        assert!(grid.0[0].starts_with("Text(\"glad\")"));
    }
}

/// A type that is dropped and created again has another number.
#[test]
fn statements_are_prepared_again_for_a_type_that_was_made_again() {
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        let mut conn = schema.connect(way);
        for _ in 0..3 {
            drop(table(&schema, Way::Own));
            let step = || insert(vec![mood(2), moods([mood(0)])]);
            let select = || read("SELECT mood, past FROM t");
            let mut run = |step: fn() -> Step| match run(&mut conn, [step()]) {
                Ok(reply) => reply,
                // what was prepared for the old type is forgotten, and prepared again
                Err(_) => run(&mut conn, [step()]).unwrap(),
            };
            run(step);
            assert_eq!(grid(&mut run(select), 0), ["Text(\"glad\") List([Text(\"sad\")])"]);
        }
    }
}

#[test]
fn other_types_are_read_where_they_are_text_or_numbers() {
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        let mut conn = schema.connect(way);
        let types = [
            sql("DROP DOMAIN IF EXISTS age CASCADE"),
            sql("DROP TYPE IF EXISTS pair CASCADE"),
            sql("CREATE DOMAIN age AS smallint CHECK (VALUE >= 0)"),
            sql("CREATE TYPE pair AS (a integer, b text)"),
        ];
        run(&mut conn, types).unwrap();
        assert_eq!(rows(&mut conn, "SELECT 7::age"), ["Int(7)"]);
        let unread = failure(&mut conn, read("SELECT ROW(1, 'x')::pair AS v")).error;
        assert_eq!(unread.kind(), ErrorKind::Decode);
        assert_eq!(
            unread.to_string(),
            "column `v` cannot be read: its type is one of the database's own that is no enum; cast it to text"
        );
        let unread = failure(&mut conn, read("SELECT '1.2.3.4'::inet AS v")).error;
        assert_eq!(
            unread.to_string(),
            "column `v` cannot be read: its type is `inet`; cast it to text"
        );
    }
}
