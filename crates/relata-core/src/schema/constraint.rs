//! The foreign key constraints of a table: which of its columns go together.

use super::{ModelDef, Reference, metadata};

/// One constraint: its columns, and what each refers to.
pub(crate) type ForeignKey = Vec<(usize, Reference)>;

/// The constraints, in the order of their first columns. References to the parts of a composite key go together;
/// of several keys to a model each takes the next of every part.
pub(crate) fn foreign_keys(def: &ModelDef) -> Vec<ForeignKey> {
    let mut keys: Vec<ForeignKey> = Vec::new();
    for (at, column) in def.columns.iter().enumerate() {
        let Some(to) = column.references else { continue };
        let composite = |key: &&mut ForeignKey| {
            is_part_of_key(&to)
                && key.iter().all(|(_, other)| {
                    other.model == to.model
                        && other.column != to.column
                        && other.on_delete == to.on_delete
                        && is_part_of_key(other)
                })
        };
        match keys.iter_mut().find(composite) {
            Some(key) => key.push((at, to)),
            None => keys.push(vec![(at, to)]),
        }
    }
    keys
}

/// Whether a reference is to one column of a composite key, so that it makes one constraint with
/// those to the others. Where the model referred to is not registered, nothing speaks against it.
fn is_part_of_key(to: &Reference) -> bool {
    metadata::find(to.model).is_none_or(|target| {
        target.primary_key.len() > 1
            && target.primary_key.iter().any(|&at| target.columns[at].name == to.column)
    })
}
