//! Arrays as values, and as the JSON that stands for them.

use super::*;
use crate::value::array_text;

/// The JSON of an array, from which it is read back.
#[track_caller]
fn json<T: Element + PartialEq + fmt::Debug>(values: Vec<T>) -> String {
    let written = values.write();
    assert_eq!(Vec::<T>::read(written.as_cell()).as_ref(), Ok(&values), "without JSON");
    assert_eq!(<Vec<T>>::TYPE.read(written.as_cell()).as_ref(), Ok(&written), "as a key");
    let Value::Array(_, stored) = written else { panic!("{written:?}") };
    let text = array_text(&stored).unwrap();
    assert_eq!(Vec::<T>::read(Cell::Text(&text)).as_ref(), Ok(&values), "{text}");
    text
}

fn refused<T: Element + fmt::Debug>(cell: Cell<'_>) -> String {
    Vec::<T>::read(cell).unwrap_err().0.into_owned()
}

#[test]
fn every_value_comes_back_exactly() {
    assert_eq!(json(vec![i64::MIN, 0, i64::MAX]), "[-9223372036854775808,0,9223372036854775807]");
    assert_eq!(json(vec![u64::MAX / 2]), "[9223372036854775807]");
    assert_eq!(json(vec![0.1, 1.0, -0.5, 1e300, 5e-324]), "[0.1,1.0,-0.5,1e+300,5e-324]");
    assert_eq!(json(vec![0.1_f32]), "[0.10000000149011612]");
    assert_eq!(json(vec![true, false]), "[true,false]");
    assert_eq!(
        json(vec![String::from("a\"\\\n\0 é🦸"), String::new()]),
        r#"["a\"\\\n\u0000 é🦸",""]"#
    );
    let decimals = ["79228162514264337593543950335", "-0.0000000000000000000000000001", "1.50"];
    assert_eq!(
        json(decimals.map(|text| text.parse::<Decimal>().unwrap()).to_vec()),
        r#"["79228162514264337593543950335","-0.0000000000000000000000000001","1.5"]"#
    );
    assert_eq!(json(vec![Uuid::nil()]), r#"["00000000000000000000000000000000"]"#);
    let day: NaiveDate = "2030-01-31".parse().unwrap();
    let noon = day.and_hms_nano_opt(12, 0, 0, 1).unwrap();
    assert_eq!(json(vec![day]), r#"["2030-01-31"]"#);
    assert_eq!(json(vec![noon.time()]), r#"["12:00:00.000000001"]"#);
    assert_eq!(json(vec![noon]), r#"["2030-01-31 12:00:00.000000001"]"#);
    assert_eq!(json(vec![noon.and_utc()]), r#"["2030-01-31 12:00:00.000000001"]"#);
    assert_eq!(json(vec![TimeDelta::milliseconds(-1)]), "[-1000]");
    assert_eq!(json(vec![Some(1), None]), "[1,null]");
    assert_eq!(json(Vec::<String>::new()), "[]");
}

#[test]
fn floats_are_read_to_the_last_bit() {
    // many JSON readers are one bit off
    for bits in (0..2_000_u64).map(|at| at.wrapping_mul(0x9e37_79b9_7f4a_7c15)) {
        let float = f64::from_bits(bits);
        if float.is_finite() {
            let Value::Array(_, stored) = vec![float].write() else { unreachable!() };
            let text = array_text(&stored).unwrap();
            assert_eq!(Vec::<f64>::read(Cell::Text(&text)), Ok(vec![float]), "{text}");
        }
    }
}

#[test]
fn what_does_not_fit_says_at_which_index_it_is() {
    assert_eq!(
        vec![1.0, f64::NAN].write(),
        Value::Misfit(
            "the element at index 1: NaN cannot be stored in a column; use an `Option` and store NULL"
                .into()
        )
    );
    assert_eq!(
        vec![u64::MAX].write(),
        Value::Misfit(
            "the element at index 0: 18446744073709551615 is out of range for a 64-bit integer column"
                .into()
        )
    );
    assert_eq!(
        refused::<i64>(Cell::Text("[1,null]")),
        "the element at index 1: found NULL; make the elements an `Option`: `Vec<Option<…>>`"
    );
    assert_eq!(
        refused::<i16>(Cell::Text("[1,70000]")),
        "the element at index 1: the integer is out of range for `i16`"
    );
    assert_eq!(
        refused::<i64>(Cell::Text("[1.5]")),
        "the element at index 0: found a floating point number, expected an integer for `i64`"
    );
    let values: Arc<[Value]> = [Value::Int(1), Value::Null].into();
    assert_eq!(
        refused::<i64>(Cell::List(&values)),
        "the element at index 1: found NULL; make the elements an `Option`: `Vec<Option<…>>`"
    );
}

#[test]
fn what_is_no_array_is_said_without_showing_it() {
    const NONE: &str = "the text is no JSON array of numbers, texts, truth values or null; store one, or make the field a `Json<…>`";
    for text in ["", "secret", "{}", "\"a\"", "[\"a\"", "[\"a\"] x", "[[1]]", "[{}]"] {
        assert_eq!(
            refused::<String>(Cell::Text(text)).replace("the element at index 0: ", ""),
            NONE
        );
    }
    assert_eq!(refused::<i64>(Cell::Int(1)), "found an integer, expected an array");
    assert_eq!(
        refused::<i64>(Cell::Null),
        "found NULL, expected an array; make the field an `Option`"
    );
    assert_eq!(
        refused::<i64>(Cell::Text("[9223372036854775808]")),
        "an integer is above 9223372036854775807; store it as a `Decimal` or as text"
    );
}

#[test]
fn infinities_have_no_form_in_json() {
    let Value::Array(_, stored) = vec![f64::INFINITY].write() else { unreachable!() };
    assert_eq!(
        array_text(&stored).unwrap_err().0,
        "an array in JSON holds no infinity; use `Option` elements and store NULL"
    );
}
