//! Runs batches on an open database, the same wherever the connection is placed.
//!
//! The database is in this process, so the answer to a COMMIT is never lost: no failure here is
//! `CommitUnknown`.

use crate::{bind, cursor::Found, fault, keys, row::Held};
use relata_core::{
    connection::{Batch, Begin, Done, Failure, Params, Reply, Statement, Step},
    error::{Error, ErrorKind, Result},
    value::Value,
};
use rusqlite::{CachedStatement, Connection, TransactionState};
use std::{collections::HashSet, sync::Arc, time::Duration};

/// After how many instructions SQLite asks whether to go on: some microseconds.
const PERIOD: i32 = 1000;

/// An open database and how far its batch is.
pub(crate) struct Link {
    db: Connection,
    step: usize,
    /// Writes are refused until the transaction ends.
    read_only: bool,
    /// Tables whose key is known to be the number of the row.
    numbered: HashSet<&'static str>,
}

impl Link {
    pub(crate) fn new(db: Connection) -> Self {
        Link { db, step: 0, read_only: false, numbered: HashSet::new() }
    }

    /// From here on, a statement under way is stopped when `wanted` says no.
    pub(crate) fn watch(
        &mut self,
        mut wanted: impl FnMut() -> bool + Send + 'static,
    ) -> Result<()> {
        let stop = move || !wanted();
        self.db.progress_handler(PERIOD, Some(stop)).map_err(|error| fault::classify(error, None))
    }

    /// Statements run to their end again.
    pub(crate) fn unwatch(&mut self) {
        // It fails only where the database is not open.
        let _ = self.db.progress_handler(0, None::<fn() -> bool>);
    }

    /// Runs the steps in order until one fails or, asked before each, `wanted` says no.
    pub(crate) fn run(
        &mut self,
        batch: Batch,
        wanted: impl Fn() -> bool,
    ) -> Result<Reply, Failure> {
        self.step = 0;
        let mut done = Vec::with_capacity(batch.steps.len());
        let alone = self.db.is_autocommit() && is_one_write(&batch.steps);
        for (at, step) in batch.steps.into_iter().enumerate() {
            self.step = at;
            if alone && !matches!(step, Step::Run(_)) {
                done.push(Done::default());
                continue;
            }
            if !wanted() {
                let gone = Error::new(ErrorKind::Database, "the batch was dropped half-way");
                return Err(self.failure(gone));
            }
            let taken = self.allow_writes().and_then(|()| self.take(step));
            done.push(taken.map_err(|error| self.failure(error))?);
        }
        self.allow_writes().map_err(|error| self.failure(error))?;
        Ok(Reply { done, in_transaction: !self.db.is_autocommit() })
    }

    /// What to report of the step under way.
    pub(crate) fn failure(&self, error: Error) -> Failure {
        Failure { step: self.step, error, in_transaction: !self.db.is_autocommit() }
    }

    /// Rolls back what is open; `false` where it stays open.
    pub(crate) fn reset(&mut self) -> bool {
        // Whether it did is asked of the database, not of the answer.
        let _ = self.take(Step::Rollback);
        self.db.is_autocommit() && self.allow_writes().is_ok()
    }

    /// Takes the ban on writes away once its transaction has ended, by whatever ended it.
    fn allow_writes(&mut self) -> Result<()> {
        if self.read_only && self.db.is_autocommit() {
            self.control("PRAGMA query_only = off")?;
            self.read_only = false;
        }
        Ok(())
    }

    /// Opens a statement and hands its rows to `read`; when that returns the statement has ended.
    pub(crate) fn stream<T>(
        &mut self,
        statement: Statement,
        read: impl FnOnce(Result<Found<'_>, Failure>) -> T,
    ) -> T {
        self.step = 0;
        let Statement { sql, params, table, .. } = statement;
        let open = || {
            check(&sql, &params)?;
            let mut prepared =
                self.db.prepare_cached(&sql).map_err(|error| fault::classify(error, table))?;
            if params.sets != 1 || !prepared.readonly() {
                let message = "a cursor takes one statement that only reads, with one set of parameters; run others in a batch";
                return Err(Error::new(ErrorKind::Database, message));
            }
            bind(&mut prepared, &params.values, table)?;
            Ok(prepared)
        };
        match open() {
            Ok(mut prepared) => read(Ok(Found::new(self, prepared.raw_query(), &sql, table))),
            Err(error) => read(Err(self.failure(named(error, &sql, table)))),
        }
    }

    fn take(&mut self, step: Step) -> Result<Done> {
        match step {
            Step::Begin(begin @ (Begin::Write | Begin::WriteNow)) if !self.db.is_autocommit() => {
                self.begin_again(begin)
            }
            Step::Begin(Begin::Read) => self.control("BEGIN DEFERRED"),
            Step::Begin(Begin::Write) => self.control("BEGIN IMMEDIATE"),
            Step::Begin(Begin::WriteNow) => self.begin_now(),
            Step::BeginWith(_, options) if options.read_only == Some(true) => {
                self.control("BEGIN DEFERRED")?;
                self.read_only = true;
                self.control("PRAGMA query_only = on")
            }
            // Every transaction is serializable, and none has to wait for that.
            Step::BeginWith(begin, _) => self.take(Step::Begin(begin)),
            Step::Commit => self.control("COMMIT"),
            // SQLite ends a transaction by itself on some errors.
            Step::Rollback if self.db.is_autocommit() => Ok(Done::default()),
            Step::Rollback => self.control("ROLLBACK"),
            Step::Savepoint(depth) => self.control(&format!("SAVEPOINT relata_{depth}")),
            Step::Release(depth) => self.control(&format!("RELEASE relata_{depth}")),
            Step::RollbackTo(depth) => {
                self.control(&format!("ROLLBACK TO relata_{depth}"))?;
                self.control(&format!("RELEASE relata_{depth}"))
            }
            Step::Run(statement) => {
                let (sql, table) = (Arc::clone(&statement.sql), statement.table);
                let run = self.statement(statement).map_err(|error| self.refused(error));
                run.map_err(|error| named(error, &sql, table))
            }
        }
    }

    /// Begins again for writing, behind a transaction that only read. That one itself could not wait for the
    /// lock, because who holds it may wait for its end.
    fn begin_again(&mut self, begin: Begin) -> Result<Done> {
        if self.has_written()? {
            return Ok(Done::default());
        }
        let read = self.version()?;
        self.control("COMMIT")?;
        self.take(Step::Begin(begin))?;
        let now = self.version();
        if now.as_ref().is_ok_and(|now| *now == read) {
            return Ok(Done::default());
        }
        self.control("ROLLBACK")?;
        Err(now.err().unwrap_or_else(fault::overtaken))
    }

    /// Whether SQL that does not say so has written already, to any file: to end the transaction would keep it.
    fn has_written(&self) -> Result<bool> {
        let state = self.db.transaction_state(None::<&str>);
        Ok(state.map_err(|error| fault::classify(error, None))? == TransactionState::Write)
    }

    /// A number that differs once another connection has written.
    fn version(&self) -> Result<i64> {
        let asked = self.db.pragma_query_value(None, "data_version", |row| row.get(0));
        asked.map_err(|error| fault::classify(error, None).with_statement("PRAGMA data_version"))
    }

    /// Begins for writing, and waits for nobody.
    fn begin_now(&self) -> Result<Done> {
        // SQL of the program may have set another time than the URL.
        let asked = self.db.pragma_query_value(None, "busy_timeout", |row| row.get(0));
        let patience: u32 = asked.map_err(|error| fault::classify(error, None))?;
        let wait = |time| self.db.busy_timeout(time).map_err(|error| fault::classify(error, None));
        wait(Duration::ZERO)?;
        let begun = self.control("BEGIN IMMEDIATE");
        wait(Duration::from_millis(patience.into()))?;
        begun.map_err(|error| match error.kind() {
            ErrorKind::Busy => fault::busy_now(error),
            _ => error,
        })
    }

    /// The error with what can be found out beside it.
    fn explained(
        &self,
        error: rusqlite::Error,
        sql: &str,
        set: &[Value],
        table: Option<&'static str>,
    ) -> Error {
        let error = fault::classify_of(error, table, sql);
        match table {
            Some(table) if error.kind() == ErrorKind::ForeignKeyViolation => {
                let (columns, own) = keys::violated(&self.db, sql, set, table);
                let error = match own && !columns.is_empty() {
                    true => error.with_message(fault::no_parent(table, &columns)),
                    false => error,
                };
                error.with_columns(columns)
            }
            _ => error,
        }
    }

    /// SQLite takes a transaction that is read only for a database that is.
    fn refused(&self, error: Error) -> Error {
        match error.kind() {
            ErrorKind::ReadOnly if self.read_only => Error::new(
                ErrorKind::ReadOnly,
                "the transaction is read only; begin one without `read_only` to write",
            ),
            _ => error,
        }
    }

    fn control(&self, sql: &str) -> Result<Done> {
        let run = || self.db.prepare_cached(sql)?.raw_execute();
        match run() {
            Ok(_) => Ok(Done::default()),
            Err(error) => Err(fault::classify(error, None).with_statement(sql)),
        }
    }

    fn statement(&mut self, statement: Statement) -> Result<Done> {
        let Statement { sql, params, mut rows, table, key } = statement;
        check(&sql, &params)?;
        if let (Some(table), Some(key)) = (table, key) {
            self.check_numbered(table, key)?;
        }
        let classify = |error| fault::classify(error, table);
        let mut prepared = self.db.prepare_cached(&sql).map_err(classify)?;
        let mut done = Done { wrote: !prepared.readonly(), ..Done::default() };
        if rows.is_none() {
            done.affected.reserve(params.sets);
        }
        if key.is_some() {
            done.inserted.reserve(params.sets);
        }
        for set in params.each() {
            bind(&mut prepared, set, table)?;
            let before = self.db.total_changes();
            let mut found = prepared.raw_query();
            while let Some(row) =
                found.next().map_err(|error| self.explained(error, &sql, set, table))?
            {
                if let Some(rows) = &mut rows {
                    rows.row(&Held(row))?;
                }
            }
            if rows.is_none() {
                // A statement that writes nothing leaves the count of the one before it.
                let changed = self.db.total_changes() != before;
                let affected = if changed { self.db.changes() } else { 0 };
                done.affected.push(affected);
                if key.is_some() {
                    done.inserted.push((affected > 0).then(|| self.db.last_insert_rowid()));
                }
            }
        }
        Ok(Done { rows, ..done })
    }

    /// Refuses a table whose key is not the number of the row, which is all that SQLite tells of it.
    fn check_numbered(&mut self, table: &'static str, key: &str) -> Result<()> {
        if self.numbered.contains(table) {
            return Ok(());
        }
        match keys::is_row_number(&self.db, table, key) {
            Err(error) => return Err(fault::classify(error, Some(table))),
            Ok(Some(false)) => {
                let message = format!(
                    "SQLite makes no keys for `{table}.{key}`; declare the column as `INTEGER PRIMARY KEY`, as `create_all` does"
                );
                return Err(Error::new(ErrorKind::Database, message));
            }
            Ok(Some(true)) => drop(self.numbered.insert(table)),
            // the INSERT says so
            Ok(None) => {}
        }
        Ok(())
    }
}

/// Whether a batch is the transaction of one write, which SQLite makes around it by itself, with the same
/// lock and for less.
fn is_one_write(steps: &[Step]) -> bool {
    let [Step::Begin(Begin::Write), Step::Run(statement), Step::Commit] = steps else {
        return false;
    };
    // one that begins with a comment is not recognized, and runs as any other
    let word = statement.sql.get(..6).unwrap_or_default();
    let writes =
        ["INSERT", "UPDATE", "DELETE"].iter().any(|write| write.eq_ignore_ascii_case(word));
    writes && statement.rows.is_none() && statement.params.sets == 1
}

/// The error with its statement, and its table where that is known.
pub(crate) fn named(error: Error, sql: &Arc<str>, table: Option<&'static str>) -> Error {
    let error = error.with_statement(Arc::clone(sql));
    match table {
        Some(table) => error.with_table(table),
        None => error,
    }
}

/// What SQLite would not complain of: it reads text up to a NUL byte and leaves out the rest.
fn check(sql: &str, params: &Params) -> Result<()> {
    let wrong = if sql.contains('\0') {
        "the statement's text contains a NUL byte; remove it"
    } else if params.width.checked_mul(params.sets) != Some(params.values.len()) {
        "the values given are not a whole number of parameter sets"
    } else {
        return Ok(());
    };
    Err(Error::new(ErrorKind::Database, wrong))
}

fn bind(
    prepared: &mut CachedStatement<'_>,
    set: &[Value],
    table: Option<&'static str>,
) -> Result<()> {
    let classify = |error| fault::classify(error, table);
    let wanted = prepared.parameter_count();
    if wanted != set.len() {
        return Err(classify(rusqlite::Error::InvalidParameterCount(set.len(), wanted)));
    }
    for (at, value) in (1_usize..).zip(set) {
        prepared.raw_bind_parameter(at, bind::stored(value)?).map_err(classify)?;
    }
    Ok(())
}
