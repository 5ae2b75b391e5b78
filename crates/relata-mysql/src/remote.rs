//! A connection as sessions hold it. The work is done by a task, which takes orders from a channel,
//! so that a future that is dropped half-way leaves nothing half-read on the wire: the task sees
//! that nobody waits for the answer, has the server stop, and reads to the end.

use crate::{
    connect::Server,
    fault,
    home::Home,
    link::{Link, Wanted},
    stop::{Ended, Victim},
    url::Place,
};
use relata_core::{
    connection::{Batch, BoxFuture, Connection, Failure, Portion, Reply, Rows, Statement, Step},
    error::{Error, Result},
};
use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::sync::{
    mpsc::{self, UnboundedReceiver, UnboundedSender},
    oneshot,
};

enum Order {
    Run(oneshot::Sender<Result<Reply, Failure>>, Batch),
    Open(oneshot::Sender<Result<(), Failure>>, Statement),
    Fetch(oneshot::Sender<Portion>, Box<dyn Rows>, usize),
    Ping(oneshot::Sender<Result<()>>),
    Close,
    Reset,
}

pub(crate) struct Remote {
    orders: UnboundedSender<Order>,
    lost: Arc<AtomicBool>,
    /// A cursor may be open.
    cursor: bool,
}

/// Opens a connection, in a task that serves it from then on.
pub(crate) async fn connect(place: &Arc<Place>, home: &Home) -> Result<(Remote, Server)> {
    let (orders, inbox) = mpsc::unbounded_channel();
    let (mut opened, answer) = oneshot::channel();
    let lost = Arc::new(AtomicBool::new(false));
    let (place, seen) = (Arc::clone(place), Arc::clone(&lost));
    home.run(Box::pin(async move {
        let opening = tokio::select! {
            opening = Link::open(place) => opening,
            () = opened.closed() => return,
        };
        match opening {
            Ok((link, server)) => {
                // A caller who is gone has dropped the other end of the inbox too.
                let _ = opened.send(Ok(server));
                serve(link, inbox, &seen).await;
            }
            Err(error) => drop(opened.send(Err(error))),
        }
    }))?;
    let server = answer.await.map_err(|_| gone())??;
    Ok((Remote { orders, lost, cursor: false }, server))
}

/// Works until the connection is dropped.
async fn serve(mut link: Link, mut inbox: UnboundedReceiver<Order>, lost: &AtomicBool) {
    while let Some(order) = inbox.recv().await {
        let wanted = Wanted::new();
        let (place, connection) = link.target();
        let watch = Watch { wanted: &wanted, victim: Victim { place: &place, connection } };
        match order {
            Order::Run(mut ticket, batch) => {
                link.close().await;
                let ended = watch.over(&mut ticket, link.run(batch, &wanted)).await;
                answer(&mut link, lost, ticket, ended).await;
            }
            Order::Open(mut ticket, statement) => {
                link.close().await;
                let ended = watch.over(&mut ticket, link.open_cursor(statement)).await;
                answer(&mut link, lost, ticket, ended).await;
            }
            Order::Fetch(mut ticket, rows, limit) => {
                let work = link.portion(rows, limit, &wanted);
                let ended = watch.over(&mut ticket, work).await;
                answer(&mut link, lost, ticket, ended).await;
            }
            Order::Ping(mut ticket) => {
                link.close().await;
                let ended = watch.over(&mut ticket, link.ping()).await;
                answer(&mut link, lost, ticket, ended).await;
            }
            Order::Close => link.close().await,
            Order::Reset => link.reset().await,
        }
        lost.store(link.is_lost(), Ordering::Release);
    }
    link.quit().await;
}

/// Whether the caller is still there.
struct Watch<'a> {
    wanted: &'a Wanted,
    victim: Victim<'a>,
}

impl Watch<'_> {
    /// Sees work to its end, and has the server stop where the caller has gone.
    async fn over<T>(
        self,
        ticket: &mut oneshot::Sender<T>,
        work: impl Future<Output = T>,
    ) -> Ended<T> {
        let mut work = pin!(work);
        tokio::select! {
            biased;
            outcome = work.as_mut() => return Ended::Alone(outcome),
            () = ticket.closed() => {}
        }
        self.wanted.no_longer();
        self.victim.end(work).await
    }
}

/// Leaves the connection such that nothing of the work is left on it, and answers.
async fn answer<T>(
    link: &mut Link,
    lost: &AtomicBool,
    ticket: oneshot::Sender<T>,
    ended: Ended<T>,
) {
    let outcome = match ended {
        Ended::Alone(outcome) => outcome,
        Ended::Killed(outcome) => {
            link.settle().await;
            outcome
        }
        Ended::Never => return link.give_up(),
    };
    lost.store(link.is_lost(), Ordering::Release);
    // Nobody listens where the future was dropped.
    let _ = ticket.send(outcome);
}

fn gone() -> Error {
    fault::lost()
}

impl Remote {
    async fn ask<T>(&mut self, order: impl FnOnce(oneshot::Sender<T>) -> Order) -> Option<T> {
        let (ticket, answer) = oneshot::channel();
        self.orders.send(order(ticket)).ok()?;
        answer.await.ok()
    }
}

fn broken() -> Failure {
    Failure { step: 0, error: gone(), in_transaction: false }
}

impl Connection for Remote {
    fn run(&mut self, batch: Batch) -> BoxFuture<'_, Result<Reply, Failure>> {
        Box::pin(async move {
            self.cursor = false;
            let commits = batch.steps.iter().position(|step| matches!(step, Step::Commit));
            let outcome = self.ask(|ticket| Order::Run(ticket, batch)).await;
            outcome.unwrap_or_else(|| Err(ended(commits)))
        })
    }

    fn open(&mut self, statement: Statement) -> BoxFuture<'_, Result<(), Failure>> {
        Box::pin(async move {
            self.cursor = false;
            let opened = self.ask(|ticket| Order::Open(ticket, statement)).await;
            let opened = opened.unwrap_or_else(|| Err(broken()));
            self.cursor = opened.is_ok();
            opened
        })
    }

    fn fetch(&mut self, rows: Box<dyn Rows>, limit: usize) -> BoxFuture<'_, Portion> {
        Box::pin(async move {
            // Where the cursor has ended, or a future was dropped and its rows with it, the task is
            // told to close before it is asked.
            if !std::mem::take(&mut self.cursor) {
                self.close();
            }
            let portion = self.ask(|ticket| Order::Fetch(ticket, rows, limit)).await;
            let portion = portion.unwrap_or_else(|| Portion { rows: None, more: Err(broken()) });
            self.cursor = matches!(portion.more, Ok(true));
            portion
        })
    }

    fn close(&mut self) {
        self.cursor = false;
        // A task that has ended has nothing open.
        let _ = self.orders.send(Order::Close);
    }

    fn is_open(&mut self) -> bool {
        !self.lost.load(Ordering::Acquire) && !self.orders.is_closed()
    }

    fn ping(&mut self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async {
            self.cursor = false;
            self.ask(Order::Ping).await.unwrap_or_else(|| Err(gone()))
        })
    }

    fn reset(&mut self) -> bool {
        self.cursor = false;
        !self.lost.load(Ordering::Acquire) && self.orders.send(Order::Reset).is_ok()
    }
}

/// The failure of a batch whose task has ended, as with the runtime that it ran in: where the batch
/// commits, nobody knows whether it did.
fn ended(commits: Option<usize>) -> Failure {
    match commits {
        Some(step) => Failure { step, error: fault::unknown(gone()), in_transaction: false },
        None => broken(),
    }
}
