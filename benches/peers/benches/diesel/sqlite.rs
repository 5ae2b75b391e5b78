//! SQLite: many rows in each statement where they are many, and statements that are kept prepared else.

use crate::{heroes, reads};
use bench_kit::{Backend, Peer, data};
use bench_peers::{Pairs, WithTeams, count, diesel_models::*, json, new_links, relink, with_teams};
use diesel::{connection::SimpleConnection, prelude::*, upsert::excluded};

pub struct Sqlite(SqliteConnection);

impl Sqlite {
    heroes!();
}

fn link(connection: &mut SqliteConnection, links: Pairs) -> QueryResult<usize> {
    let links: Vec<HeroTeamLink> = links.into_iter().map(HeroTeamLink::from).collect();
    diesel::insert_into(heroteamlink::table).values(&links).execute(connection)
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
        let done = self.0.transaction(|connection| {
            for user in users {
                let user = NewUser::from(user);
                diesel::insert_into(users::table).values(&user).execute(connection)?;
            }
            QueryResult::Ok(users.len())
        });
        done.unwrap()
    }

    async fn create(&mut self, heroes: usize) -> usize {
        let done = self.0.transaction(|connection| {
            let teams = diesel::insert_into(team::table).values(new_teams()).returning(team::id);
            let teams = teams.get_results(connection)?;
            let heroes =
                diesel::insert_into(hero::table).values(new_heroes(heroes)).returning(hero::id);
            let heroes = heroes.get_results(connection)?;
            let links = link(connection, new_links(&heroes, &teams))?;
            QueryResult::Ok(teams.len() + heroes.len() + links)
        });
        done.unwrap()
    }

    async fn relink(&mut self, (heroes, teams): &mut Self::Heroes, turn: bool) -> usize {
        let (gone, new) = relink(heroes, teams, turn);
        let done = self.0.transaction(|connection| {
            for link in gone {
                diesel::delete(heroteamlink::table.find(link)).execute(connection)?;
            }
            link(connection, new)
        });
        done.unwrap()
    }

    async fn update(&mut self, (heroes, _): &mut Self::Heroes) -> usize {
        age(heroes);
        let heroes: Vec<&Hero> = heroes.iter().map(|(hero, _)| hero).collect();
        diesel::insert_into(hero::table)
            .values(heroes)
            .on_conflict(hero::id)
            .do_update()
            .set(hero::age.eq(excluded(hero::age)))
            .execute(&mut self.0)
            .unwrap()
    }
}
