//! What is queued against what is added: rows that are deleted and named all the same, and two values of one
//! row that say different things.

use super::queue::Unit;
use crate::{
    error::{Error, ErrorKind, Result},
    key::RowKey,
    schema::{ForeignKey, ModelDef, foreign_keys},
    value::Value,
};

/// A row that is deleted, or may be in the end, and was named all the same.
pub(super) struct Named {
    row: &'static ModelDef,
    key: RowKey,
    by: By,
}

/// What named it.
enum By {
    /// A list, by its place among the relations of a model.
    List(&'static ModelDef, usize),
    /// A foreign key, by its place among the columns of a model.
    Column(&'static ModelDef, usize),
    /// It was added itself.
    Itself,
}

impl Unit {
    /// A row is added to a list. One that is deleted may be replaced by a new one yet, so this is looked at
    /// when all is queued.
    pub(super) fn names_row(&mut self, def: &'static ModelDef, relation: usize, row: &RowKey) {
        let target = (def.relations[relation].resolved)().target;
        if self.may_go(target, row) {
            self.named.push(Named { row: target, key: row.clone(), by: By::List(def, relation) });
        }
    }

    /// The same of the foreign keys of a row in which a column is `said`.
    pub(super) fn names_rows(
        &mut self,
        def: &'static ModelDef,
        values: &[Value],
        said: impl Fn(usize) -> bool,
    ) {
        let refers = |at: usize| def.columns[at].references.is_some() && said(at);
        let quiet = !self.deletes && self.leaving.is_empty();
        if quiet || !(0..def.columns.len()).any(refers) {
            return;
        }
        let is_said = |key: &ForeignKey| key.iter().any(|(at, _)| said(*at));
        for key in foreign_keys(def).into_iter().filter(is_said) {
            let (first, to) = key[0];
            let Some(row) = self.entries.model(to.model) else { continue };
            let Some(key) = named_key(row, &key, values) else { continue };
            if self.may_go(row, &key) {
                self.named.push(Named { row, key, by: By::Column(def, first) });
            }
        }
    }

    /// The same of a row that is queued and is added once more.
    pub(super) fn names_itself(&mut self, row: &'static ModelDef, key: impl Fn() -> RowKey) {
        if !self.leaving.is_empty() || !self.going.is_empty() {
            self.named.push(Named { row, key: key(), by: By::Itself });
        }
    }

    /// A row is deleted, whatever was said of it before.
    pub(super) fn forget_itself(&mut self, row: &'static ModelDef, key: &RowKey) {
        let is_it = |named: &Named| *named.row == *row && named.key.settled() == key.settled();
        self.named.retain(|named| !matches!(named.by, By::Itself) || !is_it(named));
    }

    fn may_go(&mut self, def: &'static ModelDef, key: &RowKey) -> bool {
        !self.leaving.is_empty() && self.leaving.contains(&(def.identity, key.settled()))
            || self.has_deleted(def, key)
    }

    /// Whether rows that were named are deleted.
    ///
    /// # Errors
    /// `Deleted`: one is.
    pub(super) fn check_named(&mut self) -> Result<()> {
        let named = std::mem::take(&mut self.named);
        match named.iter().find(|named| self.has_deleted(named.row, &named.key)) {
            Some(named) => Err(named.error()),
            None => {
                self.named = named;
                Ok(())
            }
        }
    }

    /// Leaves out what is queued for the columns of a row already.
    pub(super) fn leave_queued(
        &mut self,
        def: &'static ModelDef,
        key: &RowKey,
        changes: &mut Vec<(usize, Value)>,
    ) {
        if let Some(entry) = self.entry(def, key) {
            changes.retain(|(at, _)| entry.op.value(*at).is_none());
        }
    }

    /// Whether what a row that came along in a relation changed can go with what is queued for it. Foreign keys
    /// follow the lists, which are compared by the flush.
    ///
    /// # Errors
    /// `Conflict` where another value of the row changed a column to something else.
    pub(super) fn agree(
        &mut self,
        def: &'static ModelDef,
        key: &RowKey,
        changes: &[(usize, Value)],
        before: &[Value],
    ) -> Result<()> {
        let Some(entry) = self.entry(def, key) else { return Ok(()) };
        for (at, now) in changes.iter().filter(|(at, _)| def.columns[*at].references.is_none()) {
            let queued = entry.op.value(*at);
            if queued.is_some_and(|queued| queued != now && *queued != before[*at]) {
                return Err(differ(def, *at));
            }
        }
        Ok(())
    }
}

impl Named {
    fn error(&self) -> Error {
        match self.by {
            By::List(def, relation) => {
                let what = format!("`{}.{}` is given", def.name, def.relations[relation].name);
                leads_to_deleted(def, &what, self.row)
            }
            By::Column(def, at) => names_deleted(def, at, self.row),
            By::Itself => deleted(self.row),
        }
    }
}

/// The primary key that a foreign key says; `None` where it says none, or refers to another column.
fn named_key(row: &ModelDef, key: &ForeignKey, values: &[Value]) -> Option<RowKey> {
    let value = |part: &usize| {
        let (at, _) = key.iter().find(|(_, to)| to.column == row.columns[*part].name)?;
        values.get(*at).filter(|value| !value.is_null()).cloned()
    };
    let values: Option<Vec<Value>> = row.primary_key.iter().map(value).collect();
    Some(RowKey::of(values?.into_iter()))
}

/// A foreign key names a row that was deleted before.
pub(super) fn names_deleted(def: &ModelDef, column: usize, row: &ModelDef) -> Error {
    leads_to_deleted(def, &format!("`{}.{}` names", def.name, def.columns[column].field), row)
}

fn leads_to_deleted(def: &ModelDef, what: &str, row: &ModelDef) -> Error {
    let row = row.name;
    let message = format!("{what} a `{row}` that was deleted; leave it out, or do not delete it");
    Error::new(ErrorKind::Deleted, message).with_table(def.table)
}

pub(super) fn deleted(def: &ModelDef) -> Error {
    let message = format!(
        "this `{}` was deleted; to insert it again, add a plain value with a new id",
        def.name
    );
    Error::new(ErrorKind::Deleted, message).with_table(def.table)
}

fn differ(def: &ModelDef, column: usize) -> Error {
    let column = &def.columns[column];
    let message = format!(
        "two values of one `{0}` have different changes of `{0}.{1}`, and one of them came along in a relation; add a row before it is given to another, and change it after that",
        def.name, column.field
    );
    Error::new(ErrorKind::Conflict, message).with_table(def.table).with_columns([column.field])
}
