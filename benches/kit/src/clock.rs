//! Runs a peer through all work, and times it.

use crate::{Backend, Peer, Workload, data};
use criterion::{BenchmarkId, Criterion, SamplingMode};
use std::{
    future::Future,
    hint::black_box,
    time::{Duration, Instant},
};
use tokio::runtime::{Builder, Runtime};

/// Measures a library on each database that is there. Arguments are those of criterion.
///
/// # Panics
///
/// Where the library answers another number of rows than it should.
pub fn run<P: Peer>() {
    let mut criterion = Criterion::default()
        .sample_size(10)
        .nresamples(1_000)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(600))
        .without_plots()
        .configure_from_args();
    let executor = Executor::of::<P>();
    for &backend in P::BACKENDS {
        let Some(url) = backend.url() else {
            eprintln!("SKIPPED: {} on {}: no URL", P::NAME, backend.name());
            continue;
        };
        for workload in Workload::ALL {
            cells::<P>(&mut criterion, &executor, (backend, &url), workload);
        }
    }
    criterion.final_summary();
}

/// Does one kind of work so many times, on SQLite, for tools that count instructions.
///
/// # Panics
///
/// As [`run`].
pub fn repeat<P: Peer>(workload: Workload, n: usize, times: u64) {
    let (executor, url) = (Executor::of::<P>(), Backend::Sqlite.url().unwrap_or_default());
    let mut cell = executor.wait(Cell::<P>::prepare((Backend::Sqlite, &url), workload, n));
    executor.wait(cell.time(times));
}

fn cells<P: Peer>(
    criterion: &mut Criterion,
    executor: &Executor,
    (backend, url): (Backend, &str),
    workload: Workload,
) {
    let mut group = criterion.benchmark_group(format!("{}: {}", backend.name(), workload.name()));
    group.sampling_mode(SamplingMode::Flat);
    for &n in workload.sizes() {
        let mut cell = None;
        group.bench_function(BenchmarkId::new(P::NAME, n), |bencher| {
            let cell = cell.get_or_insert_with(|| {
                executor.wait(Cell::<P>::prepare((backend, url), workload, n))
            });
            bencher.iter_custom(|times| executor.wait(cell.time(times)));
        });
    }
    group.finish();
}

/// What futures run on: one thread, for all.
enum Executor {
    Plain,
    Tokio(Box<Runtime>),
}

impl Executor {
    fn of<P: Peer>() -> Self {
        if !P::ASYNC {
            return Executor::Plain;
        }
        let runtime = Builder::new_current_thread().enable_all().build();
        Executor::Tokio(Box::new(runtime.expect("a runtime")))
    }

    fn wait<F: Future>(&self, future: F) -> F::Output {
        match self {
            Executor::Plain => futures::executor::block_on(future),
            Executor::Tokio(runtime) => runtime.block_on(future),
        }
    }
}

/// One kind of work of one size.
struct Cell<P: Peer> {
    peer: P,
    workload: Workload,
    n: usize,
    users: Vec<data::User>,
    heroes: Option<P::Heroes>,
    turn: bool,
}

impl<P: Peer> Cell<P> {
    async fn prepare((backend, url): (Backend, &str), workload: Workload, n: usize) -> Self {
        let mut peer = P::connect(backend, url).await;
        for statement in data::setup(backend, workload, n) {
            peer.execute(&statement).await;
        }
        let heroes = match workload {
            Workload::Relink | Workload::Update => Some(peer.load().await),
            _ => None,
        };
        let mut cell = Cell { peer, workload, n, users: data::users(n), heroes, turn: false };
        cell.time(2).await;
        cell
    }

    /// How long it takes to do the work so many times. Emptying tables is not counted.
    async fn time(&mut self, times: u64) -> Duration {
        if data::clear(self.workload).is_empty() {
            let start = Instant::now();
            for _ in 0..times {
                self.work().await;
            }
            return start.elapsed();
        }
        let mut total = Duration::ZERO;
        for _ in 0..times {
            for statement in data::clear(self.workload) {
                self.peer.execute(statement).await;
            }
            let start = Instant::now();
            self.work().await;
            total += start.elapsed();
        }
        total
    }

    async fn work(&mut self) {
        self.turn = !self.turn;
        let peer = &mut self.peer;
        let done = match (self.workload, &mut self.heroes) {
            (Workload::Relink, Some(heroes)) => peer.relink(heroes, self.turn).await,
            (Workload::Update, Some(heroes)) => peer.update(heroes).await,
            (Workload::Relink | Workload::Update, None) => unreachable!("loaded by `prepare`"),
            (Workload::Trivial, _) => peer.trivial().await,
            (Workload::Medium, _) => peer.medium().await,
            (Workload::Insert, _) => peer.insert(&self.users).await,
            (Workload::Associations, _) => peer.associations().await,
            (Workload::Create, _) => peer.create(self.n).await,
            (Workload::Eager, _) => peer.eager().await,
            (Workload::Get, _) => peer.get(black_box(1)).await,
            (Workload::Json, _) => peer.json().await,
        };
        assert_eq!(done, data::expected(self.workload, self.n), "{} {:?}", P::NAME, self.workload);
    }
}
