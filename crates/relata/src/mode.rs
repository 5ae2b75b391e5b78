//! [`Mode`]: async or blocking. Every method is written once, as an async body; the mode says
//! whether the caller is given the future or the thread waits for it.

use std::{
    future::Future,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
    time::{Duration, Instant},
};

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Async {}
    impl Sealed for super::Blocking {}
}

/// How the caller waits: [`Async`] or [`Blocking`], and no others.
///
/// ```
/// # use relata::blocking::prelude::*;
/// # #[model(table)]
/// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String }
/// use relata::{Blocking, Mode, SessionOf};
///
/// /// Works with sessions of both kinds, as it waits for nothing.
/// fn add_heroes<X: Mode>(session: &mut SessionOf<X>) {
///     session.add_all(["Deadpond", "Rusty-Man"].map(Hero::new));
/// }
/// # let engine = Engine::connect("sqlite::memory:")?;
/// # let mut session = Session::new(&engine);
/// add_heroes::<Blocking>(&mut session);
/// # assert!(!session.is_clean());
/// # Ok::<_, relata::Error>(())
/// ```
pub trait Mode: sealed::Sealed + Send + Sync + 'static {
    /// What a method returns: the future, or what comes of it.
    type Out<F: Future>;

    /// Whether connections work in the thread that polls them, so that none is started for them.
    #[doc(hidden)]
    const INLINE: bool;

    /// Hands the future over, or waits for it.
    #[doc(hidden)]
    fn run<F: Future>(future: F) -> Self::Out<F>;

    /// Waits for a future inside an async body; `None` when the limit is over first.
    #[doc(hidden)]
    fn timeout<F: Future + Send>(
        limit: Duration,
        future: F,
    ) -> impl Future<Output = Option<F::Output>> + Send;

    /// Lets time pass inside an async body.
    #[doc(hidden)]
    fn sleep(time: Duration) -> impl Future<Output = ()> + Send;
}

/// Methods return futures.
#[derive(Clone, Copy, Debug)]
pub enum Async {}

/// Methods return when the work is done.
#[derive(Clone, Copy, Debug)]
pub enum Blocking {}

impl Mode for Async {
    type Out<F: Future> = F;
    const INLINE: bool = false;

    fn run<F: Future>(future: F) -> F {
        future
    }

    async fn timeout<F: Future + Send>(limit: Duration, future: F) -> Option<F::Output> {
        tokio::time::timeout(limit, future).await.ok()
    }

    async fn sleep(time: Duration) {
        tokio::time::sleep(time).await;
    }
}

impl Mode for Blocking {
    type Out<F: Future> = F::Output;
    const INLINE: bool = true;

    fn run<F: Future>(future: F) -> F::Output {
        let mut future = pin!(future);
        // Connections work in this thread, so nearly every future is ready at once.
        match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(output) => output,
            Poll::Pending => loop {
                // Without a limit the wait ends only with the future.
                if let Some(output) = wait(future.as_mut(), None) {
                    return output;
                }
            },
        }
    }

    async fn timeout<F: Future + Send>(limit: Duration, future: F) -> Option<F::Output> {
        // A limit that the clock cannot count to is none.
        wait(pin!(future), Instant::now().checked_add(limit))
    }

    async fn sleep(time: Duration) {
        thread::sleep(time);
    }
}

/// Polls in this thread until the future is ready or the moment has come.
fn wait<F: Future>(mut future: std::pin::Pin<&mut F>, until: Option<Instant>) -> Option<F::Output> {
    let bell = Arc::new(Bell { thread: thread::current(), rung: AtomicBool::new(false) });
    let waker = Waker::from(Arc::clone(&bell));
    loop {
        let polled = future.as_mut().poll(&mut Context::from_waker(&waker));
        if let Poll::Ready(output) = polled {
            return Some(output);
        }
        // Threads also wake for no reason, and for a wait inside the poll.
        while !bell.rung.swap(false, Ordering::Acquire) {
            match until.map(|until| until.saturating_duration_since(Instant::now())) {
                None => thread::park(),
                Some(Duration::ZERO) => return None,
                Some(left) => thread::park_timeout(left),
            }
        }
    }
}

/// Wakes the thread that waits, and keeps that it did: a wait inside a wait uses up the other's
/// unpark, not its bell.
struct Bell {
    thread: Thread,
    rung: AtomicBool,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.rung.store(true, Ordering::Release);
        self.thread.unpark();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::{pending, poll_fn, ready};
    use tokio::sync::oneshot;

    #[test]
    fn async_hands_the_future_over() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let limit = Duration::from_secs(60);
        runtime.block_on(async {
            assert_eq!(Async::run(ready(1)).await, 1);
            assert_eq!(Async::timeout(limit, ready(2)).await, Some(2));
            assert_eq!(Async::timeout(Duration::ZERO, pending::<i32>()).await, None);
        });
    }

    #[test]
    fn blocking_returns_what_is_ready() {
        assert_eq!(Blocking::run(ready(1)), 1);
        assert_eq!(Blocking::run(Blocking::timeout(Duration::ZERO, ready(2))), Some(2));
    }

    #[test]
    fn blocking_gives_up_at_the_limit() {
        let never = || pending::<i32>();
        assert_eq!(Blocking::run(Blocking::timeout(Duration::ZERO, never())), None);
        assert_eq!(Blocking::run(Blocking::timeout(Duration::from_millis(1), never())), None);
    }

    #[test]
    fn blocking_waits_for_another_thread() {
        for limit in [None, Some(Duration::from_secs(600)), Some(Duration::MAX)] {
            let (answer, reply) = oneshot::channel();
            let other = thread::spawn(move || answer.send(7).unwrap());
            let found = Blocking::run(async {
                match limit {
                    None => reply.await.ok(),
                    Some(limit) => Blocking::timeout(limit, reply).await.and_then(Result::ok),
                }
            });
            assert_eq!(found, Some(7));
            other.join().unwrap();
        }
    }

    #[test]
    fn a_wait_inside_a_wait_keeps_the_outer_bell() {
        let mut polls = 0;
        let outer = poll_fn(|context| {
            polls += 1;
            if polls == 3 {
                return Poll::Ready(polls);
            }
            context.waker().wake_by_ref();
            // Uses up the unpark that the line above caused.
            assert_eq!(wait(pin!(pending::<i32>()), Some(Instant::now())), None);
            thread::park_timeout(Duration::ZERO);
            Poll::Pending
        });
        assert_eq!(Blocking::run(outer), 3);
    }
}
