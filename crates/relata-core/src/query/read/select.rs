//! [`Select`]: a SELECT under construction.

use super::{
    Distinct, Eager, IntoExprs, IntoOrder, IntoPredicate, JoinAst, JoinKind, Joinable, Lock,
    LockWait, Output, ReadAst, SelectAst, Selection, Subselect, narrow,
};
use crate::sql::{self, Dialect};
use std::{fmt, marker::PhantomData};

/// Selects rows: `select(Hero)`, `select((Hero.name, count(Team.id)))`.
///
/// It reads from the tables that it names here, and from those that joins bring.
///
/// ```
/// # use relata::prelude::*;
/// # #[model(table)]
/// # struct Team { #[field(primary_key)] id: Id<Team>, name: String }
/// # #[model(table)]
/// # struct Hero {
/// #     #[field(primary_key)] id: Id<Hero>,
/// #     name: String,
/// #     #[field(foreign_key = Team.id)] team_id: Option<Id<Team>>,
/// # }
/// let sizes = select((Team.name, count(Hero.id))).join(Hero).group_by(Team.name);
/// assert_eq!(
///     format!("{sizes:?}"),
///     "SELECT team.name, count(hero.id)\n\
///      FROM team JOIN hero ON team.id = hero.team_id\n\
///      GROUP BY team.name"
/// );
/// ```
pub fn select<W: Selection>(what: W) -> Select<W::Rows> {
    let mut ast = SelectAst::default();
    what.outputs(&mut ast.outputs);
    ast.depth = ast.outputs.iter().map(Output::depth).max().unwrap_or(0);
    Select { ast, eager: Vec::new(), what: PhantomData }
}

/// A SELECT, typed by what it gives. Nothing is sent before a session or an engine executes it.
#[must_use = "a statement does nothing until it is executed"]
pub struct Select<S> {
    pub(in crate::query) ast: SelectAst,
    pub(in crate::query) eager: Vec<Eager>,
    what: PhantomData<fn() -> S>,
}

impl<S> Select<S> {
    /// Only the rows for which this is true. Called again, both have to be.
    ///
    /// ```
    /// # use relata::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// let query = select(Hero.id).filter(Hero.age.ge(18)).filter(Hero.name.ne("Deadpond"));
    /// assert!(format!("{query:?}").ends_with("WHERE hero.age >= ? AND hero.name != ?"));
    /// ```
    pub fn filter(mut self, condition: impl IntoPredicate) -> Self {
        let condition = self.ast.deep(condition.into_predicate());
        narrow(&mut self.ast.filter, condition);
        self
    }

    /// Joins the target of a relation (through its link table, where it has one), or another table:
    /// rows that both sides have.
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
    /// let pairs = select((Hero.name, Team.name)).join(Hero.team);
    /// assert_eq!(
    ///     format!("{pairs:?}"),
    ///     "SELECT hero.name, team.name\nFROM hero JOIN team ON hero.team_id = team.id"
    /// );
    /// ```
    pub fn join(self, what: impl Joinable) -> Self {
        self.joined(JoinKind::Inner, what)
    }

    /// As [`join`](Select::join), and keeps the rows that the other side has none for: what is
    /// selected of it is `Team.optional()` or `Team.name.optional()`.
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
    /// let pairs = select((Hero.name, Team.name.optional())).left_join(Hero.team);
    /// assert_eq!(
    ///     format!("{pairs:?}"),
    ///     "SELECT hero.name, team.name\nFROM hero LEFT JOIN team ON hero.team_id = team.id"
    /// );
    /// ```
    pub fn left_join(self, what: impl Joinable) -> Self {
        self.joined(JoinKind::Left, what)
    }

    /// As [`left_join`](Select::left_join), for both sides. MySQL has none.
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
    /// let pairs = select((Hero.name.optional(), Team.name.optional())).full_join(Hero.team);
    /// assert!(format!("{pairs:?}").ends_with("hero FULL JOIN team ON hero.team_id = team.id"));
    /// ```
    pub fn full_join(self, what: impl Joinable) -> Self {
        self.joined(JoinKind::Full, what)
    }

    /// Joins every row with every row.
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
    /// let pairs = select((Hero.name, Team.name)).cross_join(Team);
    /// assert!(format!("{pairs:?}").ends_with("FROM hero CROSS JOIN team"));
    /// ```
    pub fn cross_join(self, what: impl Joinable) -> Self {
        self.joined(JoinKind::Cross, what)
    }

    fn joined(mut self, kind: JoinKind, what: impl Joinable) -> Self {
        let target = what.into_target();
        self.ast.depth = self.ast.depth.max(target.depth());
        self.ast.joins.push(JoinAst { kind, target });
        self
    }

    /// Reads from a table, subquery or CTE of which nothing is selected, or that comes first in
    /// FROM.
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
    /// let number = select(count_rows()).select_from(Hero).join(Team);
    /// # use relata::query::count_rows;
    /// assert_eq!(
    ///     format!("{number:?}"),
    ///     "SELECT count(*)\nFROM hero JOIN team ON hero.team_id = team.id"
    /// );
    /// ```
    pub fn select_from<W: Selection>(mut self, what: W) -> Self {
        let mut outputs = Vec::new();
        what.outputs(&mut outputs);
        for output in outputs {
            match output {
                Output::All { source, .. } => {
                    self.ast.depth = self.ast.depth.max(source.depth());
                    self.ast.from.push(source);
                }
                Output::Expr { tree, .. } => sql::tables_of(&tree.expr, &mut self.ast.from),
            }
        }
        self
    }

    /// One row for all that have these in common: a column, an expression, or a tuple of these.
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
    /// let ages = select((Team.name, max(Hero.age))).join(Hero).group_by((Team.id, Team.name));
    /// assert!(format!("{ages:?}").ends_with("GROUP BY team.id, team.name"));
    /// ```
    pub fn group_by(mut self, what: impl IntoExprs) -> Self {
        let exprs = self.ast.exprs(what);
        self.ast.group_by.extend(exprs);
        self
    }

    /// Only the groups for which this is true. Called again, both have to be.
    ///
    /// ```
    /// # use relata::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// let twins = select(Hero.age).group_by(Hero.age).having(count(Hero.id).gt(1));
    /// assert!(format!("{twins:?}").ends_with("GROUP BY hero.age\nHAVING count(hero.id) > ?"));
    /// ```
    pub fn having(mut self, condition: impl IntoPredicate) -> Self {
        let condition = self.ast.deep(condition.into_predicate());
        narrow(&mut self.ast.having, condition);
        self
    }

    /// Each row once, however often it comes.
    ///
    /// ```
    /// # use relata::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// let ages = select(Hero.age).distinct();
    /// assert_eq!(format!("{ages:?}"), "SELECT DISTINCT hero.age\nFROM hero");
    /// ```
    pub fn distinct(mut self) -> Self {
        self.ast.distinct = Distinct::Rows;
        self
    }

    /// Of the rows that have these in common the first one. PostgreSQL only.
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
    /// # use relata_core::{query::{ReadAst, SelectAst}, sql::{self, Dialect}};
    /// # let on_postgres = |ast: &SelectAst| {
    /// #     sql::read(&ReadAst::Select(ast.clone()), Dialect::Postgres).unwrap().sql
    /// # };
    /// let youngest = select((Hero.team_id, Hero.name))
    ///     .distinct_on(Hero.team_id)
    ///     .order_by((Hero.team_id, Hero.age)); // of each team
    /// assert_eq!(
    ///     on_postgres(youngest.ast()),
    ///     "SELECT DISTINCT ON (hero.team_id) hero.team_id, hero.name\n\
    ///      FROM hero\n\
    ///      ORDER BY hero.team_id, hero.age"
    /// );
    /// ```
    pub fn distinct_on(mut self, what: impl IntoExprs) -> Self {
        self.ast.distinct = Distinct::On(self.ast.exprs(what));
        self
    }

    /// Orders the rows by a column, `column.desc()`, or a tuple of these. Called again, the first
    /// order counts most.
    ///
    /// ```
    /// # use relata::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// let query = select(Hero.id).order_by((Hero.age.desc(), Hero.name));
    /// assert!(format!("{query:?}").ends_with("ORDER BY hero.age DESC, hero.name"));
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
    /// # use relata::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// let query = select(Hero.id).order_by(Hero.id).limit(10);
    /// assert!(format!("{query:?}").ends_with("ORDER BY hero.id\nLIMIT 10"));
    /// ```
    pub fn limit(mut self, rows: u64) -> Self {
        self.ast.limit = Some(rows);
        self
    }

    /// Passes over so many rows first. Without an order, which ones is up to the database.
    ///
    /// ```
    /// # use relata::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// let query = select(Hero.id).order_by(Hero.id).offset(20).limit(10);
    /// assert!(format!("{query:?}").ends_with("LIMIT 10 OFFSET 20"));
    /// ```
    pub fn offset(mut self, rows: u64) -> Self {
        self.ast.offset = Some(rows);
        self
    }

    /// Locks the rows against changes by others until the transaction ends. SQLite locks no rows:
    /// there the transaction begins for writing, which keeps all others from it.
    ///
    /// ```
    /// # use relata::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// # use relata_core::{query::{ReadAst, SelectAst}, sql::{self, Dialect}};
    /// # let on_postgres = |ast: &SelectAst| {
    /// #     sql::read(&ReadAst::Select(ast.clone()), Dialect::Postgres).unwrap().sql
    /// # };
    /// let query = select(Hero.id).filter(Hero.id.eq(1)).for_update();
    /// assert!(on_postgres(query.ast()).ends_with("WHERE hero.id = $1\nFOR UPDATE"));
    /// assert!(format!("{query:?}").ends_with("WHERE hero.id = ?")); // on SQLite BEGIN IMMEDIATE
    /// ```
    pub fn for_update(self) -> Self {
        self.lock(false, LockWait::Wait)
    }

    /// As [`for_update`](Select::for_update), while others may still read the rows so.
    ///
    /// ```
    /// # use relata::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// # use relata_core::{query::{ReadAst, SelectAst}, sql::{self, Dialect}};
    /// # let on_postgres = |ast: &SelectAst| {
    /// #     sql::read(&ReadAst::Select(ast.clone()), Dialect::Postgres).unwrap().sql
    /// # };
    /// let query = select(Hero.id).filter(Hero.id.eq(1)).for_share();
    /// assert!(on_postgres(query.ast()).ends_with("\nFOR SHARE"));
    /// ```
    pub fn for_share(self) -> Self {
        self.lock(true, LockWait::Wait)
    }

    /// Leaves out rows that others have locked. It goes with [`for_update`](Select::for_update),
    /// which it implies. SQLite locks no rows, so there it leaves out none, and waits for its turn.
    ///
    /// ```
    /// # use relata::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// # use relata_core::{query::{ReadAst, SelectAst}, sql::{self, Dialect}};
    /// # let on_postgres = |ast: &SelectAst| {
    /// #     sql::read(&ReadAst::Select(ast.clone()), Dialect::Postgres).unwrap().sql
    /// # };
    /// let next = select(Hero.id).order_by(Hero.id).limit(1).for_update().skip_locked();
    /// assert!(on_postgres(next.ast()).ends_with("LIMIT 1\nFOR UPDATE SKIP LOCKED"));
    /// ```
    pub fn skip_locked(self) -> Self {
        let share = self.ast.lock.is_some_and(|lock| lock.share);
        self.lock(share, LockWait::Skip)
    }

    /// Is `Busy` at once where others have locked a row, instead of waiting. It goes with
    /// [`for_update`](Select::for_update), which it implies. On SQLite it is so where another
    /// connection is writing, whatever `busy_timeout` the URL has.
    ///
    /// ```
    /// # use relata::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// # use relata_core::{query::{ReadAst, SelectAst}, sql::{self, Dialect}};
    /// # let on_postgres = |ast: &SelectAst| {
    /// #     sql::read(&ReadAst::Select(ast.clone()), Dialect::Postgres).unwrap().sql
    /// # };
    /// let query = select(Hero.id).filter(Hero.id.eq(1)).for_update().no_wait();
    /// assert!(on_postgres(query.ast()).ends_with("\nFOR UPDATE NOWAIT"));
    /// ```
    pub fn no_wait(self) -> Self {
        let share = self.ast.lock.is_some_and(|lock| lock.share);
        self.lock(share, LockWait::Fail)
    }

    fn lock(mut self, share: bool, wait: LockWait) -> Self {
        self.ast.lock = Some(Lock { share, wait });
        self
    }

    /// The statement as data.
    pub fn ast(&self) -> &SelectAst {
        &self.ast
    }

    /// The relations to be loaded along, in the order in which they were asked for.
    pub fn eager(&self) -> &[Eager] {
        &self.eager
    }
}

impl<S> Clone for Select<S> {
    fn clone(&self) -> Self {
        Select { ast: self.ast.clone(), eager: self.eager.clone(), what: PhantomData }
    }
}

/// The statement as SQLite would be given it, without its parameters.
impl<S: Subselect> fmt::Debug for Select<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match sql::read(&ReadAst::Select(self.ast.clone()), Dialect::Sqlite) {
            Ok(rendered) => f.write_str(&rendered.sql),
            Err(error) => write!(f, "{error}"),
        }
    }
}
