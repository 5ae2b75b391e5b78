//! One piece of work at one size, in a process of its own so that its peak memory is that of the work:
//! `scale flush|load|stream <rows> <file>`. Prints seconds and the peak of memory in MiB.

use bench_kit::{Backend, Workload, data};
use bench_relata::{Hero, Team};
use relata::blocking::prelude::*;
use std::{env, fs, process::exit, time::Instant};

fn main() -> relata::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).filter(|a| a != "--bench").collect();
    let [work, rows, file] = &*arguments else { usage() };
    let Ok(rows) = rows.parse() else { usage() };
    let engine = Engine::connect(&format!("sqlite://{file}"))?;
    if work == "flush" {
        for statement in data::setup(Backend::Sqlite, Workload::Create, rows) {
            engine.exec(raw(statement)).run()?;
        }
    }
    let start = Instant::now();
    match &**work {
        "flush" => flush(&engine, rows)?,
        "load" => load(&engine, rows)?,
        "stream" => stream(&engine, rows)?,
        _ => usage(),
    }
    println!("{:.4} {:.1}", start.elapsed().as_secs_f64(), peak());
    Ok(())
}

fn usage() -> ! {
    eprintln!("usage: scale flush|load|stream <rows> <file>");
    exit(2)
}

/// Saves new heroes, each with two of a hundred new teams.
fn flush(engine: &Engine, rows: usize) -> relata::Result<()> {
    let mut session = Session::new(engine);
    let teams: Vec<_> = (0..100).map(|at| session.add(Team::new(data::team(at)))).collect();
    for at in 0..rows {
        let (name, age) = data::hero(at);
        let own = [&teams[at % 100], &teams[(at + 7) % 100]];
        session.add(Hero::new(name).with_age(age).with_teams(own));
    }
    session.commit()
}

/// Loads all heroes with their teams.
fn load(engine: &Engine, rows: usize) -> relata::Result<()> {
    let heroes = engine.exec(select(Hero).with(Hero.teams)).all()?;
    let teams: usize =
        heroes.iter().map(|hero| hero.teams.get().map_or(0, |teams| teams.len())).sum();
    assert_eq!((heroes.len(), teams), (rows, rows * 2));
    Ok(())
}

/// Reads all heroes, one after the other.
fn stream(engine: &Engine, rows: usize) -> relata::Result<()> {
    let mut session = Session::new(engine);
    let mut heroes = session.exec(select(Hero)).stream();
    let mut seen = 0;
    while heroes.next()?.is_some() {
        seen += 1;
    }
    assert_eq!(seen, rows);
    Ok(())
}

/// The most memory that this process has had, in MiB.
fn peak() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib: f64 =
        line.and_then(|kib| kib.trim_end_matches("kB").trim().parse().ok()).unwrap_or(f64::NAN);
    kib / 1024.0
}
