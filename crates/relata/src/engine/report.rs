//! Tells what a batch sent, or what a cursor read, to the [echo](super::echo) and as `tracing`
//! events. Where neither is wanted it costs one look at a flag.

use super::{
    echo::{Echo, Records, control, stamp},
    params,
};
use chrono::Utc;
use relata_core::connection::{Batch, Failure, Reply, Statement, Step};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tracing::Level;

const HIDDEN: &str = "[parameters hidden by `hide_parameters`]";

/// What one engine reports, and what it keeps to itself.
pub(super) struct Reporter {
    echo: Option<Echo>,
    hide_parameters: bool,
}

impl Reporter {
    pub(super) fn new(echo: bool, hide_parameters: bool) -> Self {
        Reporter { echo: echo.then(Echo::default), hide_parameters }
    }

    /// Notes what is about to be sent; `None` where nobody wants to know.
    pub(super) fn begin(self: &Arc<Self>, batch: &Batch) -> Option<Report> {
        self.note(|| batch.steps.iter().map(|step| self.sent(step)).collect())
    }

    /// As [`begin`](Reporter::begin), of a statement whose rows a cursor reads.
    pub(super) fn open(self: &Arc<Self>, statement: &Statement) -> Option<Report> {
        self.note(|| vec![self.run(statement)])
    }

    fn note(self: &Arc<Self>, sent: impl FnOnce() -> Vec<Sent>) -> Option<Report> {
        let traced = tracing::enabled!(target: "relata::engine", Level::DEBUG);
        (traced || self.echo.is_some()).then(|| Report {
            reporter: Arc::clone(self),
            traced,
            sent: sent(),
            spent: Duration::ZERO,
            since: Some(Instant::now()),
            ended: false,
        })
    }

    fn sent(&self, step: &Step) -> Sent {
        match step {
            Step::Run(statement) => self.run(statement),
            other => {
                Sent { sql: control(other).unwrap_or_default().into(), sets: None, params: None }
            }
        }
    }

    fn run(&self, statement: &Statement) -> Sent {
        Sent {
            sql: Arc::clone(&statement.sql),
            sets: Some(statement.params.sets),
            params: (!self.hide_parameters).then(|| params::shown(&statement.params)),
        }
    }
}

/// One step of a batch.
struct Sent {
    sql: Arc<str>,
    /// How many sets of parameters; `None` for what is no statement.
    sets: Option<usize>,
    params: Option<String>,
}

/// How a batch or cursor ended.
enum End<'a> {
    Done(&'a Reply),
    Failed(&'a Failure),
    /// Its future was dropped.
    Dropped,
    /// A cursor was closed before its last row.
    Closed,
}

/// What is told of one batch, when it ends or its future is dropped, or of one cursor.
pub(super) struct Report {
    reporter: Arc<Reporter>,
    traced: bool,
    sent: Vec<Sent>,
    /// How long the database took until `since`, where it works again since then.
    spent: Duration,
    since: Option<Instant>,
    ended: bool,
}

impl Report {
    /// The program is at work, not the database.
    pub(super) fn pause(&mut self) {
        self.spent = self.took();
        self.since = None;
    }

    /// The database is at work again.
    pub(super) fn resume(&mut self) {
        self.since = self.since.or_else(|| Some(Instant::now()));
    }

    fn took(&self) -> Duration {
        self.spent + self.since.map_or(Duration::ZERO, |since| since.elapsed())
    }

    /// The cursor was closed.
    pub(super) fn close(mut self) {
        self.ended = true;
        self.tell(&End::Closed);
    }

    pub(super) fn end(mut self, outcome: Result<&Reply, &Failure>) {
        self.ended = true;
        self.tell(&match outcome {
            Ok(reply) => End::Done(reply),
            Err(failure) => End::Failed(failure),
        });
    }

    fn tell(&self, end: &End<'_>) {
        let took = self.took();
        let reached = match end {
            End::Failed(failure) => failure.step.saturating_add(1).min(self.sent.len()),
            _ => self.sent.len(),
        };
        let sent = &self.sent[..reached];
        if self.traced {
            trace(sent, end, took);
        }
        if let Some(echo) = &self.reporter.echo {
            self.records(Records::new(Utc::now()), echo, sent, took, end).write();
        }
    }

    fn records(
        &self,
        mut records: Records,
        echo: &Echo,
        sent: &[Sent],
        took: Duration,
        end: &End<'_>,
    ) -> Records {
        for step in sent {
            records.add(&step.sql);
            if step.sets.is_some() {
                let stamp = stamp(&step.sql, took, echo.since(&step.sql));
                records.add(&format!("{stamp} {}", step.params.as_deref().unwrap_or(HIDDEN)));
            }
        }
        match end {
            End::Done(_) => {}
            End::Failed(failure) => {
                let (took, kind) = (took.as_secs_f64(), failure.error.kind());
                records.add(&format!("[failed in {took:.5}s] {kind:?}"));
            }
            End::Dropped => records.add("[dropped before it ended]"),
            End::Closed => records.add("[closed before the last row]"),
        }
        records
    }
}

impl Drop for Report {
    fn drop(&mut self) {
        if !self.ended {
            self.tell(&End::Dropped);
        }
    }
}

/// One event for each step. `seconds` is how long the whole batch took.
fn trace(sent: &[Sent], end: &End<'_>, took: Duration) {
    let seconds = took.as_secs_f64();
    for (at, Sent { sql, sets, params }) in sent.iter().enumerate() {
        let (sql, params) = (&**sql, params.as_deref());
        match end {
            End::Failed(failure) if failure.step == at => {
                let error = failure.error.kind();
                tracing::debug!(target: "relata::engine", sql, sets, params, seconds, ?error);
            }
            _ => {
                let affected = affected(end, at);
                tracing::debug!(target: "relata::engine", sql, sets, params, seconds, affected);
            }
        }
    }
    if let End::Dropped = end {
        tracing::debug!(target: "relata::engine", seconds, "the batch was dropped before it ended");
    }
}

/// How many rows a step changed, where that is known and means something.
fn affected(end: &End<'_>, at: usize) -> Option<u64> {
    let End::Done(reply) = end else { return None };
    let affected = &reply.done.get(at)?.affected;
    (!affected.is_empty()).then(|| affected.iter().sum())
}

#[cfg(test)]
mod tests;
