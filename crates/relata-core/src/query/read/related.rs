//! Relations in conditions: whether related rows are there, which they are, and how many.

use super::{ColumnRef, Expr, IntoPredicate, Predicate, Sql, Tree};
use crate::{
    entity::Named,
    key::RowKey,
    model::{Model, Relation},
    schema::{Join, ModelDef, RelationDef, RelationKind},
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
}

impl<M: Model, T: Model> Relation<M, T> {
    /// Whether one of the related rows is as the condition says: `Hero.teams.any(Team.name.eq("Z-Force"))`.
    ///
    /// It is EXISTS with a subquery, so no row of the statement comes twice. Inside of the condition
    /// the related model's columns are those of the related row, also where the statement reads that
    /// table itself; those of the link model are the link's. Columns of all other tables and aliases
    /// are the statement's.
    ///
    /// # Errors
    /// `InvalidStatement` when the text is made, where the relation leads to one row: ask
    /// [`has`](Relation::has).
    pub fn any(self, condition: impl IntoPredicate) -> Predicate {
        let tree = condition.into_predicate().0;
        self.ask(Some(true), "any", "has(…)", Question::Any(tree.expr), tree.depth)
    }

    /// Whether the related row is there and as the condition says:
    /// `Hero.team.has(Team.name.eq("Z-Force"))`. For the rest it is as [`any`](Relation::any).
    ///
    /// # Errors
    /// `InvalidStatement` when the text is made, where the relation is a list: ask
    /// [`any`](Relation::any).
    pub fn has(self, condition: impl IntoPredicate) -> Predicate {
        let tree = condition.into_predicate().0;
        self.ask(Some(false), "has", "any(…)", Question::Any(tree.expr), tree.depth)
    }

    /// Whether a row is among the related ones: `Hero.teams.contains(&team)`. The row is named by a
    /// `&Tracked<T>`, an `Id` or a key.
    ///
    /// # Errors
    /// When the text is made: `UnboundId` where the row is not saved yet, `InvalidStatement` where
    /// the relation leads to one row: ask [`is`](Relation::is).
    pub fn contains(self, row: impl Named<T>) -> Predicate {
        self.ask(Some(true), "contains", "is(…)", Question::Contains(row.row_key()), 0)
    }

    /// Whether a row is the related one: `Hero.team.is(&team)`. It is never NULL: the opposite is
    /// true of rows that are related to none.
    ///
    /// # Errors
    /// When the text is made: `UnboundId` where the row is not saved yet, `InvalidStatement` where
    /// the relation is a list: ask [`contains`](Relation::contains).
    pub fn is(self, row: impl Named<T>) -> Predicate {
        self.ask(Some(false), "is", "contains(…)", Question::Contains(row.row_key()), 0)
    }

    /// Whether a row is the related one; the same as [`is`](Relation::is).
    ///
    /// # Errors
    /// As for [`is`](Relation::is).
    pub fn eq(self, row: impl Named<T>) -> Predicate {
        self.ask(Some(false), "eq", "contains(…)", Question::Contains(row.row_key()), 0)
    }

    /// Whether a row is not the related one: the opposite of [`is`](Relation::is). It is never NULL,
    /// so unlike `ne` of a column it is true of rows that are related to none.
    ///
    /// # Errors
    /// As for [`is`](Relation::is).
    pub fn ne(self, row: impl Named<T>) -> Predicate {
        !self.ask(Some(false), "ne", "!contains(…)", Question::Contains(row.row_key()), 0)
    }

    /// Whether there is a related row.
    pub fn exists(self) -> Predicate {
        self.ask(None, "exists", "", Question::Exists, 0)
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

    fn ask(
        self,
        list: Option<bool>,
        name: &str,
        instead: &str,
        question: Question,
        depth: u16,
    ) -> Predicate {
        let relation = &M::DEF.relations[self.at];
        if list.is_some_and(|list| list != is_list(relation)) {
            return Predicate(Tree::invalid(wrong_kind(M::NAME, relation, name, instead)));
        }
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

fn is_list(relation: &RelationDef) -> bool {
    matches!(relation.kind, RelationKind::Many)
}

fn wrong_kind(model: &str, relation: &RelationDef, name: &str, instead: &str) -> String {
    let field = relation.name;
    let what = if is_list(relation) { "is a list" } else { "leads to one row" };
    let (not, instead) = instead.strip_prefix('!').map_or(("", instead), |ask| ("!", ask));
    format!(
        "`{model}.{field}` {what}, so `{name}` does not fit; write `{not}{model}.{field}.{instead}`"
    )
}

#[cfg(test)]
mod tests;
