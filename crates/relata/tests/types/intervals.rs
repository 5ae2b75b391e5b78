//! Lengths of time as columns.

use crate::support::{self, message, pick};
use relata::{ErrorKind, Metadata, chrono::TimeDelta, prelude::*};

#[model(table)]
struct Flight {
    #[field(primary_key)]
    id: Id<Flight>,
    length: TimeDelta,
    late: Option<TimeDelta>,
}

fn all() -> [TimeDelta; 6] {
    [
        TimeDelta::microseconds(i64::MIN),
        TimeDelta::days(-1) - TimeDelta::microseconds(1),
        TimeDelta::zero(),
        TimeDelta::microseconds(1),
        TimeDelta::days(40) + TimeDelta::milliseconds(1_500),
        TimeDelta::microseconds(i64::MAX),
    ]
}

/// Flights 1 to 6, from the shortest to the longest.
async fn flights() -> (support::Db, Session) {
    let db = support::engine(Metadata::of(Flight)).await;
    let mut session = Session::new(&db.engine);
    for length in all() {
        session.add(Flight::new(length).with_late(length));
    }
    session.commit().await.unwrap();
    (db, session)
}

cases! {
    async fn they_come_back_are_compared_and_sorted() {
        let (_db, mut session) = flights().await;
        let sorted = select(Flight).order_by(Flight.length);
        let rows = session.exec(sorted).all().await.unwrap();
        let read: Vec<_> = rows.iter().map(|row| (row.length, row.late)).collect();
        assert_eq!(read, all().map(|length| (length, Some(length))));
        for (condition, count) in [
            (Flight.length.gt(TimeDelta::zero()), 3),
            (Flight.length.eq(TimeDelta::days(40) + TimeDelta::milliseconds(1_500)), 1),
            (Flight.length.is_in(all()), 6),
            (Flight.length.between(TimeDelta::days(-2), TimeDelta::zero()), 2),
            (Flight.late.eq(Flight.length), 6),
        ] {
            let query = select(Flight.id).filter(condition);
            assert_eq!(session.exec(query).all().await.unwrap().len(), count);
        }
        let ends = session.exec(select((min(Flight.length), max(Flight.late)))).one().await.unwrap();
        assert_eq!(ends, (Some(all()[0]), Some(all()[5])));
    }

    async fn a_change_is_written_and_what_is_finer_than_a_microsecond_is_cut_off() {
        let (_db, mut session) = flights().await;
        let mut flight = session.get(Flight, 1).await.unwrap().unwrap();
        flight.length = TimeDelta::nanoseconds(-1_999);
        flight.late = None;
        session.add(&mut flight);
        session.commit().await.unwrap();
        session.refresh(&mut flight).await.unwrap();
        assert_eq!((flight.length, flight.late), (TimeDelta::microseconds(-1), None));
        let both = select((Flight.id, coalesce((Flight.late, TimeDelta::hours(1))))).filter(Flight.id.eq(1));
        assert_eq!(session.exec(both).one().await.unwrap().1, TimeDelta::hours(1));
    }

    async fn one_that_is_too_long_is_refused() {
        let (_db, mut session) = flights().await;
        session.add(Flight::new(TimeDelta::MAX));
        let error = session.commit().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::OutOfRange);
        assert_eq!(
            error.to_string(),
            "column `flight.length`: the interval is longer than 9223372036854775807 microseconds, some 292,000 years; store a shorter one, or its days as an integer"
        );
    }

    /// A day has 24 hours, and a month no length.
    async fn intervals_of_others_are_read_where_they_are_exact() {
        let (db, mut session) = flights().await;
        session.rollback().await.unwrap();
        if pick(true, false, true) {
            return;
        }
        db.execute("UPDATE flight SET length = '1 week 1 day 25:00:00.5' WHERE id = 1");
        let read = session.exec(select(Flight.length).filter(Flight.id.eq(1))).one().await.unwrap();
        assert_eq!(read, TimeDelta::days(9) + TimeDelta::milliseconds(3_600_500));
        db.execute("UPDATE flight SET length = '1 month' WHERE id = 1");
        let error = message(session.exec(select(Flight).filter(Flight.id.eq(1))).one().await);
        assert_eq!(
            error,
            "column `length` cannot be read: the interval has months, which have no fixed length; cast it to text"
        );
    }
}
