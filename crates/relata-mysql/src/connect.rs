//! Opens a connection, and sets it up so that texts, times and refusals are the same everywhere.

use crate::{
    fault,
    server::{LARGEST_PACKET, Server},
    tls,
    url::{Place, SslMode},
};
use mysql_async::{
    Conn, DriverError, Error as Fault, Opts, OptsBuilder, SslOpts, prelude::Queryable,
};
use relata_core::error::{Error, ErrorKind, Result};
use std::{
    pin::pin,
    task::{Context, Waker},
    time::Duration,
};
use tokio::time::timeout;

/// Opens a connection that is ready for use.
pub(crate) async fn open(place: &Place) -> Result<(Conn, Server)> {
    let tls = tls::options(place)?;
    within(place, async {
        let mut conn = connect(place, tls).await?;
        let server = set_up(&mut conn, place).await?;
        Ok((conn, server))
    })
    .await
}

/// Opens a connection for one command, such as to stop what another does.
pub(crate) async fn open_bare(place: &Place) -> Result<Conn> {
    let tls = tls::options(place)?;
    within(place, connect(place, tls)).await
}

/// Closes a connection without waiting. To drop it would read what the server still sends, to its
/// end.
pub(crate) fn hang_up(conn: Conn) {
    // Marked as closed when it is first polled, so that the socket goes with the future.
    let _ = pin!(conn.disconnect()).poll(&mut Context::from_waker(Waker::noop()));
}

async fn within<T>(
    place: &Place,
    opening: impl Future<Output = mysql_async::Result<T>>,
) -> Result<T> {
    match timeout(place.connect_timeout, opening).await {
        Ok(opened) => opened.map_err(|error| fault::opening(error, place)),
        Err(_) => {
            let (server, limit) = (place.shown(), place.connect_timeout.as_secs());
            let message = format!(
                "`{server}` did not answer within {limit} s; is it a MySQL server, and is there a firewall in between? `connect_timeout` in the URL sets the limit"
            );
            Err(Error::new(ErrorKind::CannotOpen, message))
        }
    }
}

async fn connect(place: &Place, tls: Option<SslOpts>) -> mysql_async::Result<Conn> {
    match Conn::new(options(place, tls)).await {
        Err(Fault::Driver(DriverError::NoClientSslFlagFromServer))
            if place.ssl.mode == SslMode::Preferred =>
        {
            Conn::new(options(place, None)).await
        }
        opened => opened,
    }
}

fn options(place: &Place, tls: Option<SslOpts>) -> Opts {
    let mut options = OptsBuilder::default()
        .ip_or_hostname(place.host.clone())
        .tcp_port(place.port)
        .socket(place.socket.clone())
        .user(place.user.clone())
        .pass(place.password.clone())
        .db_name(place.database.clone())
        .ssl_opts(tls)
        // It would leave the network, and TLS, without being asked to.
        .prefer_socket(false)
        .tcp_keepalive(Some(Duration::from_secs(60)))
        // The driver asks for both by itself, and never keeps a connection for a pool.
        .max_allowed_packet(Some(LARGEST_PACKET))
        .wait_timeout(Some(usize::MAX))
        .stmt_cache_size(place.statement_cache)
        // The unit of work tells by the count that a row has gone.
        .client_found_rows(true);
    if let Some(name) = &place.application_name {
        options = options.connect_attribute("program_name", name.clone());
    }
    options.into()
}

/// Texts of the program are compared letter by letter, as those in tables of ours; the collation has a
/// name of its own on MariaDB and on MySQL, and each runs what the other takes for a comment. A
/// quotient has as many digits as an `f64`, no text that is put together of many rows is cut off, and the
/// words that the server counts rows in are those that `count` reads. With `autocommit` off the first
/// transaction begins by itself.
const SETTINGS: &str = "SET NAMES utf8mb4 /*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */, \
    time_zone = '+00:00', autocommit = 0, div_precision_increment = 20, group_concat_max_len = 4294967295, lc_messages = 'en_US'";

async fn set_up(conn: &mut Conn, place: &Place) -> mysql_async::Result<Server> {
    let server = Server::ask(conn).await?;
    let mut set = format!("{SETTINGS}, sql_mode = '{}'", server.strict_mode());
    if let Some(limit) = place.lock_wait_timeout {
        set.push_str(&format!(", innodb_lock_wait_timeout = {limit}"));
    }
    if let Some(limit) = place.statement_timeout {
        set.push_str(&match server.mariadb {
            true => format!(", max_statement_time = {limit} / 1000"),
            false => format!(", max_execution_time = {limit}"),
        });
    }
    conn.query_drop(set).await?;
    Ok(server)
}
