//! [`IntoField`]: what `new` and `with_*` accept for a field.

use super::{Node, Tracked};
use crate::{
    key::{Id, SingleKey, key_types},
    model::Model,
    value::{Json, NotNull},
};

/// What `new` and `with_*` accept for a field of type `T`: a `T`, for an `Option` also what is in
/// it, `&str` for text, a key, an `&Id` or the `&Tracked` row for an id, an array for a `Vec`.
///
/// ```
/// # use relata::prelude::*;
/// # #[model(table)]
/// # struct Team {
/// #     #[field(primary_key)] id: Id<Team>,
/// #     name: String,
/// #     #[relationship(back_populates = team)] heroes: Many<Hero>,
/// # }
/// # #[model(table)]
/// # struct Hero {
/// #     #[field(primary_key)] id: Id<Hero>,
/// #     name: String,
/// #     age: Option<i32>,
/// #     #[field(foreign_key = Team.id)] team_id: Option<Id<Team>>,
/// #     #[relationship(back_populates = heroes)] team: One<Option<Team>>,
/// # }
/// let team = Team::new("Z-Force"); // `&str` for a `String`
/// let hero = Hero::new("Deadpond").with_age(30).with_team_id(&team.id);
/// assert_eq!(hero.age, Some(30)); // what is in the `Option`
/// assert_eq!(Hero::new("Hulk").with_team_id(7).team_id, Some(Id::from(7))); // a key for an id
/// ```
#[diagnostic::on_unimplemented(
    message = "a field of type `{T}` cannot be given `{Self}`",
    label = "expected `{T}`",
    note = "an id is given as `&row.id`, as its key or as the `&Tracked` row, text as `&str` or `String`, a `Decimal` as `Decimal::new(35, 1)` for 3.5, and what an `Option` holds without `Some`"
)]
pub trait IntoField<T> {
    #[doc(hidden)]
    fn into_field(self) -> T;
}

impl<T> IntoField<T> for T {
    fn into_field(self) -> T {
        self
    }
}
impl<T: NotNull> IntoField<Option<T>> for T {
    fn into_field(self) -> Option<T> {
        Some(self)
    }
}
impl IntoField<String> for &str {
    fn into_field(self) -> String {
        self.to_owned()
    }
}
impl IntoField<Option<String>> for &str {
    fn into_field(self) -> Option<String> {
        Some(self.to_owned())
    }
}
impl IntoField<String> for &String {
    fn into_field(self) -> String {
        self.clone()
    }
}
impl IntoField<Option<String>> for &String {
    fn into_field(self) -> Option<String> {
        Some(self.clone())
    }
}
impl<T: Clone> IntoField<Vec<T>> for &[T] {
    fn into_field(self) -> Vec<T> {
        self.to_owned()
    }
}
impl<T: Clone, const N: usize> IntoField<Vec<T>> for &[T; N] {
    fn into_field(self) -> Vec<T> {
        self.to_vec()
    }
}
impl<T, I: IntoField<T>, const N: usize> IntoField<Vec<T>> for [I; N] {
    fn into_field(self) -> Vec<T> {
        self.into_iter().map(I::into_field).collect()
    }
}
impl<T, I: IntoField<T>, const N: usize> IntoField<Option<Vec<T>>> for [I; N] {
    fn into_field(self) -> Option<Vec<T>> {
        Some(self.into_field())
    }
}
impl<T> IntoField<Json<T>> for T {
    fn into_field(self) -> Json<T> {
        Json(self)
    }
}
impl<M: Model> IntoField<Id<M>> for &Id<M> {
    fn into_field(self) -> Id<M> {
        self.clone()
    }
}
impl<M: Model> IntoField<Option<Id<M>>> for &Id<M> {
    fn into_field(self) -> Option<Id<M>> {
        Some(self.clone())
    }
}
/// A row stands for its id.
impl<M: Model<Key: SingleKey>> IntoField<Id<M>> for &Tracked<M> {
    fn into_field(self) -> Id<M> {
        id_of(self)
    }
}
impl<M: Model<Key: SingleKey>> IntoField<Option<Id<M>>> for &Tracked<M> {
    fn into_field(self) -> Option<Id<M>> {
        Some(id_of(self))
    }
}

fn id_of<M: Model<Key: SingleKey>>(row: &Tracked<M>) -> Id<M> {
    // There is one: the key of a row of `M` is of the type of `M`'s ids, and has one column.
    Id::from_row_key(&(row as &dyn Node).key_now()).unwrap_or_default()
}

macro_rules! ids {
    ($($given:ty => $key:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl<M: Model<Key = $key>> IntoField<Id<M>> for $given {
            fn into_field(self) -> Id<M> {
                Id::from(self)
            }
        }
        #[diagnostic::do_not_recommend]
        impl<M: Model<Key = $key>> IntoField<Option<Id<M>>> for $given {
            fn into_field(self) -> Option<Id<M>> {
                Some(Id::from(self))
            }
        }
    )*};
    ($($key:ty),*) => {
        ids!($($key => $key),*);
    };
}
key_types!(ids);
ids!(&str => String, &String => String);
