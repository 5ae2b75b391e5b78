//! The types of enums, where the database has them as types of their own (PostgreSQL): which the columns
//! of some tables have, and the statements that create, extend and drop them.

use super::{ModelDef, metadata::place};
use crate::{
    error::{Error, ErrorKind, Result},
    sql::{Dialect, names, types},
    value::{EnumType, SqlType},
};

/// A type of the database: its name, and the names of its variants in their order.
pub type StoredEnum = (String, Vec<String>);

/// The types of enums that columns of these tables have, in the order of their first use; none where
/// the database has no such types.
///
/// # Errors
/// `Metadata` where two enums, or an enum and a table, have one name, and where the database has a
/// type of that name itself.
pub fn enums(defs: &[&ModelDef], dialect: Dialect) -> Result<Vec<&'static EnumType>> {
    let mut found: Vec<&'static EnumType> = Vec::new();
    if dialect != Dialect::Postgres {
        return Ok(found);
    }
    for of in defs.iter().flat_map(|def| def.columns).filter_map(|column| enum_of(column.ty)) {
        match found.iter().find(|other| other.name == of.name) {
            Some(other) if *other != of => return Err(same_name(other, of)),
            Some(_) => {}
            None => found.push(of),
        }
    }
    for of in &found {
        if names::is_postgres_type(of.name) {
            return Err(built_in(of));
        }
        if let Some(def) = defs.iter().find(|def| def.table == of.name) {
            return Err(table_of_that_name(def, of));
        }
    }
    Ok(found)
}

/// The enum in a column, alone or as an array.
fn enum_of(ty: SqlType) -> Option<&'static EnumType> {
    match ty {
        SqlType::Enum(of) => Some(of),
        SqlType::Array(element) => enum_of(*element),
        _ => None,
    }
}

/// The statements that make a type what the program has: all of it where it is missing, and the
/// variants that it lacks, each at its place.
pub fn create_enum(
    of: &'static EnumType,
    stored: Option<&StoredEnum>,
    dialect: Dialect,
) -> Vec<String> {
    let name = types::type_name(SqlType::Enum(of), dialect);
    let Some((_, stored)) = stored else {
        let variants: Vec<_> =
            of.variants.iter().map(|name| types::literal(name, dialect)).collect();
        return vec![format!("CREATE TYPE {name} AS ENUM ({})", variants.join(", "))];
    };
    let has = |variant: &str| stored.iter().any(|name| name == variant);
    let missing = (0..of.variants.len()).filter(|at| !has(of.variants[*at]));
    let added = missing.map(|at| {
        // those before it are there by now
        let place = match at.checked_sub(1) {
            Some(before) => Some(("AFTER", of.variants[before])),
            None => of.variants.iter().find(|name| has(name)).map(|first| ("BEFORE", *first)),
        };
        let place = place.map_or_else(String::new, |(side, other)| {
            format!(" {side} {}", types::literal(other, dialect))
        });
        let variant = types::literal(of.variants[at], dialect);
        format!("ALTER TYPE {name} ADD VALUE IF NOT EXISTS {variant}{place}")
    });
    added.collect()
}

/// The statement that drops a type.
pub fn drop_enum(of: &'static EnumType, dialect: Dialect) -> String {
    format!("DROP TYPE {}", types::type_name(SqlType::Enum(of), dialect))
}

fn same_name(first: &EnumType, second: &EnumType) -> Error {
    let message = format!(
        "two enums have the type `{}`: {} and {}; give one of them another: `#[column(type = \"...\")]`",
        first.name,
        place(first.identity, first.source),
        place(second.identity, second.source)
    );
    Error::new(ErrorKind::Metadata, message)
}

fn table_of_that_name(def: &ModelDef, of: &EnumType) -> Error {
    let message = format!(
        "the table of {} and the type of the enum {} are both called `{}`, and in PostgreSQL a table is a type too; give the enum another: `#[column(type = \"...\")]`",
        place(def.identity, def.source),
        place(of.identity, of.source),
        of.name
    );
    Error::new(ErrorKind::Metadata, message).with_table(def.table)
}

fn built_in(of: &EnumType) -> Error {
    let message = format!(
        "the type of the enum {} is called `{}`, and PostgreSQL has a type of that name itself; give the enum another: `#[column(type = \"...\")]`",
        place(of.identity, of.source),
        of.name
    );
    Error::new(ErrorKind::Metadata, message)
}

#[cfg(test)]
mod tests;
