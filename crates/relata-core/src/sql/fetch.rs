//! The SELECTs that the session makes itself: rows by key, and the targets of a relation.

use super::{Dialect, Rendered, keys::match_keys, text::Text};
use crate::{
    error::{Error, ErrorKind, Result},
    key::RowKey,
    schema::{Join, KeyPairs, ModelDef, OrderDef, Resolved},
};

/// The columns `what` of the rows whose columns `by` hold one of the keys.
///
/// # Errors
/// `UnboundId` where a key is not known yet, `OutOfRange` where no column can hold it.
pub fn select_by(
    dialect: Dialect,
    def: &'static ModelDef,
    what: &[usize],
    by: &[usize],
    keys: &[RowKey],
) -> Result<Rendered> {
    let mut text = Text::new(dialect);
    text.push("SELECT ").columns(def, what.iter().copied());
    text.push("\nFROM ").table(def).push("\nWHERE ");
    match_keys(&mut text, def, by, keys)?;
    Ok(text.rendered())
}

/// The targets of a relation for many owners at once. Each row has the columns by which it is
/// matched with its owners, then all columns of the target.
///
/// The keys are what the owners have: the foreign key where they refer to the target, else the
/// columns that are referred to. Both, and the first columns of each row, are in the order of the
/// columns referred to.
///
/// # Errors
/// `UnboundId` where a key is not known yet, `OutOfRange` where no column can hold it, `Metadata`
/// where `order_by` names no column of the target.
pub fn select_targets(
    dialect: Dialect,
    owner: &ModelDef,
    resolved: &Resolved,
    order_by: &[OrderDef],
    keys: &[RowKey],
) -> Result<Rendered> {
    if keys.iter().any(|key| key.resolved().is_none()) {
        return Err(unsaved(owner, resolved.target));
    }
    let target = resolved.target;
    // where the key stands by which a row is matched with its owners
    let (holder, by) = match (&resolved.join, resolved.link) {
        (Join::Parent { key }, _) => (target, referred(key)),
        (Join::Children { key }, _) => (target, referring(key)),
        (Join::Link { own, .. }, Some(link)) => (link, referring(own)),
        (Join::Link { .. }, None) => return Err(no_link(owner, target)),
    };
    let mut text = Text::new(dialect);
    text.push("SELECT ").columns(holder, by.iter().copied());
    text.push(", ").columns(target, 0..target.columns.len());
    text.push("\nFROM ").table(holder);
    if let Join::Link { theirs, .. } = &resolved.join {
        text.push(" JOIN ").table(target).push(" ON ");
        text.list(" AND ", theirs.iter(), |text, (from, to)| {
            text.column(target, to).push(" = ").column(holder, from);
        });
    }
    text.push("\nWHERE ");
    match_keys(&mut text, holder, &by, keys)?;
    order(&mut text, target, order_by)?;
    Ok(text.rendered())
}

fn referred(key: &KeyPairs) -> Vec<usize> {
    key.iter().map(|(_, to)| to).collect()
}

fn referring(key: &KeyPairs) -> Vec<usize> {
    key.iter().map(|(from, _)| from).collect()
}

fn order(text: &mut Text, target: &'static ModelDef, order_by: &[OrderDef]) -> Result<()> {
    if order_by.is_empty() {
        return Ok(());
    }
    text.push("\nORDER BY ");
    text.try_list(", ", order_by, |text, by| {
        let at = target.column(by.field).ok_or_else(|| no_column(target, by.field))?;
        text.column(target, at).push(if by.descending { " DESC" } else { "" });
        Ok(())
    })
}

fn unsaved(owner: &ModelDef, target: &'static ModelDef) -> Error {
    let message = format!(
        "the `{}` of this `{}` cannot be loaded, because a row is not saved yet and has no key; flush or commit first",
        target.name, owner.name
    );
    Error::new(ErrorKind::UnboundId, message).with_table(owner.table)
}

fn no_link(owner: &ModelDef, target: &'static ModelDef) -> Error {
    let message = format!(
        "the relation from `{}` to `{}` has no link model; name it: `#[relationship(link_model = ...)]`",
        owner.name, target.name
    );
    Error::new(ErrorKind::Metadata, message).with_table(owner.table)
}

fn no_column(target: &'static ModelDef, field: &str) -> Error {
    let message = format!(
        "`order_by` names `{field}`, but `{0}` has no such column; name a column of `{0}`",
        target.name
    );
    Error::new(ErrorKind::Metadata, message).with_table(target.table)
}
