//! [`Guard`]: what keeps programs that create or drop tables at the same moment one after the other.

use super::{Dialect, Site, catalog::schemas};
use crate::{
    connection::{Begin, Params, Row, Rows, Statement, Step},
    error::{Error, ErrorKind, Result},
    isolation::Isolation,
    schema::ModelDef,
    value::{Cell, Value},
};

/// How a database does it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Guard {
    /// A transaction that is begun for writing has the database to itself.
    Begin,
    /// The transaction takes locks first, which end with it, and then sees what was committed before:
    /// one for the connection's schema, and one for each of these.
    Transaction(Vec<String>),
    /// CREATE TABLE would end a transaction, so the connection takes locks before it, one for each
    /// of these databases, and gives them back behind it.
    Connection(Vec<String>),
}

/// How long is waited for another transaction, where the server's own limit or the URL's is no smaller.
/// One that is this program's own would be waited for without end.
const PATIENCE: &str = "SELECT pg_catalog.set_config('lock_timeout', '10s', true) FROM pg_catalog.pg_settings \
     WHERE name = 'lock_timeout' AND setting::bigint NOT BETWEEN 1 AND 10000";
/// MySQL takes the least of numbers, and a variable of the user, for no integer.
const SHORTEN: &str = "SET @relata_lock_wait_timeout = @@SESSION.lock_wait_timeout, \
     SESSION lock_wait_timeout = \
     CAST(LEAST(@@SESSION.lock_wait_timeout, @@SESSION.innodb_lock_wait_timeout, 10) AS UNSIGNED)";
/// Another connection, in the place of one that broke, has nothing to restore.
const RESTORE: &str = "SET SESSION lock_wait_timeout = \
     CAST(COALESCE(@relata_lock_wait_timeout, @@SESSION.lock_wait_timeout) AS UNSIGNED)";
/// The name of the lock, of 64 letters at most and of the whole server; MySQL 9.6 has no other hash to
/// make it of.
macro_rules! lock {
    () => {
        "CONCAT('relata ', LEFT(SHA2(?, 256), 32))"
    };
}
/// It waits as long as CREATE TABLE would wait for a table.
const TAKE: &str = concat!("SELECT GET_LOCK(", lock!(), ", @@SESSION.lock_wait_timeout)");
/// A connection that rested may have been replaced since.
const HOLD: &str = concat!("SELECT IS_USED_LOCK(", lock!(), ") = CONNECTION_ID()");
const GIVE_BACK: &str = concat!("DO RELEASE_LOCK(", lock!(), ")");

const OTHERS: &str =
    "another program creates or drops tables of this database; try again when it is done";
const USED: &str = "another transaction uses the tables, maybe of a session of this program that is still open; end it, then create or drop them again";

impl Guard {
    /// For the tables of these models.
    pub fn new(site: &Site, defs: &[&ModelDef]) -> Self {
        match site.dialect {
            Dialect::Sqlite => Guard::Begin,
            Dialect::Postgres | Dialect::MySql => {
                let schemas = schemas(site.dialect, defs).into_iter().map(str::to_owned);
                let mut names: Vec<_> = site.database.iter().cloned().chain(schemas).collect();
                // who takes them in one order waits for nobody that waits for it
                names.sort_unstable();
                names.dedup();
                match site.dialect {
                    Dialect::Postgres => Guard::Transaction(names),
                    _ => Guard::Connection(names),
                }
            }
        }
    }

    /// The same without locks, where the server has none to give.
    pub fn unlocked(self) -> Self {
        match self {
            Guard::Connection(_) => Guard::Connection(Vec::new()),
            other => other,
        }
    }

    /// What begins the transaction.
    pub fn begin(&self) -> Step {
        match self {
            Guard::Begin | Guard::Connection(_) => Step::Begin(Begin::Write),
            // at other levels it would see what was there before it waited for the lock
            Guard::Transaction(_) => Step::BeginWith(Begin::Write, Isolation::ReadCommitted.into()),
        }
    }

    /// What is sent before the transaction; it fails where a lock is not given.
    pub fn before(&self) -> Vec<Statement> {
        match self {
            Guard::Begin | Guard::Transaction(_) => Vec::new(),
            Guard::Connection(names) => vec![Statement::text(SHORTEN), taking(TAKE, each(names))],
        }
    }

    /// What the transaction sends first.
    pub fn within(&self) -> Vec<Statement> {
        match self {
            Guard::Begin => Vec::new(),
            Guard::Transaction(names) => {
                let params = Params::once(each(names).values);
                vec![Statement::text(PATIENCE), taking(&locks(names.len()), params)]
            }
            Guard::Connection(names) if names.is_empty() => Vec::new(),
            Guard::Connection(names) => vec![taking(HOLD, each(names))],
        }
    }

    /// What is sent behind the transaction.
    pub fn after(&self) -> Vec<Statement> {
        match self {
            Guard::Begin | Guard::Transaction(_) => Vec::new(),
            Guard::Connection(names) => {
                let give_back = Statement { params: each(names), ..Statement::text(GIVE_BACK) };
                let locked = (!names.is_empty()).then_some(give_back);
                locked.into_iter().chain([Statement::text(RESTORE)]).collect()
            }
        }
    }

    /// The error of what begins the transaction, where it waited for another program's lock.
    pub fn not_given(&self, error: Error) -> Error {
        self.busy(error, OTHERS)
    }

    /// The error of a statement on tables that another transaction would not let go of.
    pub fn in_use(&self, error: Error) -> Error {
        self.busy(error, USED)
    }

    fn busy(&self, error: Error, message: &'static str) -> Error {
        if *self == Guard::Begin || error.kind() != ErrorKind::Busy {
            return error;
        }
        let code = error.code().map(str::to_owned);
        let told = Error::new(ErrorKind::Busy, message).with_source(error);
        match code {
            Some(code) => told.with_code(code),
            None => told,
        }
    }
}

/// Takes the locks of the connection's schema and of as many others, in one order. They belong to the
/// database, and end with the transaction.
fn locks(others: usize) -> String {
    let others: String = (1..=others).map(|at| format!(", (${at}::text)")).collect();
    format!(
        "SELECT 1 FROM (SELECT DISTINCT pg_catalog.hashtextextended('relata ' || COALESCE(name, ''), 0) AS key \
         FROM (VALUES (pg_catalog.current_schema()::text){others}) AS schemas (name) ORDER BY key) AS keys, \
         pg_catalog.pg_advisory_xact_lock(keys.key)"
    )
}

fn taking(sql: &str, params: Params) -> Statement {
    Statement { params, rows: Some(Box::new(Given)), ..Statement::text(sql) }
}

/// One run of a statement for each name.
fn each(names: &[String]) -> Params {
    let values = names.iter().map(|name| Value::Text(name.as_str().into())).collect();
    Params { width: 1, sets: names.len(), values }
}

/// Sees that a lock was given.
struct Given;

impl Rows for Given {
    fn row(&mut self, row: &dyn Row) -> Result<()> {
        match row.cell(0)? {
            Cell::Int(1) => Ok(()),
            _ => Err(Error::new(ErrorKind::Busy, OTHERS)),
        }
    }
}
