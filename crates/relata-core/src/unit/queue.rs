//! [`Unit`]: the queue of a session. Nothing in it refers to a value of the program.

use super::{
    check::{Named, deleted},
    entries::{Entries, Entry},
    list_op::ListOp,
    op::Op,
    picture::{self, Claim},
    relate,
    taken_back::Going,
};
use crate::{
    entity::{Memory, Node},
    error::{Error, ErrorKind, Result},
    key::{Late, RowKey},
    schema::{KeyPairs, ModelDef, RelationKind},
    scope::Scope,
    value::Value,
};
use foldhash::HashSet;
use std::sync::Arc;

/// Everything that was added and deleted since the last flush.
#[derive(Default)]
pub struct Unit {
    pub(super) entries: Entries,
    pub(super) lists: Vec<ListOp>,
    /// Whether a new row was taken back, so that its key may come again.
    pub(super) taken_back: bool,
    /// Whether a row was deleted or taken back.
    pub(super) deletes: bool,
    /// Rows that were deleted before something named them, and what to say if no new row takes their place.
    pub(super) named: Vec<Named>,
    /// New rows that were removed from a list, and go with that if no other has them in the end.
    pub(super) leaving: HashSet<(&'static str, RowKey)>,
    /// Rows that were deleted or taken back, and may have others queued under them.
    pub(super) going: Vec<Going>,
    /// Whether anything but deletes is queued.
    writes: bool,
    /// The calls of `add` and `delete`, numbered.
    pub(super) call: usize,
    fault: Option<Error>,
}

impl Unit {
    /// Whether nothing is queued and nothing went wrong.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.lists.is_empty() && self.fault.is_none()
    }

    /// Takes a picture of a value, and of every new or changed row that its relations lead to.
    ///
    /// What cannot be added is kept as a fault that the next flush reports.
    pub fn add(&mut self, root: &mut dyn Node, scope: &Scope) {
        self.call += 1;
        self.writes = true;
        let mut waiting = Vec::new();
        let (mut next, mut explicit) = (Some(root), true);
        while let Some(node) = next.take().or_else(|| waiting.pop()) {
            if explicit {
                node.memory_mut().own();
            }
            let lists = match picture::take(self, node, scope, explicit) {
                Ok(lists) => lists,
                Err(error) => {
                    self.fault.get_or_insert(error);
                    return;
                }
            };
            explicit = false;
            if !leads_on(node) {
                continue;
            }
            let first = waiting.len();
            let relations = node.def().relations;
            let mut keys = relations.iter().zip(relate::child_keys(node));
            node.relations_mut(&mut |slot| {
                let Some((relation, key)) = keys.next() else { return };
                if !lists && matches!(relation.kind, RelationKind::Many) {
                    return;
                }
                slot.dirty_rows(&mut |row| {
                    if let Some(key) = &key {
                        relate::adopt(row, key);
                    }
                    waiting.push(row);
                });
            });
            waiting[first..].reverse();
        }
    }

    /// Queues the deletion of a row, and gives what its value remembers from then on; `None` where the row was
    /// only queued, so that it is new again.
    pub fn delete(&mut self, node: &dyn Node, scope: &Scope) -> Option<Memory> {
        self.call += 1;
        // A rollback brings the row back as it is now.
        let mut memory = match node.memory() {
            Memory::AsRead => Memory::read(node.picture(None)),
            other => other.clone(),
        };
        let deleted =
            picture::check_session(node, scope).and_then(|()| picture::delete(self, node));
        match deleted {
            Ok(true) => return None,
            Ok(false) => memory.say(None, scope),
            Err(error) => self.fail(error),
        }
        Some(memory)
    }

    /// Keeps a fault for the next flush to report.
    pub fn fail(&mut self, error: Error) {
        self.fault.get_or_insert(error);
    }

    /// Takes everything, to be flushed.
    ///
    /// # Errors
    /// The fault of an `add` or `delete`; the queue is empty then too.
    pub fn take(&mut self) -> Result<Unit> {
        let mut taken = std::mem::take(self);
        if let Some(fault) = taken.fault.take() {
            return Err(fault);
        }
        taken.check_named()?;
        Ok(taken)
    }

    /// What is queued for a row.
    pub(super) fn entry(&mut self, def: &'static ModelDef, key: &RowKey) -> Option<&mut Entry> {
        self.entries.of(def, key)
    }

    /// What is queued for the stored row with a key, which may be that of a new row by now.
    pub(super) fn stored_entry(
        &mut self,
        def: &'static ModelDef,
        key: &RowKey,
    ) -> Option<&mut Entry> {
        self.entries.of_stored(def, key)
    }

    /// Whether the stored row with a key gets another, and a new one is to have this.
    pub(super) fn has_left(&self, def: &'static ModelDef, key: &RowKey) -> bool {
        self.entries.mover(def, key).is_some()
    }

    /// Whether a row is queued to be deleted, or was taken back.
    pub(super) fn has_deleted(&mut self, def: &'static ModelDef, key: &RowKey) -> bool {
        self.deletes
            && self
                .entry(def, key)
                .is_some_and(|entry| matches!(entry.op, Op::Delete { .. } | Op::Gone))
    }

    /// Whether a row is queued to be inserted.
    pub(super) fn is_new(&mut self, def: &'static ModelDef, key: &RowKey) -> bool {
        matches!(self.entry(def, key), Some(Entry { op: Op::Insert { .. }, .. }))
    }

    /// Whether a row was queued to be inserted, and was taken back.
    pub(super) fn is_taken_back(&mut self, def: &'static ModelDef, key: &RowKey) -> bool {
        matches!(self.entry(def, key), Some(Entry { op: Op::Gone, .. }))
    }

    /// Whether a new row is written over a deleted one with its key.
    pub(super) fn is_replacing(&mut self, def: &'static ModelDef, key: &RowKey) -> bool {
        let entry = self.entry(def, key);
        matches!(entry, Some(Entry { op: Op::Update { in_place_of_deleted: true, .. }, .. }))
    }

    /// Whether the row that is queued by a key is to have another.
    pub(super) fn will_have(
        &mut self,
        def: &'static ModelDef,
        key: &RowKey,
        other: &RowKey,
    ) -> bool {
        self.stored_entry(def, key).is_some_and(|entry| {
            matches!(entry.op, Op::Insert { .. } | Op::Update { .. })
                && entry.key_once_written(def.primary_key) == *other
        })
    }

    /// A new row is written over the stored one with its key, unless that gets another; tells whether there is a
    /// new row.
    pub(super) fn take_place(&mut self, def: &'static ModelDef, key: &RowKey) -> bool {
        let has_left = self.has_left(def, key);
        let Some(Entry { op, .. }) = self.entry(def, key) else { return false };
        let Op::Insert { values, .. } = op else { return false };
        if !has_left {
            *op = Op::in_place(def, values);
        }
        true
    }

    /// Queues a new row.
    pub(super) fn insert(
        &mut self,
        def: &'static ModelDef,
        key: RowKey,
        values: Arc<[Value]>,
        Claim { late, fresh }: Claim,
    ) -> Result<()> {
        let first = fresh && !self.taken_back;
        let at = if first { None } else { self.entries.place_or_reserve(def, &key) };
        if let Some(at) = at {
            return self.insert_again(at, def, key, values, late);
        }
        self.entries.push(def, key, Op::Insert { values, late }, self.call);
        Ok(())
    }

    /// Queues a new row with the key of an entry.
    fn insert_again(
        &mut self,
        at: usize,
        def: &'static ModelDef,
        key: RowKey,
        values: Arc<[Value]>,
        late: Option<Arc<Late>>,
    ) -> Result<()> {
        let call = self.call;
        if self.entries[at].op.is_other(&values, late.as_ref()) {
            // What this call says is of the new row.
            self.take_back_left(call);
        }
        match &mut self.entries[at].op {
            Op::Delete { .. } => {
                self.entries[at].op = Op::in_place(def, &values);
                self.entries[at].say(call);
            }
            op @ Op::Insert { .. } if op.is_other(&values, late.as_ref()) => {
                return Err(twice(def));
            }
            Op::Insert { values: queued, .. } => {
                *queued = values;
                self.entries[at].say(call);
            }
            // From here on this one is found by the key, and not the one that was taken back.
            Op::Gone => {
                if late.is_some() {
                    // The row itself is added again, and what was under it perhaps too.
                    self.take_back_left(call);
                }
                self.entries.push(def, key, Op::Insert { values, late }, call);
            }
            Op::Update { changes, .. } if moves(def, changes) => {
                self.entries.push_in_place_of(at, key, Op::Insert { values, late }, call);
            }
            Op::Update { .. } => return Err(taken(def)),
        }
        Ok(())
    }

    /// Queues changes of a row that was stored before, so that a new one with its key is another.
    pub(super) fn update_stored(
        &mut self,
        def: &'static ModelDef,
        key: RowKey,
        changes: Vec<(usize, Value)>,
    ) -> Result<()> {
        let (call, moves) = (self.call, moves(def, &changes));
        let place = match self.entries.mover(def, &key) {
            Some(at) => Some(at),
            None => self.entries.place_or_reserve(def, &key),
        };
        let at = place.unwrap_or(self.entries.len());
        match place.map(|at| &self.entries[at].op) {
            None => self.entries.push(def, key, Op::changed(changes), call),
            Some(Op::Insert { .. }) if moves => {
                self.entries.push_behind(def, key, Op::changed(changes), call);
                return Ok(());
            }
            Some(Op::Insert { .. }) => return Err(taken(def)),
            // It is the new row that is written over it.
            Some(Op::Update { in_place_of_deleted: true, .. }) if moves => {
                return Err(deleted(def));
            }
            Some(_) => self.entries[at].update(changes, call),
        }
        if moves {
            self.entries.note_arrival(at);
        }
        Ok(())
    }

    /// The key by which the row is queued that came to an owner by its own foreign key, and has this one since.
    pub(super) fn queued_child(
        &mut self,
        (def, key): (&'static ModelDef, &KeyPairs),
        own: &RowKey,
        row: &RowKey,
    ) -> Option<RowKey> {
        let was = self.entries.key_before(def, row)?;
        let entry = self.stored_entry(def, &was)?;
        (entry.foreign_key_to_be(key).as_ref() == Some(own)).then_some(was)
    }

    /// Queues changes of columns.
    pub(super) fn update(
        &mut self,
        def: &'static ModelDef,
        key: RowKey,
        changes: Vec<(usize, Value)>,
    ) {
        self.update_by(def, key, changes, self.call);
    }

    /// Queues changes of columns that a call asked for.
    pub(super) fn update_by(
        &mut self,
        def: &'static ModelDef,
        key: RowKey,
        changes: Vec<(usize, Value)>,
        call: usize,
    ) {
        match self.entries.place_or_reserve(def, &key) {
            Some(at) => self.entries[at].update(changes, call),
            None => self.entries.push(def, key, Op::changed(changes), call),
        }
    }

    /// Queues a deletion; a row that is only queued, not `stored`, is taken back, which is told.
    pub(super) fn remove(
        &mut self,
        def: &'static ModelDef,
        key: RowKey,
        values: Arc<[Value]>,
        stored: bool,
    ) -> bool {
        self.remove_by(def, key, values, (stored, self.call))
    }

    /// The same by the call that asked for it.
    pub(super) fn remove_by(
        &mut self,
        def: &'static ModelDef,
        key: RowKey,
        values: Arc<[Value]>,
        (stored, call): (bool, usize),
    ) -> bool {
        self.deletes = true;
        let mut taken_back = false;
        if stored {
            self.entries.stay(def, &key);
        }
        let values = match self.entry(def, &key) {
            Some(Entry { op: op @ Op::Insert { .. }, .. }) if stored => {
                if let Op::Insert { values, .. } = op {
                    *op = Op::in_place(def, values);
                }
                return false;
            }
            Some(Entry { op: op @ Op::Insert { .. }, .. }) => {
                taken_back = true;
                op.take_back()
            }
            Some(entry @ Entry { op: Op::Update { .. }, .. }) => {
                entry.op = Op::Delete { values: values.clone() };
                entry.say(call);
                values
            }
            Some(_) => return false,
            None => {
                self.entries.push(def, key.clone(), Op::Delete { values: values.clone() }, call);
                values
            }
        };
        self.taken_back |= taken_back;
        self.goes(Going { def, key, values, call });
        taken_back
    }

    /// A row goes, and what is queued under it has to be looked at.
    pub(super) fn goes(&mut self, row: Going) {
        if self.writes {
            self.going.push(row);
        }
    }
}

/// Whether a relation of a row has rows to be added too.
fn leads_on(node: &dyn Node) -> bool {
    let mut leads = false;
    node.relations(&mut |slot| leads |= slot.has_dirty_rows());
    leads
}

/// Whether changes give the row another key, so that its old one is free.
fn moves(def: &ModelDef, changes: &[(usize, Value)]) -> bool {
    changes.iter().any(|(at, _)| def.columns[*at].primary_key)
}

fn twice(def: &ModelDef) -> Error {
    let message = format!(
        "two new rows of `{}` have the same key; give one of them another, or change the first through its `Tracked`",
        def.name
    );
    Error::new(ErrorKind::Conflict, message).with_table(def.table)
}

fn taken(def: &ModelDef) -> Error {
    let message = format!(
        "a new `{}` has the key of a row that is changed in the same flush; change that row, or give another key",
        def.name
    );
    Error::new(ErrorKind::Conflict, message).with_table(def.table)
}
