//! Arrays and intervals: every element there and back, and what a `Vec` cannot hold.

use crate::support::*;
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use relata_core::{
    ErrorKind,
    connection::Params,
    value::{ColumnType, Element, Value},
};
use rust_decimal::Decimal;
use std::fmt::Debug;
use uuid::Uuid;

/// Reads back what is sent as an array of this type.
fn back(conn: &mut Conn, ty: &str, value: Value) -> String {
    let step = read_with(&format!("SELECT $1::{ty}"), Params::once(vec![value]));
    grid(&mut run(conn, [step]).unwrap(), 0).remove(0)
}

fn list<T: Element + Debug + Clone>(values: &[T], shown: impl Fn(&T) -> String) -> (Value, String) {
    let shown = values.iter().map(shown).collect::<Vec<_>>().join(", ");
    (values.to_vec().write(), format!("List([{shown}])"))
}

fn plain<T: Element + Debug + Clone>(kind: &str, values: &[T]) -> (Value, String) {
    list(values, |value| format!("{kind}({value:?})"))
}

#[test]
fn elements_of_every_type_come_back() {
    let Some(schema) = Schema::new() else { return };
    let day: NaiveDate = "2030-01-31".parse().unwrap();
    let noon = day.and_time(NaiveTime::from_hms_micro_opt(12, 0, 0, 7).unwrap());
    let decimals =
        ["1.50", "-79228162514264337593543950335", "0"].map(|text| text.parse().unwrap());
    let texts = ["", "a\"b\\c", "{,}", "NULL", "null", " 🦸 ", "'"].map(String::from);
    for way in WAYS {
        let mut conn = schema.connect(way);
        for (ty, (value, expected)) in [
            ("bool[]", plain("Bool", &[true, false])),
            ("smallint[]", plain("Int", &[i16::MIN, i16::MAX])),
            ("integer[]", plain("Int", &[i32::MIN, i32::MAX])),
            ("bigint[]", plain("Int", &[i64::MIN, i64::MAX])),
            ("real[]", list(&[0.1_f32, f32::INFINITY], |v| format!("Real({:?})", f64::from(*v)))),
            ("float8[]", plain("Real", &[0.1, -0.0, f64::MAX, f64::NEG_INFINITY])),
            ("numeric[]", plain::<Decimal>("Decimal", &decimals)),
            ("varchar[]", plain("Text", &texts)),
            ("text[]", plain("Text", &texts)),
            ("uuid[]", plain("Uuid", &[Uuid::nil(), Uuid::max()])),
            ("date[]", plain("Date", &[day])),
            ("time[]", plain("Time", &[noon.time()])),
            ("timestamp[]", plain("DateTime", &[noon])),
            ("timestamptz[]", plain::<DateTime<Utc>>("Timestamp", &[noon.and_utc()])),
            ("interval[]", list(&[TimeDelta::hours(-30)], |_| "Interval(-108000000000)".into())),
            ("integer[]", (Vec::<i32>::new().write(), "List([])".into())),
            ("integer[]", (vec![None, Some(1)].write(), "List([Null, Int(1)])".into())),
        ] {
            assert_eq!(back(&mut conn, ty, value), expected, "{way:?} {ty}");
        }
        let long = (0..100_000).map(|at| format!("text {at}")).collect::<Vec<_>>();
        let (value, expected) = plain("Text", &long);
        assert_eq!(back(&mut conn, "text[]", value), expected);
    }
}

#[test]
fn what_a_vec_does_not_hold_is_refused() {
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        let mut conn = schema.connect(way);
        for (expr, why) in [
            (
                "'{{1},{2}}'::int[]",
                "the array has 2 dimensions, and a `Vec` has one; cast it to text",
            ),
            (
                "'[0:1]={1,2}'::int[]",
                "the array's first index is 0 and not 1, which a `Vec` does not keep; cast it to text",
            ),
            (
                "'1 2'::int2vector",
                "the array's first index is 0 and not 1, which a `Vec` does not keep; cast it to text",
            ),
        ] {
            let error = failure(&mut conn, read(&format!("SELECT {expr} AS v"))).error;
            assert_eq!(error.kind(), ErrorKind::Decode);
            assert_eq!(error.to_string(), format!("column `v` cannot be read: {why}"));
        }
    }
}

#[test]
fn an_element_that_does_not_fit_names_the_column() {
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        let mut conn = schema.connect(way);
        let tables = [
            sql("DROP TABLE IF EXISTS t"),
            sql("CREATE TABLE t (small smallint[], texts text[], price numeric(4, 2)[])"),
        ];
        run(&mut conn, tables).unwrap();
        for (column, value, message) in [
            ("small", vec![1, 40_000].write(), None),
            (
                "texts",
                vec![String::from("a\0b")].write(),
                Some(
                    "column `t.texts`: the text has a NUL character, which PostgreSQL cannot store; remove it, or store bytes",
                ),
            ),
            ("price", vec!["123.4".parse::<Decimal>().unwrap()].write(), None),
        ] {
            let insert = format!("INSERT INTO t ({column}) VALUES ($1)");
            let error = failure(&mut conn, write(&insert, "t", vec![value])).error;
            assert_eq!(error.kind(), ErrorKind::OutOfRange, "{way:?} {error}");
            if let Some(message) = message {
                assert_eq!(error.to_string(), message);
            }
        }
    }
}

#[test]
fn intervals_are_exact_to_the_microsecond() {
    let Some(schema) = Schema::new() else { return };
    let day = 86_400_000_000_i64;
    for way in WAYS {
        let mut conn = schema.connect(way);
        for micros in [0, 1, -1, day, -day - 1, day * 400 + 3_599_999_999, i64::MAX, i64::MIN] {
            let value = Value::Interval(micros);
            assert_eq!(
                back(&mut conn, "interval", value),
                format!("Interval({micros})"),
                "{way:?}"
            );
        }
        for (micros, text) in
            [(day + 1, "1 day 00:00:00.000001"), (-day - 1, "-1 days -00:00:00.000001")]
        {
            let sent = back(&mut conn, "interval::text", Value::Interval(micros));
            assert_eq!(sent, format!("Text({text:?})"), "{way:?}");
        }
        assert_eq!(
            rows(&mut conn, "SELECT '1 day 24:00'::interval, '-00:00:00.5'::interval"),
            ["Interval(172800000000) Interval(-500000)"]
        );
    }
}
