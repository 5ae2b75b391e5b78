//! The backends, and a database of its own for each case.

use crate::skipped::skipped;
use relata::{Engine, Metadata, blocking, prelude::*};
use std::{
    cell::Cell,
    env,
    fmt::Debug,
    process,
    sync::atomic::{AtomicU32, Ordering},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Backend {
    Sqlite,
    Postgres,
    /// As behind a proxy that shares connections.
    PostgresUnnamed,
    MySql,
}

thread_local! {
    static CURRENT: Cell<Option<Backend>> = const { Cell::new(None) };
}

fn current() -> Backend {
    CURRENT.get().unwrap()
}

/// What differs by the family of the backend.
pub(crate) fn pick<T>(sqlite: T, postgres: T, mysql: T) -> T {
    match current() {
        Backend::Sqlite => sqlite,
        Backend::Postgres | Backend::PostgresUnnamed => postgres,
        Backend::MySql => mysql,
    }
}

/// Cases, each a test on every backend.
macro_rules! cases {
    ($($(#[$doc:meta])* async fn $name:ident() $body:block)*) => {$(
        $(#[$doc])*
        mod $name {
            #[allow(unused_imports, reason = "not every case uses all")]
            use super::*;
            use crate::support;

            async fn body() $body

            #[test]
            fn sqlite() {
                support::on(support::Backend::Sqlite, body());
            }

            #[test]
            fn postgres() {
                support::on(support::Backend::Postgres, body());
            }

            #[test]
            fn postgres_unnamed() {
                support::on(support::Backend::PostgresUnnamed, body());
            }

            #[test]
            fn mysql() {
                support::on(support::Backend::MySql, body());
            }
        }
    )*};
}

/// Runs a case on a backend, or says that it is skipped.
pub(crate) fn on(backend: Backend, case: impl Future<Output = ()>) {
    let missing = match backend {
        Backend::Sqlite => None,
        Backend::MySql => Some("RELATA_MYSQL_URL"),
        _ => Some("RELATA_POSTGRES_URL"),
    };
    if let Some(missing) = missing.filter(|name| env::var(name).is_err()) {
        let test = std::thread::current().name().unwrap_or_default().to_owned();
        return skipped(&test, &format!("{missing} is not set"));
    }
    CURRENT.set(Some(backend));
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.worker_threads(1).enable_all().build().unwrap().block_on(case);
}

/// A database that goes when it is dropped.
pub(crate) struct Db {
    pub(crate) engine: Engine,
    place: Place,
}

/// A new database with the tables of these models.
pub(crate) async fn engine(tables: Metadata) -> Db {
    let db = empty().await;
    tables.create_all(&db.engine).await.unwrap();
    db
}

/// A new database with no tables.
pub(crate) async fn empty() -> Db {
    let place = Place::new();
    let engine = Engine::builder(place.url.as_str()).pool_size(3).await.unwrap();
    Db { engine, place }
}

impl Db {
    /// Another engine on the same database.
    pub(crate) async fn another(&self) -> Engine {
        Engine::connect(self.place.url.as_str()).await.unwrap()
    }

    /// Runs a statement beside the engine.
    pub(crate) fn execute(&self, sql: &str) {
        execute(&self.place.url, sql);
    }

    /// What a query gives, beside the engine: one text column.
    pub(crate) fn texts(&self, sql: &str) -> Vec<String> {
        let (url, sql) = (self.place.url.clone(), sql.to_owned());
        outside(move || {
            let engine = blocking::Engine::connect(url).unwrap();
            engine.exec(raw(sql).into_tuple::<String>()).all().unwrap()
        })
    }
}

/// Where a database is.
struct Place {
    url: String,
    /// The server, and what is run there when the database is no longer wanted.
    cleanup: Option<(String, String)>,
    _directory: Option<tempfile::TempDir>,
}

impl Place {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("types_{}_{}", process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let server = |name| env::var(name).unwrap();
        match current() {
            Backend::Sqlite => {
                let directory = tempfile::tempdir().unwrap();
                let url = format!("sqlite://{}", directory.path().join("types.db").display());
                Place { url, cleanup: None, _directory: Some(directory) }
            }
            Backend::MySql => {
                let server = server("RELATA_MYSQL_URL");
                execute(&server, &format!("CREATE DATABASE {name}"));
                let (scheme, rest) = server.split_once("://").unwrap();
                let host = rest.split('/').next().unwrap();
                let url = format!("{scheme}://{host}/{name}");
                Place {
                    url,
                    cleanup: Some((server, format!("DROP DATABASE {name}"))),
                    _directory: None,
                }
            }
            backend => {
                let server = server("RELATA_POSTGRES_URL");
                execute(&server, &format!("CREATE SCHEMA {name}"));
                let mark = if server.contains('?') { '&' } else { '?' };
                let cache = if backend == Backend::Postgres { "" } else { "&statement_cache=0" };
                let url = format!("{server}{mark}options=-c%20search_path%3D{name}{cache}");
                Place {
                    url,
                    cleanup: Some((server, format!("DROP SCHEMA {name} CASCADE"))),
                    _directory: None,
                }
            }
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some((server, sql)) = &self.cleanup {
            execute(server, sql);
        }
    }
}

/// In a thread of its own, because the test is in a runtime.
fn outside<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| scope.spawn(work).join().unwrap())
}

fn execute(url: &str, sql: &str) {
    outside(|| {
        let engine = blocking::Engine::connect(url).unwrap();
        let mut session = blocking::Session::new(&engine);
        let done = session.exec(raw(sql.to_owned())).run().and_then(|_| session.commit());
        done.unwrap_or_else(|error| panic!("{sql}: {error}"));
    });
}

/// The text of an error.
pub(crate) fn message<T: Debug>(outcome: relata::Result<T>) -> String {
    outcome.unwrap_err().to_string()
}
