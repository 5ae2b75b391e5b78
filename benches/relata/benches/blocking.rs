//! Relata without async.

use relata::blocking::prelude::*;

const NAME: &str = "relata blocking";
const ASYNC: bool = false;

macro_rules! done {
    ($work:expr) => {
        $work
    };
}

include!("peer.rs");

fn main() {
    bench_kit::run::<Relata>();
}
