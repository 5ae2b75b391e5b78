//! [`Writes`]: the statements of a flush, batch by batch. A batch ends where the next statement
//! needs a key that the database has yet to make.

mod changes;
mod inserts;

use super::{
    delete::Deletes,
    depend::Related,
    made::{fits, in_order, one_by_one},
    order::{Levels, Pending, levels},
    queue::{Op, Unit},
    rows::{ValueRows, lock_by},
};
use crate::{
    connection::{Capabilities, Done, Statement},
    error::{Error, ErrorKind, Result},
    key::RowKey,
    schema::ModelDef,
    scope::Scope,
    sql,
    value::{Show, SqlType, Value},
};
use changes::{Change, Kind, by_key};
use foldhash::HashSet;
use inserts::Insert;
use std::{borrow::Cow, collections::VecDeque, sync::Arc};

/// What is left to be written.
pub(super) struct Writes {
    capabilities: Capabilities,
    rows: Vec<Pending>,
    inserts: Vec<Insert>,
    levels: VecDeque<Vec<usize>>,
    /// Before the inserts: link rows to be deleted, children to be set free, and updates.
    first: Vec<Change>,
    /// After the inserts: keys that close a circle, updates that name new rows, deletes.
    last: Vec<Change>,
    expected: Vec<Expected>,
    /// Rows of which some have gone, which a question is to tell.
    missed: Vec<Sought>,
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
    },
    /// All of these rows changed or deleted.
    All {
        rows: Sought,
        deleted: bool,
    },
    /// Which of these rows are there: some were not changed.
    There(Sought),
}

/// Rows of a list, by these columns.
struct Sought {
    def: &'static ModelDef,
    columns: Cow<'static, [usize]>,
    keys: Vec<RowKey>,
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
            last: Vec::new(),
            expected: Vec::new(),
            missed: Vec::new(),
        };
        let unlinked = related.unlinked.into_iter().chain(deletes.by_owner.iter().cloned());
        writes.first.extend(unlinked.map(|rows| Change::of(Kind::Unlink, rows)));
        let freed = related.freed.into_iter().chain(deletes.freed.iter().cloned());
        writes.first.extend(freed.map(|(set, rows)| Change::of(Kind::Free { set }, rows)));
        // Nothing refers to a row whose key is not known.
        writes.first.retain(|change| change.rows.key.values().iter().all(Value::is_resolved));
        writes.queue(unit);
        for (def, values) in related.linked {
            let may_exist = def.columns.iter().all(|c| c.references.is_some() || c.generated);
            writes.inserts.push(Insert { late: None, may_exist });
            writes.rows.push(Pending { def, values });
        }
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
                // A row of nothing but its key, put in the place of a deleted one.
                Op::Update { changes, .. } if changes.is_empty() => {}
                Op::Update { mut changes, .. } => {
                    changes.sort_by_key(|(column, _)| *column);
                    let ready = changes.iter().all(|(_, value)| value.is_resolved());
                    let rows = by_key(entry.def, &entry.key);
                    let change = Change { kind: Kind::Update, rows, new: changes };
                    if ready { &mut self.first } else { &mut self.last }.push(change);
                }
                Op::Delete { .. } | Op::Gone => {}
            }
        }
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
            && self.levels.is_empty()
            && self.last.is_empty()
            && self.missed.is_empty()
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
            Expected::Rows { .. } | Expected::All { .. } | Expected::There(_) => false,
        })
    }

    /// The next batch.
    pub(super) fn next(&mut self) -> Result<Option<Vec<Statement>>> {
        if self.is_empty() {
            return Ok(None);
        }
        self.expected.clear();
        if !self.missed.is_empty() {
            return self.ask_for_missed().map(Some);
        }
        let mut statements = Vec::new();
        let first = std::mem::take(&mut self.first);
        self.changes(first, &mut statements)?;
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
            let new = change.new.iter().map(|(_, value)| value);
            new.chain(change.rows.key.values()).all(Value::is_resolved)
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
                Expected::Rows { def, keys } => {
                    if let Some(gone) = done.affected.iter().position(|count| *count == 0) {
                        return Err(stale(def, &keys[gone]));
                    }
                }
                Expected::All { rows, deleted } => {
                    let found = usize::try_from(done.affected.iter().sum::<u64>());
                    match rows.keys.len().saturating_sub(found.unwrap_or(usize::MAX)) {
                        0 => {}
                        // They are no longer there to be told from the others.
                        gone if deleted => return Err(rows.gone(gone)),
                        _ => self.missed.push(rows),
                    }
                }
                Expected::There(rows) => return Err(rows.missing(&done.take::<ValueRows>()?.rows)),
            }
        }
        Ok(())
    }

    /// Asks which of the rows are there. The count of what was written tells only that some are not.
    fn ask_for_missed(&mut self) -> Result<Vec<Statement>> {
        let dialect = self.capabilities.dialect;
        let mut statements = Vec::new();
        for Sought { def, columns, keys } in std::mem::take(&mut self.missed) {
            statements.push(lock_by(dialect, def, &columns, &keys)?);
            self.expected.push(Expected::There(Sought { def, columns, keys }));
        }
        Ok(statements)
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

impl Sought {
    /// The error of so many rows that were to be deleted and were not there.
    fn gone(&self, gone: usize) -> Error {
        let (def, all) = (self.def, self.keys.len());
        if let (true, Some(key)) = (gone == all, self.keys.first()) {
            return stale(def, key);
        }
        let message = format!(
            "{gone} of {all} rows of `{}` that are to be deleted have gone since they were read; roll back and read them again",
            def.name
        );
        Error::new(ErrorKind::Stale, message).with_table(def.table)
    }

    /// The error of rows that were not written, though the database has these.
    fn missing(&self, found: &[Vec<Value>]) -> Error {
        let found: HashSet<RowKey> =
            found.iter().map(|values| RowKey::of(values.iter().cloned())).collect();
        if let Some(gone) = self.keys.iter().find(|key| !found.contains(&key.settled())) {
            return stale(self.def, gone);
        }
        let message = format!(
            "rows of `{}` were left as they are, though they are there; see whether a trigger or a policy of the database keeps them",
            self.def.name
        );
        Error::new(ErrorKind::Stale, message).with_table(self.def.table)
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
            "`{}.{}` names a `{target}` that is not saved; add that row to the session too",
            def.name, column.field
        );
        Error::new(ErrorKind::UnboundId, message).with_table(def.table).with_columns([column.name])
    })
}

fn stale(def: &ModelDef, key: &RowKey) -> Error {
    let message = format!(
        "the `{}` with key {:?} has gone since it was read; `refresh` it or roll back",
        def.name,
        Show(key.values())
    );
    Error::new(ErrorKind::Stale, message).with_table(def.table)
}
