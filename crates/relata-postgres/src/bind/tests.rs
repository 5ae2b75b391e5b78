//! What is sent for each value, and what is refused.

use super::*;

fn sent(value: Value, ty: &Type) -> Result<Vec<u8>, String> {
    let mut out = BytesMut::new();
    match Bound(&value).to_sql(ty, &mut out) {
        Ok(_) => Ok(out.to_vec()),
        Err(error) => Err(error.to_string()),
    }
}

fn shown(value: Value) -> String {
    String::from_utf8(sent(value, &any_type()).unwrap()).unwrap()
}

#[test]
fn integers_take_the_width_that_is_asked_for() {
    assert_eq!(sent(Value::Int(-2), &Type::INT2).unwrap(), [255, 254]);
    assert_eq!(sent(Value::Int(7), &Type::INT8).unwrap(), [0, 0, 0, 0, 0, 0, 0, 7]);
    assert_eq!(sent(Value::Int(1), &Type::FLOAT4).unwrap(), 1_f32.to_be_bytes());
    let out_of_range = sent(Value::Int(1 << 31), &Type::INT4).unwrap_err();
    assert_eq!(out_of_range, "the integer is out of range for `int4`");
    assert!(sent(Value::Int(i64::MAX), &Type::FLOAT8).is_err(), "not exact");
    assert_eq!(
        sent(Value::Int(1), &Type::TEXT).unwrap_err(),
        "it is an integer, and `text` is wanted; write a CAST"
    );
}

#[test]
fn what_would_change_is_refused() {
    assert!(sent(Value::Real(0.1), &Type::FLOAT4).is_err());
    assert!(sent(Value::Decimal("0.5".parse().unwrap()), &Type::FLOAT4).is_ok());
    assert!(sent(Value::Decimal("0.5".parse().unwrap()), &Type::INT4).is_err());
    let noon = NaiveDate::from_ymd_opt(2030, 1, 31).unwrap().and_hms_opt(12, 0, 0).unwrap();
    assert_eq!(
        sent(Value::DateTime(noon), &Type::DATE).unwrap_err(),
        "it has a time of day, which `date` has not"
    );
    assert!(sent(Value::Text("a\0b".into()), &Type::TEXT).unwrap_err().contains("NUL"));
}

#[test]
fn days_and_moments_count_from_2000() {
    let day = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap();
    assert_eq!(sent(Value::Date(day(2000, 1, 2)), &Type::DATE).unwrap(), 1_i32.to_be_bytes());
    let before = day(1999, 12, 31).and_hms_nano_opt(23, 59, 59, 999_999_500).unwrap();
    assert_eq!(
        sent(Value::DateTime(before), &Type::TIMESTAMP).unwrap(),
        (-1_i64).to_be_bytes(),
        "nanoseconds are cut, not rounded"
    );
}

#[test]
fn lists_are_arrays() {
    let list = Value::List([Value::Int(7), Value::Null].into());
    assert_eq!(
        sent(list, &Type::INT2_ARRAY).unwrap(),
        [
            0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 21, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 7, 255,
            255, 255, 255
        ]
    );
    assert_eq!(
        sent(Value::List([].into()), &Type::INT4_ARRAY).unwrap(),
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 23]
    );
}

#[test]
fn without_a_type_everything_is_text() {
    assert_eq!(shown(Value::Bool(true)), "t");
    assert_eq!(shown(Value::Real(1e300)), "1e300");
    assert_eq!(shown(Value::Real(f64::NEG_INFINITY)), "-Infinity");
    assert_eq!(shown(Value::Bytes([0, 171].as_slice().into())), "\\x00ab");
    let moment = DateTime::from_timestamp(0, 5_000).unwrap();
    assert_eq!(shown(Value::Timestamp(moment)), "1970-01-01 00:00:00.000005+00");
    let list = [Value::Text("a\"b\\c".into()), Value::Null, Value::Int(1)];
    assert_eq!(shown(Value::List(list.into())), r#"{"a\"b\\c",NULL,"1"}"#);
}

#[test]
fn the_log_shows_no_values() {
    assert_eq!(format!("{:?}", Bound(&Value::Text("s3cret".into()))), "text");
}
