//! [`Eager`]: a relation that is loaded along with the rows, as data; and [`EagerLoad`], what says
//! which of its rows.

use super::{Distinct, FromRow, IntoOrder, Order, Output, Predicate, Select, SelectAst, Source};
use crate::{
    entity::{DecodeNode, decode_node},
    error::{Error, ErrorKind, Result},
    model::{Entity, Model, Relation},
    schema::{Join, ModelDef, RelationDef, RelationKind, Resolved},
};
use std::{marker::PhantomData, sync::Arc};

/// How deep relations that are loaded along can nest; each level is a statement more.
const DEEPEST: u16 = 100;

/// A relation that is loaded along with the rows.
#[derive(Clone)]
pub struct Eager {
    /// The model that has it.
    pub owner: &'static ModelDef,
    /// Its position in the model.
    pub relation: usize,
    /// Reads a row of the related model.
    pub decode: DecodeNode,
    /// Which of the related rows; all where there is none.
    pub filter: Option<Predicate>,
    /// What they are ordered by; as the relation says where there is nothing.
    pub order_by: Vec<Order>,
    /// How many rows of each owner at most.
    pub limit: Option<u64>,
    /// How many rows of each owner are passed over first.
    pub offset: Option<u64>,
    /// Whether they are read by the statement itself, which joins them.
    pub joined: bool,
    /// The relations that are loaded into the related rows.
    pub nested: Vec<Eager>,
    /// How many levels of relations it has.
    depth: u16,
    /// Why it cannot be loaded.
    fault: Option<Arc<str>>,
}

impl Eager {
    /// All related rows.
    pub fn new(owner: &'static ModelDef, relation: usize, decode: DecodeNode) -> Self {
        Eager {
            owner,
            relation,
            decode,
            filter: None,
            order_by: Vec::new(),
            limit: None,
            offset: None,
            joined: false,
            nested: Vec::new(),
            depth: 1,
            fault: None,
        }
    }

    /// The relation.
    pub fn described(&self) -> &'static RelationDef {
        &self.owner.relations[self.relation]
    }

    /// The relation with its tables.
    pub fn resolved(&self) -> &'static Resolved {
        (self.described().resolved)()
    }

    /// Whether it may leave related rows out.
    pub fn is_partial(&self) -> bool {
        self.filter.is_some() || self.limit.is_some() || self.offset.is_some()
    }

    /// Adds it to a list; asked for twice, it is loaded once, as if all had been said of one.
    pub(super) fn add_to(self, list: &mut Vec<Eager>) {
        let same =
            |other: &&mut Eager| other.owner == self.owner && other.relation == self.relation;
        match list.iter_mut().find(same) {
            Some(other) => other.merge(self),
            None => list.push(self),
        }
    }

    fn merge(&mut self, other: Eager) {
        if let Some(condition) = other.filter {
            self.restrict(condition);
        }
        self.order_by.extend(other.order_by);
        self.limit = other.limit.or(self.limit);
        self.offset = other.offset.or(self.offset);
        self.joined |= other.joined;
        self.depth = self.depth.max(other.depth);
        self.fault = self.fault.take().or(other.fault);
        for nested in other.nested {
            nested.add_to(&mut self.nested);
        }
    }

    fn restrict(&mut self, condition: Predicate) {
        self.filter = Some(match self.filter.take() {
            Some(before) => before & condition,
            None => condition,
        });
    }

    fn nest(&mut self, nested: Eager) {
        if nested.depth >= DEEPEST {
            let why = format!(
                "relations that are loaded along nest more than {DEEPEST} levels deep; load the deeper ones by `session.load`"
            );
            self.fault.get_or_insert(why.into());
            return;
        }
        self.depth = self.depth.max(nested.depth + 1);
        self.fault = self.fault.take().or_else(|| nested.fault.clone());
        nested.add_to(&mut self.nested);
    }

    /// How the relation is written in a program.
    pub(super) fn name(&self) -> String {
        format!("{}.{}", self.owner.name, self.described().name)
    }

    /// Keeps why it cannot be loaded; the first reason counts.
    pub(super) fn refuse(&mut self, why: String) {
        self.fault.get_or_insert(why.into());
    }

    /// Whether it can be loaded; `joins` where there is a statement that it can be joined to.
    ///
    /// # Errors
    /// `InvalidStatement`, with what to write instead.
    pub fn check(&self, joins: bool) -> Result<()> {
        if let Some(why) = &self.fault {
            return Err(Error::new(ErrorKind::InvalidStatement, why.to_string()));
        }
        if self.joined {
            self.check_joined(joins)?;
        }
        self.nested.iter().try_for_each(|nested| nested.check(false))
    }

    fn check_joined(&self, joins: bool) -> Result<()> {
        let name = self.name();
        let why = if matches!(self.described().kind, RelationKind::Many) {
            "it is a list, and each of its rows would repeat its owner's"
        } else if !self.leads_to_one() {
            "its key is in the other table and not unique, so that more than one row may be found"
        } else if !joins {
            "there is no statement here that it could be joined to"
        } else if self.is_partial() || !self.order_by.is_empty() {
            "what is joined is the related row as it is, with no filter, order or limit"
        } else {
            return Ok(());
        };
        Err(Error::new(ErrorKind::InvalidStatement, no_join(&name, why)))
    }

    /// Whether the database holds no more than one related row.
    fn leads_to_one(&self) -> bool {
        let Resolved { target, join, .. } = self.resolved();
        match join {
            Join::Parent { .. } => true,
            Join::Link { .. } => false,
            Join::Children { key } => {
                let columns = || key.iter().map(|(from, _)| from);
                let primary = target.primary_key.iter().all(|at| columns().any(|c| c == *at));
                primary || columns().any(|at| target.columns[at].unique)
            }
        }
    }
}

/// A related row that a statement reads behind what it selects.
#[derive(Clone)]
pub struct Along {
    /// Where the owner is read.
    pub from: Source,
    /// The model that has the relation.
    pub owner: &'static ModelDef,
    /// Its position in the model.
    pub relation: usize,
}

/// Lets a statement that selects rows of `models` read the rows of joined relations.
pub(super) fn join_along(ast: &mut SelectAst, eager: &mut [Eager], models: &[&'static ModelDef]) {
    for eager in eager.iter_mut().filter(|eager| eager.joined && eager.check(true).is_ok()) {
        match owner_in(ast, models, eager.owner) {
            Ok(from) => {
                let (owner, relation) = (eager.owner, eager.relation);
                ast.along.push(Along { from, owner, relation });
            }
            Err(why) => eager.refuse(no_join(&eager.name(), why)),
        }
    }
}

/// Where a statement reads the rows of a model that it selects.
fn owner_in(
    ast: &SelectAst,
    models: &[&'static ModelDef],
    owner: &'static ModelDef,
) -> Result<Source, &'static str> {
    if !ast.group_by.is_empty() || matches!(ast.distinct, Distinct::On(_)) {
        return Err("the statement gives one row of many");
    }
    if ast.lock.is_some() {
        return Err(
            "the statement locks the rows that it reads, and a row that is missing cannot be locked",
        );
    }
    if models.iter().filter(|model| **model == owner).count() > 1 {
        return Err("the statement selects its model more than once");
    }
    let mut sources = ast.outputs.iter().filter_map(|output| match output {
        Output::All { source, .. } => Some(source),
        Output::Expr { .. } => None,
    });
    let is_owner =
        |source: &&Source| matches!(source.body, super::Body::Table(def) if def == owner);
    let table = sources.clone().find(is_owner);
    let only = sources.next().filter(|_| ast.outputs.len() == 1 && models.len() == 1);
    table.or(only).cloned().ok_or("the statement selects its model as a part of a subquery")
}

fn no_join(name: &str, why: &str) -> String {
    format!(
        "`{name}` cannot be `joined`: {why}; leave `.joined()` out, which is one statement more"
    )
}

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
    note = "relations of other models are loaded inside of the relation that leads to them: `.with(Hero.team.with(Team.heroes))`"
)]
pub trait IntoEager<M> {
    /// The relation as data.
    #[doc(hidden)]
    fn into_eager(self) -> Eager;
}

impl<M: Model, T: Model> IntoEager<M> for Relation<M, T> {
    fn into_eager(self) -> Eager {
        self.load().eager
    }
}

impl<M: Model, T: Model> IntoEager<M> for EagerLoad<M, T> {
    fn into_eager(self) -> Eager {
        self.eager
    }
}

impl<M: Model, T: Model> Relation<M, T> {
    fn load(self) -> EagerLoad<M, T> {
        let eager = Eager::new(M::DEF, self.at, decode_node::<T>);
        EagerLoad { eager, of: PhantomData }
    }

    /// To be loaded: only the related rows for which this is true; see [`EagerLoad::filter`].
    pub fn filter(self, condition: impl Into<Predicate>) -> EagerLoad<M, T> {
        self.load().filter(condition)
    }

    /// To be loaded in an order; see [`EagerLoad::order_by`].
    pub fn order_by(self, order: impl IntoOrder) -> EagerLoad<M, T> {
        self.load().order_by(order)
    }

    /// To be loaded: at most so many rows of each owner; see [`EagerLoad::limit`].
    pub fn limit(self, rows: u64) -> EagerLoad<M, T> {
        self.load().limit(rows)
    }

    /// To be loaded: not the first rows of each owner; see [`EagerLoad::offset`].
    pub fn offset(self, rows: u64) -> EagerLoad<M, T> {
        self.load().offset(rows)
    }

    /// To be loaded, with a relation of its rows; see [`EagerLoad::with`].
    pub fn with(self, nested: impl IntoEager<T>) -> EagerLoad<M, T> {
        self.load().with(nested)
    }

    /// To be loaded by the statement itself; see [`EagerLoad::joined`].
    pub fn joined(self) -> EagerLoad<M, T> {
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
    pub fn filter(mut self, condition: impl Into<Predicate>) -> Self {
        self.eager.restrict(condition.into());
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
    message = "the statement selects no `{M}` that its relations could be loaded into",
    label = "this is a relation of `{M}`",
    note = "select the model itself, or load inside of a relation that leads to it: `.with(Hero.team.with(Team.heroes))`"
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
    /// `InvalidStatement` when the text is made, where a tuple has no row of the relation's model.
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
