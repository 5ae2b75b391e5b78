//! Transactions as the server has them: options, savepoints, what fails inside, and units that are
//! run again.

use crate::{
    proxy::Proxy,
    support::{Schema, inside},
};
use relata::{
    Error, ErrorKind, Isolation, Metadata, Result, TransactionOptions,
    prelude::*,
    query::{Said, Update, raw},
};
use std::{
    cell::Cell,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
};

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    #[field(unique)]
    name: String,
    power: i64,
}

async fn engine(schema: &Schema) -> Engine {
    let engine = Engine::connect(schema.url()).await.unwrap();
    Metadata::of(Hero).create_all(&engine).await.unwrap();
    engine.exec(insert(Hero).values([Hero::new("a", 0), Hero::new("b", 0)])).run().await.unwrap();
    engine
}

async fn names(engine: &Engine) -> Vec<String> {
    engine.exec(select(Hero.name).order_by(Hero.id)).all().await.unwrap()
}

/// What the server says of the transaction: its level, whether it only reads, and whether it waits
/// for a state that nothing can disturb.
async fn shown(session: &mut Session) -> (String, String, String) {
    let show = "SELECT current_setting('transaction_isolation'), current_setting('transaction_read_only'), current_setting('transaction_deferrable')";
    session.exec(raw(show).into_tuple::<(String, String, String)>()).one().await.unwrap()
}

#[test]
fn options_come_to_the_server_and_end_with_the_transaction() {
    inside("options", async |schema| {
        let engine = engine(schema).await;
        let none = TransactionOptions::new;
        for (options, level, read_only, deferrable) in [
            (none(), "read committed", "off", "off"),
            (Isolation::ReadUncommitted.into(), "read uncommitted", "off", "off"),
            (Isolation::ReadCommitted.read_only(), "read committed", "on", "off"),
            (Isolation::RepeatableRead.into(), "repeatable read", "off", "off"),
            (Isolation::Serializable.into(), "serializable", "off", "off"),
            (Isolation::Serializable.read_only().deferrable(), "serializable", "on", "on"),
        ] {
            let expected = (level.to_owned(), read_only.to_owned(), deferrable.to_owned());
            let mut session = Session::new(&engine);
            session.begin_with(options).await.unwrap();
            assert_eq!(shown(&mut session).await, expected);
            session.commit().await.unwrap();
            assert_eq!(shown(&mut session).await.0, "read committed");
            session.rollback().await.unwrap();

            let mut session = Session::new(&engine.with_options(options));
            for _ in 0..2 {
                assert_eq!(shown(&mut session).await, expected);
                session.rollback().await.unwrap();
            }
        }
    });
}

#[test]
fn a_failure_that_was_swallowed_fails_the_commit() {
    inside("swallowed", async |schema| {
        let engine = engine(schema).await;
        for queued in [false, true] {
            let mut session = Session::new(&engine);
            session.add(Hero::new("c", 0));
            session.flush().await.unwrap();
            let failed = session.exec(insert(Hero).value(Hero::new("a", 0))).run().await;
            assert!(failed.unwrap_err().is_unique_violation());
            if queued {
                session.add(Hero::new("d", 0));
            }
            let error = session.commit().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::RollbackRequired, "{error:?}");
            assert!(error.to_string().ends_with("roll back and do the work again"), "{error}");
            assert!(session.commit().await.is_err(), "until it is acknowledged");
            session.rollback().await.unwrap();
            assert_eq!(names(&engine).await, ["a", "b"]);
            session.add(Hero::new("e", 0));
            session.flush().await.unwrap();
        }
        let unit = engine.transact(async |session| -> Result<()> {
            session.add(Hero::new("c", 0));
            session.flush().await?;
            let _ = session.exec(raw("SELECT 1 / 0").into_tuple::<(i32,)>()).all().await;
            Ok(())
        });
        assert_eq!(unit.await.unwrap_err().kind(), ErrorKind::RollbackRequired);
        assert_eq!(names(&engine).await, ["a", "b"]);
    });
}

#[test]
fn a_savepoint_takes_what_failed_inside_with_it() {
    inside("savepoints", async |schema| {
        let engine = engine(schema).await;
        let mut session = Session::new(&engine);
        session.add(Hero::new("c", 0));
        {
            let mut outer = session.begin_nested().await.unwrap();
            outer.add(Hero::new("d", 0));
            {
                let mut inner = outer.begin_nested().await.unwrap();
                inner.add(Hero::new("a", 0));
                assert!(inner.flush().await.unwrap_err().is_unique_violation());
                inner.rollback().await.unwrap();
            }
            {
                let mut inner = outer.begin_nested().await.unwrap();
                let failed = inner.exec(raw("SELECT 1 / 0").into_tuple::<(i32,)>()).all().await;
                assert_eq!(failed.unwrap_err().code(), Some("22012"));
                // What failed and was swallowed cannot be released.
                let error = inner.commit().await.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::RollbackRequired, "{error:?}");
            }
            outer.add(Hero::new("e", 0));
            outer.commit().await.unwrap();
        }
        session.commit().await.unwrap();
        assert_eq!(names(&engine).await, ["a", "b", "c", "d", "e"]);
    });
}

/// Adds to the power of a hero, beside the unit under test.
async fn meddle(engine: &Engine, name: &str) {
    let more = update(Hero).set(Hero.power, Hero.power + 10).filter(Hero.name.eq(name));
    engine.exec(more).run().await.unwrap();
}

#[test]
fn a_unit_whose_statement_meets_others_is_run_again() {
    inside("unit_statement", async |schema| {
        let engine = engine(schema).await;
        for swallowed in [false, true] {
            let runs = Cell::new(0);
            let strict = engine.with_options(Isolation::RepeatableRead);
            let unit = strict.transact(async |session| -> Result<()> {
                let mut hero = session.get(Hero, 1).await?.unwrap();
                runs.set(runs.get() + 1);
                if runs.get() == 1 {
                    meddle(&engine, "a").await;
                }
                hero.power += 1;
                let more = update(Hero).set(Hero.power, hero.power).filter(Hero.id.eq(1));
                match session.exec(more).run().await {
                    Err(error) if !swallowed => {
                        assert_eq!((error.code(), error.is_retryable()), (Some("40001"), true));
                        Err(error)
                    }
                    _ => Ok(()),
                }
            });
            unit.await.unwrap();
            assert_eq!(runs.get(), 2);
        }
        let power = engine.exec(select(Hero.power).filter(Hero.id.eq(1))).one().await.unwrap();
        assert_eq!(power, 22, "nothing of others was lost, and nothing was done twice");
    });
}

#[test]
fn a_unit_whose_commit_meets_others_is_run_again() {
    inside("unit_commit", async |schema| {
        let engine = engine(schema).await;
        let serializable = engine.with_options(Isolation::Serializable);
        let runs = Cell::new(0);
        let total = || select(sum(Hero.power));
        // Each adds a hero as strong as all before it.
        let unit = serializable.transact(async |session| -> Result<i64> {
            runs.set(runs.get() + 1);
            let all = session.exec(total()).one().await?.unwrap_or(0);
            if runs.get() == 1 {
                let mut other = Session::new(&serializable);
                let seen = other.exec(total()).one().await?.unwrap_or(0);
                other.add(Hero::new("other", seen + 1));
                other.commit().await?;
            }
            session.add(Hero::new("unit", all + 1));
            session.flush().await?;
            Ok(all)
        });
        assert_eq!(unit.await.unwrap(), 1, "the other one was seen the second time");
        assert_eq!(runs.get(), 2);
        assert_eq!(names(&engine).await, ["a", "b", "other", "unit"]);
    });
}

/// Adds to the power of a hero.
fn add(name: &'static str) -> Update<Hero, Said> {
    update(Hero).set(Hero.power, Hero.power + 1).filter(Hero.name.eq(name))
}

/// Which of two waits for the other, and which is chosen to fail.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_unit_that_was_chosen_in_a_deadlock_is_run_again() {
    let Some(schema) = Schema::new("unit_deadlock") else { return };
    let engine = engine(&schema).await;
    let runs = Arc::new(AtomicUsize::new(0));
    let (has_a, a_is_had) = tokio::sync::oneshot::channel();
    let (has_b, b_is_had) = tokio::sync::oneshot::channel();
    let (has_a, b_is_had) =
        (std::sync::Mutex::new(Some(has_a)), tokio::sync::Mutex::new(Some(b_is_had)));
    let (one, counted) = (engine.clone(), Arc::clone(&runs));
    let unit = tokio::spawn(async move {
        one.transact_in(&(counted, has_a, b_is_had), async |session, (runs, has_a, b_is_had)| {
            runs.fetch_add(1, SeqCst);
            session.exec(raw("SET LOCAL deadlock_timeout = '10ms'")).run().await?;
            session.exec(add("a")).run().await?;
            if let Some(has_a) = has_a.lock().unwrap().take() {
                has_a.send(()).unwrap();
            }
            if let Some(b_is_had) = b_is_had.lock().await.take() {
                b_is_had.await.unwrap();
            }
            session.exec(add("b")).run().await.map(drop)
        })
        .await
    });
    let mut other = Session::new(&engine);
    other.exec(raw("SET LOCAL deadlock_timeout = '1min'")).run().await.unwrap();
    other.exec(add("b")).run().await.unwrap();
    a_is_had.await.unwrap();
    has_b.send(()).unwrap();
    other.exec(add("a")).run().await.unwrap();
    other.commit().await.unwrap();
    unit.await.unwrap().unwrap();
    assert_eq!(runs.load(SeqCst), 2);
    assert_eq!(engine.exec(select(Hero.power)).all().await.unwrap(), [2, 2]);
}

/// By way of a proxy that keeps the last answer back, so that the server has committed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_unit_whose_commit_is_not_known_is_not_run_again() {
    let Some(schema) = Schema::new("unit_unknown") else { return };
    let straight = engine(&schema).await;
    // One write alone the server commits by itself.
    let alone = ("INSERT 0 1\0", "a statement that the server commits by itself");
    for (flushed, (said, what)) in [(false, alone), (true, ("COMMIT\0", "COMMIT"))] {
        let proxy = Proxy::to(&schema.place());
        let engine = Engine::builder(schema.by_way_of(proxy.port)).pool_size(1).await.unwrap();
        // Its statements are prepared before the cut.
        let warm = engine.transact(async |session| -> Result<()> {
            session.add(Hero::new("warm", 0));
            session.flush().await?;
            Err(Error::new(ErrorKind::NotFound, "by the test"))
        });
        warm.await.unwrap_err();
        let runs = AtomicUsize::new(0);
        let name = format!("unit {flushed}");
        let unit = engine.transact(async |session| -> Result<()> {
            runs.fetch_add(1, SeqCst);
            session.add(Hero::new(&*name, 0));
            if flushed {
                session.flush().await?;
            }
            proxy.cut_when_it_has_said(said);
            Ok(())
        });
        let error = unit.await.unwrap_err();
        assert_eq!((error.kind(), runs.load(SeqCst)), (ErrorKind::CommitUnknown, 1), "{error:?}");
        let told = format!(
            "the answer to {what} was lost, so the changes may or may not be saved; look before doing the work again"
        );
        assert!(error.to_string().starts_with(&told), "{error}");
        assert!(names(&straight).await.contains(&name), "here it was saved");
    }
}

/// What a handler of a web framework has to be.
fn handler<F: Future + Send + 'static>(future: F) -> F {
    future
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn units_work_in_tasks_and_handlers() {
    let Some(schema) = Schema::new("unit_send") else { return };
    let engine = engine(&schema).await;
    let tasks = (0..4).map(|number| {
        let (engine, name) = (engine.clone(), format!("task {number}"));
        tokio::spawn(handler(async move {
            let names = [name.clone(), format!("{name} again")];
            let unit = async |session: &mut Session, names: &[String]| -> Result<()> {
                session.add_all(names.iter().map(|name| Hero::new(&**name, 1)));
                let mut heroes = session.exec(select(Hero).limit(20)).stream();
                while heroes.next().await?.is_some() {}
                Ok(())
            };
            engine.transact_in(&names[..], unit).await?;
            engine
                .transact(async move |session| -> Result<()> {
                    let rename = update(Hero).set(Hero.power, 2).filter(Hero.name.eq(&*name));
                    session.exec(rename).run().await.map(drop)
                })
                .await
        }))
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap().unwrap();
    }
    let strong = select(count(Hero.id)).filter(Hero.power.eq(2));
    assert_eq!(engine.exec(strong).one().await.unwrap(), 4);
    assert_eq!(names(&engine).await.len(), 10);
}
