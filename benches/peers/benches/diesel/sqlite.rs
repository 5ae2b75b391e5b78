//! SQLite.

use crate::{heroes, reads};
use bench_kit::{Backend, Peer, data};
use bench_peers::{diesel_models::*, diesel_sqlite as write};
use bench_shared::{WithTeams, count, json, relink, with_teams};
use diesel::{connection::SimpleConnection, prelude::*};

pub struct Sqlite(SqliteConnection);

impl Sqlite {
    heroes!();
}

impl Peer for Sqlite {
    const BACKENDS: &'static [Backend] = &[Backend::Sqlite];

    reads!();

    async fn connect(_: Backend, _: &str) -> Self {
        let mut connection = SqliteConnection::establish(":memory:").unwrap();
        connection.batch_execute("PRAGMA foreign_keys = ON").unwrap();
        Sqlite(connection)
    }

    async fn insert(&mut self, users: &[data::User]) -> usize {
        write::insert(&mut self.0, users.iter().map(NewUser::from)).unwrap()
    }

    async fn create(&mut self, heroes: usize) -> usize {
        write::create(&mut self.0, heroes).unwrap()
    }

    async fn relink(&mut self, (heroes, teams): &mut Self::Heroes, turn: bool) -> usize {
        let (gone, new) = relink(heroes, teams, turn);
        write::relink(&mut self.0, gone, new).unwrap()
    }

    async fn update(&mut self, (heroes, _): &mut Self::Heroes) -> usize {
        age(heroes);
        write::update(&mut self.0, heroes.iter().map(|(hero, _)| hero)).unwrap()
    }
}
