//! Which connections are lent, which are closed, and how the pool says so.

use super::{
    fake::{Answer, Stage, capabilities},
    *,
};
use crate::engine::pool::Limits;
use relata_core::connection::{BoxFuture, Connection, Driver, Failure, Portion};

const SECOND: Duration = Duration::from_secs(1);

fn engine(limits: Limits) -> (BlockingEngine, Stage, Clock) {
    fake::engine(limits, capabilities(false))
}

fn defaults() -> Limits {
    Limits { timeout: Duration::ZERO, ..Limits::default() }
}

fn hold(engine: &BlockingEngine, count: usize) -> Vec<Lease> {
    (0..count).map(|_| acquire(engine).unwrap()).collect()
}

fn status(engine: &BlockingEngine) -> (usize, usize, usize) {
    let status = engine.pool_status();
    (status.open, status.idle, status.in_use())
}

#[test]
fn a_connection_is_asked_after_it_was_idle() {
    let (engine, stage, clock) = engine(defaults());
    drop(acquire(&engine).unwrap());
    clock.pass(4 * SECOND);
    drop(acquire(&engine).unwrap());
    // It was used in between, so it was not idle for long.
    clock.pass(4 * SECOND);
    drop(acquire(&engine).unwrap());
    assert_eq!(stage.pings(), 0);
    clock.pass(5 * SECOND);
    drop(acquire(&engine).unwrap());
    assert_eq!((stage.pings(), stage.counts()), (1, (1, 0)));

    // Held for long is not idle for long.
    let held = acquire(&engine).unwrap();
    clock.pass(1000 * SECOND);
    drop(held);
    drop(acquire(&engine).unwrap());
    assert_eq!(stage.pings(), 1);
}

#[test]
fn dead_connections_are_replaced_unseen() {
    for (answer, counts) in [
        (Answer::Works, (3, 0)),
        (Answer::WorksLater, (3, 0)),
        (Answer::Fails, (4, 3)),
        (Answer::FailsLater, (4, 3)),
    ] {
        let (engine, stage, clock) = engine(defaults());
        drop(hold(&engine, 3));
        clock.pass(5 * SECOND);
        stage.see().answer = answer;
        let mut lease = acquire(&engine).unwrap();
        run(&mut lease, [sql("SELECT 1")]);
        assert_eq!(stage.counts(), counts);
    }
}

#[test]
fn no_connection_is_asked_where_that_is_off() {
    let (engine, stage, clock) = engine(Limits { ping: false, ..defaults() });
    drop(acquire(&engine).unwrap());
    clock.pass(1000 * SECOND);
    stage.see().answer = Answer::Fails;
    drop(acquire(&engine).unwrap());
    assert_eq!((stage.pings(), stage.counts()), (0, (1, 0)));

    stage.see().broken = true;
    drop(acquire(&engine).unwrap());
    assert_eq!(stage.counts(), (2, 1), "what is known to be broken is not lent");
}

/// As the fake, with the contract's own `is_open` and `ping`.
struct Plain(Box<dyn Connection>);
impl Connection for Plain {
    fn run(&mut self, batch: Batch) -> BoxFuture<'_, Result<Reply, Failure>> {
        self.0.run(batch)
    }
    fn open(&mut self, statement: Statement) -> BoxFuture<'_, Result<(), Failure>> {
        self.0.open(statement)
    }
    fn fetch(&mut self, rows: Box<dyn Rows>, limit: usize) -> BoxFuture<'_, Portion> {
        self.0.fetch(rows, limit)
    }
    fn close(&mut self) {
        self.0.close();
    }
    fn reset(&mut self) -> bool {
        self.0.reset()
    }
}

#[test]
fn a_driver_that_says_nothing_of_it_is_asked_by_a_statement() {
    let stage = Stage::default();
    let driver = fake::Fake::new(&stage, capabilities(false));
    let mut plain = Plain(Blocking::run(driver.connect()).unwrap());
    stage.see().broken = true;
    assert!(plain.is_open());
    Blocking::run(plain.ping()).unwrap();
    assert_eq!(stage.sent(), ["SELECT"]);
    stage.fail("SELECT", ErrorKind::ConnectionLost);
    assert_eq!(Blocking::run(plain.ping()).unwrap_err().kind(), ErrorKind::ConnectionLost);
}

#[test]
fn connections_that_nobody_uses_are_closed() {
    let limits = Limits { max_idle: Some(60 * SECOND), min: 2, ..defaults() };
    let (engine, stage, clock) = engine(limits);
    drop(hold(&engine, 5));
    clock.pass(30 * SECOND);
    // The one used last is lent again, and the others stay idle.
    drop(acquire(&engine).unwrap());
    clock.pass(30 * SECOND);
    assert_eq!(status(&engine), (5, 5, 0), "nobody looked");
    drop(acquire(&engine).unwrap());
    assert_eq!((stage.counts(), status(&engine)), ((5, 3), (2, 2, 0)));
    clock.pass(1000 * SECOND);
    drop(acquire(&engine).unwrap());
    assert_eq!(stage.counts(), (5, 3), "so many are kept");
}

#[test]
fn connections_in_use_count_as_kept() {
    let limits = Limits { max_idle: Some(Duration::ZERO), ..defaults() };
    let (engine, stage, _) = engine(limits);
    let mut held = hold(&engine, 3);
    drop(held.pop());
    held.push(acquire(&engine).unwrap());
    assert_eq!(stage.counts(), (4, 1));
}

#[test]
fn old_connections_are_not_lent() {
    let limits = Limits { max_lifetime: Some(100 * SECOND), min: 2, ..defaults() };
    let (engine, stage, clock) = engine(limits);
    let mut held = hold(&engine, 1);
    clock.pass(50 * SECOND);
    drop(acquire(&engine).unwrap());
    clock.pass(50 * SECOND);
    // The first one is in use, and goes on to be.
    run(&mut held[0], [sql("SELECT 1")]);
    drop(acquire(&engine).unwrap());
    assert_eq!(stage.counts(), (2, 0));
    drop(held);
    drop(acquire(&engine).unwrap());
    assert_eq!((stage.counts(), status(&engine)), ((2, 1), (1, 1, 0)));
    clock.pass(50 * SECOND);
    drop(acquire(&engine).unwrap());
    assert_eq!(stage.counts(), (3, 2));
}

#[test]
fn limits_of_nothing_and_of_all_time() {
    let nothing = Some(Duration::ZERO);
    let limits = Limits { max_lifetime: nothing, max_idle: nothing, ..defaults() };
    let (one, stage, _) = engine(limits);
    for _ in 0..3 {
        run(&mut acquire(&one).unwrap(), [sql("SELECT 1")]);
    }
    assert_eq!(stage.counts(), (3, 2));

    let ever = Some(Duration::MAX);
    let (one, stage, clock) = engine(Limits { max_lifetime: ever, max_idle: ever, ..defaults() });
    for _ in 0..3 {
        run(&mut acquire(&one).unwrap(), [sql("SELECT 1")]);
        clock.pass(1_000_000 * SECOND);
    }
    assert_eq!(stage.counts(), (1, 0));
}

#[test]
fn a_database_in_its_connection_is_not_closed() {
    let nothing = Some(Duration::ZERO);
    let limits = Limits { max_lifetime: nothing, max_idle: nothing, min: 9, ..defaults() };
    let memory = Capabilities { connection_limit: Some(1), ..capabilities(false) };
    let (engine, stage, clock) = fake::engine::<Blocking>(limits, memory);
    Blocking::run(engine.shared.pool.warm::<Blocking>()).unwrap();
    for _ in 0..3 {
        drop(acquire(&engine).unwrap());
        clock.pass(SECOND);
    }
    assert_eq!(stage.counts(), (1, 0));

    let engine = BlockingEngine::builder("sqlite://").max_idle(Duration::ZERO);
    let engine = engine.max_lifetime(Duration::ZERO).build().unwrap();
    run(&mut acquire(&engine).unwrap(), [sql("CREATE TABLE hero (id INTEGER)")]);
    assert!(numbers(&mut acquire(&engine).unwrap(), "SELECT id FROM hero").is_empty());
}

#[test]
fn connections_opened_with_the_engine() {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", directory.path().join("heroes.db").display());
    for (min, size, open) in [(0, 5, 1), (3, 5, 3), (9, 4, 4)] {
        let engine = BlockingEngine::builder(&*url).min_connections(min).pool_size(size);
        let status = engine.build().unwrap().pool_status();
        assert_eq!((status.size, status.open, status.idle, status.waiting), (size, open, open, 0));
    }
}

#[test]
fn who_waits_is_counted() {
    let engine = Engine::connect("sqlite://");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let engine = engine.await.unwrap();
        let held = engine.acquire().await.unwrap();
        let mut waits = pin!(engine.acquire());
        let mut context = Context::from_waker(Waker::noop());
        assert!(waits.as_mut().poll(&mut context).is_pending());
        let status = engine.pool_status();
        assert_eq!((status.size, status.open, status.idle, status.waiting), (1, 1, 0, 1));
        drop(held);
        waits.await.unwrap();
        assert_eq!(engine.pool_status().idle, 1);
    });
}

#[test]
fn a_closed_engine_lends_nothing() {
    let (engine, stage, _) = engine(defaults());
    let mut held = hold(&engine, 3);
    drop(held.pop());
    engine.close();
    assert_eq!((stage.counts(), status(&engine)), ((3, 1), (2, 0, 2)));
    let error = acquire(&engine.clone()).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::EngineClosed);
    assert_eq!(error.to_string(), "the engine was closed; open another one");

    run(&mut held[0], [sql("SELECT 1")]);
    drop(held);
    assert_eq!(stage.counts(), (3, 3));
    engine.close();
    assert_eq!(engine.pool_status().size, 0);
}

#[test]
fn who_waits_for_a_closed_engine_is_told() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let engine = Engine::connect("sqlite://").await.unwrap();
        let _held = engine.acquire().await.unwrap();
        let mut waits = pin!(engine.acquire());
        assert!(waits.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        engine.close();
        assert_eq!(waits.await.err().unwrap().kind(), ErrorKind::EngineClosed);
    });
}
