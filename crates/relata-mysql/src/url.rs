//! What a database URL says: where the server is and how its connections are set up.

mod options;

use options::{number, one_of, option, ssl_mode};
use percent_encoding::percent_decode_str;
use relata_core::error::{Error, ErrorKind, Result};
use std::{fmt, path::PathBuf, time::Duration};

const PORT: u16 = 3306;
/// What is said where a password may hold a `?` as it is.
const UNENCODED: &str = "the database URL has an `@` in its options; write `%40` for it, and `%3F` for a `?` in the password";

/// A server, a database of it, and how to connect.
pub(crate) struct Place {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) socket: Option<String>,
    pub(crate) user: Option<String>,
    pub(crate) password: Option<String>,
    pub(crate) database: Option<String>,
    pub(crate) ssl: Ssl,
    pub(crate) connect_timeout: Duration,
    /// In seconds, as InnoDB counts it.
    pub(crate) lock_wait_timeout: Option<u32>,
    /// In milliseconds.
    pub(crate) statement_timeout: Option<u32>,
    pub(crate) statement_cache: usize,
    pub(crate) application_name: Option<String>,
    /// Whether INSERT … RETURNING may be used where the server has it.
    pub(crate) returning: bool,
}

/// Whether and how connections are encrypted.
#[derive(Debug, Default)]
pub(crate) struct Ssl {
    pub(crate) mode: SslMode,
    pub(crate) ca: Option<PathBuf>,
    pub(crate) cert: Option<PathBuf>,
    pub(crate) key: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum SslMode {
    Disabled,
    /// Encrypted where the server can.
    #[default]
    Preferred,
    Required,
    VerifyCa,
    VerifyIdentity,
}

/// Where it is, without user and password.
impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let database = self.database.as_deref().unwrap_or_default();
        write!(f, "Place({}/{database})", self.shown())
    }
}

impl Place {
    /// The server, for messages.
    pub(crate) fn shown(&self) -> String {
        match &self.socket {
            Some(socket) => socket.clone(),
            None if self.host.contains(':') => format!("[{}]:{}", self.host, self.port),
            None => format!("{}:{}", self.host, self.port),
        }
    }

    pub(crate) fn parse(url: &str) -> Result<Place> {
        const FORM: &str = "as in `mysql://user:password@localhost:3306/heroes`";
        let (scheme, rest) = url
            .split_once(':')
            .ok_or_else(|| invalid(format!("the database URL has no scheme; write one {FORM}")))?;
        if !["mysql", "mariadb"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
            return Err(invalid(format!(
                "unknown scheme `{scheme}`; this driver knows `mysql` and `mariadb`, {FORM}"
            )));
        }
        let rest = rest.strip_prefix("//").ok_or_else(|| {
            invalid(format!("the database URL has no `//` after its scheme; write it {FORM}"))
        })?;
        let (address, query) = rest.split_once('?').unwrap_or((rest, ""));
        if query.contains('@') && !address.contains('@') && address.contains(':') {
            // It may be the rest of a password, so no message may show it.
            return Err(invalid(UNENCODED.into()));
        }
        // A password that was not percent-encoded may hold any of `@`, `/` and `:`.
        let (user, address) = match address.rsplit_once('@') {
            Some((user, address)) => (Some(user), address),
            None => (None, address),
        };
        let (server, database) = address.split_once('/').unwrap_or((address, ""));
        let (host, port) = server_of(server)?;
        let mut place = Place {
            host,
            port,
            socket: None,
            user: None,
            password: None,
            database: Some(decoded("database", database)?).filter(|name| !name.is_empty()),
            ssl: Ssl::default(),
            connect_timeout: Duration::from_secs(10),
            lock_wait_timeout: None,
            statement_timeout: None,
            statement_cache: 256,
            application_name: None,
            returning: true,
        };
        if let Some(user) = user {
            let (name, password) = match user.split_once(':') {
                Some((name, password)) => (name, Some(password)),
                None => (user, None),
            };
            place.user = Some(decoded("user", name)?).filter(|name| !name.is_empty());
            place.password = password.map(|text| decoded("password", text)).transpose()?;
        }
        for option in query.split('&').filter(|option| !option.is_empty()) {
            let (name, value) = option.split_once('=').unwrap_or((option, ""));
            let (name, value) = (decoded("option", name)?, decoded("option", value)?);
            place.set(&name, &value).map_err(|error| match query.contains('@') {
                // Its name or value may be a part of a password.
                true => invalid(UNENCODED.into()),
                false => error,
            })?;
        }
        place.check()
    }

    fn set(&mut self, name: &str, value: &str) -> Result<()> {
        match option(name)? {
            "ssl-mode" => self.ssl.mode = ssl_mode(name, value)?,
            "ssl-ca" => self.ssl.ca = Some(value.into()),
            "ssl-cert" => self.ssl.cert = Some(value.into()),
            "ssl-key" => self.ssl.key = Some(value.into()),
            "socket" => self.socket = Some(value.to_owned()),
            "connect_timeout" => {
                let limit = number(name, value, "seconds", 1, 86_400)?;
                self.connect_timeout = Duration::from_secs(limit.into());
            }
            "lock_wait_timeout" => {
                // MariaDB takes 0 for "do not wait", MySQL makes 1 of it.
                self.lock_wait_timeout = Some(number(name, value, "seconds", 0, 1_073_741_824)?);
            }
            "statement_timeout" => {
                let limit = number(name, value, "milliseconds", 0, 31_536_000)?;
                self.statement_timeout = Some(limit);
            }
            "statement_cache" => {
                let size = number(name, value, "a number of statements", 0, 16_382)?;
                self.statement_cache = size as usize;
            }
            "application_name" => self.application_name = Some(value.to_owned()),
            "charset" if value.eq_ignore_ascii_case("utf8mb4") => {}
            "charset" => {
                let message = format!(
                    "connections talk `utf8mb4`, because `{value}` cannot hold every text; remove `{name}`"
                );
                return Err(invalid(message));
            }
            "returning" => self.returning = one_of(name, value, &[("on", true), ("off", false)])?,
            _ => self.database = Some(value.to_owned()),
        }
        Ok(())
    }

    fn check(self) -> Result<Place> {
        let Ssl { mode, ca, cert, key } = &self.ssl;
        let tls = !matches!(mode, SslMode::Disabled);
        let wrong = if self.socket.is_some() && *mode > SslMode::Preferred {
            "a connection through a `socket` is not encrypted; remove `ssl-mode`, or `socket`"
        } else if cert.is_some() != key.is_some() {
            "`ssl-cert` and `ssl-key` go together; give both"
        } else if !tls && (ca.is_some() || cert.is_some()) {
            "certificates cannot be used with `ssl-mode=disabled`; remove one of the two"
        } else if ca.is_some() && *mode < SslMode::VerifyCa {
            "`ssl-ca` is used only to verify; add `ssl-mode=verify_identity`"
        } else {
            return Ok(self);
        };
        Err(invalid(wrong.into()))
    }
}

impl PartialOrd for SslMode {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some((*self as u8).cmp(&(*other as u8)))
    }
}

fn server_of(server: &str) -> Result<(String, u16)> {
    if server.contains(',') {
        let message =
            "the database URL names several servers; name one, and let a proxy choose among them";
        return Err(invalid(message.into()));
    }
    let (host, port) = match server.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, rest)) => (host, rest.strip_prefix(':').unwrap_or(rest)),
        None => server.rsplit_once(':').unwrap_or((server, "")),
    };
    // What stands there may be a part of a password with a sign that was not encoded.
    let wrong = || {
        invalid(
            "the port in the database URL is no number from 1 to 65535; signs such as `@`, `/` and `:` in a user or password are written `%40`, `%2F` and `%3A`".into(),
        )
    };
    let port = match port {
        "" => PORT,
        text => text.parse().ok().filter(|port| *port > 0).ok_or_else(wrong)?,
    };
    let host = decoded("host", host)?;
    Ok((if host.is_empty() { "localhost".into() } else { host }, port))
}

fn decoded(what: &str, text: &str) -> Result<String> {
    let decoded = percent_decode_str(text).decode_utf8();
    let decoded =
        decoded.map_err(|_| invalid(format!("the {what} in the database URL is not UTF-8")))?;
    if decoded.contains('\0') {
        return Err(invalid(format!("the {what} in the database URL contains a NUL byte")));
    }
    Ok(decoded.into_owned())
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::InvalidUrl, message)
}

#[cfg(test)]
mod tests;
