//! sqlx: statements by hand, which its connections keep prepared, and columns by their places.

mod mariadb;
mod postgres;
mod sqlite;

use bench_shared::{Keyed, Pairs, Shown, WithTeams};
use sqlx::{Database, Encode, QueryBuilder, Type};

fn main() {
    bench_kit::run::<sqlite::Sqlite>();
    bench_kit::run::<postgres::Postgres>();
    bench_kit::run::<mariadb::MariaDb>();
}

#[allow(dead_code, reason = "read by nobody, as in the other peers")]
struct User {
    id: i64,
    name: String,
    hair_color: Option<String>,
}

#[allow(dead_code, reason = "read by nobody, as in the other peers")]
struct Post {
    id: i64,
    user_id: i64,
    title: String,
    body: Option<String>,
}

#[allow(dead_code, reason = "read by nobody, as in the other peers")]
struct Comment {
    id: i64,
    post_id: i64,
    text: String,
}

#[derive(Clone, serde::Serialize)]
pub struct Team {
    id: i64,
    name: String,
}

pub struct Hero {
    id: i64,
    name: String,
    age: Option<i32>,
}

impl User {
    fn key(&self) -> i64 {
        self.id
    }
}

impl Post {
    fn keys(&self) -> (i64, i64) {
        (self.id, self.user_id)
    }
}

impl Comment {
    fn of_post(&self) -> i64 {
        self.post_id
    }
}

impl Keyed for Team {
    fn key(&self) -> i64 {
        self.id
    }
}

impl Keyed for Hero {
    fn key(&self) -> i64 {
        self.id
    }
}

fn show<'a>(hero: &'a Hero, teams: &'a [Team]) -> Shown<'a, Team> {
    Shown { id: hero.id, name: &hero.name, age: hero.age, teams }
}

/// The keys and ages of heroes, with one added to each age.
fn older(heroes: &mut WithTeams<Hero, Team>) -> impl Iterator<Item = (i64, Option<i32>)> {
    heroes.iter_mut().map(|(hero, _)| {
        hero.age = hero.age.map(|age| age + 1);
        (hero.id, hero.age)
    })
}

/// Rows of a database as structs.
macro_rules! rows {
    ($row:ty) => {
        fn user(row: $row) -> User {
            User { id: row.get(0), name: row.get(1), hair_color: row.get(2) }
        }

        fn post(row: $row) -> Post {
            Post { id: row.get(0), user_id: row.get(1), title: row.get(2), body: row.get(3) }
        }

        fn comment(row: $row) -> Comment {
            Comment { id: row.get(0), post_id: row.get(1), text: row.get(2) }
        }

        fn user_and_post(row: $row) -> (User, Option<Post>) {
            let post = row.get::<Option<i64>, _>(3).map(|id| Post {
                id,
                user_id: row.get(4),
                title: row.get(5),
                body: row.get(6),
            });
            (user(row), post)
        }

        fn team(row: $row) -> Team {
            Team { id: row.get(0), name: row.get(1) }
        }

        fn hero(row: $row) -> Hero {
            Hero { id: row.get(0), name: row.get(1), age: row.get(2) }
        }

        fn of_hero(row: $row) -> (i64, Team) {
            (row.get(0), Team { id: row.get(1), name: row.get(2) })
        }
    };
}

/// What sqlx says the same for every database, in the `impl Peer` of a connection.
macro_rules! reads {
    () => {
        const NAME: &'static str = "sqlx";
        const ASYNC: bool = true;

        async fn execute(&mut self, sql: &str) {
            let sql = raw_sql(AssertSqlSafe(sql.to_owned()));
            sql.execute(&mut self.0).await.unwrap();
        }

        async fn trivial(&mut self) -> usize {
            let users = query("SELECT id, name, hair_color FROM users").map(user);
            users.fetch_all(&mut self.0).await.unwrap().len()
        }

        async fn medium(&mut self) -> usize {
            let rows = query(MEDIUM).bind("black").map(user_and_post);
            let rows = rows.fetch_all(&mut self.0).await.unwrap();
            rows.len() + rows.iter().filter(|(_, post)| post.is_some()).count()
        }

        async fn eager(&mut self) -> usize {
            count(&self.heroes().await)
        }

        type Heroes = (WithTeams<Hero, Team>, Vec<Team>);

        async fn load(&mut self) -> Self::Heroes {
            let teams = query("SELECT id, name FROM team ORDER BY id").map(team);
            let teams = teams.fetch_all(&mut self.0).await.unwrap();
            (self.heroes().await, teams)
        }

        async fn get(&mut self, id: i64) -> usize {
            let hero = query(GET).bind(id).map(hero).fetch_optional(&mut self.0).await;
            usize::from(hero.unwrap().is_some())
        }

        async fn json(&mut self) -> usize {
            json(&self.heroes().await, show)
        }
    };
}

/// `head (?, ?), (?, ?)` with pairs as parameters.
fn pairs<DB>(head: &str, pairs: Pairs) -> QueryBuilder<DB>
where
    DB: Database,
    i64: for<'q> Encode<'q, DB> + Type<DB>,
{
    let mut sql = QueryBuilder::new(head);
    sql.push_values(pairs, |mut row, (team, hero)| {
        row.push_bind(team).push_bind(hero);
    });
    sql
}

/// `head ((?), (?))` with keys as parameters.
fn keys<DB>(head: &str, keys: impl Iterator<Item = i64>) -> QueryBuilder<DB>
where
    DB: Database,
    i64: for<'q> Encode<'q, DB> + Type<DB>,
{
    let mut sql = QueryBuilder::new(head);
    sql.push_tuples(keys, |mut row, key| {
        row.push_bind(key);
    });
    sql
}

const LINK: &str = "INSERT INTO heroteamlink (team_id, hero_id) ";

/// What takes as many parameters as there are values, where there are no arrays.
macro_rules! many {
    () => {
        async fn insert(&mut self, users: &[data::User]) -> usize {
            let mut sql = QueryBuilder::new("INSERT INTO users (name, hair_color) ");
            sql.push_values(users, |mut row, user| {
                row.push_bind(&*user.name).push_bind(user.hair_color);
            });
            let done = sql.build().execute(&mut self.0).await.unwrap();
            usize::try_from(done.rows_affected()).unwrap()
        }

        async fn associations(&mut self) -> usize {
            let users = query("SELECT id, name, hair_color FROM users").map(user);
            let users = users.fetch_all(&mut self.0).await.unwrap();
            let posts = "SELECT id, user_id, title, body FROM posts WHERE user_id IN ";
            let mut posts = keys(posts, users.iter().map(|user| user.id));
            let posts = posts.build().map(post).fetch_all(&mut self.0).await.unwrap();
            let comments = "SELECT id, post_id, text FROM comments WHERE post_id IN ";
            let mut comments = keys(comments, posts.iter().map(|post| post.id));
            let comments = comments.build().map(comment).fetch_all(&mut self.0).await.unwrap();
            let keys = (User::key, Post::keys, Comment::of_post);
            associated(users, posts, comments, keys)
        }

        async fn create(&mut self, heroes: usize) -> usize {
            let mut transaction = self.0.begin().await.unwrap();
            let mut sql = QueryBuilder::new("INSERT INTO team (name) ");
            sql.push_values((0..data::TEAMS).map(data::team), |mut row, name| {
                row.push_bind(name);
            });
            let teams = sql.push(" RETURNING id").build_query_scalar();
            let teams: Vec<i64> = teams.fetch_all(&mut *transaction).await.unwrap();
            let mut sql = QueryBuilder::new("INSERT INTO hero (name, age) ");
            sql.push_values((0..heroes).map(data::hero), |mut row, (name, age)| {
                row.push_bind(name).push_bind(age);
            });
            let heroes = sql.push(" RETURNING id").build_query_scalar();
            let heroes: Vec<i64> = heroes.fetch_all(&mut *transaction).await.unwrap();
            let mut links = pairs(LINK, new_links(&heroes, &teams));
            let links = links.build().execute(&mut *transaction).await.unwrap();
            transaction.commit().await.unwrap();
            teams.len() + heroes.len() + usize::try_from(links.rows_affected()).unwrap()
        }
    };
}

/// Heroes with their teams: all heroes, then all teams by links.
macro_rules! heroes {
    () => {
        async fn heroes(&mut self) -> WithTeams<Hero, Team> {
            let heroes = query("SELECT id, name, age FROM hero ORDER BY id").map(hero);
            let heroes = heroes.fetch_all(&mut self.0).await.unwrap();
            let teams = "SELECT hero_id, id, name FROM heroteamlink JOIN team ON id = team_id";
            let teams = query(teams).map(of_hero).fetch_all(&mut self.0).await.unwrap();
            with_teams(heroes, teams)
        }
    };
}

use {heroes, many, reads, rows};
