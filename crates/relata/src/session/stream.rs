//! [`StreamOf`]: the rows of a statement one after the other, with few of them in memory.

use super::SessionOf;
use crate::{Async, Blocking, EngineOf, Error, ErrorKind, Mode, Result, engine::Lease};
use relata_core::{
    connection::{Capabilities, Portion, Row, Rows, Statement},
    query::Layout,
};
use std::{any::Any, fmt, mem, vec};

/// How many rows are asked for first, so that the first comes soon.
const FIRST: usize = 16;

/// How many are asked for at most: by then what it takes to ask is spread over enough of them.
const MOST: usize = 256;

/// Rows of an async program.
pub type Stream<'s, R> = StreamOf<'s, R, Async>;

/// The rows of a statement, read as they are asked for: however many there are, some hundreds are
/// in memory at most, and the database goes no further than that ahead of the program.
///
/// Nothing is sent before the first [`next`](StreamOf::next). A stream of a session borrows it and
/// reads in its transaction; one of an engine holds a connection from its first row to its last.
/// It can be dropped at any time, which ends the statement and nothing else.
///
/// ```
/// # use relata::blocking::prelude::*;
/// # #[model(table)]
/// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
/// # let engine = Engine::connect("sqlite::memory:")?;
/// # Metadata::of(Hero).create_all(&engine)?;
/// # let mut session = Session::new(&engine);
/// # session.add_all(["Deadpond", "Rusty-Man"].map(Hero::new));
/// let mut names = Vec::new();
/// for hero in session.exec(select(Hero).order_by(Hero.name)).stream() {
///     names.push(hero?.name.clone());
/// }
/// assert_eq!(names, ["Deadpond", "Rusty-Man"]);
/// # Ok::<_, relata::Error>(())
/// ```
#[must_use = "nothing is read before `next`"]
pub struct StreamOf<'s, R, X: Mode> {
    source: Source<'s, X>,
    stage: Stage,
    decode: Decode<R>,
    /// Rows that were read and not given yet.
    read: vec::IntoIter<R>,
    limit: usize,
}

/// Reads one row; where its values stand is kept for the next.
pub(super) type Decode<R> = fn(&dyn Row, &mut Option<Layout>) -> Result<R>;

/// Writes the statement, once what is queued before it has been flushed.
pub(super) type Render = Box<dyn FnOnce(&Capabilities) -> Result<Statement> + Send>;

enum Source<'s, X: Mode> {
    Session(&'s mut SessionOf<X>),
    /// The connection is held while the cursor is open.
    Engine(&'s EngineOf<X>, Option<Lease>),
}

enum Stage {
    Ready(Render),
    Open,
    /// A call is under way; seen by another call, its future was dropped.
    Busy,
    /// The error comes behind the rows that were read.
    Failed(Error),
    Ended,
}

/// Takes the rows of one portion.
struct Taken<R> {
    rows: Vec<R>,
    decode: Decode<R>,
    layout: Option<Layout>,
}

impl<R: Send + 'static> Rows for Taken<R> {
    fn row(&mut self, row: &dyn Row) -> Result<()> {
        self.rows.push((self.decode)(row, &mut self.layout)?);
        Ok(())
    }
}

impl<'s, R: Send + 'static, X: Mode> StreamOf<'s, R, X> {
    /// Rows in the transaction of a session.
    pub(super) fn in_session(
        session: &'s mut SessionOf<X>,
        render: Result<Render>,
        decode: Decode<R>,
    ) -> Self {
        Self::new(Source::Session(session), render, decode)
    }

    /// Rows with no session around them.
    pub(super) fn on_engine(
        engine: &'s EngineOf<X>,
        render: Result<Render>,
        decode: Decode<R>,
    ) -> Self {
        Self::new(Source::Engine(engine, None), render, decode)
    }

    fn new(source: Source<'s, X>, render: Result<Render>, decode: Decode<R>) -> Self {
        let stage = render.map_or_else(Stage::Failed, Stage::Ready);
        StreamOf { source, stage, decode, read: Vec::new().into_iter(), limit: FIRST }
    }

    /// The next row; `None` behind the last one and behind an error.
    ///
    /// The first call flushes what the session has queued and opens the statement. Where the future
    /// of a call is dropped before it is ready, the statement is stopped: rows that were under way
    /// are lost, so the stream gives no more of them. The transaction of the session goes on, unless
    /// the call was still at the flush or at beginning it: then the session asks for a rollback, as
    /// after any dropped call.
    ///
    /// # Errors
    /// Those of the flush, and those of the database, behind the rows that came before; `Decode`
    /// where a value does not fit its field; `InvalidStatement` where relations are to be loaded
    /// along; `Interrupted` where an earlier call was dropped.
    ///
    /// ```
    /// # use relata::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> relata::Result<()> {
    /// # let engine = Engine::connect("sqlite::memory:").await?;
    /// # Metadata::of(Hero).create_all(&engine).await?;
    /// # let mut session = Session::new(&engine);
    /// # session.add_all(["Deadpond", "Rusty-Man"].map(Hero::new));
    /// let mut heroes = session.exec(select(Hero).order_by(Hero.name)).stream();
    /// while let Some(hero) = heroes.next().await? {
    ///     println!("{}", hero.name);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[expect(
        clippy::should_implement_trait,
        reason = "async there is no such trait; the iterator of blocking programs is one"
    )]
    pub fn next(&mut self) -> X::Out<impl Future<Output = Result<Option<R>>> + Send> {
        X::run(self.advance())
    }

    async fn advance(&mut self) -> Result<Option<R>> {
        loop {
            if let Some(row) = self.read.next() {
                return Ok(Some(row));
            }
            self.stage = match mem::replace(&mut self.stage, Stage::Busy) {
                Stage::Ready(render) => match self.source.open(render).await {
                    Ok(()) => Stage::Open,
                    Err(error) => Stage::Failed(error),
                },
                Stage::Open => self.portion().await,
                Stage::Failed(error) => {
                    self.stage = Stage::Ended;
                    return Err(error);
                }
                Stage::Ended => {
                    self.stage = Stage::Ended;
                    return Ok(None);
                }
                Stage::Busy => return Err(interrupted()),
            };
            if !matches!(self.stage, Stage::Open) {
                self.source.close();
            }
        }
    }

    /// Reads some rows.
    async fn portion(&mut self) -> Stage {
        let rows = Box::new(Taken { rows: Vec::new(), decode: self.decode, layout: None });
        let (rows, more) = match self.source.fetch(rows, self.limit).await {
            Ok(portion) => portion,
            Err(error) => return Stage::Failed(error),
        };
        self.limit = (self.limit * 2).min(MOST);
        let taken = rows.and_then(|rows| (rows as Box<dyn Any>).downcast::<Taken<R>>().ok());
        let lost = taken.is_none();
        self.read = taken.map(|taken| taken.rows).unwrap_or_default().into_iter();
        match more {
            Ok(_) if lost => Stage::Failed(Error::new(
                ErrorKind::Database,
                "the driver did not give the rows back",
            )),
            Ok(true) => Stage::Open,
            Ok(false) => Stage::Ended,
            Err(error) => Stage::Failed(error),
        }
    }
}

impl<X: Mode> Source<'_, X> {
    async fn open(&mut self, render: Render) -> Result<()> {
        match self {
            Source::Session(session) => {
                session.autoflush().await?;
                let statement = render(session.transaction.capabilities())?;
                session.transaction.open(statement).await
            }
            Source::Engine(engine, held) => {
                let statement = render(engine.capabilities())?;
                let lease = held.insert(engine.acquire().await?);
                lease.open(statement).await.map_err(|failure| failure.error)
            }
        }
    }

    async fn fetch(
        &mut self,
        rows: Box<dyn Rows>,
        limit: usize,
    ) -> Result<(Option<Box<dyn Rows>>, Result<bool>)> {
        match self {
            Source::Session(session) => session.transaction.fetch(rows, limit).await,
            Source::Engine(_, Some(lease)) => {
                let Portion { rows, more } = lease.fetch(rows, limit).await;
                Ok((rows, more.map_err(|failure| failure.error)))
            }
            Source::Engine(_, None) => Err(interrupted()),
        }
    }

    fn close(&mut self) {
        match self {
            Source::Session(session) => session.transaction.close(),
            Source::Engine(_, lease) => *lease = None,
        }
    }
}

fn interrupted() -> Error {
    Error::new(
        ErrorKind::Interrupted,
        "an earlier call of `next` was dropped before it ended, and the rest of the rows with it; run the statement again",
    )
}

impl<R: Send + 'static> Iterator for StreamOf<'_, R, Blocking> {
    type Item = Result<R>;

    fn next(&mut self) -> Option<Result<R>> {
        StreamOf::next(self).transpose()
    }
}

impl<R, X: Mode> Drop for StreamOf<'_, R, X> {
    fn drop(&mut self) {
        self.source.close();
    }
}

impl<R, X: Mode> fmt::Debug for StreamOf<'_, R, X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream").finish_non_exhaustive()
    }
}
