//! The rules of one column.

use super::{Column, Role, texts};
use crate::{
    ast::{RawField, argument, is_id_of, last_name, written},
    attr::{FieldOptions, OnDelete},
    error::Errors,
};
use syn::{Ident, Type, ext::IdentExt, parse_quote};

/// Reads a field that is no relation.
pub(super) fn read(
    owner: &Ident,
    raw: &RawField,
    at: usize,
    table: bool,
    errors: &mut Errors,
) -> Column {
    let options = FieldOptions::read(&raw.field, errors);
    let rules = Rules { owner, raw, options: &options };
    rules.defaults(errors);
    let role = if table {
        texts::of_column(&options, errors);
        rules.foreign_key(errors);
        rules.lengths(errors);
        rules.key(errors)
    } else {
        for option in options.of_tables() {
            errors.at(option, format!("`{option}` needs a table; write `#[model(table)]`"));
        }
        for limit in options.limits() {
            let message = format!(
                "`{limit}` is checked where a row is written; say it on the model of the table and \
                 remove it here"
            );
            errors.at(limit, message);
        }
        Role::Plain
    };
    let name = match &options.column {
        Some(given) => given.value.value(),
        None => raw.ident.unraw().to_string(),
    };
    let (ident, ty) = (raw.ident.clone(), raw.ty.clone());
    Column { ident, ty, at, name, role, filled_by: None, options }
}

/// A column as it was written.
struct Rules<'a> {
    owner: &'a Ident,
    raw: &'a RawField,
    options: &'a FieldOptions,
}

impl Rules<'_> {
    /// `Hero.id`, for messages.
    fn place(&self) -> String {
        format!("`{}.{}`", self.owner, self.raw.ident)
    }

    fn defaults(&self, errors: &mut Errors) {
        if let (Some(_), Some(factory)) = (&self.options.default, &self.options.default_factory) {
            let message = "`default` and `default_factory` contradict each other; remove one";
            errors.at(&factory.name, message);
        }
    }

    fn foreign_key(&self, errors: &mut Errors) {
        let Some(ondelete) = &self.options.ondelete else { return };
        if self.options.foreign_key.is_none() {
            let message = "`ondelete` is for a foreign key; add `foreign_key = Model.field`";
            return errors.at(&ondelete.name, message);
        }
        let nullable = argument(&self.raw.ty, "Option").is_some();
        if ondelete.value == OnDelete::SetNull && !nullable {
            let message = format!(
                "{}: `set_null` needs a key that may be NULL; make the field an `Option<{}>`, \
                 or let the row go too with `ondelete = cascade`",
                self.place(),
                written(&self.raw.ty),
            );
            errors.at(&ondelete.name, message);
        }
    }

    fn lengths(&self, errors: &mut Errors) {
        match (&self.options.max_digits, &self.options.decimal_places) {
            (Some(digits), Some(places)) if places.value.value > digits.value.value => {
                let message = "`decimal_places` are among the `max_digits`; write fewer of them";
                errors.at(&places.value.literal, message);
            }
            (Some(digits), None) => {
                let message = "`max_digits` needs `decimal_places` too: `decimal_places = 2`";
                errors.at(&digits.name, message);
            }
            (None, Some(places)) => {
                let message = "`decimal_places` needs `max_digits` too: `max_digits = 10`";
                errors.at(&places.name, message);
            }
            _ => {}
        }
    }

    /// What the column is to the primary key.
    fn key(&self, errors: &mut Errors) -> Role {
        let own_id = is_id_of(&self.raw.ty, self.owner);
        if own_id && self.options.primary_key.is_some() {
            return self.own_id(errors);
        }
        let (owner, place) = (self.owner, self.place());
        let own_only = [
            self.options.key.as_ref().map(|given| &given.name),
            self.options.autoincrement.as_ref().map(|given| &given.name),
            self.options.identity.as_ref().map(|given| &given.name),
        ];
        for option in own_only.into_iter().flatten() {
            let message = format!(
                "`{option}` is for the model's own id: `#[field(primary_key, …)] id: Id<{owner}>`"
            );
            errors.at(option, message);
        }
        if self.options.primary_key.is_some() {
            if let Some(inner) = argument(&self.raw.ty, "Option") {
                let inner = written(inner);
                let own = format!("Id<{owner}>");
                let message = match inner == own {
                    true => format!("{place}: a primary key is never NULL; write `{own}`"),
                    false => format!(
                        "{place}: a primary key is never NULL; write `{own}` for a key that the \
                         database makes, or `{inner}` for one that the program gives"
                    ),
                };
                errors.at(&self.raw.ty, message);
            }
            return Role::Key;
        }
        if own_id && self.options.foreign_key.is_none() {
            let message = format!(
                "{place} is an id of `{owner}` itself; add `#[field(primary_key)]` if it is the \
                 row's own, or `#[field(foreign_key = {owner}.id)]` if it refers to another row"
            );
            errors.at(&self.raw.ty, message);
        }
        Role::Plain
    }

    fn own_id(&self, errors: &mut Errors) -> Role {
        let (place, options) = (self.place(), self.options);
        let defaults = [
            options.default.as_ref().map(|given| &given.name),
            options.default_factory.as_ref().map(|given| &given.name),
            options.server_default.as_ref().map(|given| &given.name),
        ];
        for option in defaults.into_iter().flatten() {
            let message =
                format!("{place} is the model's own id and makes its own keys; remove `{option}`");
            errors.at(option, message);
        }
        if let Some(foreign_key) = &options.foreign_key {
            let message =
                format!("{place} is the model's own id and refers to no row; remove `foreign_key`");
            errors.at(&foreign_key.name, message);
        }
        let key: Type = options.key.as_ref().map_or(parse_quote!(i64), |given| given.value.clone());
        let counted = last_name(&key).is_none_or(|name| name != "Uuid" && name != "String");
        let counting = [
            options.autoincrement.as_ref().map(|given| &given.name),
            options.identity.as_ref().map(|given| &given.name),
        ];
        for option in counting.into_iter().flatten().filter(|_| !counted) {
            let key = written(&key);
            let message = format!("`{option}` is for integer keys; remove it or `key = {key}`");
            errors.at(option, message);
        }
        let increment = options.identity.as_ref().and_then(|given| given.value.increment.as_ref());
        if let Some(zero) = increment.filter(|increment| increment.value == 0) {
            let message = "an `increment` of 0 gives every row the same key; write another number";
            errors.add(syn::Error::new(zero.span, message));
        }
        Role::OwnId(Box::new(key))
    }
}

impl Column {
    /// Whether the field is an `Option`.
    pub(crate) fn is_optional(&self) -> bool {
        argument(&self.ty, "Option").is_some()
    }

    /// Whether `new` has to be given a value for it.
    pub(crate) fn is_required(&self) -> bool {
        let makes_its_own = match &self.role {
            Role::OwnId(key) => {
                last_name(key).is_some_and(|name| name == "i64" || name == "i32" || name == "Uuid")
            }
            Role::Plain | Role::Key => false,
        };
        !makes_its_own && !self.is_optional() && !self.options.has_default()
    }
}
