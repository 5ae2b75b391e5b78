//! A driver that does what a test says, and tells what was asked of it.

use super::*;
use crate::engine::{
    pool::{Limits, Pool},
    report::Reporter,
};
use relata_core::{
    Isolation,
    connection::{BoxFuture, Connection, Done, Driver, Failure, Portion, UpsertForm},
    sql::Dialect,
};
use std::{
    collections::VecDeque,
    mem,
    sync::{Mutex, MutexGuard},
};

/// How a connection answers when it is asked whether it works.
#[derive(Clone, Copy, Default, PartialEq)]
pub(super) enum Answer {
    #[default]
    Works,
    Fails,
    /// Only after it was polled once.
    WorksLater,
    FailsLater,
}

#[derive(Default)]
pub(super) struct Seen {
    opened: usize,
    closed: usize,
    pings: usize,
    /// Whether connections know that they are broken.
    pub(super) broken: bool,
    pub(super) answer: Answer,
    /// A step that is never answered.
    pub(super) hangs: Option<Step>,
    /// What the connections were sent, in short.
    sent: Vec<String>,
    /// Steps that fail, in this order: how they begin, and the kind of error.
    faults: VecDeque<(&'static str, ErrorKind)>,
}

/// What the driver and its test share.
#[derive(Clone, Default)]
pub(super) struct Stage(Arc<Mutex<Seen>>);

impl Stage {
    pub(super) fn see(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap()
    }

    /// The next step that begins so fails with this.
    pub(super) fn fail(&self, step: &'static str, kind: ErrorKind) {
        self.see().faults.push_back((step, kind));
    }

    /// What was sent since the last look.
    pub(super) fn sent(&self) -> Vec<String> {
        mem::take(&mut self.see().sent)
    }

    pub(super) fn pings(&self) -> usize {
        self.see().pings
    }

    /// How many connections were opened, and how many of them closed.
    pub(super) fn counts(&self) -> (usize, usize) {
        let seen = self.see();
        (seen.opened, seen.closed)
    }
}

pub(super) struct Fake {
    stage: Stage,
    capabilities: Capabilities,
}

impl Fake {
    pub(super) fn new(stage: &Stage, capabilities: Capabilities) -> Self {
        Fake { stage: stage.clone(), capabilities }
    }
}

impl Driver for Fake {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn connect(&self) -> BoxFuture<'_, Result<Box<dyn Connection>>> {
        self.stage.see().opened += 1;
        let link = Link { stage: self.stage.clone(), in_transaction: false };
        Box::pin(async { Ok(Box::new(link) as Box<dyn Connection>) })
    }
}

struct Link {
    stage: Stage,
    in_transaction: bool,
}

fn short(step: &Step) -> String {
    match step {
        Step::Begin(begin) => format!("begin {begin:?}"),
        Step::BeginWith(begin, options) => format!("begin {begin:?} {options}"),
        Step::Run(statement) => statement.sql.split(' ').next().unwrap().to_owned(),
        other => format!("{other:?}").to_lowercase(),
    }
}

impl Link {
    fn take(&mut self, step: Step) -> Result<Done> {
        let text = short(&step);
        let whole = match &step {
            Step::Run(statement) => statement.sql.to_string(),
            _ => text.clone(),
        };
        let mut seen = self.stage.see();
        seen.sent.push(text.clone());
        if seen.faults.front().is_some_and(|(start, _)| whole.starts_with(start)) {
            let kind = seen.faults.pop_front().unwrap().1;
            let begins = matches!(step, Step::Begin(_) | Step::BeginWith(..));
            self.in_transaction &= kind == ErrorKind::Busy && !begins;
            return Err(Error::new(kind, format!("`{text}` failed")));
        }
        match step {
            Step::Begin(_) | Step::BeginWith(..) => self.in_transaction = true,
            Step::Commit | Step::Rollback => self.in_transaction = false,
            _ => {}
        }
        let Step::Run(statement) = step else { return Ok(Done::default()) };
        Ok(Done { rows: statement.rows, ..Done::default() })
    }
}

impl Connection for Link {
    fn run(&mut self, batch: Batch) -> BoxFuture<'_, Result<Reply, Failure>> {
        Box::pin(async move {
            let mut done = Vec::new();
            for (at, step) in batch.steps.into_iter().enumerate() {
                let hangs = self.stage.see().hangs.as_ref().map(short);
                if hangs == Some(short(&step)) {
                    return pending().await;
                }
                let taken = self.take(step);
                let in_transaction = self.in_transaction;
                done.push(taken.map_err(|error| Failure { step: at, error, in_transaction })?);
            }
            Ok(Reply { done, in_transaction: self.in_transaction })
        })
    }

    fn open(&mut self, statement: Statement) -> BoxFuture<'_, Result<(), Failure>> {
        let opened = self.take(Step::Run(statement)).map(drop);
        let in_transaction = self.in_transaction;
        Box::pin(async move { opened.map_err(|error| Failure { step: 0, error, in_transaction }) })
    }

    fn fetch(&mut self, rows: Box<dyn Rows>, _: usize) -> BoxFuture<'_, Portion> {
        Box::pin(async { Portion { rows: Some(rows), more: Ok(false) } })
    }

    fn close(&mut self) {}

    fn is_open(&mut self) -> bool {
        !self.stage.see().broken
    }

    fn ping(&mut self) -> BoxFuture<'_, Result<()>> {
        let mut seen = self.stage.see();
        seen.pings += 1;
        let mut later = matches!(seen.answer, Answer::WorksLater | Answer::FailsLater);
        let works = matches!(seen.answer, Answer::Works | Answer::WorksLater);
        Box::pin(std::future::poll_fn(move |context| {
            if mem::take(&mut later) {
                context.waker().wake_by_ref();
                return std::task::Poll::Pending;
            }
            let gone = || Error::new(ErrorKind::ConnectionLost, "gone");
            std::task::Poll::Ready(works.then_some(()).ok_or_else(gone))
        }))
    }

    fn reset(&mut self) -> bool {
        self.stage.see().sent.push("reset".into());
        self.in_transaction = false;
        true
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.stage.see().closed += 1;
    }
}

/// What a fake database can do: as a server, or as SQLite in a file.
pub(super) fn capabilities(write_begins_anew: bool) -> Capabilities {
    Capabilities {
        dialect: Dialect::Sqlite,
        bind_limit: 100,
        connection_limit: None,
        write_begins_anew,
        checks_each_row: false,
        returning: true,
        in_process: false,
        row_lists: false,
        insert_lists: false,
        savepoints: true,
        isolation: &Isolation::ALL,
        upsert: UpsertForm::OnConflict,
    }
}

/// An engine on a fake database, and time that a test lets pass.
pub(super) fn engine<X: Mode>(
    limits: Limits,
    capabilities: Capabilities,
) -> (EngineOf<X>, Stage, Clock) {
    let (stage, clock) = (Stage::default(), Clock::set(0.0));
    let driver = Arc::new(Fake::new(&stage, capabilities));
    let pool = Pool::new(driver, limits, clock.clone()).unwrap();
    (EngineOf::new(pool, Reporter::new(false, false), String::new()), stage, clock)
}
