//! Streams: rows in order, few of them in memory, and what a stream leaves behind that ended early.

use relata::{
    Cell, ColumnType, ErrorKind, Misfit, NotNull, SqlType, StreamOf, Value, blocking, prelude::*,
};
use relata_suite::{Db, Log, numbers, pick};
use serde::Serialize;
use std::{
    future::poll_fn,
    pin::pin,
    sync::{
        Condvar, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    task::{Context, Poll, Waker},
};

#[model(table)]
struct Team {
    #[field(primary_key)]
    id: Id<Team>,
    name: String,
    #[relationship(back_populates = team)]
    heroes: Many<Hero>,
}

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    name: String,
    age: Option<i32>,
    #[field(foreign_key = Team.id)]
    team_id: Option<Id<Team>>,
    #[relationship(back_populates = heroes)]
    team: One<Option<Team>>,
}

/// A database with one connection and heroes numbered from 1.
async fn heroes(count: u32) -> Db {
    let db = relata_suite::engine_single(Metadata::of((Team, Hero))).await;
    let numbers = numbers(count);
    db.execute(&format!(
        "INSERT INTO hero (id, name, age) SELECT x, 'hero ' || x, x FROM {numbers}"
    ));
    db
}

/// Gives the hero of this key an age that is none.
fn spoil(db: &Db, id: i64) {
    db.execute(pick(
        "",
        "ALTER TABLE hero ALTER age TYPE BIGINT",
        "ALTER TABLE hero MODIFY age BIGINT",
    ));
    let age = pick("'old'", "4294967296", "4294967296");
    db.execute(&format!("UPDATE hero SET age = {age} WHERE id = {id}"));
}

fn blocking_engine(db: &Db) -> blocking::Engine {
    blocking::Engine::builder(db.impatient_url()).pool_size(1).build().unwrap()
}

#[case]
async fn rows_come_in_order_and_are_tracked() {
    let db = heroes(1000).await;
    let log = Log::start();
    let mut session = Session::new(&db.engine);
    let mut stream = session.exec(select(Hero).order_by(Hero.id.desc())).stream();
    assert!(log.take().is_empty(), "nothing is sent before the first row is asked for");
    let mut last = None;
    let mut expected = 1000;
    while let Some(hero) = stream.next().await.unwrap() {
        assert_eq!((hero.id.get(), &*hero.name), (Some(expected), &*format!("hero {expected}")));
        expected -= 1;
        last = Some(hero);
    }
    assert_eq!(expected, 0);
    assert!(stream.next().await.unwrap().is_none(), "and so it stays");
    drop(stream);
    let sent: Vec<_> = log.take().into_iter().map(|sent| (sent.sql, sent.sets)).collect();
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0], ("BEGIN (implicit)".into(), 0));
    assert!(sent[1].0.starts_with("SELECT hero.id,") && sent[1].1 == 1, "{sent:?}");

    let mut last = last.unwrap();
    last.age = Some(99);
    session.add(&mut last);
    session.commit().await.unwrap();
    assert_eq!(log.sql(), ["UPDATE hero SET age=? WHERE hero.id = ?"]);
    assert_eq!(db.rows("SELECT age FROM hero WHERE id = 1"), ["99"]);
}

#[case]
async fn rows_of_an_engine_are_plain_and_hold_a_connection() {
    let db = heroes(3).await;
    let mut names = Vec::new();
    let mut stream = db.engine.exec(select(Hero).order_by(Hero.id).limit(2)).stream();
    while let Some(hero) = stream.next().await.unwrap() {
        let hero: Hero = hero;
        names.push(hero.name);
    }
    assert_eq!(names, ["hero 1", "hero 2"]);
    // The only connection is free again, though the stream is still there.
    assert_eq!(db.engine.exec(select(Hero)).all().await.unwrap().len(), 3);
    assert!(stream.next().await.unwrap().is_none());

    let mut stopped = db.engine.exec(select(Hero).order_by(Hero.id)).stream();
    assert_eq!(stopped.next().await.unwrap().unwrap().id, 1);
    drop(stopped);
    let mut session = Session::new(&db.engine);
    session.add(Hero::new("hero 4"));
    session.commit().await.unwrap();
    assert_eq!(db.count("hero"), 4);
}

#[case]
async fn what_is_queued_is_flushed_first_and_seen() {
    let db = heroes(2).await;
    let log = Log::start();
    let mut session = Session::new(&db.engine);
    let new = session.add(Hero::new("new").with_age(3));
    // The id is not known before the flush.
    let query = select(Hero).filter(Hero.id.eq(&new.id) | Hero.age.eq(1)).order_by(Hero.id);
    let mut stream = session.exec(query).stream();
    let mut names = Vec::new();
    while let Some(hero) = stream.next().await.unwrap() {
        names.push(hero.name.clone());
    }
    drop(stream);
    assert_eq!(names, ["hero 1", "new"]);
    assert_eq!(log.outline(), ["INSERT hero", "SELECT hero"]);
    assert_eq!(db.count("hero"), 2, "it is not committed");
    session.rollback().await.unwrap();
    assert_eq!(db.count("hero"), 2);
}

#[case]
async fn a_flush_that_fails_fails_the_stream() {
    let db = heroes(2).await;
    let mut session = Session::new(&db.engine);
    session.add(Hero::new("orphan").with_team_id(Id::from(7)));
    let mut stream = session.exec(select(Hero)).stream();
    let error = stream.next().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ForeignKeyViolation);
    assert!(stream.next().await.unwrap().is_none());
    drop(stream);
    assert!(session.exec(select(Hero)).stream().next().await.is_err());
    session.rollback().await.unwrap();
    assert!(session.exec(select(Hero)).stream().next().await.unwrap().is_some());
}

#[case]
async fn a_stream_dropped_anywhere_leaves_the_transaction() {
    let db = heroes(600).await;
    for (round, read) in [0, 1, 15, 16, 17, 48, 599, 600, 601].into_iter().enumerate() {
        let mut session = Session::new(&db.engine);
        session.add(Team::new("before"));
        session.flush().await.unwrap();
        let mut stream = session.exec(select(Hero).order_by(Hero.id)).stream();
        for _ in 0..read {
            stream.next().await.unwrap();
        }
        drop(stream);
        session.add(Team::new("after"));
        session.commit().await.unwrap();
        assert_eq!(db.count("team"), 2 * (round as i64 + 1), "{read} rows read");
    }
}

#[case]
async fn a_rollback_after_a_stream_undoes_what_was_before_it() {
    let db = heroes(40).await;
    let mut session = Session::new(&db.engine);
    session.add(Team::new("before"));
    assert!(session.exec(select(Hero)).stream().next().await.unwrap().is_some());
    session.rollback().await.unwrap();
    assert_eq!(db.count("team"), 0);

    let mut session = Session::new(&db.engine);
    session.add(Team::new("before"));
    let mut nested = session.begin_nested().await.unwrap();
    nested.add(Team::new("nested"));
    assert_eq!(
        nested.exec(select(Team).order_by(Team.id)).stream().next().await.unwrap().unwrap().name,
        "before"
    );
    drop(nested);
    assert!(session.exec(select(Hero)).stream().next().await.unwrap().is_some());
    session.commit().await.unwrap();
    assert_eq!(db.rows("SELECT name FROM team"), ["before"]);
}

#[case]
async fn a_forgotten_stream_is_closed_by_what_comes_next() {
    let db = heroes(40).await;
    let mut session = Session::new(&db.engine);
    let mut stream = session.exec(select(Hero)).stream();
    stream.next().await.unwrap().unwrap();
    std::mem::forget(stream);
    session.add(Hero::new("next"));
    session.commit().await.unwrap();
    assert_eq!(db.count("hero"), 41);
}

#[case]
async fn rows_before_a_bad_one_are_given_and_the_transaction_goes_on() {
    let db = heroes(40).await;
    spoil(&db, 21);
    let mut session = Session::new(&db.engine);
    session.add(Team::new("before"));
    let mut stream = session.exec(select(Hero).order_by(Hero.id)).stream();
    for id in 1..=20 {
        assert_eq!(stream.next().await.unwrap().unwrap().id, id);
    }
    let error = stream.next().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert_eq!((error.table(), error.columns().next()), (Some("hero"), Some("age")));
    assert!(error.statement().unwrap().starts_with("SELECT hero.id"), "{error:?}");
    assert!(stream.next().await.unwrap().is_none());
    drop(stream);
    session.commit().await.unwrap();
    assert_eq!(db.count("team"), 1);

    let mut plain = db.engine.exec(select(Hero).order_by(Hero.id)).stream();
    for id in 1..=20 {
        assert_eq!(plain.next().await.unwrap().unwrap().id, id);
    }
    assert_eq!(plain.next().await.unwrap_err().kind(), ErrorKind::Decode);
    assert_eq!(db.engine.exec(select(Team)).all().await.unwrap().len(), 1);
}

#[case]
async fn what_cannot_be_streamed() {
    let db = heroes(1).await;
    let log = Log::start();
    let mut session = Session::new(&db.engine);
    session.add(Team::new("queued"));
    let mut stream = session.exec(select(Hero).with(Hero.team)).stream();
    let refused = stream.next().await.unwrap_err();
    assert!(stream.next().await.unwrap().is_none());
    drop(stream);
    let plain = db.engine.exec(select(Hero).with(Hero.team)).stream().next().await.unwrap_err();
    for error in [refused, plain] {
        assert_eq!(error.kind(), ErrorKind::InvalidStatement);
        assert_eq!(
            error.to_string(),
            "a stream cannot load relations along, because they are read for all rows together; use `all` or `pages`"
        );
    }
    assert!(log.take().is_empty(), "not even what was queued");
    session.commit().await.unwrap();
    assert_eq!(db.count("team"), 1);

    db.execute("DROP TABLE hero");
    session.add(Team::new("before"));
    let missing = session.exec(select(Hero)).stream().next().await.unwrap_err();
    assert_eq!((missing.kind(), missing.table()), (ErrorKind::MissingTable, Some("hero")));
    session.commit().await.unwrap();
    assert_eq!(db.count("team"), 2);
}

/// A number whose reading waits at a gate where it is negative.
#[derive(Clone, Debug, Serialize)]
struct Gated(i64);

#[derive(Clone, Copy, Debug, PartialEq)]
enum Gate {
    Closed,
    Reached,
    Open,
}

static GATE: (Mutex<Gate>, Condvar) = (Mutex::new(Gate::Open), Condvar::new());

/// Waits until the gate is in a state.
fn wait_for(gate: Gate) {
    let (state, changed) = &GATE;
    drop(changed.wait_while(state.lock().unwrap(), |now| *now != gate).unwrap());
}

fn set(gate: Gate) {
    *GATE.0.lock().unwrap() = gate;
    GATE.1.notify_all();
}

impl ColumnType for Gated {
    const TYPE: SqlType = SqlType::Integer(64);

    fn read(cell: Cell<'_>) -> Result<Self, Misfit> {
        let number = i64::read(cell)?;
        if number < 0 {
            set(Gate::Reached);
            wait_for(Gate::Open);
        }
        Ok(Gated(number))
    }

    fn write(&self) -> Value {
        Value::Int(self.0)
    }
}

impl NotNull for Gated {}

#[model(table)]
struct Queue {
    #[field(primary_key)]
    id: Id<Queue>,
    number: Gated,
}

/// The rows are read in a thread of the connection's own, so the caller can see it wait.
#[case(Sqlite)]
async fn a_call_dropped_half_way_ends_the_stream_and_nothing_else() {
    let db = relata_suite::engine_single(Metadata::of(Queue)).await;
    db.execute(&format!(
        "INSERT INTO queue (id, number) SELECT x, CASE x WHEN 20 THEN -x ELSE x END FROM {}",
        numbers(40)
    ));
    let mut session = Session::new(&db.engine);
    session.add(Queue::new(Gated(41)));
    let mut stream = session.exec(select(Queue).order_by(Queue.id)).stream();
    for id in 1..=16 {
        assert_eq!(stream.next().await.unwrap().unwrap().id, id);
    }
    set(Gate::Closed);
    {
        let mut next = pin!(stream.next());
        assert!(next.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        wait_for(Gate::Reached);
    }
    set(Gate::Open);
    for _ in 0..2 {
        was_interrupted(&stream.next().await.unwrap_err());
    }
    drop(stream);
    assert_eq!(db.count("queue"), 40, "the transaction is still open");
    session.add(Queue::new(Gated(42)));
    session.commit().await.unwrap();
    assert_eq!(db.count("queue"), 42);
}

fn was_interrupted(error: &relata::Error) {
    assert_eq!(error.kind(), ErrorKind::Interrupted);
    assert_eq!(
        error.to_string(),
        "an earlier call of `next` was dropped before it ended, and the rest of the rows with it; run the statement again"
    );
}

/// Polls a future so many times; whether it is done. With `late` it is dropped when it could go on,
/// otherwise while what it waits for is under way.
async fn polled<T>(future: impl Future<Output = T>, times: usize, late: bool) -> Option<T> {
    let (mut future, mut polls) = (pin!(future), 0);
    poll_fn(|context| {
        if polls == times {
            return Poll::Ready(None);
        }
        polls += 1;
        match future.as_mut().poll(context) {
            Poll::Pending if polls == times && !late => Poll::Ready(None),
            polled => polled.map(Some),
        }
    })
    .await
}

#[case]
async fn a_first_call_dropped_anywhere_leaves_a_session_that_knows_its_state() {
    for late in [false, true] {
        let (mut done, mut times) = (false, 0);
        while !done {
            let db = heroes(40).await;
            let mut session = Session::new(&db.engine);
            session.add(Team::new("before"));
            let mut stream = session.exec(select(Hero)).stream();
            done = polled(stream.next(), times, late).await.is_some();
            drop(stream);
            session.add(Team::new("after"));
            match session.commit().await {
                Ok(()) => assert_eq!(db.count("team"), 2, "{times} polls"),
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::RollbackRequired, "{times} polls");
                    assert!(!done);
                    assert_eq!(db.count("team"), 0, "{times} polls");
                    session.rollback().await.unwrap();
                    session.add(Team::new("again"));
                    session.commit().await.unwrap();
                    assert_eq!(db.count("team"), 1, "{times} polls");
                }
            }
            times += 1;
        }
        assert!(times > 1);
    }
}

#[case]
async fn a_later_call_dropped_anywhere_ends_the_stream_and_nothing_else() {
    for late in [false, true] {
        let (mut done, mut times) = (false, 0);
        while !done {
            let db = heroes(40).await;
            let mut session = Session::new(&db.engine);
            session.add(Team::new("before"));
            let mut stream = session.exec(select(Hero).order_by(Hero.id)).stream();
            for id in 1..=16 {
                assert_eq!(stream.next().await.unwrap().unwrap().id, id);
            }
            done = polled(stream.next(), times, late).await.is_some();
            if !done && times > 0 {
                was_interrupted(&stream.next().await.unwrap_err());
                was_interrupted(&stream.next().await.unwrap_err());
            } else {
                assert_eq!(stream.next().await.unwrap().unwrap().id, if done { 18 } else { 17 });
            }
            drop(stream);
            assert_eq!(db.count("team"), 0, "the transaction is still open");
            session.add(Team::new("after"));
            session.commit().await.unwrap();
            assert_eq!(db.count("team"), 2, "{times} polls");
            times += 1;
        }
        assert!(times > 1);
    }
}

#[case]
fn a_blocking_stream_is_an_iterator() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let db = runtime.block_on(heroes(700));
    let engine = blocking_engine(&db);
    let mut session = blocking::Session::new(&engine);
    session.add(Hero::new("hero 701"));
    let ages = session.exec(select(Hero).order_by(Hero.id)).stream().map(|hero| hero.unwrap().age);
    let expected = (1..=700).map(Some).chain([None]);
    assert!(ages.eq(expected));

    for hero in session.exec(select(Hero).order_by(Hero.id)).stream() {
        if hero.unwrap().id == 20 {
            break;
        }
    }
    let mut stream = session.exec(select(Hero).order_by(Hero.id)).stream();
    assert_eq!(stream.next().unwrap().unwrap().id, 1);
    drop(stream);
    session.add(Hero::new("hero 702"));
    session.commit().unwrap();
    assert_eq!(db.count("hero"), 702);

    spoil(&db, 21);
    let mut plain = engine.exec(select(Hero).order_by(Hero.id)).stream().skip(19);
    assert_eq!(plain.next().unwrap().unwrap().id, 20);
    assert_eq!(plain.next().unwrap().unwrap_err().kind(), ErrorKind::Decode);
    assert!(plain.next().is_none());
    drop(plain);
    assert_eq!(engine.exec(select(Hero).filter(Hero.age.le(3))).all().unwrap().len(), 3);
}

/// A number that is counted while it is in memory.
#[derive(Debug, Serialize)]
struct Counted(i64);

/// The backend whose turn it is: all of them count here.
static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
static LIVE: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

impl Counted {
    fn new(number: i64) -> Self {
        MOST.fetch_max(LIVE.fetch_add(1, SeqCst) + 1, SeqCst);
        Counted(number)
    }
}

impl Clone for Counted {
    fn clone(&self) -> Self {
        Counted::new(self.0)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        LIVE.fetch_sub(1, SeqCst);
    }
}

impl ColumnType for Counted {
    const TYPE: SqlType = SqlType::Integer(64);

    fn read(cell: Cell<'_>) -> Result<Self, Misfit> {
        i64::read(cell).map(Counted::new)
    }

    fn write(&self) -> Value {
        Value::Int(self.0)
    }
}

impl NotNull for Counted {}

#[model(table)]
struct Sample {
    #[field(primary_key)]
    id: Id<Sample>,
    number: Counted,
}

fn sum(samples: StreamOf<'_, Sample, relata::Blocking>) -> i64 {
    samples.map(|sample| sample.unwrap().number.0).sum()
}

#[case]
async fn a_million_rows_take_the_memory_of_a_few() {
    let rows = pick(1_000_000, 100_000, 100_000);
    let _turn = TURN.lock().await;
    let db = relata_suite::engine_single(Metadata::of(Sample)).await;
    db.execute(&format!("INSERT INTO sample (id, number) SELECT x, x FROM {}", numbers(rows)));
    let expected = i64::from(rows) * i64::from(rows + 1) / 2;

    let mut session = Session::new(&db.engine);
    let mut stream = session.exec(select(Sample)).stream();
    let mut found = 0;
    while let Some(sample) = stream.next().await.unwrap() {
        found += sample.number.0;
    }
    assert_eq!(found, expected);
    assert_eq!(LIVE.load(SeqCst), 0);
    assert!(MOST.swap(0, SeqCst) <= 500, "some hundreds at most");

    let few = blocking_engine(&db);
    assert_eq!(
        sum(few.exec(select(Sample).order_by(Sample.id).limit(10_000)).stream()),
        10_000 * 10_001 / 2
    );
    assert_eq!(LIVE.load(SeqCst), 0);
    assert!(MOST.load(SeqCst) <= 500, "some hundreds at most");
}

#[case(threads)]
async fn a_stream_works_in_a_spawned_task() {
    let db = heroes(100).await;
    let engine = db.engine.clone();
    let task = tokio::spawn(async move {
        let mut session = Session::new(&engine);
        let mut stream = session.exec(select(Hero)).stream();
        let mut count = 0;
        while stream.next().await?.is_some() {
            count += 1;
        }
        Ok::<_, relata::Error>(count)
    });
    assert_eq!(task.await.unwrap().unwrap(), 100);
}
