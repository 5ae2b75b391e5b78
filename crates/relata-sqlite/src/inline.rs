//! A connection that works in the thread that polls it.

use crate::{connect, link::Link, url::Place};
use relata_core::{
    connection::{Batch, BoxFuture, Connection, Failure, Reply},
    error::Result,
};

pub(crate) struct Inline(Link);

pub(crate) fn connect(place: &Place) -> Result<Inline> {
    connect::open(place).map(|db| Inline(Link::new(db)))
}

impl Connection for Inline {
    fn run(&mut self, batch: Batch) -> BoxFuture<'_, Result<Reply, Failure>> {
        Box::pin(async { self.0.run(batch, || true) })
    }

    fn reset(&mut self) -> bool {
        self.0.reset()
    }
}
