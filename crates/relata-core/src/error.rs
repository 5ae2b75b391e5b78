//! The one error type: a kind for each cause, and what is known of the statement, table and columns.

mod kind;

pub use kind::ErrorKind;

use std::{borrow::Cow, fmt, sync::Arc};

/// What is said of a table that is dropped while others refer to it, whichever part finds it.
#[doc(hidden)]
pub const REFERRED_TO: &str = "foreign key constraint failed: other tables refer to it; drop those tables first, or all of them together";

/// The result of everything here that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error, with its [`kind`](Error::kind) and, where known, the statement, table and columns.
///
/// ```
/// use relata_core::{Error, ErrorKind};
///
/// let error = Error::new(ErrorKind::UniqueViolation, "unique constraint failed")
///     .with_table("hero")
///     .with_columns(["name"]);
/// assert!(error.is_unique_violation());
/// assert_eq!(error.table(), Some("hero"));
/// assert_eq!(error.to_string(), "unique constraint failed");
/// ```
#[derive(Clone)]
pub struct Error(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    message: Cow<'static, str>,
    statement: Option<Arc<str>>,
    table: Option<Cow<'static, str>>,
    columns: Vec<Cow<'static, str>>,
    constraint: Option<String>,
    code: Option<String>,
    notes: Vec<Cow<'static, str>>,
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error of a kind, with a message in lower case that ends in the cure.
    pub fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Error(Arc::new(Inner {
            kind,
            message: message.into(),
            statement: None,
            table: None,
            columns: Vec::new(),
            constraint: None,
            code: None,
            notes: Vec::new(),
            source: None,
        }))
    }

    fn inner(&mut self) -> &mut Inner {
        Arc::make_mut(&mut self.0)
    }

    /// Says in other words what went wrong; all else that is known stays.
    #[must_use]
    pub fn with_message(mut self, message: impl Into<Cow<'static, str>>) -> Self {
        self.inner().message = message.into();
        self
    }

    /// Names the statement that failed, unless one is named already.
    #[must_use]
    pub fn with_statement(mut self, sql: impl Into<Arc<str>>) -> Self {
        self.inner().statement.get_or_insert(sql.into());
        self
    }

    /// Names the table, unless one is named already.
    #[must_use]
    pub fn with_table(mut self, table: impl Into<Cow<'static, str>>) -> Self {
        self.inner().table.get_or_insert(table.into());
        self
    }

    /// Names the columns, unless some are named already.
    #[must_use]
    pub fn with_columns<C: Into<Cow<'static, str>>>(
        mut self,
        columns: impl IntoIterator<Item = C>,
    ) -> Self {
        if self.0.columns.is_empty() {
            self.inner().columns = columns.into_iter().map(Into::into).collect();
        }
        self
    }

    /// Names the violated constraint.
    #[must_use]
    pub fn with_constraint(mut self, name: impl Into<String>) -> Self {
        self.inner().constraint = Some(name.into());
        self
    }

    /// Keeps the database's own code, as it writes it.
    #[must_use]
    pub fn with_code(mut self, code: impl Into<String>) -> Self {
        self.inner().code = Some(code.into());
        self
    }

    /// Keeps the error that this one came from.
    #[must_use]
    pub fn with_source(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.inner().source = Some(Arc::from(source.into()));
        self
    }

    /// Adds a sentence after the message, such as where in the program the error arose.
    ///
    /// ```
    /// use relata::{Error, ErrorKind};
    ///
    /// let error = Error::new(ErrorKind::Busy, "the database is locked");
    /// let error = error.with_note("raised while heroes were imported");
    /// assert_eq!(error.to_string(), "the database is locked; raised while heroes were imported");
    /// ```
    #[must_use]
    pub fn with_note(mut self, note: impl Into<Cow<'static, str>>) -> Self {
        self.inner().notes.push(note.into());
        self
    }

    /// The cause.
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
    /// let error = session.exec(select(Hero)).one().unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::NotFound);
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The statement that failed, without its parameters.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, #[field(unique)] name: String }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of(Hero).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// # session.add(Hero::new("Deadpond"));
    /// # session.commit()?;
    /// session.add(Hero::new("Deadpond")); // there is one, and names are unique
    /// let error = session.commit().unwrap_err();
    /// assert_eq!(error.statement(), Some("INSERT INTO hero (name) VALUES (?)"));
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn statement(&self) -> Option<&str> {
        self.0.statement.as_deref()
    }

    /// The table concerned.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, #[field(unique)] name: String }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of(Hero).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// # session.add(Hero::new("Deadpond"));
    /// # session.commit()?;
    /// session.add(Hero::new("Deadpond")); // there is one, and names are unique
    /// let error = session.commit().unwrap_err();
    /// assert_eq!(error.table(), Some("hero"));
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn table(&self) -> Option<&str> {
        self.0.table.as_deref()
    }

    /// The columns concerned; empty where the database does not tell.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, #[field(unique)] name: String }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of(Hero).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// # session.add(Hero::new("Deadpond"));
    /// # session.commit()?;
    /// session.add(Hero::new("Deadpond")); // there is one, and names are unique
    /// let error = session.commit().unwrap_err();
    /// assert_eq!(error.columns().collect::<Vec<_>>(), ["name"]);
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn columns(&self) -> impl Iterator<Item = &str> + fmt::Debug {
        self.0.columns.iter().map(AsRef::as_ref)
    }

    /// The name of the violated constraint; SQLite names only CHECK constraints.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table, check("age >= 18", name = "grown"))]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: i32 }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of(Hero).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// session.add(Hero::new("Spider-Boy", 16)); // CONSTRAINT grown CHECK (age >= 18)
    /// let error = session.commit().unwrap_err();
    /// assert_eq!(error.constraint(), Some("grown"));
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn constraint(&self) -> Option<&str> {
        self.0.constraint.as_deref()
    }

    /// The database's own code: an SQLSTATE, the number of an SQLite extended result
    /// code, or the number of a MySQL or MariaDB error.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, #[field(unique)] name: String }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of(Hero).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// # session.add(Hero::new("Deadpond"));
    /// # session.commit()?;
    /// session.add(Hero::new("Deadpond")); // there is one, and names are unique
    /// let error = session.commit().unwrap_err();
    /// assert_eq!(error.code(), Some("2067")); // SQLITE_CONSTRAINT_UNIQUE
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// A unique or primary key constraint was violated.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, #[field(unique)] name: String }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of(Hero).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// # session.add(Hero::new("Deadpond"));
    /// # session.commit()?;
    /// session.add(Hero::new("Deadpond")); // there is one, and names are unique
    /// let error = session.commit().unwrap_err();
    /// assert!(error.is_unique_violation());
    /// assert!(error.is_constraint_violation());
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn is_unique_violation(&self) -> bool {
        self.kind() == ErrorKind::UniqueViolation
    }

    /// A foreign key was violated.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Team { #[field(primary_key)] id: Id<Team>, name: String }
    /// # #[model(table)]
    /// # struct Hero {
    /// #     #[field(primary_key)] id: Id<Hero>,
    /// #     name: String,
    /// #     #[field(foreign_key = Team.id)] team_id: Option<Id<Team>>,
    /// # }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of((Team, Hero)).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// session.add(Hero::new("Deadpond").with_team_id(7)); // there is no such team
    /// assert!(session.commit().unwrap_err().is_foreign_key_violation());
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn is_foreign_key_violation(&self) -> bool {
        self.kind() == ErrorKind::ForeignKeyViolation
    }

    /// NULL was written to a column that refuses it.
    ///
    /// ```
    /// use relata::{Error, ErrorKind};
    ///
    /// let error = Error::new(ErrorKind::NotNullViolation, "`hero.name` is never NULL; set it");
    /// assert!(error.is_not_null_violation() && error.is_constraint_violation());
    /// ```
    pub fn is_not_null_violation(&self) -> bool {
        self.kind() == ErrorKind::NotNullViolation
    }

    /// A CHECK constraint was violated.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table, check("age >= 18", name = "grown"))]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: i32 }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of(Hero).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// session.add(Hero::new("Spider-Boy", 16)); // CONSTRAINT grown CHECK (age >= 18)
    /// let error = session.commit().unwrap_err();
    /// assert!(error.is_check_violation());
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn is_check_violation(&self) -> bool {
        self.kind() == ErrorKind::CheckViolation
    }

    /// Any constraint of the database was violated.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table, check("age >= 18", name = "grown"))]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: i32 }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of(Hero).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// session.add(Hero::new("Spider-Boy", 16)); // CONSTRAINT grown CHECK (age >= 18)
    /// let error = session.commit().unwrap_err();
    /// assert!(error.is_constraint_violation());
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn is_constraint_violation(&self) -> bool {
        self.is_unique_violation()
            || self.is_foreign_key_violation()
            || self.is_not_null_violation()
            || self.is_check_violation()
    }

    /// A row was required and none was found.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of(Hero).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// let error = session.exec(select(Hero).filter(Hero.id.eq(7))).one().unwrap_err();
    /// assert!(error.is_not_found());
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn is_not_found(&self) -> bool {
        self.kind() == ErrorKind::NotFound
    }

    /// A row changed or went away since it was read.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of(Hero).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// # session.add(Hero::new("Deadpond"));
    /// # session.commit()?;
    /// let mut hero = session.get(Hero, 1)?.unwrap();
    /// # session.delete(&hero.clone());
    /// # session.commit()?;
    /// hero.age = Some(30);
    /// session.add(&mut hero); // another session has deleted the row in the meantime
    /// assert!(session.commit().unwrap_err().is_stale());
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn is_stale(&self) -> bool {
        self.kind() == ErrorKind::Stale
    }

    /// The same work, done again in a new transaction, may succeed.
    ///
    /// ```
    /// use relata::{Error, Result};
    ///
    /// fn with_retries(mut work: impl FnMut() -> Result<()>) -> Result<()> {
    ///     for _ in 0..3 {
    ///         match work() {
    ///             Err(error) if error.is_retryable() => {}
    ///             done => return done,
    ///         }
    ///     }
    ///     work()
    /// }
    /// # let mut calls = 0;
    /// # with_retries(|| {
    /// #     calls += 1;
    /// #     if calls > 2 { return Ok(()) }
    /// #     Err(Error::new(relata::ErrorKind::Busy, "the database is locked"))
    /// # })?;
    /// # assert_eq!(calls, 3);
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn is_retryable(&self) -> bool {
        self.kind() == ErrorKind::Busy
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        self.0.notes.iter().try_for_each(|note| write!(f, "; {note}"))
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {self}", self.0.kind)?;
        if let Some(sql) = self.statement() {
            write!(f, " [statement: {sql}]")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_ref().map(|s| &**s as &(dyn std::error::Error + 'static))
    }
}
