//! What is known of an expression's type: its base, whether it may be NULL, and what Rust's
//! operators mean on it.

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
    /// Whether it has no fraction, so that division leaves none.
    #[doc(hidden)]
    const INTEGER: bool;
}

/// Numbers with no fraction: what their division leaves can be asked.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no integer",
    label = "expected an expression of integers"
)]
pub trait Integer: Number {}

impl<T: Number + Into<i128>> Integer for T {}

macro_rules! numbers {
    ($($ty:ty: $sum:ty, $average:ty, $integer:literal;)*) => {$(
        impl Number for $ty {
            type Sum = $sum;
            type Average = $average;
            const INTEGER: bool = $integer;
        }
    )*};
}
numbers! {
    i8: i64, f64, true;
    i16: i64, f64, true;
    i32: i64, f64, true;
    i64: i64, f64, true;
    u8: i64, f64, true;
    u16: i64, f64, true;
    u32: i64, f64, true;
    u64: i64, f64, true;
    f32: f64, f64, false;
    f64: f64, f64, false;
    Decimal: Decimal, Decimal, false;
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
impl<T: Text> Text for Option<T> {}
