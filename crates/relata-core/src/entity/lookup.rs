//! [`KeyOf`]: what names a row where it is looked for.

use super::IntoField;
use crate::{
    key::{Id, Key, KeyFrom, RowKey, key_types},
    model::Model,
    value::ColumnType,
};

/// What names a row of `M` where it is looked for: its key, or an `Id<M>`. A key of several columns is a
/// tuple with one part for each: a value, and for an id also an `Id`, an `&Id` or the `&Tracked` row.
///
/// ```
/// # use relata::blocking::prelude::*;
/// # #[model(table)]
/// # struct Book { #[field(primary_key)] id: Id<Book> }
/// # #[model(table)]
/// # struct Copy {
/// #     #[field(primary_key, foreign_key = Book.id)] book_id: Id<Book>,
/// #     #[field(primary_key)] number: i32,
/// # }
/// # let engine = Engine::connect("sqlite::memory:")?;
/// # Metadata::of((Book, Copy)).create_all(&engine)?;
/// # let mut session = Session::new(&engine);
/// let book = session.add(Book::new());
/// session.add(Copy::new(&book, 12));
/// session.commit()?;
/// assert!(session.get(Book, 1)?.is_some());
/// assert!(session.get(Book, &book.id)?.is_some());
/// assert!(session.get(Copy, (1, 12))?.is_some());
/// assert!(session.get(Copy, (&book, 12))?.is_some());
/// # Ok::<_, relata::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no key of `{M}`",
    label = "expected an `Id<{M}>`, or its key",
    note = "the id of a row is given as `&row.id`, a key of several columns as a tuple in their order; a row that is there is read again by `session.refresh(&mut row)`"
)]
pub trait KeyOf<M: Model> {
    #[doc(hidden)]
    fn into_key(self) -> RowKey;
}

/// A model with a primary key of several columns. Implemented by `#[model(table)]` only. `Model::Key` does
/// not tell whose id a part is; its fields do.
#[diagnostic::on_unimplemented(
    message = "the key of `{Self}` is of one column",
    label = "expected its key alone, or an `Id<{Self}>`"
)]
pub trait CompositeKey: Model {
    /// The types of the fields that are the key, as a tuple.
    type Fields;
}

/// The fields of a primary key, from a tuple of what they are given.
#[diagnostic::on_unimplemented(
    message = "the key of this model is `{Self}`, not `{K}`",
    label = "expected `{Self}`, or an `Id` of the model",
    note = "the key is a tuple of its columns in their order"
)]
pub trait KeyFields<K> {
    #[doc(hidden)]
    fn key_of(given: K) -> RowKey;
}

impl<M: Model> KeyOf<M> for Id<M> {
    fn into_key(self) -> RowKey {
        self.row_key()
    }
}
impl<M: Model> KeyOf<M> for &Id<M> {
    fn into_key(self) -> RowKey {
        self.row_key()
    }
}

macro_rules! keys {
    ($($key:ty),*) => {$(
        impl<M: Model<Key: KeyFrom<$key>>> KeyOf<M> for $key {
            fn into_key(self) -> RowKey {
                M::Key::key_from(self).row_key()
            }
        }
    )*};
}
key_types!(keys);

impl<'a, M: Model<Key: KeyFrom<&'a str>>> KeyOf<M> for &'a str {
    fn into_key(self) -> RowKey {
        M::Key::key_from(self).row_key()
    }
}
impl<'a, M: Model<Key: KeyFrom<&'a String>>> KeyOf<M> for &'a String {
    fn into_key(self) -> RowKey {
        M::Key::key_from(self).row_key()
    }
}

macro_rules! tuples {
    ($($part:ident $field:ident $name:ident),*) => {
        impl<$($part: IntoField<$field>, $field: ColumnType),*> KeyFields<($($part,)*)>
            for ($($field,)*)
        {
            fn key_of(($($name,)*): ($($part,)*)) -> RowKey {
                RowKey::Many([$($name.into_field().write()),*].into())
            }
        }
        impl<M: CompositeKey<Fields: KeyFields<($($part,)*)>>, $($part),*> KeyOf<M>
            for ($($part,)*)
        {
            fn into_key(self) -> RowKey {
                M::Fields::key_of(self)
            }
        }
    };
}
tuples!(A A2 a, B B2 b);
tuples!(A A2 a, B B2 b, C C2 c);
tuples!(A A2 a, B B2 b, C C2 c, D D2 d);
