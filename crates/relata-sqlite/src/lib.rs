//! The SQLite driver: batches of statements in, rows and classified errors out. It knows no model
//! and no session; [`relata_core::connection`] is the contract that it keeps.

mod bind;
mod connect;
mod cursor;
mod fault;
mod functions;
mod inline;
mod keys;
mod link;
mod row;
mod thread;
mod url;

use relata_core::{
    Isolation,
    connection::{BoxFuture, Capabilities, Connection, Driver, UpsertForm},
    error::Result,
    sql::Dialect,
};
use std::sync::Arc;
use url::Place;

/// Where a connection does its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement {
    /// In the thread that polls: every future is ready at its first poll, so no runtime is needed.
    /// Only a cursor has a thread, as long as it is open.
    Inline,
    /// In a thread of the connection's own: one hop to it and back for each batch or portion of
    /// rows, and the thread that polls never waits for the disk.
    Thread,
}

/// Opens connections to one SQLite database.
///
/// ```
/// use relata_core::connection::Driver;
/// use relata_sqlite::{Placement, SqliteDriver};
///
/// let driver = SqliteDriver::from_url("sqlite://", Placement::Inline)?;
/// assert_eq!(driver.capabilities().connection_limit, Some(1), "in memory, so not shared");
/// # Ok::<(), relata_core::Error>(())
/// ```
#[derive(Debug)]
pub struct SqliteDriver {
    place: Arc<Place>,
    placement: Placement,
    capabilities: Capabilities,
}

impl SqliteDriver {
    /// The driver for the database that a URL names. The database is not opened yet.
    ///
    /// `sqlite://heroes.db` is a relative path, `sqlite:///var/heroes.db` an absolute one, and
    /// `sqlite://` a database in memory. Options follow a question mark:
    ///
    /// | option | values | where it is left out |
    /// | --- | --- | --- |
    /// | `mode` | `ro`, `rw`, `rwc`, `memory` | `rwc`: the file is created |
    /// | `busy_timeout` | milliseconds to wait for a lock | 5000 |
    /// | `foreign_keys` | `on`, `off` | `on` |
    /// | `case_sensitive_like` | `on`, `off` | `on`: patterns mean what they mean on servers |
    /// | `stable_plans` | `on`, `off` | `on`: plans do not depend on bound values |
    /// | `journal_mode` | `wal`, `delete`, `truncate`, `memory`, `off` | `wal` for files |
    /// | `synchronous` | `off`, `normal`, `full`, `extra` | SQLite's own default |
    ///
    /// # Errors
    /// `InvalidUrl` for an unknown scheme or option and for a bad value, which it names.
    pub fn from_url(url: &str, placement: Placement) -> Result<Self> {
        let place = Place::parse(url)?;
        let capabilities = Capabilities {
            dialect: Dialect::Sqlite,
            bind_limit: connect::bind_limit()?,
            connection_limit: place.file.is_none().then_some(1),
            write_begins_anew: true,
            checks_each_row: false,
            returning: true,
            in_process: true,
            row_lists: false,
            insert_lists: false,
            savepoints: true,
            isolation: &[Isolation::Serializable],
            upsert: UpsertForm::OnConflict,
        };
        Ok(SqliteDriver { place: Arc::new(place), placement, capabilities })
    }
}

impl Driver for SqliteDriver {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn connect(&self) -> BoxFuture<'_, Result<Box<dyn Connection>>> {
        Box::pin(async {
            Ok(match self.placement {
                Placement::Inline => Box::new(inline::connect(&self.place)?) as Box<dyn Connection>,
                Placement::Thread => Box::new(thread::connect(Arc::clone(&self.place)).await?),
            })
        })
    }
}
