//! The names of column types in each database, and how each declares a key that it makes itself.

use super::Dialect;
use crate::{
    schema::{ColumnDef, IdentityDef, ModelDef},
    value::{EnumType, SqlType, Value},
};

/// The name of a type, as CREATE TABLE and CAST write it.
///
/// SQLite's follow SQLAlchemy. MySQL's text without `max_length` is `VARCHAR(255)`, as in SQLModel,
/// because it cannot index text of any length.
pub fn type_name(ty: SqlType, dialect: Dialect) -> String {
    match ty {
        // no VARCHAR is longer, so the program alone keeps to the limit
        SqlType::Text(Some(10_485_761..)) if dialect == Dialect::Postgres => "TEXT".into(),
        // all columns of a row have 65,535 bytes together, and a letter has up to four; an index
        // takes less than this anyway
        SqlType::Text(Some(4_001..)) if dialect == Dialect::MySql => "LONGTEXT".into(),
        SqlType::Text(Some(length)) => format!("VARCHAR({length})"),
        SqlType::Decimal(Some((digits, places))) => format!("NUMERIC({digits}, {places})"),
        SqlType::Enum(of) => enum_name(of, dialect),
        SqlType::Array(element) if dialect == Dialect::Postgres => {
            format!("{}[]", type_name(*element, dialect))
        }
        _ => match dialect {
            Dialect::Sqlite => sqlite(ty),
            Dialect::Postgres => postgres(ty),
            Dialect::MySql => mysql(ty),
        }
        .to_owned(),
    }
}

/// The name of a type without its length or digits, to which a cast would cut or round.
pub(super) fn bare_name(ty: SqlType, dialect: Dialect) -> String {
    match ty {
        SqlType::Text(_) => type_name(SqlType::Text(None), dialect),
        SqlType::Decimal(_) => type_name(SqlType::Decimal(None), dialect),
        _ => type_name(ty, dialect),
    }
}

/// The type of an enum: its own on PostgreSQL, which [`create_enum`](crate::schema::create_enum)
/// makes, its list of names on MySQL, and text of the longest name's length on SQLite.
fn enum_name(of: &EnumType, dialect: Dialect) -> String {
    match dialect {
        Dialect::Sqlite => {
            let longest = of.variants.iter().map(|name| name.chars().count()).max();
            format!("VARCHAR({})", longest.unwrap_or(0).max(1))
        }
        Dialect::Postgres => {
            let mut name = String::new();
            dialect.quote_type(of.name, &mut name);
            name
        }
        Dialect::MySql => format!("ENUM({})", literals(of.variants, dialect)),
    }
}

/// Texts in quotes, separated by commas.
pub(crate) fn literals(texts: &[&str], dialect: Dialect) -> String {
    let quoted = texts.iter().map(|text| literal(text, dialect));
    quoted.collect::<Vec<_>>().join(",")
}

/// A text in quotes, where a statement takes no parameters.
pub(crate) fn literal(text: &str, dialect: Dialect) -> String {
    let doubled = text.replace('\'', "''");
    match dialect {
        Dialect::MySql => format!("'{}'", doubled.replace('\\', "\\\\")),
        // the form whose backslashes do not depend on a setting
        Dialect::Postgres if doubled.contains('\\') => {
            format!("E'{}'", doubled.replace('\\', "\\\\"))
        }
        Dialect::Sqlite | Dialect::Postgres => format!("'{doubled}'"),
    }
}

fn sqlite(ty: SqlType) -> &'static str {
    match ty {
        SqlType::Integer(_) => "INTEGER",
        SqlType::Float | SqlType::Double => "FLOAT",
        SqlType::Boolean => "BOOLEAN",
        SqlType::Text(_) | SqlType::Enum(_) => "VARCHAR",
        SqlType::Bytes => "BLOB",
        SqlType::Uuid => "CHAR(32)",
        SqlType::Decimal(_) => "NUMERIC",
        SqlType::Date => "DATE",
        SqlType::Time => "TIME",
        SqlType::DateTime | SqlType::Timestamp => "DATETIME",
        SqlType::Interval => "BIGINT",
        SqlType::Json | SqlType::Array(_) => "JSON",
    }
}

fn postgres(ty: SqlType) -> &'static str {
    match ty {
        SqlType::Integer(16) => "SMALLINT",
        SqlType::Integer(32) => "INTEGER",
        SqlType::Integer(_) => "BIGINT",
        SqlType::Float => "REAL",
        SqlType::Double => "DOUBLE PRECISION",
        SqlType::Boolean => "BOOLEAN",
        SqlType::Text(_) | SqlType::Enum(_) => "VARCHAR",
        SqlType::Bytes => "BYTEA",
        SqlType::Uuid => "UUID",
        SqlType::Decimal(_) => "NUMERIC",
        SqlType::Date => "DATE",
        SqlType::Time => "TIME WITHOUT TIME ZONE",
        SqlType::DateTime => "TIMESTAMP WITHOUT TIME ZONE",
        SqlType::Timestamp => "TIMESTAMP WITH TIME ZONE",
        SqlType::Interval => "INTERVAL",
        // plain JSON has no equality
        SqlType::Json | SqlType::Array(_) => "JSONB",
    }
}

fn mysql(ty: SqlType) -> &'static str {
    match ty {
        SqlType::Integer(16) => "SMALLINT",
        SqlType::Integer(32) => "INTEGER",
        SqlType::Integer(_) => "BIGINT",
        SqlType::Float => "FLOAT",
        SqlType::Double => "DOUBLE",
        SqlType::Boolean => "BOOL",
        SqlType::Text(_) | SqlType::Enum(_) => "VARCHAR(255)",
        // BLOB ends at 64 KiB
        SqlType::Bytes => "LONGBLOB",
        SqlType::Uuid => "CHAR(32)",
        // without digits it has no places, and rounds
        SqlType::Decimal(_) => "NUMERIC(65, 28)",
        SqlType::Date => "DATE",
        // without digits they end at the second
        SqlType::Time => "TIME(6)",
        SqlType::DateTime | SqlType::Timestamp => "DATETIME(6)",
        SqlType::Interval => "BIGINT",
        SqlType::Json | SqlType::Array(_) => "JSON",
    }
}

/// The name of a type in a CAST: MySQL has other ones there.
pub(super) fn cast_name(ty: SqlType, dialect: Dialect) -> String {
    let mysql = match ty {
        _ if dialect != Dialect::MySql => return cast_elsewhere(ty, dialect),
        SqlType::Integer(_) | SqlType::Boolean | SqlType::Interval => "SIGNED",
        SqlType::Float => "FLOAT",
        SqlType::Double => "DOUBLE",
        SqlType::Decimal(None) => "DECIMAL(65, 28)",
        SqlType::Decimal(Some(_)) => return type_name(ty, dialect).replace("NUMERIC", "DECIMAL"),
        SqlType::Text(_) | SqlType::Enum(_) | SqlType::Uuid | SqlType::Json | SqlType::Array(_) => {
            "CHAR"
        }
        SqlType::Bytes => "BINARY",
        SqlType::Date => "DATE",
        SqlType::Time => "TIME(6)",
        SqlType::DateTime | SqlType::Timestamp => "DATETIME(6)",
    };
    mysql.to_owned()
}

/// SQLite's casts go by the affinity of the name, and the names of its column types for text, dates
/// and UUIDs stand for numbers there or for text.
fn cast_elsewhere(ty: SqlType, dialect: Dialect) -> String {
    let sqlite = match ty {
        _ if dialect != Dialect::Sqlite => return type_name(ty, dialect),
        SqlType::Integer(_) | SqlType::Boolean | SqlType::Interval => "INTEGER",
        SqlType::Float | SqlType::Double => "REAL",
        SqlType::Decimal(_) => "NUMERIC",
        SqlType::Bytes => "BLOB",
        _ => "TEXT",
    };
    sqlite.to_owned()
}

/// The type of a value that is no text.
pub(super) fn type_of(value: &Value) -> Option<SqlType> {
    Some(match value {
        Value::Bool(_) => SqlType::Boolean,
        Value::Int(_) => SqlType::Integer(64),
        Value::Real(_) => SqlType::Double,
        Value::Bytes(_) => SqlType::Bytes,
        Value::Uuid(_) => SqlType::Uuid,
        Value::Decimal(_) => SqlType::Decimal(None),
        Value::Date(_) => SqlType::Date,
        Value::Time(_) => SqlType::Time,
        Value::DateTime(_) => SqlType::DateTime,
        Value::Timestamp(_) => SqlType::Timestamp,
        Value::Json(_) => SqlType::Json,
        Value::Interval(_) => SqlType::Interval,
        Value::Enum(of, _) => SqlType::Enum(of),
        Value::Array(element, _) => SqlType::Array(element),
        Value::Late(late) => return type_of(&late.key()?),
        Value::Null | Value::Text(_) | Value::Misfit(_) | Value::List(_) => return None,
    })
}

/// A column's type with what CREATE TABLE says after it.
pub(crate) fn column_type(column: &ColumnDef, dialect: Dialect) -> String {
    let null =
        format!("{}{}", default(column, dialect), if column.nullable { "" } else { " NOT NULL" });
    let plain = type_name(column.ty, dialect);
    match (dialect, column.ty) {
        _ if is_inline_key(column, dialect) => format!("{plain}{null} PRIMARY KEY AUTOINCREMENT"),
        (Dialect::Postgres, SqlType::Integer(bits)) if column.generated => {
            if let Some(identity) = column.identity {
                return format!("{plain} {}{null}", generated(identity));
            }
            let serial = match bits {
                16 => "SMALLSERIAL",
                32 => "SERIAL",
                _ => "BIGSERIAL",
            };
            format!("{serial}{null}")
        }
        (Dialect::MySql, _) if column.generated => format!("{plain}{null} AUTO_INCREMENT"),
        _ => format!("{plain}{null}"),
    }
}

/// In parentheses, which all databases take; without them most take literals and few words only.
fn default(column: &ColumnDef, dialect: Dialect) -> String {
    let sql = column.server_default.and_then(|default| default.on(dialect));
    sql.map_or_else(String::new, |sql| format!(" DEFAULT ({sql})"))
}

/// How PostgreSQL makes the keys of an identity column. Unless it is told otherwise, they count from
/// 1 up, or from -1 down, and a start on the other side is out of their range.
fn generated(identity: IdentityDef) -> String {
    let IdentityDef { always, start, increment } = identity;
    let mut options = Vec::new();
    if let Some(start) = start {
        options.push(format!("START WITH {start}"));
    }
    if increment != 1 {
        options.push(format!("INCREMENT BY {increment}"));
    }
    match start {
        Some(start) if increment > 0 && start < 1 => options.push(format!("MINVALUE {start}")),
        Some(start) if increment < 0 && start > -1 => options.push(format!("MAXVALUE {start}")),
        _ => {}
    }
    let when = if always { "ALWAYS" } else { "BY DEFAULT" };
    match options.is_empty() {
        true => format!("GENERATED {when} AS IDENTITY"),
        false => format!("GENERATED {when} AS IDENTITY ({})", options.join(" ")),
    }
}

/// From one key that the database makes to the next, in the order of rows.
pub(crate) fn key_step(def: &ModelDef, dialect: Dialect) -> i64 {
    let identity = def.columns[def.primary_key[0]].identity;
    match dialect {
        Dialect::Postgres => identity.map_or(1, |identity| identity.increment),
        Dialect::Sqlite | Dialect::MySql => 1,
    }
}

/// What an INSERT into these columns says before its values, where the database would refuse a key
/// that it makes itself.
pub(super) fn overriding(def: &ModelDef, columns: &[usize], dialect: Dialect) -> &'static str {
    let always = |at: &usize| def.columns[*at].identity.is_some_and(|identity| identity.always);
    match dialect {
        Dialect::Postgres if columns.iter().any(always) => " OVERRIDING SYSTEM VALUE",
        _ => "",
    }
}

/// What CREATE TABLE says behind the columns. A MySQL database may have a character set that cannot
/// hold every text, and takes texts for the same that are not: of upper and lower case, with and
/// without accents or spaces at the end. The collation that compares letter by letter has a name of
/// its own on MariaDB and on MySQL, and each runs what the other takes for a comment.
pub(crate) fn table_options(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite | Dialect::Postgres => "",
        Dialect::MySql => concat!(
            " CHARACTER SET utf8mb4",
            " /*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */"
        ),
    }
}

/// Whether the column's own declaration says that it is the primary key: SQLite's AUTOINCREMENT is
/// written nowhere else, and the servers never use a key again anyway.
pub(crate) fn is_inline_key(column: &ColumnDef, dialect: Dialect) -> bool {
    match dialect {
        Dialect::Sqlite => column.autoincrement,
        Dialect::Postgres | Dialect::MySql => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_is_too_long_for_varchar() {
        let names = |length| {
            [Dialect::Sqlite, Dialect::Postgres, Dialect::MySql]
                .map(|dialect| type_name(SqlType::Text(Some(length)), dialect))
        };
        assert_eq!(names(4_000), ["VARCHAR(4000)"; 3]);
        assert_eq!(names(4_001), ["VARCHAR(4001)", "VARCHAR(4001)", "LONGTEXT"]);
        assert_eq!(names(10_485_760), ["VARCHAR(10485760)", "VARCHAR(10485760)", "LONGTEXT"]);
        assert_eq!(names(10_485_761), ["VARCHAR(10485761)", "TEXT", "LONGTEXT"]);
    }
}
