//! Parameters as text, for the echo and for `tracing`: Rust's look, SQL's NULL, one line whatever
//! the values hold. What is long is cut in the middle.

use chrono::TimeDelta;
use relata_core::{
    connection::Params,
    value::{DATE, DATE_TIME, TIME, Value},
};
use std::fmt::{Display, Write};

/// The most characters of one text, and half as many bytes, that are shown.
const CHARACTERS: usize = 300;
/// The most values of one set that are shown.
const VALUES: usize = 100;
/// Of the sets, so many of the first and so many of the last are shown.
const SETS: (usize, usize) = (8, 2);

/// All parameters of a statement: `(1, 'a')`, or `[(1, 'a'), (2, 'b')]` for several sets.
pub(super) fn shown(params: &Params) -> String {
    let mut out = String::new();
    let (first, last) = SETS;
    match params.sets {
        1 => set(&params.values, &mut out),
        all if all <= first + last => {
            out.push('[');
            sets(params, 0..all, &mut out);
            out.push(']');
        }
        all => {
            out.push('[');
            sets(params, 0..first, &mut out);
            let some = first + last;
            write(
                &mut out,
                format_args!(" ... displaying {some} of {all} total bound parameter sets ... "),
            );
            sets(params, all - last..all, &mut out);
            out.push(']');
        }
    }
    out
}

/// Writing to a string cannot fail.
fn write(out: &mut String, text: impl Display) {
    let _ = write!(out, "{text}");
}

fn sets(params: &Params, which: std::ops::Range<usize>, out: &mut String) {
    let last = which.end;
    for (at, values) in params.each().enumerate().skip(which.start).take(which.len()) {
        set(values, out);
        if at + 1 < last {
            out.push_str(", ");
        }
    }
}

fn set(values: &[Value], out: &mut String) {
    out.push('(');
    if values.len() > VALUES {
        let half = VALUES / 2;
        list(&values[..half], out);
        let hidden = values.len() - VALUES;
        write(out, format_args!(" ... {hidden} parameters truncated ... "));
        list(&values[values.len() - half..], out);
    } else {
        list(values, out);
    }
    // As a tuple of one is written.
    out.push_str(if values.len() == 1 { ",)" } else { ")" });
}

fn list(values: &[Value], out: &mut String) {
    for (at, known) in values.iter().enumerate() {
        if at > 0 {
            out.push_str(", ");
        }
        value(known, out);
    }
}

fn value(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("NULL"),
        Value::Bool(v) => write(out, v),
        Value::Int(v) => write(out, v),
        Value::Real(v) => write(out, format_args!("{v:?}")),
        Value::Decimal(v) => write(out, v),
        Value::Text(v) | Value::Json(v) => text(v, out),
        Value::Bytes(v) => bytes(v, out),
        Value::Uuid(v) => write(out, format_args!("'{v}'")),
        Value::Date(v) => write(out, format_args!("'{}'", v.format(DATE))),
        Value::Time(v) => write(out, format_args!("'{}'", v.format(TIME))),
        Value::DateTime(v) => write(out, format_args!("'{}'", v.format(DATE_TIME))),
        Value::Timestamp(v) => write(out, format_args!("'{}'", v.format(DATE_TIME))),
        Value::Interval(v) => write(out, format_args!("'{}'", TimeDelta::microseconds(*v))),
        Value::Enum(_, name) => text(name, out),
        Value::List(values) | Value::Array(_, values) => array(values, out),
        // No statement that is sent holds these.
        Value::Late(_) => out.push_str("<a key that is not known yet>"),
        Value::Misfit(_) => out.push_str("<a value that no column can hold>"),
    }
}

fn array(values: &[Value], out: &mut String) {
    out.push('[');
    if values.len() > VALUES {
        let half = VALUES / 2;
        list(&values[..half], out);
        let hidden = values.len() - VALUES;
        write(out, format_args!(" ... {hidden} values truncated ... "));
        list(&values[values.len() - half..], out);
    } else {
        list(values, out);
    }
    out.push(']');
}

fn text(text: &str, out: &mut String) {
    out.push('\'');
    let half = CHARACTERS / 2;
    match text.char_indices().nth(CHARACTERS) {
        None => escaped(text, out),
        Some(_) => {
            // Both are boundaries: the text has more characters than the two halves.
            let head = text.char_indices().nth(half).map_or(0, |(at, _)| at);
            let tail = text.char_indices().nth_back(half - 1).map_or(text.len(), |(at, _)| at);
            escaped(&text[..head], out);
            cut(text[head..tail].chars().count(), out);
            escaped(&text[tail..], out);
        }
    }
    out.push('\'');
}

fn escaped(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '"' => out.push('"'),
            other => out.extend(other.escape_debug()),
        }
    }
}

fn bytes(bytes: &[u8], out: &mut String) {
    out.push_str("x'");
    let half = CHARACTERS / 4;
    if bytes.len() > half * 2 {
        hex(&bytes[..half], out);
        cut((bytes.len() - half * 2) * 2, out);
        hex(&bytes[bytes.len() - half..], out);
    } else {
        hex(bytes, out);
    }
    out.push('\'');
}

fn hex(bytes: &[u8], out: &mut String) {
    for byte in bytes {
        write(out, format_args!("{byte:02x}"));
    }
}

fn cut(characters: usize, out: &mut String) {
    write(out, format_args!(" ... ({characters} characters truncated) ... "));
}

#[cfg(test)]
mod tests {
    use super::*;
    use relata_core::value::ColumnType;

    fn once(values: impl IntoIterator<Item = Value>) -> String {
        shown(&Params::once(values.into_iter().collect()))
    }

    fn text(text: impl Into<String>) -> Value {
        Value::Text(text.into().into())
    }

    /// So many sets of one number each.
    fn many(sets: usize) -> String {
        let values = (1..).take(sets).map(Value::Int).collect();
        shown(&Params { width: 1, sets, values })
    }

    #[test]
    fn one_set() {
        insta::assert_snapshot!(once([]), @"()");
        insta::assert_snapshot!(once([Value::Int(5)]), @"(5,)");
        insta::assert_snapshot!(
            once([text("Deadpond"), text("Dive Wilson"), Value::Null]),
            @"('Deadpond', 'Dive Wilson', NULL)"
        );
    }

    #[test]
    fn every_kind_of_value() {
        let moment = chrono::DateTime::from_timestamp_micros(1_896_094_800_123_456).unwrap();
        let time = moment.naive_utc();
        insta::assert_snapshot!(
            once([
                Value::Bool(true),
                Value::Int(-48),
                Value::Real(1.0),
                Value::Bytes(vec![0, 0xab, 0xff].into()),
                Value::Date(time.date()),
                Value::Time(time.time()),
                Value::DateTime(time),
                Value::Timestamp(moment),
                Value::Json(r#"{"a": 1}"#.into()),
                Value::Interval(1_500_000),
                vec![Some("a".to_owned()), None].write(),
            ]),
            @r#"(true, -48, 1.0, x'00abff', '2030-01-31', '13:00:00.123456', '2030-01-31 13:00:00.123456', '2030-01-31 13:00:00.123456', '{"a": 1}', 'PT1.5S', ['a', NULL])"#
        );
    }

    #[test]
    fn no_value_breaks_the_line_or_ends_its_quotes() {
        insta::assert_snapshot!(
            once([text("Sister Margaret's \"Bar\"\n\t\u{1b}[31m é \\")]),
            @r#"('Sister Margaret\'s "Bar"\n\t\u{1b}[31m é \\',)"#
        );
    }

    #[test]
    fn few_sets() {
        insta::assert_snapshot!(many(0), @"[]");
        insta::assert_snapshot!(many(2), @"[(1,), (2,)]");
        insta::assert_snapshot!(
            many(10),
            @"[(1,), (2,), (3,), (4,), (5,), (6,), (7,), (8,), (9,), (10,)]"
        );
    }

    #[test]
    fn many_sets() {
        insta::assert_snapshot!(
            many(5000),
            @"[(1,), (2,), (3,), (4,), (5,), (6,), (7,), (8,) ... displaying 10 of 5000 total bound parameter sets ... (4999,), (5000,)]"
        );
    }

    #[test]
    fn many_values_in_a_set() {
        let shown = once((1..=1000).map(Value::Int));
        assert!(shown.starts_with("(1, 2, 3, "), "{shown}");
        assert!(shown.contains(", 49, 50 ... 900 parameters truncated ... 951, 952, "), "{shown}");
        assert!(shown.ends_with(", 999, 1000)"), "{shown}");
    }

    #[test]
    fn long_text_is_cut_in_the_middle() {
        let (a, z) = ("ä".repeat(150), "z".repeat(150));
        assert_eq!(once([text(format!("{a}{z}"))]), format!("('{a}{z}',)"));
        assert_eq!(
            once([text(format!("{a}middle{z}"))]),
            format!("('{a} ... (6 characters truncated) ... {z}',)")
        );
    }

    #[test]
    fn long_bytes_are_cut_in_the_middle() {
        let bytes = [vec![0; 75], vec![1; 10], vec![255; 75]].concat();
        assert_eq!(
            once([Value::Bytes(bytes.into())]),
            format!(
                "(x'{} ... (20 characters truncated) ... {}',)",
                "00".repeat(75),
                "ff".repeat(75)
            )
        );
    }
}
