//! The programs of the tutorial, as they are in `examples`: what each prints, how it ends, the
//! tables it makes and the rows it leaves. It sends no more statements than the original does.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests, outside of `#[test]`")]

mod compare;
mod printed;
mod stored;

use compare::Uuids;
use relata::ErrorKind;
use relata_suite::{Db, Need, empty, has};
use serde_json::{Map, Value, json};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::LazyLock,
};
use stored::{Row, by_table, contents, definitions, sorted};

/// The example of each chapter, or of each page where the pages have tables of their own.
const PROGRAMS: &[(&str, &str)] = &[
    ("tutorial.create_db_and_table", "create_db_and_table"),
    ("tutorial.insert", "insert"),
    ("tutorial.automatic_id_none_refresh", "automatic_id_none_refresh"),
    ("tutorial.select", "select"),
    ("tutorial.where", "where"),
    ("tutorial.indexes", "indexes"),
    ("tutorial.one", "one"),
    ("tutorial.offset_and_limit", "offset_and_limit"),
    ("tutorial.update", "update"),
    ("tutorial.delete", "delete"),
    ("tutorial.connect.create_tables", "connect_create_tables"),
    ("tutorial.connect.insert", "connect_insert"),
    ("tutorial.connect.select", "connect_select"),
    ("tutorial.connect.update", "connect_update"),
    ("tutorial.relationship_attributes.define_relationship_attributes", "define_relationships"),
    (
        "tutorial.relationship_attributes.create_and_update_relationships",
        "create_and_update_relationships",
    ),
    ("tutorial.relationship_attributes.read_relationships", "read_relationships"),
    ("tutorial.relationship_attributes.back_populates.tutorial001", "back_populates_missing"),
    ("tutorial.relationship_attributes.back_populates.tutorial002", "back_populates"),
    ("tutorial.relationship_attributes.cascade_delete_relationships.tutorial001", "cascade_delete"),
    (
        "tutorial.relationship_attributes.cascade_delete_relationships.tutorial002",
        "cascade_delete_set_null",
    ),
    ("tutorial.many_to_many.tutorial001", "many_to_many"),
    ("tutorial.many_to_many.tutorial001", "many_to_many_blocking"),
    ("tutorial.many_to_many.tutorial002", "many_to_many_update"),
    ("tutorial.many_to_many.tutorial003", "many_to_many_link_fields"),
    ("advanced.decimal", "decimal"),
    ("advanced.uuid", "uuid_keys"),
];

/// As the tests of the workspace build them, so that nothing is built again. The suite turns the features
/// of the servers on.
const BUILD: [&str; 5] = ["build", "--workspace", "--examples", "--message-format", "json"];

/// What the original of each page prints, stores and sends.
static PAGES: LazyLock<Map<String, Value>> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../../data/tutorial.json")).unwrap());

/// Where cargo put each example.
static EXAMPLES: LazyLock<HashMap<String, PathBuf>> = LazyLock::new(|| {
    let built = Command::new(env!("CARGO"))
        .args(BUILD)
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

fn program(example: &str) -> Command {
    Command::new(EXAMPLES.get(example).unwrap_or_else(|| panic!("no example `{example}`")))
}

fn run(example: &str, page: Option<&str>, db: &Db<()>) -> Output {
    program(example).args(page).env("RELATA_URL", db.url()).output().unwrap()
}

/// Runs a page of an example, and compares it with what the original did.
fn check(example: &str, page: Option<&str>, key: &str, db: &Db<()>) {
    println!("{example} {}, compared with {key}", page.unwrap_or_default());
    let expected = &PAGES[key];
    let ran = run(example, page, db);
    let log = String::from_utf8(ran.stderr).unwrap();
    match expected["error"]["type"].as_str() {
        None => assert!(ran.status.success(), "{log}"),
        Some(error) => {
            assert!(!ran.status.success(), "{log}");
            let end = log.lines().last().unwrap();
            assert!(end.starts_with(&format!("Error: {:?}: ", kind_of(error))), "{end}");
        }
    }
    let (sent, theirs) = (statements(&log), expected["statements"].as_u64().unwrap());
    assert!(sent as u64 <= theirs, "{sent} statements instead of {theirs}:\n{log}");

    let mut uuids = Uuids::default();
    let prints = expected["prints"].as_array().unwrap();
    let lines = String::from_utf8(ran.stdout).unwrap();
    assert_eq!(lines.lines().count(), prints.len(), "{lines}");
    let mut left: Vec<&[Value]> = (0..prints.len()).map(|at| unexpired(&prints[at..])).collect();
    for line in lines.lines() {
        // Rows are read in the order in which SQLite finds them, which no database promises.
        let ends = if has(Need::Sqlite) { 1 } else { left.len() };
        let found = left[..ends].iter().position(|print| is_line(line, print, &mut uuids));
        let found = found.unwrap_or_else(|| panic!("{line}\n{:?}", left[0]));
        left.remove(found);
    }

    if has(Need::Sqlite) {
        let ddl: Vec<String> = serde_json::from_value(expected["ddl"].clone()).unwrap();
        assert_eq!(definitions(db), by_table(ddl));
    }
    let tables: BTreeMap<String, Vec<Row>> =
        serde_json::from_value(expected["tables"].clone()).unwrap();
    let tables: BTreeMap<_, _> =
        tables.into_iter().map(|(name, rows)| (name, sorted(rows))).collect();
    let mut stored = contents(db);
    for rows in stored.values_mut() {
        rows.iter_mut().for_each(|row| uuids.rename(row));
        *rows = sorted(std::mem::take(rows));
    }
    assert_eq!(stored, tables);
}

fn kind_of(error: &str) -> ErrorKind {
    match error {
        "NoResultFound" => ErrorKind::NotFound,
        "MultipleResultsFound" => ErrorKind::MultipleFound,
        other => panic!("no kind for `{other}`"),
    }
}

/// How many statements on rows of the program's own tables the echo shows.
fn statements(log: &str) -> usize {
    let sent = log.lines().filter_map(|line| line.split_once(" INFO relata.engine "));
    let on_rows = |sql: &str| {
        ["SELECT ", "INSERT ", "UPDATE ", "DELETE "].iter().any(|verb| sql.starts_with(verb))
            && ![
                "sqlite_master",
                "pg_catalog",
                "information_schema",
                "_LOCK(",
                "database()",
                "advisory",
            ]
            .iter()
            .any(|at| sql.contains(at))
    };
    sent.filter(|(_, sql)| on_rows(sql)).count()
}

/// The first of these prints. The original expires its rows when it commits, and prints one
/// without its fields then. Ours keep them, so they are as in the next print of the same label.
fn unexpired(prints: &[Value]) -> &[Value] {
    let expired = |print: &Value| print[1]["fields"] == json!({});
    let print = prints.iter().find(|print| print[0] == prints[0][0] && !expired(print));
    let print = if expired(&prints[0]) { print.unwrap() } else { &prints[0] };
    print.as_array().unwrap()
}

/// Whether a line is what was printed there: labels, which are texts, and values between them.
fn is_line(line: &str, print: &[Value], uuids: &mut Uuids) -> bool {
    let mut learned = uuids.clone();
    let mut rest = line;
    for part in print {
        if let Value::String(label) = part {
            let Some(after) = rest.strip_prefix(label.as_str()) else { return false };
            rest = after;
        } else {
            let (value, after) = printed::value(rest);
            if !learned.same(&value, part) {
                return false;
            }
            rest = after;
        }
        rest = rest.trim_start();
    }
    *uuids = learned;
    rest.is_empty()
}

/// The pages of a program run one after the other in one directory, and at the end the one that
/// runs when none is chosen, which is the last.
#[case]
fn every_page_does_what_the_original_does() {
    let mut seen = BTreeSet::new();
    for (chapter, example) in PROGRAMS {
        let db = empty();
        let keys = PAGES.keys().filter(|key| key.starts_with(chapter)).collect::<Vec<_>>();
        if let [_, _, ..] = keys[..] {
            for key in &keys {
                check(example, key.rsplit('.').next(), key, &db);
            }
        }
        check(example, None, keys.last().unwrap(), &db);
        seen.extend(keys);
    }
    assert_eq!(seen, PAGES.keys().collect());
}

#[case]
fn a_page_that_is_not_there_is_an_error() {
    let ran = run("where", Some("tutorial999"), &empty());
    let log = String::from_utf8(ran.stderr).unwrap();
    assert!(!ran.status.success());
    assert!(log.ends_with("Error: \"this chapter has no page `tutorial999`\"\n"), "{log}");
}

/// What the README promises: with nothing said, the database is a file in the current directory.
#[case(Sqlite)]
fn the_first_program_makes_a_file() {
    let directory = tempfile::tempdir().unwrap();
    let ran = program("many_to_many").current_dir(&directory).env_remove("RELATA_URL").output();
    assert!(ran.unwrap().status.success());
    let file = directory.path().join("database.db");
    assert!(file.metadata().unwrap().len() > 0);
}

#[case(Sqlite)]
fn the_index_names_every_example() {
    let index = include_str!("../../../../../examples/README.md");
    for example in EXAMPLES.keys() {
        assert!(index.contains(&format!("--example {example}`")), "{example}");
    }
}

/// The two programs differ in nothing but the waiting.
#[case(Sqlite)]
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
