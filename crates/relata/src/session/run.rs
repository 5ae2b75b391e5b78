//! Running statements that write.

use super::{Exec, ExecOnce, exec::steps, one::Most};
use crate::{EngineOf, Mode, Result};
use relata_core::{
    connection::{Batch, Begin, Done, Step},
    query::NoRows,
};

impl<'s, X: Mode> Exec<'s, NoRows, X> {
    /// Runs an `insert`, `update`, `delete` or SQL of your own, and says how many rows it wrote: those
    /// that it found, whether or not the values differ.
    ///
    /// The transaction begins for writing. A statement that fails has written nothing, and the
    /// session goes on.
    ///
    /// # Errors
    /// Those of the flush before it, and those of the database, such as `UniqueViolation`;
    /// `InvalidStatement` where the statement cannot be written, `OutOfRange` and `UnboundId` where a
    /// value cannot.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of(Hero).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// let heroes = ["Deadpond", "Rusty-Man"].map(|name| Hero::new(name).with_age(30));
    /// assert_eq!(session.exec(insert(Hero).values(heroes)).run()?, 2);
    /// // INSERT INTO hero (name, age) VALUES (?, ?), (?, ?)
    ///
    /// let older = update(Hero).set(Hero.age, Hero.age + 1).filter(Hero.name.eq("Deadpond"));
    /// assert_eq!(session.exec(older).run()?, 1);
    /// // UPDATE hero SET age=hero.age + ? WHERE hero.name = ?
    ///
    /// let hero = session.exec(delete(Hero).filter(Hero.age.eq(31)).returning(Hero)).one()?;
    /// // DELETE FROM hero WHERE hero.age = ? RETURNING hero.id, hero.name, hero.age
    /// assert_eq!(hero.name, "Deadpond");
    ///
    /// let rename = raw("UPDATE hero SET name = :name WHERE id = :id").bind("name", "Tommy").bind("id", 2);
    /// assert_eq!(session.exec(rename).run()?, 1);
    /// session.commit()?;
    /// # Ok::<_, relata::Error>(())
    /// ```
    ///
    /// Rows that are there already are changed, or left as they are, by `on_conflict`:
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// #[model(table)]
    /// struct Visit {
    ///     #[field(primary_key)]
    ///     page: String,
    ///     #[field(default = 1)]
    ///     times: i64,
    /// }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of(Visit).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// for page in ["/", "/heroes", "/"] {
    ///     let visit = insert(Visit)
    ///         .value(Visit::new(page))
    ///         .on_conflict(Visit.page)
    ///         .do_update()
    ///         .set(Visit.times, Visit.times + excluded(Visit.times));
    ///     session.exec(visit).run()?;
    /// }
    /// assert_eq!(session.get(Visit, "/")?.map(|visit| visit.times), Some(2));
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn run(self) -> X::Out<impl Future<Output = Result<u64>> + Send + use<'s, X>> {
        X::run(async move {
            let Exec { session, query } = self;
            session.autoflush().await?;
            let transaction = &mut session.transaction;
            let steps = steps(&query, transaction.capabilities(), || None)?;
            let done = transaction.send_whole(query.begin(), steps).await?;
            Ok(query.written(transaction.capabilities(), affected(&done)))
        })
    }
}

impl<'e, X: Mode> ExecOnce<'e, NoRows, X> {
    /// Runs an `insert`, `update`, `delete` or SQL of your own in a transaction of its own, and says
    /// how many rows it wrote.
    ///
    /// # Errors
    /// As for [`Exec::run`]. A statement that fails has written nothing, also where it was sent in
    /// several parts; where the answer to the COMMIT was lost it is `CommitUnknown`.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of(Hero).create_all(&engine)?;
    /// let many = (0..2_000).map(|number| Hero::new(format!("hero {number}")));
    /// assert_eq!(engine.exec(insert(Hero).values(many)).run()?, 2_000);
    /// assert_eq!(engine.exec(delete_all(Hero)).run()?, 2_000);
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn run(self) -> X::Out<impl Future<Output = Result<u64>> + Send + use<'e, X>> {
        X::run(async move {
            let ExecOnce { engine, query } = self;
            let on = engine.capabilities();
            let steps = steps(&query, on, || None)?;
            if steps.len() > 1 {
                return write_once(engine, (query.begin(), steps), Most::Any, |done| {
                    Ok(vec![affected(done)])
                })
                .await
                .map(|counts| query.written(on, counts.into_iter().sum()));
            }
            if steps.is_empty() {
                return Ok(0);
            }
            let mut lease = engine.acquire().await?;
            let reply = lease.run(Batch { steps }).await.map_err(|failure| failure.error)?;
            Ok(query.written(on, affected(&reply.done)))
        })
    }
}

fn affected(done: &[Done]) -> u64 {
    done.iter().flat_map(|done| &done.affected).sum()
}

fn gives_rows(step: &Step) -> bool {
    matches!(step, Step::Run(statement) if statement.rows.is_some())
}

/// Runs statements in a transaction of their own. What they give is seen before it is committed: it may
/// be more than was wanted, or not what it is read as.
pub(super) async fn write_once<T, X: Mode>(
    engine: &EngineOf<X>,
    (begin, runs): (Begin, Vec<Step>),
    most: Most,
    take: impl FnOnce(&mut [Done]) -> Result<Vec<T>>,
) -> Result<Vec<T>> {
    if runs.is_empty() {
        return Ok(Vec::new());
    }
    let mut steps = vec![Step::Begin(begin)];
    let end = steps.len() + runs.len();
    let at_once = runs.iter().all(|run| !gives_rows(run));
    steps.extend(runs);
    if at_once {
        steps.push(Step::Commit);
    }
    // What fails leaves the transaction open, and letting go of the connection ends it.
    let mut lease = engine.acquire().await?;
    let mut reply = lease.run(Batch { steps }).await.map_err(|failure| failure.error)?;
    let rows = take(reply.done.get_mut(1..end).unwrap_or_default())?;
    most.check(rows.len())?;
    if !at_once {
        let commit = Batch { steps: vec![Step::Commit] };
        lease.run(commit).await.map_err(|failure| failure.error)?;
    }
    Ok(rows)
}
