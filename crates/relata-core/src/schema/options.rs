//! What is said about a column that only the database sees: its default, its comment, and how it
//! makes keys.

use super::{ColumnDef, message::fail};
use crate::{
    sql::Dialect,
    value::{SqlType, Value},
};

/// SQL that the database evaluates for a new row that says nothing about a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerDefault {
    /// On SQLite.
    pub sqlite: Option<&'static str>,
    /// On PostgreSQL.
    pub postgres: Option<&'static str>,
    /// On MySQL and MariaDB.
    pub mysql: Option<&'static str>,
}

impl ServerDefault {
    /// The SQL for a database, where it has one.
    pub fn on(self, dialect: Dialect) -> Option<&'static str> {
        match dialect {
            Dialect::Sqlite => self.sqlite,
            Dialect::Postgres => self.postgres,
            Dialect::MySql => self.mysql,
        }
    }

    /// Whether every database has one.
    pub(super) const fn is_everywhere(&self) -> bool {
        self.sqlite.is_some() && self.postgres.is_some() && self.mysql.is_some()
    }
}

/// How an identity column makes its keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdentityDef {
    /// Whether the database refuses keys that the program gives, unless told to take them.
    pub always: bool,
    /// The first key.
    pub start: Option<i64>,
    /// From one key to the next; never 0.
    pub increment: i64,
}

impl ColumnDef {
    /// Whether a new row with this value says nothing about the column, and leaves it to the database.
    pub(crate) fn is_unsaid(&self, value: &Value) -> bool {
        self.server_default.is_some() && value.is_null()
    }
}

/// What `#[model(table)]` writes, one call for each thing said.
#[doc(hidden)]
impl ColumnDef {
    #[must_use]
    pub const fn server_default(mut self, sql: &'static str) -> ColumnDef {
        let sql = Some(sql);
        self.server_default = Some(ServerDefault { sqlite: sql, postgres: sql, mysql: sql });
        self
    }

    #[must_use]
    pub const fn server_default_on(mut self, default: ServerDefault) -> ColumnDef {
        self.server_default = Some(default);
        self
    }

    #[must_use]
    pub const fn comment(mut self, text: &'static str) -> ColumnDef {
        self.comment = Some(text);
        self
    }

    #[must_use]
    #[track_caller]
    pub const fn identity(mut self, identity: IdentityDef) -> ColumnDef {
        let SqlType::Integer(bits) = self.ty else {
            fail(
                "`{}`: `identity` is for integer keys; remove it, or the `key` that is none",
                &[self.field],
            )
        };
        if let Some(start) = identity.start
            && bits < 64
            && (start >= 1 << (bits - 1) || start < -(1 << (bits - 1)))
        {
            fail(
                "`{}`: the key's type cannot hold this `start`; write one that fits, or a wider `key`",
                &[self.field],
            )
        }
        self.identity = Some(identity);
        self
    }
}
