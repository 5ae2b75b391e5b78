//! [`Source`]: where a statement reads, and [`Alias`], its handle under a name of its own.

use super::{DEEPEST, FromRow, ReadAst, Subselect};
use crate::{
    model::{Entity, Model},
    schema::ModelDef,
};
use std::{ops::Deref, sync::Arc};

/// A table, subquery or CTE that a statement reads.
#[derive(Clone)]
pub struct Source {
    /// What is read.
    pub body: Body,
    /// The name that it goes by; empty for a table's own.
    pub alias: &'static str,
}

/// What a source is.
#[derive(Clone)]
pub enum Body {
    /// A table.
    Table(&'static ModelDef),
    /// A subquery.
    Subquery(Arc<ReadAst>),
    /// A subquery that is written once, in front of the statement.
    Cte(Arc<Cte>),
    /// Inside of a recursive CTE, the rows found so far: its name, and what it starts with.
    Recursion(&'static str, Arc<ReadAst>),
}

/// A common table expression.
pub struct Cte {
    /// The name that it is written under.
    pub name: &'static str,
    /// What it starts with.
    pub start: Arc<ReadAst>,
    /// What is added for the rows found before, until nothing is.
    pub step: Option<(Arc<ReadAst>, Repeated)>,
}

/// Whether a recursive CTE keeps rows that it has found already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeated {
    /// It does (`UNION ALL`).
    Kept,
    /// It does not (`UNION`), so that a cycle ends.
    Dropped,
}

impl Source {
    /// A table under its own name.
    pub fn table(def: &'static ModelDef) -> Self {
        Source { body: Body::Table(def), alias: "" }
    }

    /// How deep what is read nests, with itself.
    pub(in crate::query) fn depth(&self) -> u16 {
        self.body.depth()
    }

    /// The name that it goes by.
    pub fn name(&self) -> &'static str {
        match &self.body {
            Body::Table(def) if self.alias.is_empty() => def.table,
            _ => self.alias,
        }
    }

    /// Whether both are the same thing, read under the same name.
    pub(crate) fn is(&self, other: &Source) -> bool {
        let body = match (&self.body, &other.body) {
            (Body::Table(def), Body::Table(other)) => def == other,
            (Body::Cte(cte), Body::Cte(other)) => Arc::ptr_eq(cte, other),
            (Body::Subquery(statement), Body::Subquery(other))
            | (Body::Recursion(_, statement), Body::Recursion(_, other)) => {
                Arc::ptr_eq(statement, other)
            }
            _ => false,
        };
        body && self.name() == other.name()
    }

    /// The statement whose columns it offers; `None` for a table.
    pub(crate) fn statement(&self) -> Option<&ReadAst> {
        match &self.body {
            Body::Table(_) => None,
            Body::Subquery(statement) | Body::Recursion(_, statement) => Some(statement),
            Body::Cte(cte) => Some(&cte.start),
        }
    }
}

impl Body {
    fn depth(&self) -> u16 {
        let inside = match self {
            Body::Table(_) => return 0,
            Body::Subquery(statement) | Body::Recursion(_, statement) => statement.depth(),
            Body::Cte(cte) => {
                cte.step.as_ref().map_or(0, |(step, _)| step.depth()).max(cte.start.depth())
            }
        };
        inside.saturating_add(1)
    }

    /// What is kept of it: where it nests too deeply, only that it does.
    fn bounded(self) -> Self {
        if self.depth() <= DEEPEST { self } else { Body::Subquery(Arc::new(ReadAst::too_deep())) }
    }
}

/// A table, subquery or CTE under a name of its own; it derefs to its columns.
///
/// For a model it has the model's columns and relations (`boss.name`), for a tuple it is a tuple of
/// columns (`totals.0`). Select all of it by reference: `select(&boss)`.
///
/// ```
/// # use relata::prelude::*;
/// # #[model(table)]
/// # struct Hero {
/// #     #[field(primary_key)] id: Id<Hero>,
/// #     name: String,
/// #     age: Option<i32>,
/// #     #[field(foreign_key = Hero.id)] boss_id: Option<Id<Hero>>,
/// #     #[relationship(foreign_key = boss_id)] boss: One<Option<Hero>>,
/// # }
/// let boss = Hero.alias("boss");
/// let bosses = select(&boss).join(Hero.on(Hero.boss_id.eq(boss.id))).distinct();
/// assert_eq!(
///     format!("{bosses:?}"),
///     "SELECT DISTINCT boss.id, boss.name, boss.age, boss.boss_id\n\
///      FROM hero AS boss JOIN hero ON hero.boss_id = boss.id"
/// );
///
/// let ages = select((Hero.age, count(Hero.id))).group_by(Hero.age).subquery("ages");
/// let most = select(max(ages.1)); // of the second column
/// ```
pub struct Alias<S: Subselect> {
    pub(in crate::query) source: Source,
    columns: S::Columns,
}

impl<S: Subselect> Alias<S> {
    pub(in crate::query) fn new(body: Body, alias: &'static str) -> Self {
        Alias { source: Source { body: body.bounded(), alias }, columns: S::columns(alias, &mut 0) }
    }
}

impl<S: Subselect> Deref for Alias<S> {
    type Target = S::Columns;
    fn deref(&self) -> &S::Columns {
        &self.columns
    }
}

impl<S: Subselect> Alias<S> {
    /// The same under one more name, to read it twice in one statement.
    pub fn alias(&self, name: &'static str) -> Alias<S> {
        Alias::new(self.source.body.clone(), name)
    }
}

impl<M: Model> Entity<M> {
    /// The table under another name, to read it twice in one statement.
    ///
    /// ```
    /// # use relata::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// let other = Hero.alias("other");
    /// let twins = other.on(other.age.eq(Hero.age) & other.id.gt(Hero.id));
    /// let twins = select((Hero.name, other.name)).join(twins);
    /// assert_eq!(
    ///     format!("{twins:?}"),
    ///     "SELECT hero.name, other.name\n\
    ///      FROM hero JOIN hero AS other ON other.age = hero.age AND other.id > hero.id"
    /// );
    /// ```
    pub fn alias(self, name: &'static str) -> Alias<Self>
    where
        Self: FromRow,
    {
        Alias::new(Body::Table(M::DEF), name)
    }
}
