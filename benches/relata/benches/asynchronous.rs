//! Relata in an async program.

use relata::prelude::*;

const NAME: &str = "relata async";
const ASYNC: bool = true;

macro_rules! done {
    ($work:expr) => {
        $work.await
    };
}

include!("peer.rs");

fn main() {
    bench_kit::run::<Relata>();
}
