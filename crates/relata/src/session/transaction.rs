//! [`Transaction`]: the connection of a session and the state of its transaction. It adds BEGIN to
//! the first batch, and knows what has to happen after a failure, a lost answer or a dropped future.

mod fail;
mod options;
mod savepoints;

use crate::{EngineOf, Error, ErrorKind, Mode, Result, engine::Lease};
use relata_core::{
    Outcome, Scope, TransactionOptions,
    connection::{Batch, Begin, Capabilities, Done, Failure, Portion, Rows, Statement, Step},
};

pub(super) struct Transaction<X: Mode> {
    engine: EngineOf<X>,
    session: u64,
    lease: Option<Lease>,
    /// What every transaction of the session is to be.
    options: TransactionOptions,
    /// What this one is to be, or the next where none is open.
    once: TransactionOptions,
    /// What becomes of what was read, where this transaction comes to write.
    upgrade: Upgrade,
    /// What the open transaction was begun for.
    begun: Option<Begin>,
    /// The transaction, then its savepoints.
    scopes: Vec<Scope>,
    /// How many savepoints the database has.
    savepoints: usize,
    /// How many it is to have before anything else is sent: fewer, where one was dropped.
    keep: Option<usize>,
    /// A call on a cursor was dropped: nobody heard whether the database ended the transaction.
    doubtful: bool,
    state: State,
    again: Again,
}

/// Whether the work of the session can be done again from its beginning by another one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Again {
    /// There is no reason to.
    No,
    /// What was last asked of the database failed, and may succeed in a new transaction.
    Yes,
    /// A part of the work was committed, or may have been.
    Never,
}

/// How a transaction that has read comes to write, where the database has one writer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Upgrade {
    /// It is ended and begun anew, so others may have written in between.
    Anew,
    /// It goes on, or fails where others have written in between.
    GoOn,
    /// It began for writing, so that nobody writes in between.
    AtOnce,
}

enum State {
    Ready,
    /// A call is under way; seen by another call, its future was dropped.
    Busy {
        committing: bool,
    },
    /// A flush failed inside so many savepoints and was rolled back.
    Failed {
        error: Error,
        depth: usize,
    },
}

impl<X: Mode> Transaction<X> {
    pub(super) fn new(engine: &EngineOf<X>) -> Self {
        let session = Scope::next_session();
        Transaction {
            engine: engine.clone(),
            session,
            lease: None,
            options: engine.options(),
            once: TransactionOptions::new(),
            upgrade: Upgrade::Anew,
            begun: None,
            scopes: vec![Scope::transaction(session)],
            savepoints: 0,
            keep: None,
            doubtful: false,
            state: State::Ready,
            again: Again::No,
        }
    }

    /// The session runs a unit of work, which writes what follows from what it reads. Where another attempt can
    /// follow, it locks nobody out while it only reads.
    pub(super) fn serve_unit(&mut self, another_can_follow: bool) {
        self.upgrade = if another_can_follow { Upgrade::GoOn } else { Upgrade::AtOnce };
    }

    /// Whether a new session can do the work of this one again, because it failed for what others
    /// did at the same time, and nothing of it was committed.
    pub(super) fn may_run_again(&self) -> bool {
        self.again == Again::Yes && self.lost() != Outcome::Unknown
    }

    pub(super) fn capabilities(&self) -> &Capabilities {
        self.engine.capabilities()
    }

    /// The innermost scope, in which whatever is added now is added.
    pub(super) fn scope(&mut self) -> Scope {
        if !matches!(self.state, State::Ready) {
            // What is added now goes with the rollback that the session asks for, whatever became
            // of a commit before it.
            let lost = Scope::transaction(self.session);
            lost.end(Outcome::RolledBack);
            return lost;
        }
        match self.scopes.last() {
            Some(scope) => scope.clone(),
            None => {
                let scope = Scope::transaction(self.session);
                self.scopes.push(scope.clone());
                scope
            }
        }
    }

    /// How many savepoints are open.
    pub(super) fn depth(&self) -> usize {
        self.scopes.len().saturating_sub(1)
    }

    /// # Errors
    /// The first failure, or `RollbackRequired` after a dropped future, until a rollback.
    pub(super) fn check(&self) -> Result<()> {
        match &self.state {
            State::Ready => Ok(()),
            State::Failed { error, depth } => Err(error.clone().with_note(match depth {
                0 => "the session was rolled back; call `rollback` to go on",
                _ => "the savepoint was rolled back; call `rollback` on it to go on",
            })),
            State::Busy { .. } => Err(Error::new(
                ErrorKind::RollbackRequired,
                "an earlier call on this session was dropped before it ended; call `rollback` to go on",
            )),
        }
    }

    /// Work of several batches begins: dropped in between, it leaves the session to be rolled back.
    pub(super) fn enter(&mut self) {
        self.state = State::Busy { committing: false };
    }

    /// The work is done.
    pub(super) fn leave(&mut self) {
        self.state = State::Ready;
    }

    /// Sends steps, in a transaction begun for this.
    pub(super) async fn send(&mut self, begin: Begin, steps: Vec<Step>) -> Result<Vec<Done>> {
        let was_busy = matches!(self.state, State::Busy { .. });
        self.enter();
        let sent = self.run(begin, steps).await;
        // A transaction that the database ended has failed, and stays so.
        if !was_busy && matches!(self.state, State::Busy { .. }) {
            self.leave();
        }
        sent
    }

    /// Sends steps of which either all are done or none: several stand inside of a savepoint, or, where
    /// the database has none, are undone with the transaction.
    pub(super) async fn send_whole(&mut self, begin: Begin, runs: Vec<Step>) -> Result<Vec<Done>> {
        if runs.len() < 2 {
            return if runs.is_empty() { Ok(Vec::new()) } else { self.send(begin, runs).await };
        }
        let depth = self.depth() + 1;
        let inside = self.capabilities().savepoints;
        let mut steps = runs;
        if inside {
            steps.insert(0, Step::Savepoint(depth));
            steps.push(Step::Release(depth));
        }
        match self.send(begin, steps).await {
            Ok(mut done) if inside => {
                done.pop();
                Ok(done.split_off(1.min(done.len())))
            }
            Err(error) if self.begun.is_some() && matches!(self.state, State::Ready) => {
                let undo = vec![Step::RollbackTo(depth)];
                let undone = inside && self.send(begin, undo).await.is_ok();
                Err(if undone { error } else { self.fail(error, None).await })
            }
            sent => sent,
        }
    }

    async fn run(&mut self, begin: Begin, steps: Vec<Step>) -> Result<Vec<Done>> {
        let undoes = matches!(steps.first(), Some(Step::Rollback | Step::RollbackTo(_)));
        let run = self.try_run(begin, steps).await;
        // To undo work is neither a reason to do it again nor against it.
        if !undoes {
            self.hear(run.as_ref().err());
        }
        run
    }

    /// Learns how work went.
    fn hear(&mut self, failed: Option<&Error>) {
        self.again = match failed {
            _ if self.again == Again::Never => Again::Never,
            Some(error) if error.kind() == ErrorKind::CommitUnknown => Again::Never,
            Some(error) if error.is_retryable() => Again::Yes,
            // It is refused for what failed before.
            Some(error) if error.kind() == ErrorKind::RollbackRequired => self.again,
            _ => Again::No,
        };
    }

    async fn try_run(&mut self, begin: Begin, steps: Vec<Step>) -> Result<Vec<Done>> {
        if begin != Begin::Read && self.is_read_only() {
            return Err(options::read_only());
        }
        self.make_sure().await?;
        let begin = self.purpose(begin);
        let mut batch = Batch { steps: self.opening(begin)? };
        let before = batch.steps.len();
        batch.steps.extend(steps);
        if batch.steps.is_empty() {
            return Ok(Vec::new());
        }
        let only_reads = begin == Begin::Read && self.begun != Some(Begin::Write);
        match self.lease().await?.run(batch).await {
            Ok(mut reply) => {
                // SQL written by hand may write where its words do not tell.
                let wrote = reply.done.iter().any(|done| done.wrote);
                let begin = if wrote { Begin::Write } else { begin };
                self.begun = reply.in_transaction.then_some(self.begun_for(begin));
                Ok(reply.done.split_off(before.min(reply.done.len())))
            }
            Err(mut failure) => {
                if only_reads {
                    failure.error = fail::of_reads(failure.error);
                }
                if failure.in_transaction && failure.step >= before {
                    // The batch began it before the step that failed.
                    self.begun = Some(self.begun_for(begin));
                }
                Err(self.failed(failure))
            }
        }
    }

    async fn lease(&mut self) -> Result<&mut Lease> {
        let lease = match self.lease.take() {
            Some(lease) => lease,
            None => self.engine.acquire().await?,
        };
        Ok(self.lease.insert(lease))
    }

    /// Opens a cursor, in a transaction begun for reading. From here on until it is closed a
    /// dropped future ends the cursor, and the transaction goes on.
    pub(super) async fn open(&mut self, statement: Statement) -> Result<()> {
        self.send(Begin::Read, Vec::new()).await?;
        self.doubtful = true;
        let opened = self.lease().await?.open(statement).await;
        self.doubtful = false;
        let opened = opened.map_err(|failure| self.failed(failure));
        self.hear(opened.as_ref().err());
        opened
    }

    /// Reads rows of the cursor: gives what took them back, and whether there may be more.
    pub(super) async fn fetch(
        &mut self,
        rows: Box<dyn Rows>,
        limit: usize,
    ) -> Result<(Option<Box<dyn Rows>>, Result<bool>)> {
        self.doubtful = true;
        let Portion { rows, more } = self.lease().await?.fetch(rows, limit).await;
        self.doubtful = false;
        let more = more.map_err(|failure| self.failed(failure));
        self.hear(more.as_ref().err());
        Ok((rows, more))
    }

    /// After a dropped call on a cursor, asks whether the transaction still stands. What is sent
    /// next would otherwise be committed statement by statement.
    async fn make_sure(&mut self) -> Result<()> {
        let doubtful = std::mem::take(&mut self.doubtful) && self.begun.is_some();
        let Some(lease) = self.lease.as_mut().filter(|_| doubtful) else { return Ok(()) };
        let failure = match lease.run(Batch::default()).await {
            Ok(reply) if reply.in_transaction => return Ok(()),
            Ok(_) => Failure { step: 0, error: ended(), in_transaction: false },
            Err(failure) => failure,
        };
        Err(self.failed(failure))
    }

    /// Closes the cursor, if one may be open.
    pub(super) fn close(&mut self) {
        if let Some(lease) = &mut self.lease {
            lease.close();
        }
    }

    fn begun_for(&self, begin: Begin) -> Begin {
        match begin {
            Begin::Read if self.begun != Some(Begin::Write) => Begin::Read,
            _ => Begin::Write,
        }
    }

    /// What has to be sent before steps of this kind: BEGIN, and the end of dropped savepoints.
    fn opening(&mut self, begin: Begin) -> Result<Vec<Step>> {
        let mut steps = Vec::new();
        if let Some(keep) = self.keep.take()
            && keep < self.savepoints
        {
            steps.push(Step::RollbackTo(keep + 1));
            self.savepoints = keep;
        }
        match (self.begun, begin) {
            (None, begin) => steps.push(self.begin(begin)?),
            (Some(Begin::Read), Begin::Write | Begin::WriteNow)
                if self.capabilities().write_begins_anew =>
            {
                // Whether others have written is known only when the lock is there, to the driver.
                if self.upgrade == Upgrade::Anew {
                    steps.push(Step::Commit);
                }
                steps.push(self.begin(begin)?);
            }
            _ => {}
        }
        Ok(steps)
    }

    /// Learns from a failure whether the transaction still stands.
    fn failed(&mut self, failure: Failure) -> Error {
        let is_one = self.upgrade != Upgrade::Anew || self.holds_still();
        let matters = self.begun == Some(Begin::Write) || is_one;
        if !failure.in_transaction && self.begun.take().is_some() && matters {
            // The database ended it by itself: nothing of it may be taken for saved.
            self.savepoints = 0;
            self.end_all(Outcome::RolledBack);
            let error = failure.error.clone();
            self.state = State::Failed { error, depth: 0 };
        }
        failure.error
    }

    fn end_all(&mut self, outcome: Outcome) {
        if let Some(transaction) = self.scopes.first() {
            transaction.end(outcome);
        }
    }

    /// Sends steps and commits.
    pub(super) async fn commit(&mut self, steps: Vec<Step>) -> Result<Vec<Done>> {
        let begin = if steps.is_empty() { Begin::Read } else { Begin::Write };
        if steps.is_empty() && self.begun.is_none() && self.keep.is_none() {
            self.finish(Outcome::Committed);
            return Ok(Vec::new());
        }
        let mut steps = steps;
        steps.push(Step::Commit);
        self.state = State::Busy { committing: true };
        match self.run(begin, steps).await {
            Ok(mut done) => {
                done.pop();
                self.finish(Outcome::Committed);
                self.again = Again::Never;
                Ok(done)
            }
            Err(error) => {
                if error.kind() == ErrorKind::CommitUnknown {
                    self.end_all(Outcome::Unknown);
                }
                Err(error)
            }
        }
    }

    /// The transaction is over: the connection goes back, the next one is a new scope.
    fn finish(&mut self, outcome: Outcome) {
        self.end_all(outcome);
        if outcome == Outcome::Unknown {
            self.again = Again::Never;
        }
        self.scopes = vec![Scope::transaction(self.session)];
        (self.begun, self.savepoints, self.keep) = (None, 0, None);
        self.once = TransactionOptions::new();
        self.doubtful = false;
        self.lease = None;
        self.state = State::Ready;
    }

    /// Rolls everything back.
    pub(super) async fn roll_back(&mut self) -> Result<()> {
        let outcome = self.lost();
        self.end_all(outcome);
        let was_dropped = matches!(self.state, State::Busy { .. });
        if was_dropped {
            if let Some(lease) = &mut self.lease {
                // Before the connection is through, its locks are held and nobody can find out
                // whether it committed. Where this fails it is not used again.
                let _ = lease.run(Batch { steps: vec![Step::Rollback] }).await;
            }
            self.finish(outcome);
            return Ok(());
        }
        let result = if self.begun.is_some() {
            (self.savepoints, self.keep) = (0, None);
            self.doubtful = false;
            self.state = State::Busy { committing: false };
            self.run(Begin::Read, vec![Step::Rollback]).await.map(|_| ())
        } else {
            Ok(())
        };
        self.finish(outcome);
        result
    }

    /// How the transaction ends when it is given up now.
    fn lost(&self) -> Outcome {
        match &self.state {
            State::Busy { committing: true } => Outcome::Unknown,
            State::Failed { error, .. } if error.kind() == ErrorKind::CommitUnknown => {
                Outcome::Unknown
            }
            _ => Outcome::RolledBack,
        }
    }

    /// The session is dropped: without waiting, the connection ends what is under way on it.
    pub(super) fn abandon(&mut self) {
        self.end_all(self.lost());
        self.lease = None;
    }
}

fn ended() -> Error {
    Error::new(
        ErrorKind::Interrupted,
        "the database ended the transaction during a call on a stream that was dropped; roll back and do the work again",
    )
}
