//! The text of CREATE TABLE, CREATE INDEX and DROP TABLE, laid out as SQLAlchemy lays it out.

use super::{CheckDef, IndexDef, ModelDef, OnDelete, Reference, metadata};
use crate::sql::{Dialect, types};

/// The statements that create tables, each after those that it refers to. Where tables refer to each
/// other in a circle, and the database refuses to refer to what is not there yet, foreign keys come
/// last.
pub fn create_tables(defs: &[&ModelDef], dialect: Dialect) -> Vec<String> {
    let mut statements = Vec::new();
    let mut last = Vec::new();
    for (at, def) in defs.iter().enumerate() {
        let later = later(&defs[at + 1..], dialect);
        let text = Text { def, dialect };
        statements.extend(text.create(later));
        last.extend(text.keys_to(later).map(|key| {
            let (table, name, key) =
                (text.name(def.table), text.key_name(&key), text.foreign_key(&key));
            format!("ALTER TABLE {table} ADD CONSTRAINT {name} {key}")
        }));
    }
    statements.extend(last);
    statements
}

/// The statements that drop tables and their indexes, given in the order of their creation.
///
/// On PostgreSQL it is one statement for all, to which keys among them are nothing, however they are
/// named.
pub fn drop_tables(defs: &[&ModelDef], dialect: Dialect) -> Vec<String> {
    let mut statements = Vec::new();
    if dialect == Dialect::Postgres {
        let names = defs.iter().rev().map(|def| Text { def, dialect }.name(def.table));
        let names = names.collect::<Vec<_>>().join(", ");
        statements.extend((!names.is_empty()).then(|| format!("DROP TABLE {names}")));
        return statements;
    }
    for (at, def) in defs.iter().enumerate() {
        let text = Text { def, dialect };
        statements.extend(text.keys_to(later(&defs[at + 1..], dialect)).map(|key| {
            let (table, name) = (text.name(def.table), text.key_name(&key));
            format!("ALTER TABLE {table} DROP FOREIGN KEY {name}")
        }));
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
    Text { def, dialect }.create(&[])
}

/// The statement that drops a table and its indexes.
pub fn drop_table(def: &ModelDef, dialect: Dialect) -> String {
    format!("DROP TABLE {}", Text { def, dialect }.name(def.table))
}

/// One foreign key constraint: the columns, and what each refers to.
type ForeignKey = Vec<(&'static str, Reference)>;

struct Text<'a> {
    def: &'a ModelDef,
    dialect: Dialect,
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
                format!("{} {ty}", self.name(column.name))
            })
            .collect();
        parts.extend(self.primary_key());
        parts.extend(self.uniques());
        let keys = self.foreign_keys().into_iter().filter(|key| !refers_to(key, later));
        parts.extend(keys.map(|key| self.foreign_key(&key)));
        parts.extend(self.def.checks.iter().map(|check| self.check(check)));
        let options = types::table_options(self.dialect);
        let (name, parts) = (self.name(self.def.table), parts.join(", \n\t"));
        let table = format!("CREATE TABLE {name} (\n\t{parts}\n){options}");
        std::iter::once(table).chain(self.indexes()).collect()
    }

    fn keys_to(&self, later: &[&ModelDef]) -> impl Iterator<Item = ForeignKey> {
        self.foreign_keys().into_iter().filter(move |key| refers_to(key, later))
    }

    /// The name of a key that is added to its table.
    fn key_name(&self, key: &ForeignKey) -> String {
        let columns = key.iter().map(|(name, _)| *name).collect::<Vec<_>>().join("_");
        self.name(&self.fitting(format!("fk_{}_{columns}", self.def.table)))
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

    fn name(&self, name: &str) -> String {
        let mut quoted = String::with_capacity(name.len() + 2);
        self.dialect.quote(name, &mut quoted);
        quoted
    }

    fn names<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> String {
        names.into_iter().map(|name| self.name(name)).collect::<Vec<_>>().join(", ")
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
        format!("{}CHECK ({})", self.constraint(check.name), check.sql)
    }

    fn foreign_keys(&self) -> Vec<ForeignKey> {
        let mut keys: Vec<ForeignKey> = Vec::new();
        for column in self.def.columns {
            let Some(to) = column.references else { continue };
            let composite = |key: &&mut ForeignKey| {
                is_part_of_key(&to)
                    && key.iter().all(|(_, other)| {
                        other.model == to.model
                            && other.column != to.column
                            && other.on_delete == to.on_delete
                            && is_part_of_key(other)
                    })
            };
            match keys.iter_mut().find(composite) {
                Some(key) => key.push((column.name, to)),
                None => keys.push(vec![(column.name, to)]),
            }
        }
        keys
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
            self.names(key.iter().map(|(name, _)| *name)),
            self.name(to.table),
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
        let fields = columns.iter().map(|&at| self.def.columns[at].name).collect::<Vec<_>>();
        let default = || self.fitting(format!("ix_{}_{}", self.def.table, fields.join("_")));
        format!(
            "CREATE {}INDEX {} ON {} ({})",
            if unique { "UNIQUE " } else { "" },
            self.name(&name.map_or_else(default, String::from)),
            self.name(self.def.table),
            self.columns(columns)
        )
    }
}

/// Whether a key refers to one of these tables.
fn refers_to(key: &ForeignKey, defs: &[&ModelDef]) -> bool {
    key.iter().any(|(_, to)| defs.iter().any(|def| def.identity == to.model))
}

/// Whether a reference is to one column of a composite key, so that it makes one constraint with
/// those to the others. Where the model referred to is not registered, nothing speaks against it.
fn is_part_of_key(to: &Reference) -> bool {
    metadata::find(to.model).is_none_or(|target| {
        target.primary_key.len() > 1
            && target.primary_key.iter().any(|&at| target.columns[at].name == to.column)
    })
}

#[cfg(test)]
mod tests;
