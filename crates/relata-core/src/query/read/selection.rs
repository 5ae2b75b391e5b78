//! [`Selection`]: what a statement reads of each row.

use super::{Aggregate, Alias, Expr, Expression, Origin, Predicate, Source, Sql, Subselect, Tree};
use crate::{
    model::{Column, Entity, Model},
    value::ColumnType,
};
use std::marker::PhantomData;

/// What a statement selects: a model, whose rows are values of it; an expression; or a tuple of up to
/// twelve of these.
///
/// ```
/// # use relata::blocking::prelude::*;
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
/// # let engine = Engine::connect("sqlite::memory:")?;
/// # Metadata::of((Team, Hero)).create_all(&engine)?;
/// # let mut session = Session::new(&engine);
/// # session.add(Hero::new("Deadpond").with_team(Team::new("Z-Force")));
/// let heroes: Vec<Tracked<Hero>> = session.exec(select(Hero)).all()?;
/// let names: Vec<String> = session.exec(select(Hero.name)).all()?;
/// let pairs: Vec<(Tracked<Hero>, String)> =
///     session.exec(select((Hero, Team.name)).join(Hero.team)).all()?;
/// assert_eq!(pairs[0].1, "Z-Force");
/// # assert_eq!((heroes.len(), names.len()), (1, 1));
/// # Ok::<_, relata::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be selected",
    label = "expected a model's name, a column, an expression, or a tuple of up to twelve of these",
    note = "write a model's name as a value: `select(Hero)`, `select((Hero, Team.name))`",
    note = "a window function, such as `row_number()`, is an expression only with `.over(window())`, a `case()` with `.otherwise(…)` or `.end()`, a place in a JSON document with `.text()` and its like"
)]
pub trait Selection {
    /// How its rows are read.
    type Rows: Subselect;

    /// Adds what is read.
    #[doc(hidden)]
    fn outputs(self, out: &mut Vec<Output>);
}

/// A part of what is read.
#[derive(Clone)]
pub enum Output {
    /// All columns of a table or subquery.
    All {
        /// Where they are read.
        source: Source,
        /// Whether the row may be missing.
        optional: bool,
    },
    /// An expression.
    Expr {
        /// The expression.
        tree: Tree,
        /// Whether NULL can be read.
        optional: bool,
    },
}

impl Output {
    /// How deep it nests.
    pub(in crate::query) fn depth(&self) -> u16 {
        match self {
            Output::All { source, .. } => source.depth(),
            Output::Expr { tree, .. } => tree.depth,
        }
    }

    /// The expression, where it is one.
    pub(in crate::query) fn expr(&self) -> Option<&Expr> {
        match self {
            Output::All { .. } => None,
            Output::Expr { tree, .. } => Some(&tree.expr),
        }
    }

    /// Whether it is selected under this name.
    pub(crate) fn is_labelled(&self, label: &str) -> bool {
        match self {
            Output::Expr { tree: Tree { expr: Expr::Label { name, .. }, .. }, .. } => {
                *name == label
            }
            _ => false,
        }
    }
}

impl<M: Model> Selection for Entity<M> {
    type Rows = Entity<M>;

    fn outputs(self, out: &mut Vec<Output>) {
        out.push(Output::All { source: Source::table(M::DEF), optional: false });
    }
}

impl<S: Subselect> Selection for &Alias<S> {
    type Rows = S;

    fn outputs(self, out: &mut Vec<Output>) {
        out.push(Output::All { source: self.source.clone(), optional: false });
    }
}

/// A model whose table a left join may not find a row of.
pub struct Optional<M> {
    source: Source,
    of: PhantomData<fn() -> M>,
}

impl<M: Model> Entity<M> {
    /// The model as one that may be missing, as a left join needs it: its rows are `Option`s.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
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
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of((Team, Hero)).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// # session.add(Hero::new("Deadpond"));
    /// let pairs = select((Hero, Team.optional())).left_join(Hero.team);
    /// let pairs: Vec<(Tracked<Hero>, Option<Tracked<Team>>)> = session.exec(pairs).all()?;
    /// assert!(pairs[0].1.is_none());
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn optional(self) -> Optional<M> {
        Optional { source: Source::table(M::DEF), of: PhantomData }
    }
}

impl<M: Model> Alias<Entity<M>> {
    /// The model as one that may be missing, as a left join needs it: its rows are `Option`s.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Hero {
    /// #     #[field(primary_key)] id: Id<Hero>,
    /// #     name: String,
    /// #     age: Option<i32>,
    /// #     #[field(foreign_key = Hero.id)] boss_id: Option<Id<Hero>>,
    /// #     #[relationship(foreign_key = boss_id)] boss: One<Option<Hero>>,
    /// # }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of(Hero).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// # session.add(Hero::new("Deadpond"));
    /// let boss = Hero.alias("boss");
    /// let pairs = select((Hero.name, boss.optional())).left_join(Hero.boss.to(&boss));
    /// let pairs: Vec<(String, Option<Tracked<Hero>>)> = session.exec(pairs).all()?;
    /// assert!(pairs[0].1.is_none());
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn optional(&self) -> Optional<M> {
        Optional { source: self.source.clone(), of: PhantomData }
    }
}

impl<M: Model> Selection for Optional<M> {
    type Rows = Option<Entity<M>>;

    fn outputs(self, out: &mut Vec<Output>) {
        out.push(Output::All { source: self.source, optional: true });
    }
}

fn expression<V: ColumnType>(expression: impl Expression<Value = V>, out: &mut Vec<Output>) {
    out.push(Output::Expr { tree: expression.into_tree(), optional: V::NULLABLE });
}

impl<M: Origin, V: ColumnType> Selection for Column<M, V> {
    type Rows = Sql<V>;

    fn outputs(self, out: &mut Vec<Output>) {
        expression(self, out);
    }
}

impl<V: ColumnType> Selection for Sql<V> {
    type Rows = Sql<V>;

    fn outputs(self, out: &mut Vec<Output>) {
        expression(self, out);
    }
}

impl<V: ColumnType> Selection for Aggregate<V> {
    type Rows = Sql<V>;

    fn outputs(self, out: &mut Vec<Output>) {
        expression(self, out);
    }
}

/// A condition is read as what the database knows of it: NULL where it does not know.
impl Selection for Predicate {
    type Rows = Sql<Option<bool>>;

    fn outputs(self, out: &mut Vec<Output>) {
        expression(self.value(), out);
    }
}

/// What `group_by` and its like take: expressions, as a tuple or one alone.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no expression",
    label = "expected a column, an expression, or a tuple of these"
)]
pub trait IntoExprs {
    /// Adds them to the list.
    #[doc(hidden)]
    fn into_exprs(self, list: &mut Vec<Tree>);
}

impl<M: Origin, V: ColumnType> IntoExprs for Column<M, V> {
    fn into_exprs(self, list: &mut Vec<Tree>) {
        list.push(self.into_tree());
    }
}

impl<V: ColumnType> IntoExprs for Sql<V> {
    fn into_exprs(self, list: &mut Vec<Tree>) {
        list.push(self.into_tree());
    }
}

/// All columns of the model, as a database that knows no dependence on a key wants them.
impl<M: Model> IntoExprs for Entity<M> {
    fn into_exprs(self, list: &mut Vec<Tree>) {
        list.extend(
            (0..M::DEF.columns.len()).map(|at| {
                Tree::leaf(Expr::Column(super::ColumnRef { table: M::DEF, at, alias: "" }))
            }),
        );
    }
}
