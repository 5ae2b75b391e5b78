//! What a database says of its own tables, for creating those that are missing and dropping those
//! that are there.

use super::{Dialect, Rendered, Site, text::Text};
use crate::{
    connection::{Row, Rows},
    error::{Error, ErrorKind, Result},
    schema::ModelDef,
    value::{Cell, Value},
};

/// The tables that a database has, and the schemas that were asked for.
#[derive(Debug, Default)]
pub struct Catalog {
    /// Each with its schema, where that is not the one of tables which say none.
    tables: Vec<(Option<String>, String)>,
    schemas: Vec<String>,
}

impl Catalog {
    /// The query whose rows it takes: for the tables that say no schema, and those of the schemas
    /// that these models say.
    ///
    /// # Errors
    /// None in practice: a name is text, which can be bound.
    pub fn ask(dialect: Dialect, defs: &[&ModelDef]) -> Result<Rendered> {
        let mut text = Text::new(dialect);
        text.push(match dialect {
            Dialect::Sqlite => "SELECT NULL, name FROM sqlite_master WHERE type = 'table'",
            Dialect::Postgres => {
                "SELECT NULL::text, tablename::text FROM pg_catalog.pg_tables WHERE schemaname = current_schema()"
            }
            Dialect::MySql => {
                "SELECT NULL, table_name FROM information_schema.tables WHERE table_schema = database() AND table_type IN ('BASE TABLE', 'SYSTEM VERSIONED')"
            }
        });
        let schemas = schemas(dialect, defs);
        if schemas.is_empty() {
            return Ok(text.rendered());
        }
        let parts: &[_] = match dialect {
            Dialect::Sqlite => &[],
            Dialect::Postgres => &[
                "SELECT schemaname::text, tablename::text FROM pg_catalog.pg_tables WHERE schemaname::text",
                "SELECT nspname::text, NULL FROM pg_catalog.pg_namespace WHERE nspname::text",
            ],
            Dialect::MySql => &[
                "SELECT table_schema, table_name FROM information_schema.tables WHERE table_type IN ('BASE TABLE', 'SYSTEM VERSIONED') AND table_schema",
                "SELECT schema_name, NULL FROM information_schema.schemata WHERE schema_name",
            ],
        };
        for part in parts {
            text.push("\nUNION ALL ").push(part).push(" IN (");
            text.try_list(", ", &schemas, |text, name| {
                text.bind(&Value::Text((*name).into()), None)
            })?;
            text.push(")");
        }
        Ok(text.rendered())
    }

    /// Whether a model's table is there.
    pub fn has(&self, site: &Site, def: &ModelDef) -> bool {
        let (schema, table) = site.dialect.place(def.schema, def.table);
        self.tables.iter().any(|(of, name)| {
            let schemas = of.as_deref().zip(schema);
            of.is_some() == schema.is_some()
                && schemas.is_none_or(|(of, schema)| site.is_same(of, schema))
                && site.is_same(name, table)
        })
    }

    /// The schemas that these models say, and that are not there.
    pub fn missing_schemas(
        &self,
        dialect: Dialect,
        defs: &[&ModelDef],
    ) -> impl Iterator<Item = &'static str> {
        let all = schemas(dialect, defs).into_iter();
        all.filter(|name| self.schemas.iter().all(|known| known != name))
    }
}

impl Rows for Catalog {
    fn row(&mut self, row: &dyn Row) -> Result<()> {
        match (name(row, 0)?, name(row, 1)?) {
            (schema, Some(table)) => self.tables.push((schema, table)),
            (Some(schema), None) => self.schemas.push(schema),
            (None, None) => {}
        }
        Ok(())
    }
}

fn name(row: &dyn Row, at: usize) -> Result<Option<String>> {
    match row.cell(at)? {
        Cell::Null => Ok(None),
        Cell::Text(name) => Ok(Some(name.to_owned())),
        other => {
            let message = format!("the database gave {} for a table's name", other.kind());
            Err(Error::new(ErrorKind::Decode, message))
        }
    }
}

/// The schemas of these models, each once; none where the database has no schemas.
pub(crate) fn schemas(dialect: Dialect, defs: &[&ModelDef]) -> Vec<&'static str> {
    let mut all = Vec::new();
    for schema in defs.iter().filter_map(|def| def.schema) {
        if dialect != Dialect::Sqlite && !all.contains(&schema) {
            all.push(schema);
        }
    }
    all
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

/// What a transaction sends before it drops tables that refer to each other: foreign keys are
/// checked at its end then, where nothing is left that they could be violated by.
pub fn before_drop(dialect: Dialect) -> Option<&'static str> {
    match dialect {
        Dialect::Sqlite => Some("PRAGMA defer_foreign_keys = ON"),
        Dialect::Postgres | Dialect::MySql => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_same_as_the_database_takes_them() {
        let def = |schema, table| ModelDef {
            schema,
            table,
            ..ModelDef::of::<crate::query::fixture::Hero>()
        };
        let tables = vec![(None, "heroes".into()), (Some("archive".into()), "old".into())];
        let catalog = Catalog { tables, schemas: Vec::new() };
        let site = Site::new;
        let folding = Site { folds_case: true, ..site(Dialect::MySql) };
        let plain = [site(Dialect::Postgres), site(Dialect::MySql)];
        for site in &plain {
            assert!(catalog.has(site, &def(None, "heroes")));
            assert!(!catalog.has(site, &def(None, "Heroes")));
            assert!(!catalog.has(site, &def(Some("Archive"), "Archive.old")));
            assert!(!catalog.has(site, &def(None, "old")));
        }
        assert!(catalog.has(&site(Dialect::Sqlite), &def(None, "Heroes")));
        assert!(catalog.has(&folding, &def(None, "Heroes")));
        assert!(catalog.has(&folding, &def(Some("Archive"), "Archive.Old")));
        assert!(!catalog.has(&folding, &def(Some("Archive"), "Archive.Heroes")));
    }
}
