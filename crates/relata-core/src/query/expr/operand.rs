//! [`Operand`]: what an expression can be compared with.

use super::{
    Aggregate, Assign, Bind, Compound, Expr, Expression, List, Origin, Reads, Select, Sql, Tree,
    Typed,
};
use crate::{
    entity::{Named, Tracked},
    key::{Id, RowKey, SingleKey},
    model::{Column, Model},
    value::{ColumnType, Element, NotNull, Value, array},
};
use std::sync::Arc;

/// What an expression of type `V` can be compared or computed with: a value of its type, by value or
/// by reference, never an `Option`; text as `&str`; an id as its key, or as the `&Tracked` row that has it; or another expression of the
/// same type, whether or not one of them may be NULL.
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
/// # let team = Id::<Team>::from(1);
/// let own_type = Hero.age.eq(30) & Hero.name.eq("Deadpond"); // both may be references
/// let id = Hero.team_id.eq(&team) & Hero.id.ne(7); // an id, or its key
/// let expression = Hero.age.ge(Hero.id.cast::<i32>() + 1);
/// let query = select(Hero.id).filter(own_type & id & expression);
/// assert!(format!("{query:?}").contains("hero.age = ? AND hero.name = ? AND hero.team_id = ?"));
/// ```
#[diagnostic::on_unimplemented(
    message = "an expression of type `{V}` is neither compared nor computed with `{Self}`",
    label = "does not fit that expression",
    note = "a number goes with expressions of its own type, or of an `Option` of it: write it without a type, `30` (a `Decimal` is `Decimal::new(150, 2)`), convert a variable by `n.try_into()?`, and an expression by `cast::<T>()`",
    note = "text is `&str`, `String` or `&String`; dates, times and enums are values of Rust, not text; an `Id` column also takes the key, and a `&Tracked` row",
    note = "an `Option` is never compared, as NULL equals nothing: use `is_null()`, `same_as(option)`, or choose before which condition it is"
)]
pub trait Operand<V> {
    /// The type of the value, an `Option` for an expression that may be NULL.
    type Value;

    /// The value or expression as data.
    #[doc(hidden)]
    fn into_tree(self) -> Tree;
}

fn value(value: Value) -> Tree {
    Tree::leaf(Expr::Value(value))
}

fn text(text: &str) -> Tree {
    value(Value::Text(text.into()))
}

/// The key of a row that a program holds.
fn row_key<M: Model>(row: &Tracked<M>) -> Tree {
    match Named::<M>::row_key(row) {
        RowKey::One(key) => value(key),
        // an `Id` has one part
        RowKey::Many(_) => value(Value::Null),
    }
}

/// Operands of a column of the type that they have, and of one that may be NULL.
macro_rules! operands {
    ($([$($generics:tt)*] $ty:ty, as $value:ty => |$it:ident| $tree:expr;)*) => {$(
        operands!(one [$($generics)*] $ty, $value, $value, |$it| $tree);
        operands!(one [$($generics)*] $ty, $value, Option<$value>, |$it| $tree);
    )*};
    (one [$($generics:tt)*] $ty:ty, $value:ty, $of:ty, |$it:ident| $tree:expr) => {
        #[diagnostic::do_not_recommend]
        impl<$($generics)*> Operand<$of> for $ty {
            type Value = $value;
            fn into_tree(self) -> Tree {
                let $it = self;
                $tree
            }
        }
    };
}

/// What an `Option` lacks as an operand. It is no bound on the type itself, which the compiler would say
/// nothing about.
#[diagnostic::on_unimplemented(
    message = "an `Option` is neither compared nor computed with, as NULL equals nothing",
    label = "expected a value, not an `Option`",
    note = "`is_null()` asks for NULL, `same_as(option)` takes an `Option`; otherwise choose before which condition it is"
)]
pub trait NeverNull<T> {}
#[diagnostic::do_not_recommend]
impl<T: NotNull> NeverNull<T> for () {}

macro_rules! values {
    ($($(#[$shown:meta])* $ty:ty),*) => {$(
        $(#[$shown])*
        impl<T: ColumnType> Operand<T> for $ty
        where
            (): NeverNull<T>,
        {
            type Value = T;
            fn into_tree(self) -> Tree {
                value(self.write())
            }
        }
        operands!(one [T: NotNull] $ty, T, Option<T>, |it| value(it.write()));
    )*};
}
values!(
    T,
    #[diagnostic::do_not_recommend]
    &T
);

operands! {
    [] &str, as String => |it| text(it);
    [M: Model<Key = String>] &str, as Id<M> => |it| text(it);
    // an array of what the elements can be given as
    [T: Element, I: Bind<T>, const N: usize] [I; N], as Vec<T> => |it| {
        value(array(it.into_iter().map(I::into_value), &T::TYPE))
    };
    [M: Model<Key: SingleKey>] &Tracked<M>, as Id<M> => |it| row_key(it);
    // the key of a row
    [M: Model<Key = K>, K: SingleKey] K, as Id<M> => |it| value(it.write());
}

macro_rules! borrowed_keys {
    ($($key:ty),*) => {operands! {$(
        [M: Model<Key = $key>] &$key, as Id<M> => |it| value(it.write());
    )*}};
}
borrowed_keys!(i8, i16, i32, i64, u8, u16, u32, u64, String, uuid::Uuid, chrono::NaiveDate);

#[diagnostic::do_not_recommend]
impl<M: Origin, A: Typed, V: Typed<Base = A::Base>> Operand<V> for Column<M, A> {
    type Value = A;
    fn into_tree(self) -> Tree {
        Expression::into_tree(self)
    }
}

#[diagnostic::do_not_recommend]
impl<A: Typed, V: Typed<Base = A::Base>> Operand<V> for Sql<A> {
    type Value = A;
    fn into_tree(self) -> Tree {
        Expression::into_tree(self)
    }
}

#[diagnostic::do_not_recommend]
impl<A: Typed, V: Typed<Base = A::Base>> Operand<V> for Aggregate<A> {
    type Value = A;
    fn into_tree(self) -> Tree {
        Expression::into_tree(self)
    }
}

/// What [`same_as`](Expression::same_as) and [`differs_from`](Expression::differs_from) take, for which
/// NULL is a value: an [`Operand`], or an `Option` of the type, whether or not the expression may be NULL.
#[diagnostic::on_unimplemented(
    message = "an expression of type `{V}` is not compared with `{Self}`",
    label = "expected a value or expression of this type, or an `Option` of it",
    note = "an `Option<&str>` is one of text by `.map(String::from)`, one of a key an id by `.map(Id::from)`",
    note = "an expression of numbers or `Decimal` becomes another by `cast::<T>()`; dates, times and enums are values of Rust, not text"
)]
pub trait OperandOrNull<V> {
    /// The value or expression as data.
    #[doc(hidden)]
    fn into_tree(self) -> Tree;
}

#[diagnostic::do_not_recommend]
impl<V: Typed, A: Assign<Option<V::Base>>> OperandOrNull<V> for A {
    fn into_tree(self) -> Tree {
        Assign::into_tree(self)
    }
}

/// Where `is_in` looks: a list of operands, or a statement that selects one expression of the type.
///
/// ```
/// # use relata::prelude::*;
/// # #[model(table)]
/// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
/// let few = select(Hero.id).filter(Hero.age.is_in([30, 48]));
/// assert!(format!("{few:?}").ends_with("WHERE hero.age IN (?, ?)"));
///
/// let many: Vec<i32> = (0..1_000).collect(); // on SQLite one parameter, an array
/// let many = select(Hero.id).filter(Hero.age.is_in(&many));
/// assert!(format!("{many:?}").ends_with("WHERE hero.age IN (SELECT value FROM json_each(?))"));
///
/// let nobody = select(Hero.id).filter(Hero.age.is_in(Vec::<i32>::new()));
/// assert!(format!("{nobody:?}").ends_with("WHERE FALSE"));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no list of what a column of type `{V}` can be compared with",
    label = "expected values of the column's type",
    note = "give `is_in` an array, `Vec` or iterator of values, or a `select` of one column of that type"
)]
pub trait InList<V> {
    /// The list, and how deep the deepest of it nests.
    #[doc(hidden)]
    fn into_list(self) -> (u16, List);
}

impl<V, I: IntoIterator<Item: Operand<V>>> InList<V> for I {
    fn into_list(self) -> (u16, List) {
        let mut depth = 0;
        let values = self.into_iter().map(|item| {
            let tree = Operand::into_tree(item);
            depth = depth.max(tree.depth);
            tree.expr
        });
        let values = values.collect();
        (depth, List::Values(values))
    }
}

macro_rules! lists_of {
    ($($statement:ident),*) => {$(
        #[diagnostic::do_not_recommend]
        impl<V: Typed, A: Typed<Base = V::Base>> InList<V> for $statement<Sql<A>> {
            fn into_list(self) -> (u16, List) {
                let ast = self.into_ast();
                (ast.depth(), List::Select(Arc::new(ast)))
            }
        }
    )*};
}
lists_of!(Select, Compound);
