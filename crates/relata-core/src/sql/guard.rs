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
    /// The transaction takes a lock first, which ends with it, and then sees what was committed
    /// before.
    Transaction,
    /// CREATE TABLE would end a transaction, so the connection takes locks before it, one for each
    /// of these databases, and gives them back behind it.
    Connection(Vec<String>),
}

/// Any number will do that others do not use too; this one is `relata` in ASCII.
const TRANSACTION: &str = "SELECT 1 FROM pg_advisory_xact_lock(125779935589473)";
/// It waits as long as CREATE TABLE would wait for a table. Names are of 64 letters at most, and of
/// the whole server.
const TAKE: &str = "SELECT GET_LOCK(CONCAT('relata ', MD5(?)), @@lock_wait_timeout)";
const GIVE_BACK: &str = "DO RELEASE_LOCK(CONCAT('relata ', MD5(?)))";

impl Guard {
    /// For the tables of these models.
    pub fn new(site: &Site, defs: &[&ModelDef]) -> Self {
        match site.dialect {
            Dialect::Sqlite => Guard::Begin,
            Dialect::Postgres => Guard::Transaction,
            Dialect::MySql => {
                let schemas = schemas(site.dialect, defs).into_iter().map(str::to_owned);
                let mut names: Vec<_> = site.database.iter().cloned().chain(schemas).collect();
                // who takes them in one order waits for nobody that waits for it
                names.sort_unstable();
                names.dedup();
                Guard::Connection(names)
            }
        }
    }

    /// What begins the transaction.
    pub fn begin(&self) -> Step {
        match self {
            Guard::Begin | Guard::Connection(_) => Step::Begin(Begin::Write),
            // at other levels it would see what was there before it waited for the lock
            Guard::Transaction => Step::BeginWith(Begin::Write, Isolation::ReadCommitted.into()),
        }
    }

    /// What is sent before the transaction; it fails where a lock is not given.
    pub fn before(&self) -> Option<Statement> {
        match self {
            Guard::Begin | Guard::Transaction => None,
            Guard::Connection(names) => Some(taking(TAKE, each(names))),
        }
    }

    /// What the transaction sends first.
    pub fn within(&self) -> Option<Statement> {
        match self {
            Guard::Begin | Guard::Connection(_) => None,
            Guard::Transaction => Some(taking(TRANSACTION, Params::default())),
        }
    }

    /// What is sent behind the transaction.
    pub fn after(&self) -> Option<Statement> {
        match self {
            Guard::Begin | Guard::Transaction => None,
            Guard::Connection(names) => {
                Some(Statement { params: each(names), ..Statement::text(GIVE_BACK) })
            }
        }
    }
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
            _ => Err(Error::new(
                ErrorKind::Busy,
                "another program creates or drops tables of this database; try again when it is done",
            )),
        }
    }
}
