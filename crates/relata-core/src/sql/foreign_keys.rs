//! The foreign keys that a MySQL database has. Tables that refer to each other cannot be dropped there
//! before those keys are.

use super::{Dialect, Rendered, Site, catalog::schemas, text::Text};
use crate::{
    connection::{Row, Rows},
    error::Result,
    schema::ModelDef,
    value::{Cell, Value},
};

/// The foreign keys of a database, as it names them.
#[derive(Debug, Default)]
pub struct ForeignKeys(Vec<ForeignKey>);

#[derive(Debug)]
struct ForeignKey {
    name: String,
    /// Each table with its schema.
    from: (String, String),
    to: (String, String),
}

impl ForeignKeys {
    /// The query whose rows it takes, of the databases that these models are in; `None` where tables
    /// are dropped without it.
    ///
    /// # Errors
    /// None in practice: a name is text, which can be bound.
    pub fn ask(dialect: Dialect, defs: &[&ModelDef]) -> Result<Option<Rendered>> {
        if dialect != Dialect::MySql {
            return Ok(None);
        }
        let mut text = Text::new(dialect);
        text.push("SELECT constraint_name, constraint_schema, table_name, unique_constraint_schema, referenced_table_name FROM information_schema.referential_constraints WHERE constraint_schema IN (database()");
        for schema in schemas(dialect, defs) {
            text.push(", ").bind(&Value::Text(schema.into()), None)?;
        }
        text.push(")");
        Ok(Some(text.rendered()))
    }

    /// The statements that drop the keys to tables which are dropped before those that have them; the
    /// tables are given in the order of their creation.
    pub fn removal(&self, site: &Site, defs: &[&ModelDef]) -> Vec<String> {
        let place = |(schema, table): &(String, String)| {
            defs.iter().position(|def| {
                let (own, name) = site.dialect.place(def.schema, def.table);
                let own = own.or(site.database.as_deref());
                own.is_some_and(|own| site.is_same(own, schema)) && site.is_same(name, table)
            })
        };
        let later = self.0.iter().filter_map(|key| {
            let (from, to) = (place(&key.from)?, place(&key.to)?);
            (to > from).then_some((defs[from], &key.name))
        });
        later
            .map(|(def, name)| {
                let mut sql = String::from("ALTER TABLE ");
                site.dialect.quote_table(def.schema, def.table, &mut sql);
                sql.push_str(" DROP FOREIGN KEY ");
                site.dialect.quote(name, &mut sql);
                sql
            })
            .collect()
    }
}

impl Rows for ForeignKeys {
    fn row(&mut self, row: &dyn Row) -> Result<()> {
        let text = |at| match row.cell(at) {
            Ok(Cell::Text(name)) => Ok(name.to_owned()),
            Ok(_) => Ok(String::new()),
            Err(error) => Err(error),
        };
        let (from, to) = ((text(1)?, text(2)?), (text(3)?, text(4)?));
        self.0.push(ForeignKey { name: text(0)?, from, to });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(schema: &str, table: &str) -> (String, String) {
        (schema.to_owned(), table.to_owned())
    }

    #[test]
    fn keys_to_tables_that_are_dropped_before_are_dropped_first() {
        let of = |schema, table| {
            let hero = ModelDef::of::<crate::query::fixture::Hero>();
            &*Box::leak(Box::new(ModelDef { schema, table, ..hero }))
        };
        let (team, hero) = (of(None, "team"), of(Some("archive"), "archive.hero"));
        let site = Site { database: Some("app".into()), ..Site::new(Dialect::MySql) };
        let key = |name: &str, from, to| ForeignKey { name: name.to_owned(), from, to };
        let keys = ForeignKeys(vec![
            key("team_ibfk_1", place("app", "team"), place("archive", "hero")),
            key("hero_ibfk_1", place("archive", "hero"), place("app", "team")),
            key("hero_ibfk_2", place("archive", "hero"), place("archive", "hero")),
            key("other", place("archive", "team"), place("archive", "hero")),
        ]);
        assert_eq!(
            keys.removal(&site, &[team, hero]),
            ["ALTER TABLE team DROP FOREIGN KEY team_ibfk_1"]
        );
        assert_eq!(
            keys.removal(&site, &[hero, team]),
            ["ALTER TABLE archive.hero DROP FOREIGN KEY hero_ibfk_1"]
        );
        assert!(keys.removal(&site, &[team]).is_empty());
    }
}
