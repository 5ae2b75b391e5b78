//! [`Writes`]: the statements of a flush, batch by batch. A batch ends where the next statement
//! needs a key that the database has yet to make.

use super::{
    delete::{Deletes, Doomed},
    depend::{Match, Related},
    made::{fits, in_order, one_by_one},
    order::{Levels, Pending, depths, levels},
    queue::{Op, Tables, Unit},
    rows::ValueRows,
};
use crate::{
    connection::{Capabilities, Done, Params, Statement},
    error::{Error, ErrorKind, Result},
    key::{Late, RowKey},
    schema::ModelDef,
    scope::Scope,
    sql,
    value::{Show, SqlType, Value},
};
use std::{
    collections::{HashSet, VecDeque},
    sync::Arc,
};

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
}

/// What belongs to a row to be inserted, beside its values.
struct Insert {
    late: Option<Arc<Late>>,
    /// Whether the row may be there already: a link without data.
    may_exist: bool,
}

/// What the rows of one INSERT have in common.
#[derive(PartialEq)]
struct Form {
    /// Whether the database makes their keys.
    made: bool,
    may_exist: bool,
    /// Columns that are left to the database.
    unsaid: Vec<usize>,
}

impl Form {
    /// The columns that are written.
    fn columns(&self, def: &ModelDef) -> Vec<usize> {
        let left = |at: &usize| self.made && def.columns[*at].generated || self.unsaid.contains(at);
        (0..def.columns.len()).filter(|at| !left(at)).collect()
    }
}

/// Rows to be changed or deleted by some of their columns.
struct Change {
    kind: Kind,
    rows: Match,
    /// For an update, the new values.
    values: Vec<Value>,
}

#[derive(Clone, PartialEq)]
enum Kind {
    Update {
        set: Vec<usize>,
    },
    Free {
        set: Vec<usize>,
    },
    /// Link rows, whether they are there or not.
    Unlink,
    /// `expected`: it is an error where the row is not there.
    Delete {
        expected: bool,
    },
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
        keys: Vec<Vec<Value>>,
    },
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
            rows: Vec::new(),
            inserts: Vec::new(),
            levels: VecDeque::new(),
            first: Vec::new(),
            last: Vec::new(),
            expected: Vec::new(),
        };
        let unlinked = related.unlinked.into_iter().chain(deletes.by_owner.iter().cloned());
        writes.first.extend(unlinked.map(|rows| Change {
            kind: Kind::Unlink,
            rows,
            values: Vec::new(),
        }));
        let freed = related.freed.into_iter().chain(deletes.freed.iter().cloned());
        writes.first.extend(freed.map(|(set, rows)| Change {
            kind: Kind::Free { set },
            rows,
            values: Vec::new(),
        }));
        // Nothing refers to a row whose key is not known.
        writes
            .first
            .retain(|change| change.rows.values.iter().all(|value| value.resolved().is_some()));
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
                    let (set, values): (Vec<_>, Vec<_>) = changes.into_iter().unzip();
                    let ready = values.iter().all(|value| value.resolved().is_some());
                    let rows = by_key(entry.def, &entry.key);
                    let change = Change { kind: Kind::Update { set }, rows, values };
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
                let own = matches!(&self.rows[row].values[column], Value::Late(other) if Arc::ptr_eq(other, &late));
                if own && described.nullable && late.key().is_none() {
                    self.rows[row].values[column] = Value::Null;
                    self.write_later(row, column, Value::Late(late.clone()));
                }
            }
        }
    }

    fn write_later(&mut self, row: usize, column: usize, value: Value) {
        let Pending { def, values } = &self.rows[row];
        let rows = by_key(def, &super::picture::key_in(def, values));
        self.last.push(Change {
            kind: Kind::Update { set: vec![column] },
            rows,
            values: vec![value],
        });
    }

    fn delete(&mut self, deletes: &Deletes) {
        let mut tables = Tables::default();
        let mut defs: Vec<&'static ModelDef> = Vec::new();
        for row in &deletes.rows {
            if tables.number(row.def) == defs.len() {
                defs.push(row.def);
            }
        }
        let depths = depths(&defs);
        let place = |def: &ModelDef| defs.iter().position(|other| *other == def).unwrap_or(0);
        // Tables of one depth one after the other, not row by row.
        let rows = deletes.ordered(|def| depths[place(def)] * defs.len() + place(def));
        self.cut_circles(&rows);
        self.last.extend(rows.iter().map(|row| Change {
            kind: Kind::Delete { expected: row.expected },
            rows: by_key(row.def, &row.key),
            values: Vec::new(),
        }));
    }

    /// A row that refers to one deleted before it lets go of that one first, where its key may be
    /// NULL: rows of a table that refers to itself, or to another in a circle.
    fn cut_circles(&mut self, rows: &[&Doomed]) {
        let mut gone: HashSet<(&str, RowKey)> = HashSet::new();
        for row in rows {
            if self.capabilities.checks_each_row {
                // It would stand in its own way.
                gone.insert((row.def.identity, row.key.settled()));
            }
            for (at, column) in row.def.columns.iter().enumerate() {
                let Some(to) = column.references.filter(|_| column.nullable) else { continue };
                let dangling = match row.values.get(at) {
                    Some(value) => gone.contains(&(to.model, RowKey::One(value.clone()).settled())),
                    None => gone.iter().any(|(model, _)| *model == to.model),
                };
                if dangling {
                    self.last.push(Change {
                        kind: Kind::Free { set: vec![at] },
                        rows: by_key(row.def, &row.key),
                        values: Vec::new(),
                    });
                }
            }
            gone.insert((row.def.identity, row.key.settled()));
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.first.is_empty() && self.levels.is_empty() && self.last.is_empty()
    }

    /// Whether the answer to the last batch cannot show a fault that the database does not.
    pub(super) fn is_certain(&self) -> bool {
        self.expected.iter().all(|expected| match expected {
            Expected::Nothing => true,
            Expected::Keys(rows) => {
                let made = rows.iter().find(|row| self.key_is_made(**row));
                made.is_none_or(|row| rows.len() == 1 && is_wide(self.rows[*row].def))
            }
            Expected::Told(_) | Expected::Rows { .. } => false,
        })
    }

    /// The next batch.
    pub(super) fn next(&mut self) -> Result<Option<Vec<Statement>>> {
        if self.is_empty() {
            return Ok(None);
        }
        self.expected.clear();
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
            change.values.iter().chain(&change.rows.values).all(|value| value.resolved().is_some())
        };
        if self.last.iter().all(ready) || statements.is_empty() {
            let last = std::mem::take(&mut self.last);
            self.changes(last, &mut statements)?;
        }
        Ok(Some(statements))
    }

    /// Whether all values of a row but its own key are known.
    fn is_ready(&self, row: usize) -> bool {
        let Pending { def, values } = &self.rows[row];
        let own = &self.inserts[row].late;
        def.columns.iter().zip(values).all(|(column, value)| match value {
            Value::Late(late) if column.generated => own.is_some() || late.key().is_some(),
            value => value.resolved().is_some(),
        })
    }

    /// Adds the inserts of a level: one statement for each table and form of row, in pieces.
    fn insert(&mut self, level: Vec<usize>, statements: &mut Vec<Statement>) -> Result<()> {
        let mut groups: Vec<(&'static ModelDef, Form, Vec<usize>)> = Vec::new();
        for row in level {
            let (def, form) = (self.rows[row].def, self.form(row));
            match groups.iter_mut().rev().find(|(other, ..)| *other == def) {
                Some((_, other, rows)) if *other == form => rows.push(row),
                _ => groups.push((def, form, vec![row])),
            }
        }
        for (def, form, rows) in groups {
            let columns = form.columns(def);
            if form.made && !form.may_exist && !self.capabilities.returning {
                statements.push(self.insert_one_by_one(def, &columns, rows)?);
                continue;
            }
            let Capabilities { dialect, bind_limit, .. } = self.capabilities;
            let mut text: Option<(usize, Arc<str>)> = None;
            for rows in sql::pieces(dialect, &rows, columns.len(), bind_limit) {
                let sql = match &text {
                    Some((count, sql)) if *count == rows.len() => sql.clone(),
                    _ => self.insert_text(def, &columns, rows, &form),
                };
                text = Some((rows.len(), sql.clone()));
                statements.push(self.insert_rows(def, &columns, rows, form.made, sql)?);
            }
        }
        Ok(())
    }

    fn form(&self, row: usize) -> Form {
        let Pending { def, values } = &self.rows[row];
        let columns = def.columns.iter().zip(values).enumerate();
        let unsaid = columns.filter(|(_, (column, value))| column.is_unsaid(value));
        Form {
            made: self.key_is_made(row),
            may_exist: self.inserts[row].may_exist,
            unsaid: unsaid.map(|(at, _)| at).collect(),
        }
    }

    /// Whether the database makes the key of a row.
    fn key_is_made(&self, row: usize) -> bool {
        let Pending { def, values } = &self.rows[row];
        def.columns.iter().zip(values).any(|(column, value)| {
            column.generated && (value.is_null() || value.resolved().is_none())
        })
    }

    fn insert_text(
        &self,
        def: &'static ModelDef,
        columns: &[usize],
        rows: &[usize],
        form: &Form,
    ) -> Arc<str> {
        let returns = form.made && !form.may_exist;
        let returning: &[usize] = if returns { def.primary_key } else { &[] };
        let dialect = self.capabilities.dialect;
        sql::insert(dialect, def, columns, rows.len(), returning, form.may_exist).into()
    }

    /// The rows as one statement of one row, which runs for each: where an INSERT cannot return
    /// keys, the database tells that of its one row, and no key is guessed from a position.
    fn insert_one_by_one(
        &mut self,
        def: &'static ModelDef,
        columns: &[usize],
        rows: Vec<usize>,
    ) -> Result<Statement> {
        let sql = sql::insert(self.capabilities.dialect, def, columns, 1, &[], false).into();
        let (width, sets) = (columns.len(), rows.len());
        let values = self.values_of(def, columns, &rows)?;
        self.expected.push(Expected::Told(rows));
        let params = Params { width, sets, values };
        Ok(Statement { sql, params, rows: None, table: Some(def.table) })
    }

    fn values_of(
        &self,
        def: &'static ModelDef,
        columns: &[usize],
        rows: &[usize],
    ) -> Result<Vec<Value>> {
        let mut values = Vec::with_capacity(columns.len() * rows.len());
        for row in rows {
            for column in columns {
                values.push(bound(def, *column, &self.rows[*row].values[*column])?);
            }
        }
        Ok(values)
    }

    fn insert_rows(
        &mut self,
        def: &'static ModelDef,
        columns: &[usize],
        rows: &[usize],
        made: bool,
        sql: Arc<str>,
    ) -> Result<Statement> {
        let values = self.values_of(def, columns, rows)?;
        let gives_keys = made && rows.iter().any(|row| !self.inserts[*row].may_exist);
        let collect = gives_keys.then(|| Box::new(ValueRows::new(def, def.primary_key)) as _);
        self.expected.push(Expected::Keys(rows.to_vec()));
        Ok(Statement { sql, params: Params::once(values), rows: collect, table: Some(def.table) })
    }

    /// Adds changes and deletes: those of one form follow each other as one statement.
    fn changes(&mut self, changes: Vec<Change>, statements: &mut Vec<Statement>) -> Result<()> {
        let mut groups: Vec<Vec<Change>> = Vec::new();
        for change in changes {
            let same = |other: &Change| {
                other.kind == change.kind
                    && other.rows.def == change.rows.def
                    && other.rows.columns == change.rows.columns
            };
            // The order of deletes between tables counts, so only neighbours are one statement.
            let within = match change.kind {
                Kind::Delete { .. } => groups.len().saturating_sub(1),
                _ => 0,
            };
            match groups[within..].iter_mut().find(|group| group.first().is_some_and(same)) {
                Some(group) => group.push(change),
                None => groups.push(vec![change]),
            }
        }
        groups.into_iter().try_for_each(|group| {
            statements.push(self.change(&group)?);
            Ok(())
        })
    }

    fn change(&mut self, group: &[Change]) -> Result<Statement> {
        let Change { kind, rows: Match { def, columns, .. }, .. } = &group[0];
        let (def, dialect) = (*def, self.capabilities.dialect);
        let (sql, set, expected): (_, &[usize], _) = match kind {
            Kind::Update { set } => (sql::update(dialect, def, set, columns), set, true),
            Kind::Free { set } => (sql::set_null(dialect, def, set, columns), &[], false),
            Kind::Unlink => (sql::delete(dialect, def, columns), &[], false),
            Kind::Delete { expected } => (sql::delete(dialect, def, columns), &[], *expected),
        };
        let width = set.len() + columns.len();
        let mut values = Vec::with_capacity(width * group.len());
        for change in group {
            let bind = |(column, value): (&usize, &Value)| bound(def, *column, value);
            for value in
                set.iter().zip(&change.values).chain(columns.iter().zip(&change.rows.values))
            {
                values.push(bind(value)?);
            }
        }
        self.expected.push(if expected {
            Expected::Rows { def, keys: group.iter().map(|c| c.rows.values.clone()).collect() }
        } else {
            Expected::Nothing
        });
        let params = Params { width, sets: group.len(), values };
        Ok(Statement { sql: sql.into(), params, rows: None, table: Some(def.table) })
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
            }
        }
        Ok(())
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

fn by_key(def: &'static ModelDef, key: &RowKey) -> Match {
    Match { def, columns: def.primary_key.to_vec(), values: key.values().to_vec() }
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

fn stale(def: &ModelDef, key: &[Value]) -> Error {
    let message = format!(
        "the `{}` with key {:?} has gone since it was read; `refresh` it or roll back",
        def.name,
        Show(key)
    );
    Error::new(ErrorKind::Stale, message).with_table(def.table)
}
