//! The names of tables, indexes and keys as the DDL writes them.

use super::{Dialect, Error, ErrorKind, ForeignKey, ModelDef, Reference, Result, Site, Text};
use crate::schema::metadata;

/// The column that a violated check was said of; databases tell of checks but their names.
pub fn column_of_check(violation: &Error, dialect: Dialect) -> Option<&'static str> {
    let (table, name) = (violation.table()?, violation.constraint()?);
    let site = Site::new(dialect);
    metadata::registered().filter(|def| def.table == table).find_map(|def| {
        let text = Text { def, dialect, site: &site };
        let unnamed = def.checks.iter().filter(|check| check.name.is_none());
        unnamed.filter_map(|check| check.column).find(|column| text.check_name(column) == name)
    })
}

impl Text<'_> {
    pub(super) fn name(&self, name: &str) -> String {
        let mut quoted = String::with_capacity(name.len() + 2);
        self.dialect.quote(name, &mut quoted);
        quoted
    }

    pub(super) fn names<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> String {
        names.into_iter().map(|name| self.name(name)).collect::<Vec<_>>().join(", ")
    }

    pub(super) fn table(&self) -> String {
        self.table_in(self.def.schema, self.def.table)
    }

    fn table_in(&self, schema: Option<&str>, table: &str) -> String {
        let mut quoted = String::new();
        self.dialect.quote_table(schema, table, &mut quoted);
        quoted
    }

    /// A table that a key refers to. MySQL looks for one without a schema where the table is that
    /// has the key, and not where the connection is.
    pub(super) fn referred(&self, to: &Reference) -> String {
        match self.site.database.as_deref().filter(|_| self.leaves_schema(to)) {
            Some(database) => format!("{}.{}", self.name(database), self.name(to.table)),
            None => self.table_in(to.schema, to.table),
        }
    }

    fn leaves_schema(&self, to: &Reference) -> bool {
        self.dialect == Dialect::MySql && self.def.schema.is_some() && to.schema.is_none()
    }

    /// MySQL and MariaDB have names of letters up to U+FFFF. MySQL makes `?` of others.
    pub(super) fn check_names(&self) -> Result<()> {
        let &ModelDef { table, columns, .. } = self.def;
        let mut names = [table].into_iter().chain(columns.iter().map(|column| column.name));
        let wide = |name: &&str| name.chars().any(|letter| letter > '\u{FFFF}');
        match names.find(wide).filter(|_| self.dialect == Dialect::MySql) {
            Some(name) => {
                let message = format!(
                    "`{name}` cannot be a name on MySQL and MariaDB: names of tables and columns can have no emoji, and no other character beyond U+FFFF"
                );
                Err(Error::new(ErrorKind::Metadata, message).with_table(table))
            }
            None => Ok(()),
        }
    }

    pub(super) fn check_references(&self) -> Result<()> {
        let &ModelDef { name, table, .. } = self.def;
        let mut columns = self.def.columns.iter();
        let nameless = columns.find_map(|column| {
            let to = column.references.filter(|to| self.leaves_schema(to))?;
            self.site.database.is_none().then_some((column, to))
        });
        let Some((column, to)) = nameless else { return Ok(()) };
        let message = format!(
            "`{name}.{}` leads from `{table}` to `{}`, which says no schema, and MySQL and MariaDB want to be told its database; use `create_all`, which asks the server for it, or give `{}` a schema",
            column.field, to.table, to.name
        );
        Err(Error::new(ErrorKind::Metadata, message).with_table(table).with_columns([column.name]))
    }

    /// What the table is called in names that are made of it. SQLite's indexes share one list of
    /// names, so there it is the table's own name; elsewhere it is what SQLAlchemy makes of it.
    fn label(&self) -> String {
        match self.dialect.place(self.def.schema, self.def.table) {
            (Some(schema), table) => format!("{}_{table}", schema.replace('.', "_")),
            (None, table) => table.to_owned(),
        }
    }

    pub(super) fn index_name(&self, given: Option<&str>, columns: &[usize]) -> String {
        match (given, self.def.schema, self.dialect) {
            (Some(name), Some(schema), Dialect::Sqlite) => self.name(&format!("{schema}.{name}")),
            (Some(name), ..) => self.name(name),
            (None, ..) => {
                let fields = columns.iter().map(|&at| self.def.columns[at].name);
                let fields = fields.collect::<Vec<_>>().join("_");
                self.name(&self.fitting(format!("ix_{}_{fields}", self.label())))
            }
        }
    }

    /// The name of a key that is added to its table.
    pub(super) fn key_name(&self, key: &ForeignKey) -> String {
        let names = key.iter().map(|(at, _)| self.def.columns[*at].name);
        let columns = names.collect::<Vec<_>>().join("_");
        self.name(&self.fitting(format!("fk_{}_{columns}", self.label())))
    }

    /// The name of a check that was said of a column.
    pub(super) fn check_name(&self, column: &str) -> String {
        self.fitting(format!("ck_{}_{column}", self.label()))
    }

    /// A name that we make: the servers refuse or cut those that are too long.
    fn fitting(&self, name: String) -> String {
        const MOST: usize = 63;
        if self.dialect == Dialect::Sqlite || name.len() <= MOST {
            return name;
        }
        // FNV-1a, so that names that begin alike stay apart.
        let hash = name
            .bytes()
            .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
        let mut end = MOST - 9;
        while !name.is_char_boundary(end) {
            end -= 1;
        }
        format!("{}_{hash:08x}", &name[..end])
    }
}
