//! What a plain connection says is stored, and what it can write, in one form whatever the database.

/// A stored value. Truth values are 0 and 1; UUIDs are their 32 digits; decimals, dates and times
/// are text.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// SQL's NULL.
    Null,
    /// An integer or truth value.
    Integer(i64),
    /// A floating point number.
    Real(f64),
    /// Text, and all that is shown as text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

impl Value {
    /// A value as a part of a line such as `1|Deadpond|NULL`.
    pub fn shown(&self) -> String {
        match self {
            Value::Null => "NULL".into(),
            Value::Integer(value) => value.to_string(),
            Value::Real(value) => format!("{value:?}"),
            Value::Text(value) => value.clone(),
            Value::Blob(value) => format!("{value:x?}"),
        }
    }
}

/// The numbers from 1 to `count`, to be read `FROM` as the column `x`.
pub fn numbers(count: u32) -> String {
    const DIGITS: &str = "SELECT 0 AS d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 \
        UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 \
        UNION ALL SELECT 8 UNION ALL SELECT 9";
    // A recursive query ends after some thousand rows on MySQL.
    let places = 0..count.max(1).ilog10() + 1;
    let sum: Vec<_> = places.clone().map(|at| format!("{} * p{at}.d", 10_u32.pow(at))).collect();
    let tables: Vec<_> = places.map(|at| format!("({DIGITS}) AS p{at}")).collect();
    let (sum, tables) = (sum.join(" + "), tables.join(" CROSS JOIN "));
    format!(
        "(SELECT x FROM (SELECT 1 + {sum} AS x FROM {tables}) AS n WHERE x <= {count}) AS numbers"
    )
}
