//! Arrays as JSON, for databases that have none. Each value has one form only, so that equal arrays are
//! equal texts: numbers and truth values as they are, an interval as its microseconds, all else as text.

use super::{Cell, Misfit, Value, time_text};
use serde::{
    Deserializer as _,
    de::{DeserializeSeed, Error, SeqAccess, Visitor},
};
use std::fmt::{self, Write as _};

/// The text of an array, as it is stored where the database has no arrays.
///
/// # Errors
/// Where JSON has no form for a value, as for an infinite number.
///
/// ```
/// use relata_core::value::{ColumnType, Value, array_text};
///
/// let Value::Array(_, values) = vec![Some(1.5), None].write() else { unreachable!() };
/// assert_eq!(array_text(&values).unwrap(), "[1.5,null]");
/// ```
pub fn array_text(values: &[Value]) -> Result<String, Misfit> {
    let mut out = String::from("[");
    for (at, value) in values.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        push_element(value, &mut out)?;
    }
    out.push(']');
    Ok(out)
}

/// Adds one value, as it is stored in an array.
pub(crate) fn push_element(value: &Value, out: &mut String) -> Result<(), Misfit> {
    let text = match value {
        Value::Null => return raw(out, "null"),
        Value::Bool(v) => return raw(out, v),
        Value::Int(v) | Value::Interval(v) => return raw(out, v),
        Value::Real(v) if v.is_finite() => return raw(out, serde_json::Value::from(*v)),
        Value::Real(_) => {
            return Err(Misfit(
                "an array in JSON holds no infinity; use `Option` elements and store NULL".into(),
            ));
        }
        Value::Text(v) => v.to_string(),
        Value::Enum(_, name) => (*name).to_owned(),
        Value::Uuid(v) => v.simple().to_string(),
        Value::Decimal(v) => v.normalize().to_string(),
        other => match time_text(other) {
            Some(text) => text,
            None => {
                let kind = other.as_cell().kind();
                return Err(Misfit(format!("an array holds no {kind}").into()));
            }
        },
    };
    raw(out, serde_json::Value::from(text))
}

fn raw(out: &mut String, value: impl fmt::Display) -> Result<(), Misfit> {
    write!(out, "{value}").map_err(|_| Misfit("the array cannot be written as text".into()))
}

/// What takes the elements one after the other.
type Take<'t> = &'t mut dyn FnMut(Cell<'_>) -> Result<(), Misfit>;

/// Shows each element of an array of plain values.
pub(super) fn each(json: &str, take: Take<'_>) -> Result<(), Misfit> {
    let mut refused = None;
    let mut reader = serde_json::Deserializer::from_str(json);
    let read = reader.deserialize_seq(Items { take, refused: &mut refused });
    match (refused, read.and_then(|()| reader.end())) {
        (Some(misfit), _) => Err(misfit),
        (None, Ok(())) => Ok(()),
        (None, Err(_)) => {
            Err(Misfit("the text is no JSON array of numbers, texts, truth values or null; store one, or make the field a `Json<…>`".into()))
        }
    }
}

struct Items<'t, 'r> {
    take: Take<'t>,
    /// What the taker did not like.
    refused: &'r mut Option<Misfit>,
}

impl<'de> Visitor<'de> for Items<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let Items { take, refused } = self;
        while items.next_element_seed(Item { take: &mut *take, refused: &mut *refused })?.is_some()
        {
        }
        Ok(())
    }
}

/// One element.
struct Item<'t, 'r> {
    take: Take<'t>,
    refused: &'r mut Option<Misfit>,
}

impl Item<'_, '_> {
    fn give<E: Error>(self, cell: Cell<'_>) -> Result<(), E> {
        (self.take)(cell).map_err(|misfit| {
            *self.refused = Some(misfit);
            E::custom("refused")
        })
    }
}

impl<'de> DeserializeSeed<'de> for Item<'_, '_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Item<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a plain value")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.give(Cell::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.give(Cell::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.give(Cell::Int(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        match i64::try_from(value) {
            Ok(value) => self.give(Cell::Int(value)),
            Err(_) => {
                *self.refused = Some(Misfit(
                    "an integer is above 9223372036854775807; store it as a `Decimal` or as text"
                        .into(),
                ));
                Err(E::custom("refused"))
            }
        }
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.give(Cell::Real(value))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        self.give(Cell::Text(value))
    }
}
