//! What is in arrays.

use super::{Bind, Call, Expr, Function, Predicate, Tree, Typed};
use crate::value::{ColumnType, Element, NotNull, SqlType, Value, array};

/// Column types that hold an array: `Vec<T>`, and `Option` of it.
///
/// ```
/// # use relata::prelude::*;
/// use relata::{Column, Model, query::{Array, Predicate}};
///
/// # #[model(table)]
/// # struct Hero {
/// #     #[field(primary_key)] id: Id<Hero>,
/// #     tags: Vec<String>,
/// # }
/// // any model's column of texts will do
/// fn is_strong<M: Model, A: Array<Item = String>>(tags: Column<M, A>) -> Predicate {
///     tags.has("strong")
/// }
/// assert!(format!("{:?}", select(Hero).filter(is_strong(Hero.tags))).contains("hero.tags"));
/// ```
#[diagnostic::on_unimplemented(
    message = "a column of type `{Self}` holds no array",
    label = "only `Vec<T>` and `Option<Vec<T>>` have elements",
    note = "`Vec<u8>` is bytes, and `Json<Vec<T>>` a document"
)]
pub trait Array: ColumnType {
    /// What the elements are, without their `Option`.
    type Item: NotNull;
}

impl<T: Element + Typed> Array for Vec<T> {
    type Item = T::Base;
}

#[diagnostic::do_not_recommend]
impl<A: Array + NotNull> Array for Option<A> {
    type Item = A::Item;
}

/// How many of some values have to be in an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HowMany {
    /// All of them.
    All,
    /// One of them at least.
    Any,
}

/// Whether an array holds these values.
pub(in crate::query) fn holds<A, B>(
    list: Tree,
    how_many: HowMany,
    items: impl IntoIterator<Item = B>,
) -> Predicate
where
    A: Array,
    B: Bind<A::Item>,
{
    let items = items.into_iter().map(B::into_value);
    let items = match A::TYPE {
        SqlType::Array(element) => array(items, element),
        _ => Value::Misfit("its column is no array".into()),
    };
    let items = Tree::leaf(Expr::Value(items));
    Predicate(Call::of(Function::Holds(how_many), vec![list, items], None))
}
