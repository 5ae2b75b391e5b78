//! Statements that write: INSERT, UPDATE, DELETE and upserts.

mod assign;
mod ast;
mod insert;
#[cfg(test)]
mod tests;
mod update;

pub use assign::{Assign, Fills};
pub use ast::{
    ColumnList, ConflictAction, ConflictAst, InsertAst, Inserted, SetAst, Target, Verb, WriteAst,
};
pub use insert::{Insert, InsertColumns, OnConflict, Upsert, excluded, insert};
pub use update::{Delete, Said, SaysWhich, Unsaid, Update, delete, delete_all, update, update_all};

// What the rooms beside this one offer.
use crate::query::*;
