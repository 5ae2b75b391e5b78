//! `back_populates`: the two sides of a relationship have to name each other and join alike, and
//! two lists over one link have to be two such sides.

use super::{
    LinkDef, ModelDef,
    def::same,
    keys::KeyPairs,
    link::keys,
    message::{fail, last_name},
    resolve::{Join, Side},
};

/// The relation that `back_populates` names, where the target has it.
pub(super) const fn find(side: Side, target: &'static ModelDef) -> Option<Side> {
    let Some(back) = side.relation.back_populates else { return None };
    match target.relation(back) {
        Some(at) => Some(Side { owner: target, relation: &target.relations[at] }),
        None => None,
    }
}

/// Checks what the two sides say of each other, before any column is looked for.
#[track_caller]
pub(super) const fn check_words(side: Side, other: Side) {
    let (model, field, their, back) = (side.model(), side.field(), other.model(), other.field());
    if !other.leads_to(side.owner) {
        fail(
            "`{}.{}` says `back_populates = {}`, but `{}.{}` leads to `{}`; name the relation of `{}` that leads to `{}`",
            &[model, field, back, their, back, last_name(other.relation.target), their, model],
        )
    }
    match other.relation.back_populates {
        Some(named) if same(named, field) => {}
        Some(named) => fail(
            "`{}.{}` says `back_populates = {}`, but `{}.{}` says `back_populates = {}`; each side has to name the other",
            &[model, field, back, their, back, named],
        ),
        None => fail(
            "`{}.{}` says `back_populates = {}`, but `{}.{}` names no other side; add `back_populates = {}` to it",
            &[model, field, back, their, back, field],
        ),
    }
    match (side.relation.link, other.relation.link) {
        (Some(own), Some(theirs)) if same(own.model, theirs.model) => {}
        (Some(own), Some(theirs)) => fail(
            "`{}.{}` goes through `{}` and its other side `{}.{}` through `{}`; name one `link_model` on both",
            &[model, field, last_name(own.model), their, back, last_name(theirs.model)],
        ),
        (Some(own), None) => fail(
            "`{}.{}` has a link model and its other side `{}.{}` has none; add `link_model = {}` to that, or remove it here",
            &[model, field, their, back, last_name(own.model)],
        ),
        (None, Some(theirs)) => fail(
            "`{}.{}` has no link model and its other side `{}.{}` has one; add `link_model = {}` here, or remove it there",
            &[model, field, their, back, last_name(theirs.model)],
        ),
        (None, None) if side.is_list() && other.is_list() => fail(
            "`{}.{}` and `{}.{}` are both lists, which needs a link model; add `link_model = {}{}Link` to both, or make one of them a `One`",
            &[model, field, their, back, model, their],
        ),
        (None, None) => {}
    }
}

/// Checks that the two sides join by the same columns, and that a link without a named other side
/// is written by this relation alone.
#[track_caller]
pub(super) const fn check_join(
    side: Side,
    other: Option<Side>,
    target: &'static ModelDef,
    link: Option<&'static ModelDef>,
    join: &Join,
) {
    match (other, side.relation.back_populates, link) {
        (Some(other), ..) => same_join(side, other, join, &other.join(side.owner, link), link),
        (None, Some(back), _) => absent(side, target, back, link, join),
        (None, None, Some(link)) => only_writer(side, target, link, join),
        (None, None, None) => {}
    }
}

#[track_caller]
const fn same_join(
    side: Side,
    other: Side,
    join: &Join,
    their_join: &Join,
    link: Option<&'static ModelDef>,
) {
    let (model, field, their, back) = (side.model(), side.field(), other.model(), other.field());
    match (join, their_join, link) {
        (Join::Link { own, theirs }, Join::Link { own: a, theirs: b }, Some(link)) => {
            if !own.same(b) || !theirs.same(a) {
                fail(
                    "`{}.{}` and `{}.{}` are two sides of one relationship, but do not use the same columns of `{}`; write `link_model = {}({}, {})` on `{}.{}`",
                    &[
                        model,
                        field,
                        their,
                        back,
                        link.name,
                        link.name,
                        theirs.field(link),
                        own.field(link),
                        their,
                        back,
                    ],
                )
            }
        }
        (Join::Parent { key }, Join::Children { key: b }, _)
        | (Join::Children { key }, Join::Parent { key: b }, _)
            if key.same(b) => {}
        _ => {
            let (holder, key) = followed(side, other, join);
            let (their_holder, their_key) = followed(other, side, their_join);
            let fields = (key.field(holder), their_key.field(their_holder));
            if same(holder.identity, their_holder.identity) && key.same(their_key) {
                fail(
                    "`{}.{}` and `{}.{}` follow the key `{}` the same way, so they are not two sides of one relationship; write `foreign_key = {}.{}` on the one that the key leads to",
                    &[model, field, their, back, fields.0, holder.name, fields.0],
                )
            }
            fail(
                "`{}.{}` follows the key `{}.{}`, but its other side `{}.{}` follows `{}.{}`; name one of them on both: `foreign_key = {}.{}`",
                &[
                    model,
                    field,
                    holder.name,
                    fields.0,
                    their,
                    back,
                    their_holder.name,
                    fields.1,
                    holder.name,
                    fields.0,
                ],
            )
        }
    }
}

/// The model that holds the foreign key which a side follows, and the key.
const fn followed(side: Side, other: Side, join: &Join) -> (&'static ModelDef, &KeyPairs) {
    match join {
        Join::Parent { key } => (side.owner, key),
        Join::Children { key } | Join::Link { own: key, .. } => (other.owner, key),
    }
}

/// The target has no relation of the name: says how it would be written.
#[track_caller]
const fn absent(
    side: Side,
    target: &'static ModelDef,
    back: &str,
    link: Option<&ModelDef>,
    join: &Join,
) -> ! {
    let (model, field) = (side.model(), side.field());
    let (before, after) = match join {
        Join::Children { key } if key.nullable(target) => ("One<Option<", ">>"),
        Join::Children { .. } => ("One<", ">"),
        Join::Parent { .. } | Join::Link { .. } => ("Many<", ">"),
    };
    let [say, name, open, first, comma, second, close] = match (link, side.relation.link, join) {
        (Some(link), Some(LinkDef { keys: Some((own, theirs)), .. }), _) => {
            [", link_model = ", link.name, "(", theirs, ", ", own, ")"]
        }
        (Some(link), ..) => [", link_model = ", link.name, "", "", "", "", ""],
        (None, _, Join::Children { key }) if !side.relation.foreign_key.is_empty() => {
            [", foreign_key = ", key.field(target), "", "", "", "", ""]
        }
        (None, _, Join::Parent { key }) if !side.relation.foreign_key.is_empty() => {
            [", foreign_key = ", key.field(side.owner), "", "", "", "", ""]
        }
        _ => [""; 7],
    };
    if let Some(near) = misspelt(side, target, back) {
        fail(
            "`{}.{}` says `back_populates = {}`, but `{}` has no relation `{}`; did you mean `{}`?",
            &[model, field, back, target.name, back, near],
        )
    }
    fail(
        "`{}.{}` says `back_populates = {}`, but `{}` has no relation `{}`; add `#[relationship(back_populates = {}{}{}{}{}{}{}{})] {}: {}{}{}` to `{}`",
        &[
            model,
            field,
            back,
            target.name,
            back,
            field,
            say,
            name,
            open,
            first,
            comma,
            second,
            close,
            back,
            before,
            model,
            after,
            target.name,
        ],
    )
}

/// The relation that leads back and is called almost so: that names this one, or differs in a letter.
const fn misspelt(side: Side, target: &'static ModelDef, back: &str) -> Option<&'static str> {
    let mut at = 0;
    while at < target.relations.len() {
        let relation = &target.relations[at];
        let other = Side { owner: target, relation };
        let names = match relation.back_populates {
            Some(named) => same(named, side.field()),
            None => false,
        };
        if other.leads_to(side.owner)
            && !itself(side, other)
            && (names || almost(relation.name, back))
        {
            return Some(relation.name);
        }
        at += 1;
    }
    None
}

/// Whether two names differ by one letter: added, left out or another.
const fn almost(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut front = 0;
    while front < a.len() && front < b.len() && a[front] == b[front] {
        front += 1;
    }
    let (mut at, mut to) = (a.len(), b.len());
    while at > front && to > front && a[at - 1] == b[to - 1] {
        at -= 1;
        to -= 1;
    }
    at - front <= 1 && to - front <= 1
}

/// Fails where another relation writes the same rows of the link.
#[track_caller]
const fn only_writer(side: Side, target: &'static ModelDef, link: &'static ModelDef, join: &Join) {
    let Join::Link { own, theirs } = join else { return };
    let (model, field) = (side.model(), side.field());
    let mut at = 0;
    while at < target.relations.len() {
        let other = Side { owner: target, relation: &target.relations[at] };
        if goes_through(other, side.owner, link) && !itself(side, other) {
            let (a, b) = keys(other, side.owner, link);
            if own.same(&b) && theirs.same(&a) {
                fail(
                    "`{}.{}` and `{}.{}` both write `{}`, so each has to name the other; add `back_populates = {}` to `{}.{}` and `back_populates = {}` to `{}.{}`",
                    &[
                        model,
                        field,
                        target.name,
                        other.field(),
                        link.name,
                        other.field(),
                        model,
                        field,
                        field,
                        target.name,
                        other.field(),
                    ],
                )
            }
        }
        at += 1;
    }
    no_twin(side, target, link, own, theirs);
}

/// Fails where the same model has another such list.
#[track_caller]
const fn no_twin(
    side: Side,
    target: &'static ModelDef,
    link: &'static ModelDef,
    own: &KeyPairs,
    theirs: &KeyPairs,
) {
    let mut at = 0;
    while at < side.owner.relations.len() {
        let twin = Side { owner: side.owner, relation: &side.owner.relations[at] };
        if goes_through(twin, target, link) && !itself(side, twin) {
            let (a, b) = keys(twin, target, link);
            if own.same(&a) && theirs.same(&b) {
                fail(
                    "`{}.{}` and `{}.{}` both write the same rows of `{}`; remove one of them, or give it a link model of its own",
                    &[side.model(), side.field(), side.model(), twin.field(), link.name],
                )
            }
        }
        at += 1;
    }
}

const fn goes_through(side: Side, target: &ModelDef, link: &ModelDef) -> bool {
    match side.relation.link {
        Some(def) => same(def.model, link.identity) && side.leads_to(target),
        None => false,
    }
}

const fn itself(side: Side, other: Side) -> bool {
    same(side.owner.identity, other.owner.identity) && same(side.field(), other.field())
}
