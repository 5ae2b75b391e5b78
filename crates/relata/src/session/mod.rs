//! [`Session`]: a queue of pictures taken at `add`, flushed in one transaction.
//!
//! What is to be sent is planned in `relata_core::unit`; a session hands it to a connection and the
//! reply back.

mod count;
mod exec;
mod load;
mod one;
mod pages;
mod run;
mod savepoint;
mod stream;
mod transact;
mod transaction;

pub use exec::{Exec, ExecOnce};
pub use load::Loadable;
pub use pages::{Paged, Pages};
pub use relata_core::unit::{Add, Delete};
pub use savepoint::{Savepoint, SavepointOf};
pub use stream::{Stream, StreamOf};

use crate::{Async, EngineOf, Error, Mode, Result};
use relata_core::{
    TransactionOptions,
    connection::{Begin, Step},
    query::IntoQuery,
    unit::{Flush, Missed, Unit},
};
use transaction::Transaction;

/// A unit of work whose methods are async.
pub type Session = SessionOf<Async>;

/// A unit of work: what is added and deleted is queued, and flushed in as few statements as it
/// takes, in an order that respects every foreign key.
///
/// A transaction begins on first use and ends with [`commit`](SessionOf::commit) or
/// [`rollback`](SessionOf::rollback); dropping the session rolls back.
///
/// ```
/// # use relata::blocking::prelude::*;
/// # #[model(table)]
/// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
/// # let engine = Engine::connect("sqlite::memory:")?;
/// # Metadata::of(Hero).create_all(&engine)?;
/// # let mut session = Session::new(&engine);
/// let deadpond = session.add(Hero::new("Deadpond"));
/// let mut hulk = session.add(Hero::new("Hulk"));
/// session.commit()?; // BEGIN, one INSERT of two rows, COMMIT
/// hulk.age = Some(40);
/// session.add(&mut hulk);
/// session.delete(&deadpond);
/// session.commit()?; // BEGIN, UPDATE hero …, DELETE FROM hero …, COMMIT
/// assert_eq!(engine.exec(select(Hero.age)).all()?, [Some(40)]);
/// # Ok::<_, relata::Error>(())
/// ```
pub struct SessionOf<X: Mode> {
    unit: Unit,
    transaction: Transaction<X>,
}

impl<X: Mode> SessionOf<X> {
    /// A session on an engine. Nothing is opened before it is needed.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of(Hero).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// let mut other = Session::new(&engine);
    /// assert!(other.is_clean());
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn new(engine: &EngineOf<X>) -> Self {
        SessionOf { unit: Unit::default(), transaction: Transaction::new(engine) }
    }

    /// The session, with these options for every transaction that it begins from here on. What they
    /// leave open is as the engine has it.
    ///
    /// Every database gives the level of isolation that is asked for, or a stricter one. SQLite is
    /// serializable at all of them. There a transaction at `RepeatableRead` or `Serializable` that
    /// may write begins as [`begin_write`](SessionOf::begin_write) does, because otherwise one that
    /// has read is begun anew for its first write.
    ///
    /// A transaction that is read only refuses whatever writes, with an error of the kind
    /// `ReadOnly`.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of(Hero).create_all(&engine)?;
    /// use relata::Isolation;
    ///
    /// let mut session = Session::new(&engine).with_options(Isolation::Serializable);
    /// let heroes = session.exec(select(Hero)).all()?;
    /// session.add(Hero::new(format!("hero number {}", heroes.len() + 1)));
    /// session.commit()?;
    /// # Ok::<_, relata::Error>(())
    /// ```
    #[must_use = "the session is given back with its options"]
    pub fn with_options(mut self, options: impl Into<TransactionOptions>) -> Self {
        self.transaction.set_options(options.into());
        self
    }

    /// Adds a row: a plain value, which is given back as `Tracked`, or `&mut` a tracked one, of
    /// which what changed is written. With it go the new and changed rows that its relations lead
    /// to.
    ///
    /// Nothing is sent before a flush. What cannot be added, such as a plain copy of a saved row,
    /// is an error of that flush.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of(Hero).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// let mut hero = session.add(Hero::new("Deadpond"));
    /// assert_eq!(hero.id.get(), None);
    /// session.commit()?; // INSERT INTO hero (name, age) VALUES (?, ?) RETURNING id
    /// assert_eq!(hero.id, 1);
    ///
    /// hero.age = Some(30);
    /// session.add(&mut hero);
    /// session.commit()?; // UPDATE hero SET age=? WHERE hero.id = ?
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn add<A: Add>(&mut self, row: A) -> A::Added {
        row.add_to(&mut self.unit, &self.transaction.scope())
    }

    /// Adds each of these, as [`add`](SessionOf::add) does.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of(Hero).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// let heroes = session.add_all(["Deadpond", "Rusty-Man"].map(Hero::new));
    /// session.commit()?; // one INSERT of two rows
    /// assert_eq!(heroes[1].id, 2);
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn add_all<I: IntoIterator<Item: Add>>(&mut self, rows: I) -> Vec<<I::Item as Add>::Added> {
        rows.into_iter().map(|row| self.add(row)).collect()
    }

    /// Deletes a row, by `&` or `&mut` of a tracked one: its links first, its children as their
    /// relation says.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of(Hero).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// let mut hero = session.add(Hero::new("Deadpond"));
    /// session.commit()?;
    /// session.delete(&mut hero);
    /// session.commit()?; // DELETE FROM hero WHERE hero.id = ?
    /// assert!(session.get(Hero, 1)?.is_none());
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn delete<D: Delete>(&mut self, row: D) {
        row.delete_from(&mut self.unit, &self.transaction.scope());
    }

    /// Runs a statement: a `select`, `insert`, `update` or `delete`, or SQL of your own. Queued changes
    /// are flushed first, so what is read or written includes them. What was read before is not
    /// changed by a statement that writes; `refresh` it.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of(Hero).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// session.add(Hero::new("Deadpond").with_age(30));
    /// let adults = session.exec(select(Hero).filter(Hero.age.ge(18))).all()?;
    /// assert_eq!(adults[0].name, "Deadpond");
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn exec<Q: IntoQuery>(&mut self, statement: Q) -> Exec<'_, Q::Rows, X> {
        Exec { session: self, query: statement.into_query() }
    }

    /// Writes what is queued, in the transaction.
    ///
    /// # Errors
    /// The faults of what was added, and those of the database. A failed flush is rolled back and
    /// ids are as before; the session then refuses everything but `rollback`.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of(Hero).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// let hero = session.add(Hero::new("Deadpond"));
    /// session.flush()?;
    /// assert_eq!(hero.id, 1); // in this transaction
    /// session.rollback()?;
    /// assert_eq!(hero.id.get(), None);
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn flush(&mut self) -> X::Out<impl Future<Output = Result<()>> + Send> {
        X::run(async move {
            self.transaction.check()?;
            self.write(false).await
        })
    }

    /// Writes what is queued and commits.
    ///
    /// # Errors
    /// Those of [`flush`](SessionOf::flush); `CommitUnknown` where the answer to the COMMIT was
    /// lost.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of(Hero).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// session.add(Hero::new("Deadpond"));
    /// session.commit()?;
    /// assert_eq!(engine.exec(select(Hero)).all()?.len(), 1);
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn commit(&mut self) -> X::Out<impl Future<Output = Result<()>> + Send> {
        X::run(self.save())
    }

    async fn save(&mut self) -> Result<()> {
        self.transaction.check()?;
        self.write(true).await
    }

    /// Undoes everything since the last commit: the queue is emptied, ids and memories are as they
    /// were. The fields of your values stay as they are, so they can be added again.
    ///
    /// After a call that was dropped half-way it waits until the database has stopped what was under
    /// way, so that no lock of it is left.
    ///
    /// # Errors
    /// Where the connection broke; the transaction is undone then too.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of(Hero).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// let mut hero = session.add(Hero::new("Deadpond"));
    /// session.flush()?;
    /// session.rollback()?;
    /// assert!(session.get(Hero, 1)?.is_none());
    ///
    /// session.add(&mut hero); // the same value again
    /// session.commit()?;
    /// assert_eq!(hero.id, 1);
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn rollback(&mut self) -> X::Out<impl Future<Output = Result<()>> + Send> {
        X::run(self.undo())
    }

    async fn undo(&mut self) -> Result<()> {
        self.unit = Unit::default();
        self.transaction.roll_back().await
    }

    /// Begins the transaction for writing at once, where that takes a lock (SQLite).
    ///
    /// # Errors
    /// `Busy` where another connection holds the lock.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of(Hero).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// session.begin_write()?; // BEGIN IMMEDIATE
    /// let heroes = session.exec(select(Hero)).all()?;
    /// session.add(Hero::new(format!("hero number {}", heroes.len() + 1)));
    /// session.commit()?;
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn begin_write(&mut self) -> X::Out<impl Future<Output = Result<()>> + Send> {
        X::run(async move {
            self.transaction.check()?;
            self.transaction.send(Begin::Write, Vec::new()).await.map(|_| ())
        })
    }

    /// Begins the transaction at once, with these options for it alone; the next one is as before.
    /// What they leave open is as [the session](SessionOf::with_options) has it.
    ///
    /// # Errors
    /// `InvalidStatement` where a transaction is open already; `Busy` where beginning takes a lock
    /// (SQLite) and another connection holds it.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of(Hero).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// use relata::Isolation;
    ///
    /// session.begin_with(Isolation::RepeatableRead.read_only())?;
    /// let heroes = session.exec(select(Hero)).all()?;
    /// let count = session.exec(select(count(Hero.id))).one()?; // of the same state
    /// assert_eq!(count, heroes.len() as i64);
    /// session.commit()?;
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn begin_with(
        &mut self,
        options: impl Into<TransactionOptions>,
    ) -> X::Out<impl Future<Output = Result<()>> + Send> {
        let options = options.into();
        X::run(async move {
            self.transaction.check()?;
            self.transaction.begin_with(options).await
        })
    }

    /// Whether nothing is queued.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of(Hero).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// session.add(Hero::new("Deadpond"));
    /// assert!(!session.is_clean());
    /// session.flush()?;
    /// assert!(session.is_clean()); // although nothing is committed yet
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn is_clean(&self) -> bool {
        self.unit.is_empty()
    }

    /// Flushes, and commits with the last batch.
    async fn write(&mut self, commit: bool) -> Result<()> {
        let mut missed = None;
        let written = self.try_write(commit, &mut missed).await;
        let Err(error) = written else { return Ok(()) };
        self.unit = Unit::default();
        Err(self.transaction.fail(error, missed).await)
    }

    async fn try_write(&mut self, commit: bool, missed: &mut Option<Missed>) -> Result<()> {
        let queued = !self.unit.is_empty();
        let unit = self.unit.take()?;
        if !queued {
            return if commit {
                self.transaction.commit(Vec::new()).await.map(|_| ())
            } else {
                Ok(())
            };
        }
        let scope = self.transaction.scope();
        // Until it is done, a dropped future leaves the queue half written.
        self.transaction.enter();
        let mut flush = Flush::new(unit, self.transaction.capabilities(), &scope);
        let mut committed = false;
        while let Some(statements) = flush.next()? {
            let steps = statements.into_iter().map(Step::Run).collect();
            committed = commit && flush.may_commit();
            let mut done = if committed {
                self.transaction.commit(steps).await?
            } else {
                self.transaction.send(Begin::Write, steps).await?
            };
            if let Err(error) = flush.apply(&mut done) {
                *missed = flush.missed();
                return Err(error);
            }
        }
        scope.flushed();
        self.transaction.leave();
        if commit && !committed {
            self.transaction.commit(Vec::new()).await?;
        }
        Ok(())
    }

    /// Flushes before a query.
    async fn autoflush(&mut self) -> Result<()> {
        self.transaction.check()?;
        if self.unit.is_empty() {
            return Ok(());
        }
        self.write(false).await.map_err(|error: Error| {
            error.with_note("raised while queued changes were flushed before a query")
        })
    }
}

impl<X: Mode> Drop for SessionOf<X> {
    fn drop(&mut self) {
        self.transaction.abandon();
    }
}

impl<X: Mode> std::fmt::Debug for SessionOf<X> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("clean", &self.is_clean()).finish_non_exhaustive()
    }
}
