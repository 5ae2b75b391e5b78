//! [`Compound`]: UNION, INTERSECT and EXCEPT; [`Reads`]: what can be combined so.

use super::{
    Alias, Body, CompoundAst, Cte, Expr, IntoOrder, Predicate, ReadAst, Repeated, Select, SetOp,
    Sql, Subselect, Tree, Typed,
};
use std::{fmt, marker::PhantomData, sync::Arc};

/// Several statements whose rows are one list.
///
/// It is ordered by what the first statement selects. A part that is ordered or cut itself is read
/// as a subquery.
///
/// ```
/// # use relata::blocking::prelude::*;
/// # #[model(table)]
/// # struct Team { #[field(primary_key)] id: Id<Team>, name: String }
/// # #[model(table)]
/// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String }
/// # let engine = Engine::connect("sqlite::memory:")?;
/// # Metadata::of((Team, Hero)).create_all(&engine)?;
/// # let mut session = Session::new(&engine);
/// session.add_all([Hero::new("Atlas"), Hero::new("Deadpond")]);
/// session.add_all([Team::new("Atlas"), Team::new("Z-Force")]);
/// // SELECT hero.name FROM hero UNION ALL SELECT team.name FROM team ORDER BY 1 LIMIT 3
/// let names = select(Hero.name).union_all(select(Team.name)).order_by(Hero.name).limit(3);
/// assert_eq!(session.exec(names).all()?, ["Atlas", "Atlas", "Deadpond"]);
/// # Ok::<_, relata::Error>(())
/// ```
#[must_use = "a statement does nothing until it is executed"]
pub struct Compound<S> {
    pub(in crate::query) ast: CompoundAst,
    what: PhantomData<fn() -> S>,
}

impl<S> Clone for Compound<S> {
    fn clone(&self) -> Self {
        Compound { ast: self.ast.clone(), what: PhantomData }
    }
}

/// What reads rows: a [`Select`], or a [`Compound`] of several. Both can be combined further, and
/// stand inside of another statement.
pub trait Reads: Sized {
    /// How its rows are read.
    type Rows: Subselect;

    /// The statement as data.
    #[doc(hidden)]
    fn into_ast(self) -> ReadAst;

    /// The rows of both, each once.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Team { #[field(primary_key)] id: Id<Team>, name: String }
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of((Team, Hero)).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// session.add_all([Hero::new("Atlas"), Hero::new("Deadpond")]);
    /// session.add_all([Team::new("Atlas"), Team::new("Z-Force")]);
    /// // SELECT hero.name FROM hero UNION SELECT team.name FROM team ORDER BY 1
    /// let names = select(Hero.name).union(select(Team.name)).order_by(Hero.name);
    /// assert_eq!(session.exec(names).all()?, ["Atlas", "Deadpond", "Z-Force"]);
    /// # Ok::<_, relata::Error>(())
    /// ```
    fn union<R: Reads<Rows = Self::Rows>>(self, other: R) -> Compound<Self::Rows> {
        compound(self.into_ast(), SetOp::Union, other.into_ast())
    }

    /// The rows of both.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Team { #[field(primary_key)] id: Id<Team>, name: String }
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of((Team, Hero)).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// session.add_all([Hero::new("Atlas"), Hero::new("Deadpond")]);
    /// session.add_all([Team::new("Atlas"), Team::new("Z-Force")]);
    /// // SELECT hero.name FROM hero UNION ALL SELECT team.name FROM team ORDER BY 1
    /// let names = select(Hero.name).union_all(select(Team.name)).order_by(Hero.name);
    /// assert_eq!(session.exec(names).all()?, ["Atlas", "Atlas", "Deadpond", "Z-Force"]);
    /// # Ok::<_, relata::Error>(())
    /// ```
    fn union_all<R: Reads<Rows = Self::Rows>>(self, other: R) -> Compound<Self::Rows> {
        compound(self.into_ast(), SetOp::UnionAll, other.into_ast())
    }

    /// The rows that both have, each once.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Team { #[field(primary_key)] id: Id<Team>, name: String }
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of((Team, Hero)).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// session.add_all([Hero::new("Atlas"), Hero::new("Deadpond")]);
    /// session.add_all([Team::new("Atlas"), Team::new("Z-Force")]);
    /// // SELECT hero.name FROM hero INTERSECT SELECT team.name FROM team
    /// let names = select(Hero.name).intersect(select(Team.name));
    /// assert_eq!(session.exec(names).all()?, ["Atlas"]);
    /// # Ok::<_, relata::Error>(())
    /// ```
    fn intersect<R: Reads<Rows = Self::Rows>>(self, other: R) -> Compound<Self::Rows> {
        compound(self.into_ast(), SetOp::Intersect, other.into_ast())
    }

    /// The rows of this that the other has not, each once.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Team { #[field(primary_key)] id: Id<Team>, name: String }
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of((Team, Hero)).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// session.add_all([Hero::new("Atlas"), Hero::new("Deadpond")]);
    /// session.add_all([Team::new("Atlas"), Team::new("Z-Force")]);
    /// // SELECT hero.name FROM hero EXCEPT SELECT team.name FROM team
    /// let names = select(Hero.name).except(select(Team.name));
    /// assert_eq!(session.exec(names).all()?, ["Deadpond"]);
    /// # Ok::<_, relata::Error>(())
    /// ```
    fn except<R: Reads<Rows = Self::Rows>>(self, other: R) -> Compound<Self::Rows> {
        compound(self.into_ast(), SetOp::Except, other.into_ast())
    }

    /// The statement as a source of another: `FROM (SELECT …) AS name`. Its columns are fields of
    /// the handle.
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
    /// let sizes = select((Hero.team_id, count(Hero.id).label("size"))).group_by(Hero.team_id);
    /// let sizes = sizes.subquery("sizes");
    /// let teams = select((Team.name, sizes.1)).join(sizes.on(sizes.0.eq(Team.id)));
    /// assert_eq!(
    ///     format!("{teams:?}"),
    ///     "SELECT team.name, sizes.size\n\
    ///      FROM team JOIN (SELECT hero.team_id, count(hero.id) AS size\n\
    ///      FROM hero\n\
    ///      GROUP BY hero.team_id) AS sizes ON sizes.team_id = team.id"
    /// );
    /// ```
    fn subquery(self, name: &'static str) -> Alias<Self::Rows> {
        Alias::new(Body::Subquery(Arc::new(self.into_ast())), name)
    }

    /// The statement as a source that is written in front: `WITH name AS (SELECT …)`.
    ///
    /// ```
    /// # use relata::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// let adults = select(Hero).filter(Hero.age.ge(18)).cte("adults");
    /// let read = select(&adults).filter(adults.name.like("D%"));
    /// assert_eq!(
    ///     format!("{read:?}"),
    ///     "WITH adults AS (SELECT hero.id, hero.name, hero.age\n\
    ///      FROM hero\n\
    ///      WHERE hero.age >= ?)\n\
    ///      SELECT adults.id, adults.name, adults.age\n\
    ///      FROM adults\n\
    ///      WHERE adults.name LIKE ?"
    /// );
    /// ```
    fn cte(self, name: &'static str) -> Alias<Self::Rows> {
        let cte = Cte { name, start: Arc::new(self.into_ast()), step: None };
        Alias::new(Body::Cte(Arc::new(cte)), name)
    }

    /// A recursive CTE that starts with this statement's rows, and adds for the rows found before
    /// what `step` selects, until nothing is. A row that was found already counts as nothing new, so
    /// that a cycle ends.
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
    /// # let boss = session.add(Hero::new("Deadpond"));
    /// # let hero = session.add(Hero::new("Rusty-Man").with_boss(&boss));
    /// # session.add(Hero::new("Spider-Boy").with_boss(&hero));
    /// let chain = select(Hero)
    ///     .filter(Hero.name.eq("Spider-Boy"))
    ///     .recursive("chain", |chain| select(Hero).join(chain.on(Hero.id.eq(chain.boss_id))));
    /// let names = select(chain.name).select_from(&chain).order_by(chain.id);
    /// assert_eq!(session.exec(names).all()?, ["Deadpond", "Rusty-Man", "Spider-Boy"]);
    /// # Ok::<_, relata::Error>(())
    /// ```
    fn recursive<R: Reads<Rows = Self::Rows>>(
        self,
        name: &'static str,
        step: impl FnOnce(&Alias<Self::Rows>) -> R,
    ) -> Alias<Self::Rows> {
        recursion(self, name, Repeated::Dropped, step)
    }

    /// As [`recursive`](Reads::recursive), and rows found already are kept: it ends only where a
    /// step finds nothing.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of(Hero).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// use relata::query::value;
    ///
    /// let numbers = select(value(1_i64).label("n")).recursive_all("numbers", |numbers| {
    ///     select(**numbers + 1).select_from(numbers).filter(numbers.lt(4))
    /// });
    /// assert_eq!(session.exec(select(&numbers)).all()?, [1, 2, 3, 4]);
    /// # Ok::<_, relata::Error>(())
    /// ```
    fn recursive_all<R: Reads<Rows = Self::Rows>>(
        self,
        name: &'static str,
        step: impl FnOnce(&Alias<Self::Rows>) -> R,
    ) -> Alias<Self::Rows> {
        recursion(self, name, Repeated::Kept, step)
    }

    /// Whether the statement gives a row, as a condition of another statement, whose columns it can
    /// use.
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
    /// let members = select(Hero.id).filter(Hero.team_id.eq(Team.id));
    /// let empty = select(Team.name).filter(!members.exists());
    /// assert_eq!(
    ///     format!("{empty:?}"),
    ///     "SELECT team.name\nFROM team\n\
    ///      WHERE NOT EXISTS (SELECT hero.id\nFROM hero\nWHERE hero.team_id = team.id)"
    /// );
    /// ```
    fn exists(self) -> Predicate {
        let mut ast = self.into_ast();
        if let ReadAst::Select(select) = &mut ast {
            // that changes nothing of whether there is a row
            select.loads = false;
        }
        let (depth, select) = (ast.depth(), Arc::new(ast));
        Predicate(Tree::over(depth, Expr::Exists { select, negated: false }))
    }

    /// The only value of the only row, as an expression of another statement, whose columns it can
    /// use: NULL where there is no row.
    ///
    /// ```
    /// # use relata::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// let greatest = select(max(Hero.age)).scalar();
    /// let oldest = select(Hero.name).filter(Hero.age.eq(greatest));
    /// assert_eq!(
    ///     format!("{oldest:?}"),
    ///     "SELECT hero.name\nFROM hero\nWHERE hero.age = (SELECT max(hero.age)\nFROM hero)"
    /// );
    /// ```
    fn scalar<V: Typed>(self) -> Sql<Option<V::Base>>
    where
        Self: Reads<Rows = Sql<V>>,
    {
        let ast = self.into_ast();
        Sql::new(Tree::over(ast.depth(), Expr::Subquery(Arc::new(ast))))
    }
}

fn recursion<S: Reads, R: Reads>(
    start: S,
    name: &'static str,
    repeated: Repeated,
    step: impl FnOnce(&Alias<S::Rows>) -> R,
) -> Alias<S::Rows> {
    let start = Arc::new(start.into_ast());
    let step = step(&Alias::new(Body::Recursion(name, Arc::clone(&start)), name)).into_ast();
    let cte = Cte { name, start, step: Some((Arc::new(step), repeated)) };
    Alias::new(Body::Cte(Arc::new(cte)), name)
}

impl<S: Subselect> Reads for Select<S> {
    type Rows = S;

    fn into_ast(mut self) -> ReadAst {
        self.ast.loads = !self.eager.is_empty();
        ReadAst::Select(self.ast)
    }
}

impl<S: Subselect> Reads for Compound<S> {
    type Rows = S;

    fn into_ast(self) -> ReadAst {
        ReadAst::Compound(self.ast)
    }
}

/// The statement as SQLite would be given it, without its parameters.
impl<S: Subselect> fmt::Debug for Compound<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        ReadAst::Compound(self.ast.clone()).fmt(f)
    }
}

fn compound<S>(first: ReadAst, op: SetOp, other: ReadAst) -> Compound<S> {
    let other = other.bounded();
    let ast = match first {
        // in a chain of one kind, or one that is not ordered yet, the next is one more
        ReadAst::Compound(mut ast) if ast.takes(op) => {
            ast.depth = ast.depth.max(other.depth() + 1);
            ast.rest.push((op, Arc::new(other)));
            ast
        }
        first => {
            let first = first.bounded();
            let depth = first.depth().max(other.depth()) + 1;
            CompoundAst {
                first: Arc::new(first),
                rest: vec![(op, Arc::new(other))],
                order_by: Vec::new(),
                limit: None,
                offset: None,
                depth,
            }
        }
    };
    Compound { ast, what: PhantomData }
}

impl<S> Compound<S> {
    /// Orders the rows by what the first statement selects: its columns, or its labels.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Team { #[field(primary_key)] id: Id<Team>, name: String }
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of((Team, Hero)).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// session.add_all([Hero::new("Atlas"), Hero::new("Deadpond")]);
    /// session.add_all([Team::new("Atlas"), Team::new("Z-Force")]);
    /// // SELECT hero.name AS called FROM hero UNION SELECT … ORDER BY 1 DESC
    /// let called = Hero.name.label("called");
    /// let names = select(called.clone()).union(select(Team.name)).order_by(called.desc());
    /// assert_eq!(session.exec(names).all()?, ["Z-Force", "Deadpond", "Atlas"]);
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn order_by(mut self, order: impl IntoOrder) -> Self {
        order.add_to(&mut self.ast.order_by);
        let deepest = self.ast.order_by.iter().map(|order| order.depth).max();
        self.ast.depth = self.ast.depth.max(deepest.unwrap_or(0));
        self
    }

    /// At most so many rows.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Team { #[field(primary_key)] id: Id<Team>, name: String }
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of((Team, Hero)).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// session.add_all([Hero::new("Atlas"), Hero::new("Deadpond")]);
    /// session.add_all([Team::new("Atlas"), Team::new("Z-Force")]);
    /// let names = select(Hero.name).union(select(Team.name)).order_by(Hero.name);
    /// assert_eq!(session.exec(names.limit(1)).all()?, ["Atlas"]); // … LIMIT 1
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn limit(mut self, rows: u64) -> Self {
        self.ast.limit = Some(rows);
        self
    }

    /// Passes over so many rows first.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Team { #[field(primary_key)] id: Id<Team>, name: String }
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of((Team, Hero)).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// session.add_all([Hero::new("Atlas"), Hero::new("Deadpond")]);
    /// session.add_all([Team::new("Atlas"), Team::new("Z-Force")]);
    /// let names = select(Hero.name).union(select(Team.name)).order_by(Hero.name);
    /// let second = names.offset(1).limit(1); // … LIMIT 1 OFFSET 1
    /// assert_eq!(session.exec(second).all()?, ["Deadpond"]);
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn offset(mut self, rows: u64) -> Self {
        self.ast.offset = Some(rows);
        self
    }
}
