//! What SQLite's errors mean: a kind, and the table, columns and constraint that its messages name.

use relata_core::{
    error::{Error, ErrorKind},
    sql::{Dialect, first_word},
};
use rusqlite::ffi;

type Table = Option<&'static str>;

/// The error of a statement; `table` is what it writes to.
pub(crate) fn classify(error: rusqlite::Error, table: Table) -> Error {
    classify_of(error, table, "")
}

/// The error of a statement whose text is known.
pub(crate) fn classify_of(error: rusqlite::Error, table: Table, sql: &str) -> Error {
    let described = match code(&error) {
        Some(code) => describe(code, &text(&error), table, sql),
        None => Error::new(ErrorKind::Database, text(&error)),
    };
    described.with_source(error)
}

/// SQLite's extended code; `None` where the library around it complains.
pub(crate) fn code(error: &rusqlite::Error) -> Option<i32> {
    use rusqlite::Error as E;
    match error {
        E::SqliteFailure(code, _) | E::SqlInputError { error: code, .. } => {
            Some(code.extended_code)
        }
        _ => None,
    }
}

/// What is said, in SQLite's words where they are its own.
pub(crate) fn text(error: &rusqlite::Error) -> String {
    use rusqlite::Error as E;
    match error {
        E::SqliteFailure(_, Some(text)) | E::SqlInputError { msg: text, .. } => text.clone(),
        E::SqliteFailure(code, None) => code.to_string(),
        E::MultipleStatement => "the text holds more than one statement; send one by one".into(),
        E::InvalidParameterCount(given, wanted) => {
            format!("the statement has {wanted} parameters, but {given} values were given")
        }
        other => other.to_string(),
    }
}

/// The error that a code and message stand for.
pub(crate) fn describe(code: i32, text: &str, table: Table, sql: &str) -> Error {
    let error = match code {
        ffi::SQLITE_CONSTRAINT_UNIQUE
        | ffi::SQLITE_CONSTRAINT_PRIMARYKEY
        | ffi::SQLITE_CONSTRAINT_ROWID => unique(text, table),
        ffi::SQLITE_CONSTRAINT_NOTNULL => {
            columns(ErrorKind::NotNullViolation, "not null", after_colon(text), table)
        }
        ffi::SQLITE_CONSTRAINT_FOREIGNKEY => foreign_key(table, sql),
        // RESTRICT is done by a trigger.
        ffi::SQLITE_CONSTRAINT_TRIGGER if text == "FOREIGN KEY constraint failed" => {
            foreign_key(table, sql)
        }
        ffi::SQLITE_CONSTRAINT_CHECK => {
            let name = after_colon(text);
            let place = table.map_or(String::new(), |table| format!(" on table `{table}`"));
            let message = format!("check constraint failed{place}: `{name}`");
            Error::new(ErrorKind::CheckViolation, message).with_constraint(name)
        }
        _ => by_primary_code(code, text),
    };
    error.with_code(code.to_string())
}

fn by_primary_code(code: i32, text: &str) -> Error {
    match code & 0xff {
        ffi::SQLITE_ERROR => general(text),
        ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED => Error::new(ErrorKind::Busy, busy(code)),
        ffi::SQLITE_FULL => Error::new(
            ErrorKind::Full,
            "the disk, or the size that the database may take, is full; make room for it",
        ),
        ffi::SQLITE_READONLY => Error::new(
            ErrorKind::ReadOnly,
            "the database is read only; open it without `mode=ro`, and let the program write to the file and its directory",
        ),
        ffi::SQLITE_CANTOPEN | ffi::SQLITE_NOTADB => {
            Error::new(ErrorKind::CannotOpen, text.to_owned())
        }
        _ => Error::new(ErrorKind::Database, text.to_owned()),
    }
}

const OVERTAKEN: &str = "another connection has written since this transaction first read; roll back and do the work again";

fn busy(code: i32) -> &'static str {
    match code {
        ffi::SQLITE_BUSY_SNAPSHOT => OVERTAKEN,
        _ => {
            "the database is locked by another connection; try again, or wait longer for it with `busy_timeout` in the URL"
        }
    }
}

/// The error of a transaction that another connection has overtaken.
pub(crate) fn overtaken() -> Error {
    Error::new(ErrorKind::Busy, OVERTAKEN).with_statement("BEGIN IMMEDIATE")
}

/// Where the lock was to be had at once.
pub(crate) fn busy_now(error: Error) -> Error {
    error.with_message(
        "the database is locked by another connection, and `no_wait` does not wait for it; try again later",
    )
}

/// `UNIQUE constraint failed: hero.name, hero.age`, or for an index on expressions
/// `UNIQUE constraint failed: index 'name'`.
fn unique(text: &str, table: Table) -> Error {
    let named = after_colon(text);
    let index = named.strip_prefix("index '").and_then(|rest| rest.strip_suffix('\''));
    match index {
        Some(index) => {
            let message = format!("unique constraint failed: index `{index}`");
            Error::new(ErrorKind::UniqueViolation, message).with_constraint(index)
        }
        None => columns(ErrorKind::UniqueViolation, "unique", named, table),
    }
}

/// The error of a constraint on a list of columns such as `hero.name, hero.age`.
fn columns(kind: ErrorKind, what: &str, list: &str, table: Table) -> Error {
    let (mut owner, mut names) = (None, Vec::new());
    for qualified in list.split(", ") {
        let (table, name) = split(qualified, table);
        owner = owner.or(table);
        names.push(name.to_owned());
    }
    let list = list.replace(", ", "`, `");
    let error = Error::new(kind, format!("{what} constraint failed: `{list}`")).with_columns(names);
    match owner {
        Some(owner) => error.with_table(owner.to_owned()),
        None => error,
    }
}

/// Splits `hero.name`; the table that is known helps where a name has a dot in it.
fn split(qualified: &str, table: Table) -> (Option<&str>, &str) {
    let known = table.and_then(|table| {
        let name = qualified.strip_prefix(table)?.strip_prefix('.')?;
        Some((Some(&qualified[..table.len()]), name))
    });
    // a table may have a dot in its name: one of a schema
    known.unwrap_or_else(|| match qualified.rsplit_once('.') {
        Some((table, name)) => (Some(table), name),
        None => (None, qualified),
    })
}

/// What is said of a foreign key that has no row to refer to, where its columns are known.
pub(crate) fn no_parent(table: &str, columns: &[String]) -> String {
    let columns = columns.join("`, `");
    format!(
        "foreign key constraint failed on table `{table}`: the row that `{columns}` refers to does not exist; add that first"
    )
}

fn foreign_key(table: Table, sql: &str) -> Error {
    let place = match table {
        Some(table) => format!(" on table `{table}`"),
        None => String::new(),
    };
    // SQLite says only that it failed
    let cure = match &*first_word(sql, Dialect::Sqlite).to_ascii_uppercase() {
        "INSERT" => "the row that it refers to does not exist; add that first",
        "DROP" => {
            "rows of other tables refer to it; drop those tables first, or all of them together"
        }
        "DELETE" => "other rows refer to it; remove those first",
        _ => {
            "the row that it refers to does not exist, or other rows refer to it; add that first, or remove those"
        }
    };
    let message = format!("foreign key constraint failed{place}: {cure}");
    Error::new(ErrorKind::ForeignKeyViolation, message)
}

/// An error that has no code of its own.
fn general(text: &str) -> Error {
    match text {
        "integer overflow" => Error::new(
            ErrorKind::OutOfRange,
            "an integer that was computed is below -9223372036854775808 or above 9223372036854775807; `cast` what it is made of to `f64`",
        ),
        _ => missing(text),
    }
}

/// Messages of the general code that tell of a table or column which is not there.
fn missing(text: &str) -> Error {
    if let Some(name) = text.strip_prefix("no such table: ") {
        let table = without_schema(name);
        let message = format!(
            "table `{table}` does not exist; create it with `metadata().create_all(&engine)`"
        );
        return Error::new(ErrorKind::MissingTable, message).with_table(table.to_owned());
    }
    let column = if let Some(name) = text.strip_prefix("no such column: ") {
        // SQLite may go on with advice, and then puts the name in quotes.
        let name = name.split_once(" - ").map_or(name, |(name, _)| name).trim_matches('"');
        Some(split(without_schema(name), None))
    } else {
        text.strip_prefix("table ")
            .and_then(|rest| rest.split_once(" has no column named "))
            .map(|(table, name)| (Some(table), name))
    };
    match column {
        Some((table, name)) => missing_column(table, name),
        None => Error::new(ErrorKind::Database, text.to_owned()),
    }
}

fn missing_column(table: Option<&str>, name: &str) -> Error {
    const CURE: &str = "`create_all` leaves tables that exist as they are, so alter it";
    let error =
        |message| Error::new(ErrorKind::MissingColumn, message).with_columns([name.to_owned()]);
    match table {
        Some(table) => error(format!("table `{table}` has no column `{name}`; {CURE}"))
            .with_table(table.to_owned()),
        None => error(format!("no table of the statement has a column `{name}`; {CURE}")),
    }
}

fn after_colon(text: &str) -> &str {
    text.split_once(": ").map_or(text, |(_, rest)| rest)
}

fn without_schema(name: &str) -> &str {
    name.strip_prefix("main.").or_else(|| name.strip_prefix("temp.")).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Facts<'a> {
        kind: ErrorKind,
        message: &'a str,
        table: Option<&'a str>,
        columns: &'a [&'a str],
        constraint: Option<&'a str>,
    }

    fn check(code: i32, text: &str, table: Table, facts: Facts<'_>) {
        let error = describe(code, text, table, "");
        assert_eq!(error.kind(), facts.kind, "{text}");
        assert_eq!(error.to_string(), facts.message);
        assert_eq!(error.table(), facts.table, "{text}");
        assert_eq!(error.columns().collect::<Vec<_>>(), facts.columns, "{text}");
        assert_eq!(error.constraint(), facts.constraint, "{text}");
        assert_eq!(error.code(), Some(&*code.to_string()));
    }

    const NOTHING: Facts<'static> = Facts {
        kind: ErrorKind::Database,
        message: "",
        table: None,
        columns: &[],
        constraint: None,
    };

    #[test]
    fn unique_names_table_and_columns() {
        check(
            ffi::SQLITE_CONSTRAINT_UNIQUE,
            "UNIQUE constraint failed: hero.name, hero.age",
            None,
            Facts {
                kind: ErrorKind::UniqueViolation,
                message: "unique constraint failed: `hero.name`, `hero.age`",
                table: Some("hero"),
                columns: &["name", "age"],
                ..NOTHING
            },
        );
    }

    #[test]
    fn a_table_with_a_dot_in_its_name_is_told_by_the_statement() {
        check(
            ffi::SQLITE_CONSTRAINT_PRIMARYKEY,
            "UNIQUE constraint failed: my.hero.id",
            Some("my.hero"),
            Facts {
                kind: ErrorKind::UniqueViolation,
                message: "unique constraint failed: `my.hero.id`",
                table: Some("my.hero"),
                columns: &["id"],
                ..NOTHING
            },
        );
    }

    #[test]
    fn an_index_on_expressions_is_named() {
        check(
            ffi::SQLITE_CONSTRAINT_UNIQUE,
            "UNIQUE constraint failed: index 'ix_hero_lower'",
            None,
            Facts {
                kind: ErrorKind::UniqueViolation,
                message: "unique constraint failed: index `ix_hero_lower`",
                constraint: Some("ix_hero_lower"),
                ..NOTHING
            },
        );
    }

    #[test]
    fn restrict_is_a_foreign_key_and_other_triggers_are_not() {
        check(
            ffi::SQLITE_CONSTRAINT_TRIGGER,
            "FOREIGN KEY constraint failed",
            Some("team"),
            Facts {
                kind: ErrorKind::ForeignKeyViolation,
                message: "foreign key constraint failed on table `team`: the row that it refers to does not exist, or other rows refer to it; add that first, or remove those",
                ..NOTHING
            },
        );
        let message = "heroes do not age";
        check(ffi::SQLITE_CONSTRAINT_TRIGGER, message, None, Facts { message, ..NOTHING });
    }

    #[test]
    fn integers_that_are_too_large() {
        check(
            ffi::SQLITE_ERROR,
            "integer overflow",
            None,
            Facts {
                kind: ErrorKind::OutOfRange,
                message: "an integer that was computed is below -9223372036854775808 or above 9223372036854775807; `cast` what it is made of to `f64`",
                ..NOTHING
            },
        );
    }

    #[test]
    fn missing_tables_and_columns() {
        for text in ["no such table: hero", "no such table: main.hero"] {
            check(
                ffi::SQLITE_ERROR,
                text,
                None,
                Facts {
                    kind: ErrorKind::MissingTable,
                    message: "table `hero` does not exist; create it with `metadata().create_all(&engine)`",
                    table: Some("hero"),
                    ..NOTHING
                },
            );
        }
        check(
            ffi::SQLITE_ERROR,
            "no such column: archive.hero.nme",
            None,
            Facts {
                kind: ErrorKind::MissingColumn,
                message: "table `archive.hero` has no column `nme`; `create_all` leaves tables that exist as they are, so alter it",
                table: Some("archive.hero"),
                columns: &["nme"],
                ..NOTHING
            },
        );
        for text in ["no such column: hero.nme", "table hero has no column named nme"] {
            check(
                ffi::SQLITE_ERROR,
                text,
                None,
                Facts {
                    kind: ErrorKind::MissingColumn,
                    message: "table `hero` has no column `nme`; `create_all` leaves tables that exist as they are, so alter it",
                    table: Some("hero"),
                    columns: &["nme"],
                    ..NOTHING
                },
            );
        }
        let quoted = "no such column: \"nme\" - should this be a string literal in single-quotes?";
        check(
            ffi::SQLITE_ERROR,
            quoted,
            None,
            Facts {
                kind: ErrorKind::MissingColumn,
                message: "no table of the statement has a column `nme`; `create_all` leaves tables that exist as they are, so alter it",
                columns: &["nme"],
                ..NOTHING
            },
        );
    }

    #[test]
    fn kinds_by_code() {
        for (code, kind) in [
            (ffi::SQLITE_BUSY, ErrorKind::Busy),
            (ffi::SQLITE_BUSY_SNAPSHOT, ErrorKind::Busy),
            (ffi::SQLITE_LOCKED_SHAREDCACHE, ErrorKind::Busy),
            (ffi::SQLITE_FULL, ErrorKind::Full),
            (ffi::SQLITE_READONLY_DBMOVED, ErrorKind::ReadOnly),
            (ffi::SQLITE_NOTADB, ErrorKind::CannotOpen),
            (ffi::SQLITE_IOERR_WRITE, ErrorKind::Database),
            (ffi::SQLITE_CONSTRAINT_DATATYPE, ErrorKind::Database),
        ] {
            assert_eq!(describe(code, "text", None, "").kind(), kind, "{code}");
        }
    }
}
