//! The link model of a many-to-many relation: which of its columns refer to which side, and whether
//! its rows can be made by adding to a list.

use super::{
    LinkDef, ModelDef,
    def::same,
    keys::{Found, KeyPairs, check_named, first_reference, key_type, search, whole_key},
    message::fail,
    resolve::{Join, Side},
};

/// The link's columns that refer to the side's own model, and those that refer to the other.
#[track_caller]
pub(super) const fn keys(
    side: Side,
    target: &'static ModelDef,
    link: &'static ModelDef,
) -> (KeyPairs, KeyPairs) {
    match side.relation.link {
        Some(LinkDef { keys: Some((own, theirs)), .. }) => {
            if same(own, theirs) {
                fail(
                    "`{}.{}`: `link_model = {}({}, {})` names one column twice; name the one that points at this `{}` first, then the other",
                    &[side.model(), side.field(), link.name, own, theirs, side.model()],
                )
            }
            let own = key(side, link, side.owner, &[own]);
            (own, key(side, link, target, &[theirs]))
        }
        _ if same(side.owner.identity, target.identity) => unnamed(side, link),
        _ => (key(side, link, side.owner, &[]), key(side, link, target, &[])),
    }
}

#[track_caller]
const fn key(
    side: Side,
    link: &'static ModelDef,
    referred: &'static ModelDef,
    named: &[&'static str],
) -> KeyPairs {
    check_named(side, "link_model", link, referred, named);
    let found = search(link, referred, named);
    match found {
        Found::None => missing(side, link, referred, "no"),
        Found::Several(first, second) => several(side, link, referred, first, second),
        _ => whole_key(side, link, referred, &found),
    }
}

#[track_caller]
const fn missing(side: Side, link: &ModelDef, referred: &ModelDef, which: &str) -> ! {
    let [before, name, after] = key_type(referred);
    let key = referred.columns[referred.primary_key[0]].field;
    // a second key to one model needs a name that the first does not have
    let prefix = if which.len() > "no".len() { "other_" } else { "" };
    fail(
        "`{}.{}`: link model `{}` has {} column that points at `{}`; add `#[field(primary_key, foreign_key = {}.{})] {}{_}_{}: {}{}{}` to it",
        &[
            side.model(),
            side.field(),
            link.name,
            which,
            referred.name,
            referred.name,
            key,
            prefix,
            referred.name,
            key,
            before,
            name,
            after,
        ],
    )
}

#[track_caller]
const fn several(
    side: Side,
    link: &ModelDef,
    referred: &ModelDef,
    first: usize,
    second: usize,
) -> ! {
    let (first, second) = (link.columns[first].field, link.columns[second].field);
    let is_own = same(referred.identity, side.owner.identity);
    let (own, theirs) = if is_own { (first, "..") } else { ("..", first) };
    fail(
        "`{}.{}`: two columns of link model `{}` point at `{}`: `{}` and `{}`; say which one: `link_model = {}({}, {})`, the column that points at this `{}` first",
        &[
            side.model(),
            side.field(),
            link.name,
            referred.name,
            first,
            second,
            link.name,
            own,
            theirs,
            side.model(),
        ],
    )
}

/// A link from a model to itself has to name its columns; says which there are.
#[track_caller]
const fn unnamed(side: Side, link: &'static ModelDef) -> ! {
    let Some(first) = first_reference(link, side.owner) else {
        missing(side, link, side.owner, "no")
    };
    let mut second = first + 1;
    while second < link.columns.len() {
        let refers = match &link.columns[second].references {
            Some(reference) => same(reference.model, side.owner.identity),
            None => false,
        };
        if refers {
            fail(
                "`{}.{}` links `{}` with itself; say which column is which: `link_model = {}({}, {})`, the one that points at this `{}` first",
                &[
                    side.model(),
                    side.field(),
                    side.model(),
                    link.name,
                    link.columns[first].field,
                    link.columns[second].field,
                    side.model(),
                ],
            )
        }
        second += 1;
    }
    missing(side, link, side.owner, "no second")
}

/// Fails where the link has a column that nobody fills when a link is made by adding to the list.
#[track_caller]
pub(super) const fn check_others(side: Side, link: &ModelDef, join: &Join) {
    let Join::Link { own, theirs } = join else { return };
    let mut at = 0;
    while at < link.columns.len() {
        let column = &link.columns[at];
        let everywhere = match &column.server_default {
            Some(default) => default.is_everywhere(),
            None => false,
        };
        let filled = column.nullable || column.generated || column.default.is_some() || everywhere;
        if !filled && !own.has(at) && !theirs.has(at) {
            let names = [side.model(), side.field(), link.name, column.field, link.name];
            if column.server_default.is_some() {
                fail(
                    "`{}.{}`: the `server_default` of `{}.{}` is for some databases only, so a link cannot be made by adding to the list on the others; write one for each, or a `default`, or write the list as `Many<{}>` without `link_model`",
                    &names,
                )
            }
            fail(
                "`{}.{}`: `{}.{}` has no default, so a link cannot be made by adding to the list; add `#[field(default = ...)]` to it, or write the list as `Many<{}>` without `link_model`",
                &names,
            )
        }
        at += 1;
    }
}
