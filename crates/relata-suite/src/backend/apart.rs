//! Plain connections to servers live in a runtime of their own, so that a case can wait for them
//! whatever it is in the middle of.

use std::{future::Future, sync::LazyLock, thread};
use tokio::runtime::{Builder, Runtime};

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(1).enable_all().build().expect("a runtime can be made")
});

/// Waits for a future, also where another runtime is entered.
pub(super) fn wait<F: Future<Output: Send> + Send>(future: F) -> F::Output {
    let done = thread::scope(|scope| scope.spawn(|| RUNTIME.block_on(future)).join());
    done.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Starts what a connection does in the background.
pub(super) fn spawn(future: impl Future<Output: Send + 'static> + Send + 'static) {
    RUNTIME.spawn(future);
}

/// A name for a database that no other case has.
pub(super) fn fresh_name() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("suite_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}
