//! The driver for MySQL and MariaDB: batches of statements in, rows and classified errors out. It
//! knows no model and no session; [`relata_core::connection`] is the contract that it keeps.
//!
//! # Values
//!
//! | value | column that `create_all` makes | sent as | read from |
//! | --- | --- | --- | --- |
//! | integer | `SMALLINT`, `INTEGER`, `BIGINT` | integer | all integer types, `YEAR`, `BIT`, `DECIMAL` of no places; above 2⁶³ − 1 it is a `Decode` error |
//! | boolean | `BOOL`, which is `TINYINT(1)` | 0 or 1 | an integer |
//! | float | `FLOAT`, `DOUBLE` | double; infinities are `OutOfRange` | `FLOAT`, `DOUBLE` |
//! | decimal | `NUMERIC(p, s)`, or `NUMERIC(65, 28)` | text, exact | `DECIMAL` without zeros at its end; more than 28 places or 96 bits are a `Decode` error; what the server computed is rounded to fit, and an error only where its whole part does not |
//! | text | `VARCHAR(n)`, or `VARCHAR(255)` | UTF-8 | every text type; NUL bytes are kept |
//! | enum | `ENUM('a','b')` | its name | every text type |
//! | array | `JSON` | text, in which an infinity is `OutOfRange` | text |
//! | interval | `BIGINT` | its microseconds | an integer |
//! | JSON | `JSON`, which is `LONGTEXT` on MariaDB | text | text; MySQL sorts keys and changes blanks |
//! | bytes | `LONGBLOB` | bytes | text types of the character set `binary`, `GEOMETRY` |
//! | UUID | `CHAR(32)` | its 32 hexadecimal digits | text or bytes |
//! | date | `DATE` | date | `DATE`; `0000-00-00` and days such as February 31 are `Decode` errors |
//! | time | `TIME(6)` | time | `TIME` from 0 to 24 hours; others are `Decode` errors |
//! | date and time | `DATETIME(6)` | date and time | `DATETIME`, `TIMESTAMP` |
//! | moment | `DATETIME(6)` | date and time in UTC | `DATETIME` as UTC, `TIMESTAMP` |
//!
//! Times keep microseconds: what is finer is cut off. The year 0 has no day that is stored.
//! Connections talk `utf8mb4`, their time zone is UTC, and their SQL mode is strict, so a value that
//! does not fit its column is an `OutOfRange` error and never cut. Texts are compared letter by letter,
//! by the collations `utf8mb4_nopad_bin` of MariaDB and `utf8mb4_0900_bin` of MySQL.

mod bind;
mod connect;
mod count;
mod fault;
mod home;
mod link;
mod remote;
mod row;
mod server;
mod stop;
mod tls;
mod url;
mod wanted;

use home::Home;
use relata_core::{
    Isolation,
    connection::{BoxFuture, Capabilities, Connection, Driver, UpsertForm},
    error::Result,
    sql::Dialect,
};
use std::{
    fmt,
    sync::{Arc, OnceLock},
};
use url::Place;

/// Where the connections do their work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement {
    /// In the tokio runtime in which they are opened, each in a task of its own. The runtime needs
    /// its I/O and its timer turned on.
    Caller,
    /// In one thread of the driver's own, for programs without a runtime. The futures can be polled
    /// anywhere. The thread ends when the driver and its connections are dropped.
    Thread,
}

/// Opens connections to one database of a MySQL or MariaDB server.
///
/// ```
/// use relata_core::connection::Driver;
/// use relata_mysql::{MySqlDriver, Placement};
///
/// let driver = MySqlDriver::from_url("mysql://ada@localhost/heroes", Placement::Caller)?;
/// assert_eq!(driver.capabilities().bind_limit, 65_535);
/// # Ok::<(), relata_core::Error>(())
/// ```
pub struct MySqlDriver {
    place: Arc<Place>,
    home: Home,
    /// Before anything is known of the server.
    assumed: Capabilities,
    known: OnceLock<Capabilities>,
}

impl MySqlDriver {
    /// The driver for the database that a URL names, such as
    /// `mysql://user:password@localhost:3306/heroes`. The scheme is `mysql` or `mariadb`, for either
    /// server. Nothing is connected yet.
    ///
    /// In user, password and database, `%3F` stands for `?`, and other characters can be written so
    /// too. Without a port it is 3306. Options follow a question mark. In their names case, `-` and
    /// `_` do not matter, so `ssl-mode` is `ssl_mode`, `sslmode` and `sslMode`:
    ///
    /// | option | values | where it is left out |
    /// | --- | --- | --- |
    /// | `ssl-mode`, `tls` | `disabled`, `preferred`, `required`, `verify_ca`, `verify_identity` | `preferred`: encrypted where the server can, and nothing is verified |
    /// | `ssl-ca` | file of certificates (PEM) that the server's is verified with | those that the operating system trusts |
    /// | `ssl-cert`, `ssl-key` | files (PEM) of the client's certificate and its key | none |
    /// | `socket`, `unix_socket` | path of a Unix socket to use instead of host and port | |
    /// | `connect_timeout` | seconds for opening a connection | 10 |
    /// | `lock_wait_timeout` | seconds to wait for a row that another transaction has locked | the server's, often 50 |
    /// | `statement_timeout` | milliseconds that a statement may run, 0 for any; on MySQL only SELECT | the server's |
    /// | `statement_cache` | prepared statements that a connection keeps; 0 for none | 256 |
    /// | `application_name` | what the server's list of connections shows (`program_name`) | none |
    /// | `charset` | `utf8mb4` | `utf8mb4` |
    /// | `returning` | `on`, `off`: whether INSERT … RETURNING is used where the server has it | `on` |
    /// | `database` | the database, instead of the one in the path | |
    ///
    /// `ssl-mode` takes the values of PostgreSQL's `sslmode` too, and `true`, `false` and
    /// `skip-verify`, as other drivers have them: encrypted and verified, not encrypted, encrypted.
    ///
    /// # Errors
    /// `InvalidUrl` for an unknown scheme or option and for a bad value, which it names; `CannotOpen`
    /// where no thread can be started.
    pub fn from_url(url: &str, placement: Placement) -> Result<Self> {
        let place = Place::parse(url)?;
        let assumed = Capabilities {
            dialect: Dialect::MySql,
            bind_limit: 65_535,
            connection_limit: None,
            write_begins_anew: false,
            checks_each_row: true,
            returning: false,
            in_process: false,
            row_lists: false,
            // MariaDB may insert what it selects in another order, and its keys could not be told.
            insert_lists: false,
            savepoints: true,
            isolation: &Isolation::ALL,
            upsert: UpsertForm::OnDuplicateKey,
        };
        let home = Home::new(placement)?;
        Ok(MySqlDriver { place: Arc::new(place), home, assumed, known: OnceLock::new() })
    }
}

/// Where it connects to, without user and password.
impl fmt::Debug for MySqlDriver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("MySqlDriver").field(&self.place).finish()
    }
}

impl Driver for MySqlDriver {
    fn capabilities(&self) -> &Capabilities {
        self.known.get().unwrap_or(&self.assumed)
    }

    fn connect(&self) -> BoxFuture<'_, Result<Box<dyn Connection>>> {
        Box::pin(async {
            let (remote, server) = remote::connect(&self.place, &self.home).await?;
            self.known.get_or_init(|| Capabilities {
                returning: server.returning && self.place.returning,
                row_lists: server.json_table,
                ..self.assumed.clone()
            });
            Ok(Box::new(remote) as Box<dyn Connection>)
        })
    }
}
