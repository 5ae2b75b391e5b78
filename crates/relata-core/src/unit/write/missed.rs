//! [`Missed`]: rows that a statement was to change or delete and did not find. The statement tells only
//! how many, so another one asks which. After a DELETE it asks once the transaction is rolled back: before,
//! the rows that were found are not there either.

use crate::{
    connection::{Done, Statement},
    error::{Error, ErrorKind, Result},
    key::RowKey,
    schema::ModelDef,
    sql::Dialect,
    unit::rows::{ValueRows, lock_by, select_by},
    value::Show,
};
use foldhash::HashSet;
use std::borrow::Cow;

/// Rows to be found by these columns.
pub(super) struct Sought {
    pub(super) def: &'static ModelDef,
    pub(super) columns: Cow<'static, [usize]>,
    pub(super) keys: Vec<RowKey>,
    pub(super) deleted: bool,
}

/// Rows of which some were not found.
pub struct Missed {
    rows: Sought,
    gone: usize,
}

impl Missed {
    pub(super) fn new(rows: Sought, gone: usize) -> Self {
        Missed { rows, gone }
    }

    pub(super) fn are_deleted(&self) -> bool {
        self.rows.deleted
    }

    /// Asks which of the rows are there. A transaction may see an older state than an UPDATE or DELETE
    /// does, so inside of one the question has to be `locking`.
    ///
    /// # Errors
    /// Where a key has no value.
    pub fn question(&self, dialect: Dialect, locking: bool) -> Result<Statement> {
        let Sought { def, columns, keys, .. } = &self.rows;
        match locking {
            true => lock_by(dialect, def, columns, keys),
            false => select_by(dialect, def, columns, columns, keys),
        }
    }

    /// The error, where only the count is known.
    pub fn error(&self) -> Error {
        let Sought { def, keys, deleted, .. } = &self.rows;
        let message = format!(
            "{} of {} rows of `{}` that are to be {} have gone since they were read; roll back and read them again",
            self.gone,
            keys.len(),
            def.name,
            if *deleted { "deleted" } else { "changed" },
        );
        Error::new(ErrorKind::Stale, message).with_table(def.table)
    }

    /// The error, by the answer to the question.
    ///
    /// # Errors
    /// Where the driver gave no rows back.
    pub fn named(&self, done: &mut Done) -> Result<Error> {
        let Sought { def, keys, deleted, .. } = &self.rows;
        let there = done.take::<ValueRows>()?.rows;
        let there: HashSet<RowKey> =
            there.into_iter().map(|values| RowKey::of(values.into_iter())).collect();
        let absent: Vec<_> = keys.iter().filter(|key| !there.contains(&key.settled())).collect();
        match absent.first() {
            None => Ok(self.kept()),
            Some(key) if absent.len() == self.gone => Ok(stale(def, key, *deleted)),
            // rows that this transaction inserted went with it, and cannot be told from the others
            Some(_) => Ok(self.error()),
        }
    }

    /// The error of rows that are all there.
    fn kept(&self) -> Error {
        let Sought { def, deleted, .. } = &self.rows;
        let message = match deleted {
            true => format!(
                "rows of `{}` were not deleted, though they are there; see whether the transaction deleted them before, or a trigger or a policy of the database keeps them",
                def.name
            ),
            false => format!(
                "rows of `{}` were not changed, though they are there; see whether a trigger or a policy of the database keeps them",
                def.name
            ),
        };
        Error::new(ErrorKind::Stale, message).with_table(def.table)
    }
}

/// The error of a row that was not found.
pub(super) fn stale(def: &ModelDef, key: &RowKey, deleted: bool) -> Error {
    let cure = match deleted {
        true => "roll back, and delete only what is still there",
        false => "roll back, then read again, or `merge` the value to insert it anew",
    };
    let key = Show(key.values());
    let message = format!(
        "the `{}` with key {key:?} has gone since it was read: it was deleted, or has another key now; {cure}",
        def.name
    );
    Error::new(ErrorKind::Stale, message).with_table(def.table)
}
