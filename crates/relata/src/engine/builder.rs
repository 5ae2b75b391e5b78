//! [`EngineBuilder`]: the settings of an engine, and which driver a URL asks for.

use super::{
    Clock, EngineOf,
    pool::{Limits, Pool},
    report::Reporter,
};
use crate::mode::{Async, Mode};
use relata_core::{Error, ErrorKind, Result, connection::Driver};
use std::{
    fmt,
    future::{Future, IntoFuture},
    marker::PhantomData,
    pin::Pin,
    sync::Arc,
    time::Duration,
};

/// The settings of an engine that is not open yet. In async programs awaiting it opens the engine.
///
/// ```
/// # async fn open() -> relata::Result<()> {
/// use relata::Engine;
///
/// let engine = Engine::builder("sqlite://database.db").echo(true).pool_size(10).await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "an engine is opened by `build`, or by awaiting its builder"]
pub struct EngineBuilder<X> {
    url: String,
    echo: bool,
    hide_parameters: bool,
    limits: Limits,
    mode: PhantomData<fn() -> X>,
}

impl<X: Mode> EngineBuilder<X> {
    pub(super) fn new(url: String) -> Self {
        EngineBuilder {
            url,
            echo: false,
            hide_parameters: false,
            limits: Limits::default(),
            mode: PhantomData,
        }
    }

    /// Whether every statement and its parameters are written to the standard error. Off unless
    /// set. `tracing` events with the target `relata::engine` are emitted either way.
    ///
    /// Statements are written when their batch has ended; the seconds of `[generated in …]` and
    /// `[no key …]` are how long the whole batch took, and those of `[cached since …]` how long ago
    /// this engine sent the statement first. A statement whose rows are streamed is written when
    /// its last row was read or the stream is dropped, with the time that its rows were waited for.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String }
    /// let engine = Engine::builder("sqlite::memory:").echo(true).build()?;
    /// Metadata::of(Hero).create_all(&engine)?;
    /// engine.exec(select(Hero).filter(Hero.id.eq(7))).all()?;
    /// // … INFO relata.engine SELECT hero.id, hero.name
    /// // FROM hero
    /// // WHERE hero.id = ?
    /// // … INFO relata.engine [generated in 0.00004s] (7,)
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn echo(mut self, echo: bool) -> Self {
        self.echo = echo;
        self
    }

    /// Whether parameters are kept out of the echo and of `tracing` events. Off unless set.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// let engine = Engine::builder("sqlite::memory:").echo(true).hide_parameters(true).build()?;
    /// // … INFO relata.engine [generated in 0.00004s] [parameters hidden by `hide_parameters`]
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn hide_parameters(mut self, hide: bool) -> Self {
        self.hide_parameters = hide;
        self
    }

    /// How many connections are opened at most, 1 to 10,000: 5 unless set. A number outside counts
    /// as the nearest inside. A database in memory always has exactly one.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # let directory = tempfile::tempdir().unwrap();
    /// # let url = format!("sqlite://{}", directory.path().join("heroes.db").display());
    /// let engine = Engine::builder(url).pool_size(2).build()?;
    /// let mut first = Session::new(&engine);
    /// let mut second = Session::new(&engine);
    /// first.begin_write()?; // each has a connection of its own
    /// second.rollback()?;
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn pool_size(mut self, connections: usize) -> Self {
        self.limits.size = connections;
        self
    }

    /// How long a session waits for a connection when all are in use: 30 seconds unless set. Then
    /// what needed it fails with `PoolTimeout`. In async programs the waiting needs a tokio runtime
    /// with its timer enabled.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// use relata::ErrorKind;
    /// use std::time::Duration;
    ///
    /// let engine = Engine::builder("sqlite::memory:").pool_timeout(Duration::ZERO).build()?;
    /// let mut first = Session::new(&engine);
    /// first.begin_write()?; // holds the only connection
    /// let error = Session::new(&engine).begin_write().unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::PoolTimeout);
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn pool_timeout(mut self, limit: Duration) -> Self {
        self.limits.timeout = limit;
        self
    }

    /// How many connections are opened with the engine, 1 to `pool_size`: 1 unless set. So many
    /// are also kept open however long they are [idle](EngineBuilder::max_idle).
    pub fn min_connections(mut self, connections: usize) -> Self {
        self.limits.min = connections;
        self
    }

    /// Whether a connection that was idle for 5 seconds or longer is asked if it still works before
    /// it is lent. One that does not answer within 5 seconds is replaced, and the session that
    /// wanted it sees nothing of it. On unless set. SQLite has nothing to ask, so there it costs
    /// nothing.
    ///
    /// A connection that is known to be broken is never lent, whatever is set here.
    pub fn pre_ping(mut self, ask: bool) -> Self {
        self.limits.ping = ask;
        self
    }

    /// How long a connection may be idle, for ever unless set. It is closed then, unless there
    /// would be fewer than [`min_connections`](EngineBuilder::min_connections).
    ///
    /// No thread watches over this: connections are looked through whenever one is wanted.
    /// A database in memory keeps its connection.
    pub fn max_idle(mut self, limit: Duration) -> Self {
        self.limits.max_idle = Some(limit);
        self
    }

    /// How long a connection is used, for ever unless set: after it, or up to a tenth of it sooner
    /// so that not all end at once, it is not lent again, and another is opened when one is
    /// wanted. Nothing that is under way is disturbed.
    ///
    /// It is looked at as [`max_idle`](EngineBuilder::max_idle) is. A database in memory keeps its
    /// connection.
    ///
    /// ```
    /// # async fn open() -> relata::Result<()> {
    /// use relata::Engine;
    /// use std::time::Duration;
    ///
    /// let minutes = |count: u64| Duration::from_secs(60 * count);
    /// let engine = Engine::builder("sqlite://database.db")
    ///     .pool_size(20)
    ///     .min_connections(2)
    ///     .max_idle(minutes(10))
    ///     .max_lifetime(minutes(30))
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn max_lifetime(mut self, limit: Duration) -> Self {
        self.limits.max_lifetime = Some(limit);
        self
    }

    /// Opens the engine, and its first connections, so that what is wrong with the database is found here.
    ///
    /// # Errors
    /// `InvalidUrl` where the URL is not understood or needs a cargo feature that is off, and what
    /// the driver reports, such as `CannotOpen`. No message shows a password.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// use relata::ErrorKind;
    ///
    /// let engine = Engine::builder("sqlite::memory:").build()?;
    ///
    /// let error = Engine::builder("sqlite://no/such/directory/heroes.db").build().unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::CannotOpen);
    /// let error = Engine::builder("database.db").build().unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "the database URL has no scheme; write `sqlite://database.db`"
    /// );
    /// # assert_eq!(error.kind(), ErrorKind::InvalidUrl);
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn build(self) -> X::Out<impl Future<Output = Result<EngineOf<X>>> + Send> {
        X::run(self.open())
    }

    async fn open(self) -> Result<EngineOf<X>> {
        let driver = driver(&self.url, X::INLINE)?;
        let pool = Pool::new(driver, self.limits, Clock::System)?;
        pool.warm::<X>().await?;
        let reporter = Reporter::new(self.echo, self.hide_parameters);
        Ok(EngineOf::new(pool, reporter, redacted(&self.url)))
    }
}

impl IntoFuture for EngineBuilder<Async> {
    type Output = Result<EngineOf<Async>>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.open())
    }
}

impl<X> fmt::Debug for EngineBuilder<X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EngineBuilder")
            .field("url", &format_args!("{}", redacted(&self.url)))
            .field("echo", &self.echo)
            .field("hide_parameters", &self.hide_parameters)
            .field("pool_size", &self.limits.size)
            .field("pool_timeout", &self.limits.timeout)
            .finish_non_exhaustive()
    }
}

/// The URL without its options, and without anything that may be a user and password. It errs to
/// hiding: passwords that were not percent-encoded hold any character.
fn redacted(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once(':').filter(|(scheme, _)| is_scheme(scheme)) else {
        return "***".into();
    };
    let (slashes, shown) = match rest.rsplit_once('@') {
        Some((_, host)) => ("//***@", host),
        None => ("", rest),
    };
    format!("{scheme}:{slashes}{}", shown.split('?').next().unwrap_or_default())
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
}

/// Messages name the scheme and nothing else of the URL.
fn driver(url: &str, inline: bool) -> Result<Arc<dyn Driver>> {
    let found = url.split_once(':').filter(|(scheme, _)| is_scheme(scheme));
    let Some((scheme, rest)) = found else {
        const KNOWN: [&str; 5] = ["sqlite", "postgres", "postgresql", "mysql", "mariadb"];
        let before = url.split_once("//").map_or("", |(before, _)| before);
        if let Some(scheme) = KNOWN.iter().find(|known| known.eq_ignore_ascii_case(before)) {
            return Err(invalid(format!(
                "the database URL has no `:` behind its scheme; begin it with `{scheme}://`"
            )));
        }
        return Err(invalid("the database URL has no scheme; write `sqlite://database.db`"));
    };
    let name = scheme.to_ascii_lowercase();
    match name.split('+').next().unwrap_or_default() {
        "sqlite" if name == "sqlite" => sqlite(url, rest, inline),
        "postgres" | "postgresql" if !name.contains('+') => postgres(url, inline),
        "postgres" | "postgresql" => Err(invalid(format!(
            "unknown scheme `{scheme}` in the database URL; write `postgres`, as in `postgres://user:password@localhost/database`"
        ))),
        "mysql" | "mariadb" if !name.contains('+') => mysql(url, inline),
        "mysql" | "mariadb" => Err(invalid(format!(
            "unknown scheme `{scheme}` in the database URL; write `mysql`, as in `mysql://user:password@localhost/database`"
        ))),
        _ => Err(invalid(format!(
            "unknown scheme `{scheme}` in the database URL; known are `sqlite`, `postgres`, `mysql` and `mariadb`, as in `sqlite://database.db`"
        ))),
    }
}

#[cfg(feature = "sqlite")]
fn sqlite(url: &str, rest: &str, inline: bool) -> Result<Arc<dyn Driver>> {
    use relata_sqlite::{Placement, SqliteDriver};
    // The driver would take them for a part of the file's name, and show it.
    let path = rest.strip_prefix("//").unwrap_or(rest);
    let user = path.split(['/', '?']).next().unwrap_or_default();
    if user.contains(':') && path.contains('@') {
        return Err(invalid(
            "an SQLite database has no user and password; remove them from its URL, or write `%40` for an `@` in the file name",
        ));
    }
    let placement = if inline { Placement::Inline } else { Placement::Thread };
    Ok(Arc::new(SqliteDriver::from_url(url, placement)?))
}

#[cfg(not(feature = "sqlite"))]
fn sqlite(_: &str, _: &str, _: bool) -> Result<Arc<dyn Driver>> {
    Err(invalid(
        "SQLite is not compiled into this program; turn on the feature `sqlite` of the crate `relata`",
    ))
}

#[cfg(feature = "postgres")]
fn postgres(url: &str, inline: bool) -> Result<Arc<dyn Driver>> {
    use relata_postgres::{Placement, PostgresDriver};
    let placement = if inline { Placement::Own } else { Placement::Caller };
    Ok(Arc::new(PostgresDriver::from_url(url, placement)?))
}

#[cfg(not(feature = "postgres"))]
fn postgres(_: &str, _: bool) -> Result<Arc<dyn Driver>> {
    Err(invalid(
        "PostgreSQL is not compiled into this program; turn on the feature `postgres` of the crate `relata`",
    ))
}

#[cfg(feature = "mysql")]
fn mysql(url: &str, inline: bool) -> Result<Arc<dyn Driver>> {
    use relata_mysql::{MySqlDriver, Placement};
    // A blocking program has no runtime, so the connections have a thread.
    let placement = if inline { Placement::Thread } else { Placement::Caller };
    Ok(Arc::new(MySqlDriver::from_url(url, placement)?))
}

#[cfg(not(feature = "mysql"))]
fn mysql(_: &str, _: bool) -> Result<Arc<dyn Driver>> {
    Err(invalid(
        "MySQL and MariaDB are not compiled into this program; turn on the feature `mysql` of the crate `relata`",
    ))
}

fn invalid(message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::InvalidUrl, message)
}
