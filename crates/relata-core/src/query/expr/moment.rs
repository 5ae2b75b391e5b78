//! Dates and times: what is now, and parts of a date or time.

use super::{Call, Function, Sql, Tree};
use crate::value::{ColumnType, NotNull};
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};

/// The present moment, in UTC, as columns of `DateTime<Utc>` store it. It is one moment for the whole
/// statement. SQLite knows it to the millisecond.
pub fn now() -> Sql<DateTime<Utc>> {
    Sql::new(Call::of(Function::Now, Vec::new(), None))
}

/// The present day, in UTC.
pub fn current_date() -> Sql<NaiveDate> {
    Sql::new(Call::of(Function::Today, Vec::new(), None))
}

/// A part of a date or time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The year.
    Year,
    /// The month, from 1 to 12.
    Month,
    /// The day of the month, from 1 to 31.
    Day,
    /// The hour, from 0 to 23.
    Hour,
    /// The minute, from 0 to 59.
    Minute,
    /// The second without its fraction, from 0 to 59.
    Second,
    /// The day of the week, from 0 for Sunday to 6 for Saturday.
    DayOfWeek,
    /// The day of the year, from 1 to 366.
    DayOfYear,
    /// The week of the year as ISO 8601 counts it, from 1 to 53: it starts on Monday, and the first
    /// one has the year's first Thursday.
    Week,
    /// The seconds since the start of 1970, without a fraction; a date and time with no time zone
    /// counts as UTC.
    Epoch,
}

impl Part {
    /// Whether it is a part of a time of day.
    fn of_time(self) -> bool {
        matches!(self, Part::Hour | Part::Minute | Part::Second)
    }
}

/// Dates and times, which have parts.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither a date nor a time, so it has no parts",
    label = "expected an expression of dates or times",
    note = "`extract` is for `NaiveDate`, `NaiveTime`, `NaiveDateTime` and `DateTime<Utc>`"
)]
pub trait Temporal: NotNull {
    /// Whether it has a day.
    #[doc(hidden)]
    const DATE: bool;
    /// Whether it has a time of day.
    #[doc(hidden)]
    const TIME: bool;
}

macro_rules! temporal {
    ($($ty:ty: $date:literal, $time:literal;)*) => {$(
        impl Temporal for $ty {
            const DATE: bool = $date;
            const TIME: bool = $time;
        }
    )*};
}
temporal! {
    NaiveDate: true, false;
    NaiveTime: false, true;
    NaiveDateTime: true, true;
    DateTime<Utc>: true, true;
}

/// A part of a date or time; an error where it has no such part, since databases do not agree on
/// what it is then.
pub(in crate::query) fn extract<T: Temporal>(of: Tree, part: Part) -> Tree {
    match (part.of_time(), T::DATE, T::TIME) {
        (true, _, false) => {
            Tree::invalid(format!("a date has no `Part::{part:?}`; only times of day have one"))
        }
        (false, false, _) => {
            Tree::invalid(format!("a time of day has no `Part::{part:?}`; only dates have one"))
        }
        _ => Call::of(Function::Extract(part, <T as ColumnType>::TYPE), vec![of], None),
    }
}
