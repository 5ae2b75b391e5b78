//! What every test needs: a schema of its own, and statements beside the engines.

use crate::skipped::skipped;
use relata::blocking;
use relata_core::connection::{Batch, Driver, Statement, Step};
use relata_postgres::{Placement, PostgresDriver};
use std::{env, process, thread};

/// A schema that goes when this does.
pub(crate) struct Schema {
    server: String,
    pub(crate) name: String,
}

impl Schema {
    /// A schema on the server of `RELATA_POSTGRES_URL`; none where that is not set.
    pub(crate) fn new(test: &str) -> Option<Self> {
        let Ok(server) = env::var("RELATA_POSTGRES_URL") else {
            skipped(test, "RELATA_POSTGRES_URL is not set");
            return None;
        };
        let schema = Schema { server, name: format!("engine_{}_{test}", process::id()) };
        schema.raw(format!("CREATE SCHEMA {}", schema.name));
        Some(schema)
    }

    pub(crate) fn url(&self) -> String {
        self.within(&self.server)
    }

    /// The URL of a server with this schema in its search path.
    fn within(&self, server: &str) -> String {
        let mark = if server.contains('?') { '&' } else { '?' };
        let name = &self.name;
        format!("{server}{mark}options=-c%20search_path%3D{name}&application_name={name}")
    }

    /// The URL by way of a port of this machine, without TLS.
    pub(crate) fn by_way_of(&self, port: u16) -> String {
        let (start, rest) = self.server.split_once("://").unwrap();
        let (user, rest) = rest.rsplit_once('@').map_or((None, rest), |(user, r)| (Some(user), r));
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let user = user.map_or_else(String::new, |user| format!("{user}@"));
        let server = format!("{start}://{user}127.0.0.1:{port}{}", &rest[end..]);
        format!("{}&sslmode=disable", self.within(&server))
    }

    /// The host and port of the server.
    pub(crate) fn place(&self) -> String {
        let rest = self.server.split_once("://").unwrap().1;
        let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest);
        let place = rest.split(['/', '?']).next().unwrap();
        if place.contains(':') { place.to_owned() } else { format!("{place}:5432") }
    }

    /// The host and port of the server, the user, password and database.
    pub(crate) fn parts(&self) -> (String, String, Option<String>, String) {
        let rest = self.server.split_once("://").unwrap().1;
        let (user, rest) = rest.rsplit_once('@').unwrap_or(("postgres", rest));
        let (user, password) =
            user.split_once(':').map_or((user, None), |(user, password)| (user, Some(password)));
        let database = rest.split('?').next().unwrap().split_once('/').map_or(user, |(_, d)| d);
        (self.place(), user.to_owned(), password.map(str::to_owned), database.to_owned())
    }

    /// Runs a statement beside the engines.
    pub(crate) fn raw(&self, sql: String) {
        raw(&self.server, sql);
    }

    /// The numbers that a statement gives, beside the engines.
    pub(crate) fn numbers(&self, sql: String) -> Vec<i64> {
        let server = self.server.clone();
        let work = move || -> Vec<i64> {
            let engine = blocking::Engine::connect(server).unwrap();
            let rows = engine.exec(relata::query::raw(sql).into_tuple::<(i64,)>()).all().unwrap();
            rows.into_iter().map(|(number,)| number).collect()
        };
        thread::spawn(work).join().unwrap()
    }

    /// The server's processes for the connections of this schema.
    pub(crate) fn processes(&self) -> Vec<i64> {
        let name = &self.name;
        self.numbers(format!(
            "SELECT pid::bigint FROM pg_stat_activity WHERE application_name = '{name}' ORDER BY backend_start"
        ))
    }

    /// Waits until so many connections are left: the server ends them when it comes to it.
    pub(crate) fn await_processes(&self, count: usize) {
        for _ in 0..200 {
            if self.processes().len() == count {
                return;
            }
        }
        assert_eq!(self.processes().len(), count);
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        // What failed may hold locks.
        if !thread::panicking() {
            self.raw(format!("DROP SCHEMA {} CASCADE", self.name));
        }
    }
}

/// Runs a test in one thread, in a schema of its own. Its connections end before the schema does.
pub(crate) fn inside(test: &str, work: impl AsyncFnOnce(&Schema)) {
    let Some(schema) = Schema::new(test) else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(work(&schema));
}

/// Runs a statement by the driver alone, not in the runtime of the test.
pub(crate) fn raw(url: &str, sql: String) {
    let url = url.to_owned();
    let work = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let driver = PostgresDriver::from_url(&url, Placement::Caller).unwrap();
            let steps = vec![Step::Run(Statement::text(sql))];
            driver.connect().await.unwrap().run(Batch { steps }).await.unwrap();
        });
    };
    thread::spawn(work).join().unwrap();
}
