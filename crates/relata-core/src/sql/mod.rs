//! Statements as text. The only place that knows one database's SQL from another's.

mod array;
mod binary;
mod call;
mod cast;
mod catalog;
mod change;
mod compare;
mod conflict;
mod count;
mod expr;
mod fetch;
mod foreign_keys;
mod groups;
mod guard;
mod in_turn;
mod json;
mod keys;
mod like;
mod listed;
mod literal;
mod moment;
pub(crate) mod names;
pub(crate) mod offered;
mod outputs;
mod parameter;
mod pieces;
mod quoted;
mod raw;
mod read;
mod related;
mod round;
mod row_keys;
mod same;
mod scope;
mod site;
mod targets;
#[cfg(test)]
mod tests;
mod text;
pub(crate) mod types;
mod with;
mod write;

use crate::{schema::bare, value::Value};

pub(crate) use catalog::schemas;
pub use catalog::{Catalog, before_drop, existing_enums, unused_enums};
pub use change::change;
pub use count::{count, exists};
pub use fetch::{lock_by, select_by};
pub use foreign_keys::ForeignKeys;
pub use guard::Guard;
pub use listed::{Listed, listed};
pub(crate) use outputs::tables_of;
pub use parameter::column_of;
pub(crate) use pieces::{light, pieces};
pub use raw::{first_word, raw, reads, words};
pub use read::read;
pub(crate) use row_keys::row_keys;
pub use site::Site;
pub use targets::select_targets;
pub use types::type_name;
pub use write::{delete, insert, set_default, set_null, update};

/// Whose SQL is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
    /// MySQL and MariaDB.
    MySql,
}

impl Dialect {
    /// Writes the name of a table, column or constraint, in quotes where it needs them: it is a
    /// reserved word, or has other characters than `a` to `z`, digits and `_`.
    ///
    /// ```
    /// use relata_core::sql::Dialect;
    ///
    /// let mut sql = String::from("SELECT * FROM ");
    /// Dialect::Sqlite.quote("order", &mut sql);
    /// assert_eq!(sql, r#"SELECT * FROM "order""#);
    /// ```
    pub fn quote(self, name: &str, out: &mut String) {
        if names::is_plain(name, self) { out.push_str(name) } else { self.quoted(name, out) }
    }

    /// Writes the name of a type, in quotes where it needs them.
    pub(crate) fn quote_type(self, name: &str, out: &mut String) {
        match self {
            Dialect::Postgres if !names::is_plain_type(name) => self.quoted(name, out),
            _ => self.quote(name, out),
        }
    }

    fn quoted(self, name: &str, out: &mut String) {
        let mark = match self {
            Dialect::Sqlite | Dialect::Postgres => '"',
            Dialect::MySql => '`',
        };
        out.push(mark);
        for letter in name.chars() {
            if letter == mark {
                out.push(mark);
            }
            out.push(letter);
        }
        out.push(mark);
    }
}

impl Dialect {
    /// Splits a table's name, in front of which its schema stands. SQLite has no schemas, so there
    /// it is one name.
    pub(crate) fn place<'n>(
        self,
        schema: Option<&'n str>,
        table: &'n str,
    ) -> (Option<&'n str>, &'n str) {
        match self {
            Dialect::Sqlite => (None, table),
            Dialect::Postgres | Dialect::MySql => (schema, bare(schema, table)),
        }
    }

    /// Writes the name of a table, in front of which its schema stands, each part quoted by itself.
    pub(crate) fn quote_table(self, schema: Option<&str>, table: &str, out: &mut String) {
        let (schema, table) = self.place(schema, table);
        if let Some(schema) = schema {
            self.quote(schema, out);
            out.push('.');
        }
        self.quote(table, out);
    }
}

/// A statement as text, with its parameters in the order of their placeholders.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rendered {
    /// The text.
    pub sql: String,
    /// The parameters; none is late or a misfit.
    pub params: Vec<Value>,
}
