//! What a database URL says: where the servers are, who connects, and how.

use crate::tls::{Identity, Roots, SslMode};
use percent_encoding::percent_decode_str;
use relata_core::error::{Error, ErrorKind, Result};
use std::{fmt, path::PathBuf, str::FromStr, time::Duration};
use tokio_postgres::{Config, config::ChannelBinding};

/// The names that messages list.
const OPTIONS: [&str; 19] = [
    "user",
    "password",
    "host",
    "port",
    "dbname",
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "channel_binding",
    "connect_timeout",
    "application_name",
    "options",
    "target_session_attrs",
    "keepalives",
    "statement_cache",
    "statement_timeout",
    "lock_timeout",
    "idle_in_transaction_session_timeout",
];
const SSL_MODES: [(&str, SslMode); 6] = [
    ("disable", SslMode::Disable),
    // It takes what it gets, only in another order.
    ("allow", SslMode::Prefer),
    ("prefer", SslMode::Prefer),
    ("require", SslMode::Require),
    ("verify-ca", SslMode::VerifyCa),
    ("verify-full", SslMode::VerifyFull),
];
const BINDINGS: [(&str, ChannelBinding); 3] = [
    ("disable", ChannelBinding::Disable),
    ("prefer", ChannelBinding::Prefer),
    ("require", ChannelBinding::Require),
];
const SESSIONS: [(&str, Session); 5] = [
    ("any", Session::Any),
    ("read-write", Session::ReadWrite),
    ("read-only", Session::ReadOnly),
    ("primary", Session::Primary),
    ("standby", Session::Standby),
];
const PORT: u16 = 5432;
/// What is said where a password may hold a `?` as it is.
const UNENCODED: &str = "an option in the database URL is not known, or has a value that is not; signs such as `@`, `?` and `/` in a user or password are written `%40`, `%3F` and `%2F`";

/// Servers and how to connect to them.
#[derive(Clone)]
pub(crate) struct Place {
    /// Who connects, and to which database. The hosts are not in it.
    pub(crate) config: Config,
    /// Tried in order; never empty.
    pub(crate) hosts: Vec<Host>,
    pub(crate) ssl_mode: SslMode,
    pub(crate) roots: Option<Roots>,
    pub(crate) identity: Option<Identity>,
    /// `None` for as long as it takes.
    pub(crate) connect_timeout: Option<Duration>,
    pub(crate) session: Session,
    pub(crate) keepalives: bool,
    /// How many prepared statements a connection keeps; with none, statements have no names.
    pub(crate) statement_cache: usize,
}

/// Where a server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Host {
    Tcp(String, u16),
    /// The directory of its socket.
    Unix(PathBuf, u16),
}

/// What a server has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Session {
    Any,
    ReadWrite,
    ReadOnly,
    Primary,
    Standby,
}

/// Without users and passwords.
impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Place")
            .field("hosts", &self.hosts)
            .field("dbname", &self.config.get_dbname())
            .field("ssl_mode", &self.ssl_mode)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Host::Tcp(name, port) if name.contains(':') => write!(f, "[{name}]:{port}"),
            Host::Tcp(name, port) => write!(f, "{name}:{port}"),
            Host::Unix(path, port) => write!(f, "{}/.s.PGSQL.{port}", path.display()),
        }
    }
}

/// What is said in several places, before it is put together.
#[derive(Default)]
struct Parts {
    hosts: Hosts,
    /// Settings of the session.
    settings: String,
    ssl_mode: Option<SslMode>,
    certificate: Option<String>,
    key: Option<String>,
}

#[derive(Default)]
struct Hosts {
    names: Vec<String>,
    ports: Vec<Option<u16>>,
}

impl Place {
    pub(crate) fn parse(url: &str) -> Result<Place> {
        let scheme = url.split_once(':').map(|(scheme, _)| scheme);
        let known = ["postgres", "postgresql"];
        if !scheme.is_some_and(|scheme| known.iter().any(|name| name.eq_ignore_ascii_case(scheme)))
        {
            return Err(invalid(
                "unknown scheme; this driver knows `postgres` and `postgresql`, as in `postgres://user:password@localhost/database`",
            ));
        }
        let Some((_, rest)) = url.split_once("://") else {
            return Err(invalid(
                "write `//` behind the scheme, as in `postgres://localhost/database`",
            ));
        };
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (user, rest) = match rest.rsplit_once('@') {
            Some((user, rest)) => (Some(user), rest),
            None => (None, rest),
        };
        let (hosts, database) = rest.split_once('/').unwrap_or((rest, ""));
        let mut place = Place::default();
        let mut parts = Parts::default();
        if let Some(user) = user {
            place.user(user)?;
        }
        parts.hosts.listed(hosts)?;
        if !database.is_empty() {
            place.config.dbname(decoded("database", database)?);
        }
        for option in query.split('&').filter(|option| !option.is_empty()) {
            let (name, value) = option.split_once('=').unwrap_or((option, ""));
            let (name, value) = (decoded("option", name)?, decoded("option", value)?);
            place.set(&name, &value, &mut parts).map_err(|error| match query.contains('@') {
                // Its name or value may be a part of a password.
                true => invalid(UNENCODED),
                false => error,
            })?;
        }
        if !parts.settings.is_empty() {
            place.config.options(parts.settings);
        }
        place.hosts = parts.hosts.joined()?;
        place.ssl_mode = ssl_mode(parts.ssl_mode, place.roots.as_ref())?;
        place.identity = identity(parts.certificate, parts.key)?;
        Ok(place)
    }

    fn user(&mut self, text: &str) -> Result<()> {
        let (user, password) = text.split_once(':').unwrap_or((text, ""));
        if !user.is_empty() {
            self.config.user(decoded("user", user)?);
        }
        if !password.is_empty() {
            self.config.password(decoded("password", password)?);
        }
        Ok(())
    }

    fn set(&mut self, name: &str, value: &str, parts: &mut Parts) -> Result<()> {
        let config = &mut self.config;
        match name {
            "user" => drop(config.user(value)),
            "password" => drop(config.password(value)),
            "dbname" => drop(config.dbname(value)),
            "application_name" => drop(config.application_name(value)),
            "host" => parts.hosts.names = value.split(',').map(str::to_owned).collect(),
            "port" => parts.hosts.ports = value.split(',').map(port).collect::<Result<_>>()?,
            "sslmode" => parts.ssl_mode = Some(one_of(name, value, &SSL_MODES)?),
            "sslrootcert" if value == "system" => self.roots = Some(Roots::System),
            "sslrootcert" => self.roots = Some(Roots::File(value.to_owned())),
            "sslcert" => parts.certificate = Some(value.to_owned()),
            "sslkey" => parts.key = Some(value.to_owned()),
            "channel_binding" => drop(config.channel_binding(one_of(name, value, &BINDINGS)?)),
            "target_session_attrs" => self.session = one_of(name, value, &SESSIONS)?,
            "keepalives" => self.keepalives = one_of(name, value, &[("0", false), ("1", true)])?,
            "connect_timeout" => {
                let seconds: u32 = number(name, value, "seconds, 0 for as long as it takes")?;
                self.connect_timeout =
                    (seconds > 0).then(|| Duration::from_secs(u64::from(seconds)));
            }
            // The last two are what other libraries call it.
            "statement_cache" | "statement_cache_size" | "statement-cache-capacity" => {
                let count: u16 = number(name, value, "a number up to 65535, 0 for none")?;
                self.statement_cache = usize::from(count);
            }
            "pgbouncer" if one_of(name, value, &[("true", true), ("false", false)])? => {
                self.statement_cache = 0;
            }
            "pgbouncer" => {}
            "options" => setting(&mut parts.settings, value),
            "statement_timeout" | "lock_timeout" | "idle_in_transaction_session_timeout" => {
                let millis: i32 = number(name, value, "milliseconds, 0 for no limit")?;
                setting(&mut parts.settings, &format!("-c {name}={millis}"));
            }
            _ => {
                let known = listed(OPTIONS.iter().copied());
                return Err(invalid(format!("unknown option `{name}`; known are {known}")));
            }
        }
        Ok(())
    }
}

impl Default for Place {
    fn default() -> Self {
        Place {
            config: Config::new(),
            hosts: Vec::new(),
            ssl_mode: SslMode::Prefer,
            roots: None,
            identity: None,
            connect_timeout: Some(Duration::from_secs(30)),
            session: Session::Any,
            keepalives: true,
            statement_cache: 256,
        }
    }
}

impl Hosts {
    /// Takes `one:5432,two,[::1]:5433`.
    fn listed(&mut self, text: &str) -> Result<()> {
        for host in text.split(',').filter(|_| !text.is_empty()) {
            // The address of version 6 has colons of its own.
            let (name, rest) = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
                Some((name, rest)) => (name, rest),
                None => host.split_at(host.find(':').unwrap_or(host.len())),
            };
            self.names.push(decoded("host", name)?);
            self.ports.push(port(rest.strip_prefix(':').unwrap_or(rest))?);
        }
        Ok(())
    }

    fn joined(self) -> Result<Vec<Host>> {
        let Hosts { mut names, ports } = self;
        if names.is_empty() {
            names.push("localhost".into());
        }
        if ports.len() > 1 && ports.len() != names.len() {
            return Err(invalid(format!(
                "the database URL has {} hosts and {} ports; write one port for all hosts, or one for each",
                names.len(),
                ports.len()
            )));
        }
        let port = |at: usize| {
            let port = if ports.len() == 1 { ports.first() } else { ports.get(at) };
            port.copied().flatten().unwrap_or(PORT)
        };
        let hosts = names.into_iter().enumerate().map(|(at, name)| {
            let name = if name.is_empty() { "localhost".into() } else { name };
            match name.starts_with('/') {
                true => Host::Unix(name.into(), port(at)),
                false => Host::Tcp(name, port(at)),
            }
        });
        Ok(hosts.collect())
    }
}

/// As libpq: many have certificates that the operating system trusts, so they are worth something
/// only where the name is checked too.
fn ssl_mode(written: Option<SslMode>, roots: Option<&Roots>) -> Result<SslMode> {
    match (written, roots) {
        (None | Some(SslMode::VerifyFull), Some(Roots::System)) => Ok(SslMode::VerifyFull),
        (Some(_), Some(Roots::System)) => Err(invalid(
            "`sslrootcert=system` checks the server's name too; write `sslmode=verify-full`, or leave one of the two out",
        )),
        (written, _) => Ok(written.unwrap_or(SslMode::Prefer)),
    }
}

fn identity(certificate: Option<String>, key: Option<String>) -> Result<Option<Identity>> {
    match (certificate, key) {
        (Some(certificate), Some(key)) => Ok(Some(Identity { certificate, key })),
        (None, None) => Ok(None),
        (Some(_), None) => Err(invalid("`sslcert` needs `sslkey`, the file of its private key")),
        (None, Some(_)) => Err(invalid("`sslkey` needs `sslcert`, the file of its certificate")),
    }
}

/// Adds to what the server is told at the start of a session.
fn setting(settings: &mut String, text: &str) {
    if !settings.is_empty() {
        settings.push(' ');
    }
    settings.push_str(text);
}

/// The values of some parts are secrets, so messages name the part.
fn decoded(part: &str, text: &str) -> Result<String> {
    let decoded = percent_decode_str(text).decode_utf8();
    let decoded =
        decoded.map_err(|_| invalid(format!("the {part} in the database URL is not UTF-8")))?;
    if decoded.contains('\0') {
        return Err(invalid(format!("the {part} in the database URL contains a NUL byte")));
    }
    Ok(decoded.into_owned())
}

fn port(text: &str) -> Result<Option<u16>> {
    if text.is_empty() {
        return Ok(None);
    }
    // What stands there may be a part of a password with a sign that was not encoded.
    let wrong = || {
        invalid(
            "the port in the database URL is no number from 1 to 65535; signs such as `@`, `/` and `:` in a user or password are written `%40`, `%2F` and `%3A`",
        )
    };
    text.parse().ok().filter(|port| *port > 0).map(Some).ok_or_else(wrong)
}

fn one_of<T: Copy>(name: &str, value: &str, known: &[(&'static str, T)]) -> Result<T> {
    let found = known.iter().find(|(known, _)| known.eq_ignore_ascii_case(value));
    found.map(|(_, meaning)| *meaning).ok_or_else(|| {
        let known = listed(known.iter().map(|(name, _)| *name));
        invalid(format!("`{value}` is no value of `{name}`; known are {known}"))
    })
}

fn number<T: FromStr + PartialOrd + Default>(name: &str, value: &str, what: &str) -> Result<T> {
    let number = value.parse().ok().filter(|number| *number >= T::default());
    number.ok_or_else(|| invalid(format!("`{value}` is no value of `{name}`; write {what}")))
}

fn listed<'n>(names: impl Iterator<Item = &'n str>) -> String {
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn invalid(message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::InvalidUrl, message)
}

#[cfg(test)]
mod tests;
