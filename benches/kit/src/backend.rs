//! The databases, and where they are.

use std::env;

/// A family of databases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
    MariaDb,
}

impl Backend {
    pub const ALL: [Backend; 3] = [Backend::Sqlite, Backend::Postgres, Backend::MariaDb];

    pub fn name(self) -> &'static str {
        match self {
            Backend::Sqlite => "sqlite",
            Backend::Postgres => "postgres",
            Backend::MariaDb => "mariadb",
        }
    }

    /// The URL of a server's database, or none where the environment names no server. SQLite is in memory.
    pub fn url(self) -> Option<String> {
        match self {
            Backend::Sqlite => Some("sqlite::memory:".to_owned()),
            Backend::Postgres => env::var("RELATA_POSTGRES_URL").ok(),
            Backend::MariaDb => env::var("RELATA_MYSQL_URL").ok(),
        }
    }
}
