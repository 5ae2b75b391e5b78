//! Reads what criterion wrote in several rounds, and prints the results: as Markdown, or with `--ratios` a
//! line for each cell of each peer.

mod read;
mod why;

use bench_kit::Backend;
use read::{Cell, Results};
use std::{env, fmt::Write as _, path::Path, process::ExitCode};

/// Ours, by whether a peer waits in the thread.
const BLOCKING: &str = "relata blocking";
const ASYNC: &str = "relata async";

/// Peers in the order of their columns, and whether they are async.
const PEERS: [(&str, bool); 9] = [
    ("rusqlite", false),
    ("tokio-postgres", true),
    ("mysql_async", true),
    ("diesel", false),
    ("diesel-async", true),
    ("sqlx", true),
    ("sea-orm", true),
    ("toasty", true),
    ("sqlmodel", false),
];

/// By how much a peer may be ahead and still count as equal.
const NOISE: f64 = 0.95;

fn main() -> ExitCode {
    let mut arguments: Vec<String> = env::args().skip(1).collect();
    let ratios = arguments.iter().position(|argument| argument == "--ratios");
    let ratios = ratios.map(|at| arguments.remove(at)).is_some();
    let [rounds] = &*arguments else {
        eprintln!("usage: bench-report [--ratios] <directory with a directory for each round>");
        return ExitCode::from(2);
    };
    let results = match read::rounds(Path::new(rounds)) {
        Ok(results) => results,
        Err(error) => {
            eprintln!("`{rounds}`: {error}");
            return ExitCode::FAILURE;
        }
    };
    print!("{}", if ratios { lines(&results) } else { markdown(&results) });
    ExitCode::SUCCESS
}

/// The time of a peer as a multiple of ours.
fn ratio(cell: &Cell, peer: &str, is_async: bool) -> Option<f64> {
    let ours = cell.medians.get(if is_async { ASYNC } else { BLOCKING })?;
    Some(cell.medians.get(peer)? / ours)
}

fn lines(results: &Results) -> String {
    let mut text = String::new();
    for cell in &results.cells {
        for (peer, is_async) in PEERS {
            let Some(ratio) = ratio(cell, peer, is_async) else { continue };
            let Cell { backend, workload, n, .. } = cell;
            _ = writeln!(
                text,
                "ratio {backend} {} {n} {peer} {ratio:.2}",
                workload.replace(' ', "-")
            );
        }
    }
    text
}

fn markdown(results: &Results) -> String {
    let mut text = String::new();
    for backend in Backend::ALL {
        let cells: Vec<&Cell> =
            results.cells.iter().filter(|cell| cell.backend == backend.name()).collect();
        if cells.is_empty() {
            continue;
        }
        _ = writeln!(text, "\n## {}\n", title(backend));
        table(&mut text, &cells);
        behind(&mut text, &cells);
    }
    text
}

fn title(backend: Backend) -> &'static str {
    match backend {
        Backend::Sqlite => "SQLite, in memory",
        Backend::Postgres => "PostgreSQL",
        Backend::MariaDb => "MariaDB",
    }
}

fn table(text: &mut String, cells: &[&Cell]) {
    let known = |peer: &str| cells.iter().any(|cell| cell.medians.contains_key(peer));
    let ours = [BLOCKING, ASYNC].into_iter().filter(|ours| known(ours));
    let peers = PEERS.into_iter().filter(|(peer, _)| known(peer));
    let columns: Vec<(&str, Option<bool>)> = ours
        .map(|ours| (ours, None))
        .chain(peers.map(|(peer, is_async)| (peer, Some(is_async))))
        .collect();
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    _ = writeln!(text, "| work | rows | {} |", names.join(" | "));
    _ = writeln!(text, "| --- | --: |{}", " --: |".repeat(columns.len()));
    for cell in cells {
        _ = write!(text, "| {} | {} |", cell.workload, cell.n);
        for (name, of_peer) in &columns {
            let shown = cell.medians.get(*name).map(|nanos| match of_peer {
                Some(is_async) => {
                    let times = ratio(cell, name, *is_async).unwrap_or(f64::NAN);
                    format!("{} ({times:.2})", time(*nanos))
                }
                None => time(*nanos),
            });
            _ = write!(text, " {} |", shown.unwrap_or_default());
        }
        text.push('\n');
    }
}

/// The cells in which a peer is ahead, and why: a line for each kind of work and reason.
fn behind(text: &mut String, cells: &[&Cell]) {
    let mut found: Vec<(&str, &str, Vec<String>)> = Vec::new();
    for cell in cells {
        for (peer, is_async) in PEERS {
            let Some(ratio) = ratio(cell, peer, is_async).filter(|ratio| *ratio < NOISE) else {
                continue;
            };
            let why = why::why(cell, peer).unwrap_or("not looked into yet");
            let by = format!("{:.2} × `{peer}` ({})", 1.0 / ratio, cell.n);
            match found.iter_mut().find(|(work, other, _)| *work == cell.workload && *other == why)
            {
                Some((.., all)) => all.push(by),
                None => found.push((cell.workload, why, vec![by])),
            }
        }
    }
    if found.is_empty() {
        return;
    }
    text.push_str(
        "\nWhere a peer is ahead, by how much ours takes longer (at how many rows), and why:\n\n",
    );
    for (work, why, all) in found {
        _ = writeln!(text, "- {work}: {}: {why}.", all.join(", "));
    }
}

fn time(nanos: f64) -> String {
    let (value, unit) = match nanos {
        ..1e3 => (nanos, "ns"),
        1e3..1e6 => (nanos / 1e3, "µs"),
        1e6..1e9 => (nanos / 1e6, "ms"),
        _ => (nanos / 1e9, "s"),
    };
    let digits = if value < 10.0 { 2 } else { usize::from(value < 100.0) };
    format!("{value:.digits$} {unit}")
}
