//! Where connections do their work: in the caller's tokio runtime, or in a small one of the driver.

use relata_core::error::{Error, ErrorKind, Result};
use std::{sync::Arc, thread};
use tokio::{runtime::Handle, sync::mpsc};

/// Whose runtime connections work in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement {
    /// The tokio runtime in which a connection is opened. Its timer and I/O have to be enabled.
    Caller,
    /// A runtime of the driver's own, in one thread for all its connections, so that the caller
    /// needs none.
    Own,
}

/// A runtime as it is needed: something to start tasks in.
#[derive(Clone, Debug)]
pub(crate) struct Spot {
    pub(crate) handle: Handle,
    /// Keeps a runtime of the driver's own at work; held by the driver and by every task.
    _alive: Option<mpsc::Sender<()>>,
}

impl Spot {
    /// The runtime that this is called in.
    pub(crate) fn here() -> Result<Self> {
        let handle = Handle::try_current().map_err(|error| {
            Error::new(
                ErrorKind::CannotOpen,
                "PostgreSQL needs a tokio runtime in async programs; open the engine inside of one, or use `relata::blocking`",
            )
            .with_source(error)
        })?;
        Ok(Spot { handle, _alive: None })
    }

    /// A runtime in a thread of its own. It ends when nobody holds it, and is dropped there, because
    /// in the task of another runtime it must not be.
    pub(crate) fn own() -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(no_thread)?;
        let handle = runtime.handle().clone();
        let (alive, mut ended) = mpsc::channel(1);
        let work = move || {
            runtime.block_on(ended.recv());
        };
        thread::Builder::new().name("relata-postgres".into()).spawn(work).map_err(no_thread)?;
        Ok(Spot { handle, _alive: Some(alive) })
    }

    /// Starts a task that the runtime outlives.
    pub(crate) fn spawn<T: Send + 'static>(
        &self,
        task: impl Future<Output = T> + Send + 'static,
    ) -> tokio::task::JoinHandle<T> {
        let spot = self.clone();
        self.handle.spawn(async move {
            let _spot = spot;
            task.await
        })
    }
}

/// Starts the runtime of a driver when its first connection is opened.
#[derive(Debug, Default)]
pub(crate) struct Spots(std::sync::Mutex<Option<Spot>>);

impl Spots {
    pub(crate) fn of(self: &Arc<Self>, placement: Placement) -> Result<Spot> {
        match placement {
            Placement::Caller => Spot::here(),
            Placement::Own => {
                let mut own = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                match &*own {
                    Some(spot) => Ok(spot.clone()),
                    None => Ok(own.insert(Spot::own()?).clone()),
                }
            }
        }
    }
}

fn no_thread(error: std::io::Error) -> Error {
    let message = format!("cannot start a thread for the connections: {error}");
    Error::new(ErrorKind::CannotOpen, message).with_source(error)
}
