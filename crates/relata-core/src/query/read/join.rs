//! Joins: by relation, by condition, or by the only foreign key between two tables.

use super::{Alias, IntoPredicate, Predicate, Source, Subselect, Tree, narrow};
use crate::{
    entity::RelationField,
    model::{Entity, Model, Relation},
    schema::ModelDef,
};

/// A join, as data.
#[derive(Clone)]
pub struct JoinAst {
    /// Which rows are kept.
    pub kind: JoinKind,
    /// What is joined, and how.
    pub target: JoinTarget,
}

/// Which rows a join keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinKind {
    /// Those that both sides have.
    Inner,
    /// Those, and the left ones that the right has none for.
    Left,
    /// Those, and the ones of each side that the other has none for.
    Full,
    /// Every row with every row.
    Cross,
}

/// What is joined, and how.
#[derive(Clone)]
pub enum JoinTarget {
    /// The target of a relation.
    Relation {
        /// The model that has the relation.
        owner: &'static ModelDef,
        /// Its position in the model.
        at: usize,
        /// The name that the owner's table goes by; empty for its own.
        from: &'static str,
        /// Where the target is read, if not in its table.
        to: Option<Source>,
        /// What has to be true besides.
        and: Option<Tree>,
    },
    /// A source, on a condition; without one, on the only foreign key between it and a table before.
    Source {
        /// The source.
        source: Source,
        /// The condition.
        on: Option<Tree>,
    },
    /// The target of a relation to one row, which is read behind the outputs. No column of the
    /// program is read there.
    Along {
        /// The model that has the relation.
        owner: &'static ModelDef,
        /// Its position in the model.
        at: usize,
        /// Where the owner is read.
        from: Source,
    },
}

impl JoinTarget {
    /// How deep its condition or what it reads nests.
    pub(in crate::query) fn depth(&self) -> u16 {
        let (source, condition) = match self {
            JoinTarget::Relation { to, and, .. } => (to.as_ref(), and.as_ref()),
            JoinTarget::Source { source, on } => (Some(source), on.as_ref()),
            JoinTarget::Along { from, .. } => (Some(from), None),
        };
        let condition = condition.map_or(0, |tree| tree.depth);
        source.map_or(0, Source::depth).max(condition)
    }
}

/// What can be joined: a relation (`Hero.team`), a relation to an alias (`Hero.boss.to(&boss)`), a
/// source on a condition (`Team.on(…)`), or a model alone where one foreign key leads to it.
///
/// ```
/// # use relata::prelude::*;
/// # #[model(table)]
/// # struct Team {
/// #     #[field(primary_key)] id: Id<Team>,
/// #     name: String,
/// #     #[relationship(back_populates = team)] heroes: Many<Hero>,
/// # }
/// # #[model(table)]
/// # struct Hero {
/// #     #[field(primary_key)] id: Id<Hero>,
/// #     name: String,
/// #     age: Option<i32>,
/// #     #[field(foreign_key = Team.id)] team_id: Option<Id<Team>>,
/// #     #[relationship(back_populates = heroes)] team: One<Option<Team>>,
/// # }
/// let relation = select(Hero.id).join(Hero.team);
/// assert!(format!("{relation:?}").ends_with("FROM hero JOIN team ON hero.team_id = team.id"));
///
/// let condition = select(Hero.id).join(Team.on(Team.name.eq(Hero.name)));
/// assert!(format!("{condition:?}").ends_with("FROM hero JOIN team ON team.name = hero.name"));
///
/// let key = select(Team.id).join(Hero); // the only foreign key between both
/// assert!(format!("{key:?}").ends_with("FROM team JOIN hero ON team.id = hero.team_id"));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be joined",
    label = "expected a relation, a model, or `Model.on(condition)`",
    note = "join a relation: `.join(Hero.team)`; or a model on a condition: `.join(Team.on(Hero.team_id.eq(Team.id)))`"
)]
pub trait Joinable {
    /// What is joined, and how.
    #[doc(hidden)]
    fn into_target(self) -> JoinTarget;
}

/// A source with the condition that it is joined on.
pub struct On {
    source: Source,
    on: Tree,
}

/// A relation to be joined, with where its target is read and what has to be true besides.
pub struct Via {
    target: JoinTarget,
}

impl<M: Model, F: RelationField> Relation<M, F> {
    /// The relation, with its target read under another name.
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
    /// let pairs = select((Hero.name, boss.name)).join(Hero.boss.to(&boss));
    /// assert_eq!(
    ///     format!("{pairs:?}"),
    ///     "SELECT hero.name, boss.name\nFROM hero JOIN hero AS boss ON hero.boss_id = boss.id"
    /// );
    /// ```
    pub fn to(self, target: &Alias<Entity<F::Target>>) -> Via {
        Via { target: self.target(Some(target.source.clone())) }
    }

    /// The relation, with one more condition on what is joined: in a left join, rows for which it is
    /// not true count as not found.
    ///
    /// ```
    /// # use relata::prelude::*;
    /// # #[model(table)]
    /// # struct Team {
    /// #     #[field(primary_key)] id: Id<Team>,
    /// #     name: String,
    /// #     #[relationship(back_populates = team)] heroes: Many<Hero>,
    /// # }
    /// # #[model(table)]
    /// # struct Hero {
    /// #     #[field(primary_key)] id: Id<Hero>,
    /// #     name: String,
    /// #     age: Option<i32>,
    /// #     #[field(foreign_key = Team.id)] team_id: Option<Id<Team>>,
    /// #     #[relationship(back_populates = heroes)] team: One<Option<Team>>,
    /// # }
    /// let grown = Team.heroes.and(Hero.age.ge(18));
    /// let teams = select((Team.name, Hero.name.optional())).left_join(grown); // all of the teams
    /// assert!(format!("{teams:?}").ends_with(
    ///     "FROM team LEFT JOIN hero ON team.id = hero.team_id AND hero.age >= ?"
    /// ));
    /// ```
    pub fn and(self, condition: impl IntoPredicate) -> Via {
        Via { target: self.target(None) }.and(condition)
    }

    fn target(self, to: Option<Source>) -> JoinTarget {
        JoinTarget::Relation { owner: M::DEF, at: self.at, from: self.alias, to, and: None }
    }
}

impl Via {
    /// One more condition on what is joined; see [`Relation::and`].
    #[must_use]
    pub fn and(mut self, condition: impl IntoPredicate) -> Self {
        if let JoinTarget::Relation { and, .. } = &mut self.target {
            let mut both = and.take().map(Predicate);
            narrow(&mut both, condition);
            *and = both.map(|both| both.0);
        }
        self
    }
}

impl<M: Model> Entity<M> {
    /// The table, to be joined on a condition.
    ///
    /// ```
    /// # use relata::prelude::*;
    /// # #[model(table)]
    /// # struct Team { #[field(primary_key)] id: Id<Team>, name: String }
    /// # #[model(table)]
    /// # struct Hero {
    /// #     #[field(primary_key)] id: Id<Hero>,
    /// #     name: String,
    /// #     age: Option<i32>,
    /// #     #[field(foreign_key = Team.id)] team_id: Option<Id<Team>>,
    /// # }
    /// let same = select((Hero.id, Team.id)).join(Team.on(Team.name.eq(Hero.name)));
    /// assert!(format!("{same:?}").ends_with("FROM hero JOIN team ON team.name = hero.name"));
    /// ```
    pub fn on(self, condition: impl IntoPredicate) -> On {
        On { source: Source::table(M::DEF), on: condition.into_predicate().0 }
    }
}

impl<S: Subselect> Alias<S> {
    /// The source, to be joined on a condition.
    ///
    /// ```
    /// # use relata::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// let other = Hero.alias("other");
    /// let older = select((Hero.name, other.name)).join(other.on(other.age.gt(Hero.age)));
    /// assert!(format!("{older:?}").ends_with("JOIN hero AS other ON other.age > hero.age"));
    /// ```
    pub fn on(&self, condition: impl IntoPredicate) -> On {
        On { source: self.source.clone(), on: condition.into_predicate().0 }
    }
}

impl<M: Model, F: RelationField> Joinable for Relation<M, F> {
    fn into_target(self) -> JoinTarget {
        self.target(None)
    }
}

impl Joinable for Via {
    fn into_target(self) -> JoinTarget {
        self.target
    }
}

impl Joinable for On {
    fn into_target(self) -> JoinTarget {
        JoinTarget::Source { source: self.source, on: Some(self.on) }
    }
}

impl<M: Model> Joinable for Entity<M> {
    fn into_target(self) -> JoinTarget {
        JoinTarget::Source { source: Source::table(M::DEF), on: None }
    }
}

impl<S: Subselect> Joinable for &Alias<S> {
    fn into_target(self) -> JoinTarget {
        JoinTarget::Source { source: self.source.clone(), on: None }
    }
}
