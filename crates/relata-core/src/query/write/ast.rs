//! [`WriteAst`]: INSERT, UPDATE and DELETE as data, and what their builders have in common.

use super::{Assign, Expr, Predicate, ReadAst, SelectAst, Selection, select};
use crate::{
    error::{Error, ErrorKind},
    model::{Column, Model},
    schema::ModelDef,
    sql::{self, Dialect},
};
use std::{fmt, sync::Arc};

/// A statement that writes, as data.
#[derive(Clone)]
pub struct WriteAst {
    /// What it does.
    pub verb: Verb,
    /// Where it writes.
    pub target: Target,
}

/// Where a statement writes, and what it gives of that.
#[derive(Clone)]
pub struct Target {
    /// The table.
    pub table: &'static ModelDef,
    /// What it gives of each row that it wrote.
    pub returning: Option<SelectAst>,
    /// The first mistake that was made when it was built; reported when it is written as text.
    pub fault: Option<Error>,
}

/// What a statement does to its table.
#[derive(Clone)]
pub enum Verb {
    /// It adds rows.
    Insert(InsertAst),
    /// It changes rows.
    Update {
        /// The columns that it sets.
        set: Vec<SetAst>,
        /// Which rows it changes; all where there is none.
        filter: Option<Predicate>,
    },
    /// It deletes rows.
    Delete {
        /// Which rows it deletes; all where there is none.
        filter: Option<Predicate>,
    },
}

/// An INSERT.
#[derive(Clone)]
pub struct InsertAst {
    /// What it inserts.
    pub rows: Inserted,
    /// What happens to rows that are there already.
    pub conflict: Option<ConflictAst>,
}

/// What an INSERT inserts.
#[derive(Clone)]
pub enum Inserted {
    /// It was not said.
    Unsaid,
    /// Rows, each with what is written to each column of the table; `None` for what is left out.
    Rows(Vec<Vec<Option<Expr>>>),
    /// The rows of a statement.
    Select {
        /// The columns that they are written to.
        columns: Vec<usize>,
        /// The statement.
        select: Arc<ReadAst>,
        /// Columns that the model has defaults for, with these.
        defaults: Vec<SetAst>,
    },
}

/// A column and what it is set to.
#[derive(Clone)]
pub struct SetAst {
    /// Its position.
    pub column: usize,
    /// What it is set to.
    pub to: Expr,
}

/// What an INSERT does about rows that are there already.
#[derive(Clone)]
pub struct ConflictAst {
    /// The columns that a row is found by; any unique ones where there are none.
    pub target: Vec<usize>,
    /// What is done.
    pub action: ConflictAction,
}

/// What is done about a row that is there already.
#[derive(Clone)]
pub enum ConflictAction {
    /// It stays as it is.
    Nothing,
    /// It is changed.
    Update {
        /// The columns that are set.
        set: Vec<SetAst>,
        /// Which rows are changed; all where there is none.
        filter: Option<Predicate>,
    },
}

impl InsertAst {
    /// How many rows there are, where each is either inserted or set.
    pub(in crate::query) fn all_set(&self) -> Option<usize> {
        match (&self.rows, &self.conflict.as_ref()?.action) {
            (Inserted::Rows(rows), ConflictAction::Update { filter: None, .. }) => Some(rows.len()),
            _ => None,
        }
    }
}

impl Target {
    pub(in crate::query) fn new(table: &'static ModelDef) -> Self {
        Target { table, returning: None, fault: None }
    }

    /// Keeps the first mistake.
    pub(in crate::query) fn fail(&mut self, error: Error) {
        let error = error.with_table(self.table.table);
        self.fault.get_or_insert(error);
    }

    /// A column and what it is set to; a mistake where it is a column of an alias.
    pub(in crate::query) fn assignment<M: Model, V>(
        &mut self,
        column: Column<M, V>,
        to: impl Assign<V>,
    ) -> SetAst {
        if !column.alias.is_empty() {
            let (table, name) = (self.table.table, column.name);
            self.fail(Error::new(
                ErrorKind::InvalidStatement,
                format!(
                    "`{}.{name}` is set, but the statement writes to `{table}`; set the column of the model itself: `{}.{name}`",
                    column.alias, self.table.name
                ),
            ));
        }
        SetAst { column: column.at, to: to.into_tree().expr }
    }

    pub(in crate::query) fn returning<W: Selection>(&mut self, what: W) {
        self.returning = Some(select(what).ast);
    }
}

/// The statement as SQLite would be given it, without its parameters.
impl fmt::Debug for WriteAst {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts = match sql::change(self, Dialect::Sqlite, usize::MAX, true) {
            Ok(texts) => texts,
            Err(error) => return write!(f, "{error}"),
        };
        texts.iter().enumerate().try_for_each(|(at, text)| {
            f.write_str(if at > 0 { ";\n" } else { "" })?;
            f.write_str(&text.sql)
        })
    }
}

/// Adds an assignment; a second one to the same column takes the place of the first.
pub(in crate::query) fn put(set: &mut Vec<SetAst>, new: SetAst) {
    match set.iter_mut().find(|old| old.column == new.column) {
        Some(old) => *old = new,
        None => set.push(new),
    }
}

/// Columns of one model: one of them, or a tuple of up to twelve.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no list of columns of `{M}`",
    label = "expected a column of `{M}`, or a tuple of these",
    note = "write columns as `{M}.name` or `({M}.name, {M}.age)`"
)]
pub trait ColumnList<M> {
    /// Adds their positions.
    #[doc(hidden)]
    fn positions(self, list: &mut Vec<usize>);
}

impl<M, V> ColumnList<M> for Column<M, V> {
    fn positions(self, list: &mut Vec<usize>) {
        list.push(self.at);
    }
}

pub(in crate::query) fn positions<M>(columns: impl ColumnList<M>) -> Vec<usize> {
    let mut list = Vec::new();
    columns.positions(&mut list);
    list
}
