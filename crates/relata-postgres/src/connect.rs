//! Opens sockets and sessions: one server after the other until one is what was asked for.

use crate::{
    fault::{self, Who},
    runtime::Spot,
    tls::{Duplex, Security, Wire},
    url::{Host, Place, Session},
    watch::{Said, Watched},
};
use relata_core::error::{Error, ErrorKind, Result};
use std::{
    future::poll_fn,
    io,
    net::SocketAddr,
    path::PathBuf,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpSocket, lookup_host},
    task::AbortHandle,
    time::timeout,
};
use tokio_postgres::{
    AsyncMessage, CancelToken, Client, Connection, SimpleQueryMessage,
    config::{SslMode, SslNegotiation},
};

/// How long the server has to take note that a statement is to be stopped.
const CANCELLING: Duration = Duration::from_secs(10);

/// An open session.
pub(crate) struct Opened {
    pub(crate) client: Arc<Client>,
    pub(crate) said: Arc<Said>,
    pub(crate) ended: Arc<Ended>,
    pub(crate) stopper: Stopper,
}

/// Why the connection ended, once it has.
#[derive(Debug, Default)]
pub(crate) struct Ended(Mutex<Option<String>>);

impl Ended {
    pub(crate) fn why(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn is(&self, why: String) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
    }
}

/// Where exactly a server was reached.
#[derive(Clone)]
enum Address {
    Tcp(SocketAddr, String),
    Unix(PathBuf),
}

/// Stops the statement that a connection is at.
#[derive(Clone)]
pub(crate) struct Stopper {
    token: CancelToken,
    address: Address,
    security: Security,
    keepalives: bool,
    /// What moves the bytes of the connection.
    attending: AbortHandle,
    ended: Arc<Ended>,
}

/// Opens a session on the first server that is up to it.
pub(crate) async fn open(place: &Place, spot: &Spot) -> Result<Opened> {
    let security = Security::new(place.ssl_mode, place.roots.as_ref(), place.identity.as_ref())?;
    let mut first = None;
    for host in &place.hosts {
        let attempt = on_host(place, host, &security, spot);
        let outcome = match place.connect_timeout {
            Some(limit) => {
                timeout(limit, attempt).await.unwrap_or_else(|_| Err(too_slow(host, limit)))
            }
            None => attempt.await,
        };
        match outcome {
            Ok(opened) => return Ok(opened),
            Err(error) if is_stranger(&error) => return Err(error),
            Err(error) => first = first.or(Some(error)),
        }
    }
    Err(first.unwrap_or_else(|| refused("the database URL names no host".into())))
}

/// Whether the server does not let the user in. As libpq: a wrong password is shown to no other, which
/// may count such attempts too.
fn is_stranger(error: &Error) -> bool {
    error.code().is_some_and(|code| code.starts_with("28"))
}

async fn on_host(place: &Place, host: &Host, security: &Security, spot: &Spot) -> Result<Opened> {
    let mut last = None;
    for address in addresses(host).await? {
        match on_address(place, host, address, security, spot).await {
            Ok(opened) => return Ok(opened),
            Err(error) if is_stranger(&error) => return Err(error),
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(|| refused(format!("the host of `{host}` has no address"))))
}

async fn addresses(host: &Host) -> Result<Vec<Address>> {
    let (name, port) = match host {
        Host::Tcp(name, port) => (name, *port),
        Host::Unix(directory, port) => {
            return Ok(vec![Address::Unix(directory.join(format!(".s.PGSQL.{port}")))]);
        }
    };
    let found = lookup_host((name.as_str(), port)).await.map_err(|error| {
        refused(format!("the host `{name}` in the database URL was not found: {error}"))
            .with_source(error)
    })?;
    Ok(found.map(|address| Address::Tcp(address, name.clone())).collect())
}

async fn on_address(
    place: &Place,
    host: &Host,
    address: Address,
    security: &Security,
    spot: &Spot,
) -> Result<Opened> {
    let wire = address.reach(place.keepalives).await.map_err(|error| {
        refused(format!(
            "cannot connect to the server at `{host}`: {error}; check that it runs, and the host and port in the URL"
        ))
        .with_source(error)
    })?;
    let said = Said::nothing();
    let secure = security.for_host(address.host(), Arc::clone(&said));
    let mut config = place.config.clone();
    // Whether there is TLS is negotiated by ours, which in turn sees all that the server says.
    config.ssl_mode(SslMode::Require).ssl_negotiation(SslNegotiation::Direct);
    let (client, connection) = config.connect_raw(wire, secure).await.map_err(|error| {
        let user = config.get_user().unwrap_or("of this process");
        let database = config.get_dbname().or(config.get_user()).unwrap_or("of the user");
        fault::cannot_open(error, &host.to_string(), Who { user, database })
    })?;
    let ended = Arc::new(Ended::default());
    let attending = spot.spawn(attend(connection, Arc::clone(&ended))).abort_handle();
    let stopper = Stopper {
        attending,
        ended: Arc::clone(&ended),
        token: client.cancel_token(),
        address,
        security: security.clone(),
        keepalives: place.keepalives,
    };
    check(&client, place.session, host).await?;
    Ok(Opened { client: Arc::new(client), said, ended, stopper })
}

/// Moves bytes until the connection ends, and tells what the server says unasked.
async fn attend(mut connection: Connection<Wire, Watched>, ended: Arc<Ended>) {
    while let Some(message) = poll_fn(|cx| connection.poll_message(cx)).await {
        match message {
            Ok(AsyncMessage::Notice(notice)) => tell(&notice),
            Ok(_) => {}
            Err(error) => {
                ended.is(fault::reason(&error));
                return;
            }
        }
    }
}

fn tell(notice: &tokio_postgres::error::DbError) {
    let (code, message) = (notice.code().code(), notice.message());
    match notice.severity() {
        "WARNING" => tracing::warn!(target: "relata::postgres", code, "{message}"),
        "NOTICE" | "INFO" => tracing::info!(target: "relata::postgres", code, "{message}"),
        _ => tracing::debug!(target: "relata::postgres", code, "{message}"),
    }
}

/// Whether the server is what the URL asks for.
async fn check(client: &Client, wanted: Session, host: &Host) -> Result<()> {
    const ASK: &str = "SELECT pg_catalog.pg_is_in_recovery(), pg_catalog.current_setting('transaction_read_only')";
    if wanted == Session::Any {
        return Ok(());
    }
    let answer =
        client.simple_query(ASK).await.map_err(|error| fault::classify(error, None, || None))?;
    let row = answer.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some((row.get(0)? == "t", row.get(1)? == "on")),
        _ => None,
    });
    let (standby, read_only) = row.unwrap_or_default();
    let (fits, what) = match wanted {
        Session::Any => (true, ""),
        Session::ReadWrite => (!read_only, "takes no writes"),
        Session::ReadOnly => (read_only, "takes writes"),
        Session::Primary => (!standby, "is a standby"),
        Session::Standby => (standby, "is no standby"),
    };
    if fits {
        return Ok(());
    }
    Err(refused(format!(
        "the server at `{host}` {what}; list other hosts in the URL, or change `target_session_attrs`"
    )))
}

impl Address {
    fn host(&self) -> Option<&str> {
        match self {
            Address::Tcp(_, name) => Some(name),
            Address::Unix(_) => None,
        }
    }

    async fn reach(&self, keepalives: bool) -> io::Result<Wire> {
        match self {
            Address::Tcp(address, _) => {
                let socket = match address {
                    SocketAddr::V4(_) => TcpSocket::new_v4()?,
                    SocketAddr::V6(_) => TcpSocket::new_v6()?,
                };
                socket.set_keepalive(keepalives)?;
                let stream = socket.connect(*address).await?;
                stream.set_nodelay(true)?;
                Ok(Wire(Box::new(stream)))
            }
            #[cfg(unix)]
            Address::Unix(path) => Ok(Wire(Box::new(tokio::net::UnixStream::connect(path).await?))),
            #[cfg(not(unix))]
            Address::Unix(_) => {
                Err(io::Error::new(io::ErrorKind::Unsupported, "this system has no unix sockets"))
            }
        }
    }
}

impl Stopper {
    /// Stops what the connection is at. When this returns the server has done so, or has been given
    /// up on: nothing that is sent afterwards is stopped instead.
    pub(crate) async fn stop(&self) {
        let stop = async {
            let wire = self.address.reach(self.keepalives).await?;
            let patient = Wire(Box::new(Patient(wire)));
            let secure = self.security.for_host(self.address.host(), Said::nothing());
            self.token.cancel_query_raw(patient, secure).await.map_err(io::Error::other)
        };
        if let Ok(Err(error)) = timeout(CANCELLING, stop).await {
            tracing::debug!(target: "relata::postgres", "a statement could not be stopped: {error}");
        }
    }

    /// Closes the connection without a word, because the server does not answer.
    pub(crate) fn give_up(&self) {
        self.ended.is("the server did not stop a statement that was dropped".into());
        self.attending.abort();
    }
}

/// A socket whose end is waited for: the server hangs up when it has stopped the statement.
struct Patient<S>(S);

impl<S: Duplex> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl<S: Duplex> AsyncWrite for Patient<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.0).poll_flush(cx))?;
        loop {
            let mut bytes = [0; 64];
            let mut buf = ReadBuf::new(&mut bytes);
            match ready!(Pin::new(&mut self.0).poll_read(cx, &mut buf)) {
                Ok(()) if !buf.filled().is_empty() => {}
                // Hung up, whether politely or not.
                _ => return Poll::Ready(Ok(())),
            }
        }
    }
}

fn too_slow(host: &Host, limit: Duration) -> Error {
    refused(format!(
        "the server at `{host}` did not answer within {} s; check the host and port in the URL, or raise `connect_timeout`",
        limit.as_secs()
    ))
}

fn refused(message: String) -> Error {
    Error::new(ErrorKind::CannotOpen, message)
}

#[cfg(test)]
mod tests;
