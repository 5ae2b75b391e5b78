//! SQLite: a whole transaction at a time on the thread of the connection, since each call goes there and the
//! wrapper has no many-row inserts.

use crate::{heroes, reads};
use bench_kit::{Backend, Peer, data};
use bench_peers::{diesel_models::*, diesel_sqlite as write};
use bench_shared::{WithTeams, count, json, relink, with_teams};
use diesel::prelude::*;
use diesel_async::{
    AsyncConnection, RunQueryDsl, SimpleAsyncConnection,
    sync_connection_wrapper::SyncConnectionWrapper,
};

type Connection = SyncConnectionWrapper<SqliteConnection>;

pub struct Sqlite(Connection);

impl Sqlite {
    heroes!();
}

impl Peer for Sqlite {
    const BACKENDS: &'static [Backend] = &[Backend::Sqlite];

    reads!();

    async fn connect(_: Backend, _: &str) -> Self {
        let mut connection = Connection::establish(":memory:").await.unwrap();
        connection.batch_execute("PRAGMA foreign_keys = ON").await.unwrap();
        Sqlite(connection)
    }

    async fn insert(&mut self, users: &[data::User]) -> usize {
        let users: Vec<_> = users.iter().map(|user| (user.name.clone(), user.hair_color)).collect();
        let done = self.0.spawn_blocking(move |connection| {
            let new =
                users.iter().map(|(name, hair_color)| NewUser { name, hair_color: *hair_color });
            write::insert(connection, new)
        });
        done.await.unwrap()
    }

    async fn create(&mut self, heroes: usize) -> usize {
        let done = self.0.spawn_blocking(move |connection| write::create(connection, heroes));
        done.await.unwrap()
    }

    async fn relink(&mut self, (heroes, teams): &mut Self::Heroes, turn: bool) -> usize {
        let (gone, new) = relink(heroes, teams, turn);
        let done = self.0.spawn_blocking(move |connection| write::relink(connection, gone, new));
        done.await.unwrap()
    }

    async fn update(&mut self, (heroes, _): &mut Self::Heroes) -> usize {
        age(heroes);
        let heroes: Vec<Hero> = heroes.iter().map(|(hero, _)| hero.clone()).collect();
        let done =
            self.0.spawn_blocking(move |connection| write::update(connection, heroes.iter()));
        done.await.unwrap()
    }
}
