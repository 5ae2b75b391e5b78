//! The types of enums that tables need, where the database has them as types of their own.

use relata_core::{
    Error, ErrorKind, Result,
    connection::{Row, Rows},
    schema::{ModelDef, StoredEnum, create_enum, drop_enum, enums},
    sql::Dialect,
    value::{Cell, EnumType},
};

/// The types of enums that the database has; or the names of some of them.
#[derive(Default)]
pub(super) struct Stored(Vec<StoredEnum>);

impl Stored {
    fn get(&self, of: &EnumType) -> Option<&StoredEnum> {
        self.0.iter().find(|(name, _)| name == of.name)
    }

    /// The statements that give the types that are there the variants which the program has more.
    /// They are committed before anything else is done, because the server lets nobody use a variant
    /// before that.
    pub(super) fn extension(&self, tables: &[&ModelDef], dialect: Dialect) -> Result<Vec<String>> {
        let there = enums(tables, dialect)?.into_iter().filter_map(|of| Some((of, self.get(of)?)));
        Ok(there.flat_map(|(of, stored)| create_enum(of, Some(stored), dialect)).collect())
    }

    /// The statements that create the types which these tables need and which are missing.
    pub(super) fn creation(&self, tables: &[&ModelDef], dialect: Dialect) -> Result<Vec<String>> {
        let missing = enums(tables, dialect)?.into_iter().filter(|of| self.get(of).is_none());
        Ok(missing.flat_map(|of| create_enum(of, None, dialect)).collect())
    }

    /// The statements that drop the types of these tables that are among them.
    pub(super) fn removal(&self, tables: &[&ModelDef], dialect: Dialect) -> Result<Vec<String>> {
        let there = enums(tables, dialect)?.into_iter().filter(|of| self.get(of).is_some());
        Ok(there.map(|of| drop_enum(of, dialect)).collect())
    }
}

impl Rows for Stored {
    /// The name of a type, and that of one of its variants, where it has any.
    fn row(&mut self, row: &dyn Row) -> Result<()> {
        let Some(name) = name(row, 0)? else { return Ok(()) };
        let variant = if row.width() > 1 { self::name(row, 1)? } else { None };
        if self.0.last().is_none_or(|(last, _)| *last != name) {
            self.0.push((name, Vec::new()));
        }
        if let Some((_, variants)) = self.0.last_mut() {
            variants.extend(variant);
        }
        Ok(())
    }
}

fn name(row: &dyn Row, at: usize) -> Result<Option<String>> {
    match row.cell(at)? {
        Cell::Null => Ok(None),
        Cell::Text(name) => Ok(Some(name.to_owned())),
        other => {
            let message = format!("the database gave {} for a type's name", other.kind());
            Err(Error::new(ErrorKind::Decode, message))
        }
    }
}
