//! [`RowKey`]: the key of a row without its types, one value or several.

use crate::value::Value;
use std::{
    hash::{Hash, Hasher},
    sync::Arc,
};

/// The key of a row. Equality looks behind late keys; the hash names a late key by itself and not
/// by its value, so that it does not change when the key becomes known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowKey {
    /// A key of one column.
    One(Value),
    /// A key of several columns.
    Many(Arc<[Value]>),
}

impl RowKey {
    /// The key that these values make.
    pub fn of(values: impl ExactSizeIterator<Item = Value>) -> Self {
        let mut values = values;
        match (values.len(), values.next()) {
            (1, Some(value)) => RowKey::One(value),
            (_, Some(first)) => RowKey::Many(std::iter::once(first).chain(values).collect()),
            (_, None) => RowKey::Many(Arc::new([])),
        }
    }

    /// The values.
    pub fn values(&self) -> &[Value] {
        match self {
            RowKey::One(value) => std::slice::from_ref(value),
            RowKey::Many(values) => values,
        }
    }

    /// The key with nothing late in it; `None` while a part is not known.
    pub fn resolved(&self) -> Option<RowKey> {
        match self {
            RowKey::One(Value::Late(late)) => late.key().map(RowKey::One),
            RowKey::One(value) => Some(RowKey::One(value.clone())),
            RowKey::Many(values) if !values.iter().any(|v| matches!(v, Value::Late(_))) => {
                Some(self.clone())
            }
            RowKey::Many(values) => {
                values.iter().map(Value::resolved).collect::<Option<Arc<[_]>>>().map(RowKey::Many)
            }
        }
    }

    /// Whether every part of it is known by now.
    pub(crate) fn is_resolved(&self) -> bool {
        self.values().iter().all(Value::is_resolved)
    }

    /// The key as it is best known now: resolved where that is possible.
    #[must_use]
    pub fn settled(&self) -> RowKey {
        let has_become_known =
            |value: &Value| matches!(value, Value::Late(late) if late.is_known());
        match self.values().iter().any(has_become_known) {
            true => self.resolved().unwrap_or_else(|| self.clone()),
            false => self.clone(),
        }
    }
}

impl Hash for RowKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for value in self.values() {
            hash_value(value, state);
        }
    }
}

fn hash_value<H: Hasher>(value: &Value, state: &mut H) {
    match value {
        Value::Late(late) => Arc::as_ptr(late).hash(state),
        Value::Int(v) | Value::Interval(v) => v.hash(state),
        Value::Text(v) | Value::Json(v) | Value::Misfit(v) => v.hash(state),
        Value::Enum(_, name) => name.hash(state),
        Value::List(values) | Value::Array(_, values) => {
            values.iter().for_each(|value| hash_value(value, state));
        }
        Value::Uuid(v) => v.hash(state),
        Value::Bytes(v) => v.hash(state),
        Value::Bool(v) => v.hash(state),
        Value::Real(v) => v.to_bits().hash(state),
        Value::Decimal(v) => v.hash(state),
        Value::Date(v) => v.hash(state),
        Value::Time(v) => v.hash(state),
        Value::DateTime(v) => v.hash(state),
        Value::Timestamp(v) => v.hash(state),
        Value::Null => 0u8.hash(state),
    }
}
