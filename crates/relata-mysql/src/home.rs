//! [`Home`]: where the tasks of connections run, the caller's runtime or a thread of the driver.

use crate::Placement;
use relata_core::{
    connection::BoxFuture,
    error::{Error, ErrorKind, Result},
};
use std::{io, thread};
use tokio::{
    runtime::{Builder, Handle},
    sync::mpsc::{self, UnboundedReceiver, UnboundedSender},
    task::JoinSet,
};

type Task = BoxFuture<'static, ()>;

pub(crate) enum Home {
    Caller,
    /// The thread ends when this is dropped and the last of its tasks has ended. It drops the
    /// runtime itself, because in an async context that would panic.
    Thread(UnboundedSender<Task>),
}

impl Home {
    pub(crate) fn new(placement: Placement) -> Result<Self> {
        Ok(match placement {
            Placement::Caller => Home::Caller,
            Placement::Thread => Home::Thread(start().map_err(|error| {
                let message = "cannot start a thread for the connections; end some others";
                Error::new(ErrorKind::CannotOpen, message).with_source(error)
            })?),
        })
    }

    /// Starts a task.
    pub(crate) fn run(&self, task: Task) -> Result<()> {
        match self {
            Home::Caller => {
                let runtime = Handle::try_current().map_err(|error| {
                    let message = "there is no tokio runtime here; open the engine inside of one, or use `relata::blocking`";
                    Error::new(ErrorKind::CannotOpen, message).with_source(error)
                })?;
                runtime.spawn(task);
                Ok(())
            }
            Home::Thread(tasks) => tasks.send(task).map_err(|_| {
                let message = "the thread of the connections has ended; open the engine again";
                Error::new(ErrorKind::CannotOpen, message)
            }),
        }
    }
}

fn start() -> io::Result<UnboundedSender<Task>> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let (tasks, queue) = mpsc::unbounded_channel();
    let name = "relata-mysql".to_owned();
    thread::Builder::new().name(name).spawn(move || runtime.block_on(work(queue)))?;
    Ok(tasks)
}

async fn work(mut queue: UnboundedReceiver<Task>) {
    let mut running = JoinSet::new();
    while let Some(task) = queue.recv().await {
        running.spawn(task);
        while running.try_join_next().is_some() {}
    }
    while running.join_next().await.is_some() {}
}
