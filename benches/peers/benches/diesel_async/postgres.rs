//! PostgreSQL: columns of rows as arrays, in statements that are kept prepared and sent without waiting in
//! between.

use crate::reads;
use bench_kit::{Backend, Peer, data};
use bench_peers::diesel_models::*;
use bench_shared::{
    Pairs, WithTeams, count, json, new_links, relink,
    sql::postgres::{AGE, UNLINK},
    with_teams,
};
use diesel::{
    prelude::*,
    sql_types::{Array, BigInt, Integer, Nullable, SingleValue, Text},
};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use futures::try_join;

pub struct Postgres(AsyncPgConnection);

#[diesel::declare_sql_function]
extern "SQL" {
    fn unnest<T: SingleValue>(array: Array<T>) -> T;
}

impl Postgres {
    /// Heroes with their teams: all heroes and all teams by links, at once.
    async fn heroes(&mut self) -> WithTeams<Hero, Team> {
        let heroes = hero::table.order(hero::id).select(Hero::as_select());
        let teams = heroteamlink::table.inner_join(team::table);
        let teams = teams.select((heroteamlink::hero_id, Team::as_select()));
        let teams = teams.load::<(i64, Team)>(&mut &self.0);
        let (heroes, teams) = try_join!(heroes.load(&mut &self.0), teams).unwrap();
        with_teams(heroes, teams)
    }
}

async fn link(mut connection: &AsyncPgConnection, links: Pairs) -> QueryResult<usize> {
    let (teams, heroes): (Vec<i64>, Vec<i64>) = links.into_iter().unzip();
    diesel::select((unnest::<BigInt, _>(teams), unnest::<BigInt, _>(heroes)))
        .insert_into(heroteamlink::table)
        .into_columns((heroteamlink::team_id, heroteamlink::hero_id))
        .execute(&mut connection)
        .await
}

impl Peer for Postgres {
    const BACKENDS: &'static [Backend] = &[Backend::Postgres];

    reads!();

    async fn connect(_: Backend, url: &str) -> Self {
        Postgres(AsyncPgConnection::establish(url).await.unwrap())
    }

    async fn insert(&mut self, users: &[data::User]) -> usize {
        let names: Vec<&str> = users.iter().map(|user| &*user.name).collect();
        let colors: Vec<Option<&str>> = users.iter().map(|user| user.hair_color).collect();
        let rows = (unnest::<Text, _>(names), unnest::<Nullable<Text>, _>(colors));
        let rows = diesel::select(rows).insert_into(users::table);
        rows.into_columns((users::name, users::hair_color)).execute(&mut self.0).await.unwrap()
    }

    async fn create(&mut self, heroes: usize) -> usize {
        let names: Vec<String> = (0..data::TEAMS).map(data::team).collect();
        let (of_heroes, ages): (Vec<String>, Vec<Option<i32>>) =
            (0..heroes).map(data::hero).unzip();
        let done = self.0.transaction(async |connection| {
            let connection = &*connection;
            let teams = diesel::select(unnest::<Text, _>(names))
                .insert_into(team::table)
                .into_columns(team::name)
                .returning(team::id)
                .get_results(&mut &*connection);
            let rows = (unnest::<Text, _>(of_heroes), unnest::<Nullable<Integer>, _>(ages));
            let heroes = diesel::select(rows)
                .insert_into(hero::table)
                .into_columns((hero::name, hero::age))
                .returning(hero::id)
                .get_results(&mut &*connection);
            let (teams, heroes) = try_join!(teams, heroes)?;
            let links = link(connection, new_links(&heroes, &teams)).await?;
            QueryResult::Ok(teams.len() + heroes.len() + links)
        });
        done.await.unwrap()
    }

    async fn relink(&mut self, (heroes, teams): &mut Self::Heroes, turn: bool) -> usize {
        let (gone, new) = relink(heroes, teams, turn);
        let (teams, heroes): (Vec<i64>, Vec<i64>) = gone.into_iter().unzip();
        let unlink = diesel::sql_query(UNLINK);
        let unlink = unlink.bind::<Array<BigInt>, _>(teams).bind::<Array<BigInt>, _>(heroes);
        let done = self.0.transaction(async |connection| {
            let connection = &*connection;
            let unlink = unlink.execute(&mut &*connection);
            let (_, made) = try_join!(unlink, link(connection, new))?;
            QueryResult::Ok(made)
        });
        done.await.unwrap()
    }

    async fn update(&mut self, (heroes, _): &mut Self::Heroes) -> usize {
        age(heroes);
        let (keys, ages): (Vec<i64>, Vec<Option<i32>>) = ages(heroes).unzip();
        let update = diesel::sql_query(AGE).bind::<Array<BigInt>, _>(keys);
        let update = update.bind::<Array<Nullable<Integer>>, _>(ages);
        update.execute(&mut self.0).await.unwrap()
    }
}
