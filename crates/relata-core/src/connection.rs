//! The contract between the pure part and the drivers: batches of statements in, rows handed over
//! in place, classified errors out. A driver knows no model.

use crate::{
    error::{Error, ErrorKind, Result},
    isolation::{Isolation, TransactionOptions},
    sql::Dialect,
    value::{Cell, Value},
};
use std::{any::Any, future::Future, pin::Pin, sync::Arc};

/// A boxed future, as drivers return it.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Steps that are sent together. None needs an answer of another, but they run in their order.
#[derive(Debug, Default)]
pub struct Batch {
    /// The steps, in order.
    pub steps: Vec<Step>,
}

/// One step of a batch.
#[derive(Debug)]
pub enum Step {
    /// Begins a transaction as the database has it by itself.
    ///
    /// With [`write_begins_anew`](Capabilities::write_begins_anew) it, or `BeginWith`, may come for writing where
    /// a transaction is open. A driver MUST end one that has only read, and begin again; it MUST be `Busy`, with
    /// no transaction open, where another connection has written to the database since that one first read. One
    /// that has written goes on.
    Begin(Begin),
    /// Begins a transaction with these options.
    ///
    /// A level is one of [`Capabilities::isolation`], and a driver MUST give that or a stricter one;
    /// MUST have the database refuse whatever writes in a transaction that is read only; MUST let the
    /// options end with the transaction, however that ends; MAY ignore `deferrable`. Options that are
    /// not set are as with `Begin`.
    BeginWith(Begin, TransactionOptions),
    /// Commits the transaction.
    Commit,
    /// Rolls the transaction back.
    Rollback,
    /// Sets the savepoint of this depth, counted from 1. Steps of savepoints come only where the
    /// database has [some](Capabilities::savepoints).
    Savepoint(usize),
    /// Releases the savepoint of this depth.
    Release(usize),
    /// Rolls back to the savepoint of this depth and releases it.
    RollbackTo(usize),
    /// Runs a statement.
    Run(Statement),
}

/// What a transaction is begun for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begin {
    /// For reading; a driver whose database locks for writing does not lock.
    Read,
    /// For writing; such a driver takes the lock at once.
    Write,
    /// As `Write`, where nobody is to be waited for: such a driver MUST be `Busy` at once where another
    /// connection holds the lock.
    WriteNow,
}

/// One statement, run once for each set of parameters.
pub struct Statement {
    /// Its text.
    pub sql: Arc<str>,
    /// Its parameters.
    pub params: Params,
    /// Where its rows go; `None` where it gives none.
    pub rows: Option<Box<dyn Rows>>,
    /// The table it writes to, for errors that do not name one.
    pub table: Option<&'static str>,
    /// The key column whose value the database makes in each run, where [`Done::inserted`] is to tell it.
    pub key: Option<&'static str>,
}

impl Statement {
    /// A statement with no parameters that gives no rows.
    pub fn text(sql: impl Into<Arc<str>>) -> Self {
        Statement { sql: sql.into(), params: Params::default(), rows: None, table: None, key: None }
    }
}

impl std::fmt::Debug for Statement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {:?}", self.sql, self.params)
    }
}

/// The parameters of a statement: `sets` rows of `width` values, one after the other.
#[derive(Clone, Debug)]
pub struct Params {
    /// How many values one run of the statement binds.
    pub width: usize,
    /// How many times the statement runs.
    pub sets: usize,
    /// All values; none is late or a misfit.
    pub values: Vec<Value>,
}

impl Default for Params {
    fn default() -> Self {
        Params { width: 0, sets: 1, values: Vec::new() }
    }
}

impl Params {
    /// The parameters of a statement that runs once.
    pub fn once(values: Vec<Value>) -> Self {
        Params { width: values.len(), sets: 1, values }
    }

    /// The values of each run.
    pub fn each(&self) -> impl Iterator<Item = &[Value]> {
        let width = self.width;
        (0..self.sets).map(move |set| &self.values[set * width..(set + 1) * width])
    }
}

/// One row, as the driver holds it.
pub trait Row {
    /// The value at a position, counted from 0. A driver MUST give an error, not panic, where the
    /// row is shorter or its bytes cannot be decoded.
    fn cell(&self, at: usize) -> Result<Cell<'_>>;

    /// How many values it has.
    fn width(&self) -> usize;

    /// The name of the column at a position; `None` where there is none. It is asked for SQL written
    /// by hand only, and of one row for all.
    fn name(&self, at: usize) -> Option<&str>;
}

/// Takes the rows of one statement, on whatever thread the driver runs.
pub trait Rows: Any + Send {
    /// Takes one row; an error ends the batch.
    fn row(&mut self, row: &dyn Row) -> Result<()>;
}

/// Rows that nobody wants to see.
struct Unread;

impl Rows for Unread {
    fn row(&mut self, _: &dyn Row) -> Result<()> {
        Ok(())
    }
}

/// What a batch brought.
#[derive(Debug, Default)]
pub struct Reply {
    /// One for each step.
    pub done: Vec<Done>,
    /// Whether a transaction is open now, as the database says, not as the steps would have it.
    pub in_transaction: bool,
}

/// What one step brought.
#[derive(Default)]
pub struct Done {
    /// How many rows each run of the statement changed (matched, where the database tells both);
    /// empty for statements that give rows.
    pub affected: Vec<u64>,
    /// The key that the database made in each run of an INSERT of one row, where the statement asks for
    /// it; `None` where it made none that fits.
    pub inserted: Vec<Option<i64>>,
    /// The statement's rows.
    pub rows: Option<Box<dyn Rows>>,
    /// Whether it is a statement that writes, as the database says. A transaction that was begun for
    /// reading then counts as one that wrote. `false` where the driver cannot tell, or has
    /// [`write_begins_anew`](Capabilities::write_begins_anew) unset.
    pub wrote: bool,
}

impl std::fmt::Debug for Done {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Done({:?})", self.affected)
    }
}

impl Done {
    /// The rows, as what was sent to collect them.
    ///
    /// # Errors
    /// Where the driver gave none back, or others: a fault of the driver.
    pub fn take<R: Rows>(&mut self) -> Result<Box<R>> {
        let rows = self.rows.take().map(|rows| rows as Box<dyn Any>);
        rows.and_then(|rows| rows.downcast().ok())
            .ok_or_else(|| Error::new(ErrorKind::Database, "the driver did not give the rows back"))
    }
}

/// Why a batch stopped.
#[derive(Debug)]
pub struct Failure {
    /// The step that failed; those before it were done, those after it were not.
    pub step: usize,
    /// The classified error.
    pub error: Error,
    /// Whether a transaction is open now. Databases end one by themselves on some errors.
    pub in_transaction: bool,
}

/// Rows of a cursor, read together.
pub struct Portion {
    /// What was sent to take them; `None` where it was lost with the connection.
    pub rows: Option<Box<dyn Rows>>,
    /// Whether there may be more. A failure came behind the rows given here; no more come after
    /// it.
    pub more: Result<bool, Failure>,
}

impl std::fmt::Debug for Portion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Portion({:?})", self.more)
    }
}

/// A connection, lent to one session at a time.
pub trait Connection: Send {
    /// Runs a batch.
    ///
    /// A driver MUST run the steps in order and stop at the first that fails; MUST classify the
    /// error ([`ErrorKind`]) and name its statement, and the table, columns and
    /// constraint where the database tells them; MUST report as `CommitUnknown` a COMMIT, or a statement that
    /// writes outside of a transaction, whose answer was lost, and nothing else; MUST give back every
    /// [`Rows`] that it was given for the steps that were done. When the future is dropped the driver MUST leave the
    /// connection such that the next batch is not mixed up with this one.
    ///
    /// A cursor that is open is closed first.
    fn run(&mut self, batch: Batch) -> BoxFuture<'_, Result<Reply, Failure>>;

    /// Opens a cursor over the rows of a statement, in the transaction that is open, if one is. The
    /// statement runs once, and its `rows` are `None`. A connection has one cursor at most; one
    /// that is open is closed first.
    ///
    /// A driver MUST NOT collect rows that were not asked for, so that memory stays small however
    /// many there are; MAY report what is wrong with the statement here or with the first rows;
    /// MUST refuse a statement that writes, where it can tell. When the future is dropped the cursor
    /// is closed, or will be by [`close`](Connection::close).
    fn open(&mut self, statement: Statement) -> BoxFuture<'_, Result<(), Failure>>;

    /// Reads up to `limit` more rows of the cursor.
    ///
    /// A driver MUST give the rows in their order, and `rows` back; MUST give the rows that came
    /// before a failure along with it; MUST end the statement, but not the transaction around it,
    /// when there are no more and after a failure. When the future is dropped it MUST stop what is
    /// under way; the cursor is closed then, or will be by [`close`](Connection::close). Where no
    /// cursor is open it MUST answer an error, never "no more".
    fn fetch(&mut self, rows: Box<dyn Rows>, limit: usize) -> BoxFuture<'_, Portion>;

    /// Closes the cursor, if one is open, waiting no longer than it takes to stop it.
    ///
    /// A driver MUST end the statement, but not the transaction around it, such that locks that
    /// only the statement holds go with it and the next batch is not mixed up with it.
    fn close(&mut self);

    /// Whether nothing is known against it, as far as that can be told without asking the
    /// database. The pool looks here each time before it lends the connection.
    fn is_open(&mut self) -> bool {
        true
    }

    /// Asks whether the connection still works, outside of transactions and cursors. The pool does
    /// so before it lends a connection that was idle for some time, and gives up on one that does
    /// not answer.
    ///
    /// A driver SHOULD use what its protocol has for this, and MUST NOT go to the database where
    /// there is nothing in between that could break.
    fn ping(&mut self) -> BoxFuture<'_, Result<()>> {
        let statement = Statement { rows: Some(Box::new(Unread)), ..Statement::text("SELECT 1") };
        let batch = Batch { steps: vec![Step::Run(statement)] };
        Box::pin(async move { self.run(batch).await.map(drop).map_err(|failure| failure.error) })
    }

    /// Ends whatever is open or under way, a cursor too, without waiting for it.
    ///
    /// A driver MUST answer `false` where it cannot promise that the next user finds the
    /// connection clean; it is closed then.
    fn reset(&mut self) -> bool;
}

/// Opens connections to one database.
pub trait Driver: Send + Sync + 'static {
    /// What the database can do and how its SQL differs. Where that depends on the server, it is
    /// known from the first connection on, and does not change after it.
    fn capabilities(&self) -> &Capabilities;

    /// Opens a connection. A driver MUST NOT print the URL's password in an error.
    fn connect(&self) -> BoxFuture<'_, Result<Box<dyn Connection>>>;
}

/// What a database can do, as data: whoever plans statements asks here, never "is it X?".
#[derive(Clone, Debug)]
pub struct Capabilities {
    /// How its SQL is written.
    pub dialect: Dialect,
    /// The most parameters that one statement can bind.
    pub bind_limit: usize,
    /// The most connections that make sense, such as 1 for a database in memory. Where it is set
    /// connections are not closed for their age, because the database may go with them.
    pub connection_limit: Option<usize>,
    /// Whether `Begin::Write` differs from `Begin::Read`, so that a transaction that has read has
    /// to be ended before the first write: by the session, or by the driver where it is begun again.
    pub write_begins_anew: bool,
    /// Whether foreign keys are checked row by row, and not at the end of a statement, so that a row
    /// that refers to itself cannot be deleted before it lets go.
    pub checks_each_row: bool,
    /// Whether an INSERT can return the keys of its rows. Where it cannot, rows whose keys the
    /// database makes are inserted one by one, and the driver gives each key in
    /// [`Done::inserted`].
    pub returning: bool,
    /// Whether the database is in this process. No statement has to travel then, so a short one that
    /// runs for each row costs less than a long one of many rows.
    pub in_process: bool,
    /// Whether one statement takes the keys and values of many rows as a list (arrays, or a table that is
    /// made of JSON), so that they need not be written one by one.
    pub row_lists: bool,
    /// Whether new rows can be given as such a list too. The database has to insert them in its order, by
    /// which their keys are told.
    pub insert_lists: bool,
    /// Whether a part of a transaction can be undone by itself. Where it cannot, savepoints are
    /// refused, and a statement sent in several parts that fails half-way takes the transaction
    /// along.
    pub savepoints: bool,
    /// The levels that a transaction can be begun at, from the least strict to the strictest.
    pub isolation: &'static [Isolation],
    /// How an INSERT changes the rows that are there already, and so what it counts.
    pub upsert: UpsertForm,
}

/// How an INSERT says what becomes of the rows that are there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpsertForm {
    /// ON CONFLICT. Every row that was set counts.
    OnConflict,
    /// ON DUPLICATE KEY UPDATE. A row that stays as it was does not count, though it was set.
    OnDuplicateKey,
}

impl Capabilities {
    /// The level to begin a transaction at where this one is asked for: the least of those that are
    /// as strict.
    ///
    /// # Errors
    /// `InvalidStatement` where the database has none as strict; the message has those that it has.
    pub fn level(&self, asked: Isolation) -> Result<Isolation> {
        self.isolation.iter().copied().find(|level| *level >= asked).ok_or_else(|| {
            let all: Vec<_> = self.isolation.iter().map(|level| format!("`{level}`")).collect();
            let cure = match &all[..] {
                [] => "leave it out".to_owned(),
                all => format!("ask for {}", all.join(" or ")),
            };
            let message =
                format!("the database has no isolation level as strict as `{asked}`; {cure}");
            Error::new(ErrorKind::InvalidStatement, message)
        })
    }
}
