//! [`ReadAst`]: whatever reads rows, as data: a SELECT, or several of them as one.

use super::{
    DEEPEST, Expr, IntoExprs, JoinAst, JoinTarget, Order, Output, Predicate, Source, Tree,
};
use crate::{
    error::{Error, ErrorKind, Result},
    sql::{self, Dialect},
};
use std::{fmt, sync::Arc};

/// A statement that reads rows, as data.
#[derive(Clone)]
#[allow(clippy::large_enum_variant, reason = "nearly all are a SELECT")]
pub enum ReadAst {
    /// A SELECT.
    Select(SelectAst),
    /// Several of them as one.
    Compound(CompoundAst),
}

/// A statement equals itself only.
impl PartialEq for ReadAst {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

/// Several statements whose rows are one list.
#[derive(Clone)]
pub struct CompoundAst {
    /// The first.
    pub first: Arc<ReadAst>,
    /// The others, and what is done with their rows.
    pub rest: Vec<(SetOp, Arc<ReadAst>)>,
    /// What the rows are ordered by.
    pub order_by: Vec<Order>,
    /// How many rows are read at most.
    pub limit: Option<u64>,
    /// How many rows are passed over first.
    pub offset: Option<u64>,
    /// How deep the deepest of all nests.
    pub(in crate::query) depth: u16,
}

/// What is done with the rows of another statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetOp {
    /// They are added, each row once.
    Union,
    /// They are added.
    UnionAll,
    /// Only rows that both have stay.
    Intersect,
    /// They are taken away.
    Except,
}

impl ReadAst {
    /// What stands for a statement that nests too deeply to be kept; an error when it is written.
    pub(in crate::query) fn too_deep() -> Self {
        ReadAst::Select(SelectAst::too_deep())
    }

    /// What is kept of it inside of another: where it nests too deeply, only that it does.
    pub(super) fn bounded(self) -> Self {
        if self.depth() < DEEPEST { self } else { ReadAst::too_deep() }
    }

    pub(in crate::query) fn depth(&self) -> u16 {
        match self {
            ReadAst::Select(ast) => ast.depth,
            ReadAst::Compound(ast) => ast.depth,
        }
    }

    /// The SELECT whose columns name those of the whole.
    pub(crate) fn leading(&self) -> &SelectAst {
        let mut ast = self;
        loop {
            match ast {
                ReadAst::Select(select) => return select,
                ReadAst::Compound(compound) => ast = &compound.first,
            }
        }
    }
}

impl fmt::Debug for ReadAst {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match sql::read(self, Dialect::Sqlite) {
            Ok(rendered) => f.write_str(&rendered.sql),
            Err(error) => write!(f, "{error}"),
        }
    }
}

/// A SELECT, as data.
#[derive(Clone, Default)]
pub struct SelectAst {
    /// Which rows are given but once.
    pub distinct: Distinct,
    /// What it reads of each row.
    pub outputs: Vec<Output>,
    /// Where it reads, besides the tables that the outputs name.
    pub from: Vec<Source>,
    /// What is joined, in order.
    pub joins: Vec<JoinAst>,
    /// Which rows it reads; all where there is none.
    pub filter: Option<Predicate>,
    /// What the rows of a group have in common.
    pub group_by: Vec<Expr>,
    /// Which groups it gives.
    pub having: Option<Predicate>,
    /// What the rows are ordered by.
    pub order_by: Vec<Order>,
    /// How many rows it reads at most.
    pub limit: Option<u64>,
    /// How many rows it passes over first.
    pub offset: Option<u64>,
    /// How the rows are locked.
    pub lock: Option<Lock>,
    /// How deep the deepest expression or statement in it nests.
    pub(in crate::query) depth: u16,
    /// What it offers where it is a subquery.
    pub(crate) offered: sql::offered::Once,
    /// Whether relations were to be loaded along, though it is a part of another statement.
    pub(in crate::query) loads: bool,
}

/// Which rows are given but once.
#[derive(Clone, Default)]
pub enum Distinct {
    /// All are given.
    #[default]
    No,
    /// Rows that are the same.
    Rows,
    /// Rows that have these in common; the first of them is given.
    On(Vec<Expr>),
}

/// How rows are locked until the transaction ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lock {
    /// Whether others may still read them for sharing.
    pub share: bool,
    /// What happens to rows that are locked already.
    pub wait: LockWait,
}

/// What happens to rows that are locked already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockWait {
    /// They are waited for.
    Wait,
    /// They are left out.
    Skip,
    /// They are an error.
    Fail,
}

impl SelectAst {
    /// What stands for a statement that nests too deeply to be kept; an error when it is written.
    pub(in crate::query) fn too_deep() -> Self {
        let tree = Tree::leaf(Expr::TooDeep);
        let outputs = vec![Output::Expr { tree, optional: true }];
        SelectAst { outputs, ..SelectAst::default() }
    }

    /// Whether what it selects nested too deeply to be kept.
    pub(crate) fn is_too_deep(&self) -> bool {
        let mut select = self;
        loop {
            match select.outputs.first() {
                Some(Output::All { source, .. }) => match source.statement() {
                    Some(statement) => select = statement.leading(),
                    None => return false,
                },
                Some(Output::Expr { tree, .. }) => return matches!(tree.expr, Expr::TooDeep),
                None => return false,
            }
        }
    }

    /// # Errors
    /// `InvalidStatement` where it loads relations along, and is a part of another statement.
    pub(crate) fn check(&self) -> Result<()> {
        if self.loads {
            return Err(Error::new(
                ErrorKind::InvalidStatement,
                "`with` is for the statement that is executed, and this one is a part of another; leave it out here, and give it to the other or use `session.load`",
            ));
        }
        Ok(())
    }

    /// The sources that are named in it.
    pub(crate) fn sources(&self) -> impl Iterator<Item = &Source> {
        let selected = self.outputs.iter().filter_map(|output| match output {
            Output::All { source, .. } => Some(source),
            Output::Expr { .. } => None,
        });
        let joined = self.joins.iter().filter_map(|join| match &join.target {
            JoinTarget::Source { source, .. } => Some(source),
            JoinTarget::Relation { to, .. } => to.as_ref(),
            JoinTarget::Along { .. } => None,
        });
        self.from.iter().chain(selected).chain(joined)
    }

    /// The first table that it reads.
    pub(in crate::query) fn first_table(&self) -> Option<&'static str> {
        self.sources().next().map(Source::name)
    }

    pub(super) fn deep(&mut self, condition: Predicate) -> Predicate {
        self.depth = self.depth.max(condition.0.depth);
        condition
    }

    pub(super) fn exprs(&mut self, what: impl IntoExprs) -> Vec<Expr> {
        let mut trees = Vec::new();
        what.into_exprs(&mut trees);
        let take = |Tree { expr, depth }| {
            self.depth = self.depth.max(depth);
            expr
        };
        trees.into_iter().map(take).collect()
    }
}

impl CompoundAst {
    /// Whether one more statement can stand at the end without parentheses around what is before:
    /// databases do not agree which operation binds tighter.
    pub(super) fn takes(&self, op: SetOp) -> bool {
        self.order_by.is_empty()
            && self.limit.is_none()
            && self.offset.is_none()
            && self.rest.iter().all(|(before, _)| *before == op)
    }
}
