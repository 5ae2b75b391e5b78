//! [`Moved`]: a row of a list that gets another key, because the program says so, or because its key contains that of
//! the owner whose list it was put into. The list calls it as the database does: by the new key from the flush on, by
//! the old one after a rollback.

use super::{Memory, Node, Standing};
use crate::{
    key::RowKey,
    scope::{Outcome, Scope},
    value::Value,
};
use foldhash::HashMap;
use std::sync::Arc;

/// A row of a list, and its key before and after.
#[derive(Clone)]
pub(super) struct Moved {
    keys: MovedKeys,
    /// The columns of the row that name the owner, and how they do then.
    owner: Arc<[(usize, Value)]>,
    /// Where the list was added with it.
    scope: Scope,
    /// How many flushes the scope had seen then: it is written by the next.
    at: u64,
    /// Whether the list calls it by the new key.
    renamed: bool,
}

/// The keys of such a row.
#[derive(Clone)]
pub(crate) struct MovedKeys {
    /// In the database before, and in the list until the change is written.
    pub(crate) was: RowKey,
    /// Once that is written.
    pub(crate) is: RowKey,
    /// The one that the row itself says then.
    pub(crate) says: RowKey,
}

impl Moved {
    /// One that gets its key by being put into a list of an owner.
    pub(super) fn given(keys: MovedKeys, owner: &Arc<[(usize, Value)]>, scope: &Scope) -> Self {
        let (owner, at) = (owner.clone(), scope.flushes());
        Moved { keys, owner, scope: scope.clone(), at, renamed: false }
    }

    /// One that says another key itself, in a scope that had seen so many flushes.
    pub(super) fn itself(was: RowKey, is: RowKey, scope: &Scope, at: u64) -> Self {
        let (owner, says) = (Arc::default(), is.clone());
        Moved { keys: MovedKeys { was, is, says }, owner, scope: scope.clone(), at, renamed: false }
    }

    /// Its key before, and the one that the row says.
    pub(super) fn keys(&self) -> (RowKey, RowKey) {
        (self.keys.was.settled(), self.keys.says.settled())
    }

    /// Whether the list calls it otherwise than the database.
    pub(super) fn is_outdated(&self) -> bool {
        self.is_written() != self.renamed
    }

    fn is_written(&self) -> bool {
        match self.scope.outcome() {
            Outcome::Open => self.at < self.scope.flushes(),
            Outcome::Committed | Outcome::Unknown => true,
            Outcome::RolledBack => false,
        }
    }

    /// Whether that can still be rolled back.
    pub(super) fn is_open(&self) -> bool {
        self.scope.outcome() == Outcome::Open
    }

    /// Whether it was rolled back.
    pub(super) fn is_lost(&self) -> bool {
        self.scope.outcome() == Outcome::RolledBack
    }

    /// The other of its keys is the one in the list from now on. Gives the one until now, and that.
    pub(super) fn rename(&mut self) -> (RowKey, RowKey) {
        self.renamed = !self.renamed;
        let (was, is) = (self.keys.was.settled(), self.keys.is.settled());
        if self.renamed { (was, is) } else { (is, was) }
    }

    /// The key by which its row is known until it is given the one in the list.
    pub(super) fn known_as(&self) -> RowKey {
        if self.renamed { self.keys.says.settled() } else { self.keys.was.settled() }
    }

    /// Gives the row of the list its key; a new one that has the same is another.
    pub(super) fn take_key(&self, row: &mut dyn Node) {
        if matches!(row.memory().standing(), Standing::New) {
            return;
        }
        if self.renamed {
            self.arrive(row);
        } else {
            self.go_back(row);
        }
    }

    fn arrive(&self, row: &mut dyn Node) {
        if matches!(row.memory(), Memory::AsRead) {
            *row.memory_mut() = Memory::read(row.picture(None));
        }
        let Standing::Known(said) = row.memory().standing() else { return };
        let (said, mut values) = (said.clone(), said.values.to_vec());
        for (at, own) in &*self.owner {
            // What the program changed since is still to be written.
            if row.value(*at) == values[*at] {
                // It is written, so it fits.
                let _ = row.assign(*at, own.as_cell());
            }
            values[*at] = own.clone();
        }
        row.memory_mut().moved(said.with_values(values.into()), &self.scope, self.at);
    }

    fn go_back(&self, row: &mut dyn Node) {
        let def = row.def();
        for (at, own) in &*self.owner {
            if row.value(*at) != *own {
                continue;
            }
            let part = def.part_of_key(*at);
            let said = || match row.memory().standing() {
                Standing::Known(said) => said.values[*at].clone(),
                _ => own.clone(),
            };
            let before = part.map_or_else(said, |part| self.keys.was.values()[part].clone());
            // It was so before.
            let _ = row.assign(*at, before.as_cell());
        }
    }
}

/// The key by which a list calls a row that is named by the other of its keys.
pub(super) fn called(moved: &[Moved], key: &RowKey) -> Option<RowKey> {
    let moved = moved.iter().rev().filter(|moved| moved.renamed || !moved.is_lost());
    let mut keys = moved.map(|moved| match moved.renamed {
        true => (&moved.keys.was, &moved.keys.is),
        false => (&moved.keys.is, &moved.keys.was),
    });
    keys.find(|(other, _)| *other == key).map(|(_, called)| called.clone())
}

/// What was said of rows, with those that a list calls by new keys since called so.
pub(super) fn renamed(moved: &[Moved], said: &[RowKey]) -> Vec<RowKey> {
    let renamed = moved.iter().filter(|moved| moved.renamed);
    let new: HashMap<RowKey, &RowKey> =
        renamed.map(|m| (m.keys.was.settled(), &m.keys.is)).collect();
    said.iter().map(|key| new.get(&key.settled()).map_or(key, |new| new).clone()).collect()
}
