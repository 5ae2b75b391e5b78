//! Changes and deletes as statements, which run once for each row.

use super::{Expected, Writes, bound};
use crate::{
    connection::{Params, Statement},
    error::Result,
    key::RowKey,
    schema::ModelDef,
    sql,
    unit::{
        delete::{Deletes, Doomed},
        depend::Match,
        order::{Pending, depths},
        picture,
        queue::Tables,
    },
    value::Value,
};
use foldhash::{HashSet, HashSetExt as _};
use std::sync::Arc;

/// Rows to be changed or deleted by some of their columns.
pub(super) struct Change {
    pub(super) kind: Kind,
    pub(super) rows: Match,
    /// For an update, the new values.
    pub(super) values: Vec<Value>,
}

#[derive(Clone, PartialEq)]
pub(super) enum Kind {
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

impl Writes {
    pub(super) fn write_later(&mut self, row: usize, column: usize, value: Value) {
        let Pending { def, values } = &self.rows[row];
        let rows = by_key(def, &picture::key_in(def, values));
        self.last.push(Change {
            kind: Kind::Update { set: vec![column] },
            rows,
            values: vec![value],
        });
    }

    pub(super) fn delete(&mut self, deletes: &Deletes) {
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

    /// Adds changes and deletes: those of one form follow each other as one statement.
    pub(super) fn changes(
        &mut self,
        changes: Vec<Change>,
        statements: &mut Vec<Statement>,
    ) -> Result<()> {
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
        for group in groups {
            match self.together(&group) {
                Some(all) => {
                    self.expected.extend(all.iter().map(|_| Expected::Nothing));
                    statements.extend(all);
                }
                None => statements.push(self.change(group)?),
            }
        }
        Ok(())
    }

    /// Link rows to be deleted as few statements with many keys each, where statements travel and the
    /// database takes such lists. Nobody asks which of them were there.
    fn together(&self, group: &[Change]) -> Option<Vec<Statement>> {
        let Change { kind, rows: Match { def, columns, .. }, .. } = group.first()?;
        if *kind != Kind::Unlink || group.len() == 1 || self.capabilities.in_process {
            return None;
        }
        let keys: Vec<RowKey> =
            group.iter().map(|change| RowKey::of(change.rows.values.iter().cloned())).collect();
        let piece = (self.capabilities.bind_limit / columns.len().max(1)).max(1);
        let delete = |keys| {
            let rendered = sql::delete_by(self.capabilities.dialect, def, columns, keys).ok()?;
            let params = Params::once(rendered.params);
            let sql = rendered.sql.into();
            Some(Statement { sql, params, rows: None, table: Some(def.table), key: None })
        };
        keys.chunks(piece).map(delete).collect()
    }

    fn change(&mut self, group: Vec<Change>) -> Result<Statement> {
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
        for change in &group {
            let new = set.iter().zip(&change.values);
            for (column, value) in new.chain(columns.iter().zip(&*change.rows.values)) {
                values.push(bound(def, *column, value)?);
            }
        }
        let params = Params { width, sets: group.len(), values };
        self.expected.push(match expected {
            true => {
                let keys = group.into_iter().map(|change| change.rows.values).collect();
                Expected::Rows { def, keys }
            }
            false => Expected::Nothing,
        });
        Ok(Statement { sql: sql.into(), params, rows: None, table: Some(def.table), key: None })
    }
}

pub(super) fn by_key(def: &'static ModelDef, key: &RowKey) -> Match {
    let values = match key {
        RowKey::Many(values) => values.clone(),
        RowKey::One(value) => Arc::new([value.clone()]),
    };
    Match { def, columns: def.primary_key.into(), values }
}
