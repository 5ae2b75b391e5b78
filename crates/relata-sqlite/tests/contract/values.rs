//! How values are stored and what comes back.

use crate::support::*;
use chrono::{DateTime, NaiveDate, NaiveTime};
use relata_core::{
    ErrorKind, Result,
    connection::{Params, Row, Rows, Statement, Step},
    value::{ColumnType, EnumType, Value},
};
use relata_sqlite::Placement;
use std::sync::Arc;
use uuid::Uuid;

fn stored(value: Value) -> String {
    let mut conn = memory(Placement::Inline);
    let params = Params::once(vec![value]);
    let mut reply = run(&mut conn, [read_with("SELECT ?1", params)]).unwrap();
    grid(&mut reply, 0).remove(0)
}

#[test]
fn plain_values() {
    assert_eq!(stored(Value::Null), "Null");
    assert_eq!(stored(Value::Bool(true)), "Int(1)");
    assert_eq!(stored(Value::Int(i64::MIN)), format!("Int({})", i64::MIN));
    assert_eq!(stored(Value::Real(0.1)), "Real(0.1)");
    assert_eq!(stored(Value::Real(f64::NEG_INFINITY)), "Real(-inf)");
    assert_eq!(stored(text("Dive\0Wilson")), r#"Text("Dive\0Wilson")"#);
    assert_eq!(stored(text("")), r#"Text("")"#);
    assert_eq!(stored(Value::Json("[1]".into())), r#"Text("[1]")"#);
    assert_eq!(stored(Value::Bytes(Arc::from([1, 255]))), "Bytes([1, 255])");
    assert_eq!(stored(Value::Bytes(Arc::from([]))), "Bytes([])");
}

#[test]
fn values_that_sqlite_has_no_type_for() {
    let day = NaiveDate::from_ymd_opt(2030, 1, 31).unwrap();
    let time = NaiveTime::from_hms_micro_opt(13, 0, 0, 42).unwrap();
    let moment = DateTime::parse_from_rfc3339("2030-01-31T13:00:00.5+02:00").unwrap().to_utc();
    let uuid = Uuid::from_u128(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef);
    assert_eq!(stored(Value::Date(day)), r#"Text("2030-01-31")"#);
    assert_eq!(stored(Value::Time(time)), r#"Text("13:00:00.000042")"#);
    assert_eq!(
        stored(Value::DateTime(day.and_time(time))),
        r#"Text("2030-01-31 13:00:00.000042")"#
    );
    assert_eq!(stored(Value::Timestamp(moment)), r#"Text("2030-01-31 11:00:00.500000")"#);
    assert_eq!(stored(Value::Uuid(uuid)), r#"Text("0123456789abcdef0123456789abcdef")"#);
    assert_eq!(stored(Value::Decimal("1.10".parse().unwrap())), "Real(1.1)");
    assert_eq!(stored(Value::Decimal("12.00".parse().unwrap())), "Int(12)");
    assert_eq!(stored(Value::Interval(-1)), "Int(-1)");
    let texts = vec![Some(String::from("a\"")), None].write();
    assert_eq!(stored(texts), r#"Text("[\"a\\\"\",null]")"#);
    assert_eq!(stored(vec![i64::MAX].write()), r#"Text("[9223372036854775807]")"#);
    const MOOD: &EnumType = &EnumType {
        name: "mood",
        variants: &["glad"],
        enum_name: "Mood",
        identity: "contract::Mood",
        source: ("values.rs", 1),
    };
    assert_eq!(stored(Value::Enum(MOOD, "glad")), r#"Text("glad")"#);
}

#[test]
fn what_json_cannot_say_is_refused_with_its_statement() {
    let mut conn = memory(Placement::Inline);
    for (value, message) in [
        (vec![f64::INFINITY].write(), "an array in JSON holds no infinity"),
        (Value::Json("18446744073709551615".into()), "SQLite keeps no document that is an integer"),
    ] {
        let error = failure(&mut conn, write("SELECT ?", "item", vec![value])).error;
        assert_eq!((error.kind(), error.statement()), (ErrorKind::OutOfRange, Some("SELECT ?")));
        assert!(error.to_string().starts_with(message), "{error}");
    }
    let number = Value::Json("0.1".into());
    assert_eq!(stored(number), "Real(0.1)");
}

#[test]
fn a_decimal_with_too_many_digits_is_refused_with_its_statement() {
    let mut conn = memory(Placement::Inline);
    let price = "1.23456789012345678901";
    let step = write("SELECT ?", "item", vec![Value::Decimal(price.parse().unwrap())]);
    let error = failure(&mut conn, step).error;
    assert_eq!(error.kind(), ErrorKind::OutOfRange);
    assert_eq!((error.statement(), error.table()), (Some("SELECT ?"), Some("item")));
    assert!(!format!("{error:?}").contains(price));
}

#[test]
fn a_misfit_is_an_error_that_does_not_tell_the_value() {
    let mut conn = memory(Placement::Inline);
    let error = failure(&mut conn, write("SELECT ?", "t", vec![Value::Misfit("s3cret".into())]));
    assert_eq!(error.error.kind(), ErrorKind::Database);
    assert!(!format!("{:?}", error.error).contains("s3cret"));
}

#[test]
fn wrong_counts_of_values_are_errors() {
    let mut conn = memory(Placement::Inline);
    let error = failure(&mut conn, write("SELECT ?, ?", "t", vec![Value::Null])).error;
    assert_eq!(error.to_string(), "the statement has 2 parameters, but 1 values were given");
    let params = Params { width: 2, sets: 2, values: vec![Value::Null] };
    let error = failure(&mut conn, read_with("SELECT ?, ?", params)).error;
    assert_eq!(error.to_string(), "the values given are not a whole number of parameter sets");
}

struct Strict;

impl Rows for Strict {
    fn row(&mut self, row: &dyn Row) -> Result<()> {
        row.cell(1).map(drop)
    }
}

#[test]
fn text_that_is_not_utf8_is_an_error_and_the_connection_lives() {
    for placement in PLACEMENTS {
        let mut conn = memory(placement);
        let sql = "SELECT 1, CAST(x'66ff' AS TEXT) AS name";
        let rows: Option<Box<dyn Rows>> = Some(Box::new(Strict));
        let failure = failure(&mut conn, Step::Run(Statement { rows, ..Statement::text(sql) }));
        assert_eq!(failure.error.kind(), ErrorKind::Decode);
        assert_eq!(failure.error.statement(), Some(sql));
        assert_eq!(
            failure.error.to_string(),
            "column `name` holds text that is not UTF-8; read it as bytes with a CAST"
        );
        assert_eq!(crate::support::rows(&mut conn, "SELECT 1"), ["Int(1)"]);
    }
}

#[derive(Default)]
struct Names(Vec<String>);

impl Rows for Names {
    fn row(&mut self, row: &dyn Row) -> Result<()> {
        self.0 = (0..=row.width()).map(|at| row.name(at).unwrap_or("none").to_owned()).collect();
        Ok(())
    }
}

#[test]
fn rows_know_the_names_of_their_columns() {
    for placement in [Placement::Inline, Placement::Thread] {
        let mut conn = memory(placement);
        let statement = Statement {
            rows: Some(Box::<Names>::default()),
            ..Statement::text("SELECT 1 AS name, 2 AS \"Full Name\", 3 AS name")
        };
        let mut reply = run(&mut conn, [Step::Run(statement)]).unwrap();
        let names = reply.done[0].take::<Names>().unwrap().0;
        assert_eq!(names, ["name", "Full Name", "name", "none"]);
    }
}
