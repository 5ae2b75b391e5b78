//! What a session sends to begin its transactions.

use super::{
    fake::{Stage, capabilities},
    *,
};
use crate::{
    Id, Isolation, Retry, TransactionOptions, blocking::Session, engine::pool::Limits, model,
    select,
};

#[model(table, crate = crate)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
}

/// A fake database, one that begins anew to write or one that does not.
fn database(write_begins_anew: bool) -> (BlockingEngine, Stage) {
    let (engine, stage, _) = fake::engine(Limits::default(), capabilities(write_begins_anew));
    (engine, stage)
}

/// What is sent for a session that reads, then begins to write, then commits.
fn reads_and_writes(session: &mut Session, stage: &Stage) -> Vec<String> {
    session.exec(select(Hero)).all().unwrap();
    session.begin_write().unwrap();
    session.commit().unwrap();
    stage.sent()
}

#[test]
fn nothing_is_said_where_nothing_is_asked() {
    let (engine, stage) = database(false);
    let sent = reads_and_writes(&mut Session::new(&engine), &stage);
    assert_eq!(sent, ["begin Read", "SELECT", "commit"]);
    let (engine, stage) = database(true);
    let sent = reads_and_writes(&mut Session::new(&engine), &stage);
    assert_eq!(sent, ["begin Read", "SELECT", "commit", "begin Write", "commit"]);
}

#[test]
fn what_is_read_holds_still_where_that_was_asked() {
    let (engine, stage) = database(false);
    let mut session = Session::new(&engine).with_options(Isolation::Serializable);
    let sent = reads_and_writes(&mut session, &stage);
    assert_eq!(sent, ["begin Read ISOLATION LEVEL SERIALIZABLE", "SELECT", "commit"]);

    let (engine, stage) = database(true);
    for (level, expected) in [
        (Isolation::Serializable, vec!["begin Write ISOLATION LEVEL SERIALIZABLE"]),
        (Isolation::RepeatableRead, vec!["begin Write ISOLATION LEVEL REPEATABLE READ"]),
    ] {
        let mut session = Session::new(&engine).with_options(level);
        let sent = reads_and_writes(&mut session, &stage);
        assert_eq!(sent, [expected, vec!["SELECT", "commit"]].concat());
    }
    let mut session = Session::new(&engine).with_options(Isolation::ReadCommitted);
    assert_eq!(
        reads_and_writes(&mut session, &stage),
        [
            "begin Read ISOLATION LEVEL READ COMMITTED",
            "SELECT",
            "commit",
            "begin Write ISOLATION LEVEL READ COMMITTED",
            "commit"
        ]
    );
}

#[test]
fn a_unit_writes_what_follows_from_what_it_reads() {
    let unit = |session: &mut Session| {
        session.exec(select(Hero)).all()?;
        session.add(Hero { id: Id::given(7) });
        Ok::<_, Error>(())
    };
    let (engine, stage) = database(false);
    engine.transact(unit).unwrap();
    let whole = ["begin Read", "SELECT", "INSERT", "commit"];
    assert_eq!(stage.sent(), whole);

    // It goes on from reading to writing, which fails where what it read holds no more. Then it begins
    // for writing.
    let (engine, stage) = database(true);
    let engine = engine.with_retry(Retry::new().wait(Duration::ZERO, Duration::ZERO));
    engine.transact(unit).unwrap();
    let goes_on = ["begin Read", "SELECT", "begin Write", "INSERT", "commit"];
    assert_eq!(stage.sent(), goes_on);
    stage.fail("begin Write", ErrorKind::Busy);
    engine.transact(unit).unwrap();
    assert_eq!(
        stage.sent(),
        [&goes_on[..3], &["begin Write", "SELECT", "INSERT", "commit"]].concat()
    );

    // Where nobody runs it again, it begins for writing at once.
    let at_once = ["begin Write", "SELECT", "INSERT", "commit"];
    engine.transact_with(Retry::never(), unit).unwrap();
    assert_eq!(stage.sent(), at_once);
    engine
        .transact(|session| {
            unit(session).and_then(|()| session.commit()).and_then(|()| unit(session))
        })
        .unwrap();
    assert_eq!(stage.sent(), [&goes_on[..], &at_once].concat());

    // A session that is no unit ends what it read.
    let mut session = Session::new(&engine);
    unit(&mut session).and_then(|()| session.commit()).unwrap();
    assert_eq!(stage.sent(), ["begin Read", "SELECT", "commit", "begin Write", "INSERT", "commit"]);
}

#[test]
fn a_unit_does_not_outlive_its_transaction() {
    let (engine, stage) = database(false);
    let read = |session: &mut Session| session.exec(select(Hero)).all().map(drop);
    let end = engine.transact(|session| {
        read(session)?;
        stage.fail("SELECT", ErrorKind::Database); // and the database ends the transaction
        assert_eq!(read(session).unwrap_err().kind(), ErrorKind::Database);
        read(session)
    });
    let error = end.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Database);
    assert!(error.to_string().ends_with("call `rollback` to go on"), "{error}");
    assert_eq!(stage.sent(), ["begin Read", "SELECT", "SELECT"]);

    // A session that only reads begins another.
    let mut session = Session::new(&engine);
    read(&mut session).unwrap();
    stage.fail("SELECT", ErrorKind::Database);
    read(&mut session).unwrap_err();
    read(&mut session).unwrap();
    assert_eq!(stage.sent(), ["begin Read", "SELECT", "SELECT", "begin Read", "SELECT"]);
}

#[test]
fn the_options_of_engine_session_and_transaction() {
    let (engine, stage) = database(false);
    let reports = engine.with_options(Isolation::Serializable.read_only().deferrable());
    let mut session = Session::new(&reports);
    let first = |session: &mut Session| {
        session.exec(select(Hero)).all().unwrap();
        let sent = stage.sent().remove(0);
        session.commit().unwrap();
        stage.sent();
        sent
    };
    let own = "begin Read ISOLATION LEVEL SERIALIZABLE, READ ONLY, DEFERRABLE";
    assert_eq!(first(&mut session), own);

    let other = TransactionOptions::new().isolation(Isolation::ReadCommitted).read_write();
    session.begin_with(other).unwrap();
    assert_eq!(
        first(&mut session),
        "begin Read ISOLATION LEVEL READ COMMITTED, READ WRITE, DEFERRABLE"
    );
    assert_eq!(first(&mut session), own, "for one transaction only");
    session.begin_with(other).unwrap();
    session.rollback().unwrap();
    stage.sent();
    assert_eq!(first(&mut session), own);

    let mut session = Session::new(&reports).with_options(Isolation::RepeatableRead);
    assert_eq!(
        first(&mut session),
        "begin Read ISOLATION LEVEL REPEATABLE READ, READ ONLY, DEFERRABLE"
    );
    assert_eq!(first(&mut Session::new(&engine)), "begin Read", "the engine stays as it was");
}

#[test]
fn a_transaction_is_not_begun_in_another() {
    let (engine, stage) = database(false);
    let mut session = Session::new(&engine);
    session.begin_write().unwrap();
    let error = session.begin_with(Isolation::Serializable).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidStatement);
    assert_eq!(
        error.to_string(),
        "a transaction is open already; call `commit` or `rollback` before `begin_with`"
    );
    session.commit().unwrap();
    session.begin_with(Isolation::Serializable).unwrap();
    session.commit().unwrap();
    assert_eq!(
        stage.sent(),
        ["begin Write", "commit", "begin Read ISOLATION LEVEL SERIALIZABLE", "commit"]
    );
}

#[test]
fn one_that_could_not_begin_leaves_no_options() {
    let (engine, stage) = database(true);
    let mut session = Session::new(&engine);
    stage.fail("begin", ErrorKind::Busy);
    let error = session.begin_with(Isolation::Serializable).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Busy);
    session.begin_write().unwrap();
    assert_eq!(stage.sent(), ["begin Write ISOLATION LEVEL SERIALIZABLE", "begin Write"]);
}

#[test]
fn nothing_that_writes_is_sent_where_only_reading_is_allowed() {
    let (engine, stage) = database(true);
    let mut session = Session::new(&engine).with_options(TransactionOptions::new().read_only());
    session.exec(select(Hero)).all().unwrap();
    let error = session.begin_write().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ReadOnly);
    assert_eq!(error.to_string(), "the transaction is read only; write in one without `read_only`");
    // Savepoints are no writes.
    let savepoint = session.begin_nested().unwrap();
    savepoint.commit().unwrap();
    session.begin_nested().unwrap().rollback().unwrap();
    session.commit().unwrap();
    assert_eq!(
        stage.sent(),
        [
            "begin Read READ ONLY",
            "SELECT",
            "savepoint(1)",
            "release(1)",
            "savepoint(1)",
            "rollbackto(1)",
            "commit"
        ]
    );

    session.add(Hero::new());
    assert_eq!(session.commit().unwrap_err().kind(), ErrorKind::ReadOnly);
    assert_eq!(session.exec(select(Hero)).all().unwrap_err().kind(), ErrorKind::ReadOnly);
    session.rollback().unwrap();
    session.exec(select(Hero)).all().unwrap();
    assert_eq!(stage.sent(), ["begin Read READ ONLY", "SELECT"]);
}

#[test]
fn a_transaction_that_should_hold_still_and_was_ended_is_not_begun_anew() {
    let (engine, stage) = database(false);
    let mut session = Session::new(&engine).with_options(Isolation::RepeatableRead.read_only());
    session.exec(select(Hero)).all().unwrap();
    stage.fail("SELECT", ErrorKind::ConnectionLost);
    session.exec(select(Hero)).all().unwrap_err();
    let error = session.exec(select(Hero)).all().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionLost);
    session.rollback().unwrap();
    session.exec(select(Hero)).all().unwrap();
}
