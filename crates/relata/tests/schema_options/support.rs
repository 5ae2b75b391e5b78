//! A database of each kind for each test.

use crate::skipped::skipped;
use relata::blocking::Engine;
use std::{
    env,
    fs::File,
    sync::atomic::{AtomicU32, Ordering},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
    MySql,
}

/// A database that goes when this does.
pub(crate) struct Db {
    pub(crate) kind: Kind,
    pub(crate) url: String,
    clean_up: Vec<(String, String)>,
    _directory: Option<tempfile::TempDir>,
    /// Of schemas that a server has once only; the last to go.
    _lock: Option<File>,
}

/// Runs a program on each database that there is; `schemas` are dropped behind it, where the server
/// has them for all its databases.
pub(crate) fn everywhere(test: &str, schemas: &[&str], program: impl Fn(&Db)) {
    each(test, schemas, |db| program(&db));
}

/// Gives each database that there is; that of MySQL once as one that cannot return keys, as MySQL
/// itself, and once as it is.
pub(crate) fn each(test: &str, schemas: &[&str], mut take: impl FnMut(Db)) {
    take(sqlite());
    postgres(test).into_iter().for_each(&mut take);
    for option in ["", "?returning=off"] {
        mysql(test, schemas, option).into_iter().for_each(&mut take);
    }
}

impl Db {
    pub(crate) fn engine(&self) -> Engine {
        Engine::connect(&*self.url).unwrap()
    }
}

impl Drop for Db {
    fn drop(&mut self) {
        for (url, sql) in &self.clean_up {
            execute(url, sql);
        }
    }
}

fn sqlite() -> Db {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", directory.path().join("test.db").display());
    Db { kind: Kind::Sqlite, url, clean_up: Vec::new(), _directory: Some(directory), _lock: None }
}

fn name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("relata_options_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

#[cfg(feature = "postgres")]
fn postgres(test: &str) -> Option<Db> {
    let server = server("RELATA_POSTGRES_URL", test)?;
    let (name, (base, _)) = (name(), server.rsplit_once('/').unwrap());
    execute(&server, &format!("CREATE DATABASE {name}"));
    let clean_up = vec![(server.clone(), format!("DROP DATABASE {name} WITH (FORCE)"))];
    let url = format!("{base}/{name}");
    Some(Db { kind: Kind::Postgres, url, clean_up, _directory: None, _lock: None })
}

#[cfg(feature = "mysql")]
fn mysql(test: &str, schemas: &[&str], option: &str) -> Option<Db> {
    let server = server("RELATA_MYSQL_URL", test)?;
    let lock = schemas.first().map(|name| {
        let lock = File::create(env::temp_dir().join(format!("{name}.lock"))).unwrap();
        lock.lock().unwrap();
        lock
    });
    // The URL may name a database, or none.
    let (scheme, rest) = server.split_once("://").unwrap();
    let (name, host) = (name(), rest.split(['/', '?']).next().unwrap());
    let base = &format!("{scheme}://{host}");
    execute(base, &format!("CREATE DATABASE {name}"));
    let all = schemas.iter().copied().chain([&*name]);
    let clean_up = all.map(|name| (base.to_owned(), format!("DROP DATABASE IF EXISTS {name}")));
    let clean_up = clean_up.collect();
    let url = format!("{base}/{name}{option}");
    Some(Db { kind: Kind::MySql, url, clean_up, _directory: None, _lock: lock })
}

#[cfg(not(feature = "postgres"))]
fn postgres(test: &str) -> Option<Db> {
    server("RELATA_POSTGRES_URL", test).and(None)
}

#[cfg(not(feature = "mysql"))]
fn mysql(test: &str, _: &[&str], _: &str) -> Option<Db> {
    server("RELATA_MYSQL_URL", test).and(None)
}

fn server(variable: &str, test: &str) -> Option<String> {
    let url = env::var(variable).ok();
    if url.is_none() {
        skipped(test, &format!("{variable} is not set"));
    }
    url
}

/// Runs a statement that no transaction takes, by the driver alone.
fn execute(url: &str, sql: &str) {
    use relata_core::connection::{Batch, Driver, Statement, Step};
    let driver: Box<dyn Driver> = match url.split(':').next().unwrap() {
        #[cfg(feature = "postgres")]
        "postgres" | "postgresql" => {
            use relata_postgres::{Placement, PostgresDriver};
            Box::new(PostgresDriver::from_url(url, Placement::Caller).unwrap())
        }
        #[cfg(feature = "mysql")]
        _ => {
            use relata_mysql::{MySqlDriver, Placement};
            Box::new(MySqlDriver::from_url(url, Placement::Caller).unwrap())
        }
        #[cfg(not(feature = "mysql"))]
        scheme => panic!("no driver for `{scheme}`"),
    };
    let steps = vec![Step::Run(Statement::text(sql))];
    let work = || {
        let builder = tokio::runtime::Builder::new_current_thread().enable_all().build();
        builder.unwrap().block_on(async {
            driver.connect().await.unwrap().run(Batch { steps }).await.unwrap();
        });
    };
    // a test may be in a runtime already
    std::thread::scope(|scope| scope.spawn(work).join().unwrap());
}
