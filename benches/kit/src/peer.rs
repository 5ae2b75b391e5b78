//! What a library has to do.

use crate::{Backend, data::User};

/// A library on one connection. Futures of one that does not wait are ready at once, which costs it nothing
/// that can be measured. Every method says how many rows it had to do with, which is checked.
#[allow(async_fn_in_trait, reason = "each is awaited on the thread that made it")]
pub trait Peer: Sized {
    /// As the tables of results have it.
    const NAME: &'static str;

    /// Whether its futures need tokio.
    const ASYNC: bool;

    /// The databases that it knows.
    const BACKENDS: &'static [Backend] = &Backend::ALL;

    /// A connection, with what the library needs to keep statements prepared.
    async fn connect(backend: Backend, url: &str) -> Self;

    /// Runs a statement without parameters.
    async fn execute(&mut self, sql: &str);

    async fn trivial(&mut self) -> usize;

    /// The number of users whose post is there is added to that of users.
    async fn medium(&mut self) -> usize;

    async fn insert(&mut self, users: &[User]) -> usize;

    /// The number of users, posts and comments.
    async fn associations(&mut self) -> usize;

    /// The number of heroes, teams and links. The names are [`data::hero`](crate::data::hero) and
    /// [`data::team`](crate::data::team), the teams of a hero [`data::teams_of`](crate::data::teams_of).
    async fn create(&mut self, heroes: usize) -> usize;

    /// The number of heroes and of teams in them.
    async fn eager(&mut self) -> usize;

    /// Heroes with what is known of their teams, as the library holds them.
    type Heroes;

    async fn load(&mut self) -> Self::Heroes;

    /// Gives each hero the teams of `turn` where it has those of the other one, and saves. What the library
    /// does not find out itself, from the teams that a hero has and is to have, is found out here. The
    /// number of links that were made.
    async fn relink(&mut self, heroes: &mut Self::Heroes, turn: bool) -> usize;

    async fn get(&mut self, id: i64) -> usize;

    /// Adds one to the age of each hero, and saves. The number of heroes.
    async fn update(&mut self, heroes: &mut Self::Heroes) -> usize;

    /// `[{"id":1,"name":"Hero 0","age":20,"teams":[{"id":1,"name":"Team 0"},…]},…]`, by the keys of heroes. The
    /// number of bytes.
    async fn json(&mut self) -> usize;
}
