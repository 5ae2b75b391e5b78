//! [`EagerLoad`]: which rows of a relation are loaded along, and what into these; `with`.

use super::{Eager, FromRow, IntoOrder, IntoPredicate, Select};
use crate::{
    entity::{RelationField, decode_node},
    model::{Entity, Model, Relation},
};
use std::marker::PhantomData;

/// A relation to be loaded along with its owners, with which of its rows, and what is loaded into
/// these: `Team.heroes.filter(Hero.age.ge(18)).order_by(Hero.name).limit(3).with(Hero.missions)`.
#[must_use = "nothing is loaded before it is given to `with` or `session.load`"]
pub struct EagerLoad<M, T> {
    eager: Eager,
    of: PhantomData<fn() -> (M, T)>,
}

impl<M, T> Clone for EagerLoad<M, T> {
    fn clone(&self) -> Self {
        EagerLoad { eager: self.eager.clone(), of: PhantomData }
    }
}

/// What `with` and `session.load` take: a relation of `M` (`Hero.teams`), or one with more said
/// about it (`Hero.teams.order_by(Team.name)`).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a relation of `{M}`",
    label = "expected a relation of `{M}`",
    note = "several relations are loaded one by one: `.with(Hero.teams).with(Hero.powers)` in a query, otherwise `session.load` once for each",
    note = "relations of other models are loaded inside of the relation that leads to them: `.with(Hero.team.with(Team.heroes))`"
)]
pub trait IntoEager<M> {
    /// The relation as data.
    #[doc(hidden)]
    fn into_eager(self) -> Eager;
}

impl<M: Model, F: RelationField> IntoEager<M> for Relation<M, F> {
    fn into_eager(self) -> Eager {
        self.load().eager
    }
}

impl<M: Model, T: Model> IntoEager<M> for EagerLoad<M, T> {
    fn into_eager(self) -> Eager {
        self.eager
    }
}

impl<M: Model, F: RelationField> Relation<M, F> {
    fn load(self) -> EagerLoad<M, F::Target> {
        let eager = Eager::new(M::DEF, self.at, decode_node::<F::Target>);
        EagerLoad { eager, of: PhantomData }
    }

    /// To be loaded: only the related rows for which this is true; see [`EagerLoad::filter`].
    pub fn filter(self, condition: impl IntoPredicate) -> EagerLoad<M, F::Target> {
        self.load().filter(condition)
    }

    /// To be loaded in an order; see [`EagerLoad::order_by`].
    pub fn order_by(self, order: impl IntoOrder) -> EagerLoad<M, F::Target> {
        self.load().order_by(order)
    }

    /// To be loaded: at most so many rows of each owner; see [`EagerLoad::limit`].
    pub fn limit(self, rows: u64) -> EagerLoad<M, F::Target> {
        self.load().limit(rows)
    }

    /// To be loaded: not the first rows of each owner; see [`EagerLoad::offset`].
    pub fn offset(self, rows: u64) -> EagerLoad<M, F::Target> {
        self.load().offset(rows)
    }

    /// To be loaded, with a relation of its rows; see [`EagerLoad::with`].
    pub fn with(self, nested: impl IntoEager<F::Target>) -> EagerLoad<M, F::Target> {
        self.load().with(nested)
    }

    /// To be loaded by the statement itself; see [`EagerLoad::joined`].
    pub fn joined(self) -> EagerLoad<M, F::Target> {
        self.load().joined()
    }
}

impl<M: Model, T: Model> EagerLoad<M, T> {
    /// Only the related rows for which this is true. Called again, both have to be. The condition can
    /// use columns of the related model and of the link model.
    ///
    /// The list then is partial: it can be read, but is not known to be whole. Rows that are pushed
    /// or removed are queued as for a list that is not loaded, and `set` and `clear`, which are about
    /// the whole list, look at the database when they are flushed.
    pub fn filter(mut self, condition: impl IntoPredicate) -> Self {
        self.eager.restrict(condition.into_predicate());
        self
    }

    /// The order of the rows, instead of the one that the relation says. Called again, the first
    /// order counts most.
    pub fn order_by(mut self, order: impl IntoOrder) -> Self {
        order.add_to(&mut self.eager.order_by);
        self
    }

    /// At most so many rows of each owner. Rows that the order leaves equal are ordered by their
    /// key. The list then is partial, as after [`filter`](EagerLoad::filter).
    pub fn limit(mut self, rows: u64) -> Self {
        self.eager.limit = Some(rows);
        self
    }

    /// Passes over so many rows of each owner first. The list then is partial, as after
    /// [`filter`](EagerLoad::filter).
    pub fn offset(mut self, rows: u64) -> Self {
        self.eager.offset = Some(rows);
        self
    }

    /// Loads a relation of the related rows along with them, with one more statement however many
    /// there are. That one can have relations in turn.
    pub fn with(mut self, nested: impl IntoEager<T>) -> Self {
        self.eager.nest(nested.into_eager());
        self
    }

    /// Reads the related row by the statement itself, which joins its table, and not by one more
    /// statement. It is for relations of what the statement selects that lead to one row.
    ///
    /// # Errors
    /// `InvalidStatement` when the text is made: for a list, inside of another relation, in
    /// `session.load`, and where the statement groups or locks rows.
    pub fn joined(mut self) -> Self {
        self.eager.joined = true;
        self
    }
}

/// Rows that hold rows of `M`: those of `select(M)`, or of a tuple with `M` in it.
#[diagnostic::on_unimplemented(
    message = "the statement selects no model, so there are no rows that a relation could be loaded into",
    label = "no rows to load into",
    note = "select a model: `select(Hero)`, or `select((Hero, Team.name))`"
)]
pub trait Holds<M> {}

impl<M: Model> Holds<M> for Entity<M> {}
impl<M: Model> Holds<M> for Option<Entity<M>> {}

macro_rules! tuples {
    ($($name:ident)*) => {
        // which models a tuple holds is looked at when the text is made
        impl<M: Model, $($name),*> Holds<M> for ($($name,)*) {}
    };
}
tuples!(A);
tuples!(A B);
tuples!(A B C);
tuples!(A B C D);
tuples!(A B C D E);
tuples!(A B C D E F);
tuples!(A B C D E F G);
tuples!(A B C D E F G H);
tuples!(A B C D E F G H I);
tuples!(A B C D E F G H I J);
tuples!(A B C D E F G H I J K);
tuples!(A B C D E F G H I J K L);

impl<S: FromRow> Select<S> {
    /// Loads a relation along with the rows, with one more statement however many rows there are:
    /// `select(Team).with(Team.heroes)`. More can be said about it:
    /// `Team.heroes.filter(Hero.age.ge(18)).order_by(Hero.name).limit(3).with(Hero.missions)`.
    ///
    /// Relations of one level are read in one batch. Asked for twice, a relation is loaded once, as
    /// if all had been said of one. Of a model that is selected twice, both rows get it.
    ///
    /// # Errors
    /// `InvalidStatement` when the text is made, where a tuple has no row of the relation's model,
    /// and where the statement is not executed itself but is a part of another: a subquery, or one
    /// side of a `union`.
    pub fn with<M: Model>(mut self, relation: impl IntoEager<M>) -> Self
    where
        S: Holds<M>,
    {
        let mut eager = relation.into_eager();
        let mut models = Vec::new();
        S::models(&mut models);
        if !models.contains(&M::DEF) {
            let (name, model) = (eager.name(), M::NAME);
            eager.refuse(format!("`{name}` is to be loaded, but the statement selects no `{model}`; select it too, or load inside of a relation that leads to it: `.with(….with({name}))`"));
        }
        eager.add_to(&mut self.eager);
        self
    }
}
