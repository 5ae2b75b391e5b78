//! Values that the servers have no type for, or one of their own: enums, arrays and intervals.

use crate::support::*;
use relata_core::{
    ErrorKind,
    connection::Params,
    value::{ColumnType, EnumType, Value},
};

const MOOD: &EnumType = &EnumType {
    name: "mood",
    variants: &["glad", "it's", "sad"],
    enum_name: "Mood",
    identity: "contract::Mood",
    source: ("others.rs", 1),
};

#[test]
fn they_come_back_as_what_stands_for_them() {
    on_server("they_come_back_as_what_stands_for_them", async |db: Db| {
        let mut conn = db.connect().await;
        let table = "CREATE TABLE t (id INT PRIMARY KEY, mood ENUM('glad','it''s','sad'), list JSON, span BIGINT) CHARACTER SET utf8mb4";
        run(&mut conn, [sql(table)]).await.unwrap();
        let list = vec![Some(String::from("é\"\\ \0🦸")), None].write();
        let values =
            vec![Value::Int(1), Value::Enum(MOOD, "it's"), list.clone(), Value::Interval(-1)];
        let none =
            vec![Value::Int(2), Value::Enum(MOOD, "sad"), Vec::<i64>::new().write(), Value::Null];
        for values in [values, none] {
            run(&mut conn, [write("INSERT INTO t VALUES (?, ?, ?, ?)", "t", values)])
                .await
                .unwrap();
        }
        // MySQL writes a space behind each comma
        let comma = if db.is_mariadb { "," } else { ", " };
        assert_eq!(
            rows(&mut conn, "SELECT mood, list, span FROM t ORDER BY mood").await,
            [
                r#"Text("it's") Text("[\"é\\\"\\\\ \\u0000🦸\",null]") Int(-1)"#
                    .replace(',', comma),
                r#"Text("sad") Text("[]") Null"#.to_owned(),
            ]
        );
        for (condition, value) in [
            ("mood = ?", Value::Enum(MOOD, "it's")),
            ("json_extract(list, '$') = json_extract(?, '$')", list),
            ("json_contains(list, ?)", vec![String::from("é\"\\ \0🦸")].write()),
            ("span = ?", Value::Interval(-1)),
        ] {
            let select = format!("SELECT id FROM t WHERE {condition}");
            let step = read_with(&select, Params::once(vec![value]));
            assert_eq!(
                grid(&mut run(&mut conn, [step]).await.unwrap(), 0),
                ["Int(1)"],
                "{condition}"
            );
        }
    });
}

#[test]
fn what_does_not_fit_is_refused_and_the_connection_lives() {
    on_server("what_does_not_fit_is_refused", async |db: Db| {
        let mut conn = db.connect().await;
        let table = "CREATE TABLE t (mood ENUM('glad'), list JSON, span BIGINT)";
        run(&mut conn, [sql(table)]).await.unwrap();
        for (column, value, message) in [
            ("mood", Value::Enum(MOOD, "sad"), "a value does not fit the column `t.mood`"),
            ("list", vec![f64::INFINITY].write(), "an array in JSON holds no infinity"),
        ] {
            let insert = format!("INSERT INTO t ({column}) VALUES (?)");
            let error = failure(&mut conn, write(&insert, "t", vec![value])).await.error;
            assert_eq!(error.kind(), ErrorKind::OutOfRange, "{error}");
            assert!(error.to_string().starts_with(message), "{error}");
        }
        assert!(rows(&mut conn, "SELECT * FROM t").await.is_empty());
    });
}
