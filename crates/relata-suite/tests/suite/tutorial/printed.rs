//! Reading what Rust's `Debug` prints of models, lists of them and plain values.

use serde_json::{Map, Value, json};
use uuid::Uuid;

/// The value at the start of a text, and what is behind it.
///
/// A model is `{"model": …, "fields": {…}}`. Its relations, which print a list of keys or
/// `<not loaded>`, are left out. A UUID or decimal is `{"type": …, "value": …}`.
pub(crate) fn value(text: &str) -> (Value, &str) {
    if let Some((uuid, rest)) = text.split_at_checked(36)
        && Uuid::try_parse(uuid).is_ok()
    {
        return (json!({ "type": "UUID", "value": uuid }), rest);
    }
    match text.as_bytes() {
        [b'"', ..] => string(text),
        [b'[', ..] => list(&text[1..]),
        [b'-' | b'0'..=b'9', ..] => number(text),
        _ => named(text),
    }
}

fn after<'a>(text: &'a str, mark: &str) -> &'a str {
    text.strip_prefix(mark).unwrap_or_else(|| panic!("expected `{mark}` at `{text}`"))
}

fn number(text: &str) -> (Value, &str) {
    let end = text.find(|c: char| !matches!(c, '0'..='9' | '-' | '.' | 'e'));
    let (number, rest) = text.split_at(end.unwrap_or(text.len()));
    // The tutorial has no floats.
    if number.contains('.') {
        return (json!({ "type": "Decimal", "value": number }), rest);
    }
    (serde_json::from_str(number).unwrap(), rest)
}

fn string(text: &str) -> (Value, &str) {
    let mut read = String::new();
    let mut chars = text[1..].chars();
    loop {
        match chars.next() {
            Some('"') => return (Value::String(read), chars.as_str()),
            Some('\\') => match chars.next() {
                Some(plain @ ('"' | '\'' | '\\')) => read.push(plain),
                other => panic!("the tutorial prints no escape {other:?}"),
            },
            Some(plain) => read.push(plain),
            None => panic!("no end of the text `{text}`"),
        }
    }
}

fn list(mut text: &str) -> (Value, &str) {
    let mut items = Vec::new();
    while !text.starts_with(']') {
        let (item, rest) = value(text);
        items.push(item);
        text = rest.strip_prefix(", ").unwrap_or(rest);
    }
    (Value::Array(items), &text[1..])
}

fn named(text: &str) -> (Value, &str) {
    let end = text.find(|c: char| !c.is_alphanumeric()).unwrap_or(text.len());
    match text.split_at(end) {
        ("None", rest) => (Value::Null, rest),
        ("true", rest) => (Value::Bool(true), rest),
        ("false", rest) => (Value::Bool(false), rest),
        ("Some", rest) => {
            let (inner, rest) = value(after(rest, "("));
            (inner, after(rest, ")"))
        }
        ("", _) => panic!("expected a value at `{text}`"),
        (model, rest) => {
            let (fields, rest) = fields(after(rest, " { "));
            (json!({ "model": model, "fields": fields }), rest)
        }
    }
}

fn fields(mut text: &str) -> (Map<String, Value>, &str) {
    let mut fields = Map::new();
    loop {
        let (name, rest) = text.split_once(": ").unwrap();
        let rest = match rest.strip_prefix("<not loaded>") {
            Some(rest) => rest,
            None => {
                let (field, rest) = value(rest);
                if !field.is_array() {
                    fields.insert(name.to_owned(), field);
                }
                rest
            }
        };
        match rest.strip_prefix(", ") {
            Some(rest) => text = rest,
            None => return (fields, after(rest, " }")),
        }
    }
}

#[case]
fn models_are_read_without_their_relations() {
    let printed = r#"Hero { id: 3, name: "Say \"hi\"", age: Some(-16), teams: [1, 2], sidekick: <not loaded>, ok: true } is"#;
    let fields = json!({ "id": 3, "name": "Say \"hi\"", "age": -16, "ok": true });
    assert_eq!(value(printed), (json!({ "model": "Hero", "fields": fields }), " is"));
    let printed = "[Team { id: 1, boss: None }, Team { id: None, boss: Some(2) }]";
    let teams = json!([
        { "model": "Team", "fields": { "id": 1, "boss": null } },
        { "model": "Team", "fields": { "id": null, "boss": 2 } },
    ]);
    assert_eq!(value(printed), (teams, ""));
    assert_eq!(value("[]"), (json!([]), ""));

    let uuid = "01a208da-bd8e-752f-b06e-12362621e220";
    assert_eq!(value(uuid), (json!({ "type": "UUID", "value": uuid }), ""));
    assert_eq!(value("-1.100]"), (json!({ "type": "Decimal", "value": "-1.100" }), "]"));
}
