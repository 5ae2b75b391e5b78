//! What SQLite does not say of keys by itself: which foreign key was violated, and whether a key is the
//! number of its row.

use crate::bind;
use relata_core::{
    sql::{Dialect, column_of, first_word},
    value::Value,
};
use rusqlite::{Connection, Result, params_from_iter};
use std::collections::{BTreeSet, HashMap};

/// Columns of a table that refer to columns of another.
struct Key {
    from: Vec<String>,
    parent: String,
    to: Vec<String>,
}

/// The columns of a table whose foreign key has no row to refer to (then `true`), or that rows of others
/// refer to, after this statement was refused; none where that cannot be told.
pub(crate) fn violated(
    db: &Connection,
    sql: &str,
    set: &[Value],
    table: &str,
) -> (Vec<String>, bool) {
    let found = match &*first_word(sql, Dialect::Sqlite).to_ascii_uppercase() {
        "INSERT" => own(db, table, &rows_of(sql, set), false),
        "UPDATE" => own(db, table, &rows_of(sql, set), true),
        "DELETE" => Ok(None),
        _ => return (Vec::new(), false),
    };
    let found = found.and_then(|found| match found {
        Some(columns) => Ok((columns, true)),
        None => Ok((referred_to(db, table)?, false)),
    });
    found.unwrap_or_default()
}

/// Whether a table's primary key is this column and the number of the row, which SQLite makes and tells;
/// `None` where there is no such table.
pub(crate) fn is_row_number(db: &Connection, table: &str, key: &str) -> Result<Option<bool>> {
    // any other primary key has an index of its own
    const ASK: &str = "SELECT min(t.type = 'table' \
         AND EXISTS (SELECT 1 FROM pragma_table_info(t.name, t.schema) AS c WHERE c.pk > 0 AND c.name = ?2 COLLATE NOCASE) \
         AND NOT EXISTS (SELECT 1 FROM pragma_index_list(t.name, t.schema) AS i WHERE i.origin = 'pk')) \
         FROM pragma_table_list AS t WHERE t.name = ?1 COLLATE NOCASE";
    db.query_row(ASK, [table, key], |row| row.get(0))
}

/// The values that a statement writes, by column: of an INSERT for each of its rows.
fn rows_of<'v>(sql: &str, set: &'v [Value]) -> Vec<HashMap<String, &'v Value>> {
    let is_insert = first_word(sql, Dialect::Sqlite).eq_ignore_ascii_case("INSERT");
    let mut rows: Vec<HashMap<String, &Value>> = vec![HashMap::new()];
    for (at, value) in set.iter().enumerate() {
        let Some(column) = column_of(Dialect::Sqlite, sql, at) else { continue };
        match rows.last_mut() {
            Some(row) if !row.contains_key(&column) => drop(row.insert(column, value)),
            // In an UPDATE it is what the rows are found by.
            Some(_) if !is_insert => {}
            _ => rows.push(HashMap::from([(column, value)])),
        }
    }
    rows
}

/// The columns of the table's own key that was violated; `None` where an update wrote none of them.
fn own(
    db: &Connection,
    table: &str,
    rows: &[HashMap<String, &Value>],
    written: bool,
) -> Result<Option<Vec<String>>> {
    let mut keys = keys(db, table)?;
    if written {
        let writes = |column: &String| rows.iter().any(|row| row.contains_key(column));
        keys.retain(|key| key.from.iter().any(writes));
        // The columns by which the row is found count as written too, though what they refer to is there.
        let mut lacking = Vec::with_capacity(keys.len());
        for key in keys {
            let whole =
                |row: &&HashMap<String, &Value>| key.from.iter().all(|c| row.contains_key(c));
            match rows.iter().find(whole) {
                Some(row) if !lacks_parent(db, &key, row)? => {}
                _ => lacking.push(key),
            }
        }
        if lacking.is_empty() {
            return Ok(None);
        }
        keys = lacking;
    }
    if keys.len() < 2 {
        return Ok(keys.pop().map(|key| key.from));
    }
    for key in keys {
        for row in rows {
            if lacks_parent(db, &key, row)? {
                return Ok(Some(key.from));
            }
        }
    }
    Ok(Some(Vec::new()))
}

/// The foreign keys of a table.
fn keys(db: &Connection, table: &str) -> Result<Vec<Key>> {
    const LIST: &str = "SELECT id, \"table\", \"from\", \"to\" FROM pragma_foreign_key_list(?1) ORDER BY id DESC, seq";
    let mut found: Vec<(i64, Key)> = Vec::new();
    let mut statement = db.prepare(LIST)?;
    let mut rows = statement.query([table])?;
    while let Some(row) = rows.next()? {
        let (id, parent): (i64, String) = (row.get(0)?, row.get(1)?);
        let (from, to): (String, Option<String>) = (row.get(2)?, row.get(3)?);
        if found.last().is_none_or(|(last, _)| *last != id) {
            found.push((id, Key { from: Vec::new(), parent, to: Vec::new() }));
        }
        if let Some((_, key)) = found.last_mut() {
            key.from.push(from);
            key.to.extend(to);
        }
    }
    let mut keys: Vec<Key> = found.into_iter().map(|(_, key)| key).collect();
    for key in &mut keys {
        if key.to.is_empty() {
            key.to = primary_key(db, &key.parent)?;
        }
    }
    Ok(keys)
}

fn primary_key(db: &Connection, table: &str) -> Result<Vec<String>> {
    let mut statement =
        db.prepare("SELECT name FROM pragma_table_info(?1) WHERE pk > 0 ORDER BY pk")?;
    let names = statement.query_map([table], |row| row.get(0))?;
    names.collect()
}

fn lacks_parent(db: &Connection, key: &Key, row: &HashMap<String, &Value>) -> Result<bool> {
    let values: Option<Vec<&Value>> = key.from.iter().map(|from| row.get(from).copied()).collect();
    let Some(values) = values.filter(|values| values.iter().all(|value| !value.is_null())) else {
        return Ok(false);
    };
    let values = values.into_iter().map(|value| bind::stored(value).ok());
    let Some(values) = values.collect::<Option<Vec<_>>>() else { return Ok(false) };
    let mut sql = String::from("SELECT 1 FROM ");
    Dialect::Sqlite.quote(&key.parent, &mut sql);
    for (at, to) in key.to.iter().enumerate() {
        sql.push_str(if at == 0 { " WHERE " } else { " AND " });
        Dialect::Sqlite.quote(to, &mut sql);
        sql.push_str(" = ?");
    }
    Ok(!db.prepare(&sql)?.exists(params_from_iter(values))?)
}

/// The columns of a table that others refer to, where all of them refer to the same.
fn referred_to(db: &Connection, table: &str) -> Result<Vec<String>> {
    let tables: Vec<String> = db
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_>>()?;
    let mut named: BTreeSet<Vec<String>> = BTreeSet::new();
    for other in tables {
        let keys = keys(db, &other)?.into_iter();
        let here = keys.filter(|key| key.parent.eq_ignore_ascii_case(table));
        named.extend(here.map(|key| key.to));
    }
    Ok(if named.len() == 1 { named.pop_first().unwrap_or_default() } else { Vec::new() })
}
