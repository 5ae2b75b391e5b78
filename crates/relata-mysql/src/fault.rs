//! What the errors of MySQL and MariaDB mean: a kind, and the table, columns and constraint that
//! their messages name. Values that a message quotes are left out.

use crate::{tls, url::Place};
use mysql_async::{DriverError, Error as Fault, IoError, TlsError};
use relata_core::{
    error::{Error, ErrorKind, REFERRED_TO},
    sql::{Dialect, first_word},
};

type Table = Option<&'static str>;

/// What names are to be understood by.
#[derive(Clone, Copy)]
pub(crate) struct Names<'a> {
    /// What the statement writes to, with its schema in front where it has one.
    pub(crate) table: Table,
    /// The database of tables that say none.
    pub(crate) database: Option<&'a str>,
}

impl Names<'_> {
    /// A table as programs know it.
    fn name(self, database: &str, table: &str) -> String {
        let whole = format!("{database}.{table}");
        match self.database == Some(database) && self.table != Some(whole.as_str()) {
            true => table.to_owned(),
            false => whole,
        }
    }

    /// The same of a table whose database the server does not tell.
    fn own_name(self, table: &str) -> String {
        let is = |written: &&str| {
            written.strip_suffix(table).is_some_and(|before| before.ends_with('.'))
        };
        self.table.filter(is).unwrap_or(table).to_owned()
    }
}

/// The error of a statement.
pub(crate) fn classify(fault: Fault, names: Names<'_>) -> Error {
    let error = match &fault {
        Fault::Server(told) => describe(told.code, &told.message, names),
        Fault::Driver(DriverError::PacketTooLarge) => too_large(),
        Fault::Driver(DriverError::ConnectionClosed) | Fault::Io(_) => lost(),
        Fault::Driver(DriverError::PacketOutOfOrder | DriverError::UnexpectedPacket { .. }) => {
            lost()
        }
        other => Error::new(ErrorKind::Database, other.to_string()),
    };
    // The server's own error repeats values of the row.
    if matches!(fault, Fault::Server(_)) { error } else { error.with_source(fault) }
}

/// Whether nothing more can be done on the connection.
pub(crate) fn is_fatal(fault: &Fault) -> bool {
    match fault {
        Fault::Server(told) => ends_connection(told.code),
        // The library closes the connection on its own errors, but for this one.
        Fault::Driver(DriverError::MixedParams) => false,
        _ => true,
    }
}

/// Whether the connection was lost before the server said what became of the statement. Proxies say
/// so in words of the client.
pub(crate) fn is_unheard(fault: &Fault) -> bool {
    match fault {
        Fault::Server(told) => matches!(told.code, 2006 | 2013),
        Fault::Driver(DriverError::MixedParams | DriverError::PacketTooLarge) => false,
        _ => is_fatal(fault),
    }
}

/// Codes that the server says goodbye with: shutdown, a dead network, KILL, idle for too long.
fn ends_connection(code: u16) -> bool {
    matches!(
        code,
        1053 | 1080 | 1152 | 1153 | 1156..=1161 | 1184 | 1927 | 2006 | 2013 | 3169 | 4031
    )
}

/// The error of what did not open.
pub(crate) fn opening(fault: Fault, place: &Place) -> Error {
    let server = place.shown();
    let message = match &fault {
        Fault::Server(told) => match told.code {
            1044 | 1045 | 1698 | 3118 | 3955 => format!(
                "`{server}` does not let {} in; check the user, the password and the database in the URL",
                match &place.user {
                    Some(user) => format!("the user `{user}`"),
                    None => "a user without a name".to_owned(),
                }
            ),
            1049 => format!(
                "`{server}` has no database `{}`; create it with CREATE DATABASE, or correct the URL",
                place.database.as_deref().unwrap_or_default()
            ),
            1040 | 1203 | 1226 => format!(
                "`{server}` has too many connections; lower `pool_size`, or raise `max_connections` there"
            ),
            1129 | 1130 => {
                format!("`{server}` does not take connections from this host: {}", told.message)
            }
            _ => format!("`{server}` refused the connection: {}", told.message),
        },
        Fault::Driver(DriverError::NoClientSslFlagFromServer) => format!(
            "`{server}` does not encrypt connections; turn TLS on there, or set `ssl-mode=disabled` in the URL"
        ),
        Fault::Driver(DriverError::UnknownAuthPlugin { name }) => format!(
            "`{server}` asks for a password by `{name}`, which is not supported; check the user in the URL, as MySQL may ask so where there is no such user, or let it log in by `caching_sha2_password`"
        ),
        Fault::Io(IoError::Tls(TlsError::Tls(refused))) => tls::explain(refused, place),
        Fault::Io(IoError::Tls(error)) => {
            format!("the encrypted connection to `{server}` failed: {error}")
        }
        Fault::Io(IoError::Io(error)) => match error.get_ref().and_then(|e| e.downcast_ref()) {
            Some(refused) => tls::explain(refused, place),
            None => format!("`{server}` cannot be reached: {error}; is the server running there?"),
        },
        other => format!("the connection to `{server}` failed: {other}"),
    };
    let code = match &fault {
        Fault::Server(told) => Some(told.code.to_string()),
        _ => None,
    };
    let error = Error::new(ErrorKind::CannotOpen, message).with_source(fault);
    match code {
        Some(code) => error.with_code(code),
        None => error,
    }
}

/// The connection broke.
pub(crate) fn lost() -> Error {
    let message = "the connection to the server broke; what the transaction did is rolled back, so do the work again";
    Error::new(ErrorKind::ConnectionLost, message)
}

/// What a statement is called that is a transaction of its own.
pub(crate) const ALONE: &str = "a statement outside of a transaction";

/// The connection broke between what saves and its answer.
pub(crate) fn unknown(error: Error, what: &str) -> Error {
    let message = format!(
        "the connection to the server broke before {what} was answered; whether the changes are saved is not known, so look before doing the work again"
    );
    Error::new(ErrorKind::CommitUnknown, message).with_source(error)
}

/// The error that a code and message stand for.
fn describe(code: u16, text: &str, names: Names<'_>) -> Error {
    let table = names.table;
    let error = match code {
        1022 | 1062 | 1169 | 1586 | 1859 => unique(text, names),
        1216 | 1217 | 1451 | 1452 | 1761 | 1762 | 3730 => foreign_key(code, text, names),
        1048 | 1263 | 1364 => column(ErrorKind::NotNullViolation, text, |column| match table {
            Some(table) => format!("not null constraint failed: `{table}.{column}`"),
            None => format!("not null constraint failed: `{column}`"),
        }),
        3819 | 3820 | 4025 => check(text, names),
        // MySQL's; it names no column
        3988 => Error::new(
            ErrorKind::OutOfRange,
            "a text has characters that the column which it is for has not; alter that column to `utf8mb4`",
        ),
        1264 | 1265 | 1292 | 1366 | 1406 | 1411 | 1416 | 1690 | 3140 | 3732 => {
            does_not_fit(code, text, table)
        }
        1146 | 1051 | 1109 => missing_table(text, names),
        1300 => Error::new(
            ErrorKind::Database,
            format!(
                "{text}; names of tables and columns can have no emoji, and no other character beyond U+FFFF"
            ),
        ),
        1054 | 1072 => missing_column(text),
        1205 | 1689 | 3572 | 1213 | 1614 | 3101 | 1020 | 1412 => busy(what_others_did(code)),
        1021 | 1041 | 1037 | 1038 | 1114 => Error::new(
            ErrorKind::Full,
            format!("the server is out of room: {text}; make room for it"),
        ),
        1792 => Error::new(
            ErrorKind::ReadOnly,
            "the transaction is read only; begin one without `read_only` to write",
        ),
        1290 | 1836 | 3100 => Error::new(
            ErrorKind::ReadOnly,
            format!(
                "the server does not let this write: {text}; connect to one that is not read only"
            ),
        ),
        1317 | 1969 | 3024 => Error::new(
            ErrorKind::Timeout,
            "the statement was stopped, because it ran for longer than its time limit or somebody cancelled it; `statement_timeout` in the URL sets the limit",
        ),
        1153 => too_large(),
        1055 | 1111 | 1140 | 1242 | 3029 | 3065 => {
            Error::new(ErrorKind::InvalidStatement, format!("{text}; {}", rewriting(code)))
        }
        1046 | 1243 | 1461 => Error::new(ErrorKind::Database, about_settings(code)),
        _ if ends_connection(code) => lost(),
        _ => Error::new(ErrorKind::Database, text.to_owned()),
    };
    let error = match table {
        Some(table) => error.with_table(table),
        None => error,
    };
    error.with_code(code.to_string())
}

/// The error of a statement, where the server's code is the same for several: a lock that was waited for
/// or was not to be, a row or a table that others refer to.
pub(crate) fn of_statement(error: Error, sql: &str) -> Error {
    let first = first_word(sql, Dialect::MySql);
    match error.code() {
        Some("1205" | "3572") if sql.ends_with(" NOWAIT") => error.with_message(
            "another transaction has locked a row, and `no_wait` does not wait for it; try again later",
        ),
        Some("1217" | "1451" | "3730") if first.eq_ignore_ascii_case("DROP") => error.with_message(
            REFERRED_TO,
        ),
        _ => error,
    }
}

/// Why the work may be done again.
fn what_others_did(code: u16) -> &'static str {
    match code {
        1205 | 1689 | 3572 => {
            "another transaction holds a lock on the row, and did not let go of it in time; try again, or wait longer with `lock_wait_timeout` in the URL"
        }
        1213 | 1614 | 3101 => {
            "this transaction and another waited for each other, and the server has rolled this one back; do the work again"
        }
        1020 => {
            "another transaction has changed the row since this one first read; roll back and do the work again"
        }
        _ => {
            "a table was altered since this transaction first read; roll back and do the work again"
        }
    }
}

/// What a URL or the server is to say otherwise.
fn about_settings(code: u16) -> &'static str {
    match code {
        1046 => {
            "no database is selected; name it in the URL, as in `mysql://user:password@localhost/heroes`"
        }
        1243 => {
            "the server does not know a statement that was prepared; where a proxy shares connections between transactions, write `statement_cache=0` in the URL"
        }
        _ => {
            "the server keeps no more prepared statements; lower `statement_cache` in the URL, or raise `max_prepared_stmt_count` there"
        }
    }
}

/// What to write instead, where the statement says what the server does not do.
fn rewriting(code: u16) -> &'static str {
    match code {
        1242 => {
            "narrow it to one row by `filter`, or with `order_by` and `limit(1)`; for any of several rows use `is_in`"
        }
        1111 => "aggregates are for what is selected, `having` and `order_by`",
        3029 | 3065 => "select what `order_by` names too, or order by what is selected",
        _ => "give the column to `group_by` too, or select an aggregate of it, such as `max`",
    }
}

/// The driver asks the server for its limit, but a proxy may have another one.
fn too_large() -> Error {
    let message = "the statement with its values is larger than the server takes; raise `max_allowed_packet` there, or write less at a time";
    Error::new(ErrorKind::OutOfRange, message)
}

fn busy(message: &'static str) -> Error {
    Error::new(ErrorKind::Busy, message)
}

/// `Duplicate entry 'x' for key 'hero.ix_hero_name'`; MariaDB leaves out the table. The value may
/// hold anything, so the name is searched from the end.
fn unique(text: &str, names: Names<'_>) -> Error {
    const MESSAGE: &str = "unique constraint failed";
    let Some(key) = text.rsplit_once("key '").and_then(|(_, rest)| rest.strip_suffix('\'')) else {
        return Error::new(ErrorKind::UniqueViolation, MESSAGE);
    };
    let (owner, name) = match key.split_once('.') {
        Some((owner, name)) => (Some(owner), name),
        None => (None, key),
    };
    let error = Error::new(ErrorKind::UniqueViolation, format!("{MESSAGE}: `{name}`"));
    let error = error.with_constraint(name);
    match owner {
        Some(owner) => error.with_table(names.own_name(owner)),
        None => error,
    }
}

/// ``… fails (`db`.`hero`, CONSTRAINT `hero_ibfk_1` FOREIGN KEY (`team_id`) REFERENCES `team` …``
fn foreign_key(code: u16, text: &str, names: Names<'_>) -> Error {
    let table = names.table;
    let mut quoted = in_backticks(text.split_once('(').map_or("", |(_, rest)| rest));
    let owner = quoted.next().zip(quoted.next());
    let owner = owner.map(|(database, owner)| names.name(&database, &owner));
    let name = text.split_once("CONSTRAINT ").and_then(|(_, rest)| in_backticks(rest).next());
    let listed = |text: &str| text.split_once(')').map(|(list, _)| in_backticks(list).collect());
    let on = match table.map(str::to_owned).or_else(|| owner.clone()) {
        Some(table) => format!(" on table `{table}`"),
        None => String::new(),
    };
    let refers = owner.as_ref().map_or("other rows".into(), |owner| format!("rows of `{owner}`"));
    let removes = matches!(code, 1217 | 1451 | 3730);
    // The columns of the table that is written to, not those of another that refers to it.
    let columns: Option<Vec<String>> = match removes {
        true => referred_to(text, table).and_then(listed),
        false => text.split_once("FOREIGN KEY (").and_then(|(_, rest)| listed(rest)),
    };
    let columns = columns.unwrap_or_default();
    let cure = match (removes, &columns[..]) {
        (true, _) => format!("{refers} refer to it; remove those first"),
        (false, []) => "the row that it refers to does not exist; add that first".into(),
        (false, columns) => {
            let key = columns.join("`, `");
            format!("the row that `{key}` refers to does not exist; add that first")
        }
    };
    let message = format!("foreign key constraint failed{on}: {cure}");
    let error = Error::new(ErrorKind::ForeignKeyViolation, message);
    let error = error.with_columns(columns);
    let error = match name {
        Some(name) => error.with_constraint(name),
        None => error,
    };
    match table.map(str::to_owned).or(owner) {
        Some(table) => error.with_table(table),
        None => error,
    }
}

/// The list of columns and what follows in ``… REFERENCES `team` (`id`) …``, of this table.
fn referred_to(text: &str, table: Table) -> Option<&str> {
    let (name, rest) = text.rsplit_once("REFERENCES ")?.1.split_once(" (")?;
    let name = in_backticks(name).last()?;
    table?
        .strip_suffix(name.as_str())
        .filter(|before| before.is_empty() || before.ends_with('.'))?;
    Some(rest)
}

/// What a table's name may mean: a table of the connection's database, or one with its database in
/// front.
pub(crate) fn readings(table: &str) -> impl Iterator<Item = (Option<&str>, &str)> {
    let split = |(at, _): (usize, &str)| (Some(&table[..at]), &table[at + 1..]);
    std::iter::once((None, table)).chain(table.match_indices('.').map(split))
}

/// The error of a unique key whose columns are known, as other databases tell them.
pub(crate) fn with_key_columns(error: &Error, table: &str, columns: Vec<String>) -> Error {
    let list: Vec<String> = columns.iter().map(|column| format!("{table}.{column}")).collect();
    let message = format!("unique constraint failed: `{}`", list.join("`, `"));
    let told = Error::new(ErrorKind::UniqueViolation, message)
        .with_table(table.to_owned())
        .with_columns(columns)
        .with_constraint(error.constraint().unwrap_or_default());
    let told = match error.code() {
        Some(code) => told.with_code(code),
        None => told,
    };
    told.with_source(error.clone())
}

/// The names in backticks, one after the other.
fn in_backticks(text: &str) -> impl Iterator<Item = String> + '_ {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.split_once('`')?.1;
        let mut name = String::new();
        loop {
            let (part, after) = rest.split_once('`')?;
            name.push_str(part);
            rest = after;
            // A doubled one stands for itself.
            match rest.strip_prefix('`') {
                Some(after) => {
                    name.push('`');
                    rest = after;
                }
                None => return Some(name),
            }
        }
    })
}

/// The name between the first pair of single quotes behind a word.
fn quoted_after<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(word)?;
    rest.trim_start().strip_prefix('\'')?.split('\'').next()
}

/// `Column 'name' cannot be null`, `Field 'name' doesn't have a default value`.
fn column(kind: ErrorKind, text: &str, message: impl Fn(&str) -> String) -> Error {
    match quoted_after(text, "olumn").or_else(|| quoted_after(text, "Field")) {
        Some(name) => Error::new(kind, message(name)).with_columns([name.to_owned()]),
        None => Error::new(kind, text.to_owned()),
    }
}

/// `Check constraint 'age' is violated.`, and MariaDB's
/// ``CONSTRAINT `age` failed for `db`.`hero` ``.
fn check(text: &str, names: Names<'_>) -> Error {
    let mut quoted = in_backticks(text);
    let name = match quoted_after(text, "onstraint") {
        Some(name) => name.to_owned(),
        None => quoted.next().unwrap_or_default(),
    };
    // A check that has no name of its own is called after its table and column.
    let name = name.rsplit_once('.').map_or(name.as_str(), |(_, name)| name).to_owned();
    let owner = quoted.next().zip(quoted.next());
    let table = owner.map(|(database, table)| names.name(&database, &table));
    let table = table.or_else(|| names.table.map(str::to_owned));
    let place = table.as_ref().map_or(String::new(), |table| format!(" on table `{table}`"));
    let message = format!("check constraint failed{place}: `{name}`");
    let error = Error::new(ErrorKind::CheckViolation, message).with_constraint(name);
    match table {
        Some(table) => error.with_table(table),
        None => error,
    }
}

/// `Out of range value for column 'age' at row 1`, ``Incorrect integer value: 'x' for column
/// `db`.`hero`.`age` at row 1``. The value may hold anything, so the name is searched from the end.
fn does_not_fit(code: u16, text: &str, table: Table) -> Error {
    let rest = text.rsplit_once("column ").map(|(_, rest)| rest);
    let name = rest.and_then(|rest| match rest.strip_prefix('\'') {
        Some(rest) => rest.split('\'').next().map(str::to_owned),
        None => in_backticks(rest.split_once(" at row").map_or(rest, |(name, _)| name)).last(),
    });
    match name {
        Some(name) => {
            let why = match text.starts_with("Incorrect string value") {
                true => "it has characters that the column has not; alter it to `utf8mb4`",
                false if code == 1406 => "it is too long: shorten it or raise `max_length`",
                false => "it is too long, out of range, or of another type",
            };
            let place = table.map_or(String::new(), |table| format!("{table}."));
            let message = format!("a value does not fit the column `{place}{name}`; {why}");
            Error::new(ErrorKind::OutOfRange, message).with_columns([name])
        }
        None => Error::new(ErrorKind::OutOfRange, "a value is out of range for what it is used as"),
    }
}

/// A warning without the value that it quotes: `Truncated incorrect DOUBLE value: 'x'`,
/// ``Incorrect integer value: 'x' for column `age` at row 1``, `Duplicate entry 'x' for key 'name'`.
/// The value may hold anything, so what comes behind it is searched from the end.
pub(crate) fn without_value(text: &str) -> String {
    let quoted = [("value", ": '"), ("entry", " '")]
        .iter()
        .find_map(|(word, quote)| text.split_once(quote).filter(|(head, _)| head.ends_with(word)));
    let Some((head, rest)) = quoted else { return text.to_owned() };
    let tails = ["column", "key", "function"].map(|what| format!("' for {what} "));
    match tails.iter().find_map(|tail| Some((tail, rest.rsplit_once(tail.as_str())?.1))) {
        Some((tail, name)) => format!("{head}{}{name}", &tail[1..]),
        None => head.to_owned(),
    }
}

/// `Table 'db.hero' doesn't exist`, `Unknown table 'db.hero'`.
fn missing_table(text: &str, names: Names<'_>) -> Error {
    let Some(name) = quoted_after(text, "able") else {
        return Error::new(ErrorKind::MissingTable, text.to_owned());
    };
    let home = names.database.and_then(|home| name.strip_prefix(home)?.strip_prefix('.'));
    let table = home.filter(|_| names.table != Some(name)).unwrap_or(name);
    let message =
        format!("table `{table}` does not exist; create it with `metadata().create_all(&engine)`");
    Error::new(ErrorKind::MissingTable, message).with_table(table.to_owned())
}

/// `Unknown column 'hero.power' in 'field list'`.
fn missing_column(text: &str) -> Error {
    let Some(name) = quoted_after(text, "olumn") else {
        return Error::new(ErrorKind::MissingColumn, text.to_owned());
    };
    let (table, name) = match name.rsplit_once('.') {
        Some((table, name)) => (Some(table), name),
        None => (None, name),
    };
    let what = match table {
        Some(table) => format!("table `{table}` has no column `{name}`"),
        None => format!("no table of the statement has a column `{name}`"),
    };
    let message = format!("{what}; `create_all` leaves tables that exist as they are, so alter it");
    let error = Error::new(ErrorKind::MissingColumn, message).with_columns([name.to_owned()]);
    match table {
        Some(table) => error.with_table(table.to_owned()),
        None => error,
    }
}

#[cfg(test)]
mod tests;
