//! The drivers by hand, each with the statements that do the work in the fewest and cheapest steps.

mod mariadb;
mod postgres;
mod sqlite;

use bench_kit::data::{TEAMS, teams_of};
use std::collections::HashMap;

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
struct Team {
    id: i64,
    name: String,
}

#[derive(serde::Serialize)]
pub struct Hero {
    id: i64,
    name: String,
    age: Option<i32>,
    teams: Vec<Team>,
}

/// Heroes by their keys, with the teams of pairs of a hero's key and a team.
fn with_teams(mut heroes: Vec<Hero>, teams: impl IntoIterator<Item = (i64, Team)>) -> Vec<Hero> {
    let places: HashMap<i64, usize> =
        heroes.iter().enumerate().map(|(at, hero)| (hero.id, at)).collect();
    for (hero, team) in teams {
        heroes[places[&hero]].teams.push(team);
    }
    heroes
}

/// How many users, posts and comments there are when each is with the one that it belongs to.
fn associated(users: Vec<User>, posts: Vec<Post>, comments: Vec<Comment>) -> usize {
    let mut of_posts: HashMap<i64, Vec<Comment>> = HashMap::new();
    for comment in comments {
        of_posts.entry(comment.post_id).or_default().push(comment);
    }
    let mut of_users: HashMap<i64, Vec<(Post, Vec<Comment>)>> = HashMap::new();
    for post in posts {
        let comments = of_posts.remove(&post.id).unwrap_or_default();
        of_users.entry(post.user_id).or_default().push((post, comments));
    }
    let users = users.into_iter().map(|user| (of_users.remove(&user.id).unwrap_or_default(), user));
    let users: Vec<_> = users.collect();
    let posts = users.iter().flat_map(|(posts, _)| posts);
    users.len() + posts.map(|(_, comments)| 1 + comments.len()).sum::<usize>()
}

/// The links of new heroes and teams, by the keys that they were given.
fn new_links(heroes: &[i64], teams: &[i64]) -> (Vec<i64>, Vec<i64>) {
    let pairs = heroes.iter().enumerate();
    let pairs = pairs.flat_map(|(at, hero)| teams_of(at, false).map(|team| (teams[team], *hero)));
    pairs.unzip()
}

type Pairs = Vec<(i64, i64)>;

/// What has to go and to come, as pairs of keys of teams and heroes, for heroes to have other teams.
fn differences(heroes: &mut [Hero], turn: bool) -> (Pairs, Pairs) {
    let (mut gone, mut new) = (Vec::new(), Vec::new());
    for (at, hero) in heroes.iter_mut().enumerate() {
        let wanted = teams_of(at, turn).map(|team| Team { id: key(team), name: String::new() });
        let has = |teams: &[Team], id| teams.iter().any(|team| team.id == id);
        gone.extend(
            hero.teams.iter().filter(|team| !has(&wanted, team.id)).map(|team| (team.id, hero.id)),
        );
        new.extend(
            wanted.iter().filter(|team| !has(&hero.teams, team.id)).map(|team| (team.id, hero.id)),
        );
        hero.teams = wanted.into();
    }
    (gone, new)
}

/// The key of a team by its place.
fn key(team: usize) -> i64 {
    debug_assert!(team < TEAMS);
    i64::try_from(team).unwrap() + 1
}
