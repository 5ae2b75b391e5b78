//! Opens a database and sets the connection up, so that whatever is wrong with the file is
//! reported here and not by the first statement.

use crate::{
    fault, functions,
    url::{Access, Place},
};
use relata_core::error::{Error, ErrorKind, Result};
use rusqlite::{Connection, ErrorCode, OpenFlags, config::DbConfig, ffi, limits::Limit};
use std::{path::Path, sync::PoisonError};

/// How many prepared statements a connection keeps.
const STATEMENTS: usize = 128;

/// The most parameters of one statement, asked of the library that is linked.
pub(crate) fn bind_limit() -> Result<usize> {
    let db = Connection::open_in_memory().map_err(|error| cannot_open(None, error))?;
    let limit = db.limit(Limit::SQLITE_LIMIT_VARIABLE_NUMBER);
    Ok(usize::try_from(limit.map_err(|error| cannot_open(None, error))?).unwrap_or(0))
}

pub(crate) fn open(place: &Place) -> Result<Connection> {
    // Two connections that turn a fresh file to WAL at once can refuse each other the lock without
    // either waiting for it, so those of one driver take turns.
    let _turn = place.opening.lock().unwrap_or_else(PoisonError::into_inner);
    let file = place.file.as_deref();
    let (db, mode) = connection(place)
        .and_then(|db| {
            settle(&db, place)?;
            let mode = journal(&db, place)?;
            Ok((db, mode))
        })
        .map_err(|error| cannot_open(file.map(|path| (path, place.access)), error))?;
    match place.journal_mode {
        Some(asked) if mode != asked => Err(Error::new(
            ErrorKind::CannotOpen,
            format!(
                "the database keeps the journal mode `{mode}`; remove `journal_mode` from its URL"
            ),
        )),
        _ => Ok(db),
    }
}

fn connection(place: &Place) -> rusqlite::Result<Connection> {
    let access = match place.access {
        Access::Read => OpenFlags::SQLITE_OPEN_READ_ONLY,
        Access::Write => OpenFlags::SQLITE_OPEN_READ_WRITE,
        Access::Create => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
    };
    let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    match &place.file {
        // With the dot no name has a meaning of its own, such as `file:` or `:memory:`.
        Some(path) => Connection::open_with_flags(Path::new(".").join(path), flags),
        None => Connection::open_in_memory_with_flags(flags),
    }
}

fn settle(db: &Connection, place: &Place) -> rusqlite::Result<()> {
    db.set_prepared_statement_cache_capacity(STATEMENTS);
    db.busy_timeout(place.busy_timeout)?;
    // Otherwise a misspelt column in double quotes is taken for a string.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    // Otherwise it plans again whenever what is compared with a column changes.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, place.stable_plans)?;
    functions::add(db)?;
    let switch = |on| if on { "on" } else { "off" };
    db.execute_batch(&format!("PRAGMA foreign_keys = {}", switch(place.foreign_keys)))?;
    // A pattern means the same as on servers, and a column's own index finds what starts with a text.
    let case_sensitive = switch(place.case_sensitive_like);
    db.execute_batch(&format!("PRAGMA case_sensitive_like = {case_sensitive}"))?;
    if let Some(synchronous) = place.synchronous {
        db.execute_batch(&format!("PRAGMA synchronous = {synchronous}"))?;
    }
    // SQLite looks into the file only when it has to.
    db.query_row("PRAGMA schema_version", [], |_| Ok(()))
}

/// Sets the journal mode and gives the one that holds now.
fn journal(db: &Connection, place: &Place) -> rusqlite::Result<String> {
    let pragma = |sql: &str| db.query_row(sql, [], |row| row.get(0));
    if let Some(mode) = place.journal_mode {
        return pragma(&format!("PRAGMA journal_mode = {mode}"));
    }
    if place.file.is_some() && place.access != Access::Read && !db.is_readonly("main")? {
        match pragma("PRAGMA journal_mode = wal") {
            // A connection from elsewhere is at work; the mode is the file's, so this one follows.
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {}
            answer => return answer,
        }
    }
    pragma("PRAGMA journal_mode")
}

fn cannot_open(file: Option<(&Path, Access)>, error: rusqlite::Error) -> Error {
    // The library refuses a path by itself, without a code.
    let code = fault::code(&error).unwrap_or(ffi::SQLITE_CANTOPEN);
    if matches!(code & 0xff, ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED) {
        return fault::classify(error, None);
    }
    let text = fault::text(&error);
    let message = match file {
        None => format!("cannot open a database in memory: {text}"),
        Some((path, access)) => {
            let why = why(path, access, code).unwrap_or(text);
            format!("cannot open the database file `{}`: {why}{}", path.display(), hint(path))
        }
    };
    Error::new(ErrorKind::CannotOpen, message).with_code(code.to_string()).with_source(error)
}

fn why(path: &Path, access: Access, code: i32) -> Option<String> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let fixed = match code & 0xff {
        ffi::SQLITE_NOTADB => "it is not an SQLite database",
        ffi::SQLITE_CANTOPEN if path.is_dir() => "it is a directory",
        ffi::SQLITE_CANTOPEN => match parent {
            Some(parent) if !parent.exists() => {
                let parent = parent.display();
                return Some(format!("the directory `{parent}` does not exist; create it first"));
            }
            _ if access != Access::Create && !path.exists() => {
                "it does not exist; `mode=rwc` creates it"
            }
            _ => "it cannot be read or created; check the permissions of it and of its directory",
        },
        _ => return None,
    };
    Some(fixed.into())
}

/// SQLAlchemy writes a relative path with one slash more than we do.
fn hint(path: &Path) -> String {
    match path.file_name() {
        Some(name) if path.parent() == Some(Path::new("/")) => {
            format!("; a relative path is written `sqlite://{}`", name.display())
        }
        _ => String::new(),
    }
}
