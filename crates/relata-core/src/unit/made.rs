//! Keys that the database made for inserted rows: which row each belongs to.

use crate::{
    error::{Error, ErrorKind, Result},
    schema::ModelDef,
    value::{SqlType, Value},
};

/// Keys made by one INSERT ascend in the order of its rows, whatever order they are returned in.
/// Where they visibly do not, a guess would give rows the wrong keys.
pub(super) fn in_order(rows: Vec<Vec<Value>>, count: usize) -> Result<Vec<Value>> {
    let mut keys: Vec<Value> = rows.into_iter().filter_map(|row| row.into_iter().next()).collect();
    let int = |key: &Value| match key {
        Value::Int(key) => *key,
        _ => i64::MIN,
    };
    let ascending = keys.windows(2).all(|pair| int(&pair[0]) < int(&pair[1]));
    keys.sort_by_key(int);
    let span =
        keys.first().zip(keys.last()).map_or(0, |(low, high)| int(high).wrapping_sub(int(low)));
    let dense = usize::try_from(span).is_ok_and(|span| span + 1 == keys.len());
    if keys.len() == count && (count <= 1 || ascending || dense) {
        return Ok(keys);
    }
    Err(Error::new(
        ErrorKind::Database,
        format!(
            "the database gave {} keys in no order for {count} inserted rows; they cannot be told apart",
            keys.len()
        ),
    ))
}

/// Keys of rows that were inserted one by one, each told by itself.
pub(super) fn one_by_one(inserted: &[u64], count: usize) -> Result<Vec<Value>> {
    let keys = inserted.iter().map(|key| i64::try_from(*key).ok().filter(|key| *key != 0));
    let keys: Option<Vec<Value>> = keys.map(|key| key.map(Value::Int)).collect();
    keys.filter(|keys| keys.len() == count).ok_or_else(|| {
        Error::new(
            ErrorKind::Database,
            "the database did not tell the key of an inserted row; let its key column make keys that fit 64 bits with a sign, as `create_all` declares it",
        )
    })
}

/// Whether a generated key fits the type of its column.
pub(super) fn fits(def: &ModelDef, key: &Value) -> bool {
    match (def.columns[def.primary_key[0]].ty, key) {
        (SqlType::Integer(bits), Value::Int(key)) if bits < 64 => {
            key.unsigned_abs() < 1 << (bits - 1)
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(keys: &[i64]) -> Vec<Vec<Value>> {
        keys.iter().map(|key| vec![Value::Int(*key)]).collect()
    }

    fn ordered(given: &[i64], count: usize) -> Result<Vec<Value>> {
        in_order(keys(given), count)
    }

    #[test]
    fn keys_are_matched_by_value_whatever_order_they_come_in() {
        let expected = vec![Value::Int(1), Value::Int(2), Value::Int(3)];
        assert_eq!(ordered(&[1, 3, 2], 3).unwrap(), expected);
    }

    #[test]
    fn gaps_are_fine_where_the_order_shows() {
        assert_eq!(ordered(&[1, 3, 9], 3).unwrap().len(), 3);
    }

    #[test]
    fn keys_told_one_by_one_need_no_order() {
        let expected = vec![Value::Int(9), Value::Int(1)];
        assert_eq!(one_by_one(&[9, 1], 2).unwrap(), expected);
        for missing in [vec![9], vec![9, 0], vec![9, 1, 2], vec![9, u64::MAX]] {
            assert!(one_by_one(&missing, 2).is_err(), "{missing:?}");
        }
    }

    #[test]
    fn keys_that_cannot_be_told_apart_are_refused() {
        assert!(ordered(&[9, 1, 4], 3).is_err());
        assert!(ordered(&[1, 2], 3).is_err());
    }
}
