//! The backends. A new one is a [`Backend`] here and in [`ALL`]: where its databases are, and what
//! it has of that in which databases differ.

mod apart;
mod mysql;
mod postgres;
mod sqlite;

use crate::Value;
use std::{
    cell::{Cell, RefCell},
    sync::{Arc, Mutex},
};

/// Every backend that cases run on.
pub const ALL: &[&dyn Backend] =
    &[&sqlite::Sqlite, &postgres::Postgres, &mysql::MARIADB, &mysql::WITHOUT_RETURNING];

/// A kind of database.
pub trait Backend: Sync {
    /// What tests on it are called.
    fn name(&self) -> &'static str;

    /// Why no case can run on it here.
    fn missing(&self) -> Option<String>;

    /// Whether it has something that not every database has.
    fn has(&self, need: Need) -> bool;

    /// Creates an empty database that only one case uses; dropping it removes it.
    fn create(&self) -> Box<dyn Database>;
}

/// A database of one case.
pub trait Database: Send + Sync {
    /// Its URL. With `impatient` statements do not wait for locks, or as short as can be.
    fn url(&self, impatient: bool) -> String;

    /// A connection that knows nothing of the library.
    fn plain(&self) -> Box<dyn Plain>;

    /// What a plain connection runs so that nobody else can write to a table until it is dropped.
    fn lock(&self, table: &str) -> String;

    /// Has keys that the database makes go on behind those that rows were inserted with.
    fn keys_go_on(&self) {}
}

/// A connection that knows nothing of the library.
pub trait Plain: Send {
    /// Runs statements, `;` between them.
    fn execute(&mut self, sql: &str) -> Result<(), String>;

    /// The rows of one statement.
    fn rows(&mut self, sql: &str) -> Result<Vec<Vec<Value>>, String>;
}

/// That in which databases differ: what a case needs, or what an expectation depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// It is SQLite: the case is about its files, its locks or its own SQL.
    Sqlite,
    /// It is PostgreSQL.
    Postgres,
    /// It is MySQL or MariaDB.
    MySql,
    /// It is MySQL, which selects of groups only what it sees to be the same in each.
    SeenGroups,
    /// It is a server, which knows of connections and of locks of single rows.
    Server,
    /// INSERT gives keys back.
    InsertReturning,
    /// Statements travel to it, so that a flush inserts many rows by one.
    ManyRows,
    /// UPDATE and DELETE, and an INSERT that may conflict, give rows back.
    Returning,
    /// FULL JOIN.
    FullJoin,
    /// DDL can be rolled back.
    TransactionalDdl,
    /// Floating point infinities.
    Infinity,
    /// Dates of the year 0.
    YearZero,
    /// Times finer than a microsecond.
    Nanoseconds,
    /// Decimals of more than 15 digits.
    ExactDecimals,
    /// Text with NUL characters in it.
    NulInText,
    /// Names of tables and columns with any character, emoji too.
    AnyCharacterInNames,
    /// Constraints may be checked at COMMIT.
    DeferredConstraints,
}

thread_local! {
    static CURRENT: Cell<Option<&'static dyn Backend>> = const { Cell::new(None) };
    static USED: RefCell<Used> = RefCell::default();
}

/// Databases that a case is done with. They are removed when it has ended, with all its connections:
/// these may have locks until then.
#[derive(Clone, Default)]
pub(crate) struct Used(Arc<Mutex<Vec<Box<dyn Database>>>>);

impl Used {
    /// Those of the case that runs in this thread.
    pub(crate) fn here() -> Self {
        USED.with_borrow(Clone::clone)
    }

    pub(crate) fn add(&self, database: Box<dyn Database>) {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).push(database);
    }
}

/// Runs a case on a backend.
pub(crate) fn with<T>(backend: &'static dyn Backend, case: impl FnOnce() -> T) -> T {
    /// Also where the case panics.
    struct Removal;
    impl Drop for Removal {
        fn drop(&mut self) {
            USED.take();
        }
    }
    CURRENT.set(Some(backend));
    let _removal = Removal;
    case()
}

/// The backend that the case of this thread runs on.
pub fn current() -> &'static dyn Backend {
    CURRENT.get().expect("a case asks in the thread that runs it")
}

/// What differs by the family of the backend: SQLite, PostgreSQL, MySQL.
pub fn pick<T>(sqlite: T, postgres: T, mysql: T) -> T {
    let family = [(Need::Sqlite, sqlite), (Need::Postgres, postgres), (Need::MySql, mysql)];
    let own = family.into_iter().find(|(need, _)| has(*need));
    own.expect("every backend belongs to a family").1
}

/// Whether the backend of this case has something.
pub fn has(need: Need) -> bool {
    current().has(need)
}
