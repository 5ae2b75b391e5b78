//! Running a unit of work in a session of its own, and again where it failed for what others did.

use super::SessionOf;
use crate::{Async, Blocking, EngineOf, Error, ErrorKind, Mode, Result, Retry};
use std::time::Instant;

impl EngineOf<Async> {
    /// Runs a unit of work: gives it a new session, commits when it gives `Ok`, rolls back when it
    /// gives `Err`.
    ///
    /// Where it failed for what others did at the same time ([`Error::is_retryable`]: a deadlock, a
    /// serialization failure, a lock), it is run again, with another session and a new
    /// transaction, as often as [`with_retry`](EngineOf::with_retry) says. So it may run several
    /// times, and what it does beside the session it does each time. Nothing of a failed attempt
    /// stays: its changes are rolled back, and the ids that it bound are free again, so that the
    /// same values can be added once more.
    ///
    /// What counts is the session, not the error: a unit is run again when it gives `Err` and the
    /// last thing that it asked of its session failed so, or when the commit did, also for such a
    /// failure that the unit kept to itself. So it may have an error type of its own, to which `?`
    /// turns an [`Error`]. It is not run again after it has committed by itself, nor when the answer
    /// to a COMMIT was lost (`CommitUnknown`).
    ///
    /// On SQLite nobody writes between what a unit reads and what it writes. The first attempt is
    /// `Busy` at its first write where another connection has written to the database since it read.
    /// Later ones begin for writing, as with [`begin_write`](SessionOf::begin_write), and so does an
    /// only attempt. Servers see to it where [`Isolation::Serializable`](crate::Isolation) is
    /// asked for, or the rows are locked by `for_update`.
    ///
    /// A panic in the unit, and dropping the future, roll back. A unit inside another is a
    /// transaction of its own, on a connection of its own; for a part that can be undone by itself
    /// use [`begin_nested`](SessionOf::begin_nested). On SQLite do all writing on other
    /// connections, also by inner units, before the outer unit reads or writes anything.
    ///
    /// Write it as `async move`, with what it needs captured by value: then the future is `Send`,
    /// and can be used in a spawned task and in the handler of a web framework. The compiler does
    /// not see that where references are captured; [`transact_in`](EngineOf::transact_in) serves
    /// those.
    ///
    /// # Errors
    /// Those of the unit, and those of the [commit](SessionOf::commit).
    ///
    /// ```
    /// # use relata::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> relata::Result<()> {
    /// # let engine = Engine::connect("sqlite::memory:").await?;
    /// # Metadata::of(Hero).create_all(&engine).await?;
    /// let name = String::from("Deadpond");
    /// let id = engine
    ///     .transact(async move |session| -> relata::Result<i64> {
    ///         let hero = session.add(Hero::new(&*name));
    ///         session.flush().await?;
    ///         Ok(hero.id.key()?)
    ///     })
    ///     .await?;
    /// assert_eq!(id, 1);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn transact<T, E, F>(&self, unit: F) -> Result<T, E>
    where
        E: From<Error>,
        F: AsyncFn(&mut SessionOf<Async>) -> Result<T, E>,
    {
        let mut attempts = Attempts::new(self);
        loop {
            let mut session = attempts.session();
            let given = unit(&mut session).await;
            if let Some(end) = attempts.end(session, given).await {
                return end;
            }
        }
    }

    /// As [`transact`](EngineOf::transact), with a reference for the unit to work with. The future
    /// is `Send` where what is referred to is `Sync`, and holds no references itself.
    ///
    /// # Errors
    /// As for [`transact`](EngineOf::transact).
    ///
    /// ```
    /// # use relata::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> relata::Result<()> {
    /// # let engine = Engine::connect("sqlite::memory:").await?;
    /// # Metadata::of(Hero).create_all(&engine).await?;
    /// async fn add_all(engine: &Engine, names: &[String]) -> relata::Result<usize> {
    ///     engine
    ///         .transact_in(names, async move |session, names| {
    ///             session.add_all(names.iter().map(|name| Hero::new(&**name)));
    ///             Ok(session.exec(select(Hero)).all().await?.len())
    ///         })
    ///         .await
    /// }
    /// let names = ["Deadpond", "Rusty-Man"].map(String::from);
    /// assert_eq!(add_all(&engine, &names).await?, 2);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn transact_in<C, T, E, F>(&self, context: &C, unit: F) -> Result<T, E>
    where
        C: ?Sized,
        E: From<Error>,
        F: AsyncFn(&mut SessionOf<Async>, &C) -> Result<T, E>,
    {
        let mut attempts = Attempts::new(self);
        loop {
            let mut session = attempts.session();
            let given = unit(&mut session, context).await;
            if let Some(end) = attempts.end(session, given).await {
                return end;
            }
        }
    }

    /// [`transact`](EngineOf::transact) that runs the unit again as this says, whatever the engine
    /// has.
    ///
    /// # Errors
    /// As for [`transact`](EngineOf::transact).
    ///
    /// ```
    /// # use relata::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> relata::Result<()> {
    /// # let engine = Engine::connect("sqlite::memory:").await?;
    /// # Metadata::of(Hero).create_all(&engine).await?;
    /// use relata::Retry;
    ///
    /// engine
    ///     .transact_with(Retry::never(), async |session| -> relata::Result<()> {
    ///         session.add(Hero::new("Deadpond"));
    ///         Ok(())
    ///     })
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn transact_with<T, E, F>(&self, retry: Retry, unit: F) -> Result<T, E>
    where
        E: From<Error>,
        F: AsyncFn(&mut SessionOf<Async>) -> Result<T, E>,
    {
        self.with_retry(retry).transact(unit).await
    }
}

impl EngineOf<Blocking> {
    /// Runs a unit of work: gives it a new session, commits when it gives `Ok`, rolls back when it
    /// gives `Err`. It is as [the async one](EngineOf::<Async>::transact), and waits in this thread.
    ///
    /// # Errors
    /// Those of the unit, and those of the [commit](SessionOf::commit).
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of(Hero).create_all(&engine)?;
    /// let id = engine.transact(|session| -> relata::Result<i64> {
    ///     let hero = session.add(Hero::new("Deadpond"));
    ///     session.flush()?;
    ///     Ok(hero.id.key()?)
    /// })?;
    /// assert_eq!(id, 1);
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn transact<T, E, F>(&self, unit: F) -> Result<T, E>
    where
        E: From<Error>,
        F: Fn(&mut SessionOf<Blocking>) -> Result<T, E>,
    {
        let mut attempts = Attempts::new(self);
        loop {
            let mut session = attempts.session();
            let given = unit(&mut session);
            if let Some(end) = Blocking::run(attempts.end(session, given)) {
                return end;
            }
        }
    }

    /// [`transact`](EngineOf::<Blocking>::transact) that runs the unit again as this says, whatever
    /// the engine has.
    ///
    /// # Errors
    /// As for [`transact`](EngineOf::<Blocking>::transact).
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of(Hero).create_all(&engine)?;
    /// use relata::Retry;
    ///
    /// engine.transact_with(Retry::never(), |session| -> relata::Result<()> {
    ///     session.add(Hero::new("Deadpond"));
    ///     Ok(())
    /// })?;
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn transact_with<T, E, F>(&self, retry: Retry, unit: F) -> Result<T, E>
    where
        E: From<Error>,
        F: Fn(&mut SessionOf<Blocking>) -> Result<T, E>,
    {
        self.with_retry(retry).transact(unit)
    }
}

/// The attempts at one unit of work. Each form of `transact` only calls the unit.
struct Attempts<'e, X> {
    engine: &'e EngineOf<X>,
    began: Instant,
    done: u32,
}

impl<'e, X: Mode> Attempts<'e, X> {
    fn new(engine: &'e EngineOf<X>) -> Self {
        Attempts { engine, began: engine.clock().now(), done: 0 }
    }

    fn session(&self) -> SessionOf<X> {
        let mut session = SessionOf::new(self.engine);
        session.transaction.serve_unit(self.done == 0 && self.engine.retry().may_repeat());
        session
    }

    /// Ends an attempt: what came of the unit, or `None` once it has waited for another attempt.
    async fn end<T, E: From<Error>>(
        &mut self,
        mut session: SessionOf<X>,
        given: Result<T, E>,
    ) -> Option<Result<T, E>> {
        self.done += 1;
        let (failed, again) = match given {
            Ok(value) => match session.save().await {
                Ok(()) => return Some(Ok(value)),
                Err(error) => {
                    // A transaction that stands no more tells of a failure that the unit kept to
                    // itself.
                    let met = error.is_retryable() || error.kind() == ErrorKind::RollbackRequired;
                    (error.into(), met && session.transaction.may_run_again())
                }
            },
            Err(error) => (error, session.transaction.may_run_again()),
        };
        // Where even this fails, the connection is not used again. Its error would hide the cause.
        let _ = session.undo().await;
        drop(session);
        if again && self.wait().await { None } else { Some(Err(failed)) }
    }

    /// Waits before the next attempt; `false` where there is to be none.
    async fn wait(&self) -> bool {
        let clock = self.engine.clock();
        let spent = clock.now().saturating_duration_since(self.began);
        let Some(wait) = self.engine.retry().next(self.done, spent, clock.chance()) else {
            return false;
        };
        let (attempt, seconds) = (self.done, wait.as_secs_f64());
        tracing::debug!(target: "relata::engine", attempt, seconds, "a unit is run again");
        clock.sleep::<X>(wait).await;
        true
    }
}
