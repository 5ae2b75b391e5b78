//! The echo: what is sent, on the standard error, laid out as SQLAlchemy's engine log.

use chrono::{DateTime, Utc};
use relata_core::connection::Step;
use std::{
    borrow::Cow,
    collections::HashMap,
    io::Write as _,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How many statements are remembered as sent before.
const STATEMENTS: usize = 500;

/// The statements that one engine has sent, and when first.
#[derive(Default)]
pub(super) struct Echo {
    first: Mutex<HashMap<Arc<str>, Instant>>,
}

impl Echo {
    /// How long ago the statement was sent first; `None` where this is the first time.
    pub(super) fn since(&self, sql: &Arc<str>) -> Option<Duration> {
        let mut first = self.first.lock().unwrap_or_else(PoisonError::into_inner);
        let since = first.get(sql).map(Instant::elapsed);
        if since.is_none() {
            if first.len() >= STATEMENTS {
                first.clear();
            }
            first.insert(Arc::clone(sql), Instant::now());
        }
        since
    }
}

/// Records of one batch. They are written together, so that those of two threads do not mix.
pub(super) struct Records {
    at: DateTime<Utc>,
    text: String,
}

impl Records {
    pub(super) fn new(at: DateTime<Utc>) -> Self {
        Records { at, text: String::new() }
    }

    /// Adds a record; it may have several lines.
    pub(super) fn add(&mut self, text: &str) {
        let at = self.at.format("%Y-%m-%d %H:%M:%S,%3f");
        self.text.push_str(&format!("{at} INFO relata.engine {text}\n"));
    }

    #[cfg(test)]
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Writes them. Where the standard error is closed nobody misses them.
    pub(super) fn write(self) {
        let _ = std::io::stderr().lock().write_all(self.text.as_bytes());
    }
}

/// A step that is no statement of the program's own.
pub(super) fn control(step: &Step) -> Option<Cow<'static, str>> {
    Some(match step {
        Step::Begin(_) => "BEGIN (implicit)".into(),
        Step::BeginWith(_, options) => format!("BEGIN {options} (implicit)").into(),
        Step::Commit => "COMMIT".into(),
        Step::Rollback => "ROLLBACK".into(),
        Step::Savepoint(depth) => format!("SAVEPOINT relata_{depth}").into(),
        Step::Release(depth) => format!("RELEASE SAVEPOINT relata_{depth}").into(),
        Step::RollbackTo(depth) => format!("ROLLBACK TO SAVEPOINT relata_{depth}").into(),
        Step::Run(_) => return None,
    })
}

/// The line after a statement, without its parameters.
pub(super) fn stamp(sql: &str, took: Duration, since: Option<Duration>) -> String {
    let took = took.as_secs_f64();
    match since {
        _ if !is_cached(sql) => format!("[no key {took:.5}s]"),
        None => format!("[generated in {took:.5}s]"),
        Some(since) => format!("[cached since {}s ago]", four_digits(since.as_secs_f64())),
    }
}

/// Whether SQLAlchemy would keep the compiled statement; it does not for DDL and pragmas.
fn is_cached(sql: &str) -> bool {
    let word = sql.split_whitespace().next().unwrap_or_default();
    ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"]
        .iter()
        .any(|dml| dml.eq_ignore_ascii_case(word))
}

/// The number with four significant digits, or all those before the point.
fn four_digits(seconds: f64) -> String {
    let places = (1..=9).find(|places| seconds * 10_f64.powi(*places) >= 999.95);
    let places = if seconds >= 999.5 { 0 } else { places.unwrap_or(9) };
    let text = format!("{seconds:.*}", usize::try_from(places).unwrap_or(0));
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use relata_core::{Isolation, connection::Begin};

    #[test]
    fn records() {
        let at = DateTime::from_timestamp_millis(1_896_091_200_123).unwrap();
        let mut records = Records::new(at);
        records.add("BEGIN (implicit)");
        records.add("SELECT hero.id\nFROM hero");
        records.add("[no key 0.00013s] ()");
        insta::assert_snapshot!(records.text, @r"
        2030-01-31 12:00:00,123 INFO relata.engine BEGIN (implicit)
        2030-01-31 12:00:00,123 INFO relata.engine SELECT hero.id
        FROM hero
        2030-01-31 12:00:00,123 INFO relata.engine [no key 0.00013s] ()
        ");
    }

    #[test]
    fn steps_that_control_the_transaction() {
        let steps = [
            Step::Begin(Begin::Read),
            Step::Begin(Begin::Write),
            Step::BeginWith(Begin::Read, Isolation::Serializable.read_only()),
            Step::Savepoint(1),
            Step::Release(1),
            Step::RollbackTo(2),
            Step::Commit,
            Step::Rollback,
        ];
        let shown: Vec<_> = steps.iter().filter_map(control).collect();
        insta::assert_snapshot!(shown.join("\n"), @r"
        BEGIN (implicit)
        BEGIN (implicit)
        BEGIN ISOLATION LEVEL SERIALIZABLE, READ ONLY (implicit)
        SAVEPOINT relata_1
        RELEASE SAVEPOINT relata_1
        ROLLBACK TO SAVEPOINT relata_2
        COMMIT
        ROLLBACK
        ");
    }

    #[test]
    fn stamps() {
        let micros = Duration::from_micros;
        insta::assert_snapshot!(stamp("SELECT 1", micros(170), None), @"[generated in 0.00017s]");
        insta::assert_snapshot!(
            stamp("insert INTO hero", micros(170), Some(micros(1000))),
            @"[cached since 0.001s ago]"
        );
        for sql in ["CREATE TABLE hero (id)", "PRAGMA foreign_keys", ""] {
            for since in [None, Some(micros(1000))] {
                assert_eq!(stamp(sql, micros(130), since), "[no key 0.00013s]");
            }
        }
    }

    #[test]
    fn four_digits_are_shown() {
        for (seconds, shown) in [
            (0.0, "0"),
            (0.000_012_345_6, "0.00001235"),
            (0.001, "0.001"),
            (0.012_346, "0.01235"),
            (1.5, "1.5"),
            (9.999_96, "10"),
            (12.345_6, "12.35"),
            (999.9, "1000"),
            (86_400.2, "86400"),
        ] {
            assert_eq!(four_digits(seconds), shown, "{seconds}");
        }
    }

    #[test]
    fn a_statement_is_new_once() {
        let echo = Echo::default();
        let [one, two]: [Arc<str>; 2] = ["SELECT 1".into(), "SELECT 2".into()];
        assert_eq!(echo.since(&one), None);
        assert_eq!(echo.since(&two), None);
        assert!(echo.since(&Arc::from("SELECT 1")).is_some());
        for other in 0..STATEMENTS {
            echo.since(&format!("SELECT -{other}").into());
        }
        assert_eq!(echo.since(&one), None, "forgotten, so that the memory stays small");
    }
}
