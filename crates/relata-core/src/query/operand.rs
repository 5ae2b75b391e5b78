//! [`Operand`]: what a column can be compared with.

use super::Expr;
use crate::{
    key::{Id, SingleKey},
    model::{Column, Model},
    value::{ColumnType, NotNull, Value},
};

/// What a column of type `V` can be compared with: a value of its type, by value or by reference,
/// never an `Option`; text as `&str`; an id as its key; or another column of the same type, whether
/// or not one of them may be NULL.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be compared with a column of type `{V}`",
    label = "does not fit the column",
    note = "a column is compared with a value of its own type or with another column of that type; an `Id` column also with the key",
    note = "NULL equals nothing: instead of `eq(None)` use `is_null()`, and for an `Option` that may be `None` choose between the two"
)]
pub trait Operand<V> {
    /// The value or column as an expression.
    fn into_expr(self) -> Expr;
}

#[diagnostic::do_not_recommend]
impl<T: NotNull> Operand<T> for T {
    fn into_expr(self) -> Expr {
        Expr::Value(self.write())
    }
}

#[diagnostic::do_not_recommend]
impl<T: NotNull> Operand<Option<T>> for T {
    fn into_expr(self) -> Expr {
        Expr::Value(self.write())
    }
}

#[diagnostic::do_not_recommend]
impl<T: NotNull> Operand<T> for &T {
    fn into_expr(self) -> Expr {
        Expr::Value(self.write())
    }
}

#[diagnostic::do_not_recommend]
impl<T: NotNull> Operand<Option<T>> for &T {
    fn into_expr(self) -> Expr {
        Expr::Value(self.write())
    }
}

#[diagnostic::do_not_recommend]
impl Operand<String> for &str {
    fn into_expr(self) -> Expr {
        text(self)
    }
}

#[diagnostic::do_not_recommend]
impl Operand<Option<String>> for &str {
    fn into_expr(self) -> Expr {
        text(self)
    }
}

#[diagnostic::do_not_recommend]
impl<M: Model<Key = String>> Operand<Id<M>> for &str {
    fn into_expr(self) -> Expr {
        text(self)
    }
}

#[diagnostic::do_not_recommend]
impl<M: Model<Key = String>> Operand<Option<Id<M>>> for &str {
    fn into_expr(self) -> Expr {
        text(self)
    }
}

fn text(text: &str) -> Expr {
    Expr::Value(Value::Text(text.into()))
}

/// The key of a row.
#[diagnostic::do_not_recommend]
impl<M: Model<Key = K>, K: SingleKey> Operand<Id<M>> for K {
    fn into_expr(self) -> Expr {
        Expr::Value(self.write())
    }
}

/// The key of a row.
#[diagnostic::do_not_recommend]
impl<M: Model<Key = K>, K: SingleKey> Operand<Option<Id<M>>> for K {
    fn into_expr(self) -> Expr {
        Expr::Value(self.write())
    }
}

macro_rules! borrowed_keys {
    ($($key:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl<M: Model<Key = $key>> Operand<Id<M>> for &$key {
            fn into_expr(self) -> Expr {
                Expr::Value(self.write())
            }
        }
        #[diagnostic::do_not_recommend]
        impl<M: Model<Key = $key>> Operand<Option<Id<M>>> for &$key {
            fn into_expr(self) -> Expr {
                Expr::Value(self.write())
            }
        }
    )*};
}
borrowed_keys!(i8, i16, i32, i64, u8, u16, u32, u64, String, uuid::Uuid, chrono::NaiveDate);

/// The type of a column, without its `Option`.
pub(super) trait Base: ColumnType {
    type Base: NotNull;
}

impl<T: NotNull> Base for T {
    type Base = T;
}

impl<T: NotNull> Base for Option<T> {
    type Base = T;
}

#[diagnostic::do_not_recommend]
impl<M: Model, A: Base, V: Base<Base = A::Base>> Operand<V> for Column<M, A> {
    fn into_expr(self) -> Expr {
        self.expr()
    }
}

/// Column types that hold text, so that patterns make sense: `String`, and `Option` of it. Implement
/// it for a newtype of `String`.
#[diagnostic::on_unimplemented(
    message = "a column of type `{Self}` is not text",
    label = "patterns match text only",
    note = "`like`, `contains`, `starts_with` and `ends_with` are for columns of `String` and `Option<String>`; implement `Text` for a newtype of `String`"
)]
pub trait Text: ColumnType {}

impl Text for String {}

#[diagnostic::do_not_recommend]
impl<T: Text> Text for Option<T> {}
