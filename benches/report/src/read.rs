//! What criterion left in its directories.

use bench_kit::Workload;
use serde_json::Value;
use std::{collections::BTreeMap, fs, io, path::Path};

/// All cells, in the order of the work.
pub(crate) struct Results {
    pub(crate) cells: Vec<Cell>,
}

/// One kind of work of one size on one database.
pub(crate) struct Cell {
    pub(crate) backend: String,
    pub(crate) workload: &'static str,
    pub(crate) n: usize,
    /// Nanoseconds by peer: the median of the medians of all rounds.
    pub(crate) medians: BTreeMap<String, f64>,
}

type Key = (String, usize, usize);

pub(crate) fn rounds(directory: &Path) -> io::Result<Results> {
    let mut cells: BTreeMap<Key, BTreeMap<String, Vec<f64>>> = BTreeMap::new();
    let mut waiting = vec![directory.to_owned()];
    while let Some(directory) = waiting.pop() {
        for entry in fs::read_dir(&directory)? {
            let path = entry?.path();
            match path.file_name().is_some_and(|name| name == "new") {
                true => drop(take(&path, &mut cells)),
                false if path.is_dir() => waiting.push(path),
                false => {}
            }
        }
    }
    let cells = cells.into_iter().map(|((backend, work, n), peers)| Cell {
        backend,
        workload: Workload::ALL[work].name(),
        n,
        medians: peers.into_iter().map(|(peer, times)| (peer, median(times))).collect(),
    });
    Ok(Results { cells: cells.collect() })
}

/// Takes one measurement; `None` where it is none of ours.
fn take(directory: &Path, cells: &mut BTreeMap<Key, BTreeMap<String, Vec<f64>>>) -> Option<()> {
    let json = |name: &str| -> Option<Value> {
        serde_json::from_slice(&fs::read(directory.join(name)).ok()?).ok()
    };
    let (benchmark, estimates) = (json("benchmark.json")?, json("estimates.json")?);
    let (backend, workload) = benchmark["group_id"].as_str()?.split_once(": ")?;
    let work = Workload::ALL.iter().position(|known| known.name() == workload)?;
    let n = benchmark["value_str"].as_str()?.parse().ok()?;
    let peer = benchmark["function_id"].as_str()?.to_owned();
    let nanos = estimates["median"]["point_estimate"].as_f64()?;
    let cell = cells.entry((backend.to_owned(), work, n)).or_default();
    cell.entry(peer).or_default().push(nanos);
    Some(())
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    let (middle, count) = (times.len() / 2, times.len());
    if count.is_multiple_of(2) {
        f64::midpoint(times[middle - 1], times[middle])
    } else {
        times[middle]
    }
}
