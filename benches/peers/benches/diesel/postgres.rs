//! PostgreSQL: columns of rows as arrays, in statements that are kept prepared.

use crate::{heroes, reads};
use bench_kit::{Backend, Peer, data};
use bench_peers::diesel_models::*;
use bench_shared::{
    Pairs, WithTeams, count, json, new_links, relink,
    sql::postgres::{AGE, UNLINK},
    with_teams,
};
use diesel::{
    connection::SimpleConnection,
    prelude::*,
    sql_types::{Array, BigInt, Integer, Nullable, SingleValue, Text},
};

pub struct Postgres(PgConnection);

#[diesel::declare_sql_function]
extern "SQL" {
    fn unnest<T: SingleValue>(array: Array<T>) -> T;
}

impl Postgres {
    heroes!();
}

fn link(connection: &mut PgConnection, links: Pairs) -> QueryResult<usize> {
    let (teams, heroes): (Vec<i64>, Vec<i64>) = links.into_iter().unzip();
    diesel::select((unnest::<BigInt, _>(teams), unnest::<BigInt, _>(heroes)))
        .insert_into(heroteamlink::table)
        .into_columns((heroteamlink::team_id, heroteamlink::hero_id))
        .execute(connection)
}

impl Peer for Postgres {
    const BACKENDS: &'static [Backend] = &[Backend::Postgres];

    reads!();

    async fn connect(_: Backend, url: &str) -> Self {
        Postgres(PgConnection::establish(url).unwrap())
    }

    async fn insert(&mut self, users: &[data::User]) -> usize {
        let names: Vec<&str> = users.iter().map(|user| &*user.name).collect();
        let colors: Vec<Option<&str>> = users.iter().map(|user| user.hair_color).collect();
        let rows = (unnest::<Text, _>(names), unnest::<Nullable<Text>, _>(colors));
        let rows = diesel::select(rows).insert_into(users::table);
        rows.into_columns((users::name, users::hair_color)).execute(&mut self.0).unwrap()
    }

    async fn create(&mut self, heroes: usize) -> usize {
        let names: Vec<String> = (0..data::TEAMS).map(data::team).collect();
        let (of_heroes, ages): (Vec<String>, Vec<Option<i32>>) =
            (0..heroes).map(data::hero).unzip();
        let done = self.0.transaction(|connection| {
            let teams = diesel::select(unnest::<Text, _>(names))
                .insert_into(team::table)
                .into_columns(team::name)
                .returning(team::id)
                .get_results(connection)?;
            let rows = (unnest::<Text, _>(of_heroes), unnest::<Nullable<Integer>, _>(ages));
            let heroes = diesel::select(rows)
                .insert_into(hero::table)
                .into_columns((hero::name, hero::age))
                .returning(hero::id)
                .get_results(connection)?;
            let links = link(connection, new_links(&heroes, &teams))?;
            QueryResult::Ok(teams.len() + heroes.len() + links)
        });
        done.unwrap()
    }

    async fn relink(&mut self, (heroes, teams): &mut Self::Heroes, turn: bool) -> usize {
        let (gone, new) = relink(heroes, teams, turn);
        let (teams, heroes): (Vec<i64>, Vec<i64>) = gone.into_iter().unzip();
        let unlink = diesel::sql_query(UNLINK);
        let unlink = unlink.bind::<Array<BigInt>, _>(teams).bind::<Array<BigInt>, _>(heroes);
        let done = self.0.transaction(|connection| {
            unlink.execute(connection)?;
            link(connection, new)
        });
        done.unwrap()
    }

    async fn update(&mut self, (heroes, _): &mut Self::Heroes) -> usize {
        age(heroes);
        let (keys, ages): (Vec<i64>, Vec<Option<i32>>) = ages(heroes).unzip();
        let update = diesel::sql_query(AGE).bind::<Array<BigInt>, _>(keys);
        update.bind::<Array<Nullable<Integer>>, _>(ages).execute(&mut self.0).unwrap()
    }
}
