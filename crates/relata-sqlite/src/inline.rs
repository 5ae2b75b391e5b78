//! A connection that works in the thread that polls it.
//!
//! Rows of an open statement borrow the connection, and nothing can own both without unsafe code,
//! except the stack of a thread. So while a cursor is open the connection works in a thread that is
//! started for it.

use crate::{
    connect,
    cursor::none_open,
    link::Link,
    thread::{Lent, gone},
    url::Place,
};
use relata_core::{
    connection::{Batch, BoxFuture, Connection, Failure, Portion, Reply, Rows, Statement},
    error::Result,
};

pub(crate) struct Inline {
    /// `None` while a cursor is open, and where the connection was lost.
    link: Option<Link>,
    lent: Option<Lent>,
}

pub(crate) fn connect(place: &Place) -> Result<Inline> {
    connect::open(place).map(|db| Inline { link: Some(Link::new(db)), lent: None })
}

impl Inline {
    /// The connection, back from its thread.
    fn here(&mut self) -> Result<&mut Link, Failure> {
        if let Some(lent) = self.lent.take() {
            self.link = lent.give_back();
        }
        self.link.as_mut().ok_or_else(gone)
    }
}

impl Connection for Inline {
    fn run(&mut self, batch: Batch) -> BoxFuture<'_, Result<Reply, Failure>> {
        Box::pin(async { self.here()?.run(batch, || true) })
    }

    fn open(&mut self, statement: Statement) -> BoxFuture<'_, Result<(), Failure>> {
        Box::pin(async {
            self.here()?;
            let lent = match Lent::start(&mut self.link) {
                Ok(lent) => self.lent.insert(lent),
                Err(error) => return Err(self.here()?.failure(error)),
            };
            let opened = lent.remote.open(statement).await;
            if opened.is_err() {
                self.close();
            }
            opened
        })
    }

    fn fetch(&mut self, rows: Box<dyn Rows>, limit: usize) -> BoxFuture<'_, Portion> {
        Box::pin(async move {
            let Some(lent) = &mut self.lent else {
                let failed = self.here().map(|link| link.failure(none_open()));
                return Portion { rows: Some(rows), more: Err(failed.unwrap_or_else(|lost| lost)) };
            };
            let portion = lent.remote.fetch(rows, limit).await;
            if !matches!(portion.more, Ok(true)) {
                self.close();
            }
            portion
        })
    }

    fn close(&mut self) {
        // Where it is lost the next call says so.
        let _ = self.here();
    }

    fn is_open(&mut self) -> bool {
        self.here().is_ok()
    }

    fn ping(&mut self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async { self.here().map(|_| ()).map_err(|failure| failure.error) })
    }

    fn reset(&mut self) -> bool {
        self.here().is_ok_and(Link::reset)
    }
}

/// Else the database would be closed by the cursor's thread, some time later.
impl Drop for Inline {
    fn drop(&mut self) {
        self.close();
    }
}
