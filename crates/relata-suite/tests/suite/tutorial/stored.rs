//! The tables and rows that a program left in its database.

use rusqlite::{Connection, types::ValueRef};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(crate) type Row = BTreeMap<String, Value>;

/// The statements that made the tables and indexes, white space folded.
pub(crate) fn definitions(database: &Connection) -> Vec<Vec<String>> {
    let sql = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid";
    let mut statement = database.prepare(sql).unwrap();
    let sql = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
    let folded = |sql: String| sql.split_whitespace().collect::<Vec<_>>().join(" ");
    by_table(sql.map(|sql| folded(sql.unwrap())).collect())
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
pub(crate) fn contents(database: &Connection) -> BTreeMap<String, Vec<Row>> {
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
            ValueRef::Real(number) => json!(number),
            ValueRef::Text(text) => json!(str::from_utf8(text).unwrap()),
            other => panic!("the tutorial stores no {:?}", other.data_type()),
        };
        names.iter().enumerate().map(|(at, name)| (name.clone(), cell(at))).collect()
    };
    let rows = statement.query_map([], |row| Ok(read(row))).unwrap();
    sorted(rows.map(|row| row.unwrap()).collect())
}

pub(crate) fn sorted(mut rows: Vec<Row>) -> Vec<Row> {
    rows.sort_by_cached_key(|row| serde_json::to_string(row).unwrap());
    rows
}
