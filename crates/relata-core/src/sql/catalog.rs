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

/// The query for the types of enums in the current schema: one row for each of their variants, with the
/// names of both, in their order. `None` where the database has no such types.
pub fn existing_enums(dialect: Dialect) -> Option<&'static str> {
    match dialect {
        Dialect::Sqlite | Dialect::MySql => None,
        Dialect::Postgres => Some(
            "SELECT t.typname::text, e.enumlabel::text FROM pg_catalog.pg_type AS t LEFT JOIN pg_catalog.pg_enum AS e ON e.enumtypid = t.oid WHERE t.typtype = 'e' AND t.typnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = current_schema()) ORDER BY t.typname, e.enumsortorder",
        ),
    }
}

/// The query for the names of those types that nothing uses: no column, view or function, in whichever
/// schema.
pub fn unused_enums(dialect: Dialect) -> Option<&'static str> {
    match dialect {
        Dialect::Sqlite | Dialect::MySql => None,
        Dialect::Postgres => Some(
            "SELECT t.typname::text FROM pg_catalog.pg_type AS t WHERE t.typtype = 'e' AND t.typnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = current_schema()) AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend AS d WHERE d.refclassid = 'pg_catalog.pg_type'::regclass AND d.refobjid IN (t.oid, t.typarray) AND NOT (d.classid = d.refclassid AND d.objid = t.typarray))",
        ),
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
