//! What a session does on a database that has less than those that are known.

use super::{
    fake::{Stage, capabilities},
    *,
};
use crate::{Id, Isolation, blocking::Session, engine::pool::Limits, model, query::insert, select};
use relata_core::connection::UpsertForm;

#[model(table, crate = crate)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    #[field(unique)]
    name: String,
}

fn database(has: Capabilities) -> (BlockingEngine, Stage) {
    let (engine, stage, _) = fake::engine(Limits::default(), has);
    (engine, stage)
}

fn heroes(count: usize) -> impl Iterator<Item = Hero> {
    (0..count).map(|number| Hero::new(format!("hero {number}")))
}

#[test]
fn savepoints_are_refused_where_there_are_none() {
    let (engine, stage) = database(Capabilities { savepoints: false, ..capabilities(false) });
    let mut session = Session::new(&engine);
    session.exec(select(Hero)).all().unwrap();
    let error = session.begin_nested().err().unwrap();
    assert_eq!(error.kind(), ErrorKind::InvalidStatement);
    assert_eq!(
        error.to_string(),
        "the database has no savepoints; do the work in a session of its own, without `begin_nested`"
    );
    session.commit().unwrap();
    assert_eq!(stage.sent(), ["begin Read", "SELECT", "commit"], "the transaction goes on");
}

#[test]
fn what_is_sent_in_parts_fails_with_its_transaction_where_it_cannot_be_undone_alone() {
    let (engine, stage) = database(Capabilities { savepoints: false, ..capabilities(false) });
    let mut session = Session::new(&engine);
    session.exec(insert(Hero).values(heroes(150))).run().unwrap();
    session.commit().unwrap();
    assert_eq!(stage.sent(), ["begin Write", "INSERT", "INSERT", "commit"]);

    stage.fail("INSERT", ErrorKind::Busy);
    let error = session.exec(insert(Hero).values(heroes(150))).run().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Busy);
    assert_eq!(stage.sent(), ["begin Write", "INSERT", "rollback"]);
    assert_eq!(
        session.exec(select(Hero)).all().unwrap_err().to_string(),
        "`INSERT` failed; the session was rolled back; call `rollback` to go on"
    );
    session.rollback().unwrap();
    session.exec(select(Hero)).all().unwrap();
    assert_eq!(stage.sent(), ["begin Read", "SELECT"]);
}

#[test]
fn a_transaction_is_begun_at_the_least_strict_level_that_will_do() {
    let levels = &[Isolation::ReadCommitted, Isolation::RepeatableRead];
    let (engine, stage) = database(Capabilities { isolation: levels, ..capabilities(false) });
    let mut session = Session::new(&engine);
    for (asked, given) in [
        (Isolation::ReadUncommitted, "begin Read ISOLATION LEVEL READ COMMITTED"),
        (Isolation::ReadCommitted, "begin Read ISOLATION LEVEL READ COMMITTED"),
        (Isolation::RepeatableRead, "begin Read ISOLATION LEVEL REPEATABLE READ"),
    ] {
        session.begin_with(asked).unwrap();
        session.commit().unwrap();
        assert_eq!(stage.sent(), [given, "commit"]);
    }
    let error = session.begin_with(Isolation::Serializable.read_only()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidStatement);
    assert_eq!(
        error.to_string(),
        "the database has no isolation level as strict as `SERIALIZABLE`; ask for `READ COMMITTED` or `REPEATABLE READ`"
    );
    session.exec(select(Hero)).all().unwrap();
    assert_eq!(stage.sent(), ["begin Read", "SELECT"], "nothing was begun, and none is asked for");

    let mut strict = Session::new(&engine.with_options(Isolation::Serializable));
    strict.add(Hero::new("Deadpond"));
    assert_eq!(strict.commit().unwrap_err().kind(), ErrorKind::InvalidStatement);
    assert!(stage.sent().is_empty());
}

#[test]
fn where_no_level_can_be_asked_for_that_is_said() {
    let (engine, _) = database(Capabilities { isolation: &[], ..capabilities(false) });
    let error = Session::new(&engine).begin_with(Isolation::ReadCommitted).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the database has no isolation level as strict as `READ COMMITTED`; leave it out"
    );
}

#[test]
fn rows_that_an_upsert_set_count_where_the_database_leaves_some_out() {
    // It counts none here.
    for (upsert, counted) in [(UpsertForm::OnConflict, 0), (UpsertForm::OnDuplicateKey, 3)] {
        let (engine, _) = database(Capabilities { upsert, ..capabilities(false) });
        let named = insert(Hero).values(heroes(3)).on_conflict(Hero.name);
        let set = named.do_update().set(Hero.name, "Deadpond");
        assert_eq!(engine.exec(set.clone()).run().unwrap(), counted);
        assert_eq!(Session::new(&engine).exec(set).run().unwrap(), counted);
    }
}
