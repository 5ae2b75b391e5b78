//! A connection as sessions hold it. The work is done by a task, which takes orders from a channel,
//! so that a future that is dropped half-way leaves nothing half-read on the wire: the task sees
//! that nobody waits for the answer, has the server stop, and reads to the end.

use crate::{
    fault,
    home::Home,
    link::Link,
    server::Server,
    stop::{Ended, Victim},
    url::Place,
    wanted::Wanted,
};
use relata_core::{
    connection::{Batch, BoxFuture, Connection, Failure, Portion, Reply, Rows, Statement, Step},
    error::{Error, Result},
    sql::reads,
};
use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::{
    sync::{
        mpsc::{self, UnboundedReceiver, UnboundedSender},
        oneshot,
    },
    time::timeout,
};

/// `bool` is whether the caller takes a transaction to be open.
enum Order {
    Run(oneshot::Sender<Result<Reply, Failure>>, Batch, bool),
    Open(oneshot::Sender<Result<(), Failure>>, Statement, bool),
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
    /// A transaction is open, as the last answer says that was heard.
    open: bool,
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
    Ok((Remote { orders, lost, cursor: false, open: false }, server))
}

/// Works until the connection is dropped.
async fn serve(mut link: Link, mut inbox: UnboundedReceiver<Order>, lost: &AtomicBool) {
    while let Some(order) = inbox.recv().await {
        if !matches!(order, Order::Fetch(..)) {
            close(&mut link).await;
        }
        let watch = Watch { wanted: Wanted::new(), victim: link.victim() };
        match order {
            Order::Run(mut ticket, batch, within) => {
                let work = link.run(batch, within, &watch.wanted);
                let outcome = finish(watch.over(&mut ticket, work).await, &mut link).await;
                let outcome = outcome.unwrap_or_else(|| Err(link.failure(fault::lost())));
                answer(&link, lost, ticket, outcome);
            }
            Order::Open(mut ticket, statement, within) => {
                let work = link.open_cursor(statement, within, &watch.wanted);
                let outcome = finish(watch.over(&mut ticket, work).await, &mut link).await;
                let outcome = outcome.unwrap_or_else(|| Err(link.failure(fault::lost())));
                answer(&link, lost, ticket, outcome);
            }
            Order::Fetch(mut ticket, rows, limit) => {
                let work = link.portion(rows, limit, &watch.wanted);
                let outcome = finish(watch.over(&mut ticket, work).await, &mut link).await;
                let outcome = outcome.unwrap_or_else(broken_portion);
                answer(&link, lost, ticket, outcome);
            }
            Order::Ping(mut ticket) => {
                let work = link.ping();
                let outcome = finish(watch.over(&mut ticket, work).await, &mut link).await;
                answer(&link, lost, ticket, outcome.unwrap_or_else(|| Err(gone())));
            }
            Order::Close => {}
            Order::Reset => in_time(&mut link, Link::reset).await,
        }
        lost.store(link.is_lost(), Ordering::Release);
    }
    close(&mut link).await;
    link.give_up();
}

/// Closes the cursor, and has the server stop where its rows are many.
async fn close(link: &mut Link) {
    if link.has_cursor() {
        let victim = link.victim();
        let ended = victim.end(pin!(link.close())).await;
        finish(ended, link).await;
    }
}

/// Leaves the connection such that nothing of the work is left on it.
async fn finish<T>(ended: Ended<T>, link: &mut Link) -> Option<T> {
    match ended {
        Ended::Alone(outcome) => Some(outcome),
        Ended::Killed(outcome) => {
            in_time(link, Link::settle).await;
            Some(outcome)
        }
        Ended::Never => {
            link.give_up();
            None
        }
    }
}

/// Does what nobody waits for, and what comes next has to, for no longer than it may take to open a
/// connection.
async fn in_time(link: &mut Link, work: impl AsyncFnOnce(&mut Link)) {
    let limit = link.patience();
    if timeout(limit, work(link)).await.is_err() {
        link.give_up();
    }
}

fn answer<T>(link: &Link, lost: &AtomicBool, ticket: oneshot::Sender<T>, outcome: T) {
    lost.store(link.is_lost(), Ordering::Release);
    // Nobody listens where the future was dropped.
    let _ = ticket.send(outcome);
}

/// Who looks whether the caller is still there.
struct Watch {
    wanted: Wanted,
    victim: Arc<Victim>,
}

impl Watch {
    /// Sees work to its end, and has the server stop where nobody wants what is under way.
    async fn over<T>(
        &self,
        ticket: &mut oneshot::Sender<T>,
        work: impl Future<Output = T>,
    ) -> Ended<T> {
        let mut work = pin!(work);
        // The work is polled last. Rows that come as fast as they are read use up what the runtime
        // lets a task do in one turn, and what is polled behind them is never reached.
        tokio::select! {
            biased;
            () = ticket.closed() => self.wanted.no_longer(),
            () = self.wanted.ended() => {}
            outcome = work.as_mut() => return Ended::Alone(outcome),
        }
        self.victim.end(work).await
    }
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

    fn hear(&mut self, failure: Option<&Failure>) {
        if let Some(failure) = failure {
            self.open = failure.in_transaction;
        }
    }
}

fn broken() -> Failure {
    Failure { step: 0, error: gone(), in_transaction: false }
}

fn broken_portion() -> Portion {
    Portion { rows: None, more: Err(broken()) }
}

impl Connection for Remote {
    fn run(&mut self, batch: Batch) -> BoxFuture<'_, Result<Reply, Failure>> {
        Box::pin(async move {
            self.cursor = false;
            let within = self.open;
            let saves = saves(&batch.steps, within);
            let outcome = self.ask(|ticket| Order::Run(ticket, batch, within)).await;
            let outcome = outcome.unwrap_or_else(|| Err(ended(saves)));
            self.hear(outcome.as_ref().err());
            if let Ok(reply) = &outcome {
                self.open = reply.in_transaction;
            }
            outcome
        })
    }

    fn open(&mut self, statement: Statement) -> BoxFuture<'_, Result<(), Failure>> {
        Box::pin(async move {
            self.cursor = false;
            let within = self.open;
            let opened = self.ask(|ticket| Order::Open(ticket, statement, within)).await;
            let opened = opened.unwrap_or_else(|| Err(broken()));
            self.cursor = opened.is_ok();
            self.hear(opened.as_ref().err());
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
            let portion = portion.unwrap_or_else(broken_portion);
            self.cursor = matches!(portion.more, Ok(true));
            self.hear(portion.more.as_ref().err());
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
        self.open = false;
        !self.lost.load(Ordering::Acquire) && self.orders.send(Order::Reset).is_ok()
    }
}

/// The first step that saves something, and what to call it: COMMIT, or what writes outside of a
/// transaction.
fn saves(steps: &[Step], mut open: bool) -> Option<(usize, &'static str)> {
    steps.iter().enumerate().find_map(|(at, step)| match step {
        Step::Begin(_) | Step::BeginWith(..) => {
            open = true;
            None
        }
        Step::Rollback => {
            open = false;
            None
        }
        Step::Commit => Some((at, "COMMIT")),
        Step::Run(statement) if !open && !reads(&statement.sql) => Some((at, fault::ALONE)),
        _ => None,
    })
}

/// The failure of a batch whose task has ended, as with the runtime that it ran in: where a step
/// saves, nobody knows whether it did.
fn ended(saves: Option<(usize, &str)>) -> Failure {
    match saves {
        Some((step, what)) => {
            Failure { step, error: fault::unknown(gone(), what), in_transaction: false }
        }
        None => broken(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::{runtime::Builder, task::coop};

    /// Rows that come as fast as they are read look like this to the runtime.
    #[test]
    fn who_has_gone_is_seen_behind_work_that_never_waits() {
        Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
            let place = Place::parse("mysql://localhost").unwrap();
            let watch =
                Watch { wanted: Wanted::new(), victim: Arc::new(Victim::nobody(place.into())) };
            let (mut ticket, answer) = oneshot::channel();
            let mut answer = Some(answer);
            let work = async {
                while watch.wanted.check().is_ok() {
                    // Gone when the work is under way.
                    coop::consume_budget().await;
                    answer = None;
                }
            };
            assert!(matches!(watch.over(&mut ticket, work).await, Ended::Alone(())));
        });
    }
}
