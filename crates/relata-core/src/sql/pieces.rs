//! How many rows each statement has where there are more than one takes.

use super::Dialect;
use crate::value::Value;

/// The most rows of one INSERT: enough to amortize it, few enough to keep its text small.
const MOST: usize = 512;

/// Up to so many rows stand in one INSERT.
const FEW: usize = 16;

/// Cuts rows of so many columns into what one INSERT takes, where `limit` parameters can be bound.
///
/// PostgreSQL keeps prepared statements by their text, and a new one costs a round trip. So there the
/// sizes are few: more than 16 rows are cut into powers of two. All pieces are sent together. The
/// other databases take each statement by itself, so they are given the fewest.
pub(crate) fn pieces<T>(
    dialect: Dialect,
    mut rows: &[T],
    columns: usize,
    limit: usize,
) -> impl Iterator<Item = &[T]> {
    let most = match columns {
        // A row of defaults stands alone.
        0 => 1,
        _ => (limit / columns).clamp(1, MOST),
    };
    let powers = dialect == Dialect::Postgres && rows.len() > FEW;
    std::iter::from_fn(move || {
        let all = rows.len().min(most);
        let size = if powers && all > 0 { 1 << all.ilog2() } else { all };
        let piece = rows.split_off(..size)?;
        (!piece.is_empty()).then_some(piece)
    })
}

/// What a list weighs at most, in bytes: servers limit what they take at a time, and escapes make it
/// longer.
const LIGHT: usize = 1 << 18;

/// Cuts rows of `width` values into pieces of which none is heavy. There are none where a row is heavy by
/// itself: alone, each of its values may be as long as a server takes.
pub(crate) fn light(values: &[Value], width: usize) -> Option<Vec<&[Value]>> {
    let (mut pieces, mut rest) = (Vec::new(), values);
    let (mut rows, mut weight) = (0, 0);
    for row in values.chunks(width.max(1)) {
        let own = row.iter().map(Value::weight).sum::<usize>();
        if own > LIGHT {
            return None;
        }
        if weight + own > LIGHT {
            let (piece, after) = rest.split_at(rows * width);
            pieces.push(piece);
            (rest, rows, weight) = (after, 0, 0);
        }
        (rows, weight) = (rows + 1, weight + own);
    }
    pieces.push(rest);
    Some(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn sizes(dialect: Dialect, rows: usize, columns: usize, limit: usize) -> Vec<usize> {
        let rows = vec![(); rows];
        pieces(dialect, &rows, columns, limit).map(<[()]>::len).collect()
    }

    #[test]
    fn as_few_as_can_be() {
        for (rows, columns, limit, expected) in [
            (0, 3, 999, &[][..]),
            (1, 3, 999, &[1]),
            (700, 3, 32_766, &[512, 188]),
            (7, 3, 9, &[3, 3, 1]),
            (2, 9, 4, &[1, 1]),
            (2, 0, 999, &[1, 1]),
        ] {
            assert_eq!(sizes(Dialect::Sqlite, rows, columns, limit), expected);
        }
    }

    #[test]
    fn lists_are_light() {
        let text = |length: usize| Value::Text("x".repeat(length).into());
        let sizes = |rows: &[usize]| {
            let values: Vec<_> = rows.iter().flat_map(|row| [Value::Int(1), text(*row)]).collect();
            light(&values, 2).map(|pieces| pieces.iter().map(|piece| piece.len()).collect())
        };
        assert_eq!(sizes(&[7; 3]), Some(vec![6]));
        assert_eq!(sizes(&[100_000, 100_000, 100_000, 7]), Some(vec![4, 4]));
        assert_eq!(sizes(&[7, LIGHT]), None::<Vec<usize>>);
    }

    #[test]
    fn of_few_sizes_where_texts_are_kept() {
        let postgres = |rows, columns| sizes(Dialect::Postgres, rows, columns, 65_535);
        assert_eq!(postgres(16, 3), [16]);
        assert_eq!(postgres(17, 3), [16, 1]);
        assert_eq!(postgres(1_003, 3), [512, 256, 128, 64, 32, 8, 2, 1]);
        assert_eq!(postgres(300, 300), [128, 128, 32, 8, 4]);
        let all: BTreeSet<usize> = (0..2_000).flat_map(|rows| postgres(rows, 3)).collect();
        assert_eq!(all.len(), 16 + 5);
        assert!((0..2_000).all(|rows| postgres(rows, 3).iter().sum::<usize>() == rows));
    }
}
