//! MySQL and MariaDB: a database of its own on the server that `RELATA_MYSQL_URL` names.

use super::{
    Backend, Database, Need, Plain,
    apart::{fresh_name, wait},
};
use crate::Value;
use mysql_async::{
    Column, Conn,
    consts::{ColumnFlags, ColumnType},
    prelude::Queryable,
};
use std::sync::OnceLock;

/// One server is two backends: it gives keys back with INSERT, or does not, as MySQL.
pub(super) struct MySql {
    name: &'static str,
    returning: bool,
}

pub(super) const MARIADB: MySql = MySql { name: "mariadb", returning: true };
pub(super) const WITHOUT_RETURNING: MySql = MySql { name: "mysql", returning: false };

struct Schema {
    server: String,
    name: String,
    returning: bool,
}

const VARIABLE: &str = "RELATA_MYSQL_URL";

/// Names are quoted and texts joined as standard SQL has it, so that cases write them once. What
/// waits for a lock of the case itself fails and does not hang.
const SETTINGS: &str = "SET SESSION sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES,PIPES_AS_CONCAT'), \
    SESSION lock_wait_timeout = 10, SESSION innodb_lock_wait_timeout = 10, SESSION time_zone = '+00:00'";

impl Backend for MySql {
    fn name(&self) -> &'static str {
        self.name
    }

    fn missing(&self) -> Option<String> {
        if std::env::var(VARIABLE).is_err() {
            return Some(format!("`{VARIABLE}` names no server"));
        }
        let gives = !self.returning || is_mariadb();
        (!gives).then(|| format!("`{VARIABLE}` names MySQL, where INSERT gives no rows"))
    }

    fn has(&self, need: Need) -> bool {
        match need {
            Need::MySql | Need::Server | Need::ManyRows | Need::ExactDecimals | Need::NulInText => {
                true
            }
            Need::InsertReturning => self.returning,
            Need::SeenGroups => !is_mariadb(),
            Need::Sqlite
            | Need::Postgres
            | Need::Returning
            | Need::FullJoin
            | Need::Infinity
            | Need::YearZero
            | Need::Nanoseconds
            | Need::TransactionalDdl
            | Need::AnyCharacterInNames
            | Need::DeferredConstraints => false,
        }
    }

    fn create(&self) -> Box<dyn Database> {
        let schema = Schema { server: server(), name: fresh_name(), returning: self.returning };
        // The driver has to hold every text whatever the database's own character set.
        let create = format!("CREATE DATABASE {} CHARACTER SET latin1", schema.name);
        open(&schema.server).execute(&create).expect("a database can be made");
        Box::new(schema)
    }
}

/// The URL without a database.
fn server() -> String {
    let url = std::env::var(VARIABLE).expect("checked by `missing`");
    let (scheme, rest) = url.split_once("://").expect("a URL");
    format!("{scheme}://{}", rest.split(['/', '?']).next().unwrap_or_default())
}

/// What the server says that it is, asked once.
fn is_mariadb() -> bool {
    static ANSWER: OnceLock<bool> = OnceLock::new();
    *ANSWER.get_or_init(|| {
        let version = open(&server()).rows("SELECT VERSION()").expect("the server answers");
        format!("{version:?}").contains("MariaDB")
    })
}

impl Database for Schema {
    fn url(&self, impatient: bool) -> String {
        let patience = if impatient { "&lock_wait_timeout=0" } else { "" };
        let returning = if self.returning { "" } else { "&returning=off" };
        format!("{}/{}?charset=utf8mb4{patience}{returning}", self.server, self.name)
    }

    fn plain(&self) -> Box<dyn Plain> {
        let mut conn = open(&self.server);
        conn.execute(&format!("USE {}", self.name)).expect("the database is there");
        Box::new(conn)
    }

    fn lock(&self, table: &str) -> String {
        format!("BEGIN; SELECT * FROM {table} FOR UPDATE")
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        let drop = format!("DROP DATABASE {}", self.name);
        if let Err(error) = open(&self.server).execute(&drop)
            && !std::thread::panicking()
        {
            panic!("{drop}: {error}");
        }
    }
}

fn open(server: &str) -> Conn {
    let url = server.replacen("mariadb://", "mysql://", 1);
    let mut conn = wait(async move { Conn::from_url(url).await }).expect("the server answers");
    conn.execute(SETTINGS).expect("settings");
    conn
}

impl Plain for Conn {
    fn execute(&mut self, sql: &str) -> Result<(), String> {
        wait(self.query_drop(sql)).map_err(|error| error.to_string())
    }

    fn rows(&mut self, sql: &str) -> Result<Vec<Vec<Value>>, String> {
        let rows = wait(self.query::<mysql_async::Row, _>(sql));
        Ok(rows.map_err(|error| error.to_string())?.into_iter().map(line).collect())
    }
}

fn line(row: mysql_async::Row) -> Vec<Value> {
    let columns = row.columns();
    row.unwrap().into_iter().zip(columns.iter()).map(|(cell, column)| value(cell, column)).collect()
}

/// The values come as text.
fn value(cell: mysql_async::Value, column: &Column) -> Value {
    let mysql_async::Value::Bytes(bytes) = cell else { return Value::Null };
    const BINARY: u16 = 63;
    let is_blob = column.character_set() == BINARY
        && matches!(
            column.column_type(),
            ColumnType::MYSQL_TYPE_BLOB
                | ColumnType::MYSQL_TYPE_STRING
                | ColumnType::MYSQL_TYPE_VAR_STRING
        )
        && column.flags().contains(ColumnFlags::BINARY_FLAG);
    if is_blob {
        return Value::Blob(bytes);
    }
    let text = String::from_utf8(bytes).expect("text is UTF-8");
    match column.column_type() {
        ColumnType::MYSQL_TYPE_TINY
        | ColumnType::MYSQL_TYPE_SHORT
        | ColumnType::MYSQL_TYPE_INT24
        | ColumnType::MYSQL_TYPE_LONG
        | ColumnType::MYSQL_TYPE_LONGLONG => Value::Integer(text.parse().expect("an integer")),
        ColumnType::MYSQL_TYPE_FLOAT | ColumnType::MYSQL_TYPE_DOUBLE => {
            Value::Real(text.parse().expect("a number"))
        }
        _ => Value::Text(text),
    }
}
