//! [`Writes`]: the statements of a flush, batch by batch. A batch ends where the next statement
//! needs a key that the database has yet to make.

mod changes;
mod inserts;
mod missed;

pub use missed::Missed;

use super::{
    delete::Deletes,
    depend::{Linked, Match, Related},
    made::{fits, in_order, one_by_one},
    op::Op,
    order::{Levels, Name, Pending, levels, named_by, own_names},
    queue::Unit,
    rows::ValueRows,
};
use crate::{
    connection::{Capabilities, Done, Statement},
    error::{Error, ErrorKind, Result},
    key::RowKey,
    schema::ModelDef,
    scope::Scope,
    sql,
    value::{SqlType, Value},
};
use changes::{Change, Kind, by_key};
use foldhash::HashSet;
use inserts::Insert;
use missed::{Sought, stale};
use std::{collections::VecDeque, sync::Arc};

/// What is left to be written.
pub(super) struct Writes {
    capabilities: Capabilities,
    rows: Vec<Pending>,
    inserts: Vec<Insert>,
    levels: VecDeque<Vec<usize>>,
    /// Before the inserts: link rows to be deleted, children to be set free, and updates.
    first: Vec<Change>,
    /// Then deletes that make room for the inserts.
    room: Vec<Change>,
    /// After the inserts: keys that close a circle, updates that name new rows, other deletes.
    last: Vec<Change>,
    expected: Vec<Expected>,
    /// Rows of which some have gone, which a question is to tell.
    missed: Option<Missed>,
}

/// What a statement is to bring.
enum Expected {
    Nothing,
    /// Keys for these rows, in their order.
    Keys(Vec<usize>),
    /// Keys for these rows, each of a run of its own.
    Told(Vec<usize>),
    /// A changed row for each set of parameters.
    Rows {
        def: &'static ModelDef,
        keys: Vec<RowKey>,
        deleted: bool,
    },
    /// All of these rows changed or deleted.
    All(Sought),
    /// Which of these rows are there: some were not changed.
    There(Missed),
}

impl Writes {
    pub(super) fn plan(
        unit: Unit,
        related: Related,
        deletes: Deletes,
        capabilities: &Capabilities,
    ) -> Result<Writes> {
        let mut writes = Writes {
            capabilities: capabilities.clone(),
            rows: Vec::with_capacity(unit.entries.len() + related.linked.len()),
            inserts: Vec::with_capacity(unit.entries.len() + related.linked.len()),
            levels: VecDeque::new(),
            first: Vec::new(),
            room: Vec::new(),
            last: Vec::new(),
            expected: Vec::new(),
            missed: None,
        };
        let replaced = deletes.links.iter().filter(|links| links.replaced);
        let replaced = replaced.map(|links| links.rows.clone());
        let unlinked = related.unlinked.into_iter().chain(replaced);
        writes.first.extend(unlinked.map(|rows| Change::of(Kind::Unlink, rows)));
        let freed = related.freed.into_iter().chain(deletes.freed.iter().cloned());
        writes.first.extend(freed.map(|(set, rows)| Change::of(Kind::Free { set }, rows)));
        // Nothing refers to a row whose key is not known.
        writes.first.retain(|change| change.rows.key.is_resolved());
        writes.queue(unit);
        for Linked { def, values, .. } in related.linked {
            let may_exist = def.columns.iter().all(|c| c.references.is_some() || c.generated);
            writes.inserts.push(Insert { late: None, may_exist });
            writes.rows.push(Pending { def, values });
        }
        writes.follow_new_rows();
        writes.point_at_themselves();
        let Levels { levels, later } = levels(&mut writes.rows)?;
        writes.levels = levels.into();
        for (row, column, value) in later {
            writes.write_later(row, column, value);
        }
        writes.delete(&deletes);
        Ok(writes)
    }

    fn queue(&mut self, unit: Unit) {
        for entry in unit.entries {
            match entry.op {
                Op::Insert { values, late } => {
                    self.rows.push(Pending { def: entry.def, values });
                    self.inserts.push(Insert { late, may_exist: false });
                }
                Op::Update { mut changes, in_place_of_deleted } => {
                    let rows = by_key(entry.def, &entry.key);
                    if in_place_of_deleted {
                        self.reset(&rows, &mut changes);
                    }
                    if changes.is_empty() {
                        // A row of nothing but its key, put in the place of a deleted one.
                        continue;
                    }
                    changes.sort_by_key(|(column, _)| *column);
                    let ready = changes.iter().all(|(_, value)| value.is_resolved());
                    let change = Change { kind: Kind::Update, rows, new: changes };
                    if ready { &mut self.first } else { &mut self.last }.push(change);
                }
                Op::Delete { .. } | Op::Gone => {}
            }
        }
    }

    /// A new row in the place of a deleted one leaves to the database what an INSERT of it would.
    fn reset(&mut self, rows: &Match, changes: &mut Vec<(usize, Value)>) {
        let unsaid = |(at, value): &(usize, Value)| rows.def.columns[*at].is_unsaid(value);
        let set: Vec<usize> = changes.iter().filter(|change| unsaid(change)).map(|c| c.0).collect();
        if !set.is_empty() {
            changes.retain(|change| !unsaid(change));
            self.first.push(Change::of(Kind::Reset { set }, rows.clone()));
        }
    }

    /// Updates that name new rows come after these, where their keys are known before the insert too.
    fn follow_new_rows(&mut self) {
        if self.rows.is_empty() {
            return;
        }
        let names = |change: &Change| {
            let Change { rows, new, .. } = change;
            let set = new.iter().filter(|(_, value)| !value.is_null());
            set.filter_map(|(at, value)| named_by(rows.def, *at, value)).collect::<Vec<_>>()
        };
        let wanted: HashSet<Name> = self.first.iter().flat_map(names).collect();
        if wanted.is_empty() {
            return;
        }
        let new = self.rows.iter().flat_map(own_names);
        let new: HashSet<Name> = new.filter(|name| wanted.contains(name)).collect();
        let first = std::mem::take(&mut self.first).into_iter();
        let (later, first): (Vec<_>, Vec<_>) =
            first.partition(|change| names(change).iter().any(|name| new.contains(name)));
        self.first = first;
        self.last.extend(later);
    }

    /// A new row that refers to itself gets that key once its own is known.
    fn point_at_themselves(&mut self) {
        for row in 0..self.rows.len() {
            let Some(late) = self.inserts[row].late.clone() else { continue };
            let def = self.rows[row].def;
            for (column, described) in def.columns.iter().enumerate() {
                let own = match &self.rows[row].values[column] {
                    Value::Late(other) => Arc::ptr_eq(other, &late),
                    _ => false,
                };
                if own && described.nullable && late.key().is_none() {
                    Arc::make_mut(&mut self.rows[row].values)[column] = Value::Null;
                    self.write_later(row, column, Value::Late(late.clone()));
                }
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.first.is_empty()
            && self.room.is_empty()
            && self.levels.is_empty()
            && self.last.is_empty()
            && self.missed.is_none()
    }

    /// Whether the answer to the last batch cannot show a fault that the database does not.
    pub(super) fn is_certain(&self) -> bool {
        let wide = |row: &usize| is_wide(self.rows[*row].def);
        self.expected.iter().all(|expected| match expected {
            Expected::Nothing => true,
            Expected::Keys(rows) => {
                let made = rows.iter().find(|row| self.key_is_made(**row));
                made.is_none_or(|row| rows.len() == 1 && wide(row))
            }
            Expected::Told(rows) => self.capabilities.in_process && rows.iter().all(wide),
            Expected::Rows { .. } | Expected::All(_) | Expected::There(_) => false,
        })
    }

    /// The next batch.
    pub(super) fn next(&mut self) -> Result<Option<Vec<Statement>>> {
        if self.is_empty() {
            return Ok(None);
        }
        self.expected.clear();
        if let Some(missed) = self.missed.take() {
            let statement = missed.question(self.capabilities.dialect, true)?;
            self.expected.push(Expected::There(missed));
            return Ok(Some(vec![statement]));
        }
        let mut statements = Vec::new();
        let first = std::mem::take(&mut self.first);
        self.changes(first, &mut statements)?;
        let room = std::mem::take(&mut self.room);
        self.changes(room, &mut statements)?;
        while let Some(level) = self.levels.front() {
            let ready = level.iter().all(|row| self.is_ready(*row));
            if !ready && !statements.is_empty() {
                return Ok(Some(statements));
            }
            if let Some(level) = self.levels.pop_front() {
                self.insert(level, &mut statements)?;
            }
        }
        let ready = |change: &Change| {
            change.rows.key.is_resolved() && change.new.iter().all(|(_, value)| value.is_resolved())
        };
        if self.last.iter().all(ready) || statements.is_empty() {
            let last = std::mem::take(&mut self.last);
            self.changes(last, &mut statements)?;
        }
        Ok(Some(statements))
    }

    /// Takes what the last batch brought.
    pub(super) fn apply(&mut self, done: &mut [Done], scope: &Scope) -> Result<()> {
        for (expected, done) in std::mem::take(&mut self.expected).into_iter().zip(done) {
            match expected {
                Expected::Nothing => {}
                Expected::Keys(rows) => {
                    let made = match done.rows {
                        Some(_) => {
                            let keys = done.take::<ValueRows>()?.rows;
                            in_order(keys, rows.len(), self.step(&rows))?
                        }
                        None => Vec::new(),
                    };
                    self.bind(&rows, &made, scope)?;
                }
                Expected::Told(rows) => {
                    let made = one_by_one(&done.inserted, rows.len())?;
                    self.bind(&rows, &made, scope)?;
                }
                Expected::Rows { def, keys, deleted } => {
                    if let Some(gone) = done.affected.iter().position(|count| *count == 0) {
                        return Err(stale(def, &keys[gone], deleted));
                    }
                }
                Expected::All(rows) => {
                    let found = usize::try_from(done.affected.iter().sum::<u64>());
                    let gone = rows.keys.len().saturating_sub(found.unwrap_or(usize::MAX));
                    if gone > 0 {
                        let missed = self.missed.insert(Missed::new(rows, gone));
                        if missed.are_deleted() {
                            return Err(missed.error());
                        }
                    }
                }
                Expected::There(missed) => return Err(missed.named(done)?),
            }
        }
        Ok(())
    }

    /// What was to be deleted and was not there.
    pub(super) fn missed(&mut self) -> Option<Missed> {
        self.missed.take().filter(Missed::are_deleted)
    }

    /// From the key of one of these rows to that of the next.
    fn step(&self, rows: &[usize]) -> i64 {
        let first = rows.first().map(|row| self.rows[*row].def);
        first.map_or(1, |def| sql::types::key_step(def, self.capabilities.dialect))
    }

    /// Tells the new rows their keys.
    fn bind(&self, rows: &[usize], made: &[Value], scope: &Scope) -> Result<()> {
        for (at, row) in rows.iter().enumerate() {
            let Some(late) = &self.inserts[*row].late else { continue };
            let def = self.rows[*row].def;
            match made.get(at).or(late.key().as_ref()) {
                Some(key) if fits(def, key) => late.bind(key.clone(), scope),
                Some(_) => {
                    let message = format!(
                        "the database made a key for `{}` that its type cannot hold; use a wider key",
                        def.name
                    );
                    return Err(Error::new(ErrorKind::OutOfRange, message).with_table(def.table));
                }
                None => {}
            }
        }
        Ok(())
    }
}

/// Whether every key that the database makes fits the column.
fn is_wide(def: &ModelDef) -> bool {
    def.columns[def.primary_key[0]].ty == SqlType::Integer(64)
}

fn bound(def: &ModelDef, column: usize, value: &Value) -> Result<Value> {
    value.resolved().ok_or_else(|| {
        let column = &def.columns[column];
        let target = column.references.map_or(def.name, |to| to.name);
        let message = format!(
            "`{}.{}` names a row of `{target}` that is not saved; add that row to the session too, and not a clone of it, which is another row",
            def.name, column.field
        );
        Error::new(ErrorKind::UnboundId, message).with_table(def.table).with_columns([column.name])
    })
}
