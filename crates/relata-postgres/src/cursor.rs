//! A statement that stays open between portions of its rows: a cursor of the server, inside a
//! savepoint, so that stopping it leaves the transaction around it as it was.

use crate::{
    bind::Bound,
    flight::{Query, Sent, Trouble, check, named, next_row},
    link::Link,
    pipeline::begins_with,
    row::Held,
    watch::Status,
};
use relata_core::{
    connection::{Failure, Rows},
    error::{Error, ErrorKind},
};
use std::{pin::pin, sync::Arc};

/// What a cursor stands on.
pub(crate) struct Cursor {
    /// Whether a transaction of the caller is around it. Without one it has its own.
    inside: bool,
    sql: Arc<str>,
    table: Option<&'static str>,
}

impl Cursor {
    /// What ends it when all went well.
    pub(crate) fn end(&self) -> &'static str {
        if self.inside { "CLOSE relata_cursor; RELEASE SAVEPOINT relata_cursor" } else { "COMMIT" }
    }

    /// What ends it when something failed.
    pub(crate) fn undo(&self) -> &'static str {
        if self.inside {
            "ROLLBACK TO SAVEPOINT relata_cursor; RELEASE SAVEPOINT relata_cursor"
        } else {
            "ROLLBACK"
        }
    }

    /// The status once it has ended.
    pub(crate) fn around(&self) -> Status {
        if self.inside { Status::Open } else { Status::Idle }
    }

    /// Opens a cursor; where that fails there is none.
    pub(crate) async fn open(link: &mut Link, query: &Query) -> Result<(), Failure> {
        let Query { sql, params, table } = query;
        let refuse = |error: Error| named(error, sql, *table);
        check(sql, params).map_err(|error| link.failure(0, refuse(error)))?;
        if params.sets != 1 || !reads(sql) {
            return Err(link.failure(0, refuse(writes())));
        }
        let status = link.status();
        let inside = status != Status::Idle;
        let before = if inside { "SAVEPOINT relata_cursor" } else { "BEGIN" };
        link.cursor = Some(Cursor { inside, sql: Arc::clone(sql), table: *table });
        let client = Arc::clone(&link.client);
        let declare = format!("DECLARE relata_cursor NO SCROLL CURSOR FOR {sql}");
        let begun = Sent::words(&client, before);
        let declared = Sent::unnamed(&client, &declare, &params.values);
        let opened = match begun.take(None).await {
            Ok(_) => declared.take(None).await,
            Err(trouble) => {
                // There is nothing to go back to.
                link.cursor = None;
                Err(trouble)
            }
        };
        let trouble = match opened {
            Ok(_) => {
                link.heard();
                return Ok(());
            }
            Err(trouble) => trouble,
        };
        let error = trouble.error(link, *table, sql, (&params.values, None));
        let error = if error.to_string().contains("DECLARE CURSOR") { writes() } else { error };
        Err(Cursor::failed(link, refuse(error)).await)
    }

    /// Reads up to so many rows; says whether there may be more.
    pub(crate) async fn fetch(
        link: &mut Link,
        rows: &mut dyn Rows,
        limit: usize,
    ) -> Result<bool, Failure> {
        let Some(cursor) = &link.cursor else { return Err(link.failure(0, none_open())) };
        if limit == 0 {
            return Ok(true);
        }
        let (sql, table) = (Arc::clone(&cursor.sql), cursor.table);
        let outcome = read(link, rows, limit).await;
        link.heard();
        match outcome {
            Ok(count) if count == limit => Ok(true),
            Ok(_) => Cursor::finish(link).await.map(|()| false),
            Err(trouble) => {
                let error = trouble.error(link, table, &sql, (&[], None));
                Err(Cursor::failed(link, named(error, &sql, table)).await)
            }
        }
    }

    /// All rows were read.
    async fn finish(link: &mut Link) -> Result<(), Failure> {
        let Some(cursor) = link.cursor.take() else { return Ok(()) };
        if cursor.inside {
            link.post(cursor.end(), cursor.around());
            return Ok(());
        }
        // What the statement did along the way counts only when it is committed.
        let ended = link.client.batch_execute(cursor.end()).await;
        link.heard();
        ended.map_err(|error| {
            let error = link.classify(error, cursor.table);
            link.failure(0, named(error, &cursor.sql, cursor.table))
        })
    }

    /// Goes back to before the cursor.
    async fn failed(link: &mut Link, error: Error) -> Failure {
        if let Some(cursor) = link.cursor.take()
            && !link.client.is_closed()
        {
            link.post(cursor.undo(), cursor.around());
        } else {
            let _ = link.catch_up().await;
        }
        link.failure(0, error)
    }
}

async fn read(link: &Link, rows: &mut dyn Rows, limit: usize) -> Result<usize, Trouble> {
    let fetch = format!("FETCH FORWARD {limit} FROM relata_cursor");
    let none = std::iter::empty::<(Bound<'_>, tokio_postgres::types::Type)>();
    let found = link.client.query_typed_raw(&fetch, none).await.map_err(Trouble::Server)?;
    let mut found = pin!(found);
    let mut count = 0;
    while let Some(row) = next_row(found.as_mut()).await? {
        rows.row(&Held::new(&row)).map_err(Trouble::Ours)?;
        count += 1;
    }
    Ok(count)
}

/// Whether a statement is one that a cursor can be of. Writes inside of it are found by the server.
fn reads(sql: &str) -> bool {
    begins_with(sql, &["SELECT", "WITH", "VALUES", "TABLE"])
}

fn writes() -> Error {
    let message = "a cursor takes one statement that only reads, with one set of parameters; run others in a batch";
    Error::new(ErrorKind::Database, message)
}

/// The answer to who asks for rows where no cursor is open.
fn none_open() -> Error {
    let message = "no cursor is open: all its rows were read, it failed, or a call on it was dropped half-way; run the statement again";
    Error::new(ErrorKind::Interrupted, message)
}
