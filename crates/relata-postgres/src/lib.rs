//! The PostgreSQL driver: batches of statements in, rows and classified errors out. It knows no
//! model and no session; [`relata_core::connection`] is the contract that it keeps.
//!
//! # What values become
//!
//! The server says of which type each parameter is, from the column that it stands beside. A value
//! takes that type or is an error (`OutOfRange`) that names the column; nothing is rounded, wrapped
//! or cut, but for nanoseconds.
//!
//! | value | types that it can be sent as |
//! | --- | --- |
//! | `Bool` | `boolean` |
//! | `Int` | `smallint`, `integer`, `bigint`, `oid` within their range, `numeric`, `real` and `double precision` where they hold it exactly |
//! | `Real` | `double precision`, infinities too; `real` where it holds it exactly; `numeric` as the shortest decimal number that reads back the same |
//! | `Decimal` | `numeric`; whole ones the integers; floats where they read back the same |
//! | `Text` | `text`, `varchar`, `char`, `name`, `citext`, enums, `json`, `jsonb`, `xml` as it is; any other type in the form of its text, read by the server. No NUL |
//! | `Json` | as `Text` |
//! | `Bytes` | `bytea` |
//! | `Enum` | as `Text` |
//! | `Interval` | `interval`, as days of 24 hours and microseconds |
//! | `Uuid` | `uuid`; `bytea` as its 16 bytes; types of text with hyphens |
//! | `Date` | `date`; `timestamp` and `timestamptz` as its midnight, in UTC |
//! | `Time` | `time`, without a leap second |
//! | `DateTime`, `Timestamp` | `timestamp` and `timestamptz`, in UTC; `date` at midnight. What is finer than microseconds is cut |
//! | `Array`, `List` | arrays of these |
//! | `Null` | any |
//!
//! | column | cell |
//! | --- | --- |
//! | `boolean` | `Bool` |
//! | `smallint`, `integer`, `bigint`, `oid` | `Int` |
//! | `real`, `double precision` | `Real` |
//! | `numeric` | `Decimal`; NaN, infinities and more than 28 digits are an error |
//! | `text`, `varchar`, `char`, `name`, `json`, `jsonb`, `xml` | `Text` |
//! | `bytea` | `Bytes` |
//! | `uuid` | `Uuid` |
//! | `date`, `time`, `timestamp`, `timestamptz` | `Date`, `Time`, `DateTime`, `Timestamp`; infinities, 24:00 and years that `chrono` has not are an error |
//! | `interval` | `Interval`, where a day has 24 hours; months and infinities are an error |
//! | domains | as the type behind them |
//! | enums, and others of the database's own that are text | `Text` |
//! | arrays of these but domains | `List`; several dimensions and a first index other than 1 are an error |
//! | any other | an error; cast the column to text |

mod altered;
mod array;
mod bind;
mod cache;
mod connect;
mod cursor;
mod fault;
mod flight;
mod link;
mod loss;
mod numeric;
mod own_types;
mod pipeline;
mod row;
mod runtime;
mod tls;
mod url;
mod watch;

use altered::Altered;
use relata_core::{
    Isolation,
    connection::{BoxFuture, Capabilities, Connection, Driver, UpsertForm},
    error::{Error, ErrorKind, Result},
    sql::Dialect,
};
use runtime::{Spot, Spots};
use std::sync::Arc;
use url::Place;

pub use runtime::Placement;

/// The protocol counts parameters in 16 bits.
const BIND_LIMIT: usize = 65_535;

/// Opens connections to one PostgreSQL database.
///
/// ```
/// use relata_core::connection::Driver;
/// use relata_postgres::{Placement, PostgresDriver};
///
/// let url = "postgres://ada:s3cret@localhost/heroes?application_name=demo";
/// let driver = PostgresDriver::from_url(url, Placement::Caller)?;
/// assert_eq!(driver.capabilities().bind_limit, 65_535);
/// assert!(!format!("{driver:?}").contains("s3cret"));
/// # Ok::<(), relata_core::Error>(())
/// ```
#[derive(Debug)]
pub struct PostgresDriver {
    place: Arc<Place>,
    placement: Placement,
    spots: Arc<Spots>,
    altered: Altered,
    capabilities: Capabilities,
}

impl PostgresDriver {
    /// The driver for the database that a URL names. Nothing is connected yet.
    ///
    /// `postgres://user:password@host:port/database`, or `postgresql://`. Every part may be left out:
    /// the user is that of the process, the host `localhost`, the port 5432, the database has the
    /// user's name. Signs such as `@` and `/` in a user or password are percent-encoded. Several hosts
    /// are separated by commas and tried in order, such as `postgres://one,two:5433/heroes`. A host
    /// that begins with a slash is the directory of a unix socket, such as
    /// `postgres:///heroes?host=/var/run/postgresql`. Options follow a question mark:
    ///
    /// | option | values | where it is left out |
    /// | --- | --- | --- |
    /// | `user`, `password`, `host`, `port`, `dbname` | as in front of the question mark | |
    /// | `sslmode` | `disable`; `prefer`, or `allow`: TLS where the server has it; `require`; `verify-ca`: and the certificate is one that is trusted; `verify-full`: and it is made out to the host | `prefer` |
    /// | `sslrootcert` | a file of trusted certificates, or `system`; with a file `require` verifies it | `system` |
    /// | `sslcert`, `sslkey` | files with the certificate and the private key by which the client says who it is, in PEM | |
    /// | `channel_binding` | `disable`, `prefer`, `require` | `prefer` |
    /// | `connect_timeout` | seconds for each host, 0 for no limit | 30 |
    /// | `keepalives` | `0`, `1` | `1` |
    /// | `target_session_attrs` | `any`, `read-write`, `read-only`, `primary`, `standby` | `any` |
    /// | `application_name` | what the server calls the session | |
    /// | `options` | settings of the session, such as `-c%20search_path%3Dshop` | |
    /// | `statement_timeout`, `lock_timeout`, `idle_in_transaction_session_timeout` | milliseconds, 0 for no limit | the server's |
    /// | `statement_cache` | how many prepared statements a connection keeps; `0` for none, as behind pgbouncer in its transaction mode. `statement_cache_size`, `statement-cache-capacity` and `pgbouncer=true` are understood too | 256 |
    ///
    /// # Errors
    /// `InvalidUrl` for an unknown scheme or option and for a bad value, which it names. The password
    /// is in no message.
    pub fn from_url(url: &str, placement: Placement) -> Result<Self> {
        let place = Place::parse(url)?;
        let capabilities = Capabilities {
            dialect: Dialect::Postgres,
            bind_limit: BIND_LIMIT,
            connection_limit: None,
            write_begins_anew: false,
            checks_each_row: false,
            returning: true,
            in_process: false,
            row_lists: true,
            insert_lists: true,
            savepoints: true,
            isolation: &Isolation::ALL,
            upsert: UpsertForm::OnConflict,
        };
        let (spots, altered) = (Arc::default(), Altered::default());
        Ok(PostgresDriver { place: Arc::new(place), placement, spots, altered, capabilities })
    }
}

impl Driver for PostgresDriver {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn connect(&self) -> BoxFuture<'_, Result<Box<dyn Connection>>> {
        Box::pin(async {
            let spot = self.spots.of(self.placement)?;
            let opening = link(Arc::clone(&self.place), spot.clone(), self.altered.for_new());
            let link = match self.placement {
                Placement::Caller => opening.await?,
                // Sockets and timers belong to the runtime in whose task they are made.
                Placement::Own => spot.spawn(opening).await.map_err(no_runtime)??,
            };
            Ok(Box::new(link) as Box<dyn Connection>)
        })
    }
}

async fn link(place: Arc<Place>, spot: Spot, altered: Altered) -> Result<link::Link> {
    let opened = connect::open(&place, &spot).await?;
    Ok(link::Link::new(opened, place, spot, altered))
}

fn no_runtime(error: tokio::task::JoinError) -> Error {
    let message = "the runtime of the connections stopped while one was opened";
    Error::new(ErrorKind::CannotOpen, message).with_source(error)
}
