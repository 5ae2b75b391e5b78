//! [`Query`]: a statement ready to run.

use super::{
    Compound, Delete, Eager, FromRow, Insert, Lock, LockWait, Raw, RawAst, ReadAst, Reads,
    SaysWhich, Select, Sql, Subselect, Update, Upsert, Verb, WriteAst, read::eager,
};
use crate::{
    connection::{Begin, Capabilities, UpsertForm},
    error::{Error, ErrorKind, Result},
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
    /// It counts the rows that another statement reads.
    Count(ReadAst),
    /// It asks whether another statement reads a row.
    Exists(ReadAst),
    /// It writes rows.
    Write(WriteAst),
    /// It was written by hand.
    Raw(RawAst),
}

/// In the place of rows, for a statement that gives none: it is run for how many it wrote.
#[derive(Clone, Copy, Debug)]
pub enum NoRows {}

/// What a session or an engine can execute.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a statement that can be executed",
    label = "expected a `select`, `insert`, `update`, `delete` or `raw`",
    note = "SQL of your own is `raw(\"…\")`"
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
        let mut eager = std::mem::take(&mut self.eager);
        let mut models = Vec::new();
        S::models(&mut models);
        eager::join_along(&mut self.ast, &mut eager, &models);
        Query { ast: Ast::Read(self.into_ast()), eager, rows: PhantomData }
    }
}

impl<S: Subselect> IntoQuery for Compound<S> {
    type Rows = S;

    fn into_query(self) -> Query<S> {
        Query::new(Ast::Read(self.into_ast()))
    }
}

impl<S> Query<S> {
    fn new(ast: Ast) -> Self {
        Query { ast, eager: Vec::new(), rows: PhantomData }
    }
}

impl<M: crate::Model, R> IntoQuery for Insert<M, R> {
    type Rows = R;

    fn into_query(self) -> Query<R> {
        Query::new(Ast::Write(self.into_ast()))
    }
}

impl<M: crate::Model, R> IntoQuery for Upsert<M, R> {
    type Rows = R;

    fn into_query(self) -> Query<R> {
        self.finish().into_query()
    }
}

impl<M: crate::Model, F: SaysWhich, R> IntoQuery for Update<M, F, R> {
    type Rows = R;

    fn into_query(self) -> Query<R> {
        Query::new(Ast::Write(self.into_ast()))
    }
}

impl<M: crate::Model, F: SaysWhich, R> IntoQuery for Delete<M, F, R> {
    type Rows = R;

    fn into_query(self) -> Query<R> {
        Query::new(Ast::Write(self.into_ast()))
    }
}

impl<R> IntoQuery for Raw<R> {
    type Rows = R;

    fn into_query(self) -> Query<R> {
        Query::new(Ast::Raw(self.into_ast()))
    }
}

impl<S: FromRow> Query<S> {
    /// The statement, reading no more rows than this. One that writes, or was written by hand, does
    /// all that it does.
    #[must_use]
    pub fn at_most(mut self, rows: u64) -> Self {
        let limit = match &mut self.ast {
            Ast::Read(ReadAst::Select(ast)) => &mut ast.limit,
            Ast::Read(ReadAst::Compound(ast)) => &mut ast.limit,
            _ => return self,
        };
        *limit = Some(limit.map_or(rows, |asked| asked.min(rows)));
        self
    }

    /// The statement that counts its rows.
    ///
    /// # Errors
    /// `InvalidStatement` where it is no `select`.
    pub fn counted(self) -> Result<Query<Sql<i64>>> {
        Ok(Query::new(Ast::Count(self.only_read("count")?)))
    }

    /// The statement that asks whether it reads a row.
    ///
    /// # Errors
    /// `InvalidStatement` where it is no `select`.
    pub fn existence(self) -> Result<Query<Sql<bool>>> {
        Ok(Query::new(Ast::Exists(self.only_read("exists")?)))
    }

    fn only_read(self, what: &str) -> Result<ReadAst> {
        match self.ast {
            Ast::Read(ast) | Ast::Count(ast) | Ast::Exists(ast) => Ok(ast),
            Ast::Write(_) | Ast::Raw(_) => Err(Error::new(
                ErrorKind::InvalidStatement,
                format!(
                    "`{what}` is for a `select`; use `run` for how many rows a statement writes, and say it in the SQL where you write that yourself"
                ),
            )),
        }
    }
}

impl<S> Query<S> {
    /// The statement as text, however many parameters it has.
    ///
    /// # Errors
    /// As for [`sql::read`], [`sql::change`] and [`sql::raw`]; `InvalidStatement` where a relation
    /// cannot be loaded along.
    pub fn render(&self, dialect: Dialect) -> Result<Rendered> {
        self.eager.iter().try_for_each(|eager| eager.check(true))?;
        match &self.ast {
            Ast::Read(ast) => sql::read(ast, dialect),
            Ast::Count(ast) => sql::count(ast, dialect),
            Ast::Exists(ast) => sql::exists(ast, dialect),
            Ast::Raw(ast) => sql::raw(ast, dialect),
            Ast::Write(ast) => {
                let mut texts = sql::change(ast, dialect, usize::MAX, dialect != Dialect::MySql)?;
                Ok(texts.pop().unwrap_or_default())
            }
        }
    }

    /// The statement as one text or, where it inserts more rows than one binds parameters for, as
    /// several; as none where it inserts no rows.
    ///
    /// # Errors
    /// As for [`render`](Query::render), and `InvalidStatement` where it has more parameters than the
    /// database takes, or wants rows of what it wrote where the database gives none.
    pub fn texts(&self, on: &Capabilities) -> Result<Vec<Rendered>> {
        let bind_limit = on.bind_limit;
        let texts = match &self.ast {
            Ast::Write(ast) => sql::change(ast, on.dialect, bind_limit, on.returning)?,
            _ => vec![self.render(on.dialect)?],
        };
        match texts.iter().map(|text| text.params.len()).find(|params| *params > bind_limit) {
            Some(params) => Err(too_many(params, bind_limit)),
            None => Ok(texts),
        }
    }

    /// The relations to be loaded along.
    pub fn eager(&self) -> &[Eager] {
        &self.eager
    }

    /// Whether its transaction has to be begun for writing, or for locking what it reads.
    pub fn writes(&self) -> bool {
        self.begin() != Begin::Read
    }

    /// What its transaction has to be begun for.
    pub fn begin(&self) -> Begin {
        let writes = match &self.ast {
            Ast::Read(ReadAst::Select(ast)) => match ast.lock {
                Some(Lock { share: false, wait: LockWait::Fail }) => return Begin::WriteNow,
                lock => lock.is_some_and(|lock| !lock.share),
            },
            Ast::Read(ReadAst::Compound(_)) | Ast::Count(_) | Ast::Exists(_) => false,
            Ast::Write(_) => true,
            Ast::Raw(ast) => ast.writes || !sql::reads(&ast.sql),
        };
        if writes { Begin::Write } else { Begin::Read }
    }

    /// How many rows it wrote, of which the database counted so many: not every form of an upsert
    /// counts a row that was there and stays as it was, though the statement set it.
    pub fn written(&self, on: &Capabilities, counted: u64) -> u64 {
        let set = match (&self.ast, on.upsert) {
            (
                Ast::Write(WriteAst { verb: Verb::Insert(insert), .. }),
                UpsertForm::OnDuplicateKey,
            ) => insert.all_set(),
            _ => None,
        };
        set.map_or(counted, |rows| rows as u64)
    }

    /// The table that is named in errors which name none.
    pub fn table(&self) -> Option<&'static str> {
        match &self.ast {
            Ast::Read(ast) | Ast::Count(ast) | Ast::Exists(ast) => ast.leading().first_table(),
            Ast::Write(ast) => Some(ast.target.table.table),
            Ast::Raw(_) => None,
        }
    }
}

fn too_many(params: usize, limit: usize) -> Error {
    let message = format!(
        "the statement has {params} parameters, and the database takes {limit}; ask for a part of the values at a time, or write them into a table and join that"
    );
    Error::new(ErrorKind::InvalidStatement, message)
}
