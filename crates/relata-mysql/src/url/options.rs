//! The options of a URL by their names, which are written in many ways, and their values.

use super::{SslMode, invalid};
use relata_core::error::Result;

const OPTIONS: [&str; 13] = [
    "ssl-mode",
    "ssl-ca",
    "ssl-cert",
    "ssl-key",
    "socket",
    "connect_timeout",
    "lock_wait_timeout",
    "statement_timeout",
    "statement_cache",
    "application_name",
    "charset",
    "returning",
    "database",
];
/// What other programs call options.
const ALIASES: [(&str, &str); 4] = [
    ("tls", "ssl-mode"),
    ("unix_socket", "socket"),
    ("program_name", "application_name"),
    ("db", "database"),
];
/// What other programs have options for, and what is to be done here.
const HINTS: [(&[&str], &str); 5] = [
    (
        &[
            "use_ssl",
            "require_ssl",
            "verify_ca",
            "verify_identity",
            "verify_server_certificate",
            "ssl",
        ],
        "write `ssl-mode`, such as `ssl-mode=required`",
    ),
    (&["timeout", "connection_timeout"], "write `connect_timeout`, in seconds"),
    (
        &["pool_size", "pool_min", "pool_max", "max_connections", "connection_limit"],
        "set the pool up with `Engine::builder`, and remove it",
    ),
    (
        &["collation", "character_set", "character_encoding", "use_unicode"],
        "connections talk `utf8mb4`, so remove it",
    ),
    (
        &["time_zone", "server_time_zone", "loc", "parse_time"],
        "the time zone of connections is UTC, so remove it",
    ),
];
const SSL_MODES: [(&str, SslMode); 5] = [
    ("disabled", SslMode::Disabled),
    ("preferred", SslMode::Preferred),
    ("required", SslMode::Required),
    ("verify_ca", SslMode::VerifyCa),
    ("verify_identity", SslMode::VerifyIdentity),
];
/// What other drivers call them, and those of PostgreSQL.
const OTHER_MODES: [(&str, SslMode); 7] = [
    ("false", SslMode::Disabled),
    ("disable", SslMode::Disabled),
    ("prefer", SslMode::Preferred),
    ("require", SslMode::Required),
    ("skip_verify", SslMode::Required),
    ("true", SslMode::VerifyIdentity),
    ("verify_full", SslMode::VerifyIdentity),
];

/// The option that is meant, which others call otherwise.
pub(super) fn option(name: &str) -> Result<&'static str> {
    let mut known = OPTIONS.iter().map(|&option| (option, option)).chain(ALIASES);
    if let Some((_, option)) = known.find(|(known, _)| same(known, name)) {
        return Ok(option);
    }
    let hint = HINTS.iter().find(|(names, _)| names.iter().any(|known| same(known, name)));
    let cure = match hint {
        Some((_, cure)) => (*cure).to_owned(),
        None => format!("known are {}", listed(OPTIONS)),
    };
    Err(invalid(format!("unknown option `{name}`; {cure}")))
}

/// Whether two names are the same: `ssl-mode`, `ssl_mode`, `sslmode`, `sslMode`.
fn same(known: &str, name: &str) -> bool {
    let letters = |name: &str| -> Vec<u8> {
        let letters = name.bytes().filter(|byte| !matches!(byte, b'-' | b'_'));
        letters.map(|byte| byte.to_ascii_lowercase()).collect()
    };
    letters(known) == letters(name)
}

pub(super) fn ssl_mode(name: &str, value: &str) -> Result<SslMode> {
    match OTHER_MODES.iter().find(|(known, _)| same(known, value)) {
        Some((_, mode)) => Ok(*mode),
        None => one_of(name, value, &SSL_MODES),
    }
}

pub(super) fn one_of<T: Copy>(name: &str, value: &str, known: &[(&str, T)]) -> Result<T> {
    let value = value.to_ascii_lowercase();
    let found = known.iter().find(|(known, _)| same(known, &value));
    found.map(|(_, found)| *found).ok_or_else(|| {
        let known = listed(known.iter().map(|(known, _)| *known));
        invalid(format!("`{value}` is no value of `{name}`; known are {known}"))
    })
}

pub(super) fn number(name: &str, value: &str, what: &str, least: u32, most: u32) -> Result<u32> {
    let found = value.parse().ok().filter(|found| (least..=most).contains(found));
    found.ok_or_else(|| {
        invalid(format!("`{value}` is no value of `{name}`; write {what}, {least} to {most}"))
    })
}

fn listed<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
