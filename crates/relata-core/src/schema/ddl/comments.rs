//! Comments of tables and columns, where the database keeps them.

use super::{Dialect, Text};

impl Text<'_> {
    /// What stands behind a column or table on MySQL.
    pub(super) fn inline_comment(&self, comment: Option<&str>) -> String {
        match comment.filter(|_| self.dialect == Dialect::MySql) {
            Some(text) => format!(" COMMENT {}", self.site.literal(text)),
            None => String::new(),
        }
    }

    /// The statements that PostgreSQL has for them.
    pub(super) fn comments(&self) -> Vec<String> {
        if self.dialect != Dialect::Postgres {
            return Vec::new();
        }
        let table = self.table();
        let comment =
            |what: String, text: &str| format!("COMMENT ON {what} IS {}", self.site.literal(text));
        let own = self.def.comment.map(|text| comment(format!("TABLE {table}"), text));
        let columns = self.def.columns.iter().filter_map(|column| {
            let name = self.name(column.name);
            Some(comment(format!("COLUMN {table}.{name}"), column.comment?))
        });
        own.into_iter().chain(columns).collect()
    }
}
