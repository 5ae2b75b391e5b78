//! SQL written by hand: parameters by name become those of the database.

use super::{
    Dialect, Rendered,
    scope::invalid,
    text::{Text, known},
};
use crate::{
    error::{Error, ErrorKind, Result},
    query::RawAst,
    value::Value,
};
use std::iter;

/// The text of a statement that was written by hand.
///
/// # Errors
/// `InvalidStatement` where a parameter was not given, or one was given that the text does not name,
/// and for a statement that ends or begins a transaction; `UnboundId` and `OutOfRange` for values
/// that cannot be sent.
pub fn raw(ast: &RawAst, dialect: Dialect) -> Result<Rendered> {
    let mut text = Text::new(dialect);
    let first = first_word(&ast.sql, dialect);
    if CONTROL.iter().any(|word| first.eq_ignore_ascii_case(word)) {
        return Err(invalid(format_args!(
            "`{}` would end or begin a transaction unseen; use the session's `commit`, `rollback`, `begin_write` and `begin_nested`",
            first.to_uppercase()
        )));
    }
    write(&mut text, ast)?;
    Ok(text.rendered())
}

/// First words of statements that are the session's own affair.
const CONTROL: [&str; 8] =
    ["BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "SAVEPOINT", "RELEASE"];

/// First words of statements that read.
const READS: [&str; 9] =
    ["SELECT", "VALUES", "WITH", "EXPLAIN", "PRAGMA", "SHOW", "DESCRIBE", "DESC", "TABLE"];

/// Words that make a WITH write, besides `REPLACE INTO`.
const WRITES: [&str; 4] = ["INSERT", "UPDATE", "DELETE", "MERGE"];

/// What a PRAGMA with an argument may be that sets nothing.
const ASKS: [&str; 11] = [
    "FOREIGN_KEY_CHECK",
    "FOREIGN_KEY_LIST",
    "INDEX_INFO",
    "INDEX_LIST",
    "INDEX_XINFO",
    "INTEGRITY_CHECK",
    "QUICK_CHECK",
    "TABLE_INFO",
    "TABLE_LIST",
    "TABLE_XINFO",
    "WAL_CHECKPOINT",
];

fn is(list: &[&str], word: &str) -> bool {
    list.iter().any(|other| word.eq_ignore_ascii_case(other))
}

/// Whether a statement reads only, as far as its words tell.
pub fn reads(sql: &str) -> bool {
    let mut words = words(sql, Dialect::Sqlite);
    let first = words.next().unwrap_or_default();
    if !is(&READS, first) {
        return false;
    }
    // what is explained is done only where it is asked for
    let done =
        is(&["WITH"], first) || is(&["EXPLAIN"], first) && words.any(|w| is(&["ANALYZE"], w));
    let sets = is(&["PRAGMA"], first) && sets(sql);
    !(sets || done && any_writes(words))
}

fn any_writes<'s>(words: impl Iterator<Item = &'s str>) -> bool {
    let mut words = words.peekable();
    while let Some(word) = words.next() {
        // by itself it is a function of text
        let replaces =
            is(&["REPLACE"], word) && words.peek().is_some_and(|next| is(&["INTO"], next));
        if replaces || is(&WRITES, word) {
            return true;
        }
    }
    false
}

/// Whether a PRAGMA sets something: `name = value`, or `name(value)` unless that only asks.
fn sets(sql: &str) -> bool {
    let argument = plain(sql, Dialect::Sqlite).find_map(|text| text.split_once('('));
    let asks = |(before, _): (&str, &str)| {
        let name = before.split(|c: char| !is_name(c)).rfind(|word| !word.is_empty());
        name.is_some_and(|name| is(&ASKS, name))
    };
    plain(sql, Dialect::Sqlite).any(|text| text.contains('=')) || !argument.is_none_or(asks)
}

/// The word that a statement begins with, behind comments and parentheses; empty where there is none.
pub fn first_word(sql: &str, dialect: Dialect) -> &str {
    words(sql, dialect).next().unwrap_or_default()
}

/// The words of a statement, strings, quoted names and comments left out.
pub fn words(sql: &str, dialect: Dialect) -> impl Iterator<Item = &str> {
    let parts = plain(sql, dialect).flat_map(|text| text.split(|c: char| !is_name(c)));
    parts.filter(|word| !word.is_empty())
}

/// A statement without its strings, quoted names and comments.
fn plain(sql: &str, dialect: Dialect) -> impl Iterator<Item = &str> {
    pieces(sql, dialect).filter_map(|piece| match piece {
        Piece::Plain(text) => Some(text),
        _ => None,
    })
}

/// Writes SQL with its parameters.
pub(super) fn write(text: &mut Text, ast: &RawAst) -> Result<()> {
    let mut used = vec![false; ast.bound.len()];
    for (at, (name, _)) in ast.bound.iter().enumerate() {
        if ast.bound[..at].iter().any(|(other, _)| other == name) {
            return Err(invalid(format_args!("`:{name}` is bound twice; bind it once")));
        }
    }
    for piece in pieces(&ast.sql, text.dialect) {
        match piece {
            Piece::Plain(sql) => {
                positional(sql, text.dialect)?;
                text.push(sql);
            }
            Piece::Quoted(sql) => {
                text.push(sql);
            }
            Piece::Param(name) => {
                let bound = ast.bound.iter().position(|(other, _)| other == name);
                let at = bound.ok_or_else(|| {
                    invalid(format_args!(
                        "the SQL has a parameter `:{name}` that was not given; add `.bind(\"{name}\", …)`, or write `\\:{name}` where it is none"
                    ))
                })?;
                used[at] = true;
                text.operand(&parameter(name, &ast.bound[at].1)?, None)?;
            }
        }
    }
    match used.iter().position(|used| !used) {
        Some(at) => Err(invalid(format_args!(
            "`{0}` is bound, but the SQL has no parameter `:{0}`; remove it, or use it",
            ast.bound[at].0
        ))),
        None => Ok(()),
    }
}

fn parameter(name: &str, value: &Value) -> Result<Value> {
    known(value, None).map_err(|error| match (error.kind(), value) {
        (ErrorKind::OutOfRange, Value::Misfit(why)) => {
            Error::new(ErrorKind::OutOfRange, format!("the parameter `:{name}`: {why}"))
        }
        (ErrorKind::UnboundId, _) => Error::new(
            ErrorKind::UnboundId,
            format!("the parameter `:{name}` is the id of a row that is not saved yet, which has no key; flush or commit first"),
        ),
        _ => error,
    })
}

/// Refuses placeholders of the database's own, which would mix with those made of names.
fn positional(sql: &str, dialect: Dialect) -> Result<()> {
    let found = match dialect {
        Dialect::Sqlite | Dialect::MySql => sql.contains('?').then_some("?"),
        Dialect::Postgres => {
            let after = sql.split('$').skip(1);
            let numbered = |part: &str| part.starts_with(|c: char| c.is_ascii_digit());
            after.into_iter().any(numbered).then_some("$1")
        }
    };
    match found {
        Some(placeholder) => Err(invalid(format_args!(
            "the SQL has a parameter `{placeholder}` by position; give it a name, as in `:name`, and bind that"
        ))),
        None => Ok(()),
    }
}

/// A part of SQL text.
enum Piece<'s> {
    /// Words and signs.
    Plain(&'s str),
    /// A string, a quoted name or a comment.
    Quoted(&'s str),
    /// A parameter.
    Param(&'s str),
}

fn is_name(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// The parts of a text, in order.
fn pieces(sql: &str, dialect: Dialect) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = sql;
    iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let plain = plain_length(rest, dialect);
        let (piece, length) = if plain > 0 {
            (Piece::Plain(&rest[..plain]), plain)
        } else if let Some(colon) = rest.strip_prefix("\\:") {
            (Piece::Plain(&rest[1..2]), rest.len() - colon.len())
        } else if let Some(quoted) = quoted_length(rest, dialect) {
            (Piece::Quoted(&rest[..quoted]), quoted)
        } else {
            let name = &rest[1..1 + name_length(&rest[1..])];
            (Piece::Param(name), 1 + name.len())
        };
        rest = &rest[length..];
        Some(piece)
    })
}

/// How much of it is plain: up to where something else begins.
fn plain_length(sql: &str, dialect: Dialect) -> usize {
    let mut letters = sql.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        let rest = &sql[at..];
        match letter {
            // a cast, and what MySQL assigns with
            ':' if rest.starts_with("::") || rest.starts_with(":=") => {
                letters.next();
            }
            ':' if name_length(&rest[1..]) > 0 => return at,
            '\\' if rest.starts_with("\\:") => return at,
            // inside of a word these begin no quote
            '$' | 'e' | 'E' if sql[..at].ends_with(is_name) => {}
            _ if quoted_length(rest, dialect).is_some() => return at,
            _ => {}
        }
    }
    sql.len()
}

/// How long a parameter's name is.
fn name_length(sql: &str) -> usize {
    if !sql.starts_with(|c: char| c.is_alphabetic() || c == '_') {
        return 0;
    }
    sql.find(|c: char| !is_name(c)).unwrap_or(sql.len())
}

/// How long the string, quoted name or comment is that begins here; `None` where none does. One that
/// does not end goes to the end of the text, and the database says what is wrong with it.
fn quoted_length(sql: &str, dialect: Dialect) -> Option<usize> {
    let mysql = dialect == Dialect::MySql;
    match sql.as_bytes().first()? {
        b'\'' => Some(quotes(sql, '\'', mysql)),
        b'"' => Some(quotes(sql, '"', mysql)),
        b'`' if dialect != Dialect::Postgres => Some(quotes(sql, '`', false)),
        b'[' if dialect == Dialect::Sqlite => Some(through(sql, "]", 1)),
        b'-' if sql.starts_with("--") => Some(through(sql, "\n", 2)),
        b'#' if mysql => Some(through(sql, "\n", 1)),
        b'/' if sql.starts_with("/*") => Some(comment(sql, dialect)),
        b'$' if dialect == Dialect::Postgres => dollars(sql),
        b'e' | b'E' if dialect == Dialect::Postgres && sql[1..].starts_with('\'') => {
            Some(1 + quotes(&sql[1..], '\'', true))
        }
        _ => None,
    }
}

fn through(sql: &str, end: &str, from: usize) -> usize {
    sql[from..].find(end).map_or(sql.len(), |at| from + at + end.len())
}

/// How long a quoted text is; the quote twice is one of its letters.
fn quotes(sql: &str, quote: char, backslash: bool) -> usize {
    let mut letters = sql.char_indices().skip(1).peekable();
    while let Some((at, letter)) = letters.next() {
        if letter == '\\' && backslash {
            letters.next();
        } else if letter == quote && letters.next_if(|(_, next)| *next == quote).is_none() {
            return at + letter.len_utf8();
        }
    }
    sql.len()
}

/// How long a comment is; PostgreSQL's nest.
fn comment(sql: &str, dialect: Dialect) -> usize {
    let (mut at, mut depth) = (2, 1);
    while depth > 0 {
        let Some(next) = sql[at..].find(['*', '/']) else { return sql.len() };
        at += next;
        if sql[at..].starts_with("*/") {
            (at, depth) = (at + 2, depth - 1);
        } else if sql[at..].starts_with("/*") && dialect == Dialect::Postgres {
            (at, depth) = (at + 2, depth + 1);
        } else {
            at += 1;
        }
    }
    at
}

/// How long a text in dollar quotes is: `$$…$$` or `$tag$…$tag$`.
fn dollars(sql: &str) -> Option<usize> {
    let tag = name_length(&sql[1..]);
    let mark = sql.get(..tag + 2).filter(|mark| mark.ends_with('$'))?;
    Some(through(sql, mark, mark.len()))
}
