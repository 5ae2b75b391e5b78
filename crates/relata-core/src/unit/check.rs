//! What is queued against what is added: rows that are deleted and named all the same, and two values of one
//! row that say different things.

use super::queue::{Op, Unit};
use crate::{
    error::{Error, ErrorKind, Result},
    key::RowKey,
    schema::ModelDef,
    value::Value,
};

impl Unit {
    /// A row is added to a list. One that is deleted may be replaced by a new one yet, so this is looked at
    /// when all is queued.
    pub(super) fn names_row(&mut self, def: &'static ModelDef, relation: usize, row: &RowKey) {
        if !self.deletes {
            return;
        }
        let described = &def.relations[relation];
        let target = (described.resolved)().target;
        if self.has_deleted(target, row) {
            let what = format!("`{}.{}` is given", def.name, described.name);
            self.named.push((target, row.clone(), names_deleted(def, &what, target.name)));
        }
    }

    /// The same of the foreign keys among columns that say something new.
    pub(super) fn names_rows<'v>(
        &mut self,
        def: &'static ModelDef,
        values: impl Iterator<Item = (usize, &'v Value)>,
    ) {
        if !self.deletes {
            return;
        }
        for (at, value) in values.filter(|(_, value)| !value.is_null()) {
            let column = &def.columns[at];
            let Some(to) = column.references else { continue };
            let key = RowKey::One(value.clone());
            let Some(entry) = self.entries.of_model(to.model, &key) else { continue };
            let target = entry.def;
            let by_key =
                matches!(target.primary_key, [at] if target.columns[*at].name == to.column);
            if by_key && matches!(entry.op, Op::Delete { .. } | Op::Gone) {
                let what = format!("`{}.{}` names", def.name, column.field);
                self.named.push((target, key, names_deleted(def, &what, to.name)));
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

fn names_deleted(def: &ModelDef, what: &str, target: &str) -> Error {
    let message =
        format!("{what} a `{target}` that was deleted; leave it out, or do not delete it");
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
