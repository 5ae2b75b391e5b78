//! Opens a connection, and sets it up so that texts, times and refusals are the same everywhere.

use crate::{
    fault,
    url::{Place, SslMode},
};
use mysql_async::{
    ClientIdentity, Conn, DriverError, Error as Fault, Opts, OptsBuilder, SslOpts,
    prelude::Queryable,
};
use relata_core::error::{Error, ErrorKind, Result};
use std::{
    path::Path,
    pin::pin,
    sync::Arc,
    task::{Context, Waker},
    time::Duration,
};
use tokio::time::timeout;

/// What tells a server apart from others.
pub(crate) const WHO: &str = "SELECT CONCAT_WS('/', @@hostname, @@port, @@server_id)";

/// What is there to know of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Server {
    /// As it answers to [`WHO`].
    pub(crate) name: Arc<str>,
    pub(crate) mariadb: bool,
    pub(crate) version: (u16, u16),
    /// Whether it has INSERT … RETURNING.
    pub(crate) returning: bool,
}

/// Opens a connection that is ready for use.
pub(crate) async fn open(place: &Place) -> Result<(Conn, Server)> {
    within(place, async {
        let mut conn = connect(place).await?;
        let server = set_up(&mut conn, place).await?;
        Ok((conn, server))
    })
    .await
}

/// Opens a connection for one command, such as to stop what another does.
pub(crate) async fn open_bare(place: &Place) -> Result<Conn> {
    within(place, connect(place)).await
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

async fn connect(place: &Place) -> mysql_async::Result<Conn> {
    let plain = || Conn::new(options(place, None));
    if place.socket.is_some() || place.ssl.mode == SslMode::Disabled {
        return plain().await;
    }
    provide_cryptography();
    match Conn::new(options(place, Some(tls(place)))).await {
        Err(Fault::Driver(DriverError::NoClientSslFlagFromServer))
            if place.ssl.mode == SslMode::Preferred =>
        {
            plain().await
        }
        opened => opened,
    }
}

/// Where a program has chosen none, and features of several are turned on, rustls would panic.
fn provide_cryptography() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Fails only where another thread was faster.
        let _ = rustls::crypto::ring::default_provider().install_default();
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
        .stmt_cache_size(place.statement_cache)
        // The unit of work tells by the count that a row has gone.
        .client_found_rows(true);
    if let Some(name) = &place.application_name {
        options = options.connect_attribute("program_name", name.clone());
    }
    options.into()
}

fn tls(place: &Place) -> SslOpts {
    let ssl = &place.ssl;
    let file = |path: &Path| path.to_owned().into();
    let identity = ssl.cert.as_deref().zip(ssl.key.as_deref());
    SslOpts::default()
        .with_root_certs(ssl.ca.iter().map(|path| file(path)).collect())
        .with_disable_built_in_roots(ssl.ca.is_some())
        .with_client_identity(
            identity.map(|(cert, key)| ClientIdentity::new(file(cert), file(key))),
        )
        .with_danger_accept_invalid_certs(ssl.mode < SslMode::VerifyCa)
        .with_danger_skip_domain_validation(ssl.mode < SslMode::VerifyIdentity)
}

async fn set_up(conn: &mut Conn, place: &Place) -> mysql_async::Result<Server> {
    // NO_AUTO_VALUE_ON_ZERO: a key that is 0 stays 0.
    let mut set = "SET NAMES utf8mb4, time_zone = '+00:00', autocommit = 1, \
        sql_mode = CONCAT_WS(',', NULLIF(@@sql_mode, ''), 'STRICT_TRANS_TABLES,NO_AUTO_VALUE_ON_ZERO')"
        .to_owned();
    if let Some(limit) = place.lock_wait_timeout {
        set.push_str(&format!(", innodb_lock_wait_timeout = {limit}"));
    }
    conn.query_drop(set).await?;
    let told: Option<(String, String)> = conn.query_first(format!("{WHO}, VERSION()")).await?;
    let (name, version) = told.unwrap_or_default();
    let server = server(&name, &version);
    if let Some(limit) = place.statement_timeout {
        let set = match server.mariadb {
            true => format!("SET max_statement_time = {limit} / 1000"),
            false => format!("SET max_execution_time = {limit}"),
        };
        conn.query_drop(set).await?;
    }
    Ok(server)
}

/// What a version such as `10.11.6-MariaDB-log` or `8.4.0` tells.
fn server(name: &str, version: &str) -> Server {
    // MariaDB stood behind this prefix so that old replicas take it for a version they know.
    let text = version.strip_prefix("5.5.5-").unwrap_or(version);
    let mut numbers = text.split(|c: char| !c.is_ascii_digit()).map(|part| part.parse().ok());
    let mut number = || numbers.next().flatten().unwrap_or(0);
    let version = (number(), number());
    let mariadb = text.to_ascii_lowercase().contains("mariadb");
    let returning = mariadb && version >= (10, 5);
    Server { name: name.into(), mariadb, version, returning }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions() {
        for (text, mariadb, version, returning) in [
            ("8.4.2", false, (8, 4), false),
            ("9.1.0-commercial", false, (9, 1), false),
            ("10.11.19-MariaDB-0+deb12u1", true, (10, 11), true),
            ("5.5.5-10.4.13-MariaDB-log", true, (10, 4), false),
            ("11.8.2-MariaDB", true, (11, 8), true),
            ("", false, (0, 0), false),
        ] {
            let expected = Server { name: "a/1/2".into(), mariadb, version, returning };
            assert_eq!(server("a/1/2", text), expected, "{text}");
        }
    }
}
