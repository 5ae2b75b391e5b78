//! Runs batches and reads cursors on a connection to the server.

mod begin;

use crate::{
    bind, connect,
    connect::Server,
    fault,
    row::Held,
    stop::{Ended, Victim},
    url::Place,
};
use mysql_async::{
    BinaryProtocol, Conn, Error as Fault, Params as Sent, QueryResult, Statement as Prepared,
    TextProtocol,
    consts::StatusFlags,
    prelude::{Protocol, Queryable},
};
use relata_core::{
    TransactionOptions,
    connection::{Batch, Done, Failure, Params, Portion, Reply, Rows, Statement, Step},
    error::{Error, ErrorKind, Result},
};
use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

/// MySQL's answer to a statement that it does not prepare.
const NOT_PREPARED: u16 = 1295;

/// A connection, and how far its batch is.
pub(crate) struct Link {
    place: Arc<Place>,
    /// `None` where it broke.
    conn: Option<Conn>,
    /// A transaction is open, as the server said last.
    open: bool,
    /// The server ended the transaction without being told to, as CREATE TABLE makes it.
    committed: bool,
    step: usize,
    cursor: Option<Cursor>,
    mariadb: bool,
    /// The session was made read only for a transaction, and still is.
    limited: bool,
}

/// The statement whose rows are read in portions.
struct Cursor {
    sql: Arc<str>,
    table: Option<&'static str>,
}

/// Whether anybody still waits for what is under way.
pub(crate) struct Wanted(AtomicBool);

impl Wanted {
    pub(crate) fn new() -> Self {
        Wanted(AtomicBool::new(true))
    }

    pub(crate) fn no_longer(&self) {
        self.0.store(false, Ordering::Relaxed);
    }

    fn check(&self) -> Result<()> {
        if self.0.load(Ordering::Relaxed) {
            return Ok(());
        }
        let message = "the call was dropped half-way";
        Err(Error::new(ErrorKind::Interrupted, message))
    }
}

impl Link {
    pub(crate) async fn open(place: Arc<Place>) -> Result<(Link, Server)> {
        let (conn, server) = connect::open(&place).await?;
        let link = Link {
            place,
            conn: Some(conn),
            open: false,
            committed: false,
            step: 0,
            cursor: None,
            mariadb: server.mariadb,
            limited: false,
        };
        Ok((link, server))
    }

    pub(crate) fn is_lost(&self) -> bool {
        self.conn.is_none()
    }

    /// What to stop where a caller has gone.
    pub(crate) fn target(&self) -> (Arc<Place>, u32) {
        (Arc::clone(&self.place), self.conn.as_ref().map_or(0, Conn::id))
    }

    /// Lets go of the connection without a word.
    pub(crate) fn give_up(&mut self) {
        self.cursor = None;
        self.limited = false;
        self.open = false;
        self.conn = None;
    }

    /// Says goodbye to the server, which rolls back what is open.
    pub(crate) async fn quit(mut self) {
        self.close().await;
        if let Some(conn) = self.conn {
            let _ = conn.disconnect().await;
        }
    }

    /// Runs the steps in order until one fails or nobody waits for them.
    pub(crate) async fn run(&mut self, batch: Batch, wanted: &Wanted) -> Result<Reply, Failure> {
        self.step = 0;
        let mut done = Vec::with_capacity(batch.steps.len());
        for (at, step) in batch.steps.into_iter().enumerate() {
            self.step = at;
            match self.take(step, wanted).await {
                Ok(brought) => done.push(brought),
                Err(error) => return Err(self.failure(error)),
            }
        }
        Ok(Reply { done, in_transaction: self.open })
    }

    pub(crate) fn failure(&self, error: Error) -> Failure {
        Failure { step: self.step, error, in_transaction: self.open }
    }

    /// Rolls back what is open.
    pub(crate) async fn reset(&mut self) {
        self.close().await;
        if self.open && self.control("ROLLBACK").await.is_err() {
            self.give_up();
        }
    }

    async fn take(&mut self, step: Step, wanted: &Wanted) -> Result<Done> {
        wanted.check()?;
        self.lift_limit().await?;
        match step {
            Step::Begin(_) => self.begin(TransactionOptions::new()).await,
            Step::BeginWith(_, options) => self.begin(options).await,
            Step::Commit => self.commit().await,
            // The server ends a transaction by itself on some errors.
            Step::Rollback if !self.open => {
                self.committed = false;
                Ok(Done::default())
            }
            Step::Rollback => self.control("ROLLBACK").await,
            Step::Savepoint(depth) => self.control(&format!("SAVEPOINT relata_{depth}")).await,
            Step::Release(depth) => {
                self.control(&format!("RELEASE SAVEPOINT relata_{depth}")).await
            }
            Step::RollbackTo(depth) => {
                let both = format!(
                    "ROLLBACK TO SAVEPOINT relata_{depth}; RELEASE SAVEPOINT relata_{depth}"
                );
                self.control(&both).await
            }
            Step::Run(statement) => {
                let (sql, table) = (Arc::clone(&statement.sql), statement.table);
                let done = self.statement(statement, wanted).await;
                done.map_err(|error| named(error, &sql, table))
            }
        }
    }

    /// Asks the server for a sign of life.
    pub(crate) async fn ping(&mut self) -> Result<()> {
        let Some(conn) = &mut self.conn else { return Err(fault::lost()) };
        match conn.ping().await {
            Ok(()) => Ok(()),
            Err(error) => Err(self.failed(error, None).await),
        }
    }

    async fn commit(&mut self) -> Result<Done> {
        const COMMIT: &str = "COMMIT";
        if !self.open {
            // The server would say that all is well.
            if std::mem::take(&mut self.committed) {
                return Ok(Done::default());
            }
            let message = "cannot commit, because no transaction is open";
            return Err(Error::new(ErrorKind::Database, message).with_statement(COMMIT));
        }
        let done = self.control(COMMIT).await;
        done.map_err(|error| match error.kind() {
            ErrorKind::ConnectionLost => fault::unknown(error).with_statement(COMMIT),
            _ => error,
        })
    }

    /// Sends words that steer transactions.
    async fn control(&mut self, sql: &str) -> Result<Done> {
        let Some(conn) = &mut self.conn else { return Err(fault::lost().with_statement(sql)) };
        match conn.query_drop(sql).await {
            Ok(()) => {
                self.hear();
                self.committed = false;
                Ok(Done::default())
            }
            Err(error) => Err(self.failed(error, None).await.with_statement(sql)),
        }
    }

    /// Learns from the last answer whether a transaction is open.
    fn hear(&mut self) {
        let said = self.conn.as_ref().and_then(Conn::last_ok_packet);
        let open = said
            .is_some_and(|said| said.status_flags().contains(StatusFlags::SERVER_STATUS_IN_TRANS));
        self.committed |= self.open && !open;
        self.open = open;
    }

    /// What a fault means, for the transaction and the connection too.
    async fn failed(&mut self, error: Fault, table: Option<&'static str>) -> Error {
        if fault::is_fatal(&error) {
            self.give_up();
        } else if self.open
            && let Some(conn) = &mut self.conn
        {
            // An error does not say what became of the transaction.
            match conn.ping().await {
                Ok(()) => {
                    self.hear();
                    self.committed = false;
                }
                Err(_) => self.give_up(),
            }
        }
        let error = fault::classify(error, table);
        self.tell_columns(error, table).await
    }

    /// The server names the key that was violated, but not its columns, so it is asked for them.
    async fn tell_columns(&mut self, error: Error, table: Option<&'static str>) -> Error {
        const ASK: &str = "SELECT column_name FROM information_schema.statistics \
            WHERE table_schema = DATABASE() AND table_name = ? AND index_name = ? ORDER BY seq_in_index";
        let (Some(conn), Some(table), Some(key)) =
            (&mut self.conn, error.table().or(table), error.constraint())
        else {
            return error;
        };
        if error.kind() != ErrorKind::UniqueViolation {
            return error;
        }
        let asked = async {
            let prepared = conn.prep(ASK).await?;
            let columns: Vec<Option<String>> = conn.exec(&prepared, (table, key)).await?;
            Ok((prepared, columns))
        };
        match asked.await {
            Ok((prepared, columns)) => {
                let columns: Vec<String> = columns.into_iter().flatten().collect();
                let told = match columns.is_empty() {
                    true => error.clone(),
                    false => fault::with_key_columns(&error, table, columns),
                };
                self.forget(Some(prepared)).await;
                return told;
            }
            Err(fault) if fault::is_fatal(&fault) => self.give_up(),
            Err(_) => {}
        }
        error
    }

    async fn statement(&mut self, statement: Statement, wanted: &Wanted) -> Result<Done> {
        let Statement { sql, params, mut rows, table } = statement;
        check(&params)?;
        let prepared = self.prepare(&sql, table).await?;
        fits(prepared.as_ref(), &params)?;
        let mut done = Done::default();
        for set in params.each() {
            wanted.check()?;
            let values = bind::all(set)?;
            let mut row = |row: &mysql_async::Row| match &mut rows {
                Some(rows) => rows.row(&Held(row)),
                None => Ok(()),
            };
            self.execute(&sql, prepared.as_ref(), values, table, &mut row).await?;
            if rows.is_none()
                && let Some(conn) = &self.conn
            {
                done.affected.push(conn.affected_rows());
                done.inserted.push(conn.last_insert_id().unwrap_or_default());
            }
        }
        self.forget(prepared).await;
        done.rows = rows;
        Ok(done)
    }

    /// Runs a statement once, and reads all that it brings.
    async fn execute(
        &mut self,
        sql: &str,
        prepared: Option<&Prepared>,
        values: Vec<mysql_async::Value>,
        table: Option<&'static str>,
        row: &mut (dyn FnMut(&mysql_async::Row) -> Result<()> + Send),
    ) -> Result<()> {
        let Some(conn) = &mut self.conn else { return Err(fault::lost()) };
        let read = match prepared {
            Some(prepared) => match conn.exec_iter(prepared, sent(values)).await {
                Ok(result) => read(result, row).await,
                Err(error) => Err(Stopped::By(error)),
            },
            None => match conn.query_iter(sql).await {
                Ok(result) => read(result, row).await,
                Err(error) => Err(Stopped::By(error)),
            },
        };
        match read {
            Ok(()) => {
                self.hear();
                Ok(())
            }
            Err(Stopped::By(error)) => Err(self.failed(error, table).await),
            Err(Stopped::Refused(error)) => {
                match prepared {
                    Some(_) => self.drain::<BinaryProtocol>().await,
                    None => self.drain::<TextProtocol>().await,
                }
                Err(error)
            }
        }
    }

    /// `None` for what the server does not prepare, which has no parameters then.
    async fn prepare(
        &mut self,
        sql: &Arc<str>,
        table: Option<&'static str>,
    ) -> Result<Option<Prepared>> {
        let Some(conn) = &mut self.conn else { return Err(fault::lost()) };
        match conn.prep(&**sql).await {
            Ok(prepared) => Ok(Some(prepared)),
            Err(Fault::Server(told)) if told.code == NOT_PREPARED => Ok(None),
            Err(error) => Err(self.failed(error, table).await),
        }
    }

    /// Tells the server to forget a statement that is not kept. It does not answer.
    async fn forget(&mut self, prepared: Option<Prepared>) {
        if self.place.statement_cache == 0
            && let (Some(conn), Some(prepared)) = (&mut self.conn, prepared)
            && conn.close(prepared).await.is_err()
        {
            self.give_up();
        }
    }

    /// Opens a cursor.
    pub(crate) async fn open_cursor(&mut self, statement: Statement) -> Result<(), Failure> {
        self.step = 0;
        let Statement { sql, params, table, .. } = statement;
        match self.start(&sql, &params, table).await {
            Ok(()) => {
                self.cursor = Some(Cursor { sql, table });
                Ok(())
            }
            Err(error) => Err(self.failure(named(error, &sql, table))),
        }
    }

    async fn start(
        &mut self,
        sql: &Arc<str>,
        params: &Params,
        table: Option<&'static str>,
    ) -> Result<()> {
        check(params)?;
        self.lift_limit().await?;
        let prepared = self.prepare(sql, table).await?;
        let Some(prepared) = prepared.filter(|found| params.sets == 1 && found.num_columns() > 0)
        else {
            let message = "a cursor takes one statement that only reads, with one set of parameters; run others in a batch";
            return Err(Error::new(ErrorKind::Database, message));
        };
        fits(Some(&prepared), params)?;
        let values = bind::all(&params.values)?;
        let Some(conn) = &mut self.conn else { return Err(fault::lost()) };
        match conn.exec_iter(&prepared, sent(values)).await {
            Ok(_) => Ok(()),
            Err(error) => Err(self.failed(error, table).await),
        }
    }

    /// Takes up to `limit` rows of the cursor.
    pub(crate) async fn portion(
        &mut self,
        mut rows: Box<dyn Rows>,
        limit: usize,
        wanted: &Wanted,
    ) -> Portion {
        self.step = 0;
        let more = match self.cursor.take() {
            Some(cursor) => match self.fetch(&mut *rows, limit, wanted, cursor.table).await {
                Ok(true) => {
                    self.cursor = Some(cursor);
                    Ok(true)
                }
                Ok(false) => Ok(false),
                Err(error) => Err(named(error, &cursor.sql, cursor.table)),
            },
            None => Err(none_open()),
        };
        Portion { rows: Some(rows), more: more.map_err(|error| self.failure(error)) }
    }

    async fn fetch(
        &mut self,
        rows: &mut dyn Rows,
        limit: usize,
        wanted: &Wanted,
        table: Option<&'static str>,
    ) -> Result<bool> {
        for _ in 0..limit {
            let Some(conn) = &mut self.conn else { return Err(fault::lost()) };
            let mut result = QueryResult::<BinaryProtocol>::new(conn);
            let taken = match result.next().await {
                Ok(Some(row)) => wanted.check().and_then(|()| rows.row(&Held(&row))),
                Ok(None) => {
                    self.hear();
                    return Ok(false);
                }
                Err(error) => return Err(self.failed(error, table).await),
            };
            if let Err(error) = taken {
                self.drain::<BinaryProtocol>().await;
                return Err(error);
            }
        }
        Ok(true)
    }

    /// Closes the cursor, if one is open.
    pub(crate) async fn close(&mut self) {
        if self.cursor.take().is_some() {
            self.drain::<BinaryProtocol>().await;
        }
    }

    /// Reads over the rest of the rows, and stops the statement where they are many.
    async fn drain<P: Protocol>(&mut self) {
        let Some(conn) = &mut self.conn else { return };
        let victim = Victim { place: &self.place, connection: conn.id() };
        let ended = {
            let rest = pin!(QueryResult::<P>::new(&mut *conn).drop_result());
            victim.end(rest).await
        };
        match ended {
            Ended::Alone(Ok(())) => self.hear(),
            Ended::Alone(Err(error)) => drop(self.failed(error, None).await),
            Ended::Killed(outcome) => {
                if let Err(error) = outcome {
                    drop(self.failed(error, None).await);
                }
                self.settle().await;
            }
            Ended::Never => self.give_up(),
        }
    }

    /// After KILL: it may have come too late for the statement, and hits this one then.
    pub(crate) async fn settle(&mut self) {
        let Some(conn) = &mut self.conn else { return };
        for _ in 0..2 {
            match conn.query_drop("DO 0").await {
                Ok(()) => {
                    self.hear();
                    return;
                }
                Err(error) if fault::is_fatal(&error) => break,
                Err(_) => {}
            }
        }
        self.give_up();
    }
}

/// Why reading ended before the rows did.
enum Stopped {
    By(Fault),
    /// Who takes the rows did not take one.
    Refused(Error),
}

async fn read<P: Protocol>(
    mut result: QueryResult<'_, '_, P>,
    row: &mut (dyn FnMut(&mysql_async::Row) -> Result<()> + Send),
) -> Result<(), Stopped> {
    while let Some(found) = result.next().await.map_err(Stopped::By)? {
        row(&found).map_err(Stopped::Refused)?;
    }
    result.drop_result().await.map_err(Stopped::By)
}

fn sent(values: Vec<mysql_async::Value>) -> Sent {
    if values.is_empty() { Sent::Empty } else { Sent::Positional(values) }
}

/// The error with its statement, and its table where that is known.
fn named(error: Error, sql: &Arc<str>, table: Option<&'static str>) -> Error {
    let error = error.with_statement(Arc::clone(sql));
    match table {
        Some(table) => error.with_table(table),
        None => error,
    }
}

fn check(params: &Params) -> Result<()> {
    if params.width.checked_mul(params.sets) == Some(params.values.len()) {
        return Ok(());
    }
    let message = "the values given are not a whole number of parameter sets";
    Err(Error::new(ErrorKind::Database, message))
}

/// Sending other than the statement wants would cost the connection.
fn fits(prepared: Option<&Prepared>, params: &Params) -> Result<()> {
    let wanted = prepared.map_or(0, |found| usize::from(found.num_params()));
    let given = params.width;
    if wanted == given {
        return Ok(());
    }
    let message = format!("the statement has {wanted} parameters, but {given} values were given");
    Err(Error::new(ErrorKind::Database, message))
}

fn none_open() -> Error {
    let message = "no cursor is open: all its rows were read, it failed, or a call on it was dropped half-way; run the statement again";
    Error::new(ErrorKind::Interrupted, message)
}
