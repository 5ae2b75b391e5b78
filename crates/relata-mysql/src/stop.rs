//! Stops what the server still does for a caller who has gone. The protocol has no way to do that on
//! the connection itself, so another one is opened for it.

use crate::{connect, url::Place};
use mysql_async::prelude::Queryable;
use std::{pin::Pin, time::Duration};
use tokio::time::timeout;

/// What ends by itself within this is not worth another connection.
const GRACE: Duration = Duration::from_millis(20);
/// How long something may take to end after it was told to.
const PATIENCE: Duration = Duration::from_secs(1);
/// What is stopped, one after the other. An order that comes between two commands of the connection
/// is lost, so it is given again; the connection itself is the last resort, because its locks would
/// be held on the server as long as the statement runs.
const ORDERS: [&str; 4] = ["QUERY", "QUERY", "QUERY", "CONNECTION"];

/// A statement of a connection, for another connection to stop.
#[derive(Clone, Copy)]
pub(crate) struct Victim<'a> {
    pub(crate) place: &'a Place,
    pub(crate) connection: u32,
}

/// How work that nobody wants ended.
pub(crate) enum Ended<T> {
    /// By itself.
    Alone(T),
    /// KILL was sent, and may have come too late: then it hits the next statement.
    Killed(T),
    /// It has not.
    Never,
}

impl Victim<'_> {
    /// Sees work to its end, and hurries it.
    pub(crate) async fn end<T>(self, mut work: Pin<&mut impl Future<Output = T>>) -> Ended<T> {
        if let Ok(outcome) = timeout(GRACE, work.as_mut()).await {
            return Ended::Alone(outcome);
        }
        for what in ORDERS {
            let mut kill = std::pin::pin!(self.kill(what));
            tokio::select! {
                biased;
                outcome = work.as_mut() => {
                    // KILL may be on its way; what comes next has to be behind it.
                    kill.await;
                    return Ended::Killed(outcome);
                }
                () = kill.as_mut() => {}
            }
            if let Ok(outcome) = timeout(PATIENCE, work.as_mut()).await {
                return Ended::Killed(outcome);
            }
        }
        Ended::Never
    }

    /// Tells the server to stop. Where that fails there is nobody to tell.
    async fn kill(self, what: &str) {
        if let Ok(mut conn) = connect::open_bare(self.place).await {
            let _ = conn.query_drop(format!("KILL {what} {}", self.connection)).await;
            let _ = conn.disconnect().await;
        }
    }
}
