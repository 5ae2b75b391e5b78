//! The models of Diesel, for `diesel` and `diesel-async`.

use bench_kit::data;
use bench_shared::{Keyed, Shown};
use diesel::prelude::*;

diesel::table! {
    users {
        id -> BigInt,
        name -> Text,
        hair_color -> Nullable<Text>,
    }
}

diesel::table! {
    posts {
        id -> BigInt,
        user_id -> BigInt,
        title -> Text,
        body -> Nullable<Text>,
    }
}

diesel::table! {
    comments {
        id -> BigInt,
        post_id -> BigInt,
        text -> Text,
    }
}

diesel::table! {
    team {
        id -> BigInt,
        name -> Text,
    }
}

diesel::table! {
    hero {
        id -> BigInt,
        name -> Text,
        age -> Nullable<Integer>,
    }
}

diesel::table! {
    heroteamlink (team_id, hero_id) {
        team_id -> BigInt,
        hero_id -> BigInt,
    }
}

diesel::joinable!(posts -> users (user_id));
diesel::joinable!(comments -> posts (post_id));
diesel::joinable!(heroteamlink -> team (team_id));
diesel::joinable!(heroteamlink -> hero (hero_id));
diesel::allow_tables_to_appear_in_same_query!(users, posts, comments);
diesel::allow_tables_to_appear_in_same_query!(team, hero, heroteamlink);

#[derive(Identifiable, Queryable, Selectable)]
#[diesel(table_name = users)]
pub struct User {
    pub id: i64,
    pub name: String,
    pub hair_color: Option<String>,
}

#[derive(Insertable)]
#[diesel(table_name = users, treat_none_as_default_value = false)]
pub struct NewUser<'a> {
    pub name: &'a str,
    pub hair_color: Option<&'a str>,
}

impl<'a> From<&'a data::User> for NewUser<'a> {
    fn from(user: &'a data::User) -> Self {
        NewUser { name: &user.name, hair_color: user.hair_color }
    }
}

#[derive(Associations, Identifiable, Queryable, Selectable)]
#[diesel(table_name = posts, belongs_to(User))]
pub struct Post {
    pub id: i64,
    pub user_id: i64,
    pub title: String,
    pub body: Option<String>,
}

#[derive(Associations, Identifiable, Queryable, Selectable)]
#[diesel(table_name = comments, belongs_to(Post))]
pub struct Comment {
    pub id: i64,
    pub post_id: i64,
    pub text: String,
}

#[derive(Clone, Queryable, Selectable, serde::Serialize)]
#[diesel(table_name = team)]
pub struct Team {
    pub id: i64,
    pub name: String,
}

#[derive(Insertable)]
#[diesel(table_name = team, treat_none_as_default_value = false)]
pub struct NewTeam {
    pub name: String,
}

#[derive(Clone, Insertable, Queryable, Selectable)]
#[diesel(table_name = hero, treat_none_as_default_value = false)]
pub struct Hero {
    pub id: i64,
    pub name: String,
    pub age: Option<i32>,
}

#[derive(Insertable)]
#[diesel(table_name = hero, treat_none_as_default_value = false)]
pub struct NewHero {
    pub name: String,
    pub age: Option<i32>,
}

#[derive(Insertable)]
#[diesel(table_name = heroteamlink, treat_none_as_default_value = false)]
pub struct HeroTeamLink {
    pub team_id: i64,
    pub hero_id: i64,
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

impl From<(i64, i64)> for HeroTeamLink {
    fn from((team_id, hero_id): (i64, i64)) -> Self {
        HeroTeamLink { team_id, hero_id }
    }
}

pub fn new_teams() -> Vec<NewTeam> {
    (0..data::TEAMS).map(|at| NewTeam { name: data::team(at) }).collect()
}

pub fn new_heroes(n: usize) -> Vec<NewHero> {
    let hero = |at| {
        let (name, age) = data::hero(at);
        NewHero { name, age }
    };
    (0..n).map(hero).collect()
}

/// Adds one to the age of each hero that is loaded.
pub fn age<T>(heroes: &mut [(Hero, T)]) {
    for (hero, _) in heroes {
        hero.age = hero.age.map(|age| age + 1);
    }
}

/// How many users, posts and comments there are when each is with the one that it belongs to.
pub fn associated(users: Vec<User>, posts: Vec<Post>, comments: Vec<Comment>) -> usize {
    let comments = comments.grouped_by(&posts);
    let posts: Vec<_> = posts.into_iter().zip(comments).collect();
    let posts = posts.grouped_by(&users);
    let users: Vec<_> = users.into_iter().zip(posts).collect();
    let posts = users.iter().flat_map(|(_, posts)| posts);
    users.len() + posts.map(|(_, comments)| 1 + comments.len()).sum::<usize>()
}

/// The keys and ages of heroes.
pub fn ages<T>(heroes: &[(Hero, T)]) -> impl Iterator<Item = (i64, Option<i32>)> {
    heroes.iter().map(|(hero, _)| (hero.id, hero.age))
}

pub fn show<'a>(hero: &'a Hero, teams: &'a [Team]) -> Shown<'a, Team> {
    Shown { id: hero.id, name: &hero.name, age: hero.age, teams }
}
