//! Every value there and back, and what does not fit.

use crate::support::*;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use relata_core::{
    ErrorKind,
    connection::{Begin, Params, Step},
    value::Value,
};

fn back(conn: &mut Conn, ty: &str, value: Value) -> String {
    let select = format!("SELECT $1::{ty}");
    let step = read_with(&select, Params::once(vec![value]));
    grid(&mut run(conn, [step]).unwrap(), 0).remove(0)
}

fn refused(conn: &mut Conn, ty: &str, value: Value) -> String {
    let step = read_with(&format!("SELECT $1::{ty}"), Params::once(vec![value]));
    let error = failure(conn, step).error;
    assert_eq!(error.kind(), ErrorKind::OutOfRange, "{error}");
    error.to_string()
}

fn day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2030, 1, 31).unwrap()
}

fn moment() -> DateTime<Utc> {
    day().and_hms_micro_opt(13, 4, 5, 678_901).unwrap().and_utc()
}

#[test]
fn every_value_comes_back() {
    let Some(schema) = Schema::new() else { return };
    let uuid = uuid::Uuid::from_u128(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef);
    let decimal = |text: &str| Value::Decimal(text.parse().unwrap());
    for way in WAYS {
        let mut conn = schema.connect(way);
        for (ty, value, expected) in [
            ("integer", Value::Null, "Null"),
            ("boolean", Value::Bool(true), "Bool(true)"),
            ("smallint", Value::Int(-32768), "Int(-32768)"),
            ("integer", Value::Int(i64::from(i32::MIN)), "Int(-2147483648)"),
            ("bigint", Value::Int(i64::MAX), "Int(9223372036854775807)"),
            ("numeric", Value::Int(7), "Decimal(7)"),
            ("real", Value::Real(0.5), "Real(0.5)"),
            ("double precision", Value::Real(0.1), "Real(0.1)"),
            ("double precision", Value::Real(f64::NEG_INFINITY), "Real(-inf)"),
            ("double precision", Value::Real(1e-300), "Real(1e-300)"),
            ("numeric", Value::Real(0.1), "Decimal(0.1)"),
            (
                "numeric",
                decimal("-79228162514264337593543950335"),
                "Decimal(-79228162514264337593543950335)",
            ),
            ("numeric(12, 4)", decimal("1.50"), "Decimal(1.5000)"),
            ("text", text("a'b\"\\\u{1F980}"), "Text(\"a'b\\\"\\\\\u{1F980}\")"),
            ("varchar", text(""), "Text(\"\")"),
            ("char(3)", text("a"), "Text(\"a  \")"),
            ("json", Value::Json("{\"a\": 1}".into()), "Text(\"{\\\"a\\\": 1}\")"),
            ("jsonb", Value::Json("{\"a\":1}".into()), "Text(\"{\\\"a\\\": 1}\")"),
            ("bytea", Value::Bytes([0, 255, b'\\'].as_slice().into()), "Bytes([0, 255, 92])"),
            ("uuid", Value::Uuid(uuid), "Uuid(01234567-89ab-cdef-0123-456789abcdef)"),
            (
                "uuid",
                text("0123456789abcdef0123456789abcdef"),
                "Uuid(01234567-89ab-cdef-0123-456789abcdef)",
            ),
            ("text", Value::Uuid(uuid), "Text(\"01234567-89ab-cdef-0123-456789abcdef\")"),
            ("date", Value::Date(day()), "Date(2030-01-31)"),
            (
                "time",
                Value::Time(NaiveTime::from_hms_micro_opt(23, 59, 59, 7).unwrap()),
                "Time(23:59:59.000007)",
            ),
            (
                "timestamp",
                Value::DateTime(moment().naive_utc()),
                "DateTime(2030-01-31T13:04:05.678901)",
            ),
            ("timestamptz", Value::Timestamp(moment()), "Timestamp(2030-01-31T13:04:05.678901Z)"),
            ("timestamp", Value::Timestamp(moment()), "DateTime(2030-01-31T13:04:05.678901)"),
            ("inet", text("127.0.0.1"), ""),
        ] {
            if ty == "inet" {
                assert_eq!(back(&mut conn, "inet::text", value), "Text(\"127.0.0.1/32\")");
            } else {
                assert_eq!(back(&mut conn, ty, value), expected, "{way:?} {ty}");
            }
        }
    }
}

#[test]
fn lists_are_arrays_of_any_length() {
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        let mut conn = schema.heroes(way);
        run(&mut conn, ["a", "b", "c"].map(hero)).unwrap();
        for count in [0_usize, 1, 3, 70_000] {
            let keys = (2..).take(count).map(Value::Int).collect::<Vec<_>>();
            let params = Params::once(vec![Value::List(keys.into())]);
            let step = read_with("SELECT name FROM hero WHERE id = ANY($1)", params);
            let found = grid(&mut run(&mut conn, [step]).unwrap(), 0);
            assert_eq!(found.len(), count.min(2), "{way:?} {count}");
        }
        let lists = [
            Value::List([Value::Int(1), Value::Int(2)].into()),
            Value::List([text("a"), text("\"{,}\\")].into()),
        ];
        let sql = "SELECT name FROM hero WHERE (id, name) IN (SELECT * FROM unnest($1::integer[], $2::varchar[]))";
        let step = read_with(sql, Params::once(lists.into()));
        assert_eq!(grid(&mut run(&mut conn, [step]).unwrap(), 0), ["Text(\"a\")"]);
    }
}

#[test]
fn what_does_not_fit_is_an_error_that_names_the_column() {
    let Some(schema) = Schema::new() else { return };
    let mut conn = schema.heroes(Way::Own);
    let insert = "INSERT INTO hero (name, age) VALUES ($1, $2), ($3, $4)";
    let wide = vec![text("a"), Value::Int(1), text("b"), Value::Int(1 << 31)];
    let error = failure(&mut conn, write(insert, "hero", wide)).error;
    assert_eq!(error.kind(), ErrorKind::OutOfRange);
    assert_eq!(error.to_string(), "column `hero.age`: the integer is out of range for `int4`");
    assert_eq!(error.columns().collect::<Vec<_>>(), ["age"]);
    for way in WAYS {
        let mut conn = schema.heroes(way);
        let steps =
            [Step::Begin(Begin::Write), hero("first"), hero("a\0b"), hero("c"), Step::Commit];
        let failure = run(&mut conn, steps).unwrap_err();
        assert_eq!((failure.step, failure.in_transaction), (2, true));
        assert_eq!(
            failure.error.to_string(),
            "column `hero.name`: the text has a NUL character, which PostgreSQL cannot store; remove it, or store bytes"
        );
        run(&mut conn, [Step::Rollback]).unwrap();
        assert!(rows(&mut conn, NAMES).is_empty());
        let wide = write("UPDATE hero SET age=$1", "hero", vec![Value::Int(1 << 31)]);
        assert_eq!(super::support::failure(&mut conn, wide).error.kind(), ErrorKind::OutOfRange);
    }
}

#[test]
fn what_would_be_changed_is_refused() {
    let Some(schema) = Schema::new() else { return };
    let mut conn = schema.connect(Way::Own);
    for (ty, value, why) in [
        ("smallint", Value::Int(32768), "parameter 1: the integer is out of range for `int2`"),
        ("real", Value::Real(0.1), "parameter 1: the number does not fit `float4` exactly"),
        (
            "date",
            Value::Timestamp(moment()),
            "parameter 1: it has a time of day, which `date` has not",
        ),
        (
            "boolean",
            Value::Int(1),
            "parameter 1: it is an integer, and `bool` is wanted; write a CAST",
        ),
        (
            "integer",
            Value::Bool(true),
            "parameter 1: it is a boolean, and `int4` is wanted; write a CAST",
        ),
    ] {
        assert_eq!(refused(&mut conn, ty, value), why);
    }
    for way in WAYS {
        let mut conn = schema.connect(way);
        let seven = refused(&mut conn, "integer", text("seven"));
        assert_eq!(seven, "invalid input syntax for type integer");
        assert!(refused(&mut conn, "date", text("2030-02-31")).contains("out of range"));
    }
}

#[test]
fn what_rust_cannot_hold_is_refused() {
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        let mut conn = schema.connect(way);
        for (expr, why) in [
            ("'NaN'::numeric", "it is NaN"),
            ("1e40::numeric", "it has more digits than a `Decimal`, which has 28; cast it to text"),
            ("'infinity'::date", "the date is infinite; cast it to text"),
            ("'-infinity'::timestamptz", "the timestamp is infinite; cast it to text"),
            ("'294276-01-01'::timestamp", "the timestamp is out of range; cast it to text"),
            ("'24:00'::time", "the time is 24:00, which `NaiveTime` has not; cast it to text"),
            (
                "'1 month'::interval",
                "the interval has months, which have no fixed length; cast it to text",
            ),
        ] {
            let error = failure(&mut conn, read(&format!("SELECT {expr} AS v"))).error;
            assert_eq!(error.kind(), ErrorKind::Decode);
            assert_eq!(error.to_string(), format!("column `v` cannot be read: {why}"));
        }
        assert_eq!(rows(&mut conn, "SELECT 'NaN'::float8"), ["Real(NaN)"]);
    }
}

#[test]
fn hostile_texts_come_back() {
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        let mut conn = schema.connect(way);
        let tables =
            ["DROP TABLE IF EXISTS \"t;\"\"'--\"", "CREATE TABLE \"t;\"\"'--\" (name TEXT)"];
        run(&mut conn, tables.map(sql)).unwrap();
        let long = "x'; DROP TABLE hero; --".repeat(450_000);
        let insert = write("INSERT INTO \"t;\"\"'--\" VALUES ($1)", "t", vec![text(&long)]);
        run(&mut conn, [insert]).unwrap();
        assert_eq!(rows(&mut conn, "SELECT * FROM \"t;\"\"'--\""), [format!("Text({long:?})")]);
    }
}
