//! What is inside of JSON documents: a path, and what is read at its end.

use super::{Call, Function, Sql, Tree};
use crate::value::{ColumnType, Json, NotNull};
use std::sync::Arc;

/// A step of a path into a JSON document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JsonStep {
    /// The value of an object under a key.
    Key(Arc<str>),
    /// An item of an array, from 0 on.
    Index(usize),
}

/// What is read at the end of a path into a JSON document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonRead {
    /// Text.
    Text,
    /// An integer.
    Integer,
    /// A floating point number.
    Float,
    /// A truth value.
    Boolean,
    /// A document.
    Document,
}

/// A step of a path: a key of an object, or the position of an array's item.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no step of a path into a JSON document",
    label = "expected a key (text) or a position (`usize`)"
)]
pub trait IntoJsonStep {
    /// The step as data.
    #[doc(hidden)]
    fn into_step(self) -> JsonStep;
}

impl IntoJsonStep for &str {
    fn into_step(self) -> JsonStep {
        JsonStep::Key(self.into())
    }
}

impl IntoJsonStep for &String {
    fn into_step(self) -> JsonStep {
        JsonStep::Key(self.as_str().into())
    }
}

impl IntoJsonStep for String {
    fn into_step(self) -> JsonStep {
        JsonStep::Key(self.into())
    }
}

impl IntoJsonStep for usize {
    fn into_step(self) -> JsonStep {
        JsonStep::Index(self)
    }
}

/// Column types that hold a JSON document: `Json<T>`, and `Option` of it.
#[diagnostic::on_unimplemented(
    message = "a column of type `{Self}` holds no JSON document",
    label = "only `Json<T>` and `Option<Json<T>>` have something at a path"
)]
pub trait JsonDocument: ColumnType {}

impl<T> JsonDocument for Json<T> where Json<T>: NotNull {}

#[diagnostic::do_not_recommend]
impl<T: JsonDocument + NotNull> JsonDocument for Option<T> {}

/// A place in a JSON document. It is an expression once it is said what is read there.
///
/// All of them are NULL where the document is, where it has no such place, and (but for
/// [`json`](JsonPath::json)) where it has `null` there.
#[derive(Clone)]
#[must_use = "a place in a document is an expression only with `.text()`, `.int()` and their like"]
pub struct JsonPath {
    document: Tree,
    path: Vec<JsonStep>,
}

impl JsonPath {
    pub(in crate::query) fn new(document: Tree, step: JsonStep) -> Self {
        JsonPath { document, path: vec![step] }
    }

    /// A place further inside.
    pub fn at(mut self, step: impl IntoJsonStep) -> Self {
        self.path.push(step.into_step());
        self
    }

    fn read<V>(self, read: JsonRead) -> Sql<Option<V>> {
        let function = Function::Json(self.path.into(), read);
        Sql::new(Call::of(function, vec![self.document], None))
    }

    /// The text there. What is no text is given as the database writes it.
    pub fn text(self) -> Sql<Option<String>> {
        self.read(JsonRead::Text)
    }

    /// The integer there. On SQLite something else is an error where it is read, and text is greater
    /// than all numbers where it is compared; on servers it is converted or an error.
    pub fn int(self) -> Sql<Option<i64>> {
        self.read(JsonRead::Integer)
    }

    /// The number there; something else as for [`int`](JsonPath::int).
    pub fn float(self) -> Sql<Option<f64>> {
        self.read(JsonRead::Float)
    }

    /// The truth value there; something else as for [`int`](JsonPath::int).
    pub fn bool(self) -> Sql<Option<bool>> {
        self.read(JsonRead::Boolean)
    }

    /// Whatever is there, as a document of its own; `null` is a document too.
    pub fn json<T>(self) -> Sql<Option<Json<T>>> {
        self.read(JsonRead::Document)
    }
}
