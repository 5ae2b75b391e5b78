//! SQLite: a file in a directory of its own.

use super::{Backend, Database, Need, Plain};
use crate::Value;
use rusqlite::{Connection, Row};
use std::path::PathBuf;
use tempfile::TempDir;

pub(super) struct Sqlite;

struct File {
    path: PathBuf,
    _directory: TempDir,
}

impl Backend for Sqlite {
    fn name(&self) -> &'static str {
        "sqlite"
    }

    fn missing(&self) -> Option<String> {
        None
    }

    fn has(&self, need: Need) -> bool {
        match need {
            Need::Sqlite
            | Need::InsertReturning
            | Need::Returning
            | Need::FullJoin
            | Need::Infinity
            | Need::YearZero
            | Need::Nanoseconds
            | Need::TransactionalDdl
            | Need::NulInText
            | Need::AnyCharacterInNames
            | Need::DeferredConstraints => true,
            Need::Postgres
            | Need::MySql
            | Need::SeenGroups
            | Need::Server
            | Need::ManyRows
            | Need::ExactDecimals => false,
        }
    }

    fn create(&self) -> Box<dyn Database> {
        let directory = tempfile::tempdir().expect("a directory can be made");
        Box::new(File { path: directory.path().join("suite.db"), _directory: directory })
    }
}

impl Database for File {
    fn url(&self, impatient: bool) -> String {
        let options = if impatient { "?busy_timeout=0" } else { "" };
        format!("sqlite:///{}{options}", self.path.display())
    }

    fn lock(&self, _: &str) -> String {
        "BEGIN IMMEDIATE".into()
    }

    fn plain(&self) -> Box<dyn Plain> {
        Box::new(Connection::open(&self.path).expect("the file can be opened"))
    }
}

impl Plain for Connection {
    fn execute(&mut self, sql: &str) -> Result<(), String> {
        self.execute_batch(sql).map_err(|error| error.to_string())
    }

    fn rows(&mut self, sql: &str) -> Result<Vec<Vec<Value>>, String> {
        let all = || {
            let mut statement = self.prepare(sql)?;
            let width = statement.column_count();
            let line = |row: &Row<'_>| (0..width).map(|at| row.get(at).map(value)).collect();
            let rows = statement.query_map([], line)?;
            rows.collect::<rusqlite::Result<_>>()
        };
        all().map_err(|error| error.to_string())
    }
}

fn value(value: rusqlite::types::Value) -> Value {
    use rusqlite::types::Value as Stored;
    match value {
        Stored::Null => Value::Null,
        Stored::Integer(value) => Value::Integer(value),
        Stored::Real(value) => Value::Real(value),
        Stored::Text(value) => Value::Text(value),
        Stored::Blob(value) => Value::Blob(value),
    }
}
