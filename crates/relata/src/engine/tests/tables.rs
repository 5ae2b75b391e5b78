//! What is sent to create and drop tables, and what becomes of its connection.

use super::{
    fake::{Stage, capabilities},
    *,
};
use crate::{Id, Metadata, engine::pool::Limits, model};
use relata_core::{connection::Capabilities, sql::Dialect};

#[model(table, crate = crate)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
}

fn database(dialect: Dialect) -> (BlockingEngine, Stage) {
    let capabilities = Capabilities { dialect, ..capabilities(false) };
    let (engine, stage, _) = fake::engine(Limits::default(), capabilities);
    (engine, stage)
}

#[test]
fn nobody_comes_between_the_question_and_the_answer() {
    for (dialect, created) in [
        (Dialect::Sqlite, &["begin Write", "SELECT", "CREATE", "commit"][..]),
        (
            Dialect::Postgres,
            &[
                "begin Write ISOLATION LEVEL READ COMMITTED",
                "SELECT",
                "SELECT",
                "SELECT",
                "SELECT",
                "CREATE",
                "commit",
            ],
        ),
        (
            Dialect::MySql,
            &["SELECT", "SET", "SELECT", "begin Write", "SELECT", "CREATE", "commit", "SET"],
        ),
    ] {
        let (engine, stage) = database(dialect);
        Metadata::of(Hero).create_all(&engine).unwrap();
        assert_eq!(stage.sent(), created);
        assert_eq!(stage.counts(), (1, 0));
    }
}

#[test]
fn a_connection_that_holds_locks_is_not_kept() {
    let (engine, stage) = database(Dialect::MySql);
    stage.fail("CREATE", ErrorKind::Busy);
    let error = Metadata::of(Hero).create_all(&engine).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Busy);
    assert_eq!(
        stage.sent(),
        ["SELECT", "SET", "SELECT", "begin Write", "SELECT", "CREATE", "rollback"]
    );
    assert_eq!(stage.counts(), (1, 1));
    // where nothing is held there is nothing to lose
    let (engine, stage) = database(Dialect::Postgres);
    stage.fail("CREATE", ErrorKind::Busy);
    Metadata::of(Hero).create_all(&engine).unwrap_err();
    assert_eq!(stage.counts(), (1, 0));
}

#[test]
fn a_server_may_have_no_locks_to_give() {
    let (engine, stage) = database(Dialect::MySql);
    stage.fail("SELECT GET_LOCK", ErrorKind::Database);
    Metadata::of(Hero).create_all(&engine).unwrap();
    let sent = ["SELECT", "SET", "SELECT", "begin Write", "SELECT", "CREATE", "commit", "SET"];
    assert_eq!(stage.sent(), sent);
    stage.fail("SELECT GET_LOCK", ErrorKind::Timeout);
    let error = Metadata::of(Hero).create_all(&engine).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
}
