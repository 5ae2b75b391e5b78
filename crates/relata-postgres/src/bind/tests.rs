//! What is sent for each value, and what is refused.

use super::*;
use chrono::DateTime;

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
fn days_before_the_year_1_are_counted_as_the_server_does() {
    let day = |year| NaiveDate::from_ymd_opt(year, 2, 28).unwrap();
    assert_eq!(shown(Value::Date(day(0))), "0001-02-28 BC");
    assert_eq!(shown(Value::Date(day(-4712))), "4713-02-28 BC");
    assert_eq!(shown(Value::Date(day(12_345))), "12345-02-28");
    let noon = day(0).and_hms_opt(12, 0, 0).unwrap();
    assert_eq!(shown(Value::DateTime(noon)), "0001-02-28 12:00:00.000000 BC");
    assert_eq!(shown(Value::Timestamp(noon.and_utc())), "0001-02-28 12:00:00.000000+00 BC");
}

#[test]
fn a_leap_second_is_never_the_next_day() {
    let leap = NaiveTime::from_hms_milli_opt(23, 59, 59, 1_500).unwrap();
    let at = NaiveDate::from_ymd_opt(2016, 12, 31).unwrap().and_time(leap);
    for (value, ty) in [
        (Value::Time(leap), Type::TIME),
        (Value::DateTime(at), Type::TIMESTAMP),
        (Value::Timestamp(at.and_utc()), Type::TIMESTAMPTZ),
    ] {
        for ty in [ty, any_type()] {
            let why = sent(value.clone(), &ty).unwrap_err();
            assert!(why.starts_with("it is a leap second"), "{why}");
        }
    }
}

#[test]
fn a_nul_in_json_is_found_where_it_is_one() {
    let json = |text: &str, ty: &Type| sent(Value::Json(text.into()), ty).is_err();
    for (text, nul) in [
        (r#""a\u0000b""#, true),
        (r#""a\\u0000b""#, false),
        (r#""a\\\u0000b""#, true),
        (r#""\u00001\\""#, true),
        ("\"u0000\"", false),
    ] {
        assert_eq!(json(text, &Type::JSONB), nul, "{text}");
        assert_eq!(json(text, &any_type()), nul, "{text}");
        assert!(!json(text, &Type::JSON), "as it is written");
    }
}

#[test]
fn intervals_are_days_and_microseconds_of_one_sign() {
    let day = 86_400_000_000;
    assert_eq!(shown(Value::Interval(day + 3_661_000_001)), "1 days 1:01:01.000001");
    assert_eq!(shown(Value::Interval(-day - 1)), "-1 days -0:00:00.000001");
    assert_eq!(shown(Value::Interval(i64::MIN)), "-106751991 days -4:00:54.775808");
    assert_eq!(
        sent(Value::Interval(-day - 1), &Type::INTERVAL).unwrap(),
        [255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0]
    );
    assert!(sent(Value::Interval(1), &Type::INT8).unwrap_err().starts_with("it is an interval"));
}

#[test]
fn the_log_shows_no_values() {
    assert_eq!(format!("{:?}", Bound(&Value::Text("s3cret".into()))), "text");
}
