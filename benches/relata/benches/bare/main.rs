//! The drivers by hand, each with the statements that do the work in the fewest and cheapest steps.

mod mariadb;
mod postgres;
mod sqlite;

use bench_shared::{Keyed, Shown, WithTeams};

fn main() {
    bench_kit::run::<sqlite::Rusqlite>();
    bench_kit::run::<postgres::TokioPostgres>();
    bench_kit::run::<mariadb::MysqlAsync>();
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

/// Heroes, each with its teams, and all teams.
type Loaded = (WithTeams<Hero, Team>, Vec<Team>);

fn associated(users: Vec<User>, posts: Vec<Post>, comments: Vec<Comment>) -> usize {
    let keys = (|u: &User| u.id, |p: &Post| (p.id, p.user_id), |c: &Comment| c.post_id);
    bench_shared::associated(users, posts, comments, keys)
}

/// The number of bytes of heroes as JSON.
fn json(heroes: &WithTeams<Hero, Team>) -> usize {
    bench_shared::json(heroes, |hero, teams| Shown {
        id: hero.id,
        name: &hero.name,
        age: hero.age,
        teams,
    })
}

/// Adds one to the age of each hero. The keys with the new ages.
fn grow_older(heroes: &mut WithTeams<Hero, Team>) -> Vec<(i64, Option<i32>)> {
    let older = heroes.iter_mut().map(|(hero, _)| {
        hero.age = hero.age.map(|age| age + 1);
        (hero.id, hero.age)
    });
    older.collect()
}
