//! The targets of a relation for many owners in one statement.

use super::{
    Dialect, Rendered,
    expr::{self, Binding},
    keys::match_keys,
    read,
    scope::{Entry, Scope},
    text::{Named, Text},
};
use crate::{
    error::{Error, ErrorKind, Result},
    key::RowKey,
    query::Eager,
    schema::{Join, KeyPairs, ModelDef, OrderDef, Resolved},
};

/// A statement for the targets of a relation.
struct Targets<'a> {
    eager: &'a Eager,
    /// The order that the relation says.
    order: &'a [OrderDef],
    resolved: &'static Resolved,
    /// The columns by which a row is matched with its owners.
    by: Vec<usize>,
    /// The table with those columns, then the target where that is another one.
    scope: Scope<'a>,
}

/// The targets of a relation for many owners at once. Each row has the columns by which it is
/// matched with its owners, then all columns of the target. `order` is the order of the rows where
/// the loading says none.
///
/// The keys are what the owners have: the foreign key where they refer to the target, else the
/// columns that are referred to. Both, and the first columns of each row, are in the order of the
/// columns referred to.
///
/// # Errors
/// `UnboundId` where a key is not known yet, `OutOfRange` where no column can hold it, `Metadata`
/// where `order` names no column of the target, `InvalidStatement` where the filter or order uses a
/// table that is not read.
pub fn select_targets(
    dialect: Dialect,
    eager: &Eager,
    order: &[OrderDef],
    keys: &[RowKey],
) -> Result<Rendered> {
    let resolved = eager.resolved();
    let (owner, target) = (eager.owner, resolved.target);
    if keys.iter().any(|key| key.resolved().is_none()) {
        return Err(unsaved(owner, target));
    }
    let (holder, by) = match (&resolved.join, resolved.link) {
        (Join::Parent { key }, _) => (target, referred(key)),
        (Join::Children { key }, _) => (target, referring(key)),
        (Join::Link { own, .. }, Some(link)) => (link, referring(own)),
        (Join::Link { .. }, None) => return Err(no_link(owner, target)),
    };
    let scope = match holder == target {
        true => Scope::tables([target]),
        false => Scope::tables([holder, target]),
    };
    let targets = Targets { eager, order, resolved, by, scope };
    let mut text = Text::new(dialect);
    match (eager.limit, eager.offset) {
        (None, None) => targets.all(&mut text, keys)?,
        _ if keys.len() == 1 => targets.first(&mut text, keys)?,
        _ => targets.first_of_each(&mut text, keys)?,
    }
    Ok(text.rendered())
}

impl Targets<'_> {
    /// The table by which a row is matched with its owners.
    fn holder(&self) -> Named<'_> {
        self.read(self.scope.entries.first())
    }

    fn target(&self) -> Named<'_> {
        self.read(self.scope.entries.last())
    }

    fn read<'e>(&self, entry: Option<&'e Entry<'_>>) -> Named<'e> {
        let shown = entry.and_then(|entry| entry.shown.as_deref());
        (entry.and_then(Entry::table).unwrap_or(self.resolved.target), shown)
    }

    fn all(&self, text: &mut Text, keys: &[RowKey]) -> Result<()> {
        self.select(text);
        self.from(text, keys)?;
        if self.is_ordered() {
            text.push("\nORDER BY ");
            self.order(text)?;
        }
        Ok(())
    }

    /// The first rows of the only owner.
    fn first(&self, text: &mut Text, keys: &[RowKey]) -> Result<()> {
        self.select(text);
        self.from(text, keys)?;
        text.push("\nORDER BY ");
        self.total_order(text)?;
        read::window(text, self.eager.limit, self.eager.offset)
    }

    /// The first rows of each owner, by their number in its order.
    fn first_of_each(&self, text: &mut Text, keys: &[RowKey]) -> Result<()> {
        let (holder, target) = (self.holder(), self.target());
        let all = (0..target.0.columns.len()).map(|at| (target, at));
        let columns: Vec<_> = self.by.iter().map(|at| (holder, *at)).chain(all).collect();
        text.push("SELECT ").list(", ", 1..=columns.len(), |text, number| {
            text.push("c").display(number);
        });
        text.push("\nFROM (SELECT ");
        text.list(", ", columns.iter().enumerate(), |text, (at, (table, column))| {
            text.column_of(*table, *column).push(" AS c").display(at + 1);
        });
        text.push(", row_number() OVER (PARTITION BY ");
        text.columns(holder, self.by.iter().copied()).push(" ORDER BY ");
        self.total_order(text)?;
        text.push(") AS place");
        self.from(text, keys)?;
        text.push(") AS numbered\nWHERE ");
        let skipped = self.eager.offset.unwrap_or(0);
        let last = self.eager.limit.map(|limit| (" <= ", skipped.saturating_add(limit)));
        let first = (skipped > 0 || last.is_none()).then_some((" > ", skipped));
        text.try_list(" AND ", first.into_iter().chain(last), |text, (compared, place)| {
            text.push("place").push(compared);
            read::count(text, place)
        })?;
        text.push("\nORDER BY place");
        Ok(())
    }

    fn select(&self, text: &mut Text) {
        let target = self.target();
        text.push("SELECT ").columns(self.holder(), self.by.iter().copied());
        text.push(", ").columns(target, 0..target.0.columns.len());
    }

    fn from(&self, text: &mut Text, keys: &[RowKey]) -> Result<()> {
        let (holder, target) = (self.holder(), self.target());
        text.push("\nFROM ").table_as(holder);
        if let Join::Link { theirs, .. } = &self.resolved.join {
            text.push(" JOIN ").table_as(target).push(" ON ");
            text.list(" AND ", theirs.iter(), |text, (from, to)| {
                text.column_of(target, to).push(" = ").column_of(holder, from);
            });
        }
        text.push("\nWHERE ");
        match_keys(text, holder, &self.by, keys)?;
        if let Some(filter) = &self.eager.filter {
            text.push(" AND ");
            expr::side(text, filter.expr(), Binding::And, None, &self.scope)?;
        }
        Ok(())
    }

    fn is_ordered(&self) -> bool {
        !self.eager.order_by.is_empty() || !self.order.is_empty()
    }

    fn order(&self, text: &mut Text) -> Result<()> {
        if !self.eager.order_by.is_empty() {
            return read::order_by(text, &self.eager.order_by, &[], &self.scope);
        }
        let target = self.target();
        text.try_list(", ", self.order, |text, by| {
            let at = target.0.column(by.field).ok_or_else(|| no_column(target.0, by.field))?;
            text.column_of(target, at).push(if by.descending { " DESC" } else { "" });
            Ok(())
        })
    }

    /// The order, and the key after it, so that the same rows are the first each time.
    fn total_order(&self, text: &mut Text) -> Result<()> {
        if self.is_ordered() {
            self.order(text)?;
            text.push(", ");
        }
        let target = self.target();
        text.columns(target, target.0.primary_key.iter().copied());
        Ok(())
    }
}

fn referred(key: &KeyPairs) -> Vec<usize> {
    key.iter().map(|(_, to)| to).collect()
}

fn referring(key: &KeyPairs) -> Vec<usize> {
    key.iter().map(|(from, _)| from).collect()
}

fn unsaved(owner: &ModelDef, target: &ModelDef) -> Error {
    let message = format!(
        "the `{}` of this `{}` cannot be loaded, because a row is not saved yet and has no key; flush or commit first",
        target.name, owner.name
    );
    Error::new(ErrorKind::UnboundId, message).with_table(owner.table)
}

fn no_link(owner: &ModelDef, target: &ModelDef) -> Error {
    let message = format!(
        "the relation from `{}` to `{}` has no link model; name it: `#[relationship(link_model = ...)]`",
        owner.name, target.name
    );
    Error::new(ErrorKind::Metadata, message).with_table(owner.table)
}

fn no_column(target: &ModelDef, field: &str) -> Error {
    let message = format!(
        "`order_by` names `{field}`, but `{0}` has no such column; name a column of `{0}`",
        target.name
    );
    Error::new(ErrorKind::Metadata, message).with_table(target.table)
}

#[cfg(test)]
mod tests;
