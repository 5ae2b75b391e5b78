//! [`Json`]: any serializable value in a JSON column.

use super::{Cell, ColumnType, Misfit, NotNull, SqlType, Value};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{DeserializeOwned, Visitor},
};
use std::{
    borrow::Cow,
    fmt,
    marker::PhantomData,
    ops::{Deref, DerefMut},
};

/// A value stored as a JSON document. A change inside it is seen at the next `add`, like a change
/// of any other column.
///
/// ```
/// use relata_core::value::{ColumnType, Json, Value};
///
/// let tags = Json(vec!["strong", "green"].into_iter().map(String::from).collect::<Vec<_>>());
/// assert_eq!(tags.write(), Value::Json(r#"["strong","green"]"#.into()));
/// assert_eq!(tags.len(), 2);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Json<T>(pub T);

/// What serde knows it by: whoever reads the column of a row sees that its text is a document.
pub(crate) const NAME: &str = "relata::Json";

impl<T: Serialize> Serialize for Json<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(NAME, &self.0)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Json<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(NAME, Inside(PhantomData)).map(Json)
    }
}

/// Reads what is in a [`Json`].
struct Inside<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Inside<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON document")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        T::deserialize(deserializer)
    }
}

impl<T> Deref for Json<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Json<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T> From<T> for Json<T> {
    fn from(value: T) -> Self {
        Json(value)
    }
}

impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> ColumnType for Json<T> {
    const TYPE: SqlType = SqlType::Json;

    fn read(cell: Cell<'_>) -> Result<Self, Misfit> {
        let text: Cow<'_, str> = match cell {
            Cell::Text(text) => text.into(),
            // SQLite stores a document that is a number as one
            Cell::Int(number) => number.to_string().into(),
            Cell::Real(number) => serde_json::Value::from(number).to_string().into(),
            other => return Err(Misfit::kind(&other, "a JSON document")),
        };
        serde_json::from_str(&text).map(Json).map_err(|error| {
            let error = without_value(error);
            Misfit(format!("the JSON does not fit the type: {error}").into())
        })
    }

    fn write(&self) -> Value {
        match serde_json::to_string(&self.0) {
            Ok(text) if is_too_deep(&text) => Value::Misfit(
                format!("the JSON is nested deeper than {DEEPEST} levels, so it could not be read again; make it flatter").into(),
            ),
            Ok(text) => Value::Json(text.into()),
            Err(error) => Value::Misfit(format!("it cannot be written as JSON: {error}").into()),
        }
    }
}

impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> NotNull for Json<T> {}

/// What `serde_json` says of a document that does not fit, without what is in that: "invalid type: string,
/// expected u8". Errors are logged.
pub(crate) fn without_value(said: impl fmt::Display) -> String {
    let said = said.to_string();
    let shows = ["invalid type: ", "invalid value: ", "unknown variant ", "unknown field "];
    let Some(start) = shows.into_iter().find(|start| said.starts_with(start)) else { return said };
    let value = said[start.len()..].find(['`', '"']).map(|at| start.len() + at);
    // The value may have these words too, so the last are meant.
    let rest = said.rfind(", expected ").or_else(|| said.rfind(", there are no "));
    match (value, rest) {
        (Some(value), Some(rest)) if value < rest => {
            format!("{}{}", said[..value].trim_end(), &said[rest..])
        }
        _ => said,
    }
}

/// As deep as `serde_json` reads.
const DEEPEST: usize = 127;

/// Whether arrays and objects stand in each other deeper than that.
fn is_too_deep(json: &str) -> bool {
    if json.len() <= 2 * DEEPEST {
        return false;
    }
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    json.bytes().any(|byte| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'[' | b'{' if !in_text => depth += 1,
            b']' | b'}' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > DEEPEST
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value as Document;

    fn nested(depth: usize) -> Json<Document> {
        Json((0..depth).fold(Document::from("] [ \" \\ {"), |inner, _| Document::from(vec![inner])))
    }

    #[test]
    fn in_a_document_it_is_what_it_holds() {
        let text = r#"{"a":[1,"b",null]}"#;
        let document: Document = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::from_str::<Json<Document>>(text).unwrap().0, document);
        assert_eq!(serde_json::from_value::<Json<Document>>(document.clone()).unwrap().0, document);
        assert_eq!(serde_json::to_string(&Json(&document)).unwrap(), text);
        assert_eq!(serde_json::to_value(Json(&document)).unwrap(), document);
    }

    #[test]
    fn values_are_left_out_of_what_serde_says() {
        for (said, rest) in [
            (
                "invalid type: string \"a, expected b\", expected u8",
                "invalid type: string, expected u8",
            ),
            (
                "invalid value: integer `300`, expected u8 at line 1",
                "invalid value: integer, expected u8 at line 1",
            ),
            ("unknown field `secret`, expected `a` or `b`", "unknown field, expected `a` or `b`"),
            (
                "unknown variant `secret`, there are no variants",
                "unknown variant, there are no variants",
            ),
            ("invalid type: map, expected u8", "invalid type: map, expected u8"),
            ("missing field `a`", "missing field `a`"),
        ] {
            assert_eq!(without_value(said), rest);
        }
    }

    #[test]
    fn what_is_written_can_be_read_again() {
        let Value::Json(text) = nested(127).write() else { panic!("it is refused") };
        assert_eq!(Json::<Document>::read(Cell::Text(&text)).unwrap().0, nested(127).0);
        assert_eq!(
            nested(128).write(),
            Value::Misfit(
                "the JSON is nested deeper than 127 levels, so it could not be read again; make it flatter".into()
            )
        );
        let wide = Json(vec!["[".repeat(200); 2]);
        assert!(matches!(wide.write(), Value::Json(_)));
    }
}
