//! What is sent and not answered yet, and what the answers bring.

use crate::{
    bind::{self, Bound, Unfit, any_type},
    link::Link,
    row::Held,
};
use futures_util::{
    Stream,
    future::{MaybeDone, maybe_done},
};
use relata_core::{
    connection::{BoxFuture, Params, Rows, Statement},
    error::{Error, ErrorKind, Result},
    sql::{Dialect, column_of},
    value::Value,
};
use std::{
    borrow::Cow,
    error::Error as _,
    future::poll_fn,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Waker},
};
use tokio_postgres::{Client, RowStream, types::Type};

pub(crate) type Fault = tokio_postgres::Error;
type Answer = Result<Option<RowStream>, Fault>;

/// A statement apart from what takes its rows.
pub(crate) struct Query {
    pub(crate) sql: Arc<str>,
    pub(crate) params: Params,
    pub(crate) table: Option<&'static str>,
}

impl Query {
    pub(crate) fn of(statement: Statement) -> (Self, Option<Box<dyn Rows>>) {
        let Statement { sql, params, rows, table, .. } = statement;
        (Query { sql, params, table }, rows)
    }
}

/// What was sent, and is answered or will be.
pub(crate) struct Sent<'a> {
    answer: MaybeDone<BoxFuture<'a, Answer>>,
    /// Whether the first answer comes before the server runs what was sent.
    announced: bool,
}

/// Why a step failed.
pub(crate) enum Trouble {
    Server(Fault),
    /// The server's word before it ran the statement.
    Unrun(Fault),
    Ours(Error),
}

/// How a step is sent.
pub(crate) enum Plan {
    /// It is done already.
    Nothing,
    /// Words of a transaction.
    Words(Cow<'static, str>),
    /// A text that is not kept.
    Unnamed,
    Prepared(tokio_postgres::Statement),
}

impl<'a> Sent<'a> {
    /// Sends at once: the client does so when its future is polled first.
    fn new(announced: bool, future: impl Future<Output = Answer> + Send + 'a) -> Self {
        let boxed: BoxFuture<'a, Answer> = Box::pin(future);
        let mut answer = maybe_done(boxed);
        let _ = Pin::new(&mut answer).poll(&mut Context::from_waker(Waker::noop()));
        Sent { answer, announced }
    }

    pub(crate) fn words(client: &'a Client, words: &'a str) -> Self {
        Sent::new(false, async move { client.batch_execute(words).await.map(|()| None) })
    }

    /// A statement of which the server is to find the types, and keeps nothing.
    pub(crate) fn unnamed(client: &'a Client, sql: &'a str, set: &'a [Value]) -> Self {
        let values = set.iter().map(|value| (Bound(value), any_type()));
        Sent::new(true, async move { client.query_typed_raw(sql, values).await.map(Some) })
    }

    pub(crate) fn prepared(
        client: &'a Client,
        statement: &'a tokio_postgres::Statement,
        set: &'a [Value],
    ) -> Self {
        let values = set.iter().map(Bound);
        Sent::new(true, async move { client.query_raw(statement, values).await.map(Some) })
    }

    /// One run of a statement.
    pub(crate) fn run(
        client: &'a Client,
        plan: &'a Plan,
        query: &'a Query,
        set: &'a [Value],
    ) -> Self {
        match plan {
            Plan::Prepared(prepared) => Sent::prepared(client, prepared, set),
            _ => Sent::unnamed(client, &query.sql, set),
        }
    }

    /// Whether to send more is of no use: it could not be sent, or the connection is gone. What a fast
    /// server refused already is not meant: a batch is sent whole, so that the COMMIT at its end ends the
    /// transaction however soon answers come.
    pub(crate) fn is_hopeless(&self) -> bool {
        matches!(&self.answer, MaybeDone::Done(Err(fault)) if fault.as_db_error().is_none())
    }

    /// Waits for the answer, and hands its rows over; gives how many rows the server counted.
    pub(crate) async fn take(mut self, rows: Option<&mut Box<dyn Rows>>) -> Result<u64, Trouble> {
        Pin::new(&mut self.answer).await;
        match Pin::new(&mut self.answer).take_output() {
            Some(Ok(Some(stream))) => drain(stream, rows).await,
            Some(Err(fault)) if self.announced && fault.as_db_error().is_some() => {
                Err(Trouble::Unrun(fault))
            }
            Some(Err(fault)) => Err(Trouble::Server(fault)),
            Some(Ok(None)) | None => Ok(0),
        }
    }
}

async fn drain(stream: RowStream, mut rows: Option<&mut Box<dyn Rows>>) -> Result<u64, Trouble> {
    let mut stream = pin!(stream);
    while let Some(row) = next_row(stream.as_mut()).await? {
        if let Some(rows) = &mut rows {
            rows.row(&Held::new(&row)).map_err(Trouble::Ours)?;
        }
    }
    Ok(stream.rows_affected().unwrap_or(0))
}

pub(crate) async fn next_row(
    mut stream: Pin<&mut RowStream>,
) -> Result<Option<tokio_postgres::Row>, Trouble> {
    let next = poll_fn(|cx| stream.as_mut().poll_next(cx)).await;
    next.transpose().map_err(Trouble::Server)
}

impl Trouble {
    /// The error to report of a statement with these values.
    pub(crate) fn error(
        self,
        link: &Link,
        table: Option<&'static str>,
        sql: &str,
        values: (&[Value], Option<&[Type]>),
    ) -> Error {
        match self {
            Trouble::Ours(error) => error,
            Trouble::Server(fault) if is_unfit(&fault) => {
                unfit(table, sql, values).unwrap_or_else(|| link.classify(fault, table))
            }
            Trouble::Server(fault) | Trouble::Unrun(fault) => link.classify(fault, table),
        }
    }

    /// What came of the server, or of the way there.
    pub(crate) fn fault(&self) -> Option<&Fault> {
        match self {
            Trouble::Server(fault) | Trouble::Unrun(fault) => Some(fault),
            Trouble::Ours(_) => None,
        }
    }
}

/// Whether a value could not be sent.
pub(crate) fn is_unfit(fault: &Fault) -> bool {
    fault.source().is_some_and(|source| source.is::<Unfit>())
}

/// Names the value that could not be sent, by the column that it was meant for where that can be
/// told.
fn unfit(
    table: Option<&'static str>,
    sql: &str,
    (values, types): (&[Value], Option<&[Type]>),
) -> Option<Error> {
    let any = any_type();
    let (at, why) = match types {
        Some(types) => bind::first_unfit(values, types.iter()),
        None => bind::first_unfit(values, std::iter::repeat(&any)),
    }?;
    let column = column_of(Dialect::Postgres, sql, at);
    let name = match (table, &column) {
        (Some(table), Some(column)) => format!("column `{table}.{column}`"),
        (None, Some(column)) => format!("column `{column}`"),
        (_, None) => format!("parameter {}", at + 1),
    };
    let message = format!("{name}: {why}");
    Some(Error::new(ErrorKind::OutOfRange, message).with_columns(column))
}

/// The error with its statement, and its table where that is known.
pub(crate) fn named(error: Error, sql: &Arc<str>, table: Option<&'static str>) -> Error {
    let error = error.with_statement(Arc::clone(sql));
    match table {
        Some(table) => error.with_table(table),
        None => error,
    }
}

/// What is wrong before anything is sent.
pub(crate) fn check(sql: &str, params: &Params) -> Result<()> {
    let wrong = if sql.contains('\0') {
        "the statement's text contains a NUL byte; remove it"
    } else if params.width.checked_mul(params.sets) != Some(params.values.len()) {
        "the values given are not a whole number of parameter sets"
    } else {
        return Ok(());
    };
    Err(Error::new(ErrorKind::Database, wrong))
}
