//! A connection with a thread of its own, which takes whole batches, and portions of a cursor's
//! rows, from a channel, in order.
//!
//! A caller may drop the future of an order that is queued or under way. Orders are numbered, and
//! dropping a future leaves its number in [`Turns::dropped`]. The thread looks there before each
//! step or row, and SQLite does every some instructions of a statement; both stop when the number
//! of the order under way is not above it. This can only hit an order whose future is gone: each
//! borrows the connection, so a later number is given out only after the earlier future was dropped.
//! (`sqlite3_interrupt` would not do: it is lost where it comes just before a statement starts.)

use crate::{
    connect,
    cursor::{Found, none_open},
    link::Link,
    url::Place,
};
use relata_core::{
    connection::{Batch, BoxFuture, Connection, Failure, Portion, Reply, Rows, Statement},
    error::{Error, ErrorKind, Result},
};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    thread::{Builder, JoinHandle},
};
use tokio::sync::oneshot;

/// The number of what is not under way and cannot be dropped.
const NO_TURN: u64 = u64::MAX;

/// The number of an order, and where its answer goes.
struct Ticket<T> {
    turn: u64,
    answer: oneshot::Sender<T>,
}

impl<T> Ticket<T> {
    /// Nobody listens where the future was dropped.
    fn answer(self, answer: T) {
        let _ = self.answer.send(answer);
    }
}

enum Order {
    Run(Ticket<Result<Reply, Failure>>, Batch),
    Open(Ticket<Result<(), Failure>>, Statement),
    Fetch(Ticket<Portion>, Box<dyn Rows>, usize),
    Close,
    Reset,
}

struct Turns {
    /// The order that the thread is at.
    current: AtomicU64,
    /// The last order whose future is gone.
    dropped: AtomicU64,
}

impl Turns {
    fn new() -> Arc<Self> {
        Arc::new(Turns { current: AtomicU64::new(NO_TURN), dropped: AtomicU64::new(0) })
    }

    fn wanted(&self) -> bool {
        self.current.load(Ordering::Relaxed) > self.dropped.load(Ordering::Acquire)
    }

    /// Works at an order; `None` where that panicked.
    fn at<T>(&self, turn: u64, work: impl FnOnce() -> T) -> Option<T> {
        self.current.store(turn, Ordering::Relaxed);
        // What a panic leaves behind is SQLite's state alone, and that is rolled back.
        let outcome = catch_unwind(AssertUnwindSafe(work));
        self.current.store(NO_TURN, Ordering::Relaxed);
        outcome.ok()
    }
}

/// Marks an order as dropped. It does so too after the answer has come, which concerns nobody.
struct Mark<'a>(&'a Turns, u64);

impl Drop for Mark<'_> {
    fn drop(&mut self) {
        self.0.dropped.store(self.1, Ordering::Release);
    }
}

pub(crate) struct Remote {
    orders: mpsc::Sender<Order>,
    turns: Arc<Turns>,
    last: u64,
    /// A cursor may be open.
    cursor: bool,
    lost: bool,
}

pub(crate) async fn connect(place: Arc<Place>) -> Result<Remote> {
    let (orders, inbox) = mpsc::channel();
    let (opened, answer) = oneshot::channel();
    let turns = Turns::new();
    let seen = Arc::clone(&turns);
    let work = move || match open(&place, &seen) {
        // A caller who is gone has dropped the other end of the inbox too.
        Ok(link) => opened.send(Ok(())).map_or((), |()| drop(serve(link, &inbox, &seen))),
        Err(error) => drop(opened.send(Err(error))),
    };
    Builder::new().name("relata-sqlite".into()).spawn(work).map_err(no_thread)?;
    answer.await.map_err(|_| lost())??;
    Ok(Remote::new(orders, turns))
}

fn open(place: &Place, turns: &Arc<Turns>) -> Result<Link> {
    watched(Link::new(connect::open(place)?), turns)
}

fn watched(mut link: Link, turns: &Arc<Turns>) -> Result<Link> {
    let turns = Arc::clone(turns);
    link.watch(move || turns.wanted())?;
    Ok(link)
}

fn no_thread(error: std::io::Error) -> Error {
    let message = "cannot start a thread for the connection; open fewer connections";
    Error::new(ErrorKind::CannotOpen, message).with_source(error)
}

/// A link that works in a thread until it is wanted back.
pub(crate) struct Lent {
    pub(crate) remote: Remote,
    thread: JoinHandle<Option<Link>>,
}

impl Lent {
    /// Starts the thread. Where none can be started the link stays where it is.
    pub(crate) fn start(link: &mut Option<Link>) -> Result<Self> {
        let (orders, inbox) = mpsc::channel();
        let (give, take) = mpsc::channel();
        let turns = Turns::new();
        let seen = Arc::clone(&turns);
        let work = move || {
            let mut link = serve(watched(take.recv().ok()?, &seen).ok()?, &inbox, &seen)?;
            link.unwatch();
            Some(link)
        };
        let thread = Builder::new().name("relata-sqlite".into()).spawn(work).map_err(no_thread)?;
        if let Some(link) = link.take() {
            let _ = give.send(link);
        }
        Ok(Lent { remote: Remote::new(orders, turns), thread })
    }

    /// Ends the thread; `None` where the link was lost in it.
    pub(crate) fn give_back(self) -> Option<Link> {
        let lost = self.remote.lost;
        drop(self.remote);
        self.thread.join().ok().flatten().filter(|_| !lost)
    }
}

/// Works until the connection is dropped, or `None` where it cannot be cleaned.
fn serve(mut link: Link, inbox: &mpsc::Receiver<Order>, turns: &Turns) -> Option<Link> {
    let mut next = inbox.recv().ok();
    while let Some(order) = next.take() {
        let clean = match order {
            Order::Run(ticket, batch) => {
                let outcome = turns.at(ticket.turn, || link.run(batch, || turns.wanted()));
                let clean = outcome.is_some() || link.reset();
                ticket.answer(outcome.unwrap_or_else(|| Err(link.failure(lost()))));
                clean
            }
            Order::Open(ticket, statement) => {
                match link.stream(statement, |found| stream(found, ticket, inbox, turns)) {
                    Ended::By(order) => {
                        next = order;
                        true
                    }
                    Ended::Panic(ticket) => {
                        let clean = link.reset();
                        let more = Err(link.failure(lost()));
                        ticket.answer(Portion { rows: None, more });
                        clean
                    }
                }
            }
            Order::Fetch(ticket, rows, _) => {
                let more = Err(link.failure(none_open()));
                ticket.answer(Portion { rows: Some(rows), more });
                true
            }
            Order::Close => true,
            Order::Reset => link.reset(),
        };
        if !clean {
            return None;
        }
        next = next.or_else(|| inbox.recv().ok());
    }
    Some(link)
}

/// How a cursor ended.
enum Ended {
    /// By another order, or by itself.
    By(Option<Order>),
    Panic(Ticket<Portion>),
}

/// Reads portions of an open statement as they are asked for.
fn stream(
    found: Result<Found<'_>, Failure>,
    opening: Ticket<Result<(), Failure>>,
    inbox: &mpsc::Receiver<Order>,
    turns: &Turns,
) -> Ended {
    let mut found = match found {
        Ok(found) => found,
        Err(failure) => {
            opening.answer(Err(failure));
            return Ended::By(None);
        }
    };
    opening.answer(Ok(()));
    loop {
        let (ticket, rows, limit) = match inbox.recv() {
            Ok(Order::Fetch(ticket, rows, limit)) => (ticket, rows, limit),
            order => return Ended::By(order.ok()),
        };
        let read = || found.portion(rows, limit, || turns.wanted());
        let Some(portion) = turns.at(ticket.turn, read) else { return Ended::Panic(ticket) };
        let more = matches!(portion.more, Ok(true));
        if !more {
            // Its locks are gone when the caller knows that it has ended.
            drop(found);
            ticket.answer(portion);
            return Ended::By(None);
        }
        ticket.answer(portion);
    }
}

fn lost() -> Error {
    Error::new(
        ErrorKind::ConnectionLost,
        "the connection's thread stopped by a panic; look for its message on the standard error",
    )
}

pub(crate) fn gone() -> Failure {
    Failure { step: 0, error: lost(), in_transaction: false }
}

impl Remote {
    fn new(orders: mpsc::Sender<Order>, turns: Arc<Turns>) -> Self {
        Remote { orders, turns, last: 0, cursor: false, lost: false }
    }

    /// Sends an order and waits for its answer; `None` where the thread has stopped.
    async fn ask<T>(&mut self, order: impl FnOnce(Ticket<T>) -> Order) -> Option<T> {
        if self.lost {
            return None;
        }
        self.last += 1;
        let _mark = Mark(&self.turns, self.last);
        let (answer, reply) = oneshot::channel();
        self.orders.send(order(Ticket { turn: self.last, answer })).ok()?;
        reply.await.ok()
    }

    /// Looks for the end of the thread in an answer.
    fn heard<T>(&mut self, outcome: &Result<T, Failure>) {
        let error = outcome.as_ref().err().map(|failure| failure.error.kind());
        self.lost = error == Some(ErrorKind::ConnectionLost);
    }
}

impl Connection for Remote {
    fn run(&mut self, batch: Batch) -> BoxFuture<'_, Result<Reply, Failure>> {
        Box::pin(async move {
            self.cursor = false;
            let reply = self.ask(|ticket| Order::Run(ticket, batch)).await;
            let reply = reply.unwrap_or_else(|| Err(gone()));
            self.heard(&reply);
            reply
        })
    }

    fn open(&mut self, statement: Statement) -> BoxFuture<'_, Result<(), Failure>> {
        Box::pin(async move {
            self.cursor = false;
            let opened = self.ask(|ticket| Order::Open(ticket, statement)).await;
            let opened = opened.unwrap_or_else(|| Err(gone()));
            self.heard(&opened);
            self.cursor = opened.is_ok();
            opened
        })
    }

    fn fetch(&mut self, rows: Box<dyn Rows>, limit: usize) -> BoxFuture<'_, Portion> {
        Box::pin(async move {
            // Where the cursor has ended, or a future was dropped and its rows with it, the thread
            // is told to close before it is asked.
            if !std::mem::take(&mut self.cursor) {
                self.close();
            }
            let portion = self.ask(|ticket| Order::Fetch(ticket, rows, limit)).await;
            let portion = portion.unwrap_or_else(|| Portion { rows: None, more: Err(gone()) });
            self.heard(&portion.more);
            self.cursor = matches!(portion.more, Ok(true));
            portion
        })
    }

    fn close(&mut self) {
        self.cursor = false;
        // A thread that has stopped has nothing open.
        let _ = self.orders.send(Order::Close);
    }

    fn is_open(&mut self) -> bool {
        !self.lost
    }

    fn ping(&mut self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async { if self.lost { Err(lost()) } else { Ok(()) } })
    }

    fn reset(&mut self) -> bool {
        self.cursor = false;
        !self.lost && self.orders.send(Order::Reset).is_ok()
    }
}
