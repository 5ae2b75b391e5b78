//! Lengths of time in columns. Where the database has no such type (SQLite, MySQL) they are the number
//! of their microseconds.

use super::{Cell, ColumnType, Misfit, NotNull, SqlType, Value};
use chrono::TimeDelta;

/// An INTERVAL. What is finer than a microsecond is cut off, as for times.
impl ColumnType for TimeDelta {
    const TYPE: SqlType = SqlType::Interval;

    fn read(cell: Cell<'_>) -> Result<Self, Misfit> {
        match cell {
            Cell::Interval(micros) | Cell::Int(micros) => Ok(TimeDelta::microseconds(micros)),
            other => Err(Misfit::kind(&other, "an interval")),
        }
    }

    fn write(&self) -> Value {
        match self.num_microseconds() {
            Some(micros) => Value::Interval(micros),
            None => Value::Misfit(
                "the interval is longer than 9223372036854775807 microseconds, some 292,000 years; store a shorter one, or its days as an integer"
                    .into(),
            ),
        }
    }
}

impl NotNull for TimeDelta {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_finer_than_a_microsecond_is_cut_off() {
        assert_eq!(TimeDelta::nanoseconds(1_999).write(), Value::Interval(1));
        assert_eq!(TimeDelta::nanoseconds(-1_999).write(), Value::Interval(-1));
    }

    #[test]
    fn the_longest_intervals_come_back_and_longer_ones_are_refused() {
        for micros in [i64::MIN, -1, 0, i64::MAX] {
            let delta = TimeDelta::microseconds(micros);
            assert_eq!(delta.write(), Value::Interval(micros));
            assert_eq!(TimeDelta::read(Cell::Int(micros)), Ok(delta));
        }
        assert!(matches!(TimeDelta::MAX.write(), Value::Misfit(_)));
    }
}
