//! A connection with a thread of its own, which takes whole batches from a channel, in order.
//!
//! A caller may drop the future of a batch that is queued or under way. Batches are numbered, and
//! dropping a future leaves its number in [`Turns::dropped`]. The thread looks there before each
//! step, and SQLite does every [`PERIOD`] instructions of a statement; both stop when the number of
//! the batch under way is not above it. This can only hit a batch whose future is gone: `run`
//! borrows the connection, so a later number is given out only after the earlier future was dropped.
//! (`sqlite3_interrupt` would not do: it is lost where it comes just before a statement starts.)

use crate::{connect, link::Link, url::Place};
use relata_core::{
    connection::{Batch, BoxFuture, Connection, Failure, Reply},
    error::{Error, ErrorKind, Result},
};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    thread::Builder,
};
use tokio::sync::oneshot;

/// After how many instructions SQLite asks whether to go on: some microseconds.
const PERIOD: i32 = 1000;

/// The number of what is not a batch and cannot be dropped.
const NO_BATCH: u64 = u64::MAX;

type Answer = oneshot::Sender<Result<Reply, Failure>>;

enum Order {
    Run(u64, Batch, Answer),
    Reset,
}

struct Turns {
    /// The batch that the thread is at.
    current: AtomicU64,
    /// The last batch whose future is gone.
    dropped: AtomicU64,
}

impl Turns {
    fn wanted(&self) -> bool {
        self.current.load(Ordering::Relaxed) > self.dropped.load(Ordering::Acquire)
    }
}

/// Marks a batch as dropped. It does so too after the answer has come, which concerns nobody.
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
    lost: bool,
}

pub(crate) async fn connect(place: Arc<Place>) -> Result<Remote> {
    let (orders, inbox) = mpsc::channel();
    let (opened, answer) = oneshot::channel();
    let turns = Arc::new(Turns { current: AtomicU64::new(NO_BATCH), dropped: AtomicU64::new(0) });
    let seen = Arc::clone(&turns);
    let work = move || match open(&place, &seen) {
        // A caller who is gone has dropped the other end of the inbox too.
        Ok(link) => opened.send(Ok(())).map_or((), |()| serve(link, &inbox, &seen)),
        Err(error) => drop(opened.send(Err(error))),
    };
    Builder::new().name("relata-sqlite".into()).spawn(work).map_err(|error| {
        let message = "cannot start a thread for the connection; open fewer connections";
        Error::new(ErrorKind::CannotOpen, message).with_source(error)
    })?;
    answer.await.map_err(|_| lost())??;
    Ok(Remote { orders, turns, last: 0, lost: false })
}

fn open(place: &Place, turns: &Arc<Turns>) -> Result<Link> {
    let mut db = connect::open(place)?;
    let turns = Arc::clone(turns);
    db.progress_handler(PERIOD, Some(move || !turns.wanted()))
        .map_err(|error| crate::fault::classify(error, None))?;
    Ok(Link::new(db))
}

/// Works until the connection is dropped or cannot be cleaned.
fn serve(mut link: Link, inbox: &mpsc::Receiver<Order>, turns: &Turns) {
    for order in inbox {
        let clean = match order {
            Order::Run(turn, batch, answer) => {
                turns.current.store(turn, Ordering::Relaxed);
                // What a panic leaves behind is SQLite's state alone, and that is rolled back.
                let run = AssertUnwindSafe(|| link.run(batch, || turns.wanted()));
                let outcome = catch_unwind(run);
                turns.current.store(NO_BATCH, Ordering::Relaxed);
                let clean = outcome.is_ok() || link.reset();
                // Nobody listens where the future was dropped.
                let _ = answer.send(outcome.unwrap_or_else(|_| Err(link.failure(lost()))));
                clean
            }
            Order::Reset => link.reset(),
        };
        if !clean {
            return;
        }
    }
}

fn lost() -> Error {
    Error::new(
        ErrorKind::ConnectionLost,
        "the connection's thread stopped by a panic; look for its message on the standard error",
    )
}

impl Connection for Remote {
    fn run(&mut self, batch: Batch) -> BoxFuture<'_, Result<Reply, Failure>> {
        Box::pin(async move {
            let gone = || Failure { step: 0, error: lost(), in_transaction: false };
            if self.lost {
                return Err(gone());
            }
            self.last += 1;
            let _mark = Mark(&self.turns, self.last);
            let (answer, reply) = oneshot::channel();
            let sent = self.orders.send(Order::Run(self.last, batch, answer));
            let reply = match sent {
                Ok(()) => reply.await.unwrap_or_else(|_| Err(gone())),
                Err(_) => Err(gone()),
            };
            let error = reply.as_ref().err().map(|failure| failure.error.kind());
            self.lost = error == Some(ErrorKind::ConnectionLost);
            reply
        })
    }

    fn reset(&mut self) -> bool {
        !self.lost && self.orders.send(Order::Reset).is_ok()
    }
}
