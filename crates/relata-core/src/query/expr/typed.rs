//! What is known of an expression's type: its base, whether it may be NULL, and what Rust's
//! operators mean on it.

use super::BinaryOp;
use crate::value::{ColumnType, NotNull};
use rust_decimal::Decimal;

/// A column type with what follows from it: its base, which is never NULL, and how being NULL carries
/// over to what is computed of it.
pub trait Typed: ColumnType {
    /// The type without its `Option`.
    type Base: NotNull;
    /// `T`, or `Option<T>` where this may be NULL.
    type With<T: NotNull>: Typed<Base = T>;
    /// `T`, or `Option<T>` where this or `Other` may be NULL.
    type Either<Other: Typed, T: NotNull>: Typed<Base = T>;
}

impl<T: NotNull> Typed for T {
    type Base = T;
    type With<U: NotNull> = U;
    type Either<Other: Typed, U: NotNull> = Other::With<U>;
}

impl<T: NotNull> Typed for Option<T> {
    type Base = T;
    type With<U: NotNull> = Option<U>;
    type Either<Other: Typed, U: NotNull> = Option<U>;
}

/// Numbers: they can be added, multiplied and summed up.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a number that the database can calculate with",
    label = "expected an expression of integers, floating point numbers or `Decimal`"
)]
pub trait Number: NotNull {
    /// What sums of it are: 64-bit integers for integers.
    type Sum: NotNull;
    /// What averages of it are.
    type Average: NotNull;
    /// How it is divided.
    #[doc(hidden)]
    const DIVISION: BinaryOp;
}

/// Numbers with no fraction: what their division leaves can be asked.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no integer",
    label = "expected an expression of integers"
)]
pub trait Integer: Number {}

impl<T: Number + Into<i128>> Integer for T {}

macro_rules! numbers {
    ($($ty:ty: $sum:ty, $average:ty, $division:ident;)*) => {$(
        impl Number for $ty {
            type Sum = $sum;
            type Average = $average;
            const DIVISION: BinaryOp = BinaryOp::$division;
        }
    )*};
}
numbers! {
    i8: i64, f64, IntDiv;
    i16: i64, f64, IntDiv;
    i32: i64, f64, IntDiv;
    i64: i64, f64, IntDiv;
    u8: i64, f64, IntDiv;
    u16: i64, f64, IntDiv;
    u32: i64, f64, IntDiv;
    u64: i64, f64, IntDiv;
    f32: f64, f64, Div;
    f64: f64, f64, Div;
    Decimal: Decimal, Decimal, DecimalDiv;
}

/// What `+` means: the sum of numbers, or texts one after the other.
#[diagnostic::on_unimplemented(
    message = "there is no `+` for expressions of `{Self}`",
    label = "expected numbers or text"
)]
pub trait Plus: NotNull {
    /// Whether it is text.
    #[doc(hidden)]
    const TEXT: bool;
}

impl<T: Number> Plus for T {
    const TEXT: bool = false;
}

impl Plus for String {
    const TEXT: bool = true;
}

/// Column types that hold text, so that patterns and functions of text make sense: `String`, and `Option` of it. Implement
/// it for a newtype of `String`.
///
/// ```
/// use relata::{prelude::*, query};
///
/// #[derive(Clone, Debug, serde::Serialize, ColumnNewtype)]
/// struct Email(String);
/// impl query::Text for Email {}
///
/// #[model(table)]
/// struct Person {
///     #[field(primary_key)] id: Id<Person>,
///     email: Email,
/// }
/// let query = select(Person.id).filter(Person.email.ends_with("@example.org"));
/// assert!(format!("{query:?}").ends_with("WHERE person.email LIKE ?"));
/// ```
#[diagnostic::on_unimplemented(
    message = "an expression of type `{Self}` is not text",
    label = "expected text",
    note = "patterns and functions of text, such as `contains` and `lower`, are for `String` and `Option<String>`; `cast::<String>()` what is a number, and implement `Text` for a newtype of `String`"
)]
pub trait Text: ColumnType {}

impl Text for String {}

#[diagnostic::do_not_recommend]
impl<T: Text + NotNull> Text for Option<T> {}
