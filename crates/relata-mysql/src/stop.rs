//! Stops what the server still does for a caller who has gone. The protocol has no way to do that on
//! the connection itself, so another one is opened for it.

use crate::{connect, url::Place};
use mysql_async::prelude::Queryable;
use std::{pin::Pin, time::Duration};
use tokio::time::timeout;

/// What ends by itself within this is not worth another connection.
const GRACE: Duration = Duration::from_millis(20);
/// What has not ended so long after it was told to will not.
const PATIENCE: Duration = Duration::from_secs(5);

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
        let mut kill = std::pin::pin!(self.kill());
        let done = tokio::select! {
            biased;
            outcome = work.as_mut() => Some(outcome),
            () = kill.as_mut() => None,
        };
        match done {
            Some(outcome) => {
                // KILL may be on its way; what comes next has to be behind it.
                kill.await;
                Ended::Killed(outcome)
            }
            None => match timeout(PATIENCE, work).await {
                Ok(outcome) => Ended::Killed(outcome),
                Err(_) => Ended::Never,
            },
        }
    }

    /// Stops the statement, not the connection. Where that fails there is nobody to tell.
    async fn kill(self) {
        if let Ok(mut conn) = connect::open_bare(self.place).await {
            let _ = conn.query_drop(format!("KILL QUERY {}", self.connection)).await;
            let _ = conn.disconnect().await;
        }
    }
}
