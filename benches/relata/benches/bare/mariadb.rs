//! `mysql_async`: many rows in each statement, prepared by the driver's own cache.

use crate::{Comment, Hero, Loaded, Post, Team, User, associated, grow_older, json};
use bench_kit::{
    Backend, Peer,
    data::{self, TEAMS},
};
use bench_shared::{
    WithTeams, count, new_links, relink,
    sql::{
        mariadb::{AGE, UNLINK},
        rows,
    },
    with_teams,
};
use mysql_async::{Conn, Opts, OptsBuilder, Params, Value, prelude::*};

pub struct MysqlAsync(Conn);

type PostRow = (i64, i64, String, Option<String>);

fn user((id, name, hair_color): (i64, String, Option<String>)) -> User {
    User { id, name, hair_color }
}

fn post((id, user_id, title, body): PostRow) -> Post {
    Post { id, user_id, title, body }
}

fn hero((id, name, age): (i64, String, Option<i32>)) -> Hero {
    Hero { id, name, age }
}

/// `(?, ?), (?, ?)` with so many marks in so many rows.
fn marks(columns: usize, rows: usize) -> String {
    let row = format!("({})", vec!["?"; columns].join(", "));
    vec![row; rows].join(", ")
}

fn flat(pairs: Vec<(i64, i64)>) -> Params {
    let values = pairs.into_iter().flat_map(|(team, hero)| [Value::Int(team), Value::Int(hero)]);
    Params::Positional(values.collect())
}

fn keys(keys: impl Iterator<Item = i64>) -> Params {
    Params::Positional(keys.map(Value::Int).collect())
}

impl MysqlAsync {
    async fn heroes(&mut self) -> WithTeams<Hero, Team> {
        let heroes = self.0.exec_map("SELECT id, name, age FROM hero ORDER BY id", (), hero);
        let heroes = heroes.await.unwrap();
        let teams = "SELECT hero_id, id, name FROM heroteamlink JOIN team ON id = team_id";
        let teams = self.0.exec_map(teams, (), |(hero, id, name)| (hero, Team { id, name })).await;
        with_teams(heroes, teams.unwrap())
    }

    async fn link(&mut self, pairs: Vec<(i64, i64)>) {
        let sql =
            format!("INSERT INTO heroteamlink (team_id, hero_id) VALUES {}", marks(2, pairs.len()));
        self.0.exec_drop(sql, flat(pairs)).await.unwrap();
    }
}

impl Peer for MysqlAsync {
    const NAME: &'static str = "mysql_async";
    const ASYNC: bool = true;
    const BACKENDS: &'static [Backend] = &[Backend::MariaDb];

    async fn connect(_: Backend, url: &str) -> Self {
        let url = url.replace("mariadb://", "mysql://");
        let opts = OptsBuilder::from_opts(Opts::from_url(&url).unwrap()).prefer_socket(false);
        MysqlAsync(Conn::new(opts).await.unwrap())
    }

    async fn execute(&mut self, sql: &str) {
        self.0.query_drop(sql).await.unwrap();
    }

    async fn trivial(&mut self) -> usize {
        let users = self.0.exec_map("SELECT id, name, hair_color FROM users", (), user).await;
        users.unwrap().len()
    }

    async fn medium(&mut self) -> usize {
        let sql = "SELECT users.id, name, hair_color, posts.id, user_id, title, body FROM users \
                   LEFT JOIN posts ON user_id = users.id WHERE hair_color = ? ORDER BY name DESC";
        type Row =
            (i64, String, Option<String>, Option<i64>, Option<i64>, Option<String>, Option<String>);
        let rows = self.0.exec_map(sql, ("black",), |row: Row| {
            let (id, name, hair_color, post, user_id, title, body) = row;
            let post = post.zip(user_id).zip(title);
            let post = post.map(|((id, user_id), title)| Post { id, user_id, title, body });
            (User { id, name, hair_color }, post)
        });
        let rows = rows.await.unwrap();
        rows.len() + rows.iter().filter(|(_, post)| post.is_some()).count()
    }

    async fn insert(&mut self, users: &[data::User]) -> usize {
        let sql = format!("INSERT INTO users (name, hair_color) VALUES {}", marks(2, users.len()));
        let values = users
            .iter()
            .flat_map(|user| [Value::from(user.name.as_str()), Value::from(user.hair_color)]);
        self.0.exec_drop(sql, Params::Positional(values.collect())).await.unwrap();
        usize::try_from(self.0.affected_rows()).unwrap()
    }

    async fn associations(&mut self) -> usize {
        let users = self.0.exec_map("SELECT id, name, hair_color FROM users", (), user).await;
        let users = users.unwrap();
        let sql = format!(
            "SELECT id, user_id, title, body FROM posts WHERE user_id IN {}",
            marks(users.len(), 1)
        );
        let posts = self.0.exec_map(sql, keys(users.iter().map(|user| user.id)), post).await;
        let posts = posts.unwrap();
        let sql = format!(
            "SELECT id, post_id, text FROM comments WHERE post_id IN {}",
            marks(posts.len(), 1)
        );
        let comments = self.0.exec_map(sql, keys(posts.iter().map(|post| post.id)), |row| {
            let (id, post_id, text) = row;
            Comment { id, post_id, text }
        });
        associated(users, posts, comments.await.unwrap())
    }

    async fn create(&mut self, heroes: usize) -> usize {
        self.0.query_drop("BEGIN").await.unwrap();
        let sql = format!("INSERT INTO team (name) VALUES {} RETURNING id", marks(1, TEAMS));
        let names = (0..TEAMS).map(|at| Value::from(data::team(at))).collect();
        let teams: Vec<i64> = self.0.exec(sql, Params::Positional(names)).await.unwrap();
        let sql = format!("INSERT INTO hero (name, age) VALUES {} RETURNING id", marks(2, heroes));
        let values = (0..heroes).map(data::hero);
        let values = values.flat_map(|(name, age)| [Value::from(name), Value::from(age)]).collect();
        let heroes: Vec<i64> = self.0.exec(sql, Params::Positional(values)).await.unwrap();
        let links = new_links(&heroes, &teams);
        let made = links.len();
        self.link(links).await;
        self.0.query_drop("COMMIT").await.unwrap();
        heroes.len() + teams.len() + made
    }

    async fn eager(&mut self) -> usize {
        count(&self.heroes().await)
    }

    type Heroes = Loaded;

    async fn load(&mut self) -> Loaded {
        let team = |(id, name)| Team { id, name };
        let teams = self.0.exec_map("SELECT id, name FROM team ORDER BY id", (), team).await;
        (self.heroes().await, teams.unwrap())
    }

    async fn relink(&mut self, (heroes, teams): &mut Loaded, turn: bool) -> usize {
        let (gone, new) = relink(heroes, teams, turn);
        let made = new.len();
        self.0.query_drop("BEGIN").await.unwrap();
        self.0.exec_drop(UNLINK, (rows(&gone),)).await.unwrap();
        self.link(new).await;
        self.0.query_drop("COMMIT").await.unwrap();
        made
    }

    async fn get(&mut self, id: i64) -> usize {
        let sql = "SELECT id, name, age FROM hero WHERE id = ?";
        let row = self.0.exec_first(sql, (id,)).await.unwrap();
        usize::from(row.map(hero).is_some())
    }

    async fn update(&mut self, (heroes, _): &mut Loaded) -> usize {
        self.0.exec_drop(AGE, (rows(&grow_older(heroes)),)).await.unwrap();
        usize::try_from(self.0.affected_rows()).unwrap()
    }

    async fn json(&mut self) -> usize {
        json(&self.heroes().await)
    }
}
