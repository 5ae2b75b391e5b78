//! [`ErrorKind`]: what went wrong.

/// What went wrong, one kind for each cause that a program may want to tell apart.
///
/// ```
/// use relata::{Error, ErrorKind};
///
/// fn status(error: &Error) -> u16 {
///     match error.kind() {
///         ErrorKind::NotFound => 404,
///         ErrorKind::UniqueViolation | ErrorKind::Stale => 409,
///         ErrorKind::Busy | ErrorKind::PoolTimeout => 503,
///         _ => 500,
///     }
/// }
/// assert_eq!(status(&Error::new(ErrorKind::NotFound, "no such hero")), 404);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The database URL cannot be understood: unknown scheme, unknown option, bad value.
    InvalidUrl,
    /// The database cannot be opened: no such file, no permission, not a database.
    CannotOpen,
    /// No connection became free in time.
    PoolTimeout,
    /// The engine was closed.
    EngineClosed,
    /// The connection broke.
    ConnectionLost,
    /// Another connection holds the lock; trying again may succeed.
    Busy,
    /// The statement took longer than it may, or was stopped from outside.
    Timeout,
    /// The disk, or the size that the database may take, is full.
    Full,
    /// The database, this connection to it, or the transaction is read only.
    ReadOnly,
    /// The statement names a table that the database does not have.
    MissingTable,
    /// The statement names a column that the table does not have.
    MissingColumn,
    /// NULL was written to a column that refuses it.
    NotNullViolation,
    /// A unique or primary key constraint was violated.
    UniqueViolation,
    /// A foreign key names a row that does not exist, or a row that others refer to was removed.
    ForeignKeyViolation,
    /// A CHECK constraint was violated.
    CheckViolation,
    /// A value does not fit the column that it was to be written to; nothing was sent, or the
    /// database refused it.
    OutOfRange,
    /// A stored value does not fit the Rust type that it was to be read into.
    Decode,
    /// An update or delete by key matched no row: it has gone since it was read.
    Stale,
    /// A row was required and none was found.
    NotFound,
    /// One row was required and more were found.
    MultipleFound,
    /// A relation was read that is not loaded.
    NotLoaded,
    /// An id without a key was used where a key is needed.
    UnboundId,
    /// An id that is pending in one session was used in another.
    ForeignId,
    /// A plain value was added whose id says that it is stored already, or is another row's.
    AlreadyStored,
    /// A row was used after it was deleted.
    Deleted,
    /// The answer to the COMMIT that wrote this row was lost, so its state is not known.
    UnknownId,
    /// Two changes of one flush contradict each other.
    Conflict,
    /// Rows need each other in a circle, so none can be written first.
    Cycle,
    /// The answer to COMMIT was lost: the changes may or may not be saved.
    CommitUnknown,
    /// A call on the session was dropped half-way; it accepts only `rollback`. (After a flush that
    /// failed it reports that failure's own kind until then.)
    RollbackRequired,
    /// A call on a stream was dropped half-way, and the rest of its rows with it. The session goes
    /// on, unless it says that its transaction has ended too.
    Interrupted,
    /// The models contradict each other: two tables of one name, a missing referred table.
    Metadata,
    /// The statement cannot be written or run in this way: it uses a table that it does not read,
    /// nests too deeply, is to be streamed with relations, or selects what the server refuses.
    InvalidStatement,
    /// The database rejected the statement for a reason of its own.
    Database,
}
