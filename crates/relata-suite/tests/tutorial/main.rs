//! The programs of the tutorial, as they are in `examples`: what each prints, the tables it makes
//! and the rows it leaves.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests, outside of `#[test]`")]

mod printed;

use rusqlite::{Connection, types::ValueRef};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
    process::Command,
    sync::LazyLock,
};

type Row = BTreeMap<String, Value>;

/// Where cargo put each example.
static EXAMPLES: LazyLock<HashMap<String, PathBuf>> = LazyLock::new(|| {
    let built = Command::new(env!("CARGO"))
        .args(["build", "--package", "relata", "--examples", "--message-format", "json"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let messages = String::from_utf8(built.stdout).unwrap();
    let messages = messages.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let examples = messages.filter_map(|message| {
        let name = message["target"]["name"].as_str()?;
        Some((name.to_owned(), message["executable"].as_str()?.into()))
    });
    examples.collect()
});

/// Runs an example in a directory of its own, and compares it with what a chapter expects.
fn check(example: &str, chapter: &str) {
    let chapters: Value = serde_json::from_str(include_str!("../../data/tutorial.json")).unwrap();
    let expected = &chapters[chapter];
    let directory = tempfile::tempdir().unwrap();
    let ran = Command::new(&EXAMPLES[example]).current_dir(&directory).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));

    let prints = expected["prints"].as_array().unwrap();
    let lines = String::from_utf8(ran.stdout).unwrap();
    assert_eq!(lines.lines().count(), prints.len(), "{lines}");
    for (line, print) in lines.lines().zip(prints) {
        check_line(line, print.as_array().unwrap());
    }
    let database = Connection::open(directory.path().join("database.db")).unwrap();
    assert_eq!(definitions(&database), by_table(strings(&expected["ddl"])));
    let tables: BTreeMap<String, Vec<Row>> =
        serde_json::from_value(expected["tables"].clone()).unwrap();
    let tables = tables.into_iter().map(|(name, rows)| (name, sorted(rows))).collect();
    assert_eq!(contents(&database), tables);
}

/// A line is labels, which are texts, and values between them.
fn check_line(line: &str, print: &[Value]) {
    let mut rest = line;
    for part in print {
        if let Value::String(label) = part {
            let after = rest.strip_prefix(label.as_str());
            rest = after.unwrap_or_else(|| panic!("`{label}` is not at the start of `{rest}`"));
        } else {
            let (value, after) = printed::value(rest);
            assert_eq!(value, *part, "{line}");
            rest = after;
        }
        rest = rest.trim_start();
    }
    assert_eq!(rest, "", "{line}");
}

/// The statements that made the tables and indexes, white space folded.
fn definitions(database: &Connection) -> Vec<Vec<String>> {
    let sql = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid";
    let mut statement = database.prepare(sql).unwrap();
    let sql = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
    let folded = |sql: String| sql.split_whitespace().collect::<Vec<_>>().join(" ");
    by_table(sql.map(|sql| folded(sql.unwrap())).collect())
}

/// Each table with its indexes. The order of the tables counts, that of the indexes of one table
/// does not.
fn by_table(definitions: Vec<String>) -> Vec<Vec<String>> {
    let mut tables: Vec<Vec<String>> = Vec::new();
    for definition in definitions {
        match tables.last_mut() {
            Some(table) if definition.starts_with("CREATE INDEX") => table.push(definition),
            _ => tables.push(vec![definition]),
        }
    }
    tables.iter_mut().for_each(|table| table[1..].sort());
    tables
}

fn strings(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

/// Every row of every table.
fn contents(database: &Connection) -> BTreeMap<String, Vec<Row>> {
    let sql = "SELECT name FROM sqlite_master WHERE type = 'table'";
    let mut statement = database.prepare(sql).unwrap();
    let names = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
    names.map(|name| name.unwrap()).map(|name| (name.clone(), rows(database, &name))).collect()
}

fn rows(database: &Connection, table: &str) -> Vec<Row> {
    let mut statement = database.prepare(&format!("SELECT * FROM {table}")).unwrap();
    let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let read = |row: &rusqlite::Row<'_>| -> Row {
        let cell = |at| match row.get_ref(at).unwrap() {
            ValueRef::Null => Value::Null,
            ValueRef::Integer(number) => json!(number),
            ValueRef::Text(text) => json!(str::from_utf8(text).unwrap()),
            other => panic!("the tutorial stores no {:?}", other.data_type()),
        };
        names.iter().enumerate().map(|(at, name)| (name.clone(), cell(at))).collect()
    };
    let rows = statement.query_map([], |row| Ok(read(row))).unwrap();
    sorted(rows.map(|row| row.unwrap()).collect())
}

fn sorted(mut rows: Vec<Row>) -> Vec<Row> {
    rows.sort_by_cached_key(|row| serde_json::to_string(row).unwrap());
    rows
}

#[test]
fn heroes_join_teams() {
    check("many_to_many", "many_to_many.tutorial001");
}

#[test]
fn heroes_join_teams_without_async() {
    check("many_to_many_blocking", "many_to_many.tutorial001");
}

#[test]
fn a_hero_joins_a_team_and_leaves_it() {
    check("many_to_many_update", "many_to_many.tutorial002");
}

#[test]
fn links_carry_a_field() {
    check("many_to_many_link_fields", "many_to_many.tutorial003");
}

/// The two programs differ in nothing but the waiting.
#[test]
fn the_blocking_program_has_the_text_of_the_async_one() {
    let read = |name| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
        std::fs::read_to_string(root.join(name)).unwrap()
    };
    let code = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| !line.starts_with("//!"));
        lines.map(str::to_owned).collect()
    };
    let from_async = read("many_to_many.rs")
        .replace("relata::prelude", "relata::blocking::prelude")
        .replace("#[tokio::main]\n", "")
        .replace("async fn", "fn")
        .replace("echo(true).await", "echo(true).build()")
        .replace(".await", "");
    assert_eq!(code(&read("many_to_many_blocking.rs")), code(&from_async));
}
