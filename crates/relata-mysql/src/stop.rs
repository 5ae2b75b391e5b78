//! Stops what the server still does for a caller who has gone. The protocol has no way to do that on
//! the connection itself, so another one is opened for it.

use crate::{
    connect,
    server::{Server, WHO},
    url::Place,
};
use mysql_async::{Conn, Error as Fault, prelude::Queryable};
use std::{
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::time::timeout;

/// What ends by itself within this is not worth another connection.
const GRACE: Duration = Duration::from_millis(20);
/// What is stopped, one after the other, and how many seconds it may take to end. An order that comes
/// between two commands of the connection is lost, so it is given again; the connection itself is the
/// last resort, because its locks would be held on the server as long as the statement runs.
const ORDERS: [(&str, u64); 4] = [("QUERY", 1), ("QUERY", 2), ("QUERY", 4), ("CONNECTION", 1)];
/// How long it may take until another row comes of those that are on their way.
const STILL_COMING: Duration = Duration::from_secs(5);

/// The connection whose statement another connection can stop.
pub(crate) struct Victim {
    place: Arc<Place>,
    which: Mutex<Option<Which>>,
    /// How many rows were read, to see whether any come.
    rows: AtomicU64,
}

/// A number alone would name the connection of a stranger where a proxy leads to another server.
#[derive(Clone)]
struct Which {
    connection: u32,
    server: Arc<str>,
}

/// How work ended.
pub(crate) enum Ended<T> {
    /// By itself.
    Alone(T),
    /// KILL was sent, and may have come too late: then it hits the next statement.
    Killed(T),
    /// It has not, or KILL may still be on its way. The connection is of no use any more.
    Never,
}

/// What became of an order to stop.
#[derive(PartialEq)]
enum Order {
    /// The server has passed it on.
    Given,
    /// The server does nothing any more, so what is under way is the end of its answer.
    Needless,
    /// It was not given: the server takes no connection, or is another.
    Vain,
    /// It was sent and not answered, so that it may come at any time; or nobody answers at all.
    Doubtful,
}

impl Victim {
    pub(crate) fn nobody(place: Arc<Place>) -> Self {
        Victim { place, which: Mutex::new(None), rows: AtomicU64::new(0) }
    }

    /// Says which connection is in use; `None` where it is closed.
    pub(crate) fn is(&self, found: Option<(&Conn, &Server)>) {
        let which = found.map(|(conn, server)| Which {
            connection: conn.id(),
            server: Arc::clone(&server.name),
        });
        *self.which.lock().unwrap_or_else(PoisonError::into_inner) = which;
    }

    /// Counts a row that was read.
    pub(crate) fn row(&self) {
        self.rows.fetch_add(1, Ordering::Relaxed);
    }

    fn which(&self) -> Option<Which> {
        self.which.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Sees work to its end, and hurries it.
    pub(crate) async fn end<T>(&self, mut work: Pin<&mut impl Future<Output = T>>) -> Ended<T> {
        if let Ok(outcome) = timeout(GRACE, work.as_mut()).await {
            return Ended::Alone(outcome);
        }
        // The work is left alone while an order is given: the server waits for it to be read, so that
        // no more than what is on its way has to be read to its end.
        for (what, seconds) in ORDERS {
            match timeout(self.place.connect_timeout, self.order(what)).await {
                Ok(Order::Given | Order::Vain) => {}
                Ok(Order::Needless) => return self.rest(work).await,
                Ok(Order::Doubtful) | Err(_) => return Ended::Never,
            }
            let limit = Duration::from_secs(seconds);
            if let Ok(outcome) = timeout(limit, work.as_mut()).await {
                return Ended::Killed(outcome);
            }
        }
        Ended::Never
    }

    /// Sees the end of an answer to its end, for as long as it comes.
    async fn rest<T>(&self, mut work: Pin<&mut impl Future<Output = T>>) -> Ended<T> {
        loop {
            let before = self.rows.load(Ordering::Relaxed);
            match timeout(STILL_COMING, work.as_mut()).await {
                Ok(outcome) => return Ended::Killed(outcome),
                Err(_) if self.rows.load(Ordering::Relaxed) == before => return Ended::Never,
                Err(_) => {}
            }
        }
    }

    /// Tells the server to stop.
    async fn order(&self, what: &str) -> Order {
        let Some(Which { connection, server }) = self.which() else { return Order::Needless };
        let mut conn = match connect::open_bare(&self.place).await {
            Ok(conn) => conn,
            // The server answers, if only that it has too many.
            Err(error) if error.code().is_some() => return Order::Vain,
            Err(_) => return Order::Doubtful,
        };
        let busy = format!(
            "SELECT command FROM information_schema.processlist WHERE id = {connection} AND ({}) = ?",
            WHO
        );
        let busy: Result<Option<String>, Fault> = conn.exec_first(busy, (&*server,)).await;
        let given = match busy.as_ref().map(Option::as_deref) {
            Ok(Some("Sleep")) => Order::Needless,
            Ok(Some(_)) => match conn.query_drop(format!("KILL {what} {connection}")).await {
                Ok(()) => Order::Given,
                Err(Fault::Server(_)) => Order::Vain,
                Err(_) => Order::Doubtful,
            },
            Ok(None) | Err(_) => Order::Vain,
        };
        connect::hang_up(conn);
        given
    }
}
