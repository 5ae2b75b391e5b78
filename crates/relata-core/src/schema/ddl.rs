//! The text of CREATE TABLE, CREATE INDEX and DROP TABLE, laid out as SQLAlchemy lays it out.

mod comments;
mod names;

pub use names::column_of_check;

use super::{CheckDef, ForeignKey, IndexDef, ModelDef, OnDelete, Reference, foreign_keys};
use crate::{
    error::{Error, ErrorKind, Result},
    sql::{Dialect, Site, schemas, types},
};

/// The statements that create the schemas which these models say, where they are not there yet.
pub fn create_schemas(defs: &[&ModelDef], dialect: Dialect) -> Vec<String> {
    schemas(dialect, defs).into_iter().map(|name| create_schema(name, dialect)).collect()
}

/// The statement that creates a schema, where it is not there yet.
pub fn create_schema(name: &str, dialect: Dialect) -> String {
    let mut text = String::from("CREATE SCHEMA IF NOT EXISTS ");
    dialect.quote(name, &mut text);
    text
}

/// The statements that create tables, each after those that it refers to. Where tables refer to each
/// other in a circle, and the database refuses to refer to what is not there yet, foreign keys come
/// last.
///
/// # Errors
/// `Metadata` where a key of MySQL would need the name of the database, and it is not known, or a name has
/// letters that it does not keep.
pub fn create_tables(defs: &[&ModelDef], site: &Site) -> Result<Vec<String>> {
    let mut statements = Vec::new();
    let mut last = Vec::new();
    for (at, def) in defs.iter().enumerate() {
        let later = later(&defs[at + 1..], site.dialect);
        let text = Text { def, dialect: site.dialect, site };
        text.check_names()?;
        text.check_references()?;
        statements.extend(text.create(later));
        last.extend(text.keys_to(later).map(|key| {
            let (table, name, key) = (text.table(), text.key_name(&key), text.foreign_key(&key));
            format!("ALTER TABLE {table} ADD CONSTRAINT {name} {key}")
        }));
    }
    statements.extend(last);
    Ok(statements)
}

/// The statements that drop tables and their indexes, given in the order of their creation. On MySQL
/// those of [`ForeignKeys::removal`](crate::sql::ForeignKeys::removal) come before them.
///
/// On PostgreSQL it is one statement for all, to which keys among them are nothing, however they are
/// named.
pub fn drop_tables(defs: &[&ModelDef], dialect: Dialect) -> Vec<String> {
    let mut statements = Vec::new();
    let site = &Site::new(dialect);
    if dialect == Dialect::Postgres {
        let names = defs.iter().rev().map(|def| Text { def, dialect, site }.table());
        let names = names.collect::<Vec<_>>().join(", ");
        statements.extend((!names.is_empty()).then(|| format!("DROP TABLE {names}")));
        return statements;
    }
    statements.extend(defs.iter().rev().map(|def| drop_table(def, dialect)));
    statements
}

/// The tables that are created later, as far as the database minds.
fn later<'d, 'a>(defs: &'d [&'a ModelDef], dialect: Dialect) -> &'d [&'a ModelDef] {
    match dialect {
        Dialect::Sqlite => &[],
        Dialect::Postgres | Dialect::MySql => defs,
    }
}

/// The statements that create a table: itself, then each of its indexes.
pub fn create_table(def: &ModelDef, dialect: Dialect) -> Vec<String> {
    Text { def, dialect, site: &Site::new(dialect) }.create(&[])
}

/// The statement that drops a table and its indexes.
pub fn drop_table(def: &ModelDef, dialect: Dialect) -> String {
    format!("DROP TABLE {}", Text { def, dialect, site: &Site::new(dialect) }.table())
}

struct Text<'a> {
    def: &'a ModelDef,
    dialect: Dialect,
    site: &'a Site,
}

impl Text<'_> {
    /// The table without its keys to tables that come later, then its indexes.
    fn create(&self, later: &[&ModelDef]) -> Vec<String> {
        let mut parts: Vec<String> = self
            .def
            .columns
            .iter()
            .map(|column| {
                let ty = types::column_type(column, self.dialect);
                format!("{} {ty}{}", self.name(column.name), self.inline_comment(column.comment))
            })
            .collect();
        parts.extend(self.primary_key());
        parts.extend(self.uniques());
        let keys = foreign_keys(self.def).into_iter().filter(|key| !refers_to(key, later));
        parts.extend(keys.map(|key| self.foreign_key(&key)));
        parts.extend(self.def.checks.iter().map(|check| self.check(check)));
        let (options, first_key) = (types::table_options(self.dialect), self.first_key());
        let comment = self.inline_comment(self.def.comment);
        let (name, parts) = (self.table(), parts.join(", \n\t"));
        let table = format!("CREATE TABLE {name} (\n\t{parts}\n){options}{first_key}{comment}");
        std::iter::once(table).chain(self.indexes()).chain(self.comments()).collect()
    }

    fn keys_to(&self, later: &[&ModelDef]) -> impl Iterator<Item = ForeignKey> {
        foreign_keys(self.def).into_iter().filter(move |key| refers_to(key, later))
    }

    fn columns(&self, positions: &[usize]) -> String {
        self.names(positions.iter().map(|&at| self.def.columns[at].name))
    }

    /// The clause, unless the column itself says that it is the key.
    fn primary_key(&self) -> Option<String> {
        let key = self.def.primary_key;
        let said = key.iter().any(|&at| types::is_inline_key(&self.def.columns[at], self.dialect));
        (!said).then(|| format!("PRIMARY KEY ({})", self.columns(key)))
    }

    fn uniques(&self) -> Vec<String> {
        // a unique column with an index gets a unique index instead
        let single = self.def.columns.iter().filter(|column| column.unique && !column.index);
        let single = single.map(|column| format!("UNIQUE ({})", self.name(column.name)));
        let several = self.def.uniques.iter().map(|unique| {
            format!("{}UNIQUE ({})", self.constraint(unique.name), self.columns(unique.columns))
        });
        single.chain(several).collect()
    }

    fn constraint(&self, name: Option<&str>) -> String {
        name.map_or_else(String::new, |name| format!("CONSTRAINT {} ", self.name(name)))
    }

    fn check(&self, check: &CheckDef) -> String {
        let name = match (check.name, check.column) {
            (None, Some(column)) => Some(self.check_name(column)),
            (given, _) => given.map(str::to_owned),
        };
        format!("{}CHECK ({})", self.constraint(name.as_deref()), check.sql)
    }

    fn foreign_key(&self, key: &ForeignKey) -> String {
        let to = key[0].1;
        let rule = match to.on_delete {
            None => "",
            Some(OnDelete::Cascade) => " ON DELETE CASCADE",
            Some(OnDelete::SetNull) => " ON DELETE SET NULL",
            Some(OnDelete::Restrict) => " ON DELETE RESTRICT",
        };
        format!(
            "FOREIGN KEY({}) REFERENCES {} ({}){rule}",
            self.names(key.iter().map(|(at, _)| self.def.columns[*at].name)),
            self.referred(&to),
            self.names(key.iter().map(|(_, to)| to.column)),
        )
    }

    fn indexes(&self) -> Vec<String> {
        let single = self.def.columns.iter().enumerate().filter(|(_, column)| column.index);
        let single = single.map(|(at, column)| self.index(None, &[at], column.unique));
        let several = self.def.indexes.iter();
        let several = several.map(|IndexDef { name, columns }| self.index(*name, columns, false));
        single.chain(several).collect()
    }

    fn index(&self, name: Option<&str>, columns: &[usize], unique: bool) -> String {
        format!(
            "CREATE {}INDEX {} ON {} ({})",
            if unique { "UNIQUE " } else { "" },
            self.index_name(name, columns),
            self.table(),
            self.columns(columns)
        )
    }

    /// Where MySQL's keys begin, if that was said: an identity column's `start`.
    fn first_key(&self) -> String {
        let start = self.def.columns.iter().find_map(|column| column.identity?.start);
        match (self.dialect, start) {
            // it counts from 1 up, and takes no other number
            (Dialect::MySql, Some(start @ 1..)) => format!(" AUTO_INCREMENT = {start}"),
            _ => String::new(),
        }
    }
}

/// Whether a key refers to one of these tables.
fn refers_to(key: &ForeignKey, defs: &[&ModelDef]) -> bool {
    key.iter().any(|(_, to)| defs.iter().any(|def| def.identity == to.model))
}

#[cfg(test)]
mod tests;
