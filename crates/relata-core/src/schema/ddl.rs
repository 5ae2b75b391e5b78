//! The text of CREATE TABLE, CREATE INDEX and DROP TABLE, laid out as SQLAlchemy lays it out.

use super::{CheckDef, IndexDef, ModelDef, OnDelete, Reference, metadata};
use crate::sql::{Dialect, types};

/// The statements that create tables, in this order. SQLite lets a table refer to one that is not
/// there yet; elsewhere such keys are added when all tables are.
pub fn create_tables(tables: &[&ModelDef], dialect: Dialect) -> Vec<String> {
    let mut created = Vec::new();
    let mut added = Vec::new();
    for (at, def) in tables.iter().enumerate() {
        let later = |to: &Reference| {
            dialect != Dialect::Sqlite
                && tables[at + 1..].iter().any(|other| other.identity == to.model)
        };
        created.extend(create(def, dialect, &later));
        let text = Text { def, dialect };
        let keys = text.foreign_keys().into_iter().filter(|key| later(&key[0].1));
        added.extend(keys.map(|key| {
            format!("ALTER TABLE {} ADD {}", text.name(def.table), text.foreign_key(&key))
        }));
    }
    created.extend(added);
    created
}

/// The statements that create a table: itself, then each of its indexes.
pub fn create_table(def: &ModelDef, dialect: Dialect) -> Vec<String> {
    create(def, dialect, &|_| false)
}

/// Without the foreign keys that are left out.
fn create(def: &ModelDef, dialect: Dialect, left_out: &dyn Fn(&Reference) -> bool) -> Vec<String> {
    let text = Text { def, dialect };
    let mut parts: Vec<String> = def
        .columns
        .iter()
        .map(|column| format!("{} {}", text.name(column.name), types::column_type(column, dialect)))
        .collect();
    parts.extend(text.primary_key());
    parts.extend(text.uniques());
    let keys = text.foreign_keys().into_iter().filter(|key| !left_out(&key[0].1));
    parts.extend(keys.map(|key| text.foreign_key(&key)));
    parts.extend(def.checks.iter().map(|check| text.check(check)));
    let table = format!("CREATE TABLE {} (\n\t{}\n)", text.name(def.table), parts.join(", \n\t"));
    std::iter::once(table).chain(text.indexes()).collect()
}

/// The statement that drops a table and its indexes.
pub fn drop_table(def: &ModelDef, dialect: Dialect) -> String {
    format!("DROP TABLE {}", Text { def, dialect }.name(def.table))
}

/// The statements that drop tables. PostgreSQL drops tables that refer to each other only together.
pub fn drop_tables(tables: &[&ModelDef], dialect: Dialect) -> Vec<String> {
    match (dialect, tables) {
        (_, []) => Vec::new(),
        (Dialect::Postgres, _) => {
            let name = |def: &&ModelDef| Text { def, dialect }.name(def.table);
            vec![format!("DROP TABLE {}", tables.iter().map(name).collect::<Vec<_>>().join(", "))]
        }
        _ => tables.iter().map(|def| drop_table(def, dialect)).collect(),
    }
}

/// One foreign key constraint: the columns, and what each refers to.
type ForeignKey = Vec<(&'static str, Reference)>;

struct Text<'a> {
    def: &'a ModelDef,
    dialect: Dialect,
}

impl Text<'_> {
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
        let default = || format!("ix_{}_{}", self.def.table, fields.join("_"));
        format!(
            "CREATE {}INDEX {} ON {} ({})",
            if unique { "UNIQUE " } else { "" },
            self.name(&name.map_or_else(default, String::from)),
            self.name(self.def.table),
            self.columns(columns)
        )
    }
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
