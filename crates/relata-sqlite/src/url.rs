//! What a database URL says: where the database is and how its connections are set up.

use percent_encoding::percent_decode_str;
use relata_core::error::{Error, ErrorKind, Result};
use std::{path::PathBuf, sync::Mutex, time::Duration};

const OPTIONS: [&str; 7] = [
    "mode",
    "busy_timeout",
    "foreign_keys",
    "case_sensitive_like",
    "stable_plans",
    "journal_mode",
    "synchronous",
];
const MODES: [&str; 4] = ["ro", "rw", "rwc", "memory"];
const JOURNAL_MODES: [&str; 5] = ["wal", "delete", "truncate", "memory", "off"];
const SYNCHRONOUS: [&str; 4] = ["off", "normal", "full", "extra"];

/// A database and how to connect to it.
#[derive(Debug)]
pub(crate) struct Place {
    /// The file; `None` in memory.
    pub(crate) file: Option<PathBuf>,
    pub(crate) access: Access,
    pub(crate) busy_timeout: Duration,
    pub(crate) foreign_keys: bool,
    pub(crate) case_sensitive_like: bool,
    pub(crate) stable_plans: bool,
    pub(crate) journal_mode: Option<&'static str>,
    pub(crate) synchronous: Option<&'static str>,
    /// Held while a connection is opened; `connect` says why.
    pub(crate) opening: Mutex<()>,
}

/// What may be done to the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    Write,
    /// Written, and created where it is missing.
    Create,
}

impl Place {
    pub(crate) fn parse(url: &str) -> Result<Place> {
        let (scheme, rest) = url.split_once(':').ok_or_else(|| {
            invalid("the database URL has no scheme; write `sqlite://database.db`".into())
        })?;
        if !scheme.eq_ignore_ascii_case("sqlite") {
            return Err(invalid(format!(
                "unknown scheme `{scheme}`; this driver knows `sqlite`, as in `sqlite://database.db`"
            )));
        }
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let mut place = Place {
            file: file(path.strip_prefix("//").unwrap_or(path))?,
            access: Access::Create,
            busy_timeout: Duration::from_secs(5),
            foreign_keys: true,
            case_sensitive_like: true,
            stable_plans: true,
            journal_mode: None,
            synchronous: None,
            opening: Mutex::new(()),
        };
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            place.set(&name, &value)?;
        }
        if place.access == Access::Read && place.journal_mode.is_some() {
            return Err(invalid(
                "`journal_mode` cannot be set with `mode=ro`; remove one of the two".into(),
            ));
        }
        Ok(place)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<()> {
        match name {
            "mode" => match one_of(name, value, &MODES)? {
                "ro" => self.access = Access::Read,
                "rw" => self.access = Access::Write,
                "memory" => self.file = None,
                _ => self.access = Access::Create,
            },
            "busy_timeout" => self.busy_timeout = milliseconds(name, value)?,
            "foreign_keys" => self.foreign_keys = one_of(name, value, &["on", "off"])? == "on",
            "case_sensitive_like" => {
                self.case_sensitive_like = one_of(name, value, &["on", "off"])? == "on";
            }
            "stable_plans" => self.stable_plans = one_of(name, value, &["on", "off"])? == "on",
            "journal_mode" => self.journal_mode = Some(one_of(name, value, &JOURNAL_MODES)?),
            "synchronous" => self.synchronous = Some(one_of(name, value, &SYNCHRONOUS)?),
            _ => {
                let known = listed(&OPTIONS);
                return Err(invalid(format!("unknown option `{name}`; known are {known}")));
            }
        }
        Ok(())
    }
}

fn file(path: &str) -> Result<Option<PathBuf>> {
    let path = percent_decode_str(path)
        .decode_utf8()
        .map_err(|_| invalid("the path in the database URL is not UTF-8".into()))?;
    if path.contains('\0') {
        return Err(invalid("the path in the database URL contains a NUL byte".into()));
    }
    if matches!(&*path, "memory:" | ":memory") {
        return Err(invalid(format!(
            "`sqlite:{path}` would be a file called `{path}`; write `sqlite::memory:` for a database in memory"
        )));
    }
    // SQLAlchemy writes the last form; nobody means a file of that name in the root directory.
    let in_memory = matches!(&*path, "" | ":memory:" | "/:memory:");
    Ok((!in_memory).then(|| PathBuf::from(&*path)))
}

fn one_of(name: &str, value: &str, known: &[&'static str]) -> Result<&'static str> {
    let found = known.iter().find(|known| known.eq_ignore_ascii_case(value));
    found.copied().ok_or_else(|| {
        let known = listed(known);
        invalid(format!("`{value}` is no value of `{name}`; known are {known}"))
    })
}

/// SQLite keeps the time in 32 bits with a sign.
fn milliseconds(name: &str, value: &str) -> Result<Duration> {
    let millis = value.parse::<i32>().ok().and_then(|millis| u64::try_from(millis).ok());
    millis.map(Duration::from_millis).ok_or_else(|| {
        let most = i32::MAX;
        invalid(format!("`{value}` is no value of `{name}`; write milliseconds, 0 to {most}"))
    })
}

fn listed(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::InvalidUrl, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn place(url: &str) -> Place {
        Place::parse(url).unwrap()
    }

    fn refused(url: &str) -> String {
        let error = Place::parse(url).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidUrl);
        error.to_string()
    }

    #[test]
    fn paths() {
        for (url, path) in [
            ("sqlite://database.db", "database.db"),
            ("sqlite:database.db", "database.db"),
            ("SQLite://data/heroes.db", "data/heroes.db"),
            ("sqlite:///abs/path.db", "/abs/path.db"),
            ("sqlite:/abs/path.db", "/abs/path.db"),
            ("sqlite://my%20heroes%3F+1.db?mode=rw", "my heroes?+1.db"),
            ("sqlite://file:odd.db", "file:odd.db"),
        ] {
            assert_eq!(place(url).file.as_deref(), Some(Path::new(path)), "{url}");
        }
    }

    #[test]
    fn in_memory() {
        for url in [
            "sqlite://",
            "sqlite:",
            "sqlite::memory:",
            "sqlite://:memory:",
            "sqlite:///:memory:",
            "sqlite://heroes.db?mode=memory",
        ] {
            assert_eq!(place(url).file, None, "{url}");
        }
    }

    #[test]
    fn defaults() {
        let place = place("sqlite://heroes.db");
        assert_eq!(place.access, Access::Create);
        assert_eq!(place.busy_timeout, Duration::from_millis(5000));
        assert!(place.foreign_keys && place.case_sensitive_like && place.stable_plans);
        assert_eq!((place.journal_mode, place.synchronous), (None, None));
    }

    #[test]
    fn options() {
        let place = place(
            "sqlite://heroes.db?mode=rw&busy_timeout=0&foreign_keys=off&case_sensitive_like=off&stable_plans=off&journal_mode=DELETE&synchronous=normal",
        );
        assert_eq!(place.access, Access::Write);
        assert_eq!(place.busy_timeout, Duration::ZERO);
        assert!(!place.foreign_keys && !place.case_sensitive_like && !place.stable_plans);
        assert_eq!((place.journal_mode, place.synchronous), (Some("delete"), Some("normal")));
    }

    #[test]
    fn what_is_not_understood_is_named() {
        assert_eq!(
            refused("postgres://ada:secret@host/db"),
            "unknown scheme `postgres`; this driver knows `sqlite`, as in `sqlite://database.db`"
        );
        assert_eq!(
            refused("database.db"),
            "the database URL has no scheme; write `sqlite://database.db`"
        );
        assert_eq!(
            refused("sqlite://a.db?timeout=5"),
            "unknown option `timeout`; known are `mode`, `busy_timeout`, `foreign_keys`, `case_sensitive_like`, `stable_plans`, `journal_mode`, `synchronous`"
        );
        assert_eq!(
            refused("sqlite://a.db?mode=append"),
            "`append` is no value of `mode`; known are `ro`, `rw`, `rwc`, `memory`"
        );
        assert_eq!(
            refused("sqlite://a.db?foreign_keys=1"),
            "`1` is no value of `foreign_keys`; known are `on`, `off`"
        );
        for value in ["-1", "2147483648", "5s", ""] {
            assert_eq!(
                refused(&format!("sqlite://a.db?busy_timeout={value}")),
                format!(
                    "`{value}` is no value of `busy_timeout`; write milliseconds, 0 to 2147483647"
                )
            );
        }
        assert_eq!(
            refused("sqlite://a.db?mode=ro&journal_mode=wal"),
            "`journal_mode` cannot be set with `mode=ro`; remove one of the two"
        );
        assert_eq!(
            refused("sqlite:memory:"),
            "`sqlite:memory:` would be a file called `memory:`; write `sqlite::memory:` for a database in memory"
        );
        assert_eq!(
            refused("sqlite::memory"),
            "`sqlite::memory` would be a file called `:memory`; write `sqlite::memory:` for a database in memory"
        );
        assert_eq!(refused("sqlite://a%FF.db"), "the path in the database URL is not UTF-8");
        assert_eq!(refused("sqlite://a%00.db"), "the path in the database URL contains a NUL byte");
    }
}
