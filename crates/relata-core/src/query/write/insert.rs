//! [`Insert`]: an INSERT under construction.

use super::{
    Assign, ColumnList, ConflictAction, ConflictAst, Expr, Fills, InsertAst, Inserted,
    IntoPredicate, NoRows, Predicate, Reads, Selection, SetAst, Sql, Target, Tree, Verb, WriteAst,
    ast::{positions, put},
    narrow,
};
use crate::{
    entity::Slot,
    error::{Error, ErrorKind},
    key::{IdState, Key},
    model::{Column, Entity, Model},
    schema::{Join, ModelDef},
    unit::foreign_key,
    value::{ColumnType, Value},
};
use std::{fmt, marker::PhantomData, sync::Arc};

/// Inserts rows: `insert(Hero).values([…])`, `insert(Hero).set(Hero.name, "…")`, or the rows of
/// another statement, `insert(Hero).columns(…).from_select(…)`.
///
/// It writes columns only, and tracks nothing. What has relations to be written is for
/// `session.add`.
///
/// ```
/// # use relata::blocking::prelude::*;
/// # #[model(table)]
/// # struct Team { #[field(primary_key)] id: Id<Team>, name: String }
/// # #[model(table)]
/// # struct Hero { #[field(primary_key)] id: Id<Hero>, #[field(unique)] name: String, age: Option<i32> }
/// # let engine = Engine::connect("sqlite::memory:")?;
/// # Metadata::of((Team, Hero)).create_all(&engine)?;
/// engine.exec(insert(Hero).values(["Deadpond", "Rusty-Man"].map(Hero::new))).run()?;
/// // INSERT INTO hero (name, age) VALUES (?, ?), (?, ?)
///
/// let hero: Hero = engine.exec(insert(Hero).set(Hero.name, "Spider-Boy").returning(Hero)).one()?;
/// // INSERT INTO hero (name) VALUES (?) RETURNING hero.id, hero.name, hero.age
/// assert_eq!(hero.id, 3);
///
/// let teams = select(Hero.name).filter(Hero.id.lt(3));
/// engine.exec(insert(Team).columns(Team.name).from_select(teams)).run()?;
/// // INSERT INTO team (name) SELECT hero.name FROM hero WHERE hero.id < ?
/// assert_eq!(engine.exec(select(Team)).count()?, 2);
/// # Ok::<_, relata::Error>(())
/// ```
pub fn insert<M: Model>(into: Entity<M>) -> Insert<M> {
    let _ = into;
    let ast = InsertAst { rows: Inserted::Unsaid, conflict: None };
    Insert { ast, target: Target::new(M::DEF), begun: false, of: PhantomData }
}

/// An INSERT, typed by what it gives: nothing but a count ([`NoRows`]), or the rows that
/// [`returning`](Insert::returning) asks for. Nothing is sent before a session or an engine executes
/// it.
#[must_use = "a statement does nothing until it is executed"]
pub struct Insert<M, R = NoRows> {
    ast: InsertAst,
    target: Target,
    /// Whether the first row was begun by `set`, and has defaults where it was not set.
    begun: bool,
    of: PhantomData<fn() -> (M, R)>,
}

impl<M: Model, R> Insert<M, R> {
    /// One row. Called again, one more.
    ///
    /// A key that the database makes is left out, unless the program gave one, and so is a `None` where
    /// the column has a `server_default`. A `One` that was filled
    /// by an id or a saved row gives its foreign key. An error, when the statement is executed, where
    /// a relation holds anything else, or an id is of a row that is not saved.
    pub fn value(self, row: M) -> Self {
        self.values([row])
    }

    /// These rows, in one statement, or in as few as the database takes parameters for; none where
    /// there are none. See [`value`](Insert::value).
    pub fn values(mut self, rows: impl IntoIterator<Item = M>) -> Self {
        let mut written = Vec::new();
        for row in rows {
            match columns_of(&row) {
                Ok(columns) => written.push(columns),
                Err(error) => self.target.fail(error),
            }
        }
        match &mut self.ast.rows {
            Inserted::Rows(rows) => rows.append(&mut written),
            other => *other = Inserted::Rows(written),
        }
        self
    }

    /// Sets one column of a single row, instead of whole [`values`](Insert::values). Columns that are
    /// not set have their model's default, or what the database writes by itself. `None` is NULL, even
    /// where the column has a `server_default`.
    pub fn set<V>(mut self, column: Column<M, V>, to: impl Assign<V>) -> Self {
        let SetAst { column, to } = self.target.assignment(column, to);
        match &mut self.ast.rows {
            Inserted::Rows(rows) => match rows.as_mut_slice() {
                [row] => row[column] = Some(to),
                _ => self.target.fail(Error::new(
                    ErrorKind::InvalidStatement,
                    "`set` is for a single row; set the fields of the values instead",
                )),
            },
            other => {
                let mut row = vec![None; M::DEF.columns.len()];
                row[column] = Some(to);
                *other = Inserted::Rows(vec![row]);
                self.begun = true;
            }
        }
        self
    }

    /// The columns that the rows of a statement are written to; see
    /// [`from_select`](InsertColumns::from_select).
    pub fn columns<C: ColumnList<M>>(self, columns: C) -> InsertColumns<M, R, C> {
        InsertColumns { insert: self, columns: positions(columns), of: PhantomData }
    }

    /// What happens where a row has the same values in these columns, which have to be unique: a
    /// column, or a tuple of those that are unique together. A conflict in any other columns stays an
    /// error. MySQL cannot tell them apart, so there these have to be the only ones.
    pub fn on_conflict(self, columns: impl ColumnList<M>) -> OnConflict<M, R> {
        OnConflict { insert: self, target: positions(columns) }
    }

    /// What happens where a row has the same values in any columns that have to be unique. PostgreSQL
    /// can do nothing then, and update only for [`on_conflict`](Insert::on_conflict).
    pub fn on_any_conflict(self) -> OnConflict<M, R> {
        OnConflict { insert: self, target: Vec::new() }
    }

    /// What it gives of each row that it wrote, as for `select`: a model, which a session tracks, a
    /// column, or a tuple. `first` and `one` limit what is given, not what is written. MySQL gives no
    /// such rows; MariaDB does, but for an UPDATE and [`do_nothing`](OnConflict::do_nothing).
    pub fn returning<W: Selection>(mut self, what: W) -> Insert<M, W::Rows> {
        self.target.returning(what);
        Insert { ast: self.ast, target: self.target, begun: self.begun, of: PhantomData }
    }

    pub(in crate::query) fn into_ast(mut self) -> WriteAst {
        if let Inserted::Rows(rows) = &mut self.ast.rows
            && self.begun
        {
            rows.iter_mut().take(1).for_each(|row| with_defaults::<M>(row));
        }
        WriteAst { verb: Verb::Insert(self.ast), target: self.target }
    }
}

impl<M, R> Clone for Insert<M, R> {
    fn clone(&self) -> Self {
        let (ast, target) = (self.ast.clone(), self.target.clone());
        Insert { ast, target, begun: self.begun, of: PhantomData }
    }
}

impl<M: Model, R> fmt::Debug for Insert<M, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.clone().into_ast().fmt(f)
    }
}

/// What an INSERT writes of a value.
fn columns_of<M: Model>(row: &M) -> Result<Vec<Option<Expr>>, Error> {
    let mut relation = 0;
    let mut filled = Vec::new();
    row.relations(&mut |slot| {
        if !slot.is_silent() {
            filled.push((relation, slot));
        }
        relation += 1;
    });
    let columns = M::DEF.columns.iter().enumerate();
    let mut columns: Vec<_> = columns
        .map(|(at, column)| match row.value(at) {
            Value::Null if column.generated => Ok(None),
            value if column.is_unsaid(&value) => Ok(None),
            Value::Late(late) if column.generated && late.key().is_none() => {
                match late.id_state() {
                    IdState::Pending => Err(is_added(M::DEF)),
                    _ => Ok(None),
                }
            }
            value => Ok(Some(Expr::Value(value))),
        })
        .collect::<Result<_, _>>()?;
    for (relation, slot) in filled {
        let key = foreign_key((M::DEF, relation), slot, &|at| row.value(at))?;
        for (at, value) in key.ok_or_else(|| has_relation(M::DEF, relation, slot))? {
            columns[at] = Some(Expr::Value(value));
        }
    }
    Ok(columns)
}

fn has_relation(def: &ModelDef, relation: usize, slot: &Slot) -> Error {
    let described = &def.relations[relation];
    let why = match (described.resolved)().join {
        Join::Parent { .. } if !slot.rows().is_empty() => {
            "holds a new row, but `insert` writes columns only; use `session.add`, which writes relations, or give it a row that is saved, or its id"
        }
        _ => {
            "was filled, but `insert` writes columns only; use `session.add`, which writes relations"
        }
    };
    Error::new(ErrorKind::InvalidStatement, format!("`{}.{}` {why}", def.name, described.name))
}

fn is_added(def: &ModelDef) -> Error {
    Error::new(
        ErrorKind::AlreadyStored,
        format!(
            "this `{}` was added to a session, which inserts it; commit that, or insert a value with an id of its own",
            def.name
        ),
    )
}

/// Writes what the model gives to the columns that were not set: defaults, and keys that the program
/// makes.
fn with_defaults<M: Model>(row: &mut [Option<Expr>]) {
    for (at, cell) in row.iter_mut().enumerate() {
        if cell.is_none() {
            *cell = default_of::<M>(at).map(Expr::Value);
        }
    }
}

fn default_of<M: Model>(at: usize) -> Option<Value> {
    let column = &M::DEF.columns[at];
    match column.default {
        Some(default) => Some(default()).filter(|value| !value.is_null()),
        None if M::DEF.primary_key == [at] && !column.generated => M::Key::fresh(),
        None => None,
    }
}

/// An INSERT whose columns are said, but not yet what is written to them.
#[must_use = "say what is written to the columns: `.from_select(…)`"]
pub struct InsertColumns<M, R, C> {
    insert: Insert<M, R>,
    columns: Vec<usize>,
    of: PhantomData<fn() -> C>,
}

impl<M: Model, R, C> InsertColumns<M, R, C> {
    /// Inserts the rows of a statement, which selects as many expressions as there are columns, in
    /// their order and of their types. Columns that are not named have their model's default, or what
    /// the database writes by itself.
    pub fn from_select<S: Reads<Rows: Fills<C>>>(self, select: S) -> Insert<M, R> {
        let InsertColumns { mut insert, columns, .. } = self;
        let others = (0..M::DEF.columns.len()).filter(|at| !columns.contains(at));
        // one key would be the same for every row
        let defaults = others.filter(|at| M::DEF.columns[*at].default.is_some());
        let defaults = defaults.filter_map(|column| {
            default_of::<M>(column).map(|value| SetAst { column, to: Expr::Value(value) })
        });
        let defaults = defaults.collect();
        let select = Arc::new(select.into_ast());
        insert.ast.rows = Inserted::Select { columns, select, defaults };
        insert
    }
}

/// An INSERT that knows of a conflict, but not yet what is done about it.
#[must_use = "say what is done about the conflict: `.do_nothing()` or `.do_update()`"]
pub struct OnConflict<M, R = NoRows> {
    insert: Insert<M, R>,
    target: Vec<usize>,
}

impl<M: Model, R> OnConflict<M, R> {
    /// Rows that are there already stay as they are: `ON CONFLICT (name) DO NOTHING`. They count as not written, and
    /// [`returning`](Insert::returning) gives none of them.
    pub fn do_nothing(self) -> Insert<M, R> {
        let OnConflict { mut insert, target } = self;
        let action = ConflictAction::Nothing;
        insert.ast.conflict = Some(ConflictAst { target, action });
        insert
    }

    /// Rows that are there already are changed, as `set` says:
    /// `ON CONFLICT (name) DO UPDATE SET age=excluded.age`, and on MySQL
    /// `ON DUPLICATE KEY UPDATE age=VALUES(age)`.
    pub fn do_update(self) -> Upsert<M, R> {
        let OnConflict { insert, target } = self;
        Upsert { insert, target, set: Vec::new(), filter: None }
    }
}

/// An INSERT that changes the rows which are there already.
#[must_use = "a statement does nothing until it is executed"]
pub struct Upsert<M, R = NoRows> {
    insert: Insert<M, R>,
    target: Vec<usize>,
    set: Vec<SetAst>,
    filter: Option<Predicate>,
}

impl<M: Model, R> Upsert<M, R> {
    /// Sets a column of the row that is there: to a value, to what was to be inserted
    /// (`excluded(Hero.age)`), or to something computed of both.
    pub fn set<V>(mut self, column: Column<M, V>, to: impl Assign<V>) -> Self {
        let assignment = self.insert.target.assignment(column, to);
        put(&mut self.set, assignment);
        self
    }

    /// Sets columns to what was to be inserted: `.set_excluded((Hero.age, Hero.name))`.
    pub fn set_excluded(mut self, columns: impl ColumnList<M>) -> Self {
        for column in positions(columns) {
            let of = super::ColumnRef { table: M::DEF, at: column, alias: "" };
            put(&mut self.set, SetAst { column, to: Expr::Excluded(of) });
        }
        self
    }

    /// Changes only the rows for which this is true. Called again, both have to be. MySQL has no
    /// such condition.
    pub fn filter(mut self, condition: impl IntoPredicate) -> Self {
        narrow(&mut self.filter, condition);
        self
    }

    /// What it gives of each row that it wrote; see [`Insert::returning`].
    pub fn returning<W: Selection>(self, what: W) -> Insert<M, W::Rows> {
        self.finish().returning(what)
    }

    pub(in crate::query) fn finish(self) -> Insert<M, R> {
        let Upsert { mut insert, target, set, filter } = self;
        let action = ConflictAction::Update { set, filter };
        insert.ast.conflict = Some(ConflictAst { target, action });
        insert
    }
}

impl<M, R> Clone for Upsert<M, R> {
    fn clone(&self) -> Self {
        let Upsert { insert, target, set, filter } = self;
        let (insert, target) = (insert.clone(), target.clone());
        Upsert { insert, target, set: set.clone(), filter: filter.clone() }
    }
}

impl<M: Model, R> fmt::Debug for Upsert<M, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.clone().finish().fmt(f)
    }
}

/// In [`do_update`](OnConflict::do_update), the value of a column that was to be inserted.
///
/// ```
/// # use relata::blocking::prelude::*;
/// # #[model(table)]
/// # struct Team { #[field(primary_key)] id: Id<Team>, name: String }
/// # #[model(table)]
/// # struct Hero { #[field(primary_key)] id: Id<Hero>, #[field(unique)] name: String, age: Option<i32> }
/// # let engine = Engine::connect("sqlite::memory:")?;
/// # Metadata::of((Team, Hero)).create_all(&engine)?;
/// let hero = |age: i32| {
///     insert(Hero)
///         .value(Hero::new("Deadpond").with_age(age))
///         .on_conflict(Hero.name)
///         .do_update()
///         .set(Hero.age, excluded(Hero.age))
///         .filter(Hero.age.lt(excluded(Hero.age)))
/// };
/// assert_eq!(engine.exec(hero(30)).run()?, 1);
/// assert_eq!(engine.exec(hero(31)).run()?, 1);
/// assert_eq!(engine.exec(hero(29)).run()?, 0); // it is 31 already
/// # Ok::<_, relata::Error>(())
/// ```
pub fn excluded<M: Model, V: ColumnType>(column: Column<M, V>) -> Sql<V> {
    let of = super::ColumnRef { table: M::DEF, at: column.at, alias: "" };
    Sql::new(Tree::leaf(Expr::Excluded(of)))
}
