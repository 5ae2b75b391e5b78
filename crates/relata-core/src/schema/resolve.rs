//! Relations resolved in const evaluation: which columns join them, and a compile error at the
//! user's field where the models do not fit together.

use super::{
    ModelDef, RelationDef, RelationKind,
    def::same,
    inverse,
    keys::{Found, KeyPairs, check_named, first_reference, key_type, search, whole_key},
    link,
    message::{fail, last_name},
};

/// A relation together with the tables it leads through.
#[derive(Clone, Copy, Debug)]
pub struct Resolved {
    /// The related model.
    pub target: &'static ModelDef,
    /// The link model of a many-to-many relation.
    pub link: Option<&'static ModelDef>,
    /// The columns that join them.
    pub join: Join,
}

/// The columns that join a relation.
#[derive(Clone, Copy, Debug)]
pub enum Join {
    /// The model's own foreign key refers to the related model.
    Parent {
        /// From this model to the related one.
        key: KeyPairs,
    },
    /// The related model's foreign key refers to this one.
    Children {
        /// From the related model to this one.
        key: KeyPairs,
    },
    /// The rows of a link model refer to both.
    Link {
        /// From the link model to this one.
        own: KeyPairs,
        /// From the link model to the related one.
        theirs: KeyPairs,
    },
}

/// One relation field: a side of a relationship.
#[derive(Clone, Copy)]
pub(super) struct Side {
    pub(super) owner: &'static ModelDef,
    pub(super) relation: &'static RelationDef,
}

impl Side {
    pub(super) const fn model(self) -> &'static str {
        self.owner.name
    }

    pub(super) const fn field(self) -> &'static str {
        self.relation.name
    }

    pub(super) const fn is_list(self) -> bool {
        matches!(self.relation.kind, RelationKind::Many)
    }

    pub(super) const fn leads_to(self, model: &ModelDef) -> bool {
        same(self.relation.target, model.identity)
    }

    /// Works out the join from the tables; of the other side only which of several keys it names counts.
    #[track_caller]
    pub(super) const fn join(
        self,
        target: &'static ModelDef,
        link: Option<&'static ModelDef>,
    ) -> Join {
        if let Some(link) = link {
            let (own, theirs) = link::keys(self, target, link);
            return Join::Link { own, theirs };
        }
        if self.key_is_in_target(target) {
            Join::Children { key: self.key(target, self.owner) }
        } else {
            Join::Parent { key: self.key(self.owner, target) }
        }
    }

    #[track_caller]
    const fn key_is_in_target(self, target: &ModelDef) -> bool {
        let relation = self.relation;
        if let Some(of) = relation.foreign_key_of {
            let theirs = same(of, target.identity);
            if !theirs && (self.is_list() || !same(of, self.owner.identity)) {
                self.key_of_a_stranger(target, last_name(of))
            }
            return theirs;
        }
        if self.is_list() {
            return true;
        }
        if !relation.foreign_key.is_empty() || same(self.owner.identity, target.identity) {
            return false;
        }
        match (first_reference(self.owner, target), first_reference(target, self.owner)) {
            (Some(own), Some(theirs)) => {
                let own = self.owner.columns[own].field;
                let theirs = target.columns[theirs].field;
                fail(
                    "`{}.{}`: `{}.{}` points at `{}` and `{}.{}` points at `{}`; say which key it follows: `#[relationship(foreign_key = {})]` or `#[relationship(foreign_key = {}.{})]`",
                    &[
                        self.model(),
                        self.field(),
                        self.model(),
                        own,
                        target.name,
                        target.name,
                        theirs,
                        self.model(),
                        own,
                        target.name,
                        theirs,
                    ],
                )
            }
            (None, Some(_)) => true,
            (_, None) => false,
        }
    }

    #[track_caller]
    const fn key_of_a_stranger(self, target: &ModelDef, stranger: &str) -> ! {
        let (model, field) = (self.model(), self.field());
        if self.is_list() {
            fail(
                "`{}.{}`: the key of a list is in the model it lists; name a field of `{}`, not of `{}`: `#[relationship(foreign_key = {_}_id)]`",
                &[model, field, target.name, stranger, model],
            )
        }
        fail(
            "`{}.{}`: `foreign_key` names a field of `{}`; name one of `{}` or of `{}`",
            &[model, field, stranger, model, target.name],
        )
    }

    /// The foreign key that the holder has for the model referred to.
    #[track_caller]
    const fn key(self, holder: &'static ModelDef, referred: &'static ModelDef) -> KeyPairs {
        let named = self.relation.foreign_key;
        check_named(self, "foreign_key", holder, referred, named);
        let found = search(holder, referred, named);
        match found {
            Found::None => self.no_key(holder, referred),
            Found::Several(first, second) => match self.key_of_other_side(holder, referred) {
                Some(key) => key,
                None => self.several_keys(holder, referred, first, second),
            },
            _ => whole_key(self, holder, referred, &found),
        }
    }

    /// The key that the relation named by `back_populates` says it follows.
    const fn key_of_other_side(
        self,
        holder: &'static ModelDef,
        referred: &'static ModelDef,
    ) -> Option<KeyPairs> {
        let target = if same(holder.identity, self.owner.identity) { referred } else { holder };
        let Some(other) = inverse::find(self, target) else { return None };
        match search(holder, referred, other.relation.foreign_key) {
            Found::Key(key) => Some(key),
            _ => None,
        }
    }

    #[track_caller]
    const fn no_key(self, holder: &ModelDef, referred: &ModelDef) -> ! {
        let (model, field) = (self.model(), self.field());
        let key = referred.columns[referred.primary_key[0]].field;
        if referred.primary_key.len() > 1 {
            fail(
                "`{}.{}`: no column of `{}` points at `{}`; add a field with `#[field(foreign_key = {}.{})]` to `{}`, and one for each other column of that key",
                &[model, field, holder.name, referred.name, referred.name, key, holder.name],
            )
        }
        let [before, name, after] = key_type(referred);
        let (some, end) = match self.relation.kind {
            RelationKind::One => ("", ""),
            RelationKind::Many | RelationKind::Optional => ("Option<", ">"),
        };
        let link =
            if self.is_list() { ", or say `link_model = ...` if it is many-to-many" } else { "" };
        fail(
            "`{}.{}`: no column of `{}` points at `{}`; add `#[field(foreign_key = {}.{})] {_}_{}: {}{}{}{}{}` to `{}`{}",
            &[
                model,
                field,
                holder.name,
                referred.name,
                referred.name,
                key,
                referred.name,
                key,
                some,
                before,
                name,
                after,
                end,
                holder.name,
                link,
            ],
        )
    }

    #[track_caller]
    const fn several_keys(
        self,
        holder: &ModelDef,
        referred: &ModelDef,
        first: usize,
        second: usize,
    ) -> ! {
        let (first, second) = (holder.columns[first].field, holder.columns[second].field);
        let foreign = !self.is_list() && self.relation.foreign_key_of.is_some();
        let (of, dot) =
            if foreign || self.is_elsewhere(holder) { (holder.name, ".") } else { ("", "") };
        let (open, close) = if referred.primary_key.len() > 1 { ("(", ", ..)") } else { ("", "") };
        fail(
            "`{}.{}`: two columns of `{}` point at `{}`: `{}` and `{}`; say which one: `#[relationship(foreign_key = {}{}{}{}{})]`",
            &[
                self.model(),
                self.field(),
                holder.name,
                referred.name,
                first,
                second,
                open,
                of,
                dot,
                first,
                close,
            ],
        )
    }

    /// Whether a single value's key is in another model, so that it is named as `Model.field`.
    const fn is_elsewhere(self, holder: &ModelDef) -> bool {
        !self.is_list() && !same(holder.identity, self.owner.identity)
    }
}

/// Resolves a relation of `owner`, by its position.
///
/// # Panics
/// Where the models do not fit together. `#[model]` calls this in const evaluation, so that it is
/// a compile error, which names the field and the cure.
#[track_caller]
pub const fn resolve(
    owner: &'static ModelDef,
    relation: usize,
    target: &'static ModelDef,
    link: Option<&'static ModelDef>,
) -> Resolved {
    let side = Side { owner, relation: &owner.relations[relation] };
    let other = inverse::find(side, target);
    if let Some(other) = other {
        inverse::check_words(side, other);
    }
    let join = side.join(target, link);
    check_kind(side, target, &join);
    check_options(side, target, &join);
    check_deletion(side, target, &join);
    if let Some(link) = link {
        link::check_others(side, link, &join);
    }
    inverse::check_join(side, other, target, link, &join);
    Resolved { target, link, join }
}

#[track_caller]
const fn check_kind(side: Side, target: &ModelDef, join: &Join) {
    let (model, field) = (side.model(), side.field());
    match (join, side.relation.kind) {
        (Join::Parent { key }, RelationKind::One) if key.nullable(side.owner) => fail(
            "`{}.{}`: the key `{}` may be NULL, so there may be no `{}`; write `{}: One<Option<{}>>`, or take the `Option` off `{}`",
            &[
                model,
                field,
                key.field(side.owner),
                target.name,
                field,
                target.name,
                key.field(side.owner),
            ],
        ),
        (Join::Parent { key }, RelationKind::Optional) if !key.nullable(side.owner) => fail(
            "`{}.{}`: the key `{}` is never NULL, so there always is a row of `{}`; write `{}: One<{}>`, or make `{}` an `Option`",
            &[
                model,
                field,
                key.field(side.owner),
                target.name,
                field,
                target.name,
                key.field(side.owner),
            ],
        ),
        (Join::Children { key }, RelationKind::One) => fail(
            "`{}.{}`: the key is `{}.{}`, so there may be no `{}`; write `{}: One<Option<{}>>`",
            &[model, field, target.name, key.field(target), target.name, field, target.name],
        ),
        _ => {}
    }
}

#[track_caller]
const fn check_options(side: Side, target: &ModelDef, join: &Join) {
    let (model, field) = (side.model(), side.field());
    if side.relation.cascade_delete && !matches!(join, Join::Children { .. }) {
        fail(
            "`{}.{}`: `cascade_delete` would delete a row of `{}` that others refer to; remove it here, it belongs on the side whose rows are deleted along",
            &[model, field, target.name],
        )
    }
    let mut at = 0;
    while at < side.relation.order_by.len() {
        let by = side.relation.order_by[at].field;
        if target.column(by).is_none() {
            fail(
                "`{}.{}`: `order_by` names `{}`, but `{}` has no such column; name a column of `{}`",
                &[model, field, by, target.name, target.name],
            )
        }
        at += 1;
    }
}

/// Whether it is said what becomes of the children when their parent is deleted.
#[track_caller]
const fn check_deletion(side: Side, target: &ModelDef, join: &Join) {
    let Join::Children { key } = join else { return };
    let relation = side.relation;
    if relation.cascade_delete || relation.passive_deletes || key.nullable(target) {
        return;
    }
    let mut at = 0;
    while at < key.len() {
        let column = &target.columns[key.from(at)];
        let by_database = match &column.references {
            Some(reference) => reference.on_delete.is_some(),
            None => false,
        };
        if column.primary_key || by_database {
            return;
        }
        at += 1;
    }
    let (child, parent) = (target.name, side.model());
    fail(
        "`{}.{}`: the key `{}.{}` is never NULL, so a row of `{}` cannot stay when its `{}` is deleted; add `cascade_delete` or `passive_deletes` to the relationship, add `ondelete = cascade` to the key, or make it an `Option`",
        &[parent, side.field(), child, key.field(target), child, parent],
    )
}

#[cfg(test)]
mod tests;
