//! Opening, waiting, and what a connection is like for the next session.

use super::*;
use crate::mode::Blocking;
use relata_core::{
    Error, ErrorKind,
    connection::{Batch, Begin, Reply, Row, Rows, Statement, Step},
    value::Cell,
};
use std::{
    future::pending,
    pin::pin,
    task::{Context, Waker},
    thread,
    time::Duration,
};

type BlockingEngine = EngineOf<Blocking>;

fn refused(url: &str) -> Error {
    BlockingEngine::connect(url).unwrap_err()
}

fn acquire(engine: &BlockingEngine) -> Result<Lease> {
    Blocking::run(engine.acquire())
}

fn batch(steps: impl IntoIterator<Item = Step>) -> Batch {
    Batch { steps: steps.into_iter().collect() }
}

fn run(lease: &mut Lease, steps: impl IntoIterator<Item = Step>) -> Reply {
    Blocking::run(lease.run(batch(steps))).unwrap()
}

fn sql(text: &str) -> Step {
    Step::Run(Statement::text(text))
}

/// The integers of one column.
#[derive(Default)]
struct Numbers(Vec<i64>);

impl Rows for Numbers {
    fn row(&mut self, row: &dyn Row) -> Result<()> {
        if let Cell::Int(number) = row.cell(0)? {
            self.0.push(number);
        }
        Ok(())
    }
}

fn read(text: &str) -> Step {
    let rows: Option<Box<dyn Rows>> = Some(Box::<Numbers>::default());
    Step::Run(Statement { rows, ..Statement::text(text) })
}

fn numbers(lease: &mut Lease, text: &str) -> Vec<i64> {
    run(lease, [read(text)]).done[0].take::<Numbers>().unwrap().0
}

fn assert_send<T: Send>(value: T) -> T {
    value
}

#[test]
fn a_url_that_is_not_understood() {
    for (url, message) in [
        ("database.db", "the database URL has no scheme; write `sqlite://database.db`"),
        ("", "the database URL has no scheme; write `sqlite://database.db`"),
        (
            "oracle://ada:s3cret@host/db",
            "unknown scheme `oracle` in the database URL; known are `sqlite`, `postgres`, `mysql` and `mariadb`, as in `sqlite://database.db`",
        ),
        (
            "sqlite+aiosqlite:///database.db",
            "unknown scheme `sqlite+aiosqlite` in the database URL; known are `sqlite`, `postgres`, `mysql` and `mariadb`, as in `sqlite://database.db`",
        ),
        (
            "postgresql+psycopg://ada:s3cret@host/db",
            "unknown scheme `postgresql+psycopg` in the database URL; write `postgres`, as in `postgres://user:password@localhost/database`",
        ),
        (
            "mysql+pymysql://ada:s3cret@host/db",
            "unknown scheme `mysql+pymysql` in the database URL; write `mysql`, as in `mysql://user:password@localhost/database`",
        ),
        (
            "postgres//ada:s3cret@host/db",
            "the database URL has no `:` behind its scheme; begin it with `postgres://`",
        ),
        #[cfg(feature = "mysql")]
        (
            "mysql://ada:s3cret@host/db?timeout=5",
            "unknown option `timeout`; write `connect_timeout`, in seconds",
        ),
        #[cfg(not(feature = "mysql"))]
        (
            "mariadb://ada:s3cret@host/db",
            "MySQL and MariaDB are not compiled into this program; turn on the feature `mysql` of the crate `relata`",
        ),
        (
            "sqlite://a.db?timeout=5",
            "unknown option `timeout`; known are `mode`, `busy_timeout`, `foreign_keys`, `case_sensitive_like`, `stable_plans`, `journal_mode`, `synchronous`",
        ),
    ] {
        let error = refused(url);
        assert_eq!(error.kind(), ErrorKind::InvalidUrl);
        assert_eq!(error.to_string(), message);
    }
}

#[test]
fn a_password_is_never_shown() {
    for url in [
        "sqlite://ada:s3cret@host/db",
        "sqlite://ada:s3cret/@host/db",
        "sqlite://ada:s3cret?@host/db",
        "sqlite:ada:s3cret@host/db",
        "postgres://ada:s3cret@host/db?a=b",
        "postgres://ada:x@s3cret/?#:@host/db?a=b",
        "postgres://host/db?password=s3cret&a=b",
        "mysql://ada:s3cret@host/db?a=b",
        "ada:s3cret@host/db",
        "//ada:s3cret@host/db",
        "s3cret@host:5432/db",
        "s3cret",
    ] {
        let builder = BlockingEngine::builder(url);
        assert!(!format!("{builder:?}").contains("s3cret"), "{builder:?}");
        let error = builder.build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidUrl, "{url}");
        assert!(!format!("{error} {error:?} {error:#?}").contains("s3cret"), "{error:?}");
    }
    assert_eq!(
        refused("sqlite://ada:s3cret@host/db").to_string(),
        "an SQLite database has no user and password; remove them from its URL, or write `%40` for an `@` in the file name"
    );
    assert_eq!(
        format!("{:?}", BlockingEngine::builder("postgres://ada:s3cret@host/db?a=b").echo(true)),
        r#"EngineBuilder { url: postgres://***@host/db, echo: true, hide_parameters: false, pool_size: 5, pool_timeout: 30s, .. }"#
    );
}

#[test]
fn a_file_that_cannot_be_opened_is_found_at_once() {
    let error = refused("sqlite://nowhere/heroes.db");
    assert_eq!(error.kind(), ErrorKind::CannotOpen);
    assert_eq!(
        error.to_string(),
        "cannot open the database file `nowhere/heroes.db`: the directory `nowhere` does not exist; create it first"
    );
}

#[test]
fn async_engines_open_by_awaiting_the_builder() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let engine = assert_send(Engine::builder("sqlite://").into_future()).await.unwrap();
        assert_eq!(format!("{engine:?}"), "Engine(sqlite://)");
        let again = assert_send(Engine::connect("sqlite://")).await.unwrap();
        assert_eq!(again.capabilities().connection_limit, Some(1));
        let mut lease = assert_send(assert_send(engine.acquire()).await.unwrap());
        assert_send(lease.run(batch([sql("SELECT 1")]))).await.unwrap();
        assert!(Engine::builder("nonsense").await.is_err());
    });
}

#[test]
fn waiting_for_the_one_connection_of_a_database_in_memory() {
    let engine = BlockingEngine::builder("sqlite://").pool_timeout(Duration::ZERO).build().unwrap();
    let held = acquire(&engine).unwrap();
    let error = acquire(&engine).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::PoolTimeout);
    assert_eq!(
        error.to_string(),
        "no connection became free within 0 s; a database in memory has one connection and it is in use; commit, roll back or drop the session that holds it, also where it only reads, or use a file"
    );
    drop(held);
    acquire(&engine).unwrap();
}

#[test]
fn waiting_for_the_connections_of_a_file() {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", directory.path().join("heroes.db").display());
    for (size, message) in [
        (0, "the only one is in use; end the session that holds it first, or raise `pool_size`"),
        (2, "all 2 are in use; end sessions that are no longer needed, or raise `pool_size`"),
    ] {
        let limit = Duration::from_micros(1500);
        let engine = BlockingEngine::builder(&*url).pool_size(size).pool_timeout(limit);
        let engine = engine.build().unwrap();
        let held: Vec<_> = (0..size.max(1)).map(|_| acquire(&engine).unwrap()).collect();
        let error = acquire(&engine).err().unwrap();
        assert_eq!(
            error.to_string(),
            format!("no connection became free within 0.0015 s; {message}")
        );
        drop(held);
    }
    BlockingEngine::builder(url).pool_size(usize::MAX).build().unwrap();
}

#[test]
fn waiting_in_async() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let engine = Engine::builder("sqlite://").pool_timeout(Duration::ZERO).await.unwrap();
        let _held = engine.acquire().await.unwrap();
        assert_eq!(engine.acquire().await.err().unwrap().kind(), ErrorKind::PoolTimeout);
    });
}

#[test]
fn a_connection_is_handed_to_a_thread_that_waits() {
    let engine = BlockingEngine::connect("sqlite://").unwrap();
    let mut held = acquire(&engine).unwrap();
    run(&mut held, [sql("CREATE TABLE hero (id INTEGER)"), sql("INSERT INTO hero VALUES (7)")]);
    let other = engine.clone();
    let other =
        thread::spawn(move || numbers(&mut acquire(&other).unwrap(), "SELECT id FROM hero"));
    let here = thread::spawn(move || drop(held));
    assert_eq!(other.join().unwrap(), [7]);
    here.join().unwrap();
}

#[test]
fn an_open_transaction_is_rolled_back_for_the_next_session() {
    let engine = BlockingEngine::connect("sqlite://").unwrap();
    let mut one = acquire(&engine).unwrap();
    run(&mut one, [sql("CREATE TABLE hero (id INTEGER)")]);
    let reply = run(&mut one, [Step::Begin(Begin::Write), sql("INSERT INTO hero VALUES (1)")]);
    assert!(reply.in_transaction);
    assert!(!one.busy);
    drop(one);

    let mut two = acquire(&engine).unwrap();
    assert!(numbers(&mut two, "SELECT id FROM hero").is_empty(), "the table is still there");
    let failure = Blocking::run(two.run(batch([Step::Begin(Begin::Write), sql("nonsense")])));
    assert!(failure.unwrap_err().in_transaction);
    drop(two);
    assert!(!run(&mut acquire(&engine).unwrap(), [sql("SELECT 1")]).in_transaction);
}

#[test]
fn a_batch_that_was_dropped_half_way_leaves_nothing_behind() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let engine = Engine::connect("sqlite://").await.unwrap();
        let mut one = engine.acquire().await.unwrap();
        one.run(batch([sql("CREATE TABLE hero (id INTEGER)")])).await.unwrap();
        {
            let steps = [Step::Begin(Begin::Write), sql("INSERT INTO hero VALUES (1)")];
            let mut future = pin!(one.run(batch(steps)));
            // Ready at once only where the connection's thread was that quick.
            let _ = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        }
        drop(one);
        let mut two = engine.acquire().await.unwrap();
        let mut reply = two.run(batch([read("SELECT id FROM hero")])).await.unwrap();
        assert!(!reply.in_transaction);
        assert!(reply.done[0].take::<Numbers>().unwrap().0.is_empty());
    });
}

mod ending;
mod fake;
mod limits;
mod options;
mod pool;
#[cfg(feature = "postgres")]
mod server;
mod tables;
mod units;

/// A driver whose connections break, to see what becomes of them.
mod breaking {
    use super::*;
    use crate::engine::{
        pool::{Limits, Pool},
        report::Reporter,
    };
    use relata_core::connection::{BoxFuture, Connection, Done, Driver, Failure, Portion};
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

    #[derive(Default)]
    struct Counts {
        opened: AtomicUsize,
        closed: AtomicUsize,
        reset: AtomicUsize,
    }

    struct Breaking(Arc<Counts>, Capabilities);

    impl Driver for Breaking {
        fn capabilities(&self) -> &Capabilities {
            &self.1
        }

        fn connect(&self) -> BoxFuture<'_, Result<Box<dyn Connection>>> {
            self.0.opened.fetch_add(1, Relaxed);
            let broken = Broken(Arc::clone(&self.0));
            Box::pin(async { Ok(Box::new(broken) as Box<dyn Connection>) })
        }
    }

    struct Broken(Arc<Counts>);

    impl Connection for Broken {
        /// Loses the connection at ROLLBACK, never answers COMMIT.
        fn run(&mut self, batch: Batch) -> BoxFuture<'_, Result<Reply, Failure>> {
            Box::pin(async move {
                match batch.steps[0] {
                    Step::Commit => pending().await,
                    Step::Rollback => {
                        let error = Error::new(ErrorKind::ConnectionLost, "gone");
                        Err(Failure { step: 0, error, in_transaction: false })
                    }
                    _ => Ok(Reply { done: vec![Done::default()], in_transaction: false }),
                }
            })
        }

        /// Loses the connection.
        fn open(&mut self, _: Statement) -> BoxFuture<'_, Result<(), Failure>> {
            Box::pin(async {
                let error = Error::new(ErrorKind::ConnectionLost, "gone");
                Err(Failure { step: 0, error, in_transaction: false })
            })
        }

        fn fetch(&mut self, rows: Box<dyn Rows>, _: usize) -> BoxFuture<'_, Portion> {
            Box::pin(async { Portion { rows: Some(rows), more: Ok(false) } })
        }

        fn close(&mut self) {}

        fn reset(&mut self) -> bool {
            self.0.reset.fetch_add(1, Relaxed);
            false
        }
    }

    impl Drop for Broken {
        fn drop(&mut self) {
            self.0.closed.fetch_add(1, Relaxed);
        }
    }

    fn engine() -> (BlockingEngine, Arc<Counts>) {
        let counts = Arc::new(Counts::default());
        let capabilities =
            Capabilities { connection_limit: Some(1), ..super::fake::capabilities(false) };
        let driver = Arc::new(Breaking(Arc::clone(&counts), capabilities));
        let pool = Pool::new(
            driver,
            Limits { timeout: Duration::ZERO, ..Limits::default() },
            Clock::System,
        )
        .unwrap();
        (EngineOf::new(pool, Reporter::new(false, false), String::new()), counts)
    }

    fn counts(counts: &Counts) -> (usize, usize, usize) {
        (counts.opened.load(Relaxed), counts.closed.load(Relaxed), counts.reset.load(Relaxed))
    }

    #[test]
    fn a_clean_connection_is_used_again_as_it_is() {
        let (engine, seen) = engine();
        for _ in 0..3 {
            run(&mut acquire(&engine).unwrap(), [sql("SELECT 1")]);
        }
        assert_eq!(counts(&seen), (1, 0, 0));
        drop(engine);
        assert_eq!(counts(&seen), (1, 1, 0));
    }

    #[test]
    fn a_lost_connection_is_closed_and_makes_room() {
        let (engine, seen) = engine();
        let mut lease = acquire(&engine).unwrap();
        Blocking::run(lease.run(batch([Step::Rollback]))).unwrap_err();
        assert!(!lease.busy);
        drop(lease);
        assert_eq!(counts(&seen), (1, 1, 1));
        run(&mut acquire(&engine).unwrap(), [sql("SELECT 1")]);
        assert_eq!(counts(&seen), (2, 1, 1));
    }

    #[test]
    fn a_connection_that_a_cursor_lost_is_closed() {
        let (engine, seen) = engine();
        let mut lease = acquire(&engine).unwrap();
        Blocking::run(lease.open(Statement::text("SELECT 1"))).unwrap_err();
        drop(lease);
        assert_eq!(counts(&seen), (1, 1, 1));
    }

    #[test]
    fn a_connection_whose_batch_was_dropped_is_busy() {
        let (engine, seen) = engine();
        let mut lease = acquire(&engine).unwrap();
        {
            let mut future = pin!(lease.run(batch([Step::Commit])));
            let polled = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            assert!(polled.is_pending());
        }
        assert!(lease.busy);
        drop(lease);
        assert_eq!(counts(&seen), (1, 1, 1));
    }
}
