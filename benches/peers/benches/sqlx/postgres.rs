//! PostgreSQL: columns of rows as arrays.

use crate::{Comment, Hero, Post, Team, User, heroes, older, reads, rows, show};
use bench_kit::{Backend, Peer, data};
use bench_shared::{
    Pairs, WithTeams, associated, count, json, new_links, relink,
    sql::postgres::{AGE, UNLINK},
    with_teams,
};
use sqlx::{
    AssertSqlSafe, Connection, PgConnection, Row, postgres::PgRow, query, query_scalar, raw_sql,
};

pub struct Postgres(PgConnection);

const MEDIUM: &str = "SELECT users.id, name, hair_color, posts.id, user_id, title, body FROM users \
    LEFT JOIN posts ON user_id = users.id WHERE hair_color = $1 ORDER BY name DESC";

const GET: &str = "SELECT id, name, age FROM hero WHERE id = $1";

rows!(PgRow);

async fn link(connection: &mut PgConnection, links: Pairs) -> u64 {
    let (teams, heroes): (Vec<i64>, Vec<i64>) = links.into_iter().unzip();
    let sql = "INSERT INTO heroteamlink (team_id, hero_id) \
               SELECT * FROM unnest($1::bigint[], $2::bigint[])";
    query(sql).bind(teams).bind(heroes).execute(connection).await.unwrap().rows_affected()
}

impl Postgres {
    heroes!();
}

impl Peer for Postgres {
    const BACKENDS: &'static [Backend] = &[Backend::Postgres];

    reads!();

    async fn connect(_: Backend, url: &str) -> Self {
        Postgres(PgConnection::connect(url).await.unwrap())
    }

    async fn insert(&mut self, users: &[data::User]) -> usize {
        let names: Vec<&str> = users.iter().map(|user| &*user.name).collect();
        let colors: Vec<Option<&str>> = users.iter().map(|user| user.hair_color).collect();
        let sql =
            "INSERT INTO users (name, hair_color) SELECT * FROM unnest($1::text[], $2::text[])";
        let done = query(sql).bind(names).bind(colors).execute(&mut self.0).await.unwrap();
        usize::try_from(done.rows_affected()).unwrap()
    }

    async fn associations(&mut self) -> usize {
        let users = query("SELECT id, name, hair_color FROM users").map(user);
        let users = users.fetch_all(&mut self.0).await.unwrap();
        let keys: Vec<i64> = users.iter().map(|user| user.id).collect();
        let posts = "SELECT id, user_id, title, body FROM posts WHERE user_id = ANY($1)";
        let posts = query(posts).bind(keys).map(post).fetch_all(&mut self.0).await.unwrap();
        let keys: Vec<i64> = posts.iter().map(|post| post.id).collect();
        let comments = "SELECT id, post_id, text FROM comments WHERE post_id = ANY($1)";
        let comments = query(comments).bind(keys).map(comment).fetch_all(&mut self.0).await;
        let keys = (User::key, Post::keys, Comment::of_post);
        associated(users, posts, comments.unwrap(), keys)
    }

    async fn create(&mut self, heroes: usize) -> usize {
        let names: Vec<String> = (0..data::TEAMS).map(data::team).collect();
        let (of_heroes, ages): (Vec<String>, Vec<Option<i32>>) =
            (0..heroes).map(data::hero).unzip();
        let mut transaction = self.0.begin().await.unwrap();
        let sql = "INSERT INTO team (name) SELECT * FROM unnest($1::text[]) RETURNING id";
        let teams = query_scalar(sql).bind(names).fetch_all(&mut *transaction).await;
        let teams: Vec<i64> = teams.unwrap();
        let sql = "INSERT INTO hero (name, age) \
                   SELECT * FROM unnest($1::text[], $2::int[]) RETURNING id";
        let heroes = query_scalar(sql).bind(of_heroes).bind(ages).fetch_all(&mut *transaction);
        let heroes: Vec<i64> = heroes.await.unwrap();
        let links = link(&mut transaction, new_links(&heroes, &teams)).await;
        transaction.commit().await.unwrap();
        teams.len() + heroes.len() + usize::try_from(links).unwrap()
    }

    async fn relink(&mut self, (heroes, teams): &mut Self::Heroes, turn: bool) -> usize {
        let (gone, new) = relink(heroes, teams, turn);
        let (teams, heroes): (Vec<i64>, Vec<i64>) = gone.into_iter().unzip();
        let mut transaction = self.0.begin().await.unwrap();
        query(UNLINK).bind(teams).bind(heroes).execute(&mut *transaction).await.unwrap();
        let made = link(&mut transaction, new).await;
        transaction.commit().await.unwrap();
        usize::try_from(made).unwrap()
    }

    async fn update(&mut self, (heroes, _): &mut Self::Heroes) -> usize {
        let (keys, ages): (Vec<i64>, Vec<Option<i32>>) = older(heroes).unzip();
        let done = query(AGE).bind(keys).bind(ages).execute(&mut self.0).await.unwrap();
        usize::try_from(done.rows_affected()).unwrap()
    }
}
