//! Texts that go to the database as they are: they say something, and nothing that it cannot take.

use crate::{
    attr::{FieldOptions, ModelOptions},
    error::Errors,
};
use std::fmt::Display;
use syn::LitStr;

/// The texts that are said of a table.
pub(super) fn of_table(options: &ModelOptions, errors: &mut Errors) {
    let table = options.table.as_ref().and_then(|given| Some((&given.name, given.value.as_ref()?)));
    let schema = options.schema.as_ref().map(|given| (&given.name, &given.value));
    for (option, name) in table.into_iter().chain(schema) {
        check_name(option, name, errors);
    }
    if let Some(given) = &options.comment {
        check(&given.name, &given.value, errors);
    }
    let several = options.uniques.iter().chain(&options.indexes);
    let names = several.filter_map(|given| given.value.name.as_ref());
    let names = names.chain(options.checks.iter().filter_map(|given| given.value.name.as_ref()));
    names.for_each(|name| check_name("name", name, errors));
    options.checks.iter().for_each(|given| check(&given.name, &given.value.sql, errors));
}

/// The texts that are said of a column.
pub(super) fn of_column(options: &FieldOptions, errors: &mut Errors) {
    if let Some(given) = &options.column {
        check_name(&given.name, &given.value, errors);
    }
    for given in options.comment.iter().chain(&options.check) {
        check(&given.name, &given.value, errors);
    }
    if let Some(given) = &options.server_default {
        given.value.texts().for_each(|text| check(&given.name, text, errors));
    }
}

/// Checks a name that every database has to take as it is.
pub(crate) fn check_name(option: impl Display, name: &LitStr, errors: &mut Errors) {
    const MOST: usize = 63;
    let value = name.value();
    if value.len() > MOST {
        let message = format!("a name has at most {MOST} bytes; write a shorter one");
        errors.at(name, format!("`{option}` has {} bytes, and {message}", value.len()));
    } else if value.ends_with(' ') && !value.trim().is_empty() {
        errors.at(name, format!("`{option}` ends with a space, which MySQL drops; remove it"));
    } else {
        check(option, name, errors);
    }
}

fn check(option: impl Display, text: &LitStr, errors: &mut Errors) {
    let value = text.value();
    if value.trim().is_empty() {
        errors.at(text, format!("`{option}` says nothing; write something or remove it"));
    } else if value.contains('\0') {
        errors.at(text, format!("`{option}` has a NUL, which no database takes; remove it"));
    }
}
