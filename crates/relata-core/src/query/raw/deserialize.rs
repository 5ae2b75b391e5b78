//! Rows as any type with `serde::Deserialize`, field by field, by the names of columns.

use crate::{
    connection::Row,
    error::{Error, ErrorKind, Result},
    value::{Cell, DATE, DATE_TIME_NANO, Elements, TIME_NANO, json},
};
use serde::{
    Deserializer,
    de::{
        DeserializeOwned, DeserializeSeed, Expected, IntoDeserializer, MapAccess, SeqAccess,
        Unexpected, Visitor,
        value::{SeqDeserializer, StrDeserializer},
    },
    forward_to_deserialize_any,
};
use serde_json::de::IoRead;
use std::fmt;

/// Reads a row whose columns have these names.
pub(in crate::query) fn row<T: DeserializeOwned>(row: &dyn Row, names: &[Box<str>]) -> Result<T> {
    T::deserialize(Columns { row, names, at: 0 }).map_err(|fault| match fault {
        Fault::Row(error) => error,
        Fault::Value(message) => Error::new(
            ErrorKind::Decode,
            format!("the row is no `{}`: {message}", short_name::<T>()),
        ),
    })
}

/// The type's name without its path.
fn short_name<T>() -> &'static str {
    let name = std::any::type_name::<T>();
    name.split('<').next().and_then(|path| path.rsplit("::").next()).unwrap_or(name)
}

/// What went wrong: reading the row, or making a value of it.
#[derive(Debug)]
enum Fault {
    Row(Error),
    Value(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Row(error) => error.fmt(f),
            Fault::Value(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for Fault {}

impl serde::de::Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Fault::Value(message.to_string())
    }

    // What follows is said without the value, which serde would show: errors are logged.

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Fault::Value(format!("found {}, expected {expected}", kind(found)))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Fault::Value(format!("found {} that does not fit, expected {expected}", kind(found)))
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        let names: Vec<_> = expected.iter().map(|name| format!("`{name}`")).collect();
        Fault::Value(format!("found another name than {}", names.join(", ")))
    }
}

/// What a value is, in the words of other errors.
fn kind(found: Unexpected<'_>) -> &'static str {
    match found {
        Unexpected::Bool(_) => "a truth value",
        Unexpected::Unsigned(_) | Unexpected::Signed(_) => "an integer",
        Unexpected::Float(_) => "a number",
        Unexpected::Char(_) | Unexpected::Str(_) => "text",
        Unexpected::Bytes(_) => "bytes",
        Unexpected::Unit | Unexpected::Option => "NULL",
        Unexpected::Seq => "an array",
        _ => "a value of another kind",
    }
}

/// The columns of a row, as a map from names.
struct Columns<'r> {
    row: &'r dyn Row,
    names: &'r [Box<str>],
    at: usize,
}

impl<'de> Deserializer<'de> for Columns<'_> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_map(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de> MapAccess<'de> for Columns<'_> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Fault> {
        let Some(name) = self.names.get(self.at) else { return Ok(None) };
        let name: StrDeserializer<'_, Fault> = (**name).into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Fault> {
        let cell = self.row.cell(self.at).map_err(Fault::Row)?;
        let name = self.names.get(self.at).map_or("", |name| name);
        self.at += 1;
        seed.deserialize(Value { cell, is_column: true }).map_err(|fault| match fault {
            Fault::Value(message) => {
                let message = match cell {
                    Cell::Null => {
                        format!("column `{name}`: found NULL; make the field an `Option`")
                    }
                    _ => format!("column `{name}`: {message}"),
                };
                Fault::Row(Error::new(ErrorKind::Decode, message).with_columns([name.to_owned()]))
            }
            fault => fault,
        })
    }
}

/// One value.
struct Value<'c> {
    cell: Cell<'c>,
    /// Whether it is that of a column, and not in an array: only there a text may be a document.
    is_column: bool,
}

impl<'c> Value<'c> {
    /// Its text, where that may be a document.
    fn document(&self) -> Option<&'c str> {
        match self.cell {
            Cell::Text(text) if self.is_column => Some(text),
            _ => None,
        }
    }

    /// The text form that other crates read a value from.
    fn text<'de, V: Visitor<'de>>(text: impl fmt::Display, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_string(text.to_string())
    }
}

impl<'de> Deserializer<'de> for Value<'_> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.cell {
            Cell::Null => visitor.visit_unit(),
            Cell::Bool(value) => visitor.visit_bool(value),
            Cell::Int(value) => visitor.visit_i64(value),
            Cell::Real(value) => visitor.visit_f64(value),
            Cell::Text(value) => visitor.visit_str(value),
            Cell::Bytes(value) => visitor.visit_bytes(value),
            Cell::Uuid(value) => Self::text(value, visitor),
            Cell::Decimal(value) => Self::text(value, visitor),
            Cell::Date(value) => Self::text(value.format(DATE), visitor),
            Cell::Time(value) => Self::text(value.format(TIME_NANO), visitor),
            Cell::DateTime(value) => {
                let text = value.format(DATE_TIME_NANO).to_string();
                Self::text(moment(&text, &visitor).unwrap_or(text), visitor)
            }
            Cell::Timestamp(value) => Self::text(value.to_rfc3339(), visitor),
            Cell::Interval(micros) => visitor.visit_i64(micros),
            Cell::List(values) => visitor.visit_seq(Items { values, at: 0 }),
            Cell::Late(_) => Err(Fault::Value("a key that is not known yet".into())),
        }
    }

    /// SQLite has no truth values, and stores 0 and 1.
    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.cell {
            Cell::Int(0) => visitor.visit_bool(false),
            Cell::Int(1) => visitor.visit_bool(true),
            _ => self.deserialize_any(visitor),
        }
    }

    /// What is read from text, such as dates, but is no text itself.
    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.cell {
            Cell::Text(text) => match moment(text, &visitor) {
                Some(text) => visitor.visit_string(text),
                None => visitor.visit_str(text),
            },
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.cell {
            Cell::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    /// The text of a `Json` is a document; that of any other newtype is what it wraps.
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match self.document() {
            Some(text) if name == json::NAME => {
                document(text, |document| visitor.visit_newtype_struct(document))
            }
            _ => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.document() {
            Some(text) => document(text, |document| document.deserialize_map(visitor)),
            None => self.deserialize_any(visitor),
        }
    }

    /// No column holds a struct, so its text is a document.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match self.document() {
            Some(text) => {
                document(text, |document| document.deserialize_struct(name, fields, visitor))
            }
            None => self.deserialize_any(visitor),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_seq(visitor)
    }

    /// A `Vec`: bytes, an array, or the JSON that stands for one.
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.cell {
            Cell::Bytes(bytes) => visitor.visit_seq(SeqDeserializer::new(bytes.iter().copied())),
            Cell::Text(json) => {
                let items: Vec<serde_json::Value> =
                    serde_json::from_str(json).map_err(json_fault)?;
                visitor.visit_seq(JsonItems(items.into_iter()))
            }
            _ => self.deserialize_any(visitor),
        }
    }

    /// An enum by the name of its variant.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match self.cell {
            Cell::Text(name) => {
                let name: StrDeserializer<'_, Fault> = name.into_deserializer();
                visitor.visit_enum(name)
            }
            _ => self.deserialize_any(visitor),
        }
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char string bytes byte_buf unit unit_struct
        tuple_struct identifier ignored_any
    }
}

/// The values of an array, one after the other.
struct Items<'c> {
    values: &'c dyn Elements,
    at: usize,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Fault> {
        if self.at == self.values.count() {
            return Ok(None);
        }
        let cell = self.values.cell(self.at).map_err(|misfit| Fault::Value(misfit.0.into()))?;
        self.at += 1;
        seed.deserialize(Value { cell, is_column: false }).map(Some)
    }
}

/// The values of a JSON array: plain ones as those of an array are, others as they are in JSON.
struct JsonItems(std::vec::IntoIter<serde_json::Value>);

impl<'de> SeqAccess<'de> for JsonItems {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Fault> {
        use serde_json::Value as Json;
        let Some(item) = self.0.next() else { return Ok(None) };
        let cell = match &item {
            Json::Null => Some(Cell::Null),
            Json::Bool(value) => Some(Cell::Bool(*value)),
            Json::String(text) => Some(Cell::Text(text)),
            Json::Number(number) if number.is_f64() => number.as_f64().map(Cell::Real),
            Json::Number(number) => number.as_i64().map(Cell::Int),
            Json::Array(_) | Json::Object(_) => None,
        };
        match cell {
            Some(cell) => seed.deserialize(Value { cell, is_column: false }),
            None => seed.deserialize(item).map_err(json_fault),
        }
        .map(Some)
    }
}

/// Reads a whole document.
fn document<T>(
    text: &str,
    read: impl FnOnce(&mut serde_json::Deserializer<IoRead<&[u8]>>) -> serde_json::Result<T>,
) -> Result<T, Fault> {
    // A reader, since what is read may live longer than the text of the row.
    let mut document = serde_json::Deserializer::from_reader(text.as_bytes());
    let value = read(&mut document).map_err(json_fault)?;
    document.end().map_err(json_fault)?;
    Ok(value)
}

fn json_fault(error: serde_json::Error) -> Fault {
    Fault::Value(json::without_value(error))
}

/// A date and time as databases write it, in the form that is read everywhere else: with a `T`, and
/// in UTC where a time zone is wanted. `None` for other text.
fn moment<'de>(text: &str, visitor: &impl Visitor<'de>) -> Option<String> {
    let bytes = text.as_bytes();
    let digits = |range: std::ops::Range<usize>| bytes[range].iter().all(u8::is_ascii_digit);
    let is_moment = bytes.len() >= 19
        && text.is_ascii()
        && bytes[10] == b' '
        && digits(0..4)
        && digits(5..7)
        && digits(8..10)
        && bytes[13] == b':';
    if !is_moment {
        return None;
    }
    let has_zone = text[11..].contains(['+', '-', 'Z']);
    let wanted = Wanted(visitor).to_string();
    let zone = if wanted.contains("RFC 3339") && !has_zone { "Z" } else { "" };
    Some(format!("{}T{}{zone}", &text[..10], &text[11..]))
}

/// What a visitor says that it wants.
struct Wanted<'v, V>(&'v V);

impl<'de, V: Visitor<'de>> fmt::Display for Wanted<'_, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }
}
