//! An open session as the contract has it. What was dropped half-way is stopped and cleaned up in the
//! background, and the next call waits for that.

use crate::{
    altered::Altered,
    cache::Cache,
    connect::{self, Ended, Opened, Stopper},
    cursor::Cursor,
    fault,
    flight::Query,
    pipeline,
    runtime::Spot,
    url::Place,
    watch::{Said, Status},
};
use futures_util::FutureExt;
use relata_core::{
    connection::{Batch, BoxFuture, Connection, Failure, Portion, Reply, Rows, Statement},
    error::{Error, ErrorKind},
};
use std::{
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{task::JoinHandle, time::timeout};
use tokio_postgres::Client;

/// How long the server may take at most to end what was dropped, before the connection is taken for
/// lost.
const PATIENCE: Duration = Duration::from_secs(15);
/// What the pool waits for of that, before it opens another connection.
const HASTE: Duration = Duration::from_secs(1);

pub(crate) struct Link {
    pub(crate) client: Arc<Client>,
    pub(crate) cache: Cache<tokio_postgres::Statement>,
    /// Whether statements have no names, because connections are shared behind a proxy.
    pub(crate) unnamed: bool,
    pub(crate) cursor: Option<Cursor>,
    pub(crate) altered: Altered,
    said: Arc<Said>,
    ended: Arc<Ended>,
    stopper: Stopper,
    place: Arc<Place>,
    patience: Duration,
    spot: Spot,
    /// The end of a call that was dropped half-way, and since when it is waited for.
    settling: Option<(JoinHandle<()>, Instant)>,
    /// What the status will be when all that was sent without waiting is done.
    assumed: Option<Status>,
}

impl Link {
    pub(crate) fn new(opened: Opened, place: Arc<Place>, spot: Spot, altered: Altered) -> Self {
        let Opened { client, said, ended, stopper } = opened;
        Link {
            client,
            cache: Cache::new(place.statement_cache),
            unnamed: place.statement_cache == 0,
            cursor: None,
            altered,
            said,
            ended,
            stopper,
            patience: place.connect_timeout.map_or(PATIENCE, |limit| limit.min(PATIENCE)),
            place,
            spot,
            settling: None,
            assumed: None,
        }
    }

    pub(crate) fn status(&self) -> Status {
        self.assumed.unwrap_or_else(|| self.said.status())
    }

    /// Whether the server has yet to say whether the status is what it should be.
    pub(crate) fn is_guessing(&self) -> bool {
        self.assumed.is_some()
    }

    /// How much was sent so far.
    pub(crate) fn written(&self) -> u64 {
        self.said.written()
    }

    /// Puts a new connection in the place of one that was lost, outside of transactions; whether it
    /// could be opened.
    pub(crate) async fn renew(&mut self) -> bool {
        let (place, spot) = (Arc::clone(&self.place), self.spot.clone());
        let altered = self.altered.for_new();
        // Sockets belong to the runtime in whose task they are made.
        let opening = self.spot.spawn(async move {
            let opened = connect::open(&place, &spot).await;
            opened.map(|opened| Link::new(opened, place, spot, altered))
        });
        match opening.await {
            Ok(Ok(link)) => {
                *self = link;
                true
            }
            _ => false,
        }
    }

    /// Whether a transaction is open, once every answer has come.
    pub(crate) fn in_transaction(&self) -> bool {
        !self.client.is_closed() && self.status() != Status::Idle
    }

    /// All that was sent has been answered, so the server's word holds.
    pub(crate) fn heard(&mut self) {
        self.assumed = None;
    }

    /// What to report of a step, when every answer has come.
    pub(crate) fn failure(&self, step: usize, error: Error) -> Failure {
        Failure { step, error, in_transaction: self.in_transaction() }
    }

    pub(crate) fn classify(
        &self,
        error: tokio_postgres::Error,
        table: Option<&'static str>,
    ) -> Error {
        fault::classify(error, table, || self.ended.why())
    }

    /// Waits for all answers, where not all have been waited for.
    ///
    /// # Errors
    /// That the connection is lost.
    pub(crate) async fn catch_up(&mut self) -> Result<(), Error> {
        let answered = self.client.check_connection().await;
        self.heard();
        answered.map_err(|fault| self.classify(fault, None))
    }

    /// Sends statements that hold no values and cannot fail, and does not wait.
    pub(crate) fn post(&mut self, sql: &str, then: Status) {
        let _ = self.client.simple_query_raw(sql).now_or_never();
        self.assumed = Some(then);
    }

    /// Gets ready for what needs nothing of what was before: servers close connections that rest.
    async fn refresh(&mut self) -> Result<(), Failure> {
        if self.altered.is_news() {
            self.cache.clear();
        }
        match self.settle().await {
            Err(_) if self.status() == Status::Idle && self.renew().await => Ok(()),
            settled => settled,
        }
    }

    /// Waits for the end of a dropped call, and finds out whether the connection still stands.
    async fn settle(&mut self) -> Result<(), Failure> {
        if let Some((settling, _)) = &mut self.settling {
            let _ = settling.await;
            self.settling = None;
            self.assumed = None;
        }
        if self.client.is_closed() {
            let why = self.ended.why().unwrap_or_else(|| "it was closed".into());
            return Err(self.failure(0, fault::lost(why)));
        }
        Ok(())
    }

    /// A call was dropped half-way: what is under way is stopped, and its cursor closed.
    fn abandon(&mut self) {
        let (client, stopper) = (Arc::clone(&self.client), self.stopper.clone());
        let cursor = self.cursor.take();
        self.afterwards(async move {
            stop(&client, &stopper).await;
            if let Some(cursor) = cursor {
                let _ = client.batch_execute(cursor.undo()).await;
            }
        });
    }

    /// Does something in the background, behind what is done there already. The next call waits for it,
    /// but not for ever.
    fn afterwards(&mut self, work: impl Future<Output = ()> + Send + 'static) {
        let before = self.settling.take();
        let since = before.as_ref().map_or_else(Instant::now, |(_, since)| *since);
        let (stopper, patience) = (self.stopper.clone(), self.patience);
        let settling = self.spot.spawn(async move {
            if let Some((before, _)) = before {
                let _ = before.await;
            }
            if timeout(patience, work).await.is_err() {
                stopper.give_up();
            }
        });
        self.settling = Some((settling, since));
    }
}

/// Stops what was sent until all of it is answered. The server may not have come to it when it is
/// told to stop, so it is told again.
async fn stop(client: &Client, stopper: &Stopper) {
    let mut answered = pin!(client.check_connection());
    let mut patience = Duration::from_millis(10);
    while timeout(patience, answered.as_mut()).await.is_err() {
        stopper.stop().await;
        patience = (patience * 2).min(Duration::from_secs(1));
    }
}

fn is_lost(failure: &Failure) -> bool {
    failure.error.kind() == ErrorKind::ConnectionLost
}

/// A call under way: dropped before it is done, it leaves its link to be settled.
struct Call<'l> {
    link: &'l mut Link,
    done: bool,
}

impl<'l> Call<'l> {
    fn begin(link: &'l mut Link) -> Self {
        Call { link, done: false }
    }

    fn end<T>(mut self, outcome: T) -> T {
        self.done = true;
        outcome
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        if !self.done {
            self.link.abandon();
        }
    }
}

impl Connection for Link {
    fn run(&mut self, batch: Batch) -> BoxFuture<'_, Result<Reply, Failure>> {
        Box::pin(async move {
            self.refresh().await?;
            self.close();
            let call = Call::begin(self);
            let outcome = pipeline::run(call.link, batch.steps).await;
            call.end(outcome)
        })
    }

    fn open(&mut self, statement: Statement) -> BoxFuture<'_, Result<(), Failure>> {
        Box::pin(async move {
            let (query, _) = Query::of(statement);
            self.refresh().await?;
            self.close();
            let call = Call::begin(self);
            let idle = call.link.status() == Status::Idle;
            let mut outcome = Cursor::open(call.link, &query).await;
            // A transaction that is the cursor's own is done again unseen: nothing commits it.
            if idle && outcome.as_ref().is_err_and(is_lost) && call.link.renew().await {
                outcome = Cursor::open(call.link, &query).await;
            }
            call.end(outcome)
        })
    }

    fn fetch(&mut self, mut rows: Box<dyn Rows>, limit: usize) -> BoxFuture<'_, Portion> {
        Box::pin(async move {
            if let Err(failure) = self.settle().await {
                return Portion { rows: Some(rows), more: Err(failure) };
            }
            let call = Call::begin(self);
            let more = Cursor::fetch(call.link, &mut *rows, limit).await;
            call.end(Portion { rows: Some(rows), more })
        })
    }

    fn close(&mut self) {
        if let Some(cursor) = self.cursor.take() {
            self.post(cursor.end(), cursor.around());
        }
    }

    fn reset(&mut self) -> bool {
        if self.client.is_closed() {
            return false;
        }
        match &self.settling {
            // The next call waits for it.
            Some((settling, _)) if !settling.is_finished() => {
                let (client, said) = (Arc::clone(&self.client), Arc::clone(&self.said));
                self.afterwards(async move {
                    if said.status() != Status::Idle {
                        let _ = client.batch_execute("ROLLBACK").await;
                    }
                });
                return true;
            }
            Some(_) => (self.settling, self.assumed) = (None, None),
            None => {}
        }
        self.close();
        if self.status() != Status::Idle {
            self.post("ROLLBACK", Status::Idle);
        }
        true
    }

    fn is_open(&mut self) -> bool {
        let stuck = |(settling, since): &(JoinHandle<()>, Instant)| {
            !settling.is_finished() && since.elapsed() > HASTE
        };
        !self.client.is_closed() && !self.settling.as_ref().is_some_and(stuck)
    }

    /// An empty text goes to the server and back without being planned.
    fn ping(&mut self) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async move {
            self.settle().await.map_err(|failure| failure.error)?;
            self.close();
            let call = Call::begin(self);
            let answered = call.link.client.batch_execute("").await;
            call.link.heard();
            let answered = answered.map_err(|error| call.link.classify(error, None));
            call.end(answered)
        })
    }
}
