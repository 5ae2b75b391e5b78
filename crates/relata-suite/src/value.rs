//! What a plain connection says is stored, in one form whatever the database.

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
