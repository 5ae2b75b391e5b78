//! What is there to know of a server before statements are sent to it.

use mysql_async::{Conn, Row, prelude::Queryable};
use std::sync::Arc;

/// What tells a server apart from others.
pub(crate) const WHO: &str = "SELECT CONCAT_WS('/', @@hostname, @@port, @@server_id)";

/// The most that one packet can hold, in bytes, as the protocol has it.
pub(crate) const LARGEST_PACKET: usize = 1 << 30;

/// Modes that change what SQL means, or store something else than what was sent. Names such as
/// `ANSI` stand for several.
const OTHER_MEANING: [&str; 14] = [
    "ALLOW_INVALID_DATES",
    "ANSI",
    "DB2",
    "EMPTY_STRING_IS_NULL",
    "HIGH_NOT_PRECEDENCE",
    "MAXDB",
    "MSSQL",
    "NO_BACKSLASH_ESCAPES",
    "NO_UNSIGNED_SUBTRACTION",
    "ORACLE",
    "PAD_CHAR_TO_FULL_LENGTH",
    "POSTGRESQL",
    "REAL_AS_FLOAT",
    "SIMULTANEOUS_ASSIGNMENT",
];

/// A server, as it says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Server {
    /// As it answers to [`WHO`].
    pub(crate) name: Arc<str>,
    pub(crate) mariadb: bool,
    pub(crate) version: (u16, u16),
    /// Whether it has INSERT … RETURNING.
    pub(crate) returning: bool,
    /// Whether it makes tables of JSON.
    pub(crate) json_table: bool,
    /// The most that it takes in one packet, in bytes.
    pub(crate) max_packet: usize,
    /// What its SQL mode is where nobody sets it.
    sql_mode: String,
}

impl Server {
    pub(crate) async fn ask(conn: &mut Conn) -> mysql_async::Result<Self> {
        let ask = format!("{WHO}, VERSION(), @@max_allowed_packet, @@sql_mode");
        let row: Option<Row> = conn.query_first(ask).await?;
        let told = |at| row.as_ref().and_then(|row| row.get_opt::<String, usize>(at)?.ok());
        Ok(Server {
            name: told(0).unwrap_or_default().into(),
            max_packet: told(2).and_then(|size| size.parse().ok()).unwrap_or(LARGEST_PACKET),
            sql_mode: told(3).unwrap_or_default(),
            ..Server::of_version(&told(1).unwrap_or_default())
        })
    }

    /// What a version such as `10.11.6-MariaDB-log` or `8.4.0` tells.
    fn of_version(version: &str) -> Self {
        // MariaDB stood behind this prefix so that old replicas take it for a version they know.
        let text = version.strip_prefix("5.5.5-").unwrap_or(version);
        let mut numbers = text.split(|c: char| !c.is_ascii_digit()).map(|part| part.parse().ok());
        let mut number = || numbers.next().flatten().unwrap_or(0);
        let version = (number(), number());
        let mariadb = text.to_ascii_lowercase().contains("mariadb");
        let returning = mariadb && version >= (10, 5);
        let json_table = version >= if mariadb { (10, 6) } else { (8, 0) };
        Server { mariadb, version, returning, json_table, ..Server::default() }
    }

    /// The server's own SQL mode, made strict, and without what would give SQL another meaning.
    pub(crate) fn strict_mode(&self) -> String {
        let plain =
            |mode: &&str| mode.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
        let own = self.sql_mode.split(',').filter(plain);
        let own = own.filter(|mode| !mode.is_empty() && !OTHER_MEANING.contains(mode));
        // With the last, a key that is 0 stays 0.
        own.chain(["STRICT_TRANS_TABLES", "NO_AUTO_VALUE_ON_ZERO"]).collect::<Vec<_>>().join(",")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions() {
        for (text, mariadb, version, returning, json_table) in [
            ("5.7.44-log", false, (5, 7), false, false),
            ("8.4.2", false, (8, 4), false, true),
            ("9.1.0-commercial", false, (9, 1), false, true),
            ("10.5.8-MariaDB", true, (10, 5), true, false),
            ("10.11.19-MariaDB-0+deb12u1", true, (10, 11), true, true),
            ("5.5.5-10.4.13-MariaDB-log", true, (10, 4), false, false),
            ("11.8.2-MariaDB", true, (11, 8), true, true),
            ("", false, (0, 0), false, false),
        ] {
            let found = Server::of_version(text);
            let found = (found.mariadb, found.version, found.returning, found.json_table);
            assert_eq!(found, (mariadb, version, returning, json_table), "{text}");
        }
    }

    #[test]
    fn modes_that_give_another_meaning_are_left_out() {
        for (own, expected) in [
            ("", "STRICT_TRANS_TABLES,NO_AUTO_VALUE_ON_ZERO"),
            (
                "ANSI_QUOTES,NO_BACKSLASH_ESCAPES,ONLY_FULL_GROUP_BY,ANSI",
                "ANSI_QUOTES,ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_AUTO_VALUE_ON_ZERO",
            ),
            ("'; DROP TABLE hero", "STRICT_TRANS_TABLES,NO_AUTO_VALUE_ON_ZERO"),
        ] {
            let server = Server { sql_mode: own.into(), ..Server::default() };
            assert_eq!(server.strict_mode(), expected);
        }
    }
}
