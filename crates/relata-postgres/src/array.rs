//! Arrays as PostgreSQL sends them: how many dimensions, the type of the elements, the size and first
//! index of each dimension, then the elements, each with its length.

use crate::row;
use relata_core::value::{Cell, Elements, Misfit};
use tokio_postgres::types::Type;

const SHORT: &str = "its bytes are not those of an array";

/// An array of one dimension, in the driver's own buffer.
pub(crate) struct Array<'a> {
    element: Type,
    /// The bytes of each element; `None` where it is NULL.
    values: Vec<Option<&'a [u8]>>,
}

impl<'a> Array<'a> {
    /// Why the bytes are no array that a `Vec` can hold.
    pub(crate) fn read(raw: &'a [u8], element: &Type) -> Result<Self, String> {
        let mut rest = raw;
        let (dimensions, _, _) = (number(&mut rest)?, number(&mut rest)?, number(&mut rest)?);
        let count = match dimensions {
            0 => 0,
            1 => {
                let (count, first) = (number(&mut rest)?, number(&mut rest)?);
                if first != 1 {
                    return Err(format!(
                        "the array's first index is {first} and not 1, which a `Vec` does not keep; cast it to text"
                    ));
                }
                count
            }
            _ => {
                return Err(format!(
                    "the array has {dimensions} dimensions, and a `Vec` has one; cast it to text"
                ));
            }
        };
        let values = (0..count).map(|_| value(&mut rest)).collect::<Result<Vec<_>, _>>()?;
        if rest.is_empty() {
            return Ok(Array { element: element.clone(), values });
        }
        Err(SHORT.into())
    }

    /// An array of elements whose type is not known, where the bytes can be nothing else.
    pub(crate) fn guess(raw: &'a [u8]) -> Option<Result<Self, String>> {
        let mut rest = raw;
        let (dimensions, nulls) = (number(&mut rest).ok()?, number(&mut rest).ok()?);
        let element = u32::from_be_bytes(number(&mut rest).ok()?.to_be_bytes());
        let plausible = (0..=6).contains(&dimensions) && (0..=1).contains(&nulls) && element > 1;
        if !plausible {
            return None;
        }
        let element = Type::from_oid(element).unwrap_or(Type::UNKNOWN);
        match Array::read(raw, &element) {
            Err(why) if why == SHORT => None,
            read => Some(read),
        }
    }
}

fn number(rest: &mut &[u8]) -> Result<i32, String> {
    let (number, after) = rest.split_first_chunk().ok_or(SHORT)?;
    *rest = after;
    Ok(i32::from_be_bytes(*number))
}

fn value<'a>(rest: &mut &'a [u8]) -> Result<Option<&'a [u8]>, String> {
    let length = number(rest)?;
    if length == -1 {
        return Ok(None);
    }
    let length = usize::try_from(length).map_err(|_| SHORT)?;
    let (value, after) = rest.split_at_checked(length).ok_or(SHORT)?;
    *rest = after;
    Ok(Some(value))
}

impl Elements for Array<'_> {
    fn count(&self) -> usize {
        self.values.len()
    }

    fn cell(&self, at: usize) -> Result<Cell<'_>, Misfit> {
        match self.values.get(at) {
            Some(Some(raw)) => row::cell(&self.element, raw)
                .map_err(|why| Misfit(format!("it cannot be read: {why}").into())),
            Some(None) => Ok(Cell::Null),
            None => Err(Misfit("it is not there".into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(numbers: &[i32], tail: &[u8]) -> Vec<u8> {
        let numbers = numbers.iter().flat_map(|number| number.to_be_bytes());
        numbers.chain(tail.iter().copied()).collect()
    }

    fn shown(read: Result<Array<'_>, String>) -> String {
        match read {
            Ok(array) => format!("{:?}", &array as &dyn Elements),
            Err(why) => why,
        }
    }

    #[test]
    fn elements_are_read_where_they_lie() {
        let one = bytes(&[1, 1, 21, 3, 1, 2], &[0, 7, 255, 255, 255, 255, 0, 0, 0, 2, 1, 0]);
        assert_eq!(shown(Array::read(&one, &Type::INT2)), "[Int(7), Null, Int(256)]");
        assert_eq!(shown(Array::read(&bytes(&[0, 0, 21], &[]), &Type::INT2)), "[]");
    }

    #[test]
    fn what_a_vec_does_not_hold_is_said() {
        for (numbers, why) in [
            (
                &[2, 0, 23, 1, 1, 1, 1, 4, 7][..],
                "the array has 2 dimensions, and a `Vec` has one; cast it to text",
            ),
            (
                &[1, 0, 23, 1, 0, 4, 7],
                "the array's first index is 0 and not 1, which a `Vec` does not keep; cast it to text",
            ),
            (&[1, 0, 23, 1, 1, 5, 7], SHORT),
            (&[1, 0, 23, 2, 1, 4, 7], SHORT),
            (&[1, 0, 23, 1, 1, 4, 7, 8], SHORT),
            (&[1, 0, 23, -1, 1, 7], SHORT),
            (&[1], SHORT),
        ] {
            assert_eq!(shown(Array::read(&bytes(numbers, &[]), &Type::INT4)), why, "{numbers:?}");
        }
    }

    #[test]
    fn an_array_of_unknown_type_is_told_from_other_bytes() {
        let ranks = bytes(&[1, 0, 16_390, 1, 1, 4], b"lead");
        assert_eq!(shown(Array::guess(&ranks).unwrap()), "[Text(\"lead\")]");
        assert_eq!(shown(Array::guess(&bytes(&[0, 0, 16_390], &[])).unwrap()), "[]");
        let two = bytes(&[2, 0, 16_390, 1, 1, 1, 1, 4], b"lead");
        assert!(shown(Array::guess(&two).unwrap()).starts_with("the array has 2 dimensions"));
        // a row of an integer: its type stands where an array says whether there are NULLs
        let row = bytes(&[1, 23, 4, 7], &[]);
        for other in [&b"rookie"[..], b"", b"\0\0\0\x01", &row] {
            assert!(Array::guess(other).is_none(), "{other:?}");
        }
    }
}
