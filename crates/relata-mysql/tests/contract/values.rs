//! How values are stored and what comes back.

use crate::support::*;
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};
use relata_core::{
    ErrorKind, Result,
    connection::{Params, Row, Rows, Statement, Step},
    value::Value,
};
use std::sync::Arc;
use uuid::Uuid;

/// Stores a value in a column of a type, reads it back and finds it by its value.
async fn through(conn: &mut Conn, ty: &str, value: Value) -> String {
    anew(conn, "kept", &format!("(it {ty}) CHARACTER SET utf8mb4")).await;
    // a text for each: MySQL keeps the type that a parameter had when it was prepared
    let insert = format!("INSERT INTO kept VALUES (?) /* {ty} */");
    run(conn, [write(&insert, "kept", vec![value.clone()])]).await.unwrap();
    let mut found = rows(conn, "SELECT it FROM kept").await;
    if !value.is_null() && !["FLOAT", "JSON"].contains(&ty) {
        let by = read_with(
            &format!("SELECT it FROM kept WHERE it = ? /* {ty} */"),
            Params::once(vec![value]),
        );
        assert_eq!(grid(&mut run(conn, [by]).await.unwrap(), 0), found, "{ty}");
    }
    found.remove(0)
}

fn day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2030, 1, 31).unwrap()
}

#[test]
fn every_value_comes_back_as_it_was() {
    on_server("every_value_comes_back", async |db: Db| {
        let mut conn = db.connect().await;
        let long = "x".repeat(300_000);
        let all: Vec<u8> = (0..=255).collect();
        for (ty, value, expected) in [
            ("INT", Value::Null, "Null".to_owned()),
            ("BOOL", Value::Bool(true), "Int(1)".into()),
            ("BIGINT", Value::Int(i64::MIN), format!("Int({})", i64::MIN)),
            ("BIGINT UNSIGNED", Value::Int(i64::MAX), format!("Int({})", i64::MAX)),
            ("SMALLINT", Value::Int(-32_768), "Int(-32768)".into()),
            ("DOUBLE", Value::Real(0.1), "Real(0.1)".into()),
            ("DOUBLE", Value::Real(f64::MAX), format!("Real({:?})", f64::MAX)),
            ("FLOAT", Value::Real(f64::from(0.1_f32)), format!("Real({:?})", f64::from(0.1_f32))),
            ("VARCHAR(255)", text("Dive\0Wilson"), r#"Text("Dive\0Wilson")"#.into()),
            ("VARCHAR(255)", text("🦸 'x' \\ \"; --"), format!("Text({:?})", "🦸 'x' \\ \"; --")),
            ("VARCHAR(255)", text(""), r#"Text("")"#.into()),
            ("LONGTEXT", text(&long), format!("Text({long:?})")),
            ("JSON", Value::Json("[1]".into()), r#"Text("[1]")"#.into()),
            ("LONGBLOB", Value::Bytes(Arc::from(&all[..])), format!("Bytes({all:?})")),
            ("LONGBLOB", Value::Bytes(Arc::from([])), "Bytes([])".into()),
            (
                "CHAR(32)",
                Value::Uuid(Uuid::from_u128(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef)),
                r#"Text("0123456789abcdef0123456789abcdef")"#.into(),
            ),
        ] {
            assert_eq!(through(&mut conn, ty, value).await, expected, "{ty}");
        }
    });
}

#[test]
fn times_and_decimals_come_back_as_they_were() {
    on_server("times_and_decimals", async |db: Db| {
        let mut conn = db.connect().await;
        let time = NaiveTime::from_hms_micro_opt(23, 59, 59, 999_999).unwrap();
        let moment = DateTime::parse_from_rfc3339("2030-01-31T13:00:00.5+02:00").unwrap().to_utc();
        let first = NaiveDate::from_ymd_opt(1, 1, 1).unwrap();
        let last = NaiveDate::from_ymd_opt(9999, 12, 31).unwrap().and_time(time);
        let decimal = |text: &str| Value::Decimal(text.parse().unwrap());
        for (ty, value, expected) in [
            ("DATE", Value::Date(day()), "Date(2030-01-31)"),
            ("DATE", Value::Date(first), "Date(0001-01-01)"),
            ("TIME(6)", Value::Time(time), "Time(23:59:59.999999)"),
            ("TIME(6)", Value::Time(NaiveTime::MIN), "Time(00:00:00)"),
            ("DATETIME(6)", Value::DateTime(last), "DateTime(9999-12-31T23:59:59.999999)"),
            (
                "DATETIME(6)",
                Value::DateTime(NaiveDateTime::from(day())),
                "DateTime(2030-01-31T00:00:00)",
            ),
            ("DATETIME(6)", Value::Timestamp(moment), "DateTime(2030-01-31T11:00:00.500)"),
            ("TIMESTAMP(6)", Value::Timestamp(moment), "Timestamp(2030-01-31T11:00:00.500Z)"),
            ("NUMERIC(10, 2)", decimal("-12.30"), "Decimal(-12.3)"),
            (
                "NUMERIC(65, 28)",
                decimal("79228162514264337593543950335"),
                "Decimal(79228162514264337593543950335)",
            ),
            (
                "NUMERIC(65, 28)",
                decimal("0.0000000000000000000000000001"),
                "Decimal(0.0000000000000000000000000001)",
            ),
            ("NUMERIC(65, 28)", decimal("0"), "Decimal(0)"),
        ] {
            assert_eq!(through(&mut conn, ty, value).await, expected, "{ty}");
        }
    });
}

#[test]
fn types_that_others_use() {
    on_server("types_that_others_use", async |db: Db| {
        let mut conn = db.connect().await;
        let table = "CREATE TABLE other (a YEAR, b BIT(9), c ENUM('x', 'y'), d SET('p', 'q'), e TINYTEXT CHARACTER SET latin1, f VARBINARY(3), g INT(5) UNSIGNED ZEROFILL, h VARCHAR(5) COLLATE utf8mb4_bin)";
        let fill =
            "INSERT INTO other VALUES (2030, b'100000001', 'y', 'p,q', 'é', x'00ff', 7, 'ß')";
        run(&mut conn, [sql(table), sql(fill)]).await.unwrap();
        assert_eq!(
            rows(&mut conn, "SELECT * FROM other").await,
            [
                r#"Int(2030) Int(257) Text("y") Text("p,q") Text("é") Bytes([0, 255]) Int(7) Text("ß")"#
            ]
        );
        assert_eq!(
            rows(
                &mut conn,
                "SELECT COUNT(*), SUM(b), AVG(g), 1.50, NULL, TRUE, CAST('x' AS BINARY) FROM other"
            )
            .await,
            ["Int(1) Int(257) Decimal(7) Decimal(1.5) Null Int(1) Bytes([120])"]
        );
    });
}

struct Strict;

impl Rows for Strict {
    fn row(&mut self, row: &dyn Row) -> Result<()> {
        row.cell(0).map(drop)
    }
}

#[test]
fn what_does_not_fit_is_named() {
    on_server("what_does_not_fit", async |db: Db| {
        let mut conn = db.connect().await;
        let create = "CREATE TABLE digits (fine DECIMAL(38, 29))";
        let insert = "INSERT INTO digits VALUES (1.00000000000000000000000000001)";
        run(&mut conn, [sql(create), sql(insert)]).await.unwrap();
        for (sql, message) in [
            (
                "SELECT 18446744073709551615 AS much",
                "column `much` holds an integer above 9223372036854775807; read it as text with a CAST",
            ),
            (
                "SELECT CAST('25:00:00' AS TIME) AS late",
                "column `late` holds a time outside of one day; read it as text with a CAST",
            ),
            (
                "SELECT fine FROM digits",
                "column `fine` holds a decimal number with more digits than `Decimal` has; read it as text with a CAST, or round it",
            ),
            (
                "SELECT 99999999999999999999999999999.5 AS wide",
                "column `wide` holds a decimal number with more digits than `Decimal` has; read it as text with a CAST, or round it",
            ),
        ] {
            let rows: Option<Box<dyn Rows>> = Some(Box::new(Strict));
            let step = Step::Run(Statement { rows, ..Statement::text(sql) });
            let failure = failure(&mut conn, step).await;
            assert_eq!(failure.error.kind(), ErrorKind::Decode);
            assert_eq!(failure.error.to_string(), message);
            assert_eq!(failure.error.statement(), Some(sql));
            assert_eq!(crate::support::rows(&mut conn, "SELECT 1").await, ["Int(1)"]);
        }
        // What the server computed is rounded to the places that there is room for.
        let computed = "SELECT fine / 1, 1.00000000000000000000000000006 FROM digits";
        assert_eq!(
            rows(&mut conn, computed).await,
            ["Decimal(1) Decimal(1.0000000000000000000000000001)"]
        );
    });
}

#[test]
fn wrong_counts_of_values_are_errors_and_the_connection_lives() {
    on_server("wrong_counts_of_values", async |db: Db| {
        let mut conn = db.connect().await;
        let error = failure(&mut conn, write("SELECT ?, ?", "t", vec![Value::Null])).await.error;
        assert_eq!(error.to_string(), "the statement has 2 parameters, but 1 values were given");
        let params = Params { width: 2, sets: 2, values: vec![Value::Null] };
        let error = failure(&mut conn, read_with("SELECT ?, ?", params)).await.error;
        assert_eq!(error.to_string(), "the values given are not a whole number of parameter sets");
        assert_eq!(rows(&mut conn, "SELECT 1").await, ["Int(1)"]);
    });
}

#[test]
fn more_parameters_than_a_statement_can_bind() {
    on_server("more_parameters", async |db: Db| {
        let mut conn = db.connect().await;
        let list = |count: usize| {
            let marks = vec!["?"; count].join(", ");
            let values = (0..count).map(|at| Value::Int(at as i64)).collect();
            read_with(&format!("SELECT 1 WHERE 7 IN ({marks})"), Params::once(values))
        };
        let mut reply = run(&mut conn, [list(65_535)]).await.unwrap();
        assert_eq!(grid(&mut reply, 0), ["Int(1)"]);
        let error = failure(&mut conn, list(65_536)).await.error;
        assert_eq!((error.kind(), error.code()), (ErrorKind::Database, Some("1390")));
        assert_eq!(rows(&mut conn, "SELECT 1").await, ["Int(1)"]);
    });
}
