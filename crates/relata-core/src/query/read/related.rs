//! Relations in conditions: whether related rows are there, which they are, and how many.

use super::{ColumnRef, Expr, IntoPredicate, Predicate, Sql, Tree};
use crate::{
    entity::{Many, Named, One, RelationField, ToOne},
    key::RowKey,
    model::{Model, Relation},
    schema::{Join, ModelDef},
};
use std::sync::Arc;

/// What is asked of a relation, as data.
pub struct Related {
    /// The model that has it.
    pub owner: &'static ModelDef,
    /// Its position in the model.
    pub relation: usize,
    /// The owner's columns that join it, in the order of the key that it is resolved to.
    pub own: Vec<Expr>,
    /// What is asked.
    pub question: Question,
}

/// As of statements, each is another one.
impl PartialEq for Related {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

/// What is asked of a relation.
pub enum Question {
    /// Whether there is a related row.
    Exists,
    /// Whether there is one for which this is true; the related model's columns are that row's.
    Any(Expr),
    /// Whether the row with this key is among them.
    Contains(RowKey),
    /// How many there are.
    Count,
    /// How many there are for which this is true.
    CountWhere(Expr),
}

impl Question {
    /// Whether the answer is a number.
    pub(crate) fn counts(&self) -> bool {
        matches!(self, Question::Count | Question::CountWhere(_))
    }
}

/// What is asked of a list, as `any` and `contains` ask it.
#[diagnostic::on_unimplemented(
    message = "this relation leads to one row, not to a list",
    label = "asked of a list",
    note = "write `has(…)` in place of `any(…)`, and `is(…)` in place of `contains(…)`"
)]
pub trait OfList<F> {}
impl<T: Model, Asked> OfList<Many<T>> for Asked {}

/// What is asked of a relation to one row, as `has`, `is`, `eq` and `ne` ask it.
#[diagnostic::on_unimplemented(
    message = "this relation is a list, and does not lead to one row",
    label = "asked of one row",
    note = "write `any(…)` in place of `has(…)`, `contains(…)` in place of `is(…)` and `eq(…)`, and `!….contains(…)` in place of `ne(…)`"
)]
pub trait OfOne<F> {}
impl<O: ToOne, Asked> OfOne<One<O>> for Asked {}

impl<M: Model, F: RelationField> Relation<M, F> {
    /// Whether one of the related rows is as the condition says: `Hero.teams.any(Team.name.eq("Z-Force"))`.
    /// Where the relation leads to one row, ask [`has`](Relation::has).
    ///
    /// It is EXISTS with a subquery, so no row of the statement comes twice. Inside of the condition
    /// the related model's columns are those of the related row, also where the statement reads that
    /// table itself; those of the link model are the link's. Columns of all other tables and aliases
    /// are the statement's.
    pub fn any(self, condition: impl IntoPredicate + OfList<F>) -> Predicate {
        self.such(condition)
    }

    /// Whether the related row is there and as the condition says:
    /// `Hero.team.has(Team.name.eq("Z-Force"))`. For the rest it is as [`any`](Relation::any), which is asked of
    /// lists.
    pub fn has(self, condition: impl IntoPredicate + OfOne<F>) -> Predicate {
        self.such(condition)
    }

    /// Whether a row is among the related ones: `Hero.teams.contains(&team)`. The row is named by a
    /// `&Tracked<T>`, an `Id` or a key. Where the relation leads to one row, ask [`is`](Relation::is).
    ///
    /// # Errors
    /// `UnboundId` when the text is made, where the row is not saved yet.
    pub fn contains(self, row: impl Named<F::Target> + OfList<F>) -> Predicate {
        self.names(row)
    }

    /// Whether a row is the related one: `Hero.team.is(&team)`. It is never NULL: the opposite is
    /// true of rows that are related to none. Where the relation is a list, ask [`contains`](Relation::contains).
    ///
    /// # Errors
    /// `UnboundId` when the text is made, where the row is not saved yet.
    pub fn is(self, row: impl Named<F::Target> + OfOne<F>) -> Predicate {
        self.names(row)
    }

    /// Whether a row is the related one; the same as [`is`](Relation::is).
    ///
    /// # Errors
    /// As for [`is`](Relation::is).
    pub fn eq(self, row: impl Named<F::Target> + OfOne<F>) -> Predicate {
        self.names(row)
    }

    /// Whether a row is not the related one: the opposite of [`is`](Relation::is). It is never NULL,
    /// so unlike `ne` of a column it is true of rows that are related to none.
    ///
    /// # Errors
    /// As for [`is`](Relation::is).
    pub fn ne(self, row: impl Named<F::Target> + OfOne<F>) -> Predicate {
        !self.names(row)
    }

    /// Whether there is a related row.
    pub fn exists(self) -> Predicate {
        self.ask(Question::Exists, 0)
    }

    /// Whether there is no related row.
    pub fn is_empty(self) -> Predicate {
        !self.exists()
    }

    /// How many related rows there are, as an expression: it can be selected, compared and ordered
    /// by.
    pub fn count(self) -> Sql<i64> {
        Sql::new(Tree::over(0, self.related(Question::Count)))
    }

    /// How many of the related rows are as the condition says: `Team.heroes.count_where(Hero.age.lt(18))`. Columns
    /// in the condition mean what they mean in [`any`](Relation::any).
    pub fn count_where(self, condition: impl IntoPredicate) -> Sql<i64> {
        let tree = condition.into_predicate().0;
        Sql::new(Tree::over(tree.depth, self.related(Question::CountWhere(tree.expr))))
    }

    fn such(self, condition: impl IntoPredicate) -> Predicate {
        let tree = condition.into_predicate().0;
        self.ask(Question::Any(tree.expr), tree.depth)
    }

    fn names(self, row: impl Named<F::Target>) -> Predicate {
        self.ask(Question::Contains(row.row_key()), 0)
    }

    fn ask(self, question: Question, depth: u16) -> Predicate {
        Predicate(Tree::over(depth, self.related(question)))
    }

    fn related(self, question: Question) -> Expr {
        let owner = M::DEF;
        let column = |at| Expr::Column(ColumnRef { table: owner, at, alias: self.alias });
        let own = match &(owner.relations[self.at].resolved)().join {
            Join::Parent { key } => key.iter().map(|(from, _)| column(from)).collect(),
            Join::Children { key } | Join::Link { own: key, .. } => {
                key.iter().map(|(_, to)| column(to)).collect()
            }
        };
        let related = Related { owner, relation: self.at, own, question };
        Expr::Related { related: Arc::new(related), negated: false }
    }
}

#[cfg(test)]
mod tests;
