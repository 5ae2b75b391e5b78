//! [`Node`]: a tracked row without its type, as the unit of work and the relations see it.

use super::{Memory, Picture, SaidList, Slot, Tracked};
use crate::{
    error::Result,
    key::{OwnKey, RowKey},
    model::{Cells, Model},
    schema::ModelDef,
    value::{Cell, Misfit, Value},
};
use std::{any::Any, fmt, sync::Arc};

/// A tracked row of some model.
pub trait Node: Any + Send + Sync {
    /// Its table.
    fn def(&self) -> &'static ModelDef;
    /// The value of a column.
    fn value(&self, column: usize) -> Value;
    /// Sets a column, without counting as a change by the user.
    fn assign(&mut self, column: usize, cell: Cell<'_>) -> Result<(), Misfit>;
    /// How it holds its own key.
    fn own_key(&mut self) -> OwnKey;
    /// Shows its relation fields.
    fn relations<'a>(&'a self, visit: &mut dyn FnMut(&'a Slot));
    /// Shows its relation fields, without counting as a change by the user.
    fn relations_mut<'a>(&'a mut self, visit: &mut dyn FnMut(&'a mut Slot));
    /// What it remembers.
    fn memory(&self) -> &Memory;
    /// What it remembers.
    fn memory_mut(&mut self) -> &mut Memory;
    /// A copy that names the same row.
    fn fork(&self) -> Arc<dyn Node>;
    /// Prints it.
    fn debug(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;
}

impl<M: Model> Node for Tracked<M> {
    fn def(&self) -> &'static ModelDef {
        M::DEF
    }

    fn value(&self, column: usize) -> Value {
        M::value(self, column)
    }

    fn assign(&mut self, column: usize, cell: Cell<'_>) -> Result<(), Misfit> {
        self.now.assign(column, cell)
    }

    fn own_key(&mut self) -> OwnKey {
        self.now.own_id().map_or(OwnKey::Natural, |id| id.own_key())
    }

    fn relations<'a>(&'a self, visit: &mut dyn FnMut(&'a Slot)) {
        self.now.relations(visit);
    }

    fn relations_mut<'a>(&'a mut self, visit: &mut dyn FnMut(&'a mut Slot)) {
        self.now.relations_mut(visit);
    }

    fn memory(&self) -> &Memory {
        &self.memory
    }

    fn memory_mut(&mut self) -> &mut Memory {
        &mut self.memory
    }

    fn fork(&self) -> Arc<dyn Node> {
        Arc::new(self.clone())
    }

    fn debug(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.now, f)
    }
}

impl dyn Node {
    /// The key by which the row is known: of a stored one that in the database, whatever the value says now.
    pub fn key(&self) -> RowKey {
        match self.memory().known_as() {
            Some(values) => RowKey::of(self.def().primary_key.iter().map(|at| values[*at].clone())),
            None => self.key_now(),
        }
    }

    /// The key that the value says.
    pub fn key_now(&self) -> RowKey {
        RowKey::of(self.def().primary_key.iter().map(|at| self.value(*at)))
    }

    /// The values of some columns, as a key.
    pub fn key_of(&self, columns: impl ExactSizeIterator<Item = usize>) -> RowKey {
        RowKey::of(columns.map(|at| self.value(at)))
    }

    /// Whether this is the row's key.
    pub(crate) fn has_key(&self, key: &RowKey) -> bool {
        let (columns, values) = (self.def().primary_key, key.values());
        let mut pairs = columns.iter().zip(values);
        columns.len() == values.len()
            && match self.memory().known_as() {
                Some(known) => pairs.all(|(at, value)| known[*at] == *value),
                None => pairs.all(|(at, value)| self.value(*at) == *value),
            }
    }

    /// Takes over what was read of the row in a transaction that is open, and in which it said something: ids
    /// that it shares stay shared, and what it remembers of before stays below.
    pub(crate) fn renew(&mut self, read: &dyn Node) {
        for at in 0..self.def().columns.len() {
            let value = read.value(at);
            if self.value(at) != value {
                // It was read by the same type.
                let _ = self.assign(at, value.as_cell());
            }
        }
        let mut slots = Vec::new();
        read.relations(&mut |slot| slots.push(slot));
        let mut slots = slots.into_iter();
        self.relations_mut(&mut |own| {
            if let Some(read) = slots.next().filter(|slot| !slot.is_silent()) {
                own.clone_from(read);
            }
        });
        let now = self.picture(None);
        self.memory_mut().renew(now);
    }

    /// The row as it is now, with what it shares with the picture `before`.
    pub fn picture(&self, before: Option<&Picture>) -> Picture {
        let values = (0..self.def().columns.len()).map(|at| self.value(at)).collect();
        if let Some(before) = before.filter(|_| self.memory().has_no_lists()) {
            return before.with_values(values);
        }
        let mut silent = true;
        self.relations(&mut |slot| silent &= slot.is_silent());
        let mut lists = Vec::new();
        if !silent {
            lists.reserve(self.def().relations.len());
            self.relations(&mut |slot| {
                let said = before.map_or(&SaidList::Silent, |before| before.list(lists.len()));
                lists.push(slot.said(said));
            });
        }
        Picture::new(values, lists)
    }

    /// One relation field.
    pub fn slot(&self, relation: usize) -> Option<&Slot> {
        let (mut at, mut found) = (0, None);
        self.relations(&mut |slot| {
            if at == relation {
                found = Some(slot);
            }
            at += 1;
        });
        found
    }

    /// One relation field.
    pub fn slot_mut(&mut self, relation: usize) -> Option<&mut Slot> {
        let (mut at, mut found) = (0, None);
        self.relations_mut(&mut |slot| {
            if at == relation {
                found = Some(slot);
            }
            at += 1;
        });
        found
    }
}

impl fmt::Debug for dyn Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.debug(f)
    }
}

/// Reads one row of some model.
pub type DecodeNode = fn(&mut Cells<'_>) -> Result<Arc<dyn Node>>;

/// Reads one row of `M`; a named function, so that it can be kept as data.
///
/// # Errors
/// `Decode` where a cell does not fit its field.
pub fn decode_node<M: Model>(cells: &mut Cells<'_>) -> Result<Arc<dyn Node>> {
    Ok(Arc::new(Tracked::loaded(M::decode(cells)?)))
}
