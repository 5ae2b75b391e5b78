//! MariaDB through `libmysqlclient`: many rows in each statement, and keys told from the first one, since
//! Diesel has no `RETURNING` for it.

use crate::{heroes, reads};
use bench_kit::{Backend, Peer, data};
use bench_peers::diesel_models::*;
use bench_shared::{
    Pairs, WithTeams, count, json, new_links, relink,
    sql::{
        mariadb::{AGE, UNLINK},
        rows,
    },
    with_teams,
};
use diesel::{connection::SimpleConnection, prelude::*, sql_types::Text};

pub struct MariaDb(MysqlConnection);

#[diesel::declare_sql_function]
extern "SQL" {
    fn last_insert_id() -> BigInt;
}

impl MariaDb {
    heroes!();
}

/// The keys of the rows that one statement inserted just now, which follow each other.
fn keys(connection: &mut MysqlConnection, rows: usize) -> QueryResult<Vec<i64>> {
    let first: i64 = diesel::select(last_insert_id()).get_result(connection)?;
    Ok((first..).take(rows).collect())
}

fn link(connection: &mut MysqlConnection, links: Pairs) -> QueryResult<usize> {
    let links: Vec<HeroTeamLink> = links.into_iter().map(HeroTeamLink::from).collect();
    diesel::insert_into(heroteamlink::table).values(&links).execute(connection)
}

impl Peer for MariaDb {
    const BACKENDS: &'static [Backend] = &[Backend::MariaDb];

    reads!();

    async fn connect(_: Backend, url: &str) -> Self {
        MariaDb(MysqlConnection::establish(url).unwrap())
    }

    async fn insert(&mut self, users: &[data::User]) -> usize {
        let new: Vec<NewUser<'_>> = users.iter().map(NewUser::from).collect();
        diesel::insert_into(users::table).values(&new).execute(&mut self.0).unwrap()
    }

    async fn create(&mut self, heroes: usize) -> usize {
        let done = self.0.transaction(|connection| {
            let teams = diesel::insert_into(team::table).values(new_teams()).execute(connection)?;
            let teams = keys(connection, teams)?;
            let heroes =
                diesel::insert_into(hero::table).values(new_heroes(heroes)).execute(connection)?;
            let heroes = keys(connection, heroes)?;
            let links = link(connection, new_links(&heroes, &teams))?;
            QueryResult::Ok(teams.len() + heroes.len() + links)
        });
        done.unwrap()
    }

    async fn relink(&mut self, (heroes, teams): &mut Self::Heroes, turn: bool) -> usize {
        let (gone, new) = relink(heroes, teams, turn);
        let done = self.0.transaction(|connection| {
            diesel::sql_query(UNLINK).bind::<Text, _>(rows(&gone)).execute(connection)?;
            link(connection, new)
        });
        done.unwrap()
    }

    async fn update(&mut self, (heroes, _): &mut Self::Heroes) -> usize {
        age(heroes);
        let ages: Vec<_> = ages(heroes).collect();
        diesel::sql_query(AGE).bind::<Text, _>(rows(&ages)).execute(&mut self.0).unwrap()
    }
}
