//! Texts that go to the database as they are: they say something, and nothing that it cannot take.

use crate::{
    attr::{FieldOptions, ModelOptions},
    error::Errors,
};
use syn::{Ident, LitStr};

/// The texts that are said of a table.
pub(super) fn of_table(options: &ModelOptions, errors: &mut Errors) {
    for given in options.schema.iter().chain(&options.comment) {
        check(&given.name, &given.value, errors);
    }
}

/// The texts that are said of a column.
pub(super) fn of_column(options: &FieldOptions, errors: &mut Errors) {
    if let Some(given) = &options.comment {
        check(&given.name, &given.value, errors);
    }
    if let Some(given) = &options.server_default {
        given.value.texts().for_each(|text| check(&given.name, text, errors));
    }
}

fn check(option: &Ident, text: &LitStr, errors: &mut Errors) {
    let value = text.value();
    if value.trim().is_empty() {
        errors.at(text, format!("`{option}` says nothing; write something or remove it"));
    } else if value.contains('\0') {
        errors.at(text, format!("`{option}` has a NUL, which no database takes; remove it"));
    }
}
