//! What is the same for all peers: rows put together, links told apart, and JSON.

pub mod sql;

use bench_kit::data::teams_of;
use std::collections::HashMap;

/// A hero or a team.
pub trait Keyed {
    fn key(&self) -> i64;
}

/// Heroes, each with its teams.
pub type WithTeams<H, T> = Vec<(H, Vec<T>)>;

/// Heroes with the teams of pairs of a hero's key and a team.
pub fn with_teams<H: Keyed, T>(
    heroes: Vec<H>,
    teams: impl IntoIterator<Item = (i64, T)>,
) -> WithTeams<H, T> {
    let places: HashMap<i64, usize> =
        heroes.iter().enumerate().map(|(at, hero)| (hero.key(), at)).collect();
    let mut heroes: WithTeams<H, T> = heroes.into_iter().map(|hero| (hero, Vec::new())).collect();
    for (hero, team) in teams {
        heroes[places[&hero]].1.push(team);
    }
    heroes
}

/// How many users, posts and comments there are when each is with the one that it belongs to. The keys are
/// that of a user, that of a post with that of its user, and that of the post of a comment.
pub fn associated<U, P, C>(
    users: Vec<U>,
    posts: Vec<P>,
    comments: Vec<C>,
    (user, post, comment): (impl Fn(&U) -> i64, impl Fn(&P) -> (i64, i64), impl Fn(&C) -> i64),
) -> usize {
    let mut of_posts: HashMap<i64, Vec<C>> = HashMap::new();
    for row in comments {
        of_posts.entry(comment(&row)).or_default().push(row);
    }
    let mut of_users: HashMap<i64, Vec<(P, Vec<C>)>> = HashMap::new();
    for row in posts {
        let (key, of) = post(&row);
        of_users.entry(of).or_default().push((row, of_posts.remove(&key).unwrap_or_default()));
    }
    let users =
        users.into_iter().map(|row| (of_users.remove(&user(&row)).unwrap_or_default(), row));
    let users: Vec<_> = users.collect();
    let posts = users.iter().flat_map(|(posts, _)| posts);
    users.len() + posts.map(|(_, comments)| 1 + comments.len()).sum::<usize>()
}

/// The number of heroes and of teams in them.
pub fn count<H, T>(heroes: &WithTeams<H, T>) -> usize {
    heroes.iter().map(|(_, teams)| 1 + teams.len()).sum()
}

/// Pairs of the key of a team and that of a hero.
pub type Pairs = Vec<(i64, i64)>;

/// The links of new heroes and teams, by the keys that they were given.
pub fn new_links(heroes: &[i64], teams: &[i64]) -> Pairs {
    let heroes = heroes.iter().enumerate();
    heroes.flat_map(|(at, hero)| teams_of(at, false).map(|team| (teams[team], *hero))).collect()
}

/// Gives heroes the teams of a turn. The links that have to go, and those that have to come.
pub fn relink<H: Keyed, T: Keyed + Clone>(
    heroes: &mut WithTeams<H, T>,
    all: &[T],
    turn: bool,
) -> (Pairs, Pairs) {
    let (mut gone, mut new) = (Vec::new(), Vec::new());
    for (at, (hero, teams)) in heroes.iter_mut().enumerate() {
        let wanted = teams_of(at, turn).map(|team| &all[team]);
        let left =
            teams.extract_if(.., |team| wanted.iter().all(|wanted| wanted.key() != team.key()));
        gone.extend(left.map(|team| (team.key(), hero.key())));
        for team in wanted {
            if teams.iter().all(|has| has.key() != team.key()) {
                new.push((team.key(), hero.key()));
                teams.push(team.clone());
            }
        }
    }
    (gone, new)
}

/// A hero as JSON shows it.
#[derive(serde::Serialize)]
pub struct Shown<'a, T> {
    pub id: i64,
    pub name: &'a str,
    pub age: Option<i32>,
    pub teams: &'a [T],
}

/// The number of bytes of heroes as JSON.
pub fn json<'a, H, T: serde::Serialize>(
    heroes: &'a WithTeams<H, T>,
    show: impl Fn(&'a H, &'a [T]) -> Shown<'a, T>,
) -> usize {
    let shown: Vec<_> = heroes.iter().map(|(hero, teams)| show(hero, teams)).collect();
    serde_json::to_vec(&shown).unwrap().len()
}
