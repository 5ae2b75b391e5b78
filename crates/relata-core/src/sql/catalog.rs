//! What a database says of its own tables, for creating those that are missing and dropping those
//! that are there.

use super::Dialect;

/// The query for the names of all tables, one a row; of the current schema, where there are several.
pub fn existing_tables(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => "SELECT name FROM sqlite_master WHERE type = 'table'",
        Dialect::Postgres => {
            "SELECT tablename::text FROM pg_catalog.pg_tables WHERE schemaname = current_schema()"
        }
        Dialect::MySql => {
            "SELECT table_name FROM information_schema.tables WHERE table_schema = database() AND table_type = 'BASE TABLE'"
        }
    }
}

/// Whether two names are the same table's, both as written in quotes.
pub fn is_same_table(dialect: Dialect, one: &str, other: &str) -> bool {
    match dialect {
        Dialect::Sqlite => one.eq_ignore_ascii_case(other),
        Dialect::Postgres | Dialect::MySql => one == other,
    }
}

/// What a transaction sends before it drops tables that refer to each other: foreign keys are
/// checked at its end then, where nothing is left that they could be violated by.
pub fn before_drop(dialect: Dialect) -> Option<&'static str> {
    match dialect {
        Dialect::Sqlite => Some("PRAGMA defer_foreign_keys = ON"),
        Dialect::Postgres | Dialect::MySql => None,
    }
}
