//! What is told of a batch: the echo's text, and the events that a subscriber sees.

use super::*;
use chrono::DateTime;
use relata_core::{
    Error, ErrorKind,
    connection::{Begin, Done, Params, Statement},
    value::Value,
};
use std::{fmt, sync::Mutex};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

const TOOK: Duration = Duration::from_micros(170);

fn run(sql: &str, params: Params) -> Step {
    Step::Run(Statement { params, ..Statement::text(sql) })
}

/// One transaction that adds two teams.
fn teams() -> Batch {
    let values = ["Preventers", "Z-Force"].map(|name| Value::Text(name.into())).into();
    let steps = vec![
        Step::Begin(Begin::Write),
        run("INSERT INTO team (name)\nVALUES (?)", Params { width: 1, sets: 2, values }),
        run("PRAGMA optimize", Params::default()),
        Step::Commit,
    ];
    Batch { steps }
}

fn done() -> Reply {
    let affected = [vec![], vec![1, 1], vec![], vec![]];
    let done = affected.map(|affected| Done { affected, ..Done::default() }).into();
    Reply { done, in_transaction: false }
}

fn failure() -> Failure {
    let error = Error::new(ErrorKind::UniqueViolation, "`Preventers` is there already");
    Failure { step: 1, error, in_transaction: true }
}

fn reporter(hide_parameters: bool) -> Arc<Reporter> {
    Arc::new(Reporter::new(true, hide_parameters))
}

/// The echo of a batch, with the first `reached` of its steps.
fn echoed(reporter: &Arc<Reporter>, reached: usize, end: &End<'_>) -> String {
    let mut report = reporter.begin(&teams()).unwrap();
    report.ended = true;
    let at = DateTime::from_timestamp_millis(1_896_091_200_123).unwrap();
    let echo = reporter.echo.as_ref().unwrap();
    let sent = &report.sent[..reached];
    report.records(Records::new(at), echo, sent, TOOK, end).text().to_owned()
}

#[test]
fn the_echo_of_a_batch() {
    let reporter = reporter(false);
    insta::assert_snapshot!(echoed(&reporter, 4, &End::Done(&done())), @r"
    2030-01-31 12:00:00,123 INFO relata.engine BEGIN (implicit)
    2030-01-31 12:00:00,123 INFO relata.engine INSERT INTO team (name)
    VALUES (?)
    2030-01-31 12:00:00,123 INFO relata.engine [generated in 0.00017s] [('Preventers',), ('Z-Force',)]
    2030-01-31 12:00:00,123 INFO relata.engine PRAGMA optimize
    2030-01-31 12:00:00,123 INFO relata.engine [no key 0.00017s] ()
    2030-01-31 12:00:00,123 INFO relata.engine COMMIT
    ");
    let again = echoed(&reporter, 4, &End::Done(&done()));
    assert!(again.contains("INFO relata.engine [cached since "), "{again}");
    assert!(again.contains("s ago] [('Preventers',), ('Z-Force',)]\n"), "{again}");
}

#[test]
fn the_echo_of_a_batch_that_failed() {
    insta::assert_snapshot!(echoed(&reporter(true), 2, &End::Failed(&failure())), @r"
    2030-01-31 12:00:00,123 INFO relata.engine BEGIN (implicit)
    2030-01-31 12:00:00,123 INFO relata.engine INSERT INTO team (name)
    VALUES (?)
    2030-01-31 12:00:00,123 INFO relata.engine [generated in 0.00017s] [parameters hidden by `hide_parameters`]
    2030-01-31 12:00:00,123 INFO relata.engine [failed in 0.00017s] UniqueViolation
    ");
}

#[test]
fn the_echo_of_a_batch_that_was_dropped() {
    insta::assert_snapshot!(echoed(&reporter(true), 1, &End::Dropped), @r"
    2030-01-31 12:00:00,123 INFO relata.engine BEGIN (implicit)
    2030-01-31 12:00:00,123 INFO relata.engine [dropped before it ended]
    ");
}

#[test]
fn a_cursor_that_was_closed() {
    insta::assert_snapshot!(echoed(&reporter(true), 1, &End::Closed), @r"
    2030-01-31 12:00:00,123 INFO relata.engine BEGIN (implicit)
    2030-01-31 12:00:00,123 INFO relata.engine [closed before the last row]
    ");
}

#[test]
fn the_time_of_the_program_is_not_counted() {
    let mut report = reporter(true).begin(&Batch::default()).unwrap();
    assert!(report.since.is_some());
    report.pause();
    assert!(report.since.is_none());
    assert_eq!(report.took(), report.spent);
    report.spent = TOOK;
    report.resume();
    let resumed = report.since;
    report.resume();
    assert_eq!(report.since, resumed, "it goes on");
    assert!(report.took() >= TOOK);
    report.ended = true;
}

#[test]
fn nothing_is_kept_where_nobody_listens() {
    tracing::subscriber::with_default(tracing::subscriber::NoSubscriber::default(), || {
        assert!(Arc::new(Reporter::new(false, false)).begin(&teams()).is_none());
    });
}

/// Keeps each event as one line, without the seconds.
#[derive(Clone, Default)]
struct Listener(Arc<Mutex<Vec<String>>>);

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "relata::engine"
    }

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(event.metadata().level().to_string());
        event.record(&mut line);
        self.0.lock().unwrap().push(line.0);
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() != "seconds" {
            self.0.push_str(&format!(" {}={value:?}", field.name()));
        }
    }
}

/// The events of some work, one a line. Another test may come by for the first time at this moment, and find that
/// nobody listens; what it found may be kept until the next look. So it is done until twice the same was heard.
fn heard(work: impl Fn()) -> String {
    let listener = Listener::default();
    let hear = || {
        tracing::callsite::rebuild_interest_cache();
        work();
        std::mem::take(&mut *listener.0.lock().unwrap()).join("\n")
    };
    tracing::subscriber::with_default(listener.clone(), || {
        let mut before = hear();
        for _ in 0..1000 {
            let now = hear();
            if !now.is_empty() && now == before {
                break;
            }
            before = now;
        }
        before
    })
}

/// The events of a batch.
fn events(hide_parameters: bool, outcome: Option<&Result<Reply, Failure>>) -> String {
    heard(|| {
        let reporter = Arc::new(Reporter::new(false, hide_parameters));
        let Some(report) = reporter.begin(&teams()) else { return };
        match outcome {
            Some(outcome) => report.end(outcome.as_ref()),
            None => drop(report),
        }
    })
}

#[test]
fn events_of_a_batch() {
    insta::assert_snapshot!(events(false, Some(&Ok(done()))), @r#"
    DEBUG sql="BEGIN (implicit)"
    DEBUG sql="INSERT INTO team (name)\nVALUES (?)" sets=2 params="[('Preventers',), ('Z-Force',)]" affected=2
    DEBUG sql="PRAGMA optimize" sets=1 params="()"
    DEBUG sql="COMMIT"
    "#);
}

#[test]
fn events_of_a_batch_that_failed() {
    insta::assert_snapshot!(events(true, Some(&Err(failure()))), @r#"
    DEBUG sql="BEGIN (implicit)"
    DEBUG sql="INSERT INTO team (name)\nVALUES (?)" sets=2 error=UniqueViolation
    "#);
}

#[test]
fn events_of_a_batch_that_was_dropped() {
    let events = events(true, None);
    assert_eq!(events.lines().count(), 5);
    assert!(events.ends_with("\nDEBUG message=the batch was dropped before it ended"), "{events}");
}

#[test]
fn events_of_cursors() {
    let events = heard(|| {
        let reporter = Arc::new(Reporter::new(false, false));
        let open = |sql: &str| reporter.open(&Statement::text(sql));
        let [Some(first), Some(second), Some(third)] =
            ["SELECT 1", "SELECT 2", "SELECT 3"].map(open)
        else {
            return;
        };
        first.end(Ok(&Reply::default()));
        second.close();
        let mut failure = failure();
        failure.step = 0;
        third.end(Err(&failure));
    });
    insta::assert_snapshot!(events, @r#"
    DEBUG sql="SELECT 1" sets=1 params="()"
    DEBUG sql="SELECT 2" sets=1 params="()"
    DEBUG sql="SELECT 3" sets=1 params="()" error=UniqueViolation
    "#);
}
