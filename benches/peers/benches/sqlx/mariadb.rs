//! MariaDB: many rows in each statement.

use crate::{
    Comment, Hero, LINK, Post, Team, User, heroes, keys, many, older, pairs, reads, rows, show,
};
use bench_kit::{Backend, Peer, data};
use bench_shared::{
    WithTeams, associated, count, json, new_links, relink,
    sql::{
        mariadb::{AGE, UNLINK},
        rows as json_rows,
    },
    with_teams,
};
use sqlx::{
    AssertSqlSafe, Connection, MySqlConnection, QueryBuilder, Row, mysql::MySqlRow, query, raw_sql,
};

pub struct MariaDb(MySqlConnection);

const MEDIUM: &str = "SELECT users.id, name, hair_color, posts.id, user_id, title, body FROM users \
    LEFT JOIN posts ON user_id = users.id WHERE hair_color = ? ORDER BY name DESC";

const GET: &str = "SELECT id, name, age FROM hero WHERE id = ?";

rows!(MySqlRow);

impl MariaDb {
    heroes!();
}

impl Peer for MariaDb {
    const BACKENDS: &'static [Backend] = &[Backend::MariaDb];

    reads!();
    many!();

    async fn connect(_: Backend, url: &str) -> Self {
        MariaDb(MySqlConnection::connect(url).await.unwrap())
    }

    async fn relink(&mut self, (heroes, teams): &mut Self::Heroes, turn: bool) -> usize {
        let (gone, new) = relink(heroes, teams, turn);
        let mut transaction = self.0.begin().await.unwrap();
        let unlink = query(UNLINK).bind(json_rows(&gone));
        unlink.execute(&mut *transaction).await.unwrap();
        let made = pairs(LINK, new).build().execute(&mut *transaction).await.unwrap();
        transaction.commit().await.unwrap();
        usize::try_from(made.rows_affected()).unwrap()
    }

    async fn update(&mut self, (heroes, _): &mut Self::Heroes) -> usize {
        let ages: Vec<_> = older(heroes).collect();
        let update = query(AGE).bind(json_rows(&ages));
        let done = update.execute(&mut self.0).await.unwrap();
        usize::try_from(done.rows_affected()).unwrap()
    }
}
