//! The rows.

use crate::{Backend, Workload};
use std::fmt::Write as _;

/// How many teams there are.
pub const TEAMS: usize = 100;

/// A user that is not saved yet.
pub struct User {
    pub name: String,
    pub hair_color: Option<&'static str>,
}

pub fn users(n: usize) -> Vec<User> {
    let user = |at: usize| User { name: format!("User {at}"), hair_color: Some(hair_color(at)) };
    (0..n).map(user).collect()
}

fn hair_color(at: usize) -> &'static str {
    if at.is_multiple_of(2) { "black" } else { "brown" }
}

pub fn hero(at: usize) -> (String, Option<i32>) {
    (format!("Hero {at}"), Some(20 + i32::try_from(at % 50).unwrap_or_default()))
}

pub fn team(at: usize) -> String {
    format!("Team {at}")
}

/// The teams of a hero by their places from 0 on. Three are the same in both turns.
pub fn teams_of(hero: usize, turn: bool) -> [usize; 5] {
    let steps = if turn { [0, 13, 26, 65, 78] } else { [0, 13, 26, 39, 52] };
    steps.map(|step| (hero * 7 + step) % TEAMS)
}

/// Statements that remove and create all tables, and fill those that a workload reads.
pub fn setup(backend: Backend, workload: Workload, n: usize) -> Vec<String> {
    let mut statements = tables(backend);
    match workload {
        Workload::Insert | Workload::Create => {}
        Workload::Trivial => fill_users(&mut statements, n),
        Workload::Medium => {
            fill_users(&mut statements, n);
            let posts = (0..n).filter(|at| at % 4 == 0);
            let posts = posts.map(|at| format!("({0}, {0}, 'Post', 'Text of {0}')", at + 1));
            fill(&mut statements, "posts (id, user_id, title, body)", posts);
        }
        Workload::Associations => {
            fill_users(&mut statements, n);
            let posts = (0..n * 10)
                .map(|at| format!("({}, {}, 'Post {at}', 'Text of {at}')", at + 1, at / 10 + 1));
            fill(&mut statements, "posts (id, user_id, title, body)", posts);
            let comments =
                (0..n * 100).map(|at| format!("({}, {}, 'Comment {at}')", at + 1, at / 10 + 1));
            fill(&mut statements, "comments (id, post_id, text)", comments);
        }
        _ => {
            let teams = (0..TEAMS).map(|at| format!("({}, '{}')", at + 1, team(at)));
            fill(&mut statements, "team (id, name)", teams);
            let heroes = (0..n).map(|at| {
                let (name, age) = hero(at);
                format!("({}, '{name}', {})", at + 1, age.unwrap_or_default())
            });
            fill(&mut statements, "hero (id, name, age)", heroes);
            let links = (0..n).flat_map(|hero| {
                teams_of(hero, false).map(|team| format!("({}, {})", team + 1, hero + 1))
            });
            fill(&mut statements, "heroteamlink (team_id, hero_id)", links);
        }
    }
    if backend == Backend::Postgres {
        statements.push("ANALYZE".to_owned());
    }
    statements
}

/// Statements that empty what a workload fills.
pub fn clear(workload: Workload) -> &'static [&'static str] {
    match workload {
        Workload::Insert => &["DELETE FROM users"],
        Workload::Create => &["DELETE FROM heroteamlink", "DELETE FROM hero", "DELETE FROM team"],
        _ => &[],
    }
}

/// What a [`Peer`](crate::Peer) has to answer.
pub fn expected(workload: Workload, n: usize) -> usize {
    match workload {
        Workload::Trivial | Workload::Insert | Workload::Get | Workload::Update => n,
        Workload::Medium => n.div_ceil(2) + n.div_ceil(4),
        Workload::Associations => n + n * 10 + n * 100,
        Workload::Create => n + TEAMS + n * 5,
        Workload::Eager => n + n * 5,
        Workload::Relink => n * 2,
        Workload::Json => json(n).len(),
    }
}

fn json(heroes: usize) -> String {
    let mut text = "[".to_owned();
    for at in 0..heroes {
        let (name, age) = hero(at);
        let comma = if at == 0 { "" } else { "," };
        let age = age.unwrap_or_default();
        _ = write!(text, r#"{comma}{{"id":{},"name":"{name}","age":{age},"teams":["#, at + 1);
        for (place, of) in teams_of(at, false).into_iter().enumerate() {
            let comma = if place == 0 { "" } else { "," };
            _ = write!(text, r#"{comma}{{"id":{},"name":"{}"}}"#, of + 1, team(of));
        }
        text += "]}";
    }
    text + "]"
}

fn fill_users(statements: &mut Vec<String>, n: usize) {
    let rows = users(n).into_iter().enumerate();
    let rows =
        rows.map(|(at, user)| format!("({}, '{}', '{}')", at + 1, user.name, hair_color(at)));
    fill(statements, "users (id, name, hair_color)", rows);
}

fn fill(statements: &mut Vec<String>, table: &str, rows: impl Iterator<Item = String>) {
    let rows: Vec<String> = rows.collect();
    for rows in rows.chunks(500) {
        statements.push(format!("INSERT INTO {table} VALUES {}", rows.join(", ")));
    }
}

fn tables(backend: Backend) -> Vec<String> {
    let key = match backend {
        Backend::Sqlite => "INTEGER NOT NULL PRIMARY KEY",
        Backend::Postgres => "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY",
        Backend::MariaDb => "BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY",
    };
    let drops = ["heroteamlink", "hero", "team", "comments", "posts", "users"];
    let drops = drops.into_iter().map(|table| format!("DROP TABLE IF EXISTS {table}"));
    let creates = [
        format!("users (id {key}, name VARCHAR(100) NOT NULL, hair_color VARCHAR(100))"),
        format!(
            "posts (id {key}, user_id BIGINT NOT NULL REFERENCES users (id), \
             title VARCHAR(100) NOT NULL, body TEXT)"
        ),
        format!(
            "comments (id {key}, post_id BIGINT NOT NULL REFERENCES posts (id), text TEXT NOT NULL)"
        ),
        format!("team (id {key}, name VARCHAR(100) NOT NULL)"),
        format!("hero (id {key}, name VARCHAR(100) NOT NULL, age INTEGER)"),
        "heroteamlink (team_id BIGINT NOT NULL REFERENCES team (id), hero_id BIGINT NOT NULL \
         REFERENCES hero (id), PRIMARY KEY (team_id, hero_id))"
            .to_owned(),
    ];
    let creates = creates.into_iter().map(|table| format!("CREATE TABLE {table}"));
    let indexes = [("posts", "user_id"), ("comments", "post_id"), ("heroteamlink", "hero_id")];
    let indexes = indexes
        .map(|(table, column)| format!("CREATE INDEX ix_{table}_{column} ON {table} ({column})"));
    drops.chain(creates).chain(indexes).collect()
}
