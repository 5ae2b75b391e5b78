//! [`Savepoint`]: a part of a transaction that can be rolled back on its own.

use super::SessionOf;
use crate::{Async, Mode, Result};
use relata_core::{Scope, unit::Unit};
use std::ops::{Deref, DerefMut};

/// A savepoint of an async session.
///
/// ```
/// # use relata::prelude::*;
/// # #[model(table)]
/// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String }
/// use relata::Savepoint;
///
/// async fn try_to_add(mut savepoint: Savepoint<'_>, name: &str) -> relata::Result<()> {
///     savepoint.add(Hero::new(name));
///     savepoint.commit().await
/// }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> relata::Result<()> {
/// # let engine = Engine::connect("sqlite::memory:").await?;
/// # Metadata::of(Hero).create_all(&engine).await?;
/// # let mut session = Session::new(&engine);
/// try_to_add(session.begin_nested().await?, "Deadpond").await?;
/// # session.commit().await
/// # }
/// ```
pub type Savepoint<'s> = SavepointOf<'s, Async>;

/// A savepoint. It derefs to the session; what is added through it is undone with it.
///
/// Dropping it without [`commit`](SavepointOf::commit) rolls it back.
///
/// ```
/// # use relata::blocking::prelude::*;
/// # #[model(table)]
/// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
/// # let engine = Engine::connect("sqlite::memory:")?;
/// # Metadata::of(Hero).create_all(&engine)?;
/// # let mut session = Session::new(&engine);
/// session.add(Hero::new("Deadpond"));
/// {
///     let mut savepoint = session.begin_nested()?; // SAVEPOINT
///     savepoint.add(Hero::new("Rusty-Man"));
///     savepoint.flush()?;
/// } // ROLLBACK TO SAVEPOINT, with the next statement
/// assert_eq!(session.exec(select(Hero.name)).all()?, ["Deadpond"]);
/// # Ok::<_, relata::Error>(())
/// ```
#[must_use = "a savepoint that is dropped is rolled back"]
pub struct SavepointOf<'s, X: Mode> {
    session: &'s mut SessionOf<X>,
    scope: Scope,
    depth: usize,
    done: bool,
}

impl<X: Mode> SessionOf<X> {
    /// Flushes, and opens a savepoint.
    ///
    /// # Errors
    /// Those of [`flush`](SessionOf::flush); `InvalidStatement` where the database has no savepoints.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of(Hero).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// session.add(Hero::new("Deadpond"));
    /// let mut savepoint = session.begin_nested()?;
    /// savepoint.add(Hero::new("Rusty-Man"));
    /// savepoint.rollback()?;
    /// session.commit()?;
    /// assert_eq!(engine.exec(select(Hero)).all()?.len(), 1);
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn begin_nested(
        &mut self,
    ) -> X::Out<impl Future<Output = Result<SavepointOf<'_, X>>> + Send> {
        X::run(async move {
            self.autoflush().await?;
            let (scope, depth) = self.transaction.save_point().await?;
            Ok(SavepointOf { session: self, scope, depth, done: false })
        })
    }
}

impl<'s, X: Mode> SavepointOf<'s, X> {
    /// Flushes and keeps what was done: it is committed with the transaction around it.
    ///
    /// # Errors
    /// Those of [`flush`](SessionOf::flush); the savepoint is rolled back then.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of(Hero).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// let mut savepoint = session.begin_nested()?;
    /// let hero = savepoint.add(Hero::new("Deadpond"));
    /// savepoint.commit()?; // INSERT INTO hero …, RELEASE SAVEPOINT …
    /// assert_eq!(hero.id, 1);
    /// session.rollback()?; // undoes it too
    /// assert_eq!(hero.id.get(), None);
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn commit(self) -> X::Out<impl Future<Output = Result<()>> + Send> {
        X::run(async move {
            // The whole of it moves in, so that its drop sees whether it is done.
            let mut this = self;
            this.session.transaction.check()?;
            this.session.write(false).await?;
            this.session.transaction.release(&this.scope, this.depth).await?;
            this.done = true;
            Ok(())
        })
    }

    /// Undoes what was done since it was opened.
    ///
    /// # Errors
    /// Where the connection broke.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of(Hero).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// let kept = session.add(Hero::new("Deadpond"));
    /// let mut savepoint = session.begin_nested()?;
    /// let undone = savepoint.add(Hero::new("Rusty-Man"));
    /// savepoint.flush()?;
    /// savepoint.rollback()?; // ROLLBACK TO SAVEPOINT …
    /// session.commit()?;
    /// assert_eq!((kept.id.get(), undone.id.get()), (Some(1), None));
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn rollback(self) -> X::Out<impl Future<Output = Result<()>> + Send> {
        X::run(async move {
            let mut this = self;
            this.give_up();
            this.session.transaction.settle().await
        })
    }

    fn give_up(&mut self) {
        self.done = true;
        self.session.unit = Unit::default();
        self.session.transaction.give_up(&self.scope, self.depth);
    }
}

impl<X: Mode> Drop for SavepointOf<'_, X> {
    fn drop(&mut self) {
        if !self.done {
            self.give_up();
        }
    }
}

impl<X: Mode> Deref for SavepointOf<'_, X> {
    type Target = SessionOf<X>;
    fn deref(&self) -> &SessionOf<X> {
        self.session
    }
}

impl<X: Mode> DerefMut for SavepointOf<'_, X> {
    fn deref_mut(&mut self) -> &mut SessionOf<X> {
        self.session
    }
}
