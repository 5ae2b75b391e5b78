//! Databases that tests with one body run on: a file of SQLite, and on each server that is named a
//! schema or database of the test's own.

mod skipped;

use relata::{blocking, prelude::*};
use skipped::skipped;
use std::{env, process, thread};

/// A database that goes when this does.
pub(crate) struct Database {
    kind: Kind,
    url: String,
    _directory: Option<tempfile::TempDir>,
}

enum Kind {
    Sqlite,
    /// On the server of this URL, by its name.
    Postgres(String, String),
    MySql(String, String),
}

/// The URL that a variable names; without one it is said that the test was left out.
fn server(test: &str, variable: &str) -> Option<String> {
    let url = env::var(variable).ok();
    if url.is_none() {
        skipped(test, &format!("{variable} is not set"));
    }
    url
}

/// Runs a statement in a runtime of its own.
fn execute(url: &str, sql: &str) {
    let (url, sql) = (url.to_owned(), sql.to_owned());
    let work = move || {
        let engine = blocking::Engine::connect(&*url).unwrap();
        engine.exec(raw(sql)).run().unwrap();
    };
    thread::spawn(work).join().unwrap();
}

impl Database {
    pub(crate) fn sqlite() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", directory.path().join("heroes.db").display());
        Database { kind: Kind::Sqlite, url, _directory: Some(directory) }
    }

    pub(crate) fn postgres(test: &str) -> Option<Self> {
        let server = server(test, "RELATA_POSTGRES_URL")?;
        let name = format!("{test}_{}", process::id());
        execute(&server, &format!("CREATE SCHEMA {name}"));
        let mark = if server.contains('?') { '&' } else { '?' };
        let url = format!(
            "{server}{mark}options=-c%20search_path%3D{name}&application_name={name}&lock_timeout=10000"
        );
        Some(Database { kind: Kind::Postgres(server, name), url, _directory: None })
    }

    pub(crate) fn mysql(test: &str) -> Option<Self> {
        let server = server(test, "RELATA_MYSQL_URL")?;
        let name = format!("{test}_{}", process::id());
        execute(&server, &format!("CREATE DATABASE {name}"));
        let (scheme, rest) = server.split_once("://").unwrap();
        let url = format!("{scheme}://{}/{name}", rest.split('/').next().unwrap());
        Some(Database { kind: Kind::MySql(server, name), url, _directory: None })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn name(&self) -> &'static str {
        match self.kind {
            Kind::Sqlite => "SQLite",
            Kind::Postgres(..) => "PostgreSQL",
            Kind::MySql(..) => "MySQL",
        }
    }

    /// The numbers that a statement gives, as the server sees it.
    pub(crate) async fn numbers(&self, sql: String) -> Vec<i64> {
        let (Kind::Postgres(server, _) | Kind::MySql(server, _)) = &self.kind else {
            return Vec::new();
        };
        let engine = Engine::connect(&**server).await.unwrap();
        engine
            .exec(raw(sql).into_tuple::<(i64,)>())
            .all()
            .await
            .unwrap()
            .into_iter()
            .map(|(n,)| n)
            .collect()
    }

    /// How many transactions are open in it, apart from those that are about to end.
    pub(crate) async fn open_transactions(&self) -> i64 {
        let open = match &self.kind {
            Kind::Sqlite => return 0,
            Kind::Postgres(_, name) => format!(
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = '{name}' AND state <> 'idle'"
            ),
            Kind::MySql(_, name) => format!(
                "SELECT count(*) FROM information_schema.innodb_trx
                 JOIN information_schema.processlist ON id = trx_mysql_thread_id WHERE db = '{name}'"
            ),
        };
        for _ in 0..100 {
            if self.numbers(open.clone()).await == [0] {
                return 0;
            }
        }
        self.numbers(open).await[0]
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if thread::panicking() {
            return;
        }
        match &self.kind {
            Kind::Sqlite => {}
            Kind::Postgres(server, name) => {
                execute(server, &format!("DROP SCHEMA {name} CASCADE"));
            }
            Kind::MySql(server, name) => execute(server, &format!("DROP DATABASE {name}")),
        }
    }
}
