//! Dates and times at the limits of each database.

use crate::support::{self, pick};
use relata::{
    ErrorKind, Metadata,
    chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc},
    prelude::*,
};

#[model(table)]
struct Event {
    #[field(primary_key)]
    id: Id<Event>,
    day: NaiveDate,
    time: NaiveTime,
    local: NaiveDateTime,
    moment: DateTime<Utc>,
}

fn day(year: i32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, 2, 28).unwrap()
}

fn at(day: NaiveDate, time: NaiveTime) -> Event {
    let local = day.and_time(time);
    Event { id: Id::new(), day, time, local, moment: local.and_utc() }
}

fn noon(year: i32) -> Event {
    at(day(year), NaiveTime::from_hms_opt(12, 0, 0).unwrap())
}

/// A database with one event, and the columns of that as other programs write them.
async fn stored(columns: &str) -> support::Db {
    let db = support::engine(Metadata::of(Event)).await;
    let mut session = Session::new(&db.engine);
    session.add(noon(2030));
    session.commit().await.unwrap();
    db.execute(&format!("UPDATE event SET {columns} WHERE id = 1"));
    db
}

cases! {
    async fn years_of_four_digits_are_kept_and_others_refused() {
        let db = support::engine(Metadata::of(Event)).await;
        let mut session = Session::new(&db.engine);
        for year in [1, 999, 2030, 9999] {
            session.add(noon(year));
        }
        session.commit().await.unwrap();
        let rows = session.exec(select(Event).order_by(Event.moment)).all().await.unwrap();
        let years = rows.iter().map(|row| (row.day, row.local, row.moment));
        let expected = [1, 999, 2030, 9999].map(noon).map(|row| (row.day, row.local, row.moment));
        assert_eq!(years.collect::<Vec<_>>(), expected);
        for year in [-1, 10_000] {
            session.add(noon(year));
            let error = session.commit().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::OutOfRange);
            assert_eq!(
                error.to_string(),
                format!("column `event.day`: the year {year} is outside 0 to 9999")
            );
            session.rollback().await.unwrap();
        }
        session.add(noon(0));
        match pick(true, true, false) {
            true => session.commit().await.unwrap(),
            false => {
                let error = session.commit().await.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::OutOfRange);
                assert!(error.to_string().contains("the year 0 is outside 1 to 9999"), "{error}");
            }
        }
    }

    /// SQLite keeps nanoseconds; the servers cut them off, and never round up to another day.
    async fn what_is_finer_than_a_microsecond() {
        let db = support::engine(Metadata::of(Event)).await;
        let mut session = Session::new(&db.engine);
        let last = NaiveTime::from_hms_nano_opt(23, 59, 59, 999_999_999).unwrap();
        session.add(at(day(2030), last));
        session.commit().await.unwrap();
        let cut = NaiveTime::from_hms_micro_opt(23, 59, 59, 999_999).unwrap();
        let kept = pick(last, cut, cut);
        let row = session.exec(select(Event)).one().await.unwrap();
        assert_eq!(
            (row.time, row.local, row.moment),
            (kept, day(2030).and_time(kept), day(2030).and_time(kept).and_utc())
        );
    }

    /// SQLite keeps it as text.
    async fn a_leap_second_is_kept_or_refused() {
        let db = support::engine(Metadata::of(Event)).await;
        let leap = NaiveTime::from_hms_milli_opt(23, 59, 59, 1_500).unwrap();
        let plain = noon(2016);
        let (local, moment) = (day(2016).and_time(leap), day(2016).and_time(leap).and_utc());
        for event in [
            Event { time: leap, ..noon(2016) },
            Event { local, ..noon(2016) },
            Event { moment, ..plain },
        ] {
            let mut session = Session::new(&db.engine);
            session.add(event);
            let stored = session.commit().await;
            match pick(true, false, false) {
                true => stored.unwrap(),
                false => {
                    let error = stored.unwrap_err();
                    assert_eq!(error.kind(), ErrorKind::OutOfRange);
                    assert!(error.to_string().contains("leap second"), "{error}");
                }
            }
        }
        if pick(true, false, false) {
            let rows = db.engine.exec(select(Event).order_by(Event.id)).all().await.unwrap();
            assert_eq!((rows[0].time, rows[1].local, rows[2].moment), (leap, local, moment));
        }
    }

    async fn moments_of_other_time_zones_are_read_in_utc() {
        let written = pick("2030-01-31T13:00:00.5+02:00", "2030-01-31 13:00:00.5+02", "2030-01-31 11:00:00.5");
        let db = stored(&format!("moment = '{written}'")).await;
        let row = db.engine.exec(select(Event)).one().await.unwrap();
        assert_eq!(row.moment.to_rfc3339(), "2030-01-31T11:00:00.500+00:00");
        let at: DateTime<Utc> = "2030-01-31T12:30:00.5+01:30".parse().unwrap();
        // SQLite compares the text
        let found = db.engine.exec(select(Event.id).filter(Event.moment.eq(at))).all().await.unwrap();
        assert_eq!(found.len(), pick(0, 1, 1));
    }

    async fn what_rust_has_no_time_for_is_said() {
        let cases: &[(&str, &str)] = pick(
            &[
                ("day = 'infinity'", "column `event.day`: the text is no date"),
                ("day = '2030-02-30'", "column `event.day`: the text is no date"),
                ("time = '24:00'", "column `event.time`: the text is no time"),
                ("local = 'now'", "column `event.local`: the text is no date and time"),
                ("moment = 7", "column `event.moment`: found an integer, expected a date and time"),
            ],
            &[
                ("day = 'infinity'", "column `day` cannot be read: the date is infinite; cast it to text"),
                ("local = '-infinity'", "column `local` cannot be read: the timestamp is infinite; cast it to text"),
                ("moment = 'infinity'", "column `moment` cannot be read: the timestamp is infinite; cast it to text"),
                ("local = '294276-01-01'", "column `local` cannot be read: the timestamp is out of range; cast it to text"),
                ("time = '24:00'", "column `time` cannot be read: the time is 24:00, which `NaiveTime` has not; cast it to text"),
            ],
            &[
                ("time = '24:00'", "column `time` holds a time outside of one day; read it as text with a CAST"),
                ("time = '-00:00:01'", "column `time` holds a time outside of one day; read it as text with a CAST"),
                ("time = '838:59:59'", "column `time` holds a time outside of one day; read it as text with a CAST"),
            ],
        );
        for (columns, why) in cases {
            let db = stored(columns).await;
            let error = db.engine.exec(select(Event)).one().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Decode);
            assert_eq!(error.to_string(), *why);
        }
    }

    /// Other programs may write what this library refuses to.
    async fn years_before_and_after_those_of_four_digits_are_read() {
        if pick(false, true, false) {
            let db = stored("day = '4713-02-28 BC', local = '10000-02-28 12:00'").await;
            let row = db.engine.exec(select(Event)).one().await.unwrap();
            assert_eq!((row.day, row.local.date()), (day(-4712), day(10_000)));
        }
    }
}
