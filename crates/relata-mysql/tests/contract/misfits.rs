//! Values that do not fit: what the server keeps and Rust has not, and the other way round.

use crate::support::*;
use chrono::{DateTime, NaiveDate};
use relata_core::{
    ErrorKind, Result,
    connection::{Row, Rows, Statement, Step},
    value::Value,
};

/// Wants every row's first value.
struct Strict;

impl Rows for Strict {
    fn row(&mut self, row: &dyn Row) -> Result<()> {
        row.cell(0).map(drop)
    }
}

const NO_DAY: &str = "column `it` holds a date that no calendar has, such as 0000-00-00; read it as text with a CAST";

#[test]
fn a_date_that_is_none_is_an_error_that_names_its_column() {
    on_server("a_date_that_is_none", async |db: Db| {
        let mut conn = db.connect().await;
        for (ty, stored) in [
            ("DATE", "0000-00-00"),
            ("DATE", "2030-00-10"),
            ("DATE", "2030-02-31"),
            ("DATETIME", "0000-00-00 00:00:00"),
            ("DATETIME(6)", "2030-02-00 10:00:00.5"),
            ("TIMESTAMP NULL", "0000-00-00 00:00:00"),
        ] {
            anew(&mut conn, "kept", &format!("(it {ty})")).await;
            let lax = "SET @mode = @@sql_mode, sql_mode = 'ALLOW_INVALID_DATES'";
            let fill = format!("INSERT INTO kept VALUES ('{stored}')");
            let steps = [sql(lax), sql(&fill), sql("SET sql_mode = @mode")];
            run(&mut conn, steps).await.unwrap();
            for text in ["SELECT it FROM kept", "SELECT it, SLEEP(0) FROM kept"] {
                let rows: Option<Box<dyn Rows>> = Some(Box::new(Strict));
                let step = Step::Run(Statement { rows, ..Statement::text(text) });
                let error = failure(&mut conn, step).await.error;
                assert_eq!((error.kind(), &*error.to_string()), (ErrorKind::Decode, NO_DAY));
            }
            let text = rows(&mut conn, "SELECT CAST(it AS CHAR) FROM kept").await.remove(0);
            assert!(text.starts_with(&format!("Text(\"{stored}")), "{text}");
        }
    });
}

#[test]
fn what_a_column_of_dates_cannot_hold_is_refused() {
    on_server("what_a_column_of_dates", async |db: Db| {
        let mut conn = db.connect().await;
        let day = |year| NaiveDate::from_ymd_opt(year, 6, 1).unwrap();
        let moment =
            |text: &str| Value::Timestamp(DateTime::parse_from_rfc3339(text).unwrap().to_utc());
        let year = "the year {} is outside 1 to 9999, which is what MySQL and MariaDB store";
        let server = "a value does not fit the column `kept.it`; it is too long, out of range, or of another type";
        for (ty, value, message) in [
            ("DATE", Value::Date(day(0)), year.replace("{}", "0")),
            ("DATE", Value::Date(day(10_000)), year.replace("{}", "10000")),
            ("DATETIME", Value::DateTime(day(-44).into()), year.replace("{}", "-44")),
            ("TIMESTAMP", moment("1969-12-31T00:00:00Z"), server.into()),
            ("TIMESTAMP", moment("2206-01-01T00:00:00Z"), server.into()),
            ("DATE", text("2030-02-31"), server.into()),
            ("DATE", text("0000-13-45"), server.into()),
            ("YEAR", Value::Int(1900), server.into()),
        ] {
            anew(&mut conn, "kept", &format!("(it {ty} NULL)")).await;
            // a text for each: MySQL keeps the type that a parameter had when it was prepared
            let insert = format!("INSERT INTO kept VALUES (?) /* {ty} */");
            let step = write(&insert, "kept", vec![value]);
            let error = failure(&mut conn, step).await.error;
            assert_eq!(error.kind(), ErrorKind::OutOfRange, "{ty}: {error}");
            assert_eq!(error.to_string(), message);
            assert!(rows(&mut conn, "SELECT it FROM kept").await.is_empty());
        }
    });
}

#[test]
fn text_is_whole_or_refused() {
    on_server("text_is_whole_or_refused", async |db: Db| {
        let mut conn = db.connect().await;
        let hero = "🦸 naïve ß 漢";
        for (charset, length, value, kept) in [
            ("utf8mb4", 11, hero, true),
            ("utf8mb4", 10, hero, false),
            ("latin1", 20, hero, false),
            ("latin1", 20, "naïve ß", true),
            ("ascii", 20, "naïve ß", false),
            // Three bytes at most.
            ("utf8mb3", 20, "漢", true),
            ("utf8mb3", 20, "🦸", false),
        ] {
            let column = format!("it VARCHAR({length}) CHARACTER SET {charset}");
            anew(&mut conn, "kept", &format!("({column})")).await;
            let insert = format!("INSERT INTO kept VALUES (?) /* {charset} */");
            let step = write(&insert, "kept", vec![text(value)]);
            let stored = run(&mut conn, [step]).await;
            let found = rows(&mut conn, "SELECT it FROM kept").await;
            if kept {
                stored.unwrap();
                assert_eq!(found, [format!("Text({value:?})")], "{charset}");
            } else {
                let error = stored.unwrap_err().error;
                assert_eq!(error.kind(), ErrorKind::OutOfRange, "{charset}: {error}");
                // MySQL names none where it compares the character sets first
                let named = error.columns().collect::<Vec<_>>();
                let unnamed = !db.is_mariadb && error.code() == Some("3988");
                assert_eq!(named, if unnamed { vec![] } else { vec!["it"] }, "{error}");
                assert!(!error.to_string().contains(value));
                assert!(found.is_empty(), "nothing is cut");
            }
        }
    });
}

#[test]
fn numbers_are_whole_or_refused() {
    on_server("numbers_are_whole_or_refused", async |db: Db| {
        let mut conn = db.connect().await;
        let table = "CREATE TABLE kept (it BIGINT UNSIGNED, small TINYINT, money DECIMAL(4, 2))";
        let fill = "INSERT INTO kept (it) VALUES (18446744073709551615), (9223372036854775808)";
        run(&mut conn, [sql(table), sql(fill)]).await.unwrap();
        for text in [
            "SELECT it FROM kept ORDER BY it LIMIT 1",
            "SELECT MAX(it) AS it FROM kept",
            "SELECT it + 0 AS it FROM kept LIMIT 1",
        ] {
            let rows: Option<Box<dyn Rows>> = Some(Box::new(Strict));
            let step = Step::Run(Statement { rows, ..Statement::text(text) });
            let error = failure(&mut conn, step).await.error;
            assert_eq!(error.kind(), ErrorKind::Decode);
            assert_eq!(
                error.to_string(),
                "column `it` holds an integer above 9223372036854775807; read it as text with a CAST"
            );
        }
        for (column, value) in [
            ("it", Value::Int(-1)),
            ("small", Value::Int(128)),
            ("small", Value::Int(i64::MIN)),
            ("money", Value::Decimal("100".parse().unwrap())),
            ("small", text("12 monkeys")),
        ] {
            let step =
                write(&format!("INSERT INTO kept ({column}) VALUES (?)"), "kept", vec![value]);
            let error = failure(&mut conn, step).await.error;
            assert_eq!(error.kind(), ErrorKind::OutOfRange, "{column}: {error}");
            assert_eq!(error.columns().collect::<Vec<_>>(), [column]);
        }
        assert_eq!(number(&mut conn, "SELECT COUNT(*) FROM kept").await, 2);
    });
}
