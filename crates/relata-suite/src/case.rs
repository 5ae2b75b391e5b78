//! A case, and how its body is run.

use crate::Need;
use std::{fmt::Debug, future::Future, time::Duration};
use tokio::runtime::Builder;

/// What `#[case]` registers.
pub struct Case {
    /// The path of its module.
    pub module: &'static str,
    /// The function's name.
    pub name: &'static str,
    /// What a backend has to have.
    pub needs: &'static [Need],
    /// Runs it on the backend of this thread.
    pub run: fn() -> Result<(), String>,
}

inventory::collect!(Case);

/// What a case may return: nothing, or a `Result`.
pub trait Outcome {
    /// The error, if it is one, as text.
    fn of(self) -> Result<(), String>;
}

impl Outcome for () {
    fn of(self) -> Result<(), String> {
        Ok(())
    }
}

impl<E: Debug> Outcome for Result<(), E> {
    fn of(self) -> Result<(), String> {
        self.map_err(|error| format!("{error:?}"))
    }
}

/// A case that takes so long hangs, and would stop all others.
const TOO_LONG: Duration = Duration::from_secs(180);

/// Runs an async case on a runtime of one thread, which is this one.
pub fn in_one_thread(case: impl Future<Output: Outcome>) -> Result<(), String> {
    block_on(Builder::new_current_thread(), case)
}

/// Runs an async case on a runtime whose tasks have threads of their own.
pub fn in_threads(case: impl Future<Output: Outcome>) -> Result<(), String> {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(2);
    block_on(builder, case)
}

fn block_on(mut runtime: Builder, case: impl Future<Output: Outcome>) -> Result<(), String> {
    let runtime = runtime.enable_all().build().map_err(|error| error.to_string())?;
    let done = runtime.block_on(async { tokio::time::timeout(TOO_LONG, case).await });
    match done {
        Ok(outcome) => outcome.of(),
        Err(_) => Err(format!("it hangs: not done after {TOO_LONG:?}")),
    }
}
