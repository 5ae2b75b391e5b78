//! [`Site`]: what the text of CREATE TABLE depends on beside the dialect, as the connection tells it.

use super::{Dialect, types};
use crate::{
    connection::{Row, Rows},
    error::Result,
    value::Cell,
};

/// The database that tables are created in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// How its SQL is written.
    pub dialect: Dialect,
    /// On MySQL and MariaDB, what tables without a schema are in, where that is known.
    pub database: Option<String>,
    /// Whether names of tables and databases are the same in upper and lower case, on MySQL and MariaDB.
    pub folds_case: bool,
    /// Whether a backslash in quotes is one, and no escape, on MySQL and MariaDB.
    pub plain_backslashes: bool,
}

impl Site {
    /// A database of which nothing else is known; a backslash is an escape then, as MySQL has it by
    /// itself.
    pub fn new(dialect: Dialect) -> Self {
        Site { dialect, database: None, folds_case: false, plain_backslashes: false }
    }

    /// The query for what there is to know, where it matters.
    pub fn ask(&self) -> Option<&'static str> {
        match self.dialect {
            Dialect::MySql => Some("SELECT database(), @@sql_mode, @@lower_case_table_names"),
            Dialect::Sqlite | Dialect::Postgres => None,
        }
    }

    /// Whether two names are of one table or one schema.
    pub(crate) fn is_same(&self, one: &str, other: &str) -> bool {
        match self.dialect {
            Dialect::Sqlite => one.eq_ignore_ascii_case(other),
            Dialect::MySql if self.folds_case => one.to_lowercase() == other.to_lowercase(),
            Dialect::Postgres | Dialect::MySql => one == other,
        }
    }

    /// Text in quotes.
    pub(crate) fn literal(&self, text: &str) -> String {
        match self.plain_backslashes {
            true => format!("'{}'", text.replace('\'', "''")),
            false => types::literal(text, self.dialect),
        }
    }
}

impl Rows for Site {
    fn row(&mut self, row: &dyn Row) -> Result<()> {
        let text = |at| match row.cell(at) {
            Ok(Cell::Text(text)) => Ok(Some(text.to_owned())),
            Ok(_) => Ok(None),
            Err(error) => Err(error),
        };
        self.database = text(0)?;
        let mode = text(1)?.unwrap_or_default();
        self.folds_case = !matches!(row.cell(2)?, Cell::Int(0));
        self.plain_backslashes = mode.split(',').any(|mode| mode == "NO_BACKSLASH_ESCAPES");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn literals(text: &str) -> [String; 4] {
        let plain = Site { plain_backslashes: true, ..Site::new(Dialect::MySql) };
        let [sqlite, postgres, mysql] =
            [Dialect::Sqlite, Dialect::Postgres, Dialect::MySql].map(Site::new);
        [sqlite, postgres, mysql, plain].map(|site| site.literal(text))
    }

    #[test]
    fn quotes_and_backslashes_stay_what_they_are() {
        assert_eq!(literals("it's"), ["'it''s'", "'it''s'", "'it''s'", "'it''s'"]);
        assert_eq!(literals(r"\' x"), [r"'\'' x'", r"E'\\'' x'", r"'\\'' x'", r"'\'' x'"]);
    }
}
