//! The log of what the engines of a case send, to be compared.

use crate::{Need, backend};
use std::{cell::RefCell, sync::Once};
use tracing::{
    Event, Metadata as Callsite, Subscriber,
    field::{Field, Visit},
    span,
};

/// One statement that was sent: its text and how many sets of parameters it ran with.
#[derive(Clone, Debug, Default)]
pub struct Sent {
    /// The text as it was sent.
    pub sql: String,
    /// How many sets of parameters; none for `BEGIN` and its like.
    pub sets: u64,
}

thread_local! {
    static SENT: RefCell<Vec<Sent>> = const { RefCell::new(Vec::new()) };
}

/// What this thread's engines send from here on. A case runs in one thread, so it sees its own.
pub struct Log;

impl Log {
    /// Starts to listen.
    pub fn start() -> Self {
        static LISTEN: Once = Once::new();
        LISTEN.call_once(|| tracing::subscriber::set_global_default(Listener).unwrap());
        SENT.take();
        Log
    }

    /// What was sent since the last look, `BEGIN` and its like (no sets) included.
    pub fn take(&self) -> Vec<Sent> {
        SENT.take()
    }

    /// The statements since the last look, each on one line and with `?` for each parameter, without
    /// `BEGIN` and its like.
    pub fn sql(&self) -> Vec<String> {
        let statements = self.take().into_iter().filter(|sent| sent.sets > 0);
        statements.map(|sent| folded(&sent.sql)).collect()
    }

    /// The statements since the last look in short: what is done to which table, and how often,
    /// such as `INSERT hero` or `DELETE link x2`.
    pub fn outline(&self) -> Vec<String> {
        self.take().iter().filter(|sent| sent.sets > 0).map(Sent::outline).collect()
    }
}

/// A statement for several rows as the outline shows it: where it travels it takes them as a list, and
/// otherwise it runs for each, as in `DELETE link x2`.
pub fn for_rows(statement: &str, rows: usize) -> String {
    match backend::has(Need::ManyRows) {
        true => statement.to_owned(),
        false => format!("{statement} x{rows}"),
    }
}

impl Sent {
    fn outline(&self) -> String {
        let mut words = self.sql.split_whitespace();
        let verb = words.next().unwrap();
        let table = match verb {
            "INSERT" => words.nth(1),
            // MySQL names the table in front of the list, and a list in front of the table.
            "DELETE" => words.find(|word| *word != "FROM"),
            "UPDATE" if self.sql.starts_with("UPDATE JSON_TABLE") => {
                words.find(|word| *word == "STRAIGHT_JOIN").and_then(|_| words.next())
            }
            "UPDATE" => words.next(),
            _ => words.find(|word| *word == "FROM").and_then(|_| words.next()),
        };
        // Where INSERT gives no keys back, or need not travel, rows go one by one.
        let many = backend::has(Need::InsertReturning) && backend::has(Need::ManyRows);
        let one_by_one = verb == "INSERT" && !many;
        let times =
            if self.sets > 1 && !one_by_one { format!(" x{}", self.sets) } else { String::new() };
        format!("{verb} {}{times}", table.unwrap_or_default())
    }
}

fn folded(sql: &str) -> String {
    let mut text = String::with_capacity(sql.len());
    let words = sql.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut letters = words.chars().peekable();
    while let Some(letter) = letters.next() {
        // PostgreSQL numbers its parameters.
        if letter == '$' && letters.peek().is_some_and(char::is_ascii_digit) {
            while letters.next_if(char::is_ascii_digit).is_some() {}
            text.push('?');
        } else {
            text.push(letter);
        }
    }
    text
}

struct Listener;

impl Subscriber for Listener {
    fn enabled(&self, callsite: &Callsite<'_>) -> bool {
        callsite.target() == "relata::engine"
    }
    fn event(&self, event: &Event<'_>) {
        let mut sent = Sent::default();
        event.record(&mut sent);
        if !sent.sql.is_empty() {
            SENT.with_borrow_mut(|log| log.push(sent));
        }
    }
    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

impl Visit for Sent {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "sql" {
            self.sql = value.into();
        }
    }
    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "sets" {
            self.sets = value;
        }
    }
    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}
