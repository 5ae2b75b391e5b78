//! Whole programs on MySQL or MariaDB: the server of `RELATA_MYSQL_URL`, such as
//! `mysql://root@127.0.0.1:3306`. Without it the tests are skipped, and say so.

#![expect(clippy::unwrap_used, reason = "helpers of tests, outside of `#[test]`")]

mod faults;
mod meter;
#[path = "../common/patience.rs"]
mod patience;
#[path = "../../../relata-mysql/tests/private/mod.rs"]
mod private;
mod programs;
mod round_trips;

use private::skipped;
use relata::prelude::*;
use relata_core::connection::{Batch, Driver, Statement, Step};
use relata_mysql::{MySqlDriver, Placement};
use std::{
    env,
    sync::atomic::{AtomicU32, Ordering},
};

#[model(table)]
struct Team {
    #[field(primary_key)]
    id: Id<Team>,
    #[field(unique)]
    name: String,
    #[field(foreign_key = Hero.id)]
    leader_id: Option<Id<Hero>>,
    #[relationship(foreign_key = leader_id)]
    leader: One<Option<Hero>>,
    #[relationship(back_populates = team, foreign_key = team_id)]
    heroes: Many<Hero>,
}

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    #[field(index, unique)]
    name: String,
    #[field(foreign_key = Team.id)]
    team_id: Option<Id<Team>>,
    #[relationship(back_populates = heroes, foreign_key = team_id)]
    team: One<Option<Team>>,
}

/// A database of its own, which is dropped with it.
struct Db {
    url: String,
    name: String,
}

/// A database for each of both ways to learn a key. A server that has the first has the second too.
fn databases(test: &str) -> Vec<Db> {
    match env::var("RELATA_MYSQL_URL") {
        Ok(url) => ["returning=on", "returning=off"].map(|way| Db::create(&url, way)).into(),
        Err(_) => {
            skipped(test, "`RELATA_MYSQL_URL` names no server");
            Vec::new()
        }
    }
}

impl Db {
    fn create(url: &str, way: &str) -> Db {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let (scheme, rest) = url.split_once("://").unwrap();
        let server = format!("{scheme}://{}", rest.split('/').next().unwrap());
        let next = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("relata_programs_{}_{next}", std::process::id());
        // One that cannot hold every text, as older servers make them.
        execute(&server, &format!("CREATE DATABASE {name} CHARACTER SET latin1"));
        Db { url: format!("{server}/{name}?{way}"), name }
    }

    fn execute(&self, sql: &str) {
        execute(&self.url, sql);
    }
}

impl Drop for Db {
    fn drop(&mut self) {
        self.execute(&format!("DROP DATABASE {}", self.name));
    }
}

/// Runs a statement on a connection of its own.
fn execute(url: &str, sql: &str) {
    let work = || {
        let builder = tokio::runtime::Builder::new_current_thread().enable_all().build();
        builder.unwrap().block_on(async {
            let driver = MySqlDriver::from_url(url, Placement::Caller).unwrap();
            let mut conn = driver.connect().await.unwrap();
            conn.run(Batch { steps: vec![Step::Run(Statement::text(sql))] }).await.unwrap();
        });
    };
    // A test may be in a runtime already.
    std::thread::scope(|scope| scope.spawn(work).join().unwrap());
}
