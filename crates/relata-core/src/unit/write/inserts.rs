//! New rows as statements: one for each table and form of row.

use super::{Expected, Writes, bound};
use crate::{
    connection::{Capabilities, Params, Statement},
    error::Result,
    key::Late,
    schema::ModelDef,
    sql::{self, Listed, light},
    unit::{order::Pending, rows::ValueRows},
    value::Value,
};
use std::sync::Arc;

/// What belongs to a row to be inserted, beside its values.
pub(super) struct Insert {
    pub(super) late: Option<Arc<Late>>,
    /// Whether the row may be there already: a link without data.
    pub(super) may_exist: bool,
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
    /// The columns that are returned.
    fn returning(&self, def: &ModelDef) -> &'static [usize] {
        if self.made && !self.may_exist { def.primary_key } else { &[] }
    }

    /// The columns that are written.
    fn columns(&self, def: &ModelDef) -> Vec<usize> {
        let left = |at: &usize| self.made && def.columns[*at].generated || self.unsaid.contains(at);
        (0..def.columns.len()).filter(|at| !left(at)).collect()
    }
}

impl Writes {
    /// Whether all values of a row but its own key are known.
    pub(super) fn is_ready(&self, row: usize) -> bool {
        let Pending { def, values } = &self.rows[row];
        let own = &self.inserts[row].late;
        def.columns.iter().zip(values.iter()).all(|(column, value)| match value {
            Value::Late(late) if column.generated => own.is_some() || late.key().is_some(),
            value => value.is_resolved(),
        })
    }

    /// Adds the inserts of a level: one statement for each table and form of row, in pieces.
    pub(super) fn insert(
        &mut self,
        level: Vec<usize>,
        statements: &mut Vec<Statement>,
    ) -> Result<()> {
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
            let Capabilities { dialect, bind_limit, returning, in_process, .. } = self.capabilities;
            if in_process || form.made && !form.may_exist && !returning {
                statements.push(self.insert_one_by_one(def, &columns, rows, &form)?);
                continue;
            }
            if rows.len() > 1 && self.insert_listed(def, &columns, &rows, &form, statements)? {
                continue;
            }
            let mut text: Option<(usize, Arc<str>)> = None;
            for rows in sql::pieces(dialect, &rows, columns.len(), bind_limit) {
                let sql = match &text {
                    Some((count, sql)) if *count == rows.len() => sql.clone(),
                    _ => self.insert_text(def, &columns, rows, &form),
                };
                text = Some((rows.len(), sql.clone()));
                let params = Params::once(self.values_of(def, &columns, rows)?);
                statements.push(self.insert_rows(def, rows, &form, sql, params));
            }
        }
        Ok(())
    }

    fn form(&self, row: usize) -> Form {
        let Pending { def, values } = &self.rows[row];
        let columns = def.columns.iter().zip(values.iter()).enumerate();
        let unsaid = columns.filter(|(_, (column, value))| column.is_unsaid(value));
        Form {
            made: self.key_is_made(row),
            may_exist: self.inserts[row].may_exist,
            unsaid: unsaid.map(|(at, _)| at).collect(),
        }
    }

    /// Whether the database makes the key of a row.
    pub(super) fn key_is_made(&self, row: usize) -> bool {
        let Pending { def, values } = &self.rows[row];
        def.columns
            .iter()
            .zip(values.iter())
            .any(|(column, value)| column.generated && (value.is_null() || !value.is_resolved()))
    }

    fn insert_text(
        &self,
        def: &'static ModelDef,
        columns: &[usize],
        rows: &[usize],
        form: &Form,
    ) -> Arc<str> {
        let (dialect, returning) = (self.capabilities.dialect, form.returning(def));
        sql::insert(dialect, def, columns, rows.len(), returning, form.may_exist).into()
    }

    /// The rows as one statement of one row, which runs for each: where no statement has to travel
    /// that is the quickest, and where an INSERT cannot return keys, the database tells that of its one
    /// row, and no key is guessed from a position.
    fn insert_one_by_one(
        &mut self,
        def: &'static ModelDef,
        columns: &[usize],
        rows: Vec<usize>,
        form: &Form,
    ) -> Result<Statement> {
        let dialect = self.capabilities.dialect;
        let sql = sql::insert(dialect, def, columns, 1, &[], form.may_exist).into();
        let values = self.values_of(def, columns, &rows)?;
        let params = Params { width: columns.len(), sets: rows.len(), values };
        let told = form.made && !form.may_exist;
        let key = told.then(|| def.columns[def.primary_key[0]].name);
        self.expected.push(if told { Expected::Told(rows) } else { Expected::Keys(rows) });
        Ok(Statement { sql, params, rows: None, table: Some(def.table), key })
    }

    /// Adds statements that are given the rows as lists, where the database takes them; whether it does.
    fn insert_listed(
        &mut self,
        def: &'static ModelDef,
        columns: &[usize],
        rows: &[usize],
        form: &Form,
        statements: &mut Vec<Statement>,
    ) -> Result<bool> {
        let Capabilities { dialect, insert_lists, .. } = self.capabilities;
        if !insert_lists || columns.is_empty() {
            return Ok(false);
        }
        let (returning, ignore_conflict) = (form.returning(def), form.may_exist);
        let what = Listed::Insert { columns, returning, ignore_conflict };
        let values = self.values_of(def, columns, rows)?;
        let Some(pieces) = light(&values, columns.len()) else { return Ok(false) };
        let listed = |piece: &&[Value]| sql::listed(dialect, def, what, &[], piece);
        let Some(texts) = pieces.iter().map(listed).collect::<Option<Vec<_>>>() else {
            return Ok(false);
        };
        let mut rest = rows;
        for (rendered, piece) in texts.into_iter().zip(pieces) {
            let (own, after) = rest.split_at(piece.len() / columns.len());
            rest = after;
            let params = Params::once(rendered.params);
            statements.push(self.insert_rows(def, own, form, rendered.sql.into(), params));
        }
        Ok(true)
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
        rows: &[usize],
        form: &Form,
        sql: Arc<str>,
        params: Params,
    ) -> Statement {
        let keys = form.returning(def);
        let collect = (!keys.is_empty()).then(|| Box::new(ValueRows::new(def, keys)) as _);
        self.expected.push(Expected::Keys(rows.to_vec()));
        Statement { sql, params, rows: collect, table: Some(def.table), key: None }
    }
}
