//! The types that can be keys: integers, text and UUIDs, and tuples of them. Enums and newtypes are by
//! `#[column(key)]`.

use super::RowKey;
use crate::value::{ColumnType, NotNull, Value};
use serde::Serialize;
use std::{fmt::Debug, hash::Hash};
use uuid::Uuid;

/// The type of a model's primary key.
///
/// ```
/// # use relata::prelude::*;
/// #[model(table)]
/// struct Seat {
///     #[field(primary_key)] row: String,
///     #[field(primary_key)] number: i32,
///     taken: bool,
/// }
/// let key: <Seat as relata::Model>::Key = (String::from("B"), 12);
/// assert_eq!(Id::<Seat>::from(("B", 12)).get(), Some(key)); // `&str` for a `String`
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a primary key",
    note = "keys are integers, `String`, `Uuid`, dates, `Id<Model>`, and up to four of these together",
    note = "an enum or newtype is one with `#[column(key)]`"
)]
pub trait Key: Clone + Eq + Hash + Debug + Serialize + Send + Sync + 'static {
    /// The key without its type.
    fn row_key(&self) -> RowKey;

    /// The key from the value of its only column; `None` for a composite key.
    fn from_value(value: &Value) -> Option<Self>;

    /// The key from the values of its columns; `None` where they do not fit.
    fn from_values(values: &[Value]) -> Option<Self> {
        match values {
            [value] => Self::from_value(value),
            _ => None,
        }
    }

    /// A key for a new row, where the program can make one: a UUID of version 7.
    fn fresh() -> Option<Value> {
        None
    }
}

/// What a key of this type is given as: a bound of its own, so that a key of another type is told
/// apart from what is no key at all.
#[diagnostic::on_unimplemented(
    message = "the key of this model is `{Self}`, not `{K}`",
    label = "expected `{Self}`, or an `Id` of the model",
    note = "text that holds a number or a UUID is parsed first, an integer of another size is converted with `n.try_into()?`, and a key of several columns is a tuple of them in their order"
)]
pub trait KeyFrom<K> {
    /// The key.
    fn key_from(key: K) -> Self;
}

impl KeyFrom<&str> for String {
    fn key_from(key: &str) -> String {
        key.to_owned()
    }
}
impl KeyFrom<&String> for String {
    fn key_from(key: &String) -> String {
        key.clone()
    }
}

/// A key of one column.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a key of one column",
    label = "not a key type",
    note = "keys are integers, `bool`, `String`, `Uuid`, `NaiveDate` and `Id<Model>`",
    note = "an enum or newtype is one with `#[column(key)]`"
)]
pub trait SingleKey: Key + NotNull {
    /// Whether the database makes the key of a row that is inserted without one.
    const GENERATED: bool = false;
}

/// A field that is part of a primary key: its own type, or the key behind an `Id`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be part of a primary key",
    label = "not a key type",
    note = "keys are integers, `bool`, `String`, `Uuid`, `NaiveDate` and `Id<Model>`, up to four of them together",
    note = "an enum or newtype is one with `#[column(key)]`"
)]
pub trait KeyPart {
    /// The key behind the field.
    type Key: SingleKey;
}

impl<M: crate::Model<Key: SingleKey>> KeyPart for super::Id<M> {
    type Key = M::Key;
}

macro_rules! keys {
    ($($key:ty $(: $fresh:expr)? => $generated:literal),* $(,)?) => {$(
        impl Key for $key {
            fn row_key(&self) -> RowKey {
                RowKey::One(self.write())
            }

            fn from_value(value: &Value) -> Option<Self> {
                Self::read(value.as_cell()).ok()
            }

            $(fn fresh() -> Option<Value> {
                Some(Value::Uuid($fresh))
            })?
        }
        impl SingleKey for $key {
            const GENERATED: bool = $generated;
        }
        impl KeyPart for $key {
            type Key = $key;
        }
        impl KeyFrom<$key> for $key {
            fn key_from(key: $key) -> $key {
                key
            }
        }
    )*};
}
keys!(
    i8 => true, i16 => true, i32 => true, i64 => true,
    u8 => true, u16 => true, u32 => true, u64 => true,
    String => false,
    bool => false,
    Uuid: Uuid::now_v7() => false,
    chrono::NaiveDate => false,
);

macro_rules! composite {
    ($($part:ident $from:ident $name:ident),*) => {
        impl<$($part: KeyFrom<$from>, $from),*> KeyFrom<($($from,)*)> for ($($part,)*) {
            fn key_from(($($name,)*): ($($from,)*)) -> Self {
                ($($part::key_from($name),)*)
            }
        }
        impl<$($part: SingleKey),*> Key for ($($part,)*) {
            fn row_key(&self) -> RowKey {
                let ($($name,)*) = self;
                RowKey::Many([$($name.write()),*].into())
            }

            fn from_value(_: &Value) -> Option<Self> {
                None
            }

            fn from_values(values: &[Value]) -> Option<Self> {
                let mut values = values.iter();
                $(let $name = $part::read(values.next()?.as_cell()).ok()?;)*
                values.next().is_none().then_some(($($name,)*))
            }
        }
    };
}
composite!(A A2 a, B B2 b);
composite!(A A2 a, B B2 b, C C2 c);
composite!(A A2 a, B B2 b, C C2 c, D D2 d);
