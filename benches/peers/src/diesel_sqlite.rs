//! How Diesel writes on SQLite, for `diesel` and `diesel-async`: many rows in each statement where they are
//! many, and statements that are kept prepared else.

use crate::diesel_models::*;
use bench_shared::{Pairs, new_links};
use diesel::{prelude::*, upsert::excluded};

pub fn insert<'a>(
    connection: &mut SqliteConnection,
    users: impl IntoIterator<Item = NewUser<'a>>,
) -> QueryResult<usize> {
    connection.transaction(|connection| {
        let mut done = 0;
        for user in users {
            done += diesel::insert_into(users::table).values(&user).execute(connection)?;
        }
        Ok(done)
    })
}

pub fn create(connection: &mut SqliteConnection, heroes: usize) -> QueryResult<usize> {
    connection.transaction(|connection| {
        let teams = diesel::insert_into(team::table).values(new_teams()).returning(team::id);
        let teams = teams.get_results(connection)?;
        let heroes =
            diesel::insert_into(hero::table).values(new_heroes(heroes)).returning(hero::id);
        let heroes = heroes.get_results(connection)?;
        let links = link(connection, new_links(&heroes, &teams))?;
        Ok(teams.len() + heroes.len() + links)
    })
}

fn link(connection: &mut SqliteConnection, links: Pairs) -> QueryResult<usize> {
    let links: Vec<HeroTeamLink> = links.into_iter().map(HeroTeamLink::from).collect();
    diesel::insert_into(heroteamlink::table).values(&links).execute(connection)
}

pub fn relink(connection: &mut SqliteConnection, gone: Pairs, new: Pairs) -> QueryResult<usize> {
    connection.transaction(|connection| {
        for link in gone {
            diesel::delete(heroteamlink::table.find(link)).execute(connection)?;
        }
        link(connection, new)
    })
}

pub fn update<'a>(
    connection: &mut SqliteConnection,
    heroes: impl Iterator<Item = &'a Hero>,
) -> QueryResult<usize> {
    diesel::insert_into(hero::table)
        .values(heroes.collect::<Vec<_>>())
        .on_conflict(hero::id)
        .do_update()
        .set(hero::age.eq(excluded(hero::age)))
        .execute(connection)
}
