//! Integers, floats, booleans and decimals in columns.

use super::{Cell, ColumnType, Misfit, NotNull, SqlType, Value};
use crate::schema::ColumnDef;
use rust_decimal::Decimal;

macro_rules! integers {
    ($($int:ty => $bits:literal),* $(,)?) => {$(
        /// An INTEGER; a value outside the type's range is an error in both directions.
        impl ColumnType for $int {
            const TYPE: SqlType = SqlType::Integer($bits);

            fn read(cell: Cell<'_>) -> Result<Self, Misfit> {
                match cell {
                    Cell::Int(value) => value.try_into().map_err(|_| {
                        Misfit(concat!("the integer is out of range for `", stringify!($int), "`").into())
                    }),
                    other => Err(Misfit::kind(&other, concat!("an integer for `", stringify!($int), "`"))),
                }
            }

            fn write(&self) -> Value {
                match i64::try_from(*self) {
                    Ok(value) => Value::Int(value),
                    Err(_) => Value::Misfit(format!("{self} is out of range for a 64-bit integer column").into()),
                }
            }
        }
        impl NotNull for $int {}
    )*};
}
// An unsigned type takes the next wider column, so that every value of it fits; `u64` and the
// 128-bit types, which have no wider one, are checked value by value.
integers!(
    i8 => 16, i16 => 16, i32 => 32, i64 => 64, isize => 64, i128 => 64,
    u8 => 16, u16 => 32, u32 => 64, u64 => 64, usize => 64, u128 => 64,
);

/// A BOOLEAN; where the database has none (SQLite, MySQL) the integers 0 and 1.
impl ColumnType for bool {
    const TYPE: SqlType = SqlType::Boolean;

    fn read(cell: Cell<'_>) -> Result<Self, Misfit> {
        match cell {
            Cell::Bool(value) => Ok(value),
            Cell::Int(0) => Ok(false),
            Cell::Int(1) => Ok(true),
            Cell::Int(_) => Err(Misfit("an integer other than 0 and 1 is no boolean".into())),
            other => Err(Misfit::kind(&other, "a boolean")),
        }
    }

    fn write(&self) -> Value {
        Value::Bool(*self)
    }
}

impl NotNull for bool {}
impl NotNull for f64 {}
impl NotNull for f32 {}
impl NotNull for Decimal {}

const NAN: &str = "NaN cannot be stored in a column; use an `Option` and store NULL";

/// A FLOAT of 64 bits. Infinities are stored as they are; NaN is an error.
impl ColumnType for f64 {
    const TYPE: SqlType = SqlType::Double;

    fn read(cell: Cell<'_>) -> Result<Self, Misfit> {
        match cell {
            Cell::Real(value) => Ok(value),
            // SQLite stores a whole number given to a numeric column as an integer.
            Cell::Int(value) if (value as f64) as i128 == i128::from(value) => Ok(value as f64),
            other => Err(Misfit::kind(&other, "a floating point number")),
        }
    }

    fn write(&self) -> Value {
        if self.is_nan() { Value::Misfit(NAN.into()) } else { Value::Real(*self) }
    }
}

/// A FLOAT of 32 bits; a stored number that is not exactly one is an error.
impl ColumnType for f32 {
    const TYPE: SqlType = SqlType::Float;

    fn read(cell: Cell<'_>) -> Result<Self, Misfit> {
        let wide = f64::read(cell)?;
        let narrow = wide as f32;
        if f64::from(narrow) == wide || wide.is_nan() {
            Ok(narrow)
        } else {
            Err(Misfit("the number does not fit `f32` exactly; make the field `f64`".into()))
        }
    }

    fn write(&self) -> Value {
        if self.is_nan() { Value::Misfit(NAN.into()) } else { Value::Real(f64::from(*self)) }
    }
}

/// The decimal of 15 significant digits that is nearest to a float: as many as every float keeps, so
/// that what was computed of decimals shows no more than they had.
fn decimal_of(value: f64) -> Option<Decimal> {
    let kept: f64 = format!("{value:.14e}").parse().ok()?;
    // its shortest text has these digits and no others, which `Decimal::from_f64` does not find
    kept.to_string().parse().ok()
}

/// A NUMERIC. Read from a database that stores and computes decimals as floats (SQLite), it has the
/// first 15 significant digits of the float, and the places that the column declares.
impl ColumnType for Decimal {
    const TYPE: SqlType = SqlType::Decimal(None);

    fn read(cell: Cell<'_>) -> Result<Self, Misfit> {
        let out_of_range = || Misfit("the number is out of range for `Decimal`".into());
        match cell {
            Cell::Decimal(value) => Ok(value),
            Cell::Int(value) => Ok(Decimal::from(value)),
            Cell::Real(value) => decimal_of(value).ok_or_else(out_of_range),
            Cell::Text(text) => text.parse().map_err(|_| out_of_range()),
            other => Err(Misfit::kind(&other, "a decimal number")),
        }
    }

    fn write(&self) -> Value {
        Value::Decimal(*self)
    }

    fn fit(mut self, column: &ColumnDef) -> Self {
        if let SqlType::Decimal(Some((_, places))) = column.ty {
            self.rescale(u32::from(places));
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_never_wrapped() {
        assert_eq!(u8::read(Cell::Int(255)), Ok(255));
        assert!(u8::read(Cell::Int(256)).is_err());
        assert!(u64::read(Cell::Int(-1)).is_err());
        assert!(i32::read(Cell::Int(1 << 32)).is_err());
        assert_eq!(
            u64::MAX.write(),
            Value::Misfit(
                "18446744073709551615 is out of range for a 64-bit integer column".into()
            )
        );
        assert_eq!(i64::MIN.write(), Value::Int(i64::MIN));
    }

    #[test]
    fn a_float_is_never_read_as_an_integer() {
        assert!(i64::read(Cell::Real(1.0)).is_err());
        assert_eq!(f64::read(Cell::Int(3)), Ok(3.0));
        assert!(f64::read(Cell::Int(i64::MAX)).is_err(), "not exact");
    }

    #[test]
    fn nan_is_refused_and_infinity_kept() {
        assert!(matches!(f64::NAN.write(), Value::Misfit(_)));
        assert_eq!(f64::INFINITY.write(), Value::Real(f64::INFINITY));
    }

    #[test]
    fn a_decimal_comes_back_from_a_float_as_it_was_written() {
        for text in ["1.1", "0.001", "2.2", "99999999.9999", "4391521.98"] {
            let float: f64 = text.parse().unwrap();
            assert_eq!(Decimal::read(Cell::Real(float)).unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_decimal_computed_as_a_float_has_fifteen_digits() {
        let read = |float: f64| Decimal::read(Cell::Real(float)).map(|it| it.to_string());
        assert_eq!(read(0.1 * 3.0).as_deref(), Ok("0.3"));
        assert_eq!(read(0.1 + 0.2 - 1.0).as_deref(), Ok("-0.7"));
        assert_eq!(read(10.0 / 3.0).as_deref(), Ok("3.33333333333333"));
        assert_eq!(read(1e20).as_deref(), Ok("100000000000000000000"));
        assert_eq!(read(0.0).as_deref(), Ok("0"));
        assert!(read(1e30).is_err());
        assert!(read(f64::INFINITY).is_err());
    }
}
