//! Futures that are dropped half-way.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
};

/// Polls a future as often as it is woken, and so many times at most; what came of it, if it was
/// ready by then.
pub(crate) async fn polled<T>(polls: usize, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let mut left = polls;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}
