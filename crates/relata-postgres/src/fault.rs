//! What PostgreSQL's errors mean: a kind, and the table, columns and constraint that they name.

use crate::tls;
use relata_core::error::{Error, ErrorKind, REFERRED_TO};
use std::error::Error as _;
use tokio_postgres::error::{DbError, ErrorPosition, Severity};

type Table = Option<&'static str>;

/// What is known of an error of the server, apart from how it came here.
#[derive(Clone, Copy, Default)]
pub(crate) struct Facts<'a> {
    /// Whether its severity says that the connection ends with it.
    pub(crate) fatal: bool,
    pub(crate) code: &'a str,
    pub(crate) message: &'a str,
    pub(crate) detail: Option<&'a str>,
    pub(crate) schema: Option<&'a str>,
    pub(crate) table: Option<&'a str>,
    pub(crate) column: Option<&'a str>,
    pub(crate) constraint: Option<&'a str>,
}

impl<'a> Facts<'a> {
    pub(crate) fn of(error: &'a DbError) -> Self {
        Facts {
            fatal: is_fatal(error),
            code: error.code().code(),
            message: error.message(),
            detail: error.detail(),
            schema: error.schema(),
            table: error.table(),
            column: error.column(),
            constraint: error.constraint(),
        }
    }

    /// The table that the server names, with its schema where it is the one that the statement writes
    /// to and that has one.
    fn table_of(&self, written: Table) -> Option<&'a str> {
        let named = self.table?;
        let is = |written: &&str| schema(written, named).is_some_and(|of| Some(of) == self.schema);
        Some(written.filter(is).unwrap_or(named))
    }
}

/// What stands in front of a table's bare name.
fn schema<'w>(written: &'w str, bare: &str) -> Option<&'w str> {
    written.strip_suffix(bare)?.strip_suffix('.')
}

/// The error of a statement that writes to `table`; `ended` is why the connection ended, where that
/// is known.
pub(crate) fn classify(
    error: tokio_postgres::Error,
    table: Table,
    ended: impl FnOnce() -> Option<String>,
) -> Error {
    let described = match error.as_db_error() {
        Some(server) => {
            let described = describe(Facts::of(server), table);
            match server.position() {
                Some(ErrorPosition::Original(at)) if described.kind() == ErrorKind::Database => {
                    described.with_note(format!("at character {at} of the statement"))
                }
                _ => described,
            }
        }
        None if is_lost(&error) => lost(ended().unwrap_or_else(|| reason(&error))),
        None => Error::new(ErrorKind::Database, reason(&error)),
    };
    // The server's own error repeats values of the row in its detail.
    if error.as_db_error().is_some() { described } else { described.with_source(error) }
}

/// What an error says, with what caused it.
pub(crate) fn reason(error: &tokio_postgres::Error) -> String {
    if let Some(server) = error.as_db_error() {
        return server.message().to_owned();
    }
    match error.source() {
        Some(source) => source.to_string(),
        None => error.to_string(),
    }
}

/// Whether nothing more will come over the connection.
pub(crate) fn is_lost(error: &tokio_postgres::Error) -> bool {
    match error.as_db_error() {
        Some(server) => is_fatal(server) || is_end(server.code().code()),
        None => error.is_closed() || error.source().is_some_and(is_broken),
    }
}

/// Whether bytes could not be passed; what could not be written as bytes at all is not sent.
fn is_broken(source: &(dyn std::error::Error + 'static)) -> bool {
    let error = source.downcast_ref::<std::io::Error>();
    error.is_some_and(|error| error.kind() != std::io::ErrorKind::InvalidInput)
}

/// Whether the connection ends with this. Proxies such as pgbouncer leave out the severity
/// that is the same in all languages.
fn is_fatal(error: &DbError) -> bool {
    match error.parsed_severity() {
        Some(severity) => matches!(severity, Severity::Fatal | Severity::Panic),
        None => matches!(error.severity(), "FATAL" | "PANIC"),
    }
}

/// Whether it is the word of a proxy, which does not know how far the server came.
pub(crate) fn is_hearsay(error: &DbError) -> bool {
    error.code().code().starts_with("08")
}

/// Whether the server ends the connection with this code.
fn is_end(code: &str) -> bool {
    matches!(
        code,
        "57P01"
            | "57P02"
            | "57P04"
            | "57P05"
            | "25P03"
            | "25P04"
            | "08000"
            | "08001"
            | "08003"
            | "08004"
            | "08006"
    )
}

pub(crate) fn lost(why: impl std::fmt::Display) -> Error {
    let message =
        format!("the connection to the server was lost: {why}; do the work again in a new session");
    Error::new(ErrorKind::ConnectionLost, message)
}

/// The error that a code and its fields stand for.
pub(crate) fn describe(mut facts: Facts<'_>, table: Table) -> Error {
    facts.table = facts.table_of(table);
    let error = match facts.code {
        code if facts.fatal || is_end(code) => lost(facts.message),
        "23505" => unique(facts),
        "23502" => not_null(facts, table),
        "23503" | "23001" => foreign_key(facts, table),
        "23514" => check(facts),
        "2BP01" => depended_on(facts),
        "42P01" => missing_table(facts.message),
        "42703" => missing_column(facts.message, table),
        _ => by_code(facts),
    };
    let error = match facts.constraint {
        Some(name) => error.with_constraint(name),
        None => error,
    };
    let error = match facts.table {
        Some(table) => error.with_table(table.to_owned()),
        None => error,
    };
    error.with_code(facts.code)
}

/// What is to be dropped has others that depend on it; of those that are foreign keys the detail speaks of
/// constraints.
fn depended_on(facts: Facts<'_>) -> Error {
    if facts.detail.is_some_and(|detail| detail.starts_with("constraint ")) {
        return Error::new(ErrorKind::ForeignKeyViolation, REFERRED_TO);
    }
    Error::new(ErrorKind::Database, format!("{}; drop these first", facts.message))
}

fn by_code(facts: Facts<'_>) -> Error {
    let said = facts.message;
    if let Some(cure) = rewriting(facts.code, said) {
        return Error::new(ErrorKind::InvalidStatement, format!("{said}; {cure}"));
    }
    let (kind, message) = match facts.code {
        "40001" => (ErrorKind::Busy, format!("{said}; roll back and do the work again")),
        "40P01" => (
            ErrorKind::Busy,
            "two transactions waited for each other, and this one was chosen to fail; roll back and do the work again".into(),
        ),
        "55P03" if said.starts_with("could not obtain lock") => (
            ErrorKind::Busy,
            "another transaction has locked a row, and `no_wait` does not wait for it; try again later".into(),
        ),
        "55P03" => (
            ErrorKind::Busy,
            "the lock is held by another connection; try again, or wait longer for it with `lock_timeout` in the URL".into(),
        ),
        "57014" => (ErrorKind::Timeout, cancelled(said)),
        "25P02" => (
            ErrorKind::RollbackRequired,
            "an earlier statement of this transaction failed, so the database takes nothing but a rollback; roll back and do the work again".into(),
        ),
        "25006" => (
            ErrorKind::ReadOnly,
            format!("{said}; begin the transaction without `read_only`, or connect to a server that takes writes, such as with `target_session_attrs=read-write` in the URL"),
        ),
        "53100" => (ErrorKind::Full, format!("the server's disk is full: {said}; make room on it")),
        "22003" | "22007" | "22008" | "22P02" => (ErrorKind::OutOfRange, without_value(said)),
        "22001" => (
            ErrorKind::OutOfRange,
            format!("{said}; shorten it or raise `max_length`"),
        ),
        "22021" | "22P03" | "22P05" => (ErrorKind::OutOfRange, said.to_owned()),
        "42P05" | "26000" => (
            ErrorKind::Database,
            format!("{said}; where a proxy such as pgbouncer shares connections between transactions, write `statement_cache=0` in the URL"),
        ),
        "0A000" if said.contains("cached plan") => (
            ErrorKind::Busy,
            "a table of the statement was altered since the statement was prepared; do the work again".into(),
        ),
        "XX000" if said.starts_with("cache lookup failed for type") => (
            ErrorKind::Busy,
            "a type of the statement was dropped since the statement was prepared; do the work again".into(),
        ),
        "42601" if said.contains("multiple commands") => (
            ErrorKind::Database,
            "the text holds more than one statement; send one by one".into(),
        ),
        _ => (ErrorKind::Database, said.to_owned()),
    };
    Error::new(kind, message)
}

/// What to write instead, where the statement says what the server does not do.
fn rewriting(code: &str, said: &str) -> Option<&'static str> {
    Some(match code {
        "42803" if said.contains("GROUP BY") => {
            "give the column to `group_by` too, or select an aggregate of it, such as `max`"
        }
        "42803" => "aggregates are for what is selected, `having` and `order_by`",
        "42P10" if said.starts_with("in an aggregate") => {
            "order a distinct aggregate by its own argument, or leave `distinct` out"
        }
        "42P10" if said.starts_with("SELECT DISTINCT ON") => {
            "begin `order_by` with the columns of `distinct_on`"
        }
        "42P10" if said.contains("DISTINCT") => {
            "select what `order_by` names too, or order by what is selected"
        }
        "0A000" if said.starts_with("FOR ") && said.contains("outer join") => {
            "lock in a statement of its own, by key, or use `join` in place of `left_join`"
        }
        "0A000" if said.starts_with("FOR ") => {
            "lock the rows in a statement of their own, and group or combine them in another"
        }
        "21000" if said.starts_with("ON CONFLICT") => {
            "two of the rows that are inserted have the same key; give each once"
        }
        "21000" if said.contains("subquery") => ONE_ROW,
        _ => return None,
    })
}

const ONE_ROW: &str = "narrow it to one row by `filter`, or with `order_by` and `limit(1)`; for any of several rows use `is_in`";

fn cancelled(said: &str) -> String {
    if said.contains("timeout") {
        return format!("{said}; make it faster, or raise `statement_timeout` in the URL");
    }
    format!("the statement was stopped: {said}")
}

/// The columns that the detail names, `Key (name, age)=(…, …) already exists.` in whatever
/// language; none where they are expressions.
fn key_columns(detail: Option<&str>) -> Vec<String> {
    let named = detail.and_then(|detail| {
        let (before, _) = detail.split_once(")=(")?;
        let (_, list) = before.split_once('(')?;
        (!list.contains(['(', ')', ':'])).then_some(list)
    });
    named.map(|list| list.split(", ").map(unquoted).collect()).unwrap_or_default()
}

fn unquoted(name: &str) -> String {
    match name.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(inner) => inner.replace("\"\"", "\""),
        None => name.to_owned(),
    }
}

fn unique(facts: Facts<'_>) -> Error {
    let columns = key_columns(facts.detail);
    let names = match (facts.table, facts.constraint) {
        (Some(table), _) if !columns.is_empty() => {
            let names = columns.iter().map(|column| format!("`{table}.{column}`"));
            names.collect::<Vec<_>>().join(", ")
        }
        (_, Some(index)) => format!("index `{index}`"),
        _ => facts.message.to_owned(),
    };
    Error::new(ErrorKind::UniqueViolation, format!("unique constraint failed: {names}"))
        .with_columns(columns)
}

fn not_null(facts: Facts<'_>, table: Table) -> Error {
    let column = facts.column.unwrap_or("?");
    let name = match facts.table.or(table) {
        Some(table) => format!("{table}.{column}"),
        None => column.to_owned(),
    };
    Error::new(ErrorKind::NotNullViolation, format!("not null constraint failed: `{name}`"))
        .with_columns(facts.column.map(str::to_owned))
}

/// The server names the table that has the key, the statement may be on the one it refers to.
fn foreign_key(facts: Facts<'_>, table: Table) -> Error {
    let place = match table.or(facts.table) {
        Some(table) => format!(" on table `{table}`"),
        None => String::new(),
    };
    let detail = facts.detail.unwrap_or_default();
    let columns = key_columns(facts.detail);
    let removes = detail.contains("referenced from table")
        || table.zip(facts.table).is_some_and(|(written, owner)| written != owner);
    let cure = match facts.table {
        Some(owner) if removes => format!("rows of `{owner}` refer to it; remove those first"),
        _ if removes => "other rows refer to it; remove those first".to_owned(),
        _ => {
            let key = match &columns[..] {
                [] => "it".to_owned(),
                columns => format!("`{}`", columns.join("`, `")),
            };
            format!("the row that {key} refers to does not exist; add that first")
        }
    };
    let message = format!("foreign key constraint failed{place}: {cure}");
    let error = Error::new(ErrorKind::ForeignKeyViolation, message).with_columns(columns);
    match table {
        Some(table) => error.with_table(table),
        None => error,
    }
}

fn check(facts: Facts<'_>) -> Error {
    let name = facts.constraint.unwrap_or(facts.message);
    let place = facts.table.map_or(String::new(), |table| format!(" on table `{table}`"));
    Error::new(ErrorKind::CheckViolation, format!("check constraint failed{place}: `{name}`"))
}

fn missing_table(said: &str) -> Error {
    let table = quoted(said).next().unwrap_or(said);
    let message =
        format!("table `{table}` does not exist; create it with `metadata().create_all(&engine)`");
    Error::new(ErrorKind::MissingTable, message).with_table(table.to_owned())
}

/// `column "nme" of relation "hero" does not exist`, `column hero.nme does not exist`, or without a
/// table.
fn missing_column(said: &str, written: Table) -> Error {
    const CURE: &str = "`create_all` leaves tables that exist as they are, so alter it";
    let mut names = quoted(said);
    let qualified =
        said.split(' ').find_map(|word| word.split_once('.').filter(|(_, name)| !name.is_empty()));
    let (table, column) = match (names.next(), names.next(), qualified) {
        (Some(column), table, _) => (table, column),
        (None, _, Some((table, column))) => (Some(table), column),
        (None, _, None) => (None, said),
    };
    // the server leaves out the schema
    let whole = |named| written.filter(|written| schema(written, named).is_some());
    let table = table.map(|named| whole(named).unwrap_or(named));
    let message = match table {
        Some(table) => format!("table `{table}` has no column `{column}`; {CURE}"),
        None => format!("no table of the statement has a column `{column}`; {CURE}"),
    };
    let error = Error::new(ErrorKind::MissingColumn, message).with_columns([column.to_owned()]);
    match table {
        Some(table) => error.with_table(table.to_owned()),
        None => error,
    }
}

/// A message without the value that it quotes: `invalid input syntax for type integer: "x"`,
/// `value "9" is out of range for type integer`. The value may hold quotes, too.
fn without_value(said: &str) -> String {
    // Names of variants are the program's own.
    if said.starts_with("invalid input value for enum") {
        return said.to_owned();
    }
    let said = said.split_once(": ").map_or(said, |(head, _)| head);
    match (said.find('"'), said.rfind('"')) {
        (Some(start), Some(end)) => {
            let (head, tail) = (&said[..start], said[end + 1..].trim_start());
            let head = if head.is_empty() { "a value " } else { head };
            format!("{head}{tail}").trim_end().to_owned()
        }
        _ => said.to_owned(),
    }
}

/// The parts of a message that stand in quotes.
fn quoted(said: &str) -> impl Iterator<Item = &str> {
    said.split('"').skip(1).step_by(2)
}

/// The error of a connection that could not be opened.
pub(crate) fn cannot_open(error: tokio_postgres::Error, place: &str, who: Who<'_>) -> Error {
    let Who { user, database } = who;
    let said = reason(&error);
    let certificate = error.source().and_then(|fault| tls::explain(fault, place));
    let code = error.as_db_error().map(|server| server.code().code().to_owned());
    let message = match code.as_deref() {
        Some("28P01" | "28000") => format!(
            "the server at `{place}` refused the user `{user}`: {said}; check the user and password in the URL"
        ),
        Some("3D000") => format!(
            "the server at `{place}` has no database `{database}`; create it, or name another in the URL"
        ),
        Some("53300") => format!(
            "the server at `{place}` has no connection left: {said}; lower `pool_size`, or raise `max_connections` of the server"
        ),
        Some("42704" | "22023" | "08P01" | "42501") => format!(
            "the server at `{place}` refused the session: {said}; check the options in the URL"
        ),
        Some(_) => format!("the server at `{place}` refused the connection: {said}"),
        None if certificate.is_some() => certificate.unwrap_or_default(),
        None if said.contains("password missing") => format!(
            "the server at `{place}` wants a password for the user `{user}`; write it in the URL"
        ),
        None => format!(
            "cannot connect to the server at `{place}`: {said}; check that it runs, and the host, port and `sslmode` in the URL"
        ),
    };
    let opened = Error::new(ErrorKind::CannotOpen, message).with_source(error);
    match code {
        Some(code) => opened.with_code(code),
        None => opened,
    }
}

/// Who wanted to connect, and to what.
#[derive(Clone, Copy)]
pub(crate) struct Who<'a> {
    pub(crate) user: &'a str,
    pub(crate) database: &'a str,
}

#[cfg(test)]
mod tests;
