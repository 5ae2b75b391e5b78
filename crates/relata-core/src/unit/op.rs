//! [`Op`]: what is to happen to a row.

use crate::{
    key::{Late, RowKey},
    schema::{KeyPairs, ModelDef},
    value::Value,
};
use std::sync::Arc;

/// What is to happen to a row.
pub(super) enum Op {
    Insert {
        values: Arc<[Value]>,
        late: Option<Arc<Late>>,
    },
    Update {
        changes: Vec<(usize, Value)>,
        in_place_of_deleted: bool,
    },
    Delete {
        values: Arc<[Value]>,
    },
    /// A new row that was taken back. Another with its key is an entry behind it.
    Gone,
}

impl Op {
    /// Changes of a stored row.
    pub(super) fn changed(changes: Vec<(usize, Value)>) -> Op {
        Op::Update { changes, in_place_of_deleted: false }
    }

    /// A new row with the key of one that is deleted is written over it.
    pub(super) fn in_place(def: &ModelDef, values: &[Value]) -> Op {
        let others = values.iter().cloned().enumerate();
        let others = others.filter(|(at, _)| !def.columns[*at].primary_key);
        Op::Update { changes: others.collect(), in_place_of_deleted: true }
    }

    /// Whether a new row is queued, and it is another than the one with these values.
    pub(super) fn is_other(&self, values: &[Value], late: Option<&Arc<Late>>) -> bool {
        match (self, late) {
            (Op::Insert { late: Some(own), .. }, Some(late)) => !Arc::ptr_eq(own, late),
            (Op::Insert { values: queued, .. }, _) => **queued != *values,
            _ => false,
        }
    }

    pub(super) fn is_insert(&self) -> bool {
        matches!(self, Op::Insert { .. })
    }

    /// Whether it is of a new row, be it in the place of a deleted one.
    pub(super) fn is_new(&self) -> bool {
        self.is_insert() || matches!(self, Op::Update { in_place_of_deleted: true, .. })
    }

    /// Takes a new row back, whose values are given. One in the place of a deleted row leaves that deleted.
    pub(super) fn take_back(&mut self) -> Arc<[Value]> {
        match std::mem::replace(self, Op::Gone) {
            Op::Insert { values, late } => {
                if let Some(late) = late {
                    late.release();
                }
                values
            }
            _ => {
                *self = Op::Delete { values: Arc::default() };
                Arc::default()
            }
        }
    }

    /// Says nothing of a foreign key: it is NULL in a new row, and as it was in a stored one.
    pub(super) fn leave_out(&mut self, key: &KeyPairs) {
        match self {
            Op::Insert { values, .. } => {
                let values = Arc::make_mut(values);
                key.iter().for_each(|(at, _)| values[at] = Value::Null);
            }
            Op::Update { changes, .. } => {
                changes.retain(|(at, _)| key.iter().all(|(from, _)| from != *at));
            }
            Op::Delete { .. } | Op::Gone => {}
        }
    }

    /// What a column will be; `None` where nothing is said of it.
    pub(super) fn value(&self, column: usize) -> Option<&Value> {
        match self {
            Op::Insert { values, .. } => values.get(column),
            Op::Update { changes, .. } => {
                changes.iter().find(|(at, _)| *at == column).map(|(_, value)| value)
            }
            Op::Delete { .. } | Op::Gone => None,
        }
    }

    /// What a foreign key will be; `None` where not all of it is said.
    pub(super) fn foreign_key(&self, key: &KeyPairs) -> Option<RowKey> {
        let values = key.iter().map(|(from, _)| self.value(from).cloned());
        Some(RowKey::of(values.collect::<Option<Vec<_>>>()?.into_iter()))
    }

    /// Changes columns of the row too.
    pub(super) fn update(&mut self, changes: Vec<(usize, Value)>) {
        match self {
            Op::Insert { values, .. } => {
                let values = Arc::make_mut(values);
                for (at, value) in changes {
                    values[at] = value;
                }
            }
            Op::Update { changes: queued, .. } => {
                for (at, value) in changes {
                    queued.retain(|(other, _)| *other != at);
                    queued.push((at, value));
                }
            }
            // A delete beats an update; a row taken back is not written.
            Op::Delete { .. } | Op::Gone => {}
        }
    }
}
