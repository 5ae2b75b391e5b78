//! A driver whose database ends the transaction while rows are read and nobody hears of it.

use super::*;
use crate::{
    Id, Session,
    engine::{
        pool::{Limits, Pool},
        report::Reporter,
    },
    model, select,
};
use relata_core::connection::{BoxFuture, Connection, Done, Driver, Failure, Portion};
use std::{mem, sync::Mutex};

#[model(table, crate = crate)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
}

/// What the connection was sent, in short.
type Sent = Arc<Mutex<Vec<String>>>;

struct Ending {
    sent: Sent,
    /// Whether the transaction outlives the cursor.
    stands: bool,
    capabilities: Capabilities,
}

impl Driver for Ending {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn connect(&self) -> BoxFuture<'_, Result<Box<dyn Connection>>> {
        let sent = Arc::clone(&self.sent);
        let open = Open { sent, stands: self.stands, in_transaction: false };
        Box::pin(async { Ok(Box::new(open) as Box<dyn Connection>) })
    }
}

struct Open {
    sent: Sent,
    stands: bool,
    in_transaction: bool,
}

impl Connection for Open {
    fn run(&mut self, batch: Batch) -> BoxFuture<'_, Result<Reply, Failure>> {
        Box::pin(async move {
            for step in &batch.steps {
                match step {
                    Step::Begin(_) => self.in_transaction = true,
                    Step::Commit | Step::Rollback => self.in_transaction = false,
                    _ => {}
                }
            }
            self.sent.lock().unwrap().push(format!("{:?}", batch.steps));
            let done = batch.steps.iter().map(|_| Done::default()).collect();
            Ok(Reply { done, in_transaction: self.in_transaction })
        })
    }

    fn open(&mut self, _: Statement) -> BoxFuture<'_, Result<(), Failure>> {
        Box::pin(async { Ok(()) })
    }

    /// Never answers.
    fn fetch(&mut self, _: Box<dyn Rows>, _: usize) -> BoxFuture<'_, Portion> {
        self.in_transaction &= self.stands;
        Box::pin(pending())
    }

    fn close(&mut self) {
        self.sent.lock().unwrap().push("close".into());
    }

    fn reset(&mut self) -> bool {
        true
    }
}

/// A session in which a call on a stream was dropped, and what is sent from there on.
async fn session(stands: bool) -> (Session, Sent) {
    let capabilities = super::fake::capabilities(true);
    let sent = Sent::default();
    let driver = Arc::new(Ending { sent: Arc::clone(&sent), stands, capabilities });
    let pool = Pool::new(driver, Limits { size: 1, ..Limits::default() }, Clock::System).unwrap();
    let engine = EngineOf::new(pool, Reporter::new(false, false), String::new());
    let mut session = Session::new(&engine);
    session.begin_write().await.unwrap();
    {
        let mut stream = session.exec(select(Hero)).stream();
        let mut next = pin!(stream.next());
        assert!(next.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    let before = mem::take(&mut *sent.lock().unwrap());
    assert_eq!(before, ["[Begin(Write)]", "close"]);
    (session, sent)
}

fn sent(sent: &Sent) -> Vec<String> {
    mem::take(&mut *sent.lock().unwrap())
}

#[tokio::test]
async fn a_transaction_that_stands_goes_on() {
    let (mut session, log) = session(true).await;
    session.commit().await.unwrap();
    assert_eq!(sent(&log), ["[]", "[Commit]"]);
}

#[tokio::test]
async fn nothing_is_sent_as_if_it_stood() {
    let (mut session, log) = session(false).await;
    for note in ["", "; the session was rolled back; call `rollback` to go on"] {
        let error = session.begin_write().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Interrupted);
        assert_eq!(
            error.to_string(),
            format!(
                "the database ended the transaction during a call on a stream that was dropped; roll back and do the work again{note}"
            )
        );
    }
    assert_eq!(sent(&log), ["[]"]);
    session.rollback().await.unwrap();
    session.begin_write().await.unwrap();
    assert_eq!(sent(&log), ["[Begin(Write)]"]);
}

#[tokio::test]
async fn a_rollback_asks_for_nothing() {
    let (mut session, log) = session(false).await;
    session.rollback().await.unwrap();
    assert_eq!(sent(&log), ["[Rollback]"]);
}
