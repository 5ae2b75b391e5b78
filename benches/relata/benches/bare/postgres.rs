//! `tokio-postgres`: columns of rows as arrays, statements of a transaction sent without waiting in between.

use crate::{Comment, Hero, Loaded, Post, Team, User, associated, grow_older, json};
use bench_kit::{
    Backend, Peer,
    data::{self, TEAMS},
};
use bench_shared::{
    WithTeams, count, new_links, relink,
    sql::postgres::{AGE, UNLINK},
    with_teams,
};
use futures::try_join;
use std::collections::HashMap;
use tokio_postgres::{Client, NoTls, Row, Statement, types::ToSql};

pub struct TokioPostgres {
    client: Client,
    prepared: HashMap<&'static str, Statement>,
}

type Params<'a, const N: usize> = [&'a (dyn ToSql + Sync); N];

const LINK: &str = "INSERT INTO heroteamlink (team_id, hero_id) \
                    SELECT * FROM unnest($1::bigint[], $2::bigint[])";

fn user(row: &Row) -> User {
    User { id: row.get(0), name: row.get(1), hair_color: row.get(2) }
}

fn hero(row: &Row) -> Hero {
    Hero { id: row.get(0), name: row.get(1), age: row.get(2) }
}

fn post(row: &Row, at: usize) -> Post {
    Post {
        id: row.get(at),
        user_id: row.get(at + 1),
        title: row.get(at + 2),
        body: row.get(at + 3),
    }
}

impl TokioPostgres {
    async fn prepare(&mut self, sql: &'static str) -> Statement {
        if let Some(statement) = self.prepared.get(sql) {
            return statement.clone();
        }
        let statement = self.client.prepare(sql).await.unwrap();
        self.prepared.insert(sql, statement.clone());
        statement
    }

    async fn all<T>(&mut self, sql: &'static str, row: impl Fn(&Row) -> T) -> Vec<T> {
        let statement = self.prepare(sql).await;
        self.client.query(&statement, &[]).await.unwrap().iter().map(row).collect()
    }

    async fn heroes(&mut self) -> WithTeams<Hero, Team> {
        let heroes = self.prepare("SELECT id, name, age FROM hero ORDER BY id").await;
        let teams = "SELECT hero_id, id, name FROM heroteamlink JOIN team ON id = team_id";
        let teams = self.prepare(teams).await;
        let both = (self.client.query(&heroes, &[]), self.client.query(&teams, &[]));
        let (heroes, teams) = try_join!(both.0, both.1).unwrap();
        let teams = teams.iter().map(|row| (row.get(0), Team { id: row.get(1), name: row.get(2) }));
        with_teams(heroes.iter().map(hero).collect(), teams)
    }
}

impl Peer for TokioPostgres {
    const NAME: &'static str = "tokio-postgres";
    const ASYNC: bool = true;
    const BACKENDS: &'static [Backend] = &[Backend::Postgres];

    async fn connect(_: Backend, url: &str) -> Self {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
        tokio::spawn(connection);
        TokioPostgres { client, prepared: HashMap::new() }
    }

    async fn execute(&mut self, sql: &str) {
        self.client.batch_execute(sql).await.unwrap();
    }

    async fn trivial(&mut self) -> usize {
        self.all("SELECT id, name, hair_color FROM users", user).await.len()
    }

    async fn medium(&mut self) -> usize {
        let sql = "SELECT users.id, name, hair_color, posts.id, user_id, title, body FROM users \
                   LEFT JOIN posts ON user_id = users.id WHERE hair_color = $1 ORDER BY name DESC";
        let statement = self.prepare(sql).await;
        let rows = self.client.query(&statement, &[&"black"]).await.unwrap();
        let rows: Vec<(User, Option<Post>)> = rows
            .iter()
            .map(|row| (user(row), row.get::<_, Option<i64>>(3).map(|_| post(row, 3))))
            .collect();
        rows.len() + rows.iter().filter(|(_, post)| post.is_some()).count()
    }

    async fn insert(&mut self, users: &[data::User]) -> usize {
        let names: Vec<&str> = users.iter().map(|user| &*user.name).collect();
        let colors: Vec<Option<&str>> = users.iter().map(|user| user.hair_color).collect();
        let sql =
            "INSERT INTO users (name, hair_color) SELECT * FROM unnest($1::text[], $2::text[])";
        let statement = self.prepare(sql).await;
        let done = self.client.execute(&statement, &[&names, &colors]).await.unwrap();
        usize::try_from(done).unwrap()
    }

    async fn associations(&mut self) -> usize {
        let users = self.all("SELECT id, name, hair_color FROM users", user).await;
        let sql = "SELECT id, user_id, title, body FROM posts WHERE user_id = ANY($1)";
        let statement = self.prepare(sql).await;
        let keys: Vec<i64> = users.iter().map(|user| user.id).collect();
        let posts = self.client.query(&statement, &[&keys]).await.unwrap();
        let posts: Vec<Post> = posts.iter().map(|row| post(row, 0)).collect();
        let sql = "SELECT id, post_id, text FROM comments WHERE post_id = ANY($1)";
        let statement = self.prepare(sql).await;
        let keys: Vec<i64> = posts.iter().map(|post| post.id).collect();
        let comments = self.client.query(&statement, &[&keys]).await.unwrap();
        let comments = comments
            .iter()
            .map(|row| Comment { id: row.get(0), post_id: row.get(1), text: row.get(2) })
            .collect();
        associated(users, posts, comments)
    }

    async fn create(&mut self, heroes: usize) -> usize {
        let team = self
            .prepare("INSERT INTO team (name) SELECT * FROM unnest($1::text[]) RETURNING id")
            .await;
        let sql = "INSERT INTO hero (name, age) \
                   SELECT * FROM unnest($1::text[], $2::int[]) RETURNING id";
        let hero = self.prepare(sql).await;
        let link = self.prepare(LINK).await;
        let names: Vec<String> = (0..TEAMS).map(data::team).collect();
        let (of_heroes, ages): (Vec<String>, Vec<Option<i32>>) =
            (0..heroes).map(data::hero).unzip();
        let client = &self.client;
        let (names, of_heroes): (Params<'_, 1>, Params<'_, 2>) = ([&names], [&of_heroes, &ages]);
        let (_, teams, heroes) = try_join!(
            client.batch_execute("BEGIN"),
            client.query(&team, &names),
            client.query(&hero, &of_heroes),
        )
        .unwrap();
        let keys = |rows: &[Row]| rows.iter().map(|row| row.get(0)).collect::<Vec<i64>>();
        let (teams, heroes) = (keys(&teams), keys(&heroes));
        let (of_teams, of_heroes): (Vec<i64>, Vec<i64>) =
            new_links(&heroes, &teams).into_iter().unzip();
        let pairs: Params<'_, 2> = [&of_teams, &of_heroes];
        let (links, ()) =
            try_join!(client.execute(&link, &pairs), client.batch_execute("COMMIT"),).unwrap();
        heroes.len() + teams.len() + usize::try_from(links).unwrap()
    }

    async fn eager(&mut self) -> usize {
        count(&self.heroes().await)
    }

    type Heroes = Loaded;

    async fn load(&mut self) -> Loaded {
        let team = |row: &Row| Team { id: row.get(0), name: row.get(1) };
        let teams = self.all("SELECT id, name FROM team ORDER BY id", team).await;
        (self.heroes().await, teams)
    }

    async fn relink(&mut self, (heroes, teams): &mut Loaded, turn: bool) -> usize {
        let delete = self.prepare(UNLINK).await;
        let link = self.prepare(LINK).await;
        let (gone, new) = relink(heroes, teams, turn);
        let gone: (Vec<i64>, Vec<i64>) = gone.into_iter().unzip();
        let new: (Vec<i64>, Vec<i64>) = new.into_iter().unzip();
        let client = &self.client;
        let (gone, new): (Params<'_, 2>, Params<'_, 2>) = ([&gone.0, &gone.1], [&new.0, &new.1]);
        let (_, _, made, _) = try_join!(
            client.batch_execute("BEGIN"),
            client.execute(&delete, &gone),
            client.execute(&link, &new),
            client.batch_execute("COMMIT"),
        )
        .unwrap();
        usize::try_from(made).unwrap()
    }

    async fn get(&mut self, id: i64) -> usize {
        let statement = self.prepare("SELECT id, name, age FROM hero WHERE id = $1").await;
        let row = self.client.query_opt(&statement, &[&id]).await.unwrap();
        usize::from(row.as_ref().map(hero).is_some())
    }

    async fn update(&mut self, (heroes, _): &mut Loaded) -> usize {
        let statement = self.prepare(AGE).await;
        let (keys, ages): (Vec<i64>, Vec<Option<i32>>) = grow_older(heroes).into_iter().unzip();
        let done = self.client.execute(&statement, &[&keys, &ages]).await.unwrap();
        usize::try_from(done).unwrap()
    }

    async fn json(&mut self) -> usize {
        json(&self.heroes().await)
    }
}
