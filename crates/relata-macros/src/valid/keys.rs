//! The primary key as a whole, and the required keys that a `One` of the same struct fills.

use super::{Column, Field, Kind, Relation, Role, columns, keys, relations};
use crate::{
    ast::{argument, is_id_of, last_name, written},
    attr::ForeignKey,
    error::Errors,
};
use syn::{Ident, parse_quote};

/// There is a primary key, and the model's own id is all of it.
pub(super) fn check(owner: &Ident, fields: &[Field], errors: &mut Errors) {
    let keys: Vec<&Column> = keys(fields).collect();
    if keys.is_empty() && !columns(fields).any(|column| stray_id(owner, column)) {
        let linked: Vec<String> = columns(fields)
            .filter(|column| column.options.foreign_key.is_some())
            .map(|column| format!("`{}`", column.ident))
            .collect();
        let mut cure = format!("add `#[field(primary_key)] id: Id<{owner}>`");
        if linked.len() > 1 {
            cure +=
                &format!(", or, for a link model, write `primary_key` at {}", linked.join(" and "));
        }
        errors.at(owner, format!("`{owner}` has no primary key; {cure}"));
    }
    if let [key] = keys.as_slice() {
        return foreign(owner, key, errors);
    }
    for key in keys.iter().filter(|key| matches!(key.role, Role::OwnId(_))) {
        let field = &key.ident;
        let message = format!(
            "`{owner}.{field}` is the model's own id and a whole key by itself; \
             remove the other `primary_key`, or make it `unique`"
        );
        errors.at(field, message);
    }
}

/// A key that is the id of another model says so: it is a foreign key too.
fn foreign(owner: &Ident, key: &Column, errors: &mut Errors) {
    let Some(target) = argument(&key.ty, "Id").filter(|_| key.options.foreign_key.is_none()) else {
        return;
    };
    if !is_id_of(&key.ty, owner) {
        let (field, target) = (&key.ident, written(target));
        let message = format!(
            "`{owner}.{field}` is an id of `{target}`; write `Id<{owner}>` for the row's own, or add \
             `foreign_key = {target}.id` if it is the key of another row"
        );
        errors.at(&key.ty, message);
    }
}

/// Where no key was said, an own id that lacks `primary_key` is taken for it: one mistake is enough.
pub(super) fn assume(owner: &Ident, fields: &mut [Field]) {
    if keys(fields).next().is_some() {
        return;
    }
    let stray = fields.iter_mut().find_map(|field| match field {
        Field::Column(column) if stray_id(owner, column) => Some(column),
        _ => None,
    });
    if let Some(column) = stray {
        let key = column.options.key.as_ref().map(|given| given.value.clone());
        column.role = Role::OwnId(Box::new(key.unwrap_or_else(|| parse_quote!(i64))));
    }
}

/// Whether the primary key can be expanded, whatever else is wrong.
pub(super) fn stand(fields: &[Field]) -> bool {
    let (mut own, mut parts) = (0, 0);
    for column in columns(fields) {
        match column.role {
            Role::Plain => continue,
            Role::OwnId(_) if column.options.foreign_key.is_none() => own += 1,
            Role::Key if !column.is_optional() => parts += 1,
            Role::OwnId(_) | Role::Key => return false,
        }
    }
    matches!((own, parts), (1, 0) | (0, 1..))
}

/// An own id that lacks `primary_key`, which is an error of its own already.
fn stray_id(owner: &Ident, column: &Column) -> bool {
    is_id_of(&column.ty, owner) && column.options.foreign_key.is_none()
}

/// Finds the keys that `new` does not ask for, because it asks for the related row.
pub(super) fn fill(owner: &Ident, fields: &mut [Field]) {
    let found: Vec<(usize, Ident)> = relations(fields)
        .filter(|relation| relation.kind == Kind::One)
        .filter_map(|relation| Some((filled(owner, relation, fields)?, relation.ident.clone())))
        .collect();
    for (at, relation) in found {
        let column = fields.iter_mut().find_map(|field| match field {
            Field::Column(column) if column.at == at => Some(column),
            _ => None,
        });
        if let Some(column) = column {
            column.filled_by.get_or_insert(relation);
        }
    }
}

/// The column that a `One` fills: a required `Id` that refers to the relation's target, and is the
/// only column to do so or the one that the relation names.
fn filled(owner: &Ident, relation: &Relation, fields: &[Field]) -> Option<usize> {
    let target = last_name(&relation.target)?;
    let refers = |column: &&Column| {
        let key = column.options.foreign_key.as_ref();
        key.and_then(|key| key.value.model_name()).is_some_and(|model| model == target)
    };
    let mut candidates: Vec<&Column> = columns(fields).filter(refers).collect();
    if let Some(given) = &relation.options.foreign_key {
        let named = match &given.value {
            ForeignKey::Fields(fields) => {
                <&[Ident; 1]>::try_from(fields.as_slice()).ok()?.first()?
            }
            ForeignKey::Of(column) if target != owner && column.model_name() == Some(owner) => {
                &column.field
            }
            ForeignKey::Of(_) => return None,
        };
        candidates.retain(|column| column.ident == *named);
    }
    let [column] = candidates.as_slice() else { return None };
    (is_id_of(&column.ty, target) && column.is_required()).then_some(column.at)
}
