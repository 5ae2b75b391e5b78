//! SQLite: many rows in each statement, since each statement goes to the thread of the connection.

use crate::{
    Comment, Hero, LINK, Post, Team, User, heroes, keys, many, older, pairs, reads, rows, show,
};
use bench_kit::{Backend, Peer, data};
use bench_shared::{WithTeams, associated, count, json, new_links, relink, with_teams};
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, QueryBuilder, Row, SqliteConnection, query, raw_sql,
    sqlite::{SqliteConnectOptions, SqliteRow},
};

pub struct Sqlite(SqliteConnection);

const MEDIUM: &str = "SELECT users.id, name, hair_color, posts.id, user_id, title, body FROM users \
    LEFT JOIN posts ON user_id = users.id WHERE hair_color = ? ORDER BY name DESC";

const GET: &str = "SELECT id, name, age FROM hero WHERE id = ?";

rows!(SqliteRow);

impl Sqlite {
    heroes!();
}

impl Peer for Sqlite {
    const BACKENDS: &'static [Backend] = &[Backend::Sqlite];

    reads!();
    many!();

    async fn connect(_: Backend, url: &str) -> Self {
        // More rows at a time from the thread of the connection.
        let options = url.parse::<SqliteConnectOptions>().unwrap().row_buffer_size(1_000);
        Sqlite(options.connect().await.unwrap())
    }

    async fn relink(&mut self, (heroes, teams): &mut Self::Heroes, turn: bool) -> usize {
        let (gone, new) = relink(heroes, teams, turn);
        let mut transaction = self.0.begin().await.unwrap();
        let mut unlink = pairs("DELETE FROM heroteamlink WHERE (team_id, hero_id) IN (", gone);
        unlink.push(")").build().execute(&mut *transaction).await.unwrap();
        let made = pairs(LINK, new).build().execute(&mut *transaction).await.unwrap();
        transaction.commit().await.unwrap();
        usize::try_from(made.rows_affected()).unwrap()
    }

    async fn update(&mut self, (heroes, _): &mut Self::Heroes) -> usize {
        let mut update = QueryBuilder::new("WITH news (key, new) AS (");
        update.push_values(older(heroes), |mut row, (key, age)| {
            row.push_bind(key).push_bind(age);
        });
        update.push(") UPDATE hero SET age = new FROM news WHERE id = key");
        let done = update.build().execute(&mut self.0).await.unwrap();
        usize::try_from(done.rows_affected()).unwrap()
    }
}
