//! Relations that resolve, and every message of those that do not.

mod joins;
mod keys;
mod kinds;
mod links;
mod options;
mod other_sides;

use super::*;
use crate::schema::{
    ColumnDef, LinkDef, OnDelete,
    fixture::{column, id, key, many, model, one, optional, string, table},
};
use std::panic::{AssertUnwindSafe, catch_unwind};

fn join(
    owner: &'static ModelDef,
    field: &str,
    target: &'static ModelDef,
    link: Option<&'static ModelDef>,
) -> Join {
    resolve(owner, owner.relation(field).unwrap(), target, link).join
}

/// Asserts that a relation is refused with this message.
#[track_caller]
fn refused(
    owner: &'static ModelDef,
    field: &str,
    target: &'static ModelDef,
    link: Option<&'static ModelDef>,
    message: &str,
) {
    let result = catch_unwind(AssertUnwindSafe(|| join(owner, field, target, link)));
    let panic = result.expect_err("the relation is not refused");
    assert_eq!(panic.downcast_ref::<String>().expect("a message"), message);
}

fn pairs(key: KeyPairs) -> Vec<(usize, usize)> {
    key.iter().collect()
}

fn team(relations: impl Into<Vec<RelationDef>>) -> &'static ModelDef {
    model("Team", [id(), string("name")], relations)
}

/// A hero with these columns after its id.
fn hero(
    columns: impl IntoIterator<Item = ColumnDef>,
    relations: impl Into<Vec<RelationDef>>,
) -> &'static ModelDef {
    model("Hero", [id()].into_iter().chain(columns).collect::<Vec<_>>(), relations)
}

fn maybe(field: &'static str, to: &str) -> ColumnDef {
    key(field, to).null()
}

fn link_with(others: impl IntoIterator<Item = ColumnDef>) -> &'static ModelDef {
    let keys = [key("team_id", "Team.id").primary_key(), key("hero_id", "Hero.id").primary_key()];
    model("HeroTeamLink", keys.into_iter().chain(others).collect::<Vec<_>>(), [])
}
