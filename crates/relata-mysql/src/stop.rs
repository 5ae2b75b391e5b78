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
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::time::timeout;

/// What ends by itself within this is not worth another connection.
const GRACE: Duration = Duration::from_millis(20);
/// How long something may take to end after it was told to.
const PATIENCE: Duration = Duration::from_secs(1);
/// What is stopped, one after the other. An order that comes between two commands of the connection
/// is lost, so it is given again; the connection itself is the last resort, because its locks would
/// be held on the server as long as the statement runs.
const ORDERS: [&str; 4] = ["QUERY", "QUERY", "QUERY", "CONNECTION"];

/// The connection whose statement another connection can stop.
pub(crate) struct Victim {
    place: Arc<Place>,
    which: Mutex<Option<Which>>,
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
    /// It was sent and not answered, so that it may come at any time.
    Doubtful,
}

impl Victim {
    pub(crate) fn nobody(place: Arc<Place>) -> Self {
        Victim { place, which: Mutex::new(None) }
    }

    /// Says which connection is in use; `None` where it is closed.
    pub(crate) fn is(&self, found: Option<(&Conn, &Server)>) {
        let which = found.map(|(conn, server)| Which {
            connection: conn.id(),
            server: Arc::clone(&server.name),
        });
        *self.which.lock().unwrap_or_else(PoisonError::into_inner) = which;
    }

    fn which(&self) -> Option<Which> {
        self.which.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Sees work to its end, and hurries it.
    pub(crate) async fn end<T>(&self, mut work: Pin<&mut impl Future<Output = T>>) -> Ended<T> {
        if let Ok(outcome) = timeout(GRACE, work.as_mut()).await {
            return Ended::Alone(outcome);
        }
        let limit = self.place.connect_timeout + PATIENCE * 4;
        timeout(limit, self.hurry(work)).await.unwrap_or(Ended::Never)
    }

    /// The work is left alone while an order is given: the server waits for it to be read, so that
    /// no more than what is on its way has to be read to its end.
    async fn hurry<T>(&self, mut work: Pin<&mut impl Future<Output = T>>) -> Ended<T> {
        let mut doubtful = false;
        for what in ORDERS {
            let given = self.order(what).await;
            doubtful |= given == Order::Doubtful;
            let outcome = match given {
                Order::Needless => Some(work.as_mut().await),
                _ => timeout(PATIENCE, work.as_mut()).await.ok(),
            };
            match outcome {
                Some(_) if doubtful => return Ended::Never,
                Some(outcome) => return Ended::Killed(outcome),
                None => {}
            }
        }
        Ended::Never
    }

    /// Tells the server to stop.
    async fn order(&self, what: &str) -> Order {
        let Some(Which { connection, server }) = self.which() else { return Order::Needless };
        let Ok(mut conn) = connect::open_bare(&self.place).await else { return Order::Vain };
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
