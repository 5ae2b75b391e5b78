//! The rules of one relation; what it says about the other model is checked by the compiler, which
//! sees both.

use super::{Kind, Relation};
use crate::{
    ast::{RawField, Shape, argument, written},
    attr::RelationshipOptions,
    error::Errors,
};
use syn::{Ident, Type};

/// Reads a field that is a relation by its type, or says that it is one.
pub(super) fn read(
    owner: &Ident,
    raw: &RawField,
    at: usize,
    table: bool,
    errors: &mut Errors,
) -> Option<Relation> {
    let options = RelationshipOptions::read(&raw.relationship, errors);
    let ident = &raw.ident;
    if let Some(attr) = raw.field.first() {
        let message = if raw.relationship.is_empty() {
            format!("`{owner}.{ident}` is a relation; write `#[relationship(..)]`")
        } else {
            format!("`{owner}.{ident}` is a column or a relation; remove one of the attributes")
        };
        errors.at(attr, message);
    }
    let (kind, target) = match shape(owner, raw) {
        Ok(found) => found,
        Err(message) => {
            errors.at(&raw.ty, message);
            return None;
        }
    };
    if !table {
        let message = format!("`{owner}.{ident}` is a relation and needs `#[model(table)]`");
        errors.at(&raw.ty, message);
    }
    contradictions(&options, kind, &target, errors);
    let (ident, ty) = (ident.clone(), raw.ty.clone());
    Some(Relation { ident, ty, at, kind, target, options })
}

/// What the field holds, and the related model.
fn shape(owner: &Ident, raw: &RawField) -> Result<(Kind, Type), String> {
    let place = format!("`{owner}.{}`", raw.ident);
    match Shape::of(&raw.ty) {
        Shape::Many(target) => match argument(target, "Option") {
            Some(inner) => Err(format!(
                "{place}: a list has no empty places; write `Many<{}>`",
                written(inner)
            )),
            None => Ok((Kind::Many, target.clone())),
        },
        Shape::One(target) => match argument(target, "Option") {
            Some(inner) => Ok((Kind::Optional, inner.clone())),
            None => Ok((Kind::One, target.clone())),
        },
        Shape::Misplaced(relation) => Err(match argument(relation, "One") {
            Some(target) => format!(
                "{place}: the relation itself is always there; write `One<Option<{}>>`",
                written(argument(target, "Option").unwrap_or(target))
            ),
            None => format!("{place}: a list may be empty; write `{}`", written(relation)),
        }),
        Shape::Column => Err(match argument(&raw.ty, "Vec") {
            Some(target) => format!(
                "{place}: a relationship field is a `Many<T>` or a `One<T>`; write `Many<{}>`",
                written(target)
            ),
            None => format!("{place}: a relationship field is a `Many<T>` or a `One<T>`"),
        }),
    }
}

fn contradictions(options: &RelationshipOptions, kind: Kind, target: &Type, errors: &mut Errors) {
    let target = written(target);
    if kind != Kind::Many {
        if let Some(link) = &options.link_model {
            let message =
                format!("`link_model` is for a list; write `Many<{target}>` or remove it");
            errors.at(&link.name, message);
        }
        if let Some(order) = &options.order_by {
            let message = format!("`order_by` is for a list; write `Many<{target}>` or remove it");
            errors.at(&order.name, message);
        }
    }
    let Some(link) = &options.link_model else { return };
    if let Some(foreign_key) = &options.foreign_key {
        let model = written(&link.value.model);
        let message = format!(
            "the foreign keys are those of the link model; \
             write `link_model = {model}(own_key, their_key)` and remove `foreign_key`"
        );
        errors.at(&foreign_key.name, message);
    }
    if let Some(cascade) = &options.cascade_delete {
        let message = format!(
            "a row of `{target}` may be linked to others too (delete-orphan on a many-to-many); \
             remove `cascade_delete`, the links are deleted without it"
        );
        errors.at(&cascade.name, message);
    }
}
