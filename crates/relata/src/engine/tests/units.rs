//! Units of work: how often they run, what is waited in between, and what is left of them.

use super::{
    fake::{Stage, capabilities},
    *,
};
use crate::{Id, Session, blocking, engine::pool::Limits, model, select};
use std::{
    cell::Cell as Count,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
};

#[model(table, crate = crate)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
}

const MS: fn(u64) -> Duration = Duration::from_millis;

/// The error of a program.
#[derive(Debug, PartialEq)]
enum Trouble {
    Database(ErrorKind),
    Own,
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Trouble::Database(error.kind())
    }
}

/// An engine with one connection.
fn database<X: Mode>() -> (EngineOf<X>, Stage, Clock) {
    let limits = Limits { size: 1, timeout: Duration::ZERO, ..Limits::default() };
    fake::engine(limits, capabilities(false))
}

/// The unit of most cases: a transaction that writes.
fn work(session: &mut blocking::Session) -> Result<()> {
    session.begin_write()
}

/// Runs a unit with these faults: what came of it, what was sent, and what was slept.
fn with_faults(
    faults: &[(&'static str, ErrorKind)],
    unit: impl Fn(&mut blocking::Session) -> Result<(), Trouble>,
) -> (Result<(), Trouble>, Vec<String>, Vec<Duration>) {
    let (engine, stage, clock) = database::<Blocking>();
    for (step, kind) in faults {
        stage.fail(step, *kind);
    }
    let end = engine.transact(unit);
    assert_eq!(status(&engine), (1, 1), "the connection is back");
    (end, stage.sent(), clock.slept())
}

fn status(engine: &BlockingEngine) -> (usize, usize) {
    let status = engine.pool_status();
    (status.open, status.idle)
}

const BUSY: (&str, ErrorKind) = ("begin", ErrorKind::Busy);

#[test]
fn a_unit_that_succeeds_is_committed() {
    let (end, sent, slept) = with_faults(&[], |session| Ok(work(session)?));
    assert_eq!((end, slept), (Ok(()), vec![]));
    assert_eq!(sent, ["begin Write", "commit"]);
    let (engine, stage, _) = database::<Blocking>();
    assert_eq!(engine.transact(|_| Ok::<_, Error>(7)).unwrap(), 7);
    assert!(stage.sent().is_empty());
}

#[test]
fn a_unit_that_met_others_is_run_again() {
    let (end, sent, slept) = with_faults(&[BUSY, BUSY], |session| Ok(work(session)?));
    assert_eq!((end, slept), (Ok(()), vec![MS(10), MS(20)]));
    assert_eq!(sent, ["begin Write", "begin Write", "begin Write", "commit"]);

    // So is one whose statement, or whose COMMIT, met them.
    for fault in ["SELECT", "commit"] {
        let (end, sent, slept) = with_faults(&[(fault, ErrorKind::Busy)], |session| {
            work(session)?;
            session.exec(select(Hero)).all()?;
            Ok(())
        });
        assert_eq!((end, slept), (Ok(()), vec![MS(10)]));
        let whole = ["begin Write", "SELECT", "commit"];
        let until = whole.iter().position(|step| *step == fault).unwrap();
        assert_eq!(sent, [&whole[..=until], &["rollback"], &whole].concat());
    }
}

#[test]
fn attempts_come_to_an_end() {
    let (end, sent, slept) = with_faults(&[BUSY; 9], |session| Ok(work(session)?));
    assert_eq!(end, Err(Trouble::Database(ErrorKind::Busy)));
    assert_eq!(slept, [10, 20, 40, 80].map(MS));
    assert_eq!(sent.iter().filter(|step| *step == "begin Write").count(), 5);

    let (engine, stage, clock) = database::<Blocking>();
    (0..9).for_each(|_| stage.fail("begin", ErrorKind::Busy));
    let retry = Retry::new().attempts(9).wait(MS(10), MS(10)).within(MS(35));
    engine.transact_with(retry, work).unwrap_err();
    assert_eq!(clock.slept(), [MS(10); 3]);
    engine.with_retry(Retry::never()).transact(work).unwrap_err();
    engine.transact_with(Retry::never(), work).unwrap_err();
    assert!(clock.slept().is_empty());
}

#[test]
fn the_time_that_units_take_counts() {
    let (engine, stage, clock) = database::<Blocking>();
    stage.fail("begin", ErrorKind::Busy);
    let runs = Count::new(0);
    let end = engine.transact(|session| {
        runs.set(runs.get() + 1);
        clock.pass(Duration::from_secs(30));
        work(session)
    });
    assert_eq!((end.unwrap_err().kind(), runs.get()), (ErrorKind::Busy, 1));
}

#[test]
fn other_failures_are_final() {
    for (step, kind) in [
        ("commit", ErrorKind::CommitUnknown),
        ("commit", ErrorKind::ForeignKeyViolation),
        ("commit", ErrorKind::ConnectionLost),
        ("begin", ErrorKind::ConnectionLost),
        ("SELECT", ErrorKind::MissingTable),
    ] {
        let (engine, stage, clock) = database::<Blocking>();
        stage.fail(step, kind);
        let runs = Count::new(0);
        let end = engine.transact(|session| {
            runs.set(runs.get() + 1);
            work(session)?;
            session.exec(select(Hero)).all().map(|_| ())
        });
        assert_eq!((end.unwrap_err().kind(), runs.get()), (kind, 1));
        assert!(clock.slept().is_empty());
    }
}

#[test]
fn what_only_reads_leaves_nothing_unknown() {
    let (engine, stage, _) = database::<Blocking>();
    let mut session = blocking::Session::new(&engine);
    session.exec(select(Hero)).all().unwrap();
    stage.fail("commit", ErrorKind::CommitUnknown);
    let lost = session.commit().unwrap_err();
    assert_eq!(lost.kind(), ErrorKind::ConnectionLost);
    assert!(lost.to_string().starts_with(
        "the connection broke at the end of a transaction that only read, so nothing is lost; do the work again"
    ));
    session.rollback().unwrap();
    work(&mut session).unwrap();
    session.exec(select(Hero)).all().unwrap();
    stage.fail("commit", ErrorKind::CommitUnknown);
    assert_eq!(session.commit().unwrap_err().kind(), ErrorKind::CommitUnknown);
}

#[test]
fn an_error_of_the_program_is_final() {
    let (end, sent, slept) = with_faults(&[], |session| {
        work(session)?;
        Err(Trouble::Own)
    });
    assert_eq!((end, slept), (Err(Trouble::Own), vec![]));
    assert_eq!(sent, ["begin Write", "rollback"]);
}

#[test]
fn what_counts_is_what_the_session_met_last() {
    // An error of the program, because of what the session met.
    let (end, _, slept) = with_faults(&[BUSY], |session| work(session).map_err(|_| Trouble::Own));
    assert_eq!((end, slept), (Ok(()), vec![MS(10)]));

    // Even where the unit has rolled back by itself.
    let (end, _, slept) = with_faults(&[("SELECT", ErrorKind::Busy)], |session| {
        work(session)?;
        if session.exec(select(Hero)).all().is_err() {
            session.rollback()?;
            return Err(Trouble::Own);
        }
        Ok(())
    });
    assert_eq!((end, slept), (Ok(()), vec![MS(10)]));

    // One that went on working gives its error for another reason.
    let (end, _, slept) = with_faults(&[("SELECT", ErrorKind::Busy)], |session| {
        assert!(session.exec(select(Hero)).all().is_err());
        session.exec(select(Hero)).all()?;
        Err(Trouble::Own)
    });
    assert_eq!((end, slept), (Err(Trouble::Own), vec![]));

    // What a stream met counts as well.
    let (end, _, slept) = with_faults(&[("SELECT", ErrorKind::Busy)], |session| {
        let heroes: Result<Vec<_>> = session.exec(select(Hero)).stream().collect();
        Ok(heroes.map(|_| ())?)
    });
    assert_eq!((end, slept), (Ok(()), vec![MS(10)]));
}

#[test]
fn a_failure_that_the_unit_keeps_to_itself() {
    // The statement failed, the transaction stands, and the unit is content.
    let (end, sent, slept) = with_faults(&[("SELECT", ErrorKind::Busy)], |session| {
        work(session)?;
        assert!(session.exec(select(Hero)).all().is_err());
        Ok(())
    });
    assert_eq!((end, slept), (Ok(()), vec![]));
    assert_eq!(sent, ["begin Write", "SELECT", "commit"]);
}

#[test]
fn a_failure_kept_back_that_the_transaction_does_not_survive() {
    // Servers refuse the COMMIT then, and the unit is run again for the failure before it.
    let refused = ("commit", ErrorKind::RollbackRequired);
    let unit = |session: &mut blocking::Session| {
        work(session)?;
        let _ = session.exec(select(Hero)).all();
        Ok(())
    };
    let (end, _, slept) = with_faults(&[("SELECT", ErrorKind::Busy), refused], unit);
    assert_eq!((end, slept), (Ok(()), vec![MS(10)]));
    let (end, _, slept) = with_faults(&[refused], unit);
    assert_eq!((end, slept), (Err(Trouble::Database(ErrorKind::RollbackRequired)), vec![]));
}

#[test]
fn what_was_committed_is_not_done_twice() {
    let (end, sent, slept) = with_faults(&[("SELECT", ErrorKind::Busy)], |session| {
        work(session)?;
        session.commit()?;
        session.exec(select(Hero)).all()?;
        Ok(())
    });
    assert_eq!((end, slept), (Err(Trouble::Database(ErrorKind::Busy)), vec![]));
    assert_eq!(sent[..2], ["begin Write", "commit"]);

    // Nor what may have been.
    let faults = [("commit", ErrorKind::CommitUnknown), ("begin", ErrorKind::Busy)];
    let (end, _, slept) = with_faults(&faults, |session| {
        work(session)?;
        assert!(session.commit().is_err());
        session.rollback()?;
        Ok(work(session)?)
    });
    assert_eq!((end, slept), (Err(Trouble::Database(ErrorKind::Busy)), vec![]));
}

#[test]
fn a_panic_rolls_back() {
    let (engine, stage, _) = database::<Blocking>();
    let unwound = catch_unwind(AssertUnwindSafe(|| {
        engine.transact(|session| -> Result<()> {
            work(session)?;
            panic!("by the test")
        })
    }));
    assert!(unwound.is_err());
    assert_eq!(stage.sent(), ["begin Write", "reset"]);
    assert_eq!(status(&engine), (1, 1));
    engine.transact(work).unwrap();
}

#[test]
fn async_units_are_run_again_too() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let (engine, stage, clock) = database::<Async>();
    let faults = || (0..2).for_each(|_| stage.fail("commit", ErrorKind::Busy));
    runtime.block_on(async {
        faults();
        let unit = async |session: &mut Session| session.begin_write().await;
        engine.transact(unit).await.unwrap();
        assert_eq!(clock.slept(), [MS(10), MS(20)]);
        assert_eq!(stage.sent(), ["begin Write", "commit", "rollback"].repeat(3)[..8]);

        faults();
        let names = [String::from("a"), String::from("b")];
        let seen = engine.transact_in(&names[..], async |session, names| {
            session.begin_write().await?;
            Ok::<_, Error>(names.join(" "))
        });
        assert_eq!(seen.await.unwrap(), "a b");
        assert_eq!(clock.slept(), [MS(10), MS(20)]);

        faults();
        let once = engine.transact_with(Retry::never(), unit).await;
        assert_eq!(once.unwrap_err().kind(), ErrorKind::Busy);
        assert!(clock.slept().is_empty());
    });
}

#[test]
fn a_dropped_unit_is_rolled_back() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let (engine, stage, _) = database::<Async>();
    runtime.block_on(async {
        {
            let mut unit = pin!(engine.transact(async |session| {
                session.begin_write().await?;
                pending::<Result<()>>().await
            }));
            let polled = unit.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            assert!(polled.is_pending());
        }
        assert_eq!(stage.sent(), ["begin Write", "reset"]);
        assert_eq!(engine.pool_status().idle, 1);
    });
}

#[test]
fn what_a_dropped_commit_may_have_saved_is_not_done_twice() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let (engine, stage, clock) = database::<Async>();
    stage.see().hangs = Some(Step::Commit);
    let runs = Count::new(0);
    let end = runtime.block_on(engine.transact(async |session| {
        runs.set(runs.get() + 1);
        session.begin_write().await?;
        {
            let mut commit = pin!(session.commit());
            let polled = commit.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            assert!(polled.is_pending());
        }
        session.rollback().await?;
        stage.fail("begin", ErrorKind::Busy);
        session.begin_write().await
    }));
    assert_eq!((end.unwrap_err().kind(), runs.get()), (ErrorKind::Busy, 1));
    assert!(clock.slept().is_empty());
}
