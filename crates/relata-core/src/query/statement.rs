//! [`Query`]: a statement ready to run.

use super::{Compound, Eager, FromRow, ReadAst, Reads, Select, Subselect};
use crate::{
    error::Result,
    sql::{self, Dialect, Rendered},
};
use std::marker::PhantomData;

/// A statement ready to run: its data, what is loaded along with its rows, and how these are read.
pub struct Query<S> {
    ast: Ast,
    eager: Vec<Eager>,
    rows: PhantomData<fn() -> S>,
}

/// A statement, as data.
#[derive(Clone)]
pub enum Ast {
    /// It reads rows.
    Read(ReadAst),
}

/// What a session or an engine can execute.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a statement that can be executed",
    label = "expected a `select` or another statement"
)]
pub trait IntoQuery {
    /// How its rows are read.
    type Rows;

    /// The statement ready to run.
    #[doc(hidden)]
    fn into_query(self) -> Query<Self::Rows>;
}

impl<S: Subselect> IntoQuery for Select<S> {
    type Rows = S;

    fn into_query(mut self) -> Query<S> {
        let eager = std::mem::take(&mut self.eager);
        Query { ast: Ast::Read(self.into_ast()), eager, rows: PhantomData }
    }
}

impl<S: Subselect> IntoQuery for Compound<S> {
    type Rows = S;

    fn into_query(self) -> Query<S> {
        Query { ast: Ast::Read(self.into_ast()), eager: Vec::new(), rows: PhantomData }
    }
}

impl<S: FromRow> Query<S> {
    /// The statement, reading no more rows than this.
    #[must_use]
    pub fn at_most(mut self, rows: u64) -> Self {
        let limit = match &mut self.ast {
            Ast::Read(ReadAst::Select(ast)) => &mut ast.limit,
            Ast::Read(ReadAst::Compound(ast)) => &mut ast.limit,
        };
        *limit = Some(limit.map_or(rows, |asked| asked.min(rows)));
        self
    }
}

impl<S> Query<S> {
    /// The statement as text.
    ///
    /// # Errors
    /// As for [`sql::read`].
    pub fn render(&self, dialect: Dialect) -> Result<Rendered> {
        match &self.ast {
            Ast::Read(ast) => sql::read(ast, dialect),
        }
    }

    /// The relations to be loaded along.
    pub fn eager(&self) -> &[Eager] {
        &self.eager
    }

    /// Whether its transaction has to be begun for writing, or for locking what it reads.
    pub fn writes(&self) -> bool {
        match &self.ast {
            Ast::Read(ReadAst::Select(ast)) => ast.lock.is_some_and(|lock| !lock.share),
            Ast::Read(ReadAst::Compound(_)) => false,
        }
    }

    /// The table that is named in errors which name none.
    pub fn table(&self) -> Option<&'static str> {
        match &self.ast {
            Ast::Read(ast) => ast.leading().first_table(),
        }
    }
}
