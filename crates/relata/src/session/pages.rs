//! [`Pages`]: a statement read page by page, with nothing held in between.

use super::{
    SessionOf,
    exec::{joined, nodes, steps},
    load::load_eager,
};
use crate::{Mode, Result};
use relata_core::{
    connection::{Row, Rows},
    query::{Keyset, Select, Subselect},
    unit::TargetRows,
    value::{SqlType, Value},
};

/// The rows of a statement, page by page. It holds neither a session nor a connection, so between two
/// pages rows can be changed and committed.
///
/// A page starts behind the last row of the one before, by the values that the rows are ordered by
/// and by what tells them apart: the keys of all that is read, or what is grouped by. Rows that come
/// or go meanwhile make none be skipped or read twice, and a late page costs no more than the first.
/// A row whose place in the order was changed is met again, or not, where it is now.
///
/// ```
/// # use relata::blocking::prelude::*;
/// # #[model(table)]
/// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
/// # let engine = Engine::connect("sqlite::memory:")?;
/// # Metadata::of(Hero).create_all(&engine)?;
/// # let mut session = Session::new(&engine);
/// # session.add_all((1..=7).map(|at| Hero::new(format!("hero {at}"))));
/// # session.commit()?;
/// let mut pages = select(Hero).order_by(Hero.name).pages(3)?;
/// while let Some(mut heroes) = pages.next(&mut session)? {
///     for hero in &mut heroes {
///         hero.age = Some(18);
///         session.add(hero);
///     }
///     session.commit()?;
/// }
/// let grown = session.exec(select(count(Hero.id)).filter(Hero.age.eq(18))).one()?;
/// assert_eq!(grown, 7);
/// # Ok::<_, relata::Error>(())
/// ```
#[must_use = "nothing is read before `next`"]
pub struct Pages<S> {
    keyset: Keyset<S>,
}

/// Statements that can be read in pages.
///
/// ```
/// # use relata::blocking::prelude::*;
/// # #[model(table)]
/// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
/// # let engine = Engine::connect("sqlite::memory:")?;
/// # Metadata::of(Hero).create_all(&engine)?;
/// # let mut session = Session::new(&engine);
/// # session.add_all(["Deadpond", "Hulk", "Rusty-Man"].map(Hero::new));
/// let mut pages = select(Hero.name).order_by(Hero.name).pages(2)?;
/// assert_eq!(pages.next(&mut session)?.unwrap(), ["Deadpond", "Hulk"]);
/// # Ok::<_, relata::Error>(())
/// ```
pub trait Paged: Sized {
    /// How the rows are read.
    type Rows: Subselect;

    /// The statement in pages of at most so many rows, at least 1. Its limit is how many rows there
    /// are in all, its offset how many are passed over before the first page.
    ///
    /// # Errors
    /// `InvalidStatement` where nothing tells each row from the others, as with a subquery that may
    /// give a row twice (unless the rows are ordered by the key of its model, which then is taken
    /// for one), or an aggregate without `group_by`; where the statement is `distinct`; and where it
    /// selects a window function, which would see the rows of one page.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of(Hero).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// use relata::ErrorKind;
    ///
    /// assert!(select(Hero.name).pages(100).is_ok()); // ordered by the key
    /// let error = select(Hero.name).distinct().pages(100).err().unwrap();
    /// assert_eq!(error.kind(), ErrorKind::InvalidStatement);
    /// # Ok::<_, relata::Error>(())
    /// ```
    fn pages(self, rows: u64) -> Result<Pages<Self::Rows>>;
}

impl<S: Subselect> Paged for Select<S> {
    type Rows = S;

    fn pages(self, rows: u64) -> Result<Pages<S>> {
        Ok(Pages { keyset: Keyset::new(self, rows)? })
    }
}

/// Takes the rows of a page, and the keys of the last.
struct Page<S: Subselect> {
    types: Vec<Option<SqlType>>,
    rows: Vec<S::Row>,
    last: Option<Vec<Value>>,
    joined: Vec<TargetRows>,
}

impl<S: Subselect> Rows for Page<S> {
    fn row(&mut self, row: &dyn Row) -> Result<()> {
        let mut at = 0;
        self.rows.push(S::track(S::decode_at(row, &mut at)?));
        self.last = Some(Keyset::<S>::read_keys(&self.types, row, at)?);
        at += self.types.len();
        self.joined.iter_mut().try_for_each(|related| related.read_joined(row, &mut at))
    }
}

impl<S: Subselect> Pages<S> {
    /// The next page, or `None` behind the last row. Queued changes are flushed first, and relations
    /// asked for by `with` are loaded.
    ///
    /// # Errors
    /// As for [`Exec::all`](super::Exec::all); the same page can be asked for again.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of(Hero).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// # session.add_all(["Deadpond", "Hulk", "Rusty-Man"].map(Hero::new));
    /// let mut pages = select(Hero).pages(2)?;
    /// let first = pages.next(&mut session)?.unwrap(); // … ORDER BY hero.id LIMIT 2
    /// let second = pages.next(&mut session)?.unwrap(); // … WHERE hero.id > ? …
    /// assert_eq!((first.len(), second.len()), (2, 1));
    /// assert!(pages.next(&mut session)?.is_none());
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn next<X: Mode>(
        &mut self,
        session: &mut SessionOf<X>,
    ) -> X::Out<impl Future<Output = Result<Option<Vec<S::Row>>>> + Send> {
        X::run(async move {
            session.autoflush().await?;
            if self.keyset.is_done() {
                return Ok(None);
            }
            let transaction = &mut session.transaction;
            let query = self.keyset.query();
            let page = || -> Option<Box<dyn Rows>> {
                Some(Box::new(Page::<S> {
                    types: self.keyset.key_types(),
                    rows: Vec::new(),
                    last: None,
                    joined: joined(query.eager()),
                }))
            };
            let steps = steps(&query, transaction.capabilities(), page)?;
            let mut done = transaction.send(query.begin(), steps).await?;
            let Some(done) = done.first_mut() else { return Ok(None) };
            let Page { mut rows, last, joined, .. } = *done.take::<Page<S>>()?;
            if !query.eager().is_empty() {
                load_eager(transaction, nodes::<S>(&mut rows), query.eager(), joined).await?;
            }
            self.keyset.advance(rows.len() as u64, last);
            Ok((!rows.is_empty()).then_some(rows))
        })
    }
}
