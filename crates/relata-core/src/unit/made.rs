//! Keys that the database made for inserted rows: which row each belongs to.

use crate::{
    error::{Error, ErrorKind, Result},
    schema::ModelDef,
    value::{SqlType, Value},
};

/// Keys made by one INSERT follow each other in the order of its rows, by `step` from one to the
/// next or further, whatever order they are returned in. Where they visibly do not, a guess would give
/// rows the wrong keys.
pub(super) fn in_order(rows: Vec<Vec<Value>>, count: usize, step: i64) -> Result<Vec<Value>> {
    let mut keys: Vec<Value> = rows.into_iter().filter_map(|row| row.into_iter().next()).collect();
    let step = i128::from(step);
    // counted in the direction of the steps
    let place = |key: &Value| match key {
        Value::Int(key) => i128::from(*key) * step.signum(),
        _ => i128::MIN,
    };
    let forward = keys.windows(2).all(|pair| place(&pair[0]) < place(&pair[1]));
    let backward = keys.windows(2).all(|pair| place(&pair[0]) > place(&pair[1]));
    keys.sort_by_key(place);
    let gapless = keys.windows(2).all(|pair| place(&pair[1]) - place(&pair[0]) == step.abs());
    if keys.len() == count && (forward || gapless && !backward) {
        return Ok(keys);
    }
    let given = keys.len();
    let message = match backward && given == count {
        true => format!(
            "the keys of {count} inserted rows go the other way than the model says; write the step that the table has: `identity(increment = …)`"
        ),
        false => format!(
            "the database gave {given} keys in no order for {count} inserted rows; they cannot be told apart"
        ),
    };
    Err(Error::new(ErrorKind::Database, message))
}

/// Keys of rows that were inserted one by one, each told by itself.
pub(super) fn one_by_one(inserted: &[Option<i64>], count: usize) -> Result<Vec<Value>> {
    let keys: Option<Vec<Value>> = inserted.iter().map(|key| key.map(Value::Int)).collect();
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
            let end = 1 << (bits - 1);
            (-end..end).contains(key)
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
        in_order(keys(given), count, 1)
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
    fn steps_may_be_larger_and_go_down() {
        let stepped = |given: &[i64], step| in_order(keys(given), given.len(), step);
        let ints = |keys: &[i64]| keys.iter().map(|key| Value::Int(*key)).collect::<Vec<_>>();
        assert_eq!(stepped(&[1000, 990, 980], -10).unwrap(), ints(&[1000, 990, 980]));
        assert_eq!(stepped(&[2, -8, -28], -10).unwrap(), ints(&[2, -8, -28]), "with a gap");
        assert_eq!(stepped(&[980, 1000, 990], -10).unwrap(), ints(&[1000, 990, 980]));
        assert_eq!(stepped(&[1, 21, 11], 10).unwrap(), ints(&[1, 11, 21]));
        assert_eq!(stepped(&[i64::MAX, i64::MIN], -1).unwrap(), ints(&[i64::MAX, i64::MIN]));
        assert!(stepped(&[1, 31, 11], 10).is_err());
        assert!(stepped(&[3, 1, 2], 10).is_err(), "another step than the model says");
    }

    #[test]
    fn keys_that_go_the_other_way_are_refused() {
        for (given, step) in [([-1, -2, -3], 1), ([1, 2, 3], -1), ([30, 20, 10], 10)] {
            let error = in_order(keys(&given), 3, step).unwrap_err().to_string();
            assert_eq!(
                error,
                "the keys of 3 inserted rows go the other way than the model says; write the step that the table has: `identity(increment = …)`"
            );
        }
    }

    #[test]
    fn keys_told_one_by_one_need_no_order() {
        let expected = vec![Value::Int(9), Value::Int(1)];
        assert_eq!(one_by_one(&[Some(9), Some(1)], 2).unwrap(), expected);
        for missing in [vec![Some(9)], vec![Some(9), None], vec![Some(9), Some(1), Some(2)]] {
            assert!(one_by_one(&missing, 2).is_err(), "{missing:?}");
        }
    }

    #[test]
    fn keys_that_cannot_be_told_apart_are_refused() {
        assert!(ordered(&[9, 1, 4], 3).is_err());
        assert!(ordered(&[1, 2], 3).is_err());
    }
}
