//! The tables and rows that a program left in its database.

use relata_suite::{Db, Value as Stored, pick};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(crate) type Row = BTreeMap<String, Value>;

/// The statements that made the tables and indexes, white space folded.
pub(crate) fn definitions(db: &Db<()>) -> Vec<Vec<String>> {
    let sql = db.rows("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid");
    let folded = |sql: String| sql.split_whitespace().collect::<Vec<_>>().join(" ");
    by_table(sql.into_iter().map(folded).collect())
}

/// Each table with its indexes. The order of the tables counts, that of the indexes of one table
/// does not.
pub(crate) fn by_table(definitions: Vec<String>) -> Vec<Vec<String>> {
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

/// Every row of every table.
pub(crate) fn contents(db: &Db<()>) -> BTreeMap<String, Vec<Row>> {
    let tables = db.rows(pick(
        "SELECT name FROM sqlite_master WHERE type = 'table'",
        "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()",
        "SELECT table_name FROM information_schema.tables WHERE table_schema = database()",
    ));
    tables.into_iter().map(|name| (name.clone(), rows(db, &name))).collect()
}

fn rows(db: &Db<()>, table: &str) -> Vec<Row> {
    let columns = pick(
        format!("SELECT name FROM pragma_table_info('{table}') ORDER BY cid"),
        format!(
            "SELECT column_name::text FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = '{table}' ORDER BY ordinal_position"
        ),
        format!(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = database() AND table_name = '{table}' ORDER BY ordinal_position"
        ),
    );
    let columns = db.rows(&columns);
    let named = |row: Vec<Stored>| columns.iter().cloned().zip(row.into_iter().map(cell)).collect();
    let all = db.values(&format!("SELECT {} FROM {table}", columns.join(", ")));
    sorted(all.into_iter().map(named).collect())
}

fn cell(value: Stored) -> Value {
    match value {
        Stored::Null => Value::Null,
        Stored::Integer(number) => json!(number),
        Stored::Real(number) => json!(number),
        // The original's decimals are numbers of SQLite. No text of the tutorial looks like one.
        Stored::Text(text) => match text.parse::<f64>() {
            Ok(number) if text.contains('.') => json!(number),
            _ => json!(text),
        },
        Stored::Blob(_) => panic!("the tutorial stores no bytes"),
    }
}

pub(crate) fn sorted(mut rows: Vec<Row>) -> Vec<Row> {
    rows.sort_by_cached_key(|row| serde_json::to_string(row).unwrap());
    rows
}
