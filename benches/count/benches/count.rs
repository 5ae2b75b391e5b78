//! Does one kind of work without async a number of times, to be run by callgrind:
//! `count "insert" 100 1000`.

use bench_kit::Workload;
use relata::blocking::prelude::*;

const NAME: &str = "relata blocking";
const ASYNC: bool = false;

macro_rules! done {
    ($work:expr) => {
        $work
    };
}

include!("../../relata/benches/peer.rs");

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let [name, n, times] = &*arguments else {
        eprintln!("usage: count <workload> <rows> <times>");
        std::process::exit(2);
    };
    let workload = Workload::ALL.into_iter().find(|workload| workload.name() == name).unwrap();
    bench_kit::repeat::<Relata>(workload, n.parse().unwrap(), times.parse().unwrap());
}
